/**
 * One run: a scenario and a plan in, what became of it out. Nothing else decides anything, so the same two give the same
 * trace, in any process.
 */
import { Simulation } from "../simulation.ts";
import { describeFailure, type Failure } from "./failure.ts";
import { DEFAULT_EXTRA_MS } from "./limits.ts";
import { checkPlan } from "./plan.ts";
import { PlayedStage } from "./stage.ts";
import type { Operation, Plan, Scenario } from "./types.ts";

/** What one run of a scenario came to. */
export interface Run<Op = Operation> {
  readonly plan: Plan<Op>;
  /** Undefined when the run was good. */
  readonly failure: Failure | undefined;
  /** What `run` threw, for those who are in the same process. */
  readonly error: unknown;
  /** Of the whole trace: two runs did the same if these are equal. */
  readonly digest: string;
  /** When it ended, in virtual time. */
  readonly nowMs: number;
  readonly events: number;
  /** With the trace, for diagrams. */
  readonly sim: Simulation;
}

/**
 * Failures of the run are in the result. @throws CoterieError SIM_PLAN for a plan of another scenario, or a damaged one; what
 * the scenario's `layout` and `nodeName` throw
 */
export async function runPlan<Op extends object = Operation>(
  scenario: Scenario<Op>,
  plan: Plan<Op>,
): Promise<Run<Op>> {
  checkPlan(scenario, plan);
  const sim = new Simulation({ ...scenario.simulation, seed: plan.seed });
  const stage = new PlayedStage(scenario, plan, sim);
  const limitMs = scenario.limitMs ?? plan.quietMs + DEFAULT_EXTRA_MS;
  let error: unknown;
  let hasFailed = false;
  try {
    await sim.run(() => scenario.run(stage), { limitMs });
  } catch (thrown) {
    hasFailed = true;
    error = thrown;
  }
  const failure = hasFailed ? describeFailure(error) : undefined;
  const { events } = sim.statistics;
  return { plan, failure, error, digest: sim.trace.digest(), nowMs: sim.nowMs, events, sim };
}

/** `runPlan` twice: when the second run does not do the same, that is the failure, SIM_NOT_REPEATED. */
export async function runTwice<Op extends object = Operation>(
  scenario: Scenario<Op>,
  plan: Plan<Op>,
): Promise<Run<Op>> {
  const first = await runPlan(scenario, plan);
  const again = await runPlan(scenario, plan);
  if (again.digest === first.digest && again.failure?.property === first.failure?.property) return first;
  const told = ({ failure, digest }: Run<Op>): string =>
    `${failure === undefined ? "good" : `failed (${failure.property})`}, trace ${digest.slice(0, 16)}`;
  const message = `the same plan ran twice and did not do the same: first ${told(first)}; then ${told(again)}`;
  return { ...first, failure: { property: "SIM_NOT_REPEATED", code: "SIM_NOT_REPEATED", message } };
}
