/** `coterie sim run`: what failed before first, then many seeds, over several worker processes. */
import type { CorpusEntry, Failure, FaultWeights, Plan } from "../../sim/index.ts";
import { isCoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus, UsageError } from "../errors.ts";
import { type Progress, startProgress } from "../progress.ts";
import { keepArtifacts } from "./artifacts.ts";
import type { SimulationClient } from "./client.ts";
import { corpusPath } from "./files.ts";
import { KeptCorpus } from "./kept-corpus.ts";
import type { RunRequest, RunResult, ScenarioInfo } from "./messages.ts";
import { type Counts, tellFailure, tellKnown, tellSummary } from "./run-text.ts";
import { type SimulationSession, withSession } from "./session.ts";
import { shrinkFailure, tellShrunk } from "./shrink.ts";

export interface RunFlags {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly scenario?: string;
  readonly weights?: FaultWeights;
  readonly twice?: boolean;
  readonly failFast?: boolean;
  readonly shrink?: boolean;
  readonly corpus?: string | false;
  readonly prune?: boolean;
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

export async function runSeeds(context: CliContext, file: string, flags: RunFlags): Promise<void> {
  checkFlags(flags);
  // Hours later would be too late to find that it cannot be.
  if (flags.out !== undefined) await context.local.mkdir(flags.out, { parents: true });
  return withSession(context, file, flags, flags.jobs, async (session) => {
    const path = flags.corpus === false ? undefined : (flags.corpus ?? corpusPath(file));
    const kept = new KeptCorpus(context.local, session.world.timers, path);
    await kept.read();
    for (const scenario of session.scenarios) {
      const soak = new Soak(context, session, flags, kept, scenario);
      session.onInterrupt = () => soak.interrupt();
      if (await soak.run()) break;
    }
    await kept.written();
  });
}

function checkFlags({ from, seeds, corpus, prune = false }: RunFlags): void {
  const no = (why: string) => new UsageError(why, { command: "sim run" });
  if (!Number.isSafeInteger(from + seeds)) throw no(`--from ${from}: there are no ${seeds} seeds from there`);
  if (prune && corpus === false) throw no("--prune takes from the corpus, and --no-corpus has none");
}

/** All runs of one scenario. */
class Soak {
  readonly #context: CliContext;
  readonly #session: SimulationSession;
  readonly #flags: RunFlags;
  readonly #corpus: KeptCorpus;
  readonly #scenario: ScenarioInfo;
  readonly #tasks: Iterator<Task, undefined>;
  readonly #progress: Progress;
  readonly #startMs: number;
  readonly #counts = { runs: 0, failures: 0, told: 0, events: 0, simulatedMs: 0 };
  /** Those that are told, by property. */
  readonly #failures = new Map<string, RunResult[]>();
  /** Properties of which plans of the corpus failed, by their seeds. */
  readonly #knownFailures = new Map<string, string>();
  #stopped = false;

  constructor(
    context: CliContext,
    session: SimulationSession,
    flags: RunFlags,
    corpus: KeptCorpus,
    scenario: ScenarioInfo,
  ) {
    this.#context = context;
    this.#session = session;
    this.#flags = flags;
    this.#corpus = corpus;
    this.#scenario = scenario;
    const known = corpus.entriesOf(scenario.name);
    this.#tasks = this.#allTasks(known);
    const total = known.length + flags.seeds;
    this.#progress = startProgress(context, session.world, { label: scenario.name, total, unit: "items" });
    this.#startMs = session.world.clock.monotonicMs();
  }

  /** True when it was stopped by a failure, under --fail-fast. */
  async run(): Promise<boolean> {
    const loops = this.#session.clients.flatMap((client) =>
      Array.from({ length: AHEAD }, () => this.#loop(client)),
    );
    try {
      await Promise.all(loops);
    } finally {
      this.#progress.finish();
    }
    const counts = this.#countsNow();
    if (this.#flags.shrink === true) await this.#shrinkAll();
    tellSummary(this.#context, this.#scenario, counts, false);
    return this.#stopped;
  }

  /** Says how far it came. */
  interrupt(): Promise<void> {
    this.#stopped = true;
    this.#progress.finish();
    tellSummary(this.#context, this.#scenario, this.#countsNow(), true);
    return this.#corpus.written();
  }

  *#allTasks(known: readonly CorpusEntry[]): Generator<Task, undefined> {
    const { from, seeds, weights, twice = false } = this.#flags;
    const scenario = this.#scenario.name;
    for (const entry of known) {
      // Only a second run can tell that the first was not repeated.
      const runTwice = twice || entry.property === "SIM_NOT_REPEATED";
      yield { entry, request: { scenario, plan: entry.plan, twice: runTwice } };
    }
    for (let i = 0; i < seeds; i++) {
      yield { request: { scenario, seed: String(from + i), twice, ...(weights && { weights }) } };
    }
    return undefined;
  }

  async #loop(client: SimulationClient): Promise<void> {
    for (;;) {
      const { value: task } = this.#stopped ? { value: undefined } : this.#tasks.next();
      if (task === undefined) return;
      const result = await this.#runTask(task, client);
      if (this.#stopped) return;
      this.#progress.done++;
      if (result === undefined) continue;
      this.#counts.runs++;
      this.#counts.events += result.events;
      this.#counts.simulatedMs += result.nowMs;
      await this.#judge(task, result);
    }
  }

  /** Undefined for a plan of the corpus that the scenario cannot run any more. */
  async #runTask({ request, entry }: Task, client: SimulationClient): Promise<RunResult | undefined> {
    try {
      return await this.#session.run(request, client);
    } catch (error) {
      if (entry === undefined || !isCoterieError(error, "SIM_PLAN")) throw error;
      await this.#known("stale", entry, error.message);
      return undefined;
    }
  }

  async #judge({ entry }: Task, result: RunResult): Promise<void> {
    const { failure, plan } = result;
    if (failure === undefined) {
      if (entry !== undefined) await this.#known("passes", entry, entry.property);
      return;
    }
    this.#counts.failures++;
    if (entry !== undefined) this.#knownFailures.set(entry.plan.seed, failure.property);
    this.#progress.label = `${this.#scenario.name}, ${this.#counts.failures} failed`;
    this.#context.exitStatus = ExitStatus.findings;
    if (this.#flags.failFast === true) this.#stopped = true;
    const alike = this.#failures.get(failure.property) ?? [];
    if (alike.length === MAX_TOLD || (alike.length === 0 && this.#failures.size === MAX_PROPERTIES)) return;
    alike.push(result);
    this.#failures.set(failure.property, alike);
    this.#counts.told++;
    tellFailure(this.#context, this.#session, this.#scenario, result, entry !== undefined, this.#flags);
    if (entry === undefined && plan !== undefined && !this.#isKept(plan, failure))
      await this.#corpus.add({ property: failure.property, plan });
    const { out } = this.#flags;
    if (out !== undefined) await keepArtifacts(this.#context, this.#session, out, this.#scenario, result);
  }

  /** Whether the corpus has a plan of this seed that fails alike: perhaps a smaller one, which must stay. */
  #isKept({ seed }: Plan, { property }: Failure): boolean {
    return this.#knownFailures.get(seed) === property;
  }

  async #known(event: "passes" | "stale", entry: CorpusEntry, why: string): Promise<void> {
    const { prune = false } = this.#flags;
    tellKnown(this.#context, event, entry, why, prune);
    if (prune) await this.#corpus.remove(entry);
  }

  /** One of each property: the others would become the same. */
  async #shrinkAll(): Promise<void> {
    for (const [first] of this.#failures.values()) {
      const { plan, failure } = first ?? {};
      if (plan === undefined || failure === undefined) continue;
      const shrunk = await shrinkFailure(this.#context, this.#session, this.#scenario, plan, failure);
      await this.#corpus.add({ property: shrunk.failure.property, plan: shrunk.plan });
      await tellShrunk(this.#context, this.#session, this.#scenario, shrunk);
    }
  }

  #countsNow(): Counts {
    return { ...this.#counts, realMs: this.#session.world.clock.monotonicMs() - this.#startMs };
  }
}
