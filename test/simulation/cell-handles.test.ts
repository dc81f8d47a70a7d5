/** Nodes that begin again, and have not yet learned everything of their cell, are asked for a file that was always there. */
import { expect, test } from "vitest";
import { CellNode, type DirectoryFiles, type KnownNode } from "../../src/cell/index.ts";
import { parseExportRule } from "../../src/files/index.ts";
import { MOUNT_V3_Client } from "../../src/files/nfs/gen/mount.gen.ts";
import { NFS_V3_Client, nfsstat3 } from "../../src/files/nfs/gen/nfs3.gen.ts";
import { RpcClient } from "../../src/rpc/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";

const NFS_PORT = 2049;
const SEEDS = 4;
/** Longer than an election takes, and than a node waits for one. */
const ASKED_FOR_MS = 4000;
const ASKED_EVERY_MS = 5;
const bytes = (text: string) => new TextEncoder().encode(text);

const noFiles: DirectoryFiles = {
  path: "/node",
  names: async () => [],
  read: async () => undefined,
  replace: async () => {},
  remove: async () => {},
};

/** Three machines, and one for their clients. */
class Scene {
  readonly sim: Simulation;
  readonly machines: readonly SimNode[];
  readonly user: SimNode;

  constructor(seed: number) {
    this.sim = new Simulation({ seed });
    this.machines = ["node-1", "node-2", "node-3"].map((name) =>
      this.sim.node(name, { disk: { syncMs: 40, syncJitterMs: 60 } }),
    );
    this.user = this.sim.node("user");
  }

  async begin(): Promise<void> {
    void this.user.start(async () => {});
    const nodes = this.machines.map(
      ({ name, ip }): KnownNode => ({
        name,
        mesh: { host: ip, port: 4000 },
        service: { host: ip, port: NFS_PORT },
        domain: "",
      }),
    );
    const identity = {
      cell: new Uint8Array(16),
      cellName: "home",
      isFounder: true,
      nodes,
      created: "",
      madeBy: "",
    };
    const common = {
      files: noFiles,
      version: "1.0.0",
      pid: 1,
      carrier: { kind: "tcp", isTrustedNetwork: true },
      exports: [parseExportRule("*(rw,no_root_squash)")],
      portmap: "off",
    } as const;
    await Promise.all(
      this.machines.map((machine, at) =>
        machine.start((world) =>
          CellNode.start(world, { ...common, identity: { ...identity, self: nodes[at] as KnownNode } }),
        ),
      ),
    );
  }

  rpc(at: number, timeoutMs: number): RpcClient {
    const { ip } = this.machines[at] as SimNode;
    return new RpcClient(this.user.world, { host: ip, port: NFS_PORT, timeoutMs });
  }

  /** The handle of the exported directory, once there is one. */
  async root(): Promise<Uint8Array> {
    for (;;) {
      const rpc = this.rpc(0, 1000);
      const reply = await new MOUNT_V3_Client(rpc).MOUNTPROC3_MNT(bytes("/")).catch(() => undefined);
      await rpc.close();
      if (reply?.fhs_status === 0) return reply.mountinfo.fhandle.slice();
      await this.sim.sleep(100);
    }
  }

  /** All statuses that one node answers GETATTR of a handle with, in a while. */
  async statuses(at: number, object: Uint8Array): Promise<nfsstat3[]> {
    const seen = new Set<nfsstat3>();
    const asked: Promise<unknown>[] = [];
    const rpc = this.rpc(at, 2 * ASKED_FOR_MS);
    const nfs = new NFS_V3_Client(rpc);
    for (let ms = 0; ms < ASKED_FOR_MS; ms += ASKED_EVERY_MS) {
      asked.push(
        nfs.NFSPROC3_GETATTR({ object }).then(
          ({ status }) => seen.add(status),
          () => {},
        ),
      );
      await this.sim.sleep(ASKED_EVERY_MS);
    }
    await Promise.all(asked);
    await rpc.close();
    return [...seen];
  }
}

test("no handle is called stale by a node that does not know of its volume yet", async () => {
  const seen = new Set<nfsstat3>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scene = new Scene(seed);
    await scene.sim.run(async () => {
      await scene.begin();
      const root = await scene.root();
      for (const machine of scene.machines) machine.crash({ power: true });
      const all = await Promise.all(
        scene.machines.map(async (machine, at) => {
          await scene.sim.sleep(at * seed * 100);
          await machine.restart();
          return scene.statuses(at, root);
        }),
      );
      for (const status of all.flat()) seen.add(status);
    });
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual([nfsstat3.NFS3_OK, nfsstat3.NFS3ERR_JUKEBOX]);
});
