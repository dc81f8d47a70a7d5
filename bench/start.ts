/**
 * How long `coterie up` takes until it says that it is ready, beside Node.js alone.
 *
 * Each round starts `node -e 0`, and the built command on ports that are free: as a node by itself and as a cell of three, each once in a directory that it
 * has to make, and once in one that is there already. A cell is ready when all of its nodes serve. The time is that of a whole process, from its spawning: to its
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
const fresh: Row = { what: "coterie up --nodes 1, a new directory", tookMs: [] };
const again: Row = { what: "coterie up --nodes 1, a volume that is there", tookMs: [] };
const freshCell: Row = { what: "coterie up, three nodes, a new directory", tookMs: [] };
const cellAgain: Row = { what: "coterie up, three nodes, a cell that is there", tookMs: [] };
const rows = [bare, fresh, again, freshCell, cellAgain];

const report = new Report("start", asked, { rounds: asked.rounds });
const scratch = scratchFolder("start", asked.dir);
const kept = join(scratch, "kept");
const keptCell = join(scratch, "kept-cell");
// Not counted: brings the programs into the system's cache, and makes what is there afterwards.
await bareStart();
await start(kept, 1);
await start(keptCell, 3);
for (let round = 0; round < asked.rounds; round++) {
  bare.tookMs.push(await bareStart());
  fresh.tookMs.push(await start(join(scratch, `new-${round}`), 1));
  again.tookMs.push(await start(kept, 1));
  freshCell.tookMs.push(await start(join(scratch, `new-cell-${round}`), 3));
  cellAgain.tookMs.push(await start(keptCell, 3));
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

async function start(directory: string, nodes: number): Promise<number> {
  const began = performance.now();
  const words = ["up", "--nodes", String(nodes), "--dir", directory, "--port", "0", "--no-portmap", "--json"];
  const node = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
  for (;;) {
    const line = await lines.next();
    if (line.done) throw new Error("coterie up did not become ready");
    if (JSON.parse(line.value).event === "ready") break;
  }
  const tookMs = performance.now() - began;
  node.kill("SIGTERM");
  await ended(node);
  return tookMs;
}

async function ended(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`a process ended with ${signal ?? code}`);
}
