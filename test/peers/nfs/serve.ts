/**
 * Serves a volume over NFS until it is killed: `tsx serve.ts DIRECTORY PORT RULE`. It prints its address as one line of
 * JSON when it answers. Tests and benchmarks start it as a process of its own, to kill it or to measure it.
 */
import { createNfsServices, parseExportRule } from "../../../src/files/nfs/index.ts";
import { openVolume } from "../../../src/files/volume/index.ts";
import { createNodeWorld } from "../../../src/node/index.ts";
import { RpcServer } from "../../../src/rpc/index.ts";

const [directory, port, rule] = process.argv.slice(2);
if (directory === undefined || port === undefined || rule === undefined) {
  throw new Error("usage: serve.ts DIRECTORY PORT RULE");
}

/** What goes wrong goes to stderr, where the test that started this shows it. */
const print = (event: string, fields?: object) => console.error(event, JSON.stringify(fields ?? {}));
const log = { debug() {}, info() {}, warn: print, error: print };

const world = createNodeWorld({ directory, log });
const volume = await openVolume(world, "volume");
const server = new RpcServer(world);
const exports = [parseExportRule(rule)];
for (const service of createNfsServices(world, volume, { exports })) server.add(service);
const address = await server.listen({ host: "127.0.0.1", port: Number(port) });
console.log(JSON.stringify(address));

process.once("SIGTERM", async () => {
  await server.close();
  await volume.close();
  await world.close();
  process.exit(0);
});
