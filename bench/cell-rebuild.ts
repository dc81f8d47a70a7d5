/**
 * How long a replica of a cell takes that has lost its disk, until it is a full member of the volume's log again: three nodes over loopback
 * with so much in one file, of which one is killed, its directory removed, and started anew while nobody writes. Then all replicas must be
 * equal, byte for byte.
 *
 * With --huge, also how long a node takes to start, and what memory it holds, with a directory of a million files, beside none.
 *
 *     npm run bench -- cell-rebuild --quick
 *     npm run bench -- cell-rebuild --mib 4096 --huge --dir /var/tmp
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import type { CellProcesses } from "../test/support/cell-processes.ts";
import type { Filled } from "./cell/filler.ts";
import { NODE_PROGRAM, startCell } from "./cell/servers.ts";
import { buildPrograms } from "./support/build-programs.ts";
import { startChild } from "./support/children.ts";
import { count, flag, options, text } from "./support/options.ts";
import { cpuMsOf, settled } from "./support/process-use.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { rounded } from "./support/statistics.ts";
import { until } from "./support/until.ts";

const asked = options({
  mib: count("MiB that the volume holds", { usual: 1024, quick: 64 }),
  files: count("files of --huge", { usual: 1_000_000, quick: 2000 }),
  huge: flag("the start and the memory of a node with so many files, too"),
  dir: text("where the data is, in a folder that is removed afterwards", tmpdir()),
});
/** Nobody needs longer. */
const WITHIN_MS = 3_600_000;
const MIB = 1024 * 1024;

const indices = (cell: CellProcesses): number[] => [...cell.addresses.keys()];
const pidsOf = (cell: CellProcesses): number[] => indices(cell).map((index) => cell.pid(index) as number);

/** Puts a file of so many bytes into the volume, and as many empty ones into a directory. */
async function fill(program: string, cell: CellProcesses, bytes: number, files: number): Promise<Filled> {
  const words = [JSON.stringify(cell.addresses), bytes, files];
  const [child, filled] = await startChild<never, Filled>(new URL(`file://${program}`), words);
  child.stop();
  return filled;
}

/** Milliseconds until `isSo` of a node's volume. */
async function timed(cell: CellProcesses, index: number, applied: number): Promise<number> {
  const startedMs = performance.now();
  cell.start(index);
  const isBack = async () => {
    const state = await cell.status(index);
    const isMember = state?.role === "follower" || state?.role === "leader";
    return (isMember && state.isFormatted && state.applied >= applied) || undefined;
  };
  await Promise.race([
    until(isBack, { what: "a full member", withinMs: WITHIN_MS, everyMs: 10 }),
    cell.failed,
  ]);
  return performance.now() - startedMs;
}

/** A node that follows, and how far the log has come. */
async function follower(cell: CellProcesses): Promise<{ index: number; applied: number }> {
  const leader = await cell.leader();
  const applied = (await cell.status(leader))?.applied as number;
  return { index: (leader + 1) % cell.count, applied };
}

async function restarted(cell: CellProcesses): Promise<{ startMs: number; residentMiB: number }> {
  const { index, applied } = await follower(cell);
  await cell.stop(index);
  const startMs = Math.round(await timed(cell, index, applied));
  const bytes = (await cell.status(index))?.residentBytes as number;
  return { startMs, residentMiB: Math.round(bytes / MIB) };
}

async function rebuilt(cell: CellProcesses) {
  await settled(pidsOf(cell));
  const { index, applied } = await follower(cell);
  await cell.kill(index);
  rmSync(cell.directory(index), { recursive: true });
  const others = indices(cell)
    .filter((each) => each !== index)
    .map((each) => cell.pid(each) as number);
  const beforeMs = cpuMsOf(others);
  const tookMs = await timed(cell, index, applied);
  const cpuMs = cpuMsOf(others) - beforeMs;
  const crcs = new Set((await cell.digests()).map(({ crc }) => crc));
  if (crcs.size !== 1) throw new Error("the replicas differ: the figure would be worth nothing");
  return {
    seconds: rounded(tookMs / 1000),
    mibPerSecond: rounded((1000 * asked.mib) / tookMs),
    donorsCpuMs: rounded(cpuMs),
  };
}

const report = new Report("cell-rebuild", asked, { mib: asked.mib });
const [node, filler] = buildPrograms(NODE_PROGRAM, "bench/cell/filler.ts");
const cell = await startCell(scratchFolder("cell-rebuild", asked.dir), node);
const empty = asked.huge ? await restarted(cell) : undefined;
const { tookMs } = await fill(filler, cell, asked.mib * MIB, 0);
const filledAt = { filledMibPerSecond: rounded((1000 * asked.mib) / tookMs) };
report.table("a replica that has lost its disk", [{ mib: asked.mib, ...filledAt, ...(await rebuilt(cell)) }]);
if (empty !== undefined) {
  await cell.whole();
  await fill(filler, cell, 0, asked.files);
  await settled(pidsOf(cell));
  report.table("the start of a node", [
    { files: 0, ...empty },
    { files: asked.files, ...(await restarted(cell)) },
  ]);
}
report.end();
process.exit(0);
