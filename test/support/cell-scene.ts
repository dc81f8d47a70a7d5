/** Simulated nodes of a cell, whole: each serves files and its administration. Clients are on a machine of their own. */
import { CellNode } from "../../src/cell/cell-node.ts";
import type { DirectoryFiles } from "../../src/cell/directory.ts";
import type { KnownNode } from "../../src/cell/member/identity.ts";
import { NfsClient, parseExportRule } from "../../src/files/index.ts";
import { MOUNT_V3_Client } from "../../src/files/nfs/gen/mount.gen.ts";
import { RpcClient } from "../../src/rpc/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";

const PORT = 2049;

function memoryFiles(path: string): DirectoryFiles {
  const kept = new Map<string, Uint8Array>();
  return {
    path,
    names: async () => [...kept.keys()],
    read: async (name) => kept.get(name),
    replace: async (name, data) => void kept.set(name, data),
    remove: async (name) => void kept.delete(name),
  };
}

export class CellScene {
  readonly sim: Simulation;
  readonly machines: readonly SimNode[];
  readonly user: SimNode;
  readonly #nodes: readonly KnownNode[];
  readonly #rule: string;

  constructor(seed: number, count: number, rule = "*(rw,no_root_squash)") {
    this.sim = new Simulation({ seed });
    this.#rule = rule;
    this.machines = Array.from({ length: count }, (_, at) => this.sim.node(`node-${at + 1}`));
    this.user = this.sim.node("user");
    void this.user.start(async () => {});
    this.#nodes = this.machines.map(({ name, ip }) => ({
      name,
      mesh: { host: ip, port: 4000 },
      service: { host: ip, port: PORT },
      domain: "",
    }));
  }

  start(at: number): Promise<CellNode> {
    const self = this.#nodes[at] as KnownNode;
    const about = { created: "", madeBy: "1.0.0", isFounder: true };
    return (this.machines[at] as SimNode).start((world) =>
      CellNode.start(world, {
        identity: { cell: new Uint8Array(16).fill(7), cellName: "home", self, nodes: this.#nodes, ...about },
        files: memoryFiles(`/${self.name}`),
        version: "1.0.0",
        pid: 1,
        carrier: { kind: "tcp", isTrustedNetwork: true },
        exports: [parseExportRule(this.#rule)],
        portmap: "off",
        // Administration is asked for from the machine itself.
        listen: { host: "0.0.0.0", port: PORT },
      }),
    );
  }

  /** A client of a node, as soon as it serves. */
  async connected(at: number): Promise<NfsClient> {
    let client: NfsClient | undefined;
    await this.until(`node ${at + 1} serves`, async () => {
      client = await NfsClient.connect(this.user.world, this.#at(at)).catch(() => undefined);
      return client !== undefined;
    });
    return client as NfsClient;
  }

  /** The handle of a directory. */
  async handle(at: number, path: string): Promise<Uint8Array> {
    const rpc = new RpcClient(this.user.world, this.#at(at));
    const reply = await new MOUNT_V3_Client(rpc).MOUNTPROC3_MNT(new TextEncoder().encode(path));
    await rpc.close();
    if (reply.fhs_status !== 0) throw new Error(`no directory ${path}: ${reply.fhs_status}`);
    return reply.mountinfo.fhandle;
  }

  /** Waits, in simulated time, until `isSo`. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, maxMs = 60_000): Promise<void> {
    const end = this.sim.nowMs + maxMs;
    while (!(await isSo())) {
      if (this.sim.nowMs > end) throw new Error(`not within ${maxMs} ms: ${what}`);
      await this.sim.sleep(100);
    }
  }

  #at(at: number): { host: string; port: number } {
    return { host: this.machines[at]?.ip as string, port: PORT };
  }
}
