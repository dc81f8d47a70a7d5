/**
 * A volume with no, one, and ten snapshots: what reading and writing it costs then, and what taking and dropping them does.
 *
 * The volume has `--mib` of files; between one snapshot and the next a tenth of their chunks is written. Its caches hold next to nothing, so
 * that each read goes to the store: nothing of the layers hides behind them. Compare the rows of one run; machines differ.
 *
 *     npm run bench -- snapshots --quick
 *     npm run bench -- snapshots --dir /dev/shm --mib 256
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { isFault, openLayeredVolume } from "../src/files/index.ts";
import type { Context, Handle, LayeredVolume, Volume } from "../src/files/volume/index.ts";
import { createNodeWorld } from "../src/node/index.ts";
import { amount, options, words } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { rounded } from "./support/statistics.ts";

type Row = {
  readonly snapshots: number;
  readonly what: string;
  readonly microseconds: number;
  /** What the process used of a processor, all its threads: says more than the time on a machine that others use. */
  readonly cpuMicroseconds: number;
};

const FILE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 16 * 1024;
const BLOCK_BYTES = 4096;
const COUNTS = [0, 1, 10];
const block = new Uint8Array(BLOCK_BYTES).fill(7);
const encoder = new TextEncoder();
let drawn = 1;
const asked = options({
  seconds: amount("how long one measurement takes", { usual: 1, quick: 0.2 }),
  mib: amount("what the files hold together", { usual: 64, quick: 16 }),
  dir: words("where: paths with commas between them (/dev/shm, or else the temporary folder)"),
});
const directories = asked.dir ?? [existsSync("/dev/shm") ? "/dev/shm" : tmpdir()];
const report = new Report("snapshots", asked);
for (const directory of directories) report.table(directory, await measure(directory));
report.end();

async function measure(parent: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of COUNTS) {
    const directory = scratchFolder("snapshots", parent);
    const world = createNodeWorld({ directory });
    const layers = await openLayeredVolume(world, "bench", {
      limits: { maxCachedInodes: 1, maxCachedBytes: CHUNK_BYTES },
    });
    rows.push(...(await measureWith(layers, count)));
    await layers.close();
    await world.close();
  }
  return rows;
}

async function measureWith(layers: LayeredVolume, count: number): Promise<Row[]> {
  const { volume } = layers;
  const rows: Row[] = [];
  const add = (what: string, { seconds, cpuSeconds, operations }: Timing): void => {
    const each = (all: number): number => rounded((all * 1e6) / operations);
    rows.push({ snapshots: count, what, microseconds: each(seconds), cpuMicroseconds: each(cpuSeconds) });
  };
  const files = await fill(volume);
  for (let taken = 0; taken < count; taken++) {
    const stop = watch();
    layers.takeSnapshot(`s${taken}`, identity(taken));
    await layers.sync();
    if (taken === count - 1) add("take a snapshot", stop(1));
    if (taken < count - 1) await rewriteTenth(volume, files, taken);
  }
  add("write a block, of each chunk the first since", await inOrder(volume, files));
  add("write a block again", await timed(() => writeOne(volume, files)));
  add("read a block", await timed(() => readOne(volume, files)));
  add("attributes", await timed(() => attributesOfOne(volume, files)));
  add("list a directory, an entry", await timed(() => list(volume)));
  if (count === 0) return rows;
  const oldest = layers.snapshot("s0");
  add("read a block of the oldest snapshot", await timed(() => readOne(oldest, files)));
  await oldest.close();
  const retired = layers.snapshots().at(-1)?.retiredValues ?? 0;
  const stop = watch();
  layers.dropSnapshot(`s${count - 1}`);
  while (layers.reclaim()) await layers.sync();
  add("drop the newest, a value that it kept", stop(retired));
  return rows;
}

function context(): Context {
  const seconds = Math.floor(Date.now() / 1000);
  return { credentials: { uid: 0, gid: 0, groups: [] }, now: { seconds, nanoseconds: 0 } };
}

function identity(number: number) {
  return { id: new Uint8Array(16).fill(number + 1), now: context().now };
}

function must<T>(outcome: T): Exclude<T, { readonly reason: string }> {
  if (isFault(outcome)) throw new Error(outcome.reason);
  return outcome as Exclude<T, { readonly reason: string }>;
}

async function fill(volume: Volume): Promise<Handle[]> {
  const files: Handle[] = [];
  const content = new Uint8Array(CHUNK_BYTES).fill(1);
  for (let i = 0; i < asked.mib; i++) {
    const made = volume.create(context(), volume.root, encoder.encode(`file-${i}`), {
      type: "file",
      how: "guarded",
      initial: {},
    });
    const { handle } = must(made);
    files.push(handle);
    for (let at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
      must(volume.write(context(), handle, at, content, "file-sync"));
    }
    await volume.settle(undefined);
  }
  return files;
}

async function rewriteTenth(volume: Volume, files: readonly Handle[], round: number): Promise<void> {
  for (const handle of files) {
    for (let at = (round % 10) * CHUNK_BYTES; at < FILE_BYTES; at += 10 * CHUNK_BYTES) {
      must(volume.write(context(), handle, at, block, "file-sync"));
    }
    await volume.settle(undefined);
  }
}

interface Timing {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly operations: number;
}

/** Begins to measure; what it returns ends it. */
function watch(): (operations: number) => Timing {
  const started = performance.now();
  const cpu = process.cpuUsage();
  return (operations) => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6, operations };
  };
}

/** A block of each chunk, once. */
async function inOrder(volume: Volume, files: readonly Handle[]): Promise<Timing> {
  const stop = watch();
  let count = 0;
  for (const handle of files) {
    for (let at = 0; at < FILE_BYTES; at += CHUNK_BYTES) {
      must(volume.write(context(), handle, at + BLOCK_BYTES, block, "file-sync"));
      if (++count % 16 === 0) await volume.settle(undefined);
    }
  }
  return stop(count);
}

/** Calls `step`, which returns how many operations it did, until the time is up. */
async function timed(step: () => number | Promise<number>): Promise<Timing> {
  const started = performance.now();
  const stop = watch();
  let count = 0;
  while (performance.now() - started < asked.seconds * 1000) count += await step();
  return stop(count);
}

function draw(below: number): number {
  drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0;
  return Math.floor((drawn / 2 ** 32) * below);
}

function place(files: readonly Handle[]): readonly [Handle, number] {
  return [files[draw(files.length)] as Handle, draw(FILE_BYTES / BLOCK_BYTES) * BLOCK_BYTES];
}

async function writeOne(volume: Volume, files: readonly Handle[]): Promise<number> {
  for (let i = 0; i < 16; i++) {
    const [handle, at] = place(files);
    must(volume.write(context(), handle, at, block, "file-sync"));
  }
  await volume.settle(undefined);
  return 16;
}

async function readOne(volume: Volume, files: readonly Handle[]): Promise<number> {
  const [handle, at] = place(files);
  await volume.settle(must(volume.read(context(), handle, at, BLOCK_BYTES)));
  return 1;
}

function attributesOfOne(volume: Volume, files: readonly Handle[]): number {
  must(volume.attributes(files[draw(files.length)] as Handle));
  return 1;
}

function list(volume: Volume): number {
  let count = 0;
  for (const _ of must(volume.entries(context(), volume.root, 0))) count++;
  return count;
}
