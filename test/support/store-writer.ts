/** A writer that is killed: batch n puts n under two keys, and its number goes out once it is durable. */
import { writeSync } from "node:fs";
import { createNodeWorld } from "../../src/node/index.ts";

const [directory = "", from = "0", commit = "adaptive", logBytes = ""] = process.argv.slice(2);
const storeTuning = {
  commit: commit as "adaptive",
  ...(logBytes === "" ? {} : { logBytes: Number(logBytes) }),
};
const world = createNodeWorld({ directory, storeTuning });
const store = await world.storage.open("killed");
const encoder = new TextEncoder();
const key = (prefix: string, n: number): Uint8Array =>
  encoder.encode(`${prefix}/${String(n).padStart(9, "0")}`);

for (let n = Number(from); ; n++) {
  const value = encoder.encode(String(n));
  store.apply([
    { key: key("a", n), value },
    { key: key("b", n), value },
  ]);
  const number = n;
  const durable = store.sync().then(() => writeSync(1, `${number}\n`));
  // Now and then a batch goes alone, else several share a commit.
  if (n % 7 === 0) await durable;
}
