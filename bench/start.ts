/**
 * How long `coterie up` takes until it says that it is ready, beside Node.js alone:
 *
 *     npm run bench -- start [--json] [--quick] [--rounds N] [--dir DIR]
 *
 * Each round starts `node -e 0`, and the built command on a port that the system chooses: once in a directory that it
 * has to make, once in one that holds a volume already. The time is that of a whole process, from its spawning: to its
 * end, and to its line of JSON. Rounds alternate between them, and what counts is the median and the longest: how long
 * one waits, and how long one may have to. `--quick` takes three rounds instead of ten.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    dir: { type: "string", default: tmpdir() },
  },
});

const command = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
if (!existsSync(command)) throw new Error(`${command} is missing: npm run build makes it`);
const rounds = Number(values.rounds ?? (values.quick ? 3 : 10));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds ${values.rounds}: expected a count`);

interface Row {
  readonly what: string;
  readonly tookMs: number[];
}

const bare: Row = { what: "node -e 0", tookMs: [] };
const fresh: Row = { what: "coterie up, a new directory", tookMs: [] };
const again: Row = { what: "coterie up, a volume that is there", tookMs: [] };
const rows = [bare, fresh, again];

const scratch = mkdtempSync(join(values.dir, "coterie-bench-"));
try {
  const kept = join(scratch, "kept");
  // Not counted: brings the programs into the system's cache, and makes the volume that is there afterwards.
  await bareStart();
  await nodeStart(kept);
  for (let round = 0; round < rounds; round++) {
    bare.tookMs.push(await bareStart());
    fresh.tookMs.push(await nodeStart(join(scratch, `new-${round}`)));
    again.tookMs.push(await nodeStart(kept));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const results = rows.map(({ what, tookMs }) => {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const round = (ms: number | undefined) => Number(ms?.toFixed(1));
  return { what, medianMs: round(sorted[sorted.length >> 1]), longestMs: round(sorted.at(-1)) };
});
if (values.json) {
  console.log(JSON.stringify({ benchmark: "start", node: process.version, rounds, results }, null, 2));
} else console.table(results);

async function bareStart(): Promise<number> {
  const began = performance.now();
  await ended(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }));
  return performance.now() - began;
}

async function nodeStart(directory: string): Promise<number> {
  const began = performance.now();
  const words = ["up", "--dir", directory, "--port", "0", "--no-portmap", "--json"];
  const node = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  const tookMs = performance.now() - began;
  if (first.done || JSON.parse(first.value).event !== "ready")
    throw new Error("coterie up did not become ready");
  node.kill("SIGTERM");
  await ended(node);
  return tookMs;
}

async function ended(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`a process ended with ${signal ?? code}`);
}
