/** `coterie sim shrink`: a failing run, made small and kept as a plan. */
import {
  type Failure,
  formatPlan,
  formatSize,
  type Plan,
  type ShrinkOptions,
  type Shrunk,
  shrinkPlan,
} from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { startProgress } from "../progress.ts";
import { corpusPath, planPath, requireFolder, writeText } from "./files.ts";
import { KeptCorpus } from "./kept-corpus.ts";
import type { ScenarioInfo } from "./messages.ts";
import { type SimulationSession, withSession } from "./session.ts";
import { firstLine, replayLine } from "./text.ts";
import { named, type WhichFlags, whichRun } from "./which-run.ts";

export interface ShrinkFlags extends WhichFlags {
  readonly twice?: boolean;
  readonly runs: number;
  readonly time: number;
  readonly out?: string;
  readonly limit: number;
}

export async function shrinkSeed(context: CliContext, file: string, flags: ShrinkFlags): Promise<void> {
  const asked = await whichRun(context, file, flags);
  if (flags.out !== undefined) await requireFolder(context.local, flags.out);
  return withSession(context, file, flags, 1, async (session) => {
    const path = flags.corpus === false ? undefined : (flags.corpus ?? corpusPath(file));
    const kept = new KeptCorpus(context.local, session.world.timers, path);
    await kept.read();
    const scenario = session.one(asked.plan?.scenario);
    const first = await session.run({ scenario: scenario.name, ...asked, twice: flags.twice ?? false });
    if (first.failure === undefined || first.plan === undefined) {
      const why = `${named(flags)} of ${scenario.name} does not fail: there is nothing to shrink`;
      throw new UsageError(why, { command: "sim" });
    }
    const { plan, failure } = first;
    const budget = { maxRuns: flags.runs, maxMs: flags.time };
    const shrink = async (): Promise<void> => {
      const shrunk = await shrinkFailure(context, session, scenario, plan, failure, budget);
      await kept.add({ property: shrunk.failure.property, plan: shrunk.plan });
      await tellShrunk(context, session, scenario, shrunk, flags.out);
    };
    let done = Promise.resolve();
    // What has become small is kept: the run under way is the last.
    session.onInterrupt = () => done;
    done = shrink();
    await done;
  });
}

export async function shrinkFailure(
  context: CliContext,
  session: SimulationSession,
  { name, nodes, kinds }: ScenarioInfo,
  plan: Plan,
  failure: Failure,
  budget: ShrinkOptions = {},
): Promise<Shrunk> {
  const target = {
    name,
    nodes,
    kinds: kinds.map((kind) => ({ kind })),
    simplify: (operation: object) => session.simplify(name, operation),
  };
  const label = `shrinking ${name}, seed ${plan.seed}`;
  const progress = startProgress(context, session.world, { label, unit: "items" });
  const twice = failure.property === "SIM_NOT_REPEATED";
  const tryPlan = async (smaller: Plan) =>
    (await session.run({ scenario: name, plan: smaller, twice })).failure;
  const onRun: ShrinkOptions["onRun"] = ({ runs, size }) => {
    progress.done = runs;
    progress.label = `${label}: ${formatSize(size)}`;
  };
  const { onInterrupt } = session;
  let isInterrupted = false;
  session.onInterrupt = () => {
    isInterrupted = true;
    progress.finish();
    return onInterrupt();
  };
  try {
    const isStopped = () => isInterrupted;
    return await shrinkPlan(target, plan, failure, tryPlan, { ...budget, isStopped, onRun });
  } finally {
    progress.finish();
    session.onInterrupt = onInterrupt;
  }
}

/** Writes the plan's file, and says what became of the plan. */
export async function tellShrunk(
  context: CliContext,
  session: SimulationSession,
  scenario: ScenarioInfo,
  { plan, failure, before, after, runs, complete }: Shrunk,
  file = planPath(session.file, plan.seed, session.nameToSay(scenario)),
): Promise<void> {
  await writeText(context.local, file, `${formatPlan(plan)}\n`);
  const { seed } = plan;
  const { property, message } = failure;
  const twice = property === "SIM_NOT_REPEATED";
  const where = { file: session.file, scenario: session.nameToSay(scenario), plan: file, twice };
  const replay = replayLine(context, where);
  const sizes = { before, after, runs, complete };
  const value = {
    event: "shrunk",
    scenario: scenario.name,
    seed,
    property,
    message,
    ...sizes,
    plan,
    file,
    replay,
  };
  context.output.result(value, (style) => {
    const size = `${formatSize(before)} → ${style.bold(formatSize(after))}`;
    const rest = complete
      ? "nothing more can go"
      : "more might: --plan goes on from here, --runs and --time give more";
    return [
      `${style.bold("shrunk")}  ${scenario.name}, seed ${seed}: ${firstLine(failure)}`,
      `        ${size} in ${runs} runs; ${rest}`,
      formatPlan(plan),
      style.dim(replay),
    ].join("\n");
  });
}
