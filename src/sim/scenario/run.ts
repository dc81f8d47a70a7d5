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

/** @throws CoterieError SIM_PLAN for a plan of another scenario, or a damaged one; failures of the run are in the result. */
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
