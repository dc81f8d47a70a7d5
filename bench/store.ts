/**
 * The store against the disk below it.
 *
 * For each directory: durable puts of 100 B one at a time and 1,000 at once, of 16 and 64 KiB in groups of 16, gets of
 * 100 B, 16 and 64 KiB, and a scan. Beside them the physical limit: an append of 4 KiB to a file and fdatasync, one at a time.
 * Compare within one run; machines differ.
 *
 *     npm run bench -- store --quick
 *     npm run bench -- store --dir /dev/shm,/var/tmp --seconds 5
 */
import { closeSync, existsSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeWorld } from "../src/node/index.ts";
import type { Store } from "../src/world/index.ts";
import { amount, options, words } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { rounded } from "./support/statistics.ts";

type Row = {
  readonly what: string;
  readonly perSecond: number;
  readonly mibPerSecond: number;
  /** Times the raw append's rate. */
  readonly overRaw: number;
};

const encoder = new TextEncoder();
const asked = options({
  seconds: amount("how long one measurement takes", { usual: 1, quick: 0.2 }),
  dir: words("where: paths with commas between them (/dev/shm and the temporary folder)"),
});
const { seconds } = asked;
const directories = asked.dir ?? ["/dev/shm", tmpdir()].filter((path) => existsSync(path));
const report = new Report("store", asked);
for (const directory of directories) report.table(directory, await measure(directory));
report.end();

async function measure(parent: string): Promise<Row[]> {
  const directory = scratchFolder("store", parent);
  const found: Row[] = [];
  const add = (what: string, bytesEach: number, perSecond: number): void => {
    const overRaw = rounded(perSecond / (found[0]?.perSecond ?? perSecond));
    const mibPerSecond = rounded((perSecond * bytesEach) / 2 ** 20);
    found.push({ what, perSecond: Math.round(perSecond), mibPerSecond, overRaw });
  };
  add("raw: append 4 KiB and fdatasync", 4096, await timed(appendAndSync(join(directory, "raw"))));
  const world = createNodeWorld({ directory });
  const store = await world.storage.open("bench");
  add("put 100 B, durable, one at a time", 100, await timed(putOne(store)));
  add("put 100 B, durable, 1,000 at once", 100, await timed(putGroup(store, "g", 100, 1000, 1_000_000)));
  add("put 16 KiB, durable, 16 at once", 16_384, await timed(putGroup(store, "m", 16_384, 16, 4000)));
  add("put 64 KiB, durable, 16 at once", 65_536, await timed(putGroup(store, "x", 65_536, 16, 1000)));
  add("get 100 B", 100, await timed(gets(store, "g", 10_000)));
  add("get 16 KiB", 16_384, await timed(gets(store, "m", 1000)));
  add("get 64 KiB", 65_536, await timed(gets(store, "x", 500)));
  add("range over entries of 100 B", 100, await timed(scan(store)));
  await world.close();
  return found;
}

/** Calls `step`, which returns how many operations it did, until the time is up; operations a second. */
async function timed(step: () => number | Promise<number>): Promise<number> {
  const warmUntil = performance.now() + 200 * Math.min(seconds, 1);
  while (performance.now() < warmUntil) await step();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < seconds * 1000) count += await step();
  return (count / (performance.now() - start)) * 1000;
}

function appendAndSync(file: string): () => number {
  const page = Buffer.alloc(4096, 1);
  const fd = openSync(file, "w");
  let written = 0;
  process.once("exit", () => closeSync(fd));
  return () => {
    // A fresh file grows, as a log does; 64 MiB is enough of it.
    writeSync(fd, page, 0, 4096, (written++ % 16_384) * 4096);
    fdatasyncSync(fd);
    return 1;
  };
}

function putOne(store: Store): () => Promise<number> {
  const value = new Uint8Array(100).fill(1);
  let n = 0;
  return async () => {
    store.apply([{ key: encoder.encode(`one/${n++}`), value }]);
    await store.sync();
    return 1;
  };
}

function putGroup(
  store: Store,
  prefix: string,
  length: number,
  size: number,
  keys: number,
): () => Promise<number> {
  let n = 0;
  return async () => {
    const waits: Promise<void>[] = [];
    for (let i = 0; i < size; i++) {
      store.apply([{ key: encoder.encode(`${prefix}/${n++ % keys}`), value: new Uint8Array(length) }]);
      waits.push(store.sync());
    }
    await Promise.all(waits);
    return size;
  };
}

function gets(store: Store, prefix: string, keys: number): () => number {
  const names = Array.from({ length: keys }, (_, n) => encoder.encode(`${prefix}/${n}`)).filter(
    (key) => store.get(key) !== undefined,
  );
  let n = 0;
  return () => {
    for (let i = 0; i < 100; i++) store.get(names[(n++ * 7919) % names.length] as Uint8Array);
    return 100;
  };
}

function scan(store: Store): () => number {
  return () => {
    let count = 0;
    for (const { value } of store.range({
      from: encoder.encode("g/"),
      to: encoder.encode("g0"),
      limit: 10_000,
    })) {
      count += value.length > 0 ? 1 : 0;
    }
    return count;
  };
}
