/** A server of files in this process, on 127.0.0.1 and a temporary directory: for what simulated time cannot run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNfsServices, NfsClient, type NfsClientOptions, openVolume } from "../../src/files/index.ts";
import { createNodeWorld, type NodeWorld } from "../../src/node/index.ts";
import { RpcServer } from "../../src/rpc/index.ts";
import { everybody } from "./simulated-cell.ts";

export interface NodeCell {
  readonly port: number;
  /** A new world each time; whoever asked closes it. */
  world(): NodeWorld;
  connect(options?: Partial<NfsClientOptions>): Promise<NfsClient>;
  close(): Promise<void>;
}

export async function nodeCell(): Promise<NodeCell> {
  const directory = mkdtempSync(join(tmpdir(), "coterie-cell-"));
  const world = createNodeWorld({ directory });
  const volume = await openVolume(world, "volume");
  const server = new RpcServer(world);
  for (const service of createNfsServices(world, volume, { exports: everybody })) server.add(service);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    port,
    world: () => createNodeWorld({}),
    connect: (options = {}) =>
      NfsClient.connect(world, {
        host: "127.0.0.1",
        port,
        credential: { flavor: "sys", stamp: 0, machine: "test", uid: 0, gid: 0, gids: [] },
        ...options,
      }),
    async close() {
      await server.close();
      await volume.close();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
