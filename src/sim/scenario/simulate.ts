/**
 * Scenarios in a test runner: `simulate(test, scenario)` makes tests of vitest, or of any runner whose `test` takes a name
 * and an async function. What failed before comes first, a test each; then many seeds in one test.
 */
import { CoterieError } from "../../world/index.ts";
import { environmentVariable } from "../host.ts";
import { type CorpusEntry, checkCorpus, entriesOf } from "./corpus.ts";
import { drawPlan } from "./draw.ts";
import { checkPlan } from "./plan.ts";
import { formatPlan, formatSize } from "./plan-text.ts";
import { type Run, runPlan, runTwice } from "./run.ts";
import { shrinkPlan } from "./shrink.ts";
import type { FaultWeights, Operation, Plan, Scenario } from "./types.ts";

/** `test` of vitest, Jest or node:test. */
export type TestFunction = (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;

/** Which seeds `simulate` runs, and what it keeps. */
export interface SimulateOptions {
  /** How many seeds, from `from` on. Default 100. The variable COTERIE_SIM_SEEDS goes before it. */
  readonly seeds?: number;
  /** The first seed. Default 1. */
  readonly from?: number;
  /** Counts instead of the scenario's own for the kinds of fault that it names. */
  readonly weights?: FaultWeights;
  /** What `coterie sim run` keeps, for example `import corpus from "./x.corpus.json" with { type: "json" }`. */
  readonly corpus?: unknown;
  /** Real time for making a failing plan small. Default 10,000; 0 leaves it as it is. */
  readonly shrinkMs?: number;
  /** What the runner is told of how long a test may take. Default 120,000, and 3,000 more for each seed. */
  readonly timeoutMs?: number;
}

const DEFAULT_SEEDS = 100;
const DEFAULT_SHRINK_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 120_000;
const TIMEOUT_MS_A_SEED = 3000;

/**
 * Makes the tests. COTERIE_SIM_SEEDS=N runs N seeds instead, for a soak; COTERIE_SIM_SEED=S runs that seed alone, to
 * repeat a failure. @throws RangeError for numbers that cannot be; CoterieError SIM_CORPUS
 */
export function simulate<Op extends object = Operation>(
  test: TestFunction,
  scenario: Scenario<Op>,
  options: SimulateOptions = {},
): void {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const only = environmentVariable("COTERIE_SIM_SEED");
  if (only !== undefined) {
    test(`${scenario.name}: seed ${only}`, () => runSeeds(scenario, [only], options), timeoutMs);
    return;
  }
  const corpus = options.corpus === undefined ? { entries: [] } : checkCorpus(options.corpus);
  for (const entry of entriesOf(corpus, scenario.name)) {
    test(`${entryName(entry)}: ${entry.property}`, () => runEntry(scenario, entry, options), timeoutMs);
  }
  const { first, count } = seedsOf(options);
  const name = `${scenario.name}: seeds ${first} to ${first + count - 1}`;
  const allMs = options.timeoutMs ?? timeoutMs + count * TIMEOUT_MS_A_SEED;
  test(name, () => runSeeds(scenario, seedNames(first, count), options), allMs);
}

/** What its test's name begins with. */
function entryName({ plan }: CorpusEntry): string {
  return `${plan.scenario}: seed ${plan.seed} of the corpus`;
}

function* seedNames(first: number, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield String(first + i);
}

function seedsOf({ from = 1, seeds = DEFAULT_SEEDS }: SimulateOptions): { first: number; count: number } {
  const given = environmentVariable("COTERIE_SIM_SEEDS");
  const count = given === undefined ? seeds : Number(given);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${count} seeds from ${from}: expected whole numbers, and at least one seed`);
  }
  return { first: from, count };
}

async function runSeeds<Op extends object>(
  scenario: Scenario<Op>,
  seeds: Iterable<string>,
  options: SimulateOptions,
): Promise<void> {
  for (const seed of seeds) {
    const run = await runPlan(scenario, drawPlan(scenario, seed, options));
    await expectGood(scenario, run, options, `COTERIE_SIM_SEED=${seed} npx vitest run -t "${scenario.name}"`);
  }
}

async function runEntry<Op extends object>(
  scenario: Scenario<Op>,
  entry: CorpusEntry,
  options: SimulateOptions,
): Promise<void> {
  // Only a second run can tell that the first was not repeated.
  const runEntry = entry.property === "SIM_NOT_REPEATED" ? runTwice : runPlan;
  const run = await runEntry(scenario, checkPlan(scenario, entry.plan));
  await expectGood(scenario, run, { ...options, shrinkMs: 0 }, `npx vitest run -t "${entryName(entry)}"`);
}

/** @throws CoterieError with the code of what the run failed of, how to repeat it, and the shrunk plan. */
async function expectGood<Op extends object>(
  scenario: Scenario<Op>,
  run: Run<Op>,
  options: SimulateOptions,
  again: string,
): Promise<void> {
  const { plan } = run;
  if (run.failure === undefined) return;
  const lines = [`scenario ${scenario.name}, seed ${plan.seed}: ${run.failure.message}`];
  lines.push(`To repeat it: ${again}`);
  lines.push(await smallCase(scenario, run, options));
  throw new CoterieError(run.failure.code ?? "SIM_FAILED", lines.join("\n"), {
    cause: run.error,
    details: { scenario: scenario.name, seed: plan.seed, property: run.failure.property },
  });
}

async function smallCase<Op extends object>(
  scenario: Scenario<Op>,
  { plan, failure }: Run<Op>,
  { shrinkMs = DEFAULT_SHRINK_MS }: SimulateOptions,
): Promise<string> {
  if (shrinkMs === 0 || failure === undefined) return formatPlan(plan);
  const again = async (smaller: Plan<Op>) => (await runPlan(scenario, smaller)).failure;
  const shrunk = await shrinkPlan(scenario, plan, failure, again, { maxMs: shrinkMs });
  const sizes = `${formatSize(shrunk.before)} to ${formatSize(shrunk.after)}`;
  return `Shrunk from ${sizes} in ${shrunk.runs} runs: ${shrunk.failure.message}\n${formatPlan(shrunk.plan)}`;
}
