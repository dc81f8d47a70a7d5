/** Simulated nodes that hold a replicated volume together, each serving NFS, and clients that call any of them. */
import { openMesh } from "../../src/channel/index.ts";
import { NFS_V3_Client } from "../../src/files/nfs/gen/nfs3.gen.ts";
import {
  createVolumeServices,
  type OpenReplicaOptions,
  openReplica,
  type Replica,
} from "../../src/files/replicated/index.ts";
import { type Credential, RpcClient, type RpcClientOptions, RpcServer } from "../../src/rpc/index.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";

export const NFS_PORT = 2049;
const MESH_PORT = 4000;
export const VOLUME_ID = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
const everybody = [{ from: "*", access: "rw", squash: "none" }] as const;

export interface CellOptions extends Partial<SimulationOptions> {
  readonly nodes?: number;
  readonly replica?: Partial<OpenReplicaOptions>;
}

export function sys(uid: number): Credential {
  return { flavor: "sys", stamp: 1, machine: "test", uid, gid: uid, gids: [] };
}

/** Starts one node's part: its mesh, its replica, its server. */
export async function startMember(
  world: World,
  nodes: readonly SimNode[],
  self: SimNode,
  options: Partial<OpenReplicaOptions> = {},
  open: typeof openReplica = openReplica,
): Promise<Replica> {
  const mesh = await openMesh(world, {
    name: self.name,
    bind: { host: "0.0.0.0", port: MESH_PORT },
    carrier: { kind: "tcp", isTrustedNetwork: true },
    limits: { pingMs: 500, maxLostPings: 3 },
  });
  for (const { name, ip } of nodes) {
    if (name !== self.name) mesh.add({ name, address: { host: ip, port: MESH_PORT } });
  }
  const founders = nodes.map(({ name }) => name);
  const replica = await open(world, { id: VOLUME_ID, mesh, founders, ...options });
  const server = new RpcServer(world);
  const services = createVolumeServices({ root: () => replica, find: () => replica, exports: everybody });
  for (const service of services) server.add(service);
  await server.listen({ host: "0.0.0.0", port: NFS_PORT });
  return replica;
}

export class VolumeCell {
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  readonly client: SimNode;
  readonly options: CellOptions;
  /** The replica of each node's present life. */
  readonly replicas: (Replica | undefined)[] = [];

  constructor(options: CellOptions = {}) {
    this.options = options;
    this.sim = new Simulation({ seed: 1, ...options });
    const { nodes = 3 } = options;
    this.nodes = Array.from({ length: nodes }, (_, at) => this.sim.node(`n${at + 1}`));
    this.client = this.sim.node("client");
  }

  async start(at: number): Promise<void> {
    const node = this.nodes[at] as SimNode;
    if (!node.isUp) {
      await node.restart();
      return;
    }
    await node.start(async (world) => {
      this.replicas[at] = undefined;
      this.replicas[at] = await startMember(world, this.nodes, node, this.options.replica);
    });
  }

  /** Starts all, and makes the volume. */
  async begin(): Promise<void> {
    await Promise.all(this.nodes.map((_, at) => this.start(at)));
    await this.replica(0).format();
  }

  replica(at: number): Replica {
    const replica = this.replicas[at];
    if (replica === undefined) throw new Error(`node ${at} has no replica`);
    return replica;
  }

  rpc(at: number, options: Partial<RpcClientOptions> = {}): RpcClient {
    const { ip } = this.nodes[at] as SimNode;
    return new RpcClient(this.client.world, { host: ip, port: NFS_PORT, credential: sys(0), ...options });
  }

  nfs(at: number, options: Partial<RpcClientOptions> = {}): NFS_V3_Client {
    return new NFS_V3_Client(this.rpc(at, options));
  }

  run<T>(body: () => Promise<T>): Promise<T> {
    return this.sim.run(body);
  }
}
