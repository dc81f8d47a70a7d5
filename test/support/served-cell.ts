/** Three nodes of a cell in one simulation, serving files and metrics, and a client of the first. */
import { CellNode } from "../../src/cell/cell-node.ts";
import type { DirectoryFiles } from "../../src/cell/directory.ts";
import type { VolumeStores } from "../../src/cell/member/hosted.ts";
import type { KnownNode } from "../../src/cell/member/identity.ts";
import type { VolumeTuning } from "../../src/cell/member/volume-host.ts";
import { hex } from "../../src/cell/state/records.ts";
import { NfsClient, parseExportRule } from "../../src/files/index.ts";
import { type SimNode, Simulation } from "../../src/sim/index.ts";

export const METRICS_PORT = 9100;

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

const readings = {
  cpuSeconds: () => ({ user: 1.5, system: 0.5 }),
  memoryBytes: () => ({ resident: 3, heapUsed: 2, external: 1 }),
  loopDelay: () => ({ p50Seconds: 0.001, p99Seconds: 0.002, maxSeconds: 0.003 }),
};

/** The stores of volumes on a simulated disk. */
export function storesOn({ disk }: SimNode): VolumeStores {
  const idsIn = (name: string) => name.match(/(?<=(?:log|volume)-)[0-9a-f]{32}/) ?? [];
  return {
    async held() {
      const ids = new Set([...disk.files.keys()].flatMap(idsIn));
      return [...ids].map((id) => Uint8Array.from(Buffer.from(id, "hex")));
    },
    async remove(id) {
      for (const name of [...disk.files.keys()]) if (name.includes(hex(id))) disk.files.delete(name);
    },
  };
}

export interface ServedOptions {
  readonly seed?: number;
  /** Default 3. */
  readonly nodes?: number;
  readonly volumes?: VolumeTuning;
}

/** Nodes that serve, three if nobody says otherwise, and a machine with a client of the first. */
export async function served(
  body: (scene: Scene) => Promise<void>,
  { seed = 1, nodes: count = 3, volumes = {} }: ServedOptions = {},
): Promise<void> {
  const sim = new Simulation({ seed });
  const machines = Array.from({ length: count }, (_, at) => sim.node(`node-${at + 1}`));
  const user = sim.node("user");
  const nodes = machines.map(
    ({ name, ip }): KnownNode => ({
      name,
      mesh: { host: ip, port: 4000 },
      service: { host: ip, port: 2049 },
      domain: "",
    }),
  );
  await sim.run(async () => {
    await user.start(async () => {});
    const started: CellNode[] = [];
    for (const [at, machine] of machines.entries()) {
      const self = nodes[at] as KnownNode;
      const cell = new Uint8Array(16).fill(7);
      const identity = { cell, cellName: "home", self, isFounder: true, nodes, created: "", madeBy: "1.0.0" };
      await machine.start(async (world) => {
        started[at] = await CellNode.start(world, {
          identity,
          files: memoryFiles(`/${self.name}`),
          version: "1.0.0",
          pid: 1,
          carrier: { kind: "tcp", isTrustedNetwork: true },
          exports: [parseExportRule("10.0.0.0/8(rw,no_root_squash)")],
          portmap: "off",
          listen: { host: "0.0.0.0", port: 2049 },
          metrics: { host: "0.0.0.0", port: METRICS_PORT },
          readings,
          stores: storesOn(machine),
          volumes,
        });
      });
    }
    const host = machines[0]?.ip as string;
    let client: NfsClient | undefined;
    while (client === undefined) {
      client = await NfsClient.connect(user.world, { host, port: 2049 }).catch(() => undefined);
      await sim.sleep(100);
    }
    await body({ sim, machines, started, client, user });
  });
}

export interface Scene {
  readonly sim: Simulation;
  readonly machines: readonly SimNode[];
  readonly started: readonly CellNode[];
  readonly client: NfsClient;
  readonly user: SimNode;
}
