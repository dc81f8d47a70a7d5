/** Writes until the disk refuses, then tells in JSON what the store still does. Run under a limit of the file's size. */
import { createNodeWorld } from "../../src/node/index.ts";

const [directory = "", commit = "adaptive"] = process.argv.slice(2);
const world = createNodeWorld({ directory, storeTuning: { commit: commit as "adaptive" } });
const store = await world.storage.open("limited");
const key = (n: number): Uint8Array => new TextEncoder().encode(`k${String(n).padStart(6, "0")}`);

let acknowledged = 0;
let code = "";
let waiters = 0;
for (; code === ""; acknowledged += 4) {
  const waits: Promise<void>[] = [];
  for (let i = 0; i < 4; i++) {
    store.apply([{ key: key(acknowledged + i), value: new Uint8Array(5000).fill(1) }]);
    waits.push(store.sync());
  }
  const outcomes = await Promise.allSettled(waits);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") {
      code = (outcome.reason as { code: string }).code;
      waiters++;
    }
  }
}
acknowledged -= 4;
// Whatever the refusal left in lmdb's thread or in promises comes up now.
await new Promise((resolve) => setTimeout(resolve, 50));

const readable = [...store.range({})].length;
const { dirty, failures } = store;
store.apply(Array.from({ length: 100 }, (_, n) => ({ key: key(n), value: undefined })));
const removal = await store.sync().then(
  () => "durable",
  (error: { code: string }) => error.code,
);
store.apply([{ key: key(0), value: new Uint8Array(5000).fill(2) }]);
const afterwards = await store.sync().then(
  () => "durable",
  (error: { code: string }) => error.code,
);
const left = [...store.range({})].length;
await world.close();
console.log(
  JSON.stringify({ code, waiters, acknowledged, readable, dirty, failures, removal, afterwards, left }),
);
