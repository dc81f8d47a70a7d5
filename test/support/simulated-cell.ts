/**
 * A simulated server of files and a simulated client machine: our volume, NFS services and RPC over the simulated
 * network and disk. Crash and restart the server at will: `server.crash(); await server.restart()`.
 */
import {
  createNfsServices,
  type ExportRule,
  NfsClient,
  type NfsClientOptions,
  openVolume,
} from "../../src/files/index.ts";
import { RpcServer } from "../../src/rpc/index.ts";
import { type SimNode, Simulation, type SimulationOptions } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";

export const PORT = 2049;

export interface SimulatedCell {
  readonly sim: Simulation;
  readonly server: SimNode;
  readonly client: SimNode;
  /** Starts the server, for the first time. */
  start(): Promise<void>;
  /** Kills the server's process and starts it again, `downMs` later. */
  bounce(downMs: number): Promise<void>;
  /** A client on the client machine, root there and on the server. */
  connect(options?: Partial<NfsClientOptions>): Promise<NfsClient>;
}

export const everybody: readonly ExportRule[] = [{ from: "*", access: "rw", squash: "none" }];

/** What runs on the server, at each start anew. */
export async function serveFiles(world: World): Promise<void> {
  const volume = await openVolume(world, "volume");
  const server = new RpcServer(world);
  for (const service of createNfsServices(world, volume, { exports: everybody })) server.add(service);
  await server.listen({ host: "0.0.0.0", port: PORT });
}

export function simulatedCell(options: SimulationOptions): SimulatedCell {
  const sim = new Simulation(options);
  const server = sim.node("server");
  const client = sim.node("client");
  return {
    sim,
    server,
    client,
    start: () => server.start(serveFiles),
    async bounce(downMs) {
      server.crash();
      await sim.sleep(downMs);
      await server.restart();
    },
    connect: (more = {}) =>
      NfsClient.connect(client.world, {
        host: server.ip,
        port: PORT,
        credential: { flavor: "sys", stamp: 0, machine: "client", uid: 0, gid: 0, gids: [] },
        ...more,
      }),
  };
}
