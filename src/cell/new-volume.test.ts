/** What clients wait for while a volume is made, is away, or goes to another node: moments, where TCP would have them wait for a minute. */
import { expect, test } from "vitest";
import { CellScene } from "../../test/support/cell-scene.ts";
import { noChange } from "../../test/support/volume-entries.ts";
import { MOUNT_V3_Client } from "../files/nfs/gen/mount.gen.ts";
import { createmode3, NFS_V3_Client } from "../files/nfs/gen/nfs3.gen.ts";
import { RpcClient } from "../rpc/index.ts";
import type { CellNode } from "./cell-node.ts";
import { cell_deed } from "./gen/cell-admin.gen.ts";

const ID = new Uint8Array(16).fill(9);
const text = (name: string) => new TextEncoder().encode(name);

/** Makes a volume at one node only. */
function make(node: CellNode, at: string): Promise<bigint> {
  const making = { id: ID, name: "mail", replicas: [at], copies: 1, quota_bytes: 0n, made_seconds: 0n };
  return node.member.log.propose({ deed: cell_deed.CELL_MAKE_VOLUME, making });
}

/** Calls a node by one connection, on which nothing is sent twice; gives each answer with the simulated time that it took. */
function caller(cell: CellScene, at: number) {
  const host = cell.machines[at]?.ip as string;
  const credential = { flavor: "sys", stamp: 1, machine: "m", uid: 0, gid: 0, gids: [] } as const;
  const rpc = new RpcClient(cell.user.world, { host, port: 2049, credential, timeoutMs: 60_000 });
  const timed = async <Told>(asked: Promise<Told>): Promise<readonly [Told, number]> => {
    const beforeMs = cell.sim.nowMs;
    return [await asked, cell.sim.nowMs - beforeMs];
  };
  // A second run of the same call would find the name taken.
  const how = { mode: createmode3.GUARDED, obj_attributes: noChange };
  return {
    rpc,
    mount: (path: string) => timed(new MOUNT_V3_Client(rpc).MOUNTPROC3_MNT(text(path))),
    create: (dir: Uint8Array, name: string) =>
      timed(new NFS_V3_Client(rpc).NFSPROC3_CREATE({ where: { dir, name: text(name) }, how })),
  };
}

async function founded(seed: number, body: (cell: CellScene, nodes: CellNode[]) => Promise<void>) {
  const cell = new CellScene(seed, 3);
  await cell.sim.run(async () => {
    const nodes = await Promise.all([0, 1, 2].map((at) => cell.start(at)));
    await Promise.all([0, 1, 2].map((at) => cell.connected(at)));
    await body(cell, nodes);
  });
}

test("a volume is mounted by way of every node in the moment in which it is made, and written to", async () => {
  await founded(11, async (cell, nodes) => {
    await make(nodes[0] as CellNode, "node-2");
    await Promise.all(
      [0, 1, 2].map(async (at) => {
        const client = caller(cell, at);
        const [mounted, mountMs] = await client.mount("/@mail");
        expect(mountMs).toBeLessThan(5000);
        if (mounted.fhs_status !== 0) throw new Error(`status ${mounted.fhs_status}`);
        const [made, createMs] = await client.create(mounted.mountinfo.fhandle, `by-${at}`);
        expect([made.status, createMs < 5000]).toEqual([0, true]);
        await client.rpc.close();
      }),
    );
  });
});

test("changes go on by way of every node while the volume is away for a moment or goes to another node, and each is done once", async () => {
  await founded(12, async (cell, nodes) => {
    const [first] = nodes as [CellNode];
    await make(first, "node-2");
    const clients = [0, 2].map((at) => caller(cell, at));
    const [mounted] = await (clients[0] as ReturnType<typeof caller>).mount("/@mail");
    if (mounted.fhs_status !== 0) throw new Error(`status ${mounted.fhs_status}`);
    const root = mounted.mountinfo.fhandle;
    let isHome = false;
    const longest = clients.map(async ({ create }, at) => {
      let longestMs = 0;
      for (let count = 0; !isHome; count++) {
        const [made, ms] = await create(root, `${at}-${count}`);
        expect(made.status).toBe(0);
        longestMs = Math.max(longestMs, ms);
        await cell.sim.sleep(100);
      }
      return longestMs;
    });
    await cell.sim.sleep(500);
    cell.machines[1]?.crash();
    await cell.sim.sleep(2000);
    await cell.machines[1]?.restart();
    for (const place of ["node-3", "node-1"]) {
      const placing = { volume: ID, replicas: [place] };
      await first.member.log.propose({ deed: cell_deed.CELL_PLACE_VOLUME, placing });
      await cell.until(`at ${place}`, () => {
        const volume = first.member.state.volume(ID);
        return volume?.wanted.length === 0 && volume.replicas[0] === place;
      });
    }
    isHome = true;
    const all = await Promise.all(longest);
    for (const longestMs of all) {
      expect(longestMs).toBeGreaterThan(1500);
      expect(longestMs).toBeLessThan(10_000);
    }
    for (const { rpc } of clients) await rpc.close();
  });
});
