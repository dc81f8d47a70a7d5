/** `coterie sim run`: the corpus first, then many seeds, over several worker processes. */

import type { SignalName } from "../../node/index.ts";
import {
  type Corpus,
  type CorpusEntry,
  EMPTY_CORPUS,
  entriesOf,
  type FaultWeights,
  withEntry,
  withoutEntries,
} from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { STATUS_OF_SIGNAL } from "../stop-requests.ts";
import { formatCount, formatDuration } from "../style.ts";
import { keepArtifacts } from "./artifacts.ts";
import type { SimulationClient } from "./client.ts";
import { corpusPath, readCorpus, writeCorpus } from "./files.ts";
import type { RunRequest, RunResult, ScenarioInfo } from "./messages.ts";
import { SimulationSession } from "./session.ts";
import { shrinkFailure, tellShrunk } from "./shrink.ts";
import { firstLine, replayLine } from "./text.ts";

export interface RunFlags {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly scenario?: string;
  readonly weights?: FaultWeights;
  readonly failFast?: boolean;
  readonly shrink?: boolean;
  readonly corpus?: string | false;
  readonly prune?: boolean;
  readonly twice?: boolean;
  readonly out?: string;
  readonly limit: number;
}

/** Requests that a worker has before it: the next one does not wait for the answer to travel. */
const AHEAD = 4;
/** Failures of one property that are told, and kept in the corpus; all are counted. */
const MAX_TOLD = 5;
/** Properties of which failures are told: more are the same thing in other words. */
const MAX_PROPERTIES = 50;

interface Task {
  readonly request: Omit<RunRequest, "type">;
  /** Of the corpus. */
  readonly entry?: CorpusEntry;
}

interface Found {
  readonly scenario: ScenarioInfo;
  readonly result: RunResult;
}

export async function runSeeds(context: CliContext, file: string, flags: RunFlags): Promise<void> {
  const session = await SimulationSession.open(context, file, flags, flags.jobs);
  try {
    const path = flags.corpus === false ? undefined : (flags.corpus ?? corpusPath(file));
    const corpus = path === undefined ? EMPTY_CORPUS : await readCorpus(context.local, path);
    const soak = new Soak(context, session, flags, corpus);
    for (const scenario of session.scenarios) await soak.run(scenario);
    if (path !== undefined && soak.corpus !== corpus) await writeCorpus(context.local, path, soak.corpus);
  } finally {
    session.close();
  }
}

/** All runs of one command. */
class Soak {
  corpus: Corpus;
  readonly #context: CliContext;
  readonly #session: SimulationSession;
  readonly #flags: RunFlags;
  readonly #failures = new Map<string, Found[]>();
  #stopped = false;
  #interrupted = false;

  constructor(context: CliContext, session: SimulationSession, flags: RunFlags, corpus: Corpus) {
    this.#context = context;
    this.#session = session;
    this.#flags = flags;
    this.corpus = corpus;
  }

  async run(scenario: ScenarioInfo): Promise<void> {
    if (this.#stopped) return;
    const { clock } = this.#session.world;
    const known = entriesOf(this.corpus, scenario.name);
    const total = known.length + this.#flags.seeds;
    const progress = startProgress(this.#context, this.#session.world, {
      label: scenario.name,
      total,
      unit: "items",
    });
    const startMs = clock.monotonicMs();
    const counts = { runs: 0, failures: 0, events: 0, simulatedMs: 0 };
    this.#failures.clear();
    const tasks = this.#tasks(scenario, known);
    const loop = async (client: SimulationClient): Promise<void> => {
      for (let task = tasks.next(); !task.done && !this.#stopped; task = tasks.next()) {
        const result = await this.#session.run(task.value.request, client);
        if (this.#stopped) return;
        counts.runs++;
        counts.events += result.events;
        counts.simulatedMs += result.nowMs;
        progress.done++;
        if (result.failure !== undefined) counts.failures++;
        await this.#judge(scenario, task.value, result);
      }
    };
    const loops = this.#session.clients.flatMap((client) =>
      Array.from({ length: AHEAD }, () => loop(client)),
    );
    try {
      await Promise.race([
        Promise.all(loops),
        this.#session.stopped.then((signal) => this.#interrupt(signal)),
      ]);
    } finally {
      progress.finish();
    }
    const realMs = clock.monotonicMs() - startMs;
    if (this.#flags.shrink === true && !this.#interrupted) await this.#shrinkAll();
    this.#summary(scenario, { ...counts, realMs });
  }

  *#tasks(scenario: ScenarioInfo, known: readonly CorpusEntry[]): Generator<Task, undefined> {
    const { from, seeds, weights, twice = false } = this.#flags;
    for (const entry of known) yield { entry, request: { scenario: scenario.name, plan: entry.plan, twice } };
    for (let i = 0; i < seeds; i++) {
      yield {
        request: { scenario: scenario.name, seed: String(from + i), twice, ...(weights && { weights }) },
      };
    }
    return undefined;
  }

  #interrupt(signal: SignalName): void {
    this.#stopped = true;
    this.#interrupted = true;
    this.#context.exitStatus = STATUS_OF_SIGNAL[signal];
  }

  async #judge(scenario: ScenarioInfo, { entry }: Task, result: RunResult): Promise<void> {
    if (result.failure === undefined) {
      if (entry !== undefined) this.#passesAgain(entry);
      return;
    }
    this.#context.exitStatus = ExitStatus.findings;
    if (this.#flags.failFast === true) this.#stopped = true;
    const { property } = result.failure;
    const alike = this.#failures.get(property) ?? [];
    if (alike.length === MAX_TOLD || (alike.length === 0 && this.#failures.size === MAX_PROPERTIES)) return;
    alike.push({ scenario, result });
    this.#failures.set(property, alike);
    if (entry === undefined && result.plan !== undefined) {
      this.corpus = withEntry(this.corpus, { property, plan: result.plan });
    }
    this.#tell(scenario, result, entry);
    if (this.#flags.out !== undefined)
      await keepArtifacts(this.#context, this.#session, this.#flags.out, scenario, result);
  }

  #tell(scenario: ScenarioInfo, { seed, failure }: RunResult, entry: CorpusEntry | undefined): void {
    if (failure === undefined) return;
    const { weights, scenario: chosen } = this.#flags;
    const known = entry !== undefined;
    const line = replayLine(this.#context, {
      file: this.#session.file,
      scenario: chosen ?? (this.#session.scenarios.length > 1 ? scenario.name : undefined),
      seed,
      known,
      twice: failure.property === "SIM_NOT_REPEATED",
      // What is known is a plan, drawn already.
      weights: known ? undefined : weights,
    });
    const { property, message } = failure;
    const value = { event: "failure", scenario: scenario.name, seed, property, message, known, replay: line };
    this.#context.output.result(value, (style) => {
      const mark = style.red(style.bold("FAILED"));
      const where = known ? ", known from the corpus" : "";
      return `${mark}  ${scenario.name}, seed ${style.bold(seed)}${where}: ${firstLine(failure)}\n        ${style.dim(line)}`;
    });
  }

  #passesAgain(entry: CorpusEntry): void {
    const { scenario, seed } = entry.plan;
    const { prune = false } = this.#flags;
    if (prune) this.corpus = withoutEntries(this.corpus, [entry]);
    const value = { event: "passes", scenario, seed, property: entry.property, pruned: prune };
    this.#context.output.result(value, (style) => {
      const rest = prune ? "is removed from it" : "stays in the corpus; --prune removes it";
      return `${style.green("passes")}  ${scenario}, seed ${seed} of the corpus passes again (${entry.property}); it ${rest}`;
    });
  }

  /** One of each property: the others would become the same. */
  async #shrinkAll(): Promise<void> {
    for (const [found] of this.#failures.values()) {
      if (found?.result.plan === undefined || found.result.failure === undefined) continue;
      const shrunk = await shrinkFailure(
        this.#context,
        this.#session,
        found.scenario,
        found.result.plan,
        found.result.failure,
      );
      if (shrunk === undefined) return;
      this.corpus = withEntry(this.corpus, { property: shrunk.failure.property, plan: shrunk.plan });
      await tellShrunk(this.#context, this.#session, found.scenario, shrunk);
    }
  }

  #summary(
    scenario: ScenarioInfo,
    counts: { runs: number; failures: number; events: number; simulatedMs: number; realMs: number },
  ): void {
    const { runs, failures, simulatedMs, realMs } = counts;
    const value = { event: "summary", scenario: scenario.name, ...counts, interrupted: this.#interrupted };
    this.#context.output.result(value, (style) => {
      const verdict =
        failures === 0 ? style.green("none failed") : style.red(`${formatCount(failures)} failed`);
      const untold = failures - [...this.#failures.values()].reduce((sum, alike) => sum + alike.length, 0);
      const more = untold > 0 ? ` (${formatCount(untold)} more like those above)` : "";
      const rate = `${formatDuration(simulatedMs)} simulated in ${formatDuration(realMs)}`;
      const end = this.#interrupted ? ", interrupted" : "";
      return `${scenario.name}: ${formatCount(runs)} runs, ${verdict}${more}; ${rate}${end}`;
    });
  }
}
