/**
 * A writer that is killed: batch n puts n under two keys, and into its place in a table, of which it changes that place
 * alone; its number goes out once it is durable. Under a third key n lies with much behind it, and goes when 40 others have come.
 */
import { writeSync } from "node:fs";
import { createNodeWorld } from "../../src/node/index.ts";

/** The table's places, each a u32: of batch n it is place n modulo their number, and holds n + 1. */
const TABLE_NUMBERS = 5000;
const NUMBER_BYTES = 4;

const TAIL = 40;
const TAIL_BYTES = 600;

const [directory = "", from = "0", commit = "adaptive", logBytes = "", log = ""] = process.argv.slice(2);
const storeTuning = {
  commit: commit as "adaptive",
  ...(logBytes === "" ? {} : { logBytes: Number(logBytes) }),
};
const world = createNodeWorld({ directory, storeTuning });
const store = await world.storage.open("killed", { isLog: log !== "" });
const encoder = new TextEncoder();
const key = (prefix: string, n: number): Uint8Array =>
  encoder.encode(`${prefix}/${String(n).padStart(9, "0")}`);

const tableKey = encoder.encode("table");
let table = store.get(tableKey);
if (table === undefined) {
  table = new Uint8Array(TABLE_NUMBERS * NUMBER_BYTES);
  store.apply([{ key: tableKey, value: table }]);
}

for (let n = Number(from); ; n++) {
  const value = encoder.encode(String(n));
  const at = (n % TABLE_NUMBERS) * NUMBER_BYTES;
  const span = { from: at, to: at + NUMBER_BYTES };
  table = table.slice();
  new DataView(table.buffer).setUint32(at, n + 1);
  store.apply([
    { key: key("a", n), value },
    { key: key("b", n), value },
    { key: key("c", n), value: encoder.encode(String(n).padEnd(TAIL_BYTES)) },
    ...(n < TAIL ? [] : [{ key: key("c", n - TAIL), value: undefined }]),
    { key: tableKey, value: table, spans: [span] },
  ]);
  const number = n;
  const durable = store.sync().then(() => writeSync(1, `${number}\n`));
  // Now and then a batch goes alone, else several share a commit.
  if (n % 7 === 0) await durable;
}
