/** Says what it does, for a test that watches the disk: APPLY and the bytes before each batch, ACKNOWLEDGED once it is durable. */
import { writeSync } from "node:fs";
import { createNodeWorld } from "../../src/node/index.ts";

const [directory = "", commit = "adaptive"] = process.argv.slice(2);
const world = createNodeWorld({ directory, storeTuning: { commit: commit as "adaptive" } });
const store = await world.storage.open("watched");
for (const [i, bytes] of [0, 10_000, 40_000, 600_000, 100, 700_000].entries()) {
  writeSync(1, `APPLY ${bytes}\n`);
  store.apply([{ key: Uint8Array.of(1, i), value: new Uint8Array(bytes) }]);
  await store.sync();
  writeSync(1, "ACKNOWLEDGED\n");
}
await world.close();
