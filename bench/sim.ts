/**
 * How fast simulated worlds run, with the trace and its digest on.
 *
 * `messages`: eight nodes keep 64 datagrams each under way; a synchronous handler answers each with the next one.
 * `gossip`: each node sends 200 bytes to three others, drawn anew, every 100 ms; in one process, and in two at once,
 * whose figures are added.
 *
 * What is told: datagrams delivered in a second of real time, and in a second of the processor's, which other people's
 * load changes less; simulated hours in a minute of real time. Each line is a process of its own.
 *
 *     npm run bench -- sim --quick
 *     npm run bench -- sim --rounds 5 --seconds 5
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measured } from "./sim/child.ts";
import { amount, count, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { compared } from "./support/rounds.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 3, quick: 1 }),
  seconds: amount("how long one measurement takes", { usual: 2, quick: 0.5 }),
});
const GOSSIP_BYTES = 200;
const program = fileURLToPath(new URL("./sim/child.ts", import.meta.url));

type Line = {
  readonly what: "messages" | "gossip";
  readonly nodes: number;
  readonly bytes: number;
  readonly jobs: number;
};

type Sample = {
  readonly deliveredPerSecond: number;
  readonly deliveredPerCpuSecond: number;
  readonly simulatedHoursPerMinute: number;
};

async function spawned({ what, nodes, bytes }: Line): Promise<Measured> {
  const words = [what, nodes, bytes, asked.seconds * 1000].map(String);
  const node = ["--import", import.meta.resolve("tsx"), program, ...words];
  return JSON.parse((await promisify(execFile)(process.execPath, node)).stdout);
}

/** All jobs of a line at once; their rates are added. */
async function measure(line: Line): Promise<Sample> {
  const jobs = await Promise.all(Array.from({ length: line.jobs }, () => spawned(line)));
  const sum = (of: (one: Measured) => number) => jobs.reduce((total, one) => total + of(one), 0);
  return {
    deliveredPerSecond: 1000 * sum((one) => one.delivered / one.realMs),
    deliveredPerCpuSecond: (1000 * sum((one) => one.delivered)) / sum((one) => one.cpuMs),
    simulatedHoursPerMinute: sum((one) => one.virtualMs / 60 / one.realMs),
  };
}

const lines: Line[] = [64, 1200].map((bytes) => ({ what: "messages", nodes: 8, bytes, jobs: 1 }));
for (const nodes of [3, 10, 100])
  for (const jobs of [1, 2]) lines.push({ what: "gossip", nodes, bytes: GOSSIP_BYTES, jobs });

const report = new Report("sim", asked, { rounds: asked.rounds });
const rows = lines.map((line) => ({ label: line, measure: () => measure(line) }));
report.table("worlds", await compared("worlds", rows, asked.rounds));
report.end();
