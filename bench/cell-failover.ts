/**
 * How long a client of a cell waits at most while it loses a node: the longest time between two acknowledgements.
 *
 * Three nodes as real processes over loopback, and our client with its default settings, which writes 4 KiB after 4 KiB, each durable before the
 * next. In each round one thing happens: the node that the client uses is killed (`kill -9`), or the one that leads the volume's log; either
 * is stopped (SIGSTOP) for a while; all nodes are restarted in order, one after the other, in which no operation may fail. A node is back, and
 * the cell whole, before the next round. `usual` is a round in which nothing happens.
 *
 *     npm run bench -- cell-failover --quick
 *     npm run bench -- cell-failover --rounds 20 --only kill-leader,stop-leader
 */
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { CellProcesses } from "../test/support/cell-processes.ts";
import { NODE_PROGRAM, startCell } from "./cell/servers.ts";
import type { Gaps, WriterRequest } from "./cell/writer.ts";
import { buildPrograms } from "./support/build-programs.ts";
import { type Child, startChild } from "./support/children.ts";
import { choice, count, options, text } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { scratchFolder } from "./support/scratch.ts";
import { median } from "./support/statistics.ts";

const HARMS = ["usual", "kill-used", "kill-leader", "stop-used", "stop-leader", "rolling-restart"] as const;
type Harm = (typeof HARMS)[number];

const asked = options({
  rounds: count("rounds of each harm", { usual: 10, quick: 2 }),
  only: choice("harms", HARMS),
  dir: text("where the data is, in a folder that is removed afterwards", tmpdir()),
});
/** Before a harm, so that it meets a client that writes; and for how long a node is away. */
const STEADY_MS = 500;
const AWAY_MS = 3000;

/** The nodes and the client that writes. */
class Scene {
  readonly #cell: CellProcesses;
  readonly #writer: Child<WriterRequest>;

  constructor(cell: CellProcesses, writer: Child<WriterRequest>) {
    this.#cell = cell;
    this.#writer = writer;
  }

  async sample(harm: Harm): Promise<Gaps> {
    const { server } = await this.#writer.ask<Gaps>("begin");
    await sleep(STEADY_MS);
    const victim = harm.endsWith("leader") ? await this.#cell.leader() : server;
    await this.#do(harm, victim);
    await this.#cell.whole();
    return this.#writer.ask<Gaps>("tell");
  }

  async #do(harm: Harm, victim: number): Promise<void> {
    const cell = this.#cell;
    if (harm === "usual") await sleep(AWAY_MS);
    else if (harm === "rolling-restart") await this.#restartAll();
    else if (harm.startsWith("kill")) {
      await cell.kill(victim);
      await sleep(AWAY_MS);
      cell.start(victim);
    } else {
      cell.signal(victim, "SIGSTOP");
      await sleep(AWAY_MS);
      cell.signal(victim, "SIGCONT");
    }
  }

  async #restartAll(): Promise<void> {
    const cell = this.#cell;
    for (const index of cell.addresses.keys()) {
      await cell.stop(index);
      cell.start(index);
      await cell.whole();
    }
  }
}

const report = new Report("cell-failover", asked, { rounds: asked.rounds });
const [node, writer] = buildPrograms(NODE_PROGRAM, "bench/cell/writer.ts");
const cell = await startCell(scratchFolder("cell-failover", asked.dir), node);
const [child] = await startChild<WriterRequest>(new URL(`file://${writer}`), [
  JSON.stringify(cell.addresses),
]);
const scene = new Scene(cell, child);
const rows = [];
for (const harm of asked.only) {
  const samples: Gaps[] = [];
  for (let round = 1; round <= asked.rounds; round++) {
    const sample = await Promise.race([scene.sample(harm), cell.failed]);
    samples.push(sample);
    console.error(`round ${round} of ${asked.rounds}:`, JSON.stringify({ harm, ...sample }));
  }
  const gaps = samples.map(({ longestMs }) => Math.round(longestMs));
  const sum = (of: (sample: Gaps) => number) => samples.reduce((total, sample) => total + of(sample), 0);
  rows.push({
    harm,
    medianMs: median(gaps),
    maxMs: Math.max(...gaps),
    writes: sum(({ writes }) => writes),
    failed: sum(({ failed }) => failed),
    moves: sum(({ moves }) => moves),
  });
}
report.table("longest time between two acknowledgements", rows);
report.end();
process.exit(0);
