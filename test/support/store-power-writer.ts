/**
 * Writes a seed's batches into a store, and after each that is durable its number into the file `marks` beside it; with so many views
 * of the store open, the oldest of which is closed for a new one now and then. COTERIE_PLANTED: another `index.ts` of the layer.
 */
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { StoreView } from "../../src/world/index.ts";
import { PowerBatches } from "./power-batches.ts";

const [directory = "", commit = "adaptive", seed = "", count = "0", views = "0", log = ""] =
  process.argv.slice(2);
const index = process.env.COTERIE_PLANTED ?? "../../src/node/index.ts";
const { createNodeWorld } = (await import(index)) as typeof import("../../src/node/index.ts");
const world = createNodeWorld({
  directory,
  storeTuning: { commit: commit as "adaptive", logBytes: 300_000 },
});
const store = await world.storage.open("power", { isLog: log !== "" });
const marks = openSync(join(directory, "marks"), "w");
const batches = new PowerBatches(seed, log !== "");
const open: StoreView[] = [];
const pending: Promise<unknown>[] = [];
for (let i = 1; i <= Number(count); i++) {
  if (i % 5 === 0 && Number(views) > 0) {
    if (open.length === Number(views)) open.shift()?.close();
    open.push(store.view());
  }
  store.apply(batches.next());
  const synced = store.sync().then(() => writeSync(marks, `${i}\n`));
  pending.push(synced);
  // Some wait for each other, and some share a group.
  if (i % 3 !== 0) await synced;
}
await Promise.all(pending);
await world.close();
