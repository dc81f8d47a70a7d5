/**
 * A volume is moved to other nodes, one of which has the state sent, while clients read and write by way of nodes that lose a replica, get one, and have none: what they
 * are told is what one copy would have told them, nobody waits long, and what was left is taken from the disks.
 */
import { expect, test } from "vitest";
import { cell_deed } from "../../src/cell/index.ts";
import type { HostedVolume } from "../../src/cell/member/volume-host.ts";
import { MOUNT_V3_Client } from "../../src/files/nfs/gen/mount.gen.ts";
import { NFS_V3_Client, nfsstat3, stable_how } from "../../src/files/nfs/gen/nfs3.gen.ts";
import { RpcClient } from "../../src/rpc/index.ts";
import { History, type KeyValueInput, keyValueModel, requireLinearizable } from "../../src/sim/index.ts";
import { isCoterieError } from "../../src/world/index.ts";
import { type Scene, served, storesOn } from "../support/served-cell.ts";
import { noChange } from "../support/volume-entries.ts";

const KEYS = ["a", "b", "c", "d"];
const BEFORE = ["node-1", "node-2", "node-3"];
const AFTER = ["node-4", "node-5", "node-3"];
const FILLING_BYTES = 256 * 1024;
/** Less than the replicas that come need, so that they are sent the state. */
const volumes = { logLimits: { snapshotEntries: 20, keptEntries: 5 } };
const bytes = (text: string) => new TextEncoder().encode(text);

type Value = number | boolean | undefined;
type MapHistory = History<KeyValueInput<number>, Value>;

function rpcOf({ machines, user }: Scene, at: number, timeoutMs = 60_000): RpcClient {
  return new RpcClient(user.world, { host: machines[at]?.ip as string, port: 2049, timeoutMs });
}

/** The root of a volume, as soon as it is served. */
async function mounted(scene: Scene, path: string): Promise<Uint8Array> {
  for (;;) {
    const rpc = rpcOf(scene, 5, 1000);
    const reply = await new MOUNT_V3_Client(rpc).MOUNTPROC3_MNT(bytes(path)).catch(() => undefined);
    await rpc.close();
    if (reply?.fhs_status === 0) return reply.mountinfo.fhandle.slice();
    await scene.sim.sleep(100);
  }
}

/** Makes the volume, and a file for each key in it; gives their handles. */
async function mailOf(scene: Scene): Promise<ReadonlyMap<string, Uint8Array>> {
  const { started } = scene;
  const { member } = started[0] as (typeof started)[0];
  const id = new Uint8Array(16).fill(0xab);
  const making = { id, name: "mail", replicas: BEFORE, copies: 3, quota_bytes: 0n, made_seconds: 0n };
  await member.log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making });
  const rpc = rpcOf(scene, 5);
  const dir = await mounted(scene, "/@mail");
  const files = new Map<string, Uint8Array>();
  for (const key of [...KEYS, "filling"]) {
    const where = { dir, name: bytes(key) };
    const made = await new NFS_V3_Client(rpc).NFSPROC3_CREATE({
      where,
      how: { mode: 0, obj_attributes: noChange },
    });
    if (made.status !== 0 || !made.resok.obj.handle_follows) throw new Error(`create: ${made.status}`);
    files.set(key, made.resok.obj.handle.slice());
  }
  const data = new Uint8Array(FILLING_BYTES).fill(5);
  const args = {
    file: files.get("filling") as Uint8Array,
    offset: 0n,
    count: data.length,
    stable: stable_how.FILE_SYNC,
    data,
  };
  expect(await new NFS_V3_Client(rpc).NFSPROC3_WRITE(args)).toMatchObject({ status: 0 });
  return files;
}

/** A client of one node, which writes numbers and reads them, one call after the other. */
class Worker {
  longestMs = 0;
  isOver = false;
  readonly #scene: Scene;
  readonly #nfs: NFS_V3_Client;
  readonly #name: string;
  readonly #history: MapHistory;

  constructor(scene: Scene, at: number, history: MapHistory) {
    this.#scene = scene;
    this.#nfs = new NFS_V3_Client(rpcOf(scene, at));
    this.#name = `client of node-${at + 1}`;
    this.#history = history;
  }

  async run(files: ReadonlyMap<string, Uint8Array>, first: number): Promise<void> {
    const { sim } = this.#scene;
    for (let count = 0; !this.isOver; count++) {
      const key = KEYS[(first + 3 * count) % KEYS.length] as string;
      const file = files.get(key) as Uint8Array;
      const beganMs = sim.nowMs;
      if (count % 3 === 0) await this.#put(key, file, first * 100_000 + count);
      else await this.#get(key, file);
      this.longestMs = Math.max(this.longestMs, sim.nowMs - beganMs);
      await sim.sleep(5);
    }
  }

  async #put(key: string, file: Uint8Array, value: number): Promise<void> {
    const data = bytes(String(value).padStart(8, "0"));
    const call = this.#history.call(this.#name, { op: "put", key, value });
    const args = { file, offset: 0n, count: data.length, stable: stable_how.FILE_SYNC, data };
    try {
      const { status } = await this.#nfs.NFSPROC3_WRITE(args);
      if (status !== 0) throw new Error(`write: ${status}`);
      call.returned(undefined);
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      call.unknown();
    }
  }

  async #get(key: string, file: Uint8Array): Promise<void> {
    const call = this.#history.call(this.#name, { op: "get", key });
    for (;;) {
      const reply = await this.#nfs.NFSPROC3_READ({ file, offset: 0n, count: 8 });
      if (reply.status === nfsstat3.NFS3ERR_JUKEBOX) {
        await this.#scene.sim.sleep(20);
        continue;
      }
      if (reply.status !== 0) throw new Error(`read: ${reply.status}`);
      const { data } = reply.resok;
      call.returned(data.length === 0 ? undefined : Number(new TextDecoder().decode(data)));
      return;
    }
  }
}

async function until({ sim }: Scene, what: string, isSo: () => boolean): Promise<void> {
  const endMs = sim.nowMs + 60_000;
  while (!isSo()) {
    if (sim.nowMs > endMs) throw new Error(`not within a minute: ${what}`);
    await sim.sleep(50);
  }
}

// Each of these has found a call that nobody answered.
test.each([3, 12])("a volume is moved under its clients (seed %i)", async (seed) => {
  await served(
    async (scene) => {
      const { started, sim, machines } = scene;
      const files = await mailOf(scene);
      const history: MapHistory = new History({ nowMs: () => sim.nowMs });
      const workers = [0, 2, 4, 5].map((at) => new Worker(scene, at, history));
      const runs = workers.map((worker, at) => worker.run(files, at + 1));
      await sim.sleep(2000);

      const first = started[0] as (typeof started)[0];
      const { id } = first.member.state.volumeNamed("mail") as { id: Uint8Array };
      const placing = { volume: id, replicas: AFTER };
      await first.member.log.propose({ deed: cell_deed.CELL_PLACE_VOLUME, placing });
      await until(scene, "moved", () => first.member.state.volume(id)?.wanted.length === 0);
      const movedMs = sim.nowMs;
      await sim.sleep(2000);
      for (const worker of workers) worker.isOver = true;
      await Promise.all(runs);

      expect(first.member.state.volume(id)).toMatchObject({ replicas: AFTER, copies: 3 });
      requireLinearizable(keyValueModel<number>(), history.operations());
      expect(history.length).toBeGreaterThan(500);
      const answers = history.operations().flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
      expect(answers.length).toBe(history.length);
      for (const { longestMs } of workers) expect(longestMs).toBeLessThan(3000);
      expect(movedMs).toBeGreaterThan(0);

      // The same at all three, and nothing of it at the others.
      await sim.sleep(5000);
      const replicas = started
        .filter(({ member }) => AFTER.includes(member.self))
        .map(({ member }) => (member.replicaOf(id) as HostedVolume).desk);
      const digests = await Promise.all(replicas.map((replica) => replica.digest()));
      expect(new Set(digests.map(({ crc }) => crc)).size).toBe(1);
      for (const machine of machines) {
        const held = (await storesOn(machine).held()).some((each) => Buffer.from(each).equals(id));
        expect([machine.name, held]).toEqual([machine.name, AFTER.includes(machine.name)]);
      }
    },
    { seed, nodes: 6, volumes },
  );
});
