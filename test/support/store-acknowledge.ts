/** Says what it does, for a test that watches the disk: APPLY before each batch, ACKNOWLEDGED once it is durable. */
import { writeSync } from "node:fs";
import { createNodeWorld } from "../../src/node/index.ts";

const [directory = "", commit = "adaptive"] = process.argv.slice(2);
const world = createNodeWorld({ directory, storeTuning: { commit: commit as "adaptive" } });
const store = await world.storage.open("watched");
for (let i = 0; i < 5; i++) {
  writeSync(1, "APPLY\n");
  store.apply([{ key: Uint8Array.of(1, i), value: new Uint8Array(10_000 * i) }]);
  await store.sync();
  writeSync(1, "ACKNOWLEDGED\n");
}
await world.close();
