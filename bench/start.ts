/**
 * How long `coterie up` takes until it says that it is ready, beside Node.js alone.
 *
 * Each round starts `node -e 0`, and the built command on a port that the system chooses: once in a directory that it
 * has to make, once in one that holds a volume already. The time is that of a whole process, from its spawning: to its
 * end, and to its line of JSON. Rounds alternate between them, and what counts is the median and the longest: how long
 * one waits, and how long one may have to.
 *
 *     npm run bench -- start --quick
 *     npm run bench -- start --rounds 30 --dir /var/tmp
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { count, options, text } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { median } from "./support/statistics.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 10, quick: 3 }),
  dir: text("where the volumes are made, in a folder that is removed afterwards", tmpdir()),
});
const command = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
if (!existsSync(command)) throw new Error(`${command} is missing: npm run build makes it`);
interface Row {
  readonly what: string;
  readonly tookMs: number[];
}

const bare: Row = { what: "node -e 0", tookMs: [] };
const fresh: Row = { what: "coterie up, a new directory", tookMs: [] };
const again: Row = { what: "coterie up, a volume that is there", tookMs: [] };
const rows = [bare, fresh, again];

const report = new Report("start", asked, { rounds: asked.rounds });
const scratch = scratchFolder("start", asked.dir);
const kept = join(scratch, "kept");
// Not counted: brings the programs into the system's cache, and makes the volume that is there afterwards.
await bareStart();
await nodeStart(kept);
for (let round = 0; round < asked.rounds; round++) {
  bare.tookMs.push(await bareStart());
  fresh.tookMs.push(await nodeStart(join(scratch, `new-${round}`)));
  again.tookMs.push(await nodeStart(kept));
}

const tenths = (ms: number) => Number(ms.toFixed(1));
report.table(
  "until it is ready",
  rows.map(({ what, tookMs }) => ({
    what,
    medianMs: tenths(median(tookMs)),
    longestMs: tenths(Math.max(...tookMs)),
  })),
);
report.end();

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
