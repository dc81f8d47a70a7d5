/**
 * The store against the disk below it.
 *
 *     npx tsx bench/store.ts [--json] [--seconds N] [--dir DIR]...
 *
 * For each directory (default: /dev/shm and the system's temporary one): durable puts of 100 B one at a time and
 * 1,000 at once, of 16 and 64 KiB in groups of 16, gets of 100 B and 16 KiB, and a scan. Beside them the physical
 * limit: an append of 4 KiB to a file and fdatasync, one at a time. Compare within one run; machines differ.
 */
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeWorld } from "../src/node/index.ts";
import type { Store } from "../src/world/index.ts";

interface Row {
  readonly directory: string;
  readonly what: string;
  readonly perSecond: number;
  readonly bytesEach: number;
}

const encoder = new TextEncoder();
const args = process.argv.slice(2);
const seconds = Number(option("--seconds") ?? 1);
const directories = args.flatMap((arg, at) => (arg === "--dir" ? [args[at + 1] ?? ""] : []));
if (directories.length === 0) directories.push(...["/dev/shm", tmpdir()].filter((path) => existsSync(path)));

const rows: Row[] = [];
for (const directory of directories) rows.push(...(await measure(directory)));
if (args.includes("--json")) console.log(JSON.stringify({ benchmark: "store", node: process.version, rows }));
else print(rows);

function option(name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

async function measure(parent: string): Promise<Row[]> {
  const directory = mkdtempSync(join(parent, "coterie-bench-"));
  const found: Row[] = [];
  const add = (what: string, bytesEach: number, perSecond: number): void => {
    found.push({ directory: parent, what, perSecond, bytesEach });
  };
  try {
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
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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

function print(all: readonly Row[]): void {
  for (const directory of new Set(all.map((row) => row.directory))) {
    const here = all.filter((row) => row.directory === directory);
    const raw = here[0]?.perSecond ?? 1;
    console.log(`\n${directory}`);
    for (const { what, perSecond, bytesEach } of here) {
      const rate = Math.round(perSecond).toLocaleString("en-US").padStart(12);
      const mib = ((perSecond * bytesEach) / 2 ** 20).toFixed(1).padStart(9);
      console.log(
        `  ${what.padEnd(36)}${rate}/s ${mib} MiB/s  ${(perSecond / raw).toFixed(2).padStart(8)} x raw`,
      );
    }
  }
}
