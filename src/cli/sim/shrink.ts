/** `coterie sim shrink`: a failing seed, made small and kept as a plan. */
import {
  type Failure,
  type FaultWeights,
  formatPlan,
  formatSize,
  type Plan,
  type ShrinkOptions,
  type Shrunk,
  shrinkPlan,
  withEntry,
} from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { STATUS_OF_SIGNAL } from "../stop-requests.ts";
import { corpusPath, planPath, readCorpus, readPlan, writeCorpus, writeText } from "./files.ts";
import type { ScenarioInfo } from "./messages.ts";
import { SimulationSession } from "./session.ts";
import { firstLine, replayLine } from "./text.ts";

export interface ShrinkFlags {
  readonly scenario?: string;
  readonly seed?: string;
  readonly plan?: string;
  readonly known?: boolean;
  readonly weights?: FaultWeights;
  readonly runs: number;
  readonly time: number;
  readonly out?: string;
  readonly corpus?: string | false;
  readonly limit: number;
}

export async function shrinkSeed(context: CliContext, file: string, flags: ShrinkFlags): Promise<void> {
  const session = await SimulationSession.open(context, file, flags);
  try {
    const asked = await whichRun(context, file, flags);
    const scenario = session.one(asked.plan?.scenario);
    const first = await session.run({ scenario: scenario.name, ...asked });
    if (first.failure === undefined || first.plan === undefined) {
      throw new UsageError(`${which(flags)} of ${scenario.name} does not fail: there is nothing to shrink`, {
        command: "sim",
      });
    }
    const budget = { maxRuns: flags.runs, maxMs: flags.time };
    const shrunk = await shrinkFailure(context, session, scenario, first.plan, first.failure, budget);
    if (shrunk === undefined) return;
    if (flags.corpus !== false) {
      const path = flags.corpus ?? corpusPath(file);
      const { failure, plan } = shrunk;
      const corpus = withEntry(await readCorpus(context.local, path), { property: failure.property, plan });
      await writeCorpus(context.local, path, corpus);
    }
    await tellShrunk(context, session, scenario, shrunk, flags.out);
  } finally {
    session.close();
  }
}

/** What names a run. */
export interface RunFlags {
  readonly seed?: string;
  readonly plan?: string;
  readonly known?: boolean;
  readonly corpus?: string | false;
  readonly scenario?: string;
  readonly weights?: FaultWeights;
}

/** The seed, or the plan of a file or of the corpus, that the flags name. @throws UsageError for none, or both. */
export async function whichRun(
  context: CliContext,
  file: string,
  { seed, plan, known = false, corpus, scenario, weights }: RunFlags,
): Promise<{ readonly seed?: string; readonly weights?: FaultWeights; readonly plan?: Plan }> {
  // Checked where it is run: the worker knows the scenario's own kinds of fault.
  if (plan !== undefined && seed === undefined) return { plan: await readPlan(context.local, plan) };
  if (seed === undefined || plan !== undefined) {
    throw new UsageError("name the run by --seed, or by --plan", { command: "sim" });
  }
  if (!known) return { seed, ...(weights && { weights }) };
  const { entries } = await readCorpus(context.local, corpus || corpusPath(file));
  const found = entries.find(
    (entry) => entry.plan.seed === seed && entry.plan.scenario === (scenario ?? entry.plan.scenario),
  );
  if (found === undefined)
    throw new UsageError(`the corpus of ${file} has no seed ${seed}`, { command: "sim" });
  return { plan: found.plan };
}

function which({ seed, plan }: { readonly seed?: string; readonly plan?: string }): string {
  return seed === undefined ? `the plan ${plan}` : `seed ${seed}`;
}

/** Undefined when it was interrupted, and the command's exit status says so. */
export async function shrinkFailure(
  context: CliContext,
  session: SimulationSession,
  scenario: ScenarioInfo,
  plan: Plan,
  failure: Failure,
  budget: ShrinkOptions = {},
): Promise<Shrunk | undefined> {
  const { name, nodes } = scenario;
  const target = {
    name,
    nodes,
    kinds: scenario.kinds.map((kind) => ({ kind })),
    simplify: (operation: object) => simplify(session, name, operation),
  };
  const progress = startProgress(context, session.world, {
    label: `shrinking ${name}, seed ${plan.seed}`,
    unit: "items",
  });
  const twice = failure.property === "SIM_NOT_REPEATED";
  const tryPlan = async (smaller: Plan) =>
    (await session.run({ scenario: name, plan: smaller, twice })).failure;
  const onRun: ShrinkOptions["onRun"] = ({ runs, size }) => {
    progress.done = runs;
    progress.label = `shrinking ${name}, seed ${plan.seed}: ${formatSize(size)}`;
  };
  try {
    return await Promise.race([
      shrinkPlan(target, plan, failure, tryPlan, { ...budget, onRun }),
      session.stopped.then((signal) => {
        context.exitStatus = STATUS_OF_SIGNAL[signal];
        return undefined;
      }),
    ]);
  } finally {
    progress.finish();
  }
}

async function simplify(
  session: SimulationSession,
  scenario: string,
  operation: object,
): Promise<readonly object[]> {
  const answer = await session.clients[0]?.ask({ type: "simplify", scenario, operation });
  if (answer?.type === "simplified") return answer.operations;
  if (answer?.type === "refused") throw new CoterieError(answer.code, answer.message);
  return [];
}

/** Writes the plan's file, and says what became of the plan. */
export async function tellShrunk(
  context: CliContext,
  session: SimulationSession,
  scenario: ScenarioInfo,
  { plan, failure, before, after, runs, complete }: Shrunk,
  out = planPath(session.file, plan.seed),
): Promise<void> {
  await writeText(context.local, out, `${formatPlan(plan)}\n`);
  const name = session.scenarios.length > 1 ? scenario.name : undefined;
  const replay = replayLine(context, { file: session.file, scenario: name, plan: out });
  const { property, message } = failure;
  const value = {
    event: "shrunk",
    scenario: scenario.name,
    seed: plan.seed,
    property,
    message,
    before,
    after,
    runs,
    complete,
    plan,
    file: out,
    replay,
  };
  context.output.result(value, (style) => {
    const sizes = `${formatSize(before)} → ${style.bold(formatSize(after))}`;
    const rest = complete ? "nothing more can go" : "the budget is used up: --runs and --time give more";
    return [
      `${style.bold("shrunk")}  ${scenario.name}, seed ${plan.seed}: ${firstLine(failure)}`,
      `        ${sizes} in ${runs} runs; ${rest}`,
      formatPlan(plan),
      style.dim(replay),
    ].join("\n");
  });
}
