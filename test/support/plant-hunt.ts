/**
 * Whether a scenario finds a planted bug within so many seeds, and how small the run becomes that shows it. It is what the
 * scenario and its spec are worth.
 */
import {
  drawPlan,
  type Failure,
  type Plan,
  type Run,
  runPlan,
  type Scenario,
  shrinkPlan,
} from "../../src/sim/index.ts";

/** How large a run is that shows the bug: faults, and what the workload sends. */
export interface Size {
  readonly faults: number;
  readonly messages: number;
}

export interface Hunt {
  readonly seeds: number;
  /** A run is small that has at most so many. */
  readonly most: Size;
  /** Failing runs that are made small: not every one becomes as small as the next. */
  readonly tried: number;
  /** Real time for making one small. */
  readonly shrinkMs: number;
}

/** All plants in `npm run soak -- plants`; in the suite those at these places, which together take a minute or two. */
export function planted<Plant>(plants: readonly Plant[], inSuite: readonly number[]): readonly Plant[] {
  return process.env.COTERIE_SOAK === "1" ? plants : inSuite.map((place) => plants[place] as Plant);
}

/** The sizes of shrunk runs, the last of them small if there was such a one; empty when no seed failed. */
export async function hunt<Op extends object>(
  scenario: Scenario<Op>,
  messagesOf: (operation: Op) => number,
  { seeds, most, tried, shrinkMs }: Hunt,
): Promise<readonly Size[]> {
  const sizes: Size[] = [];
  for await (const { plan, failure } of failures(scenario, seeds)) {
    const shrunk = await shrink(scenario, plan, failure as Failure, shrinkMs);
    const messages = shrunk.operations.reduce((sum, operation) => sum + messagesOf(operation), 0);
    sizes.push({ faults: shrunk.faults.length, messages });
    if (isWithin(sizes.at(-1), most) || sizes.length === tried) break;
  }
  return sizes;
}

export function isWithin(size: Size | undefined, most: Size): boolean {
  return size !== undefined && size.faults <= most.faults && size.messages <= most.messages;
}

async function* failures<Op extends object>(scenario: Scenario<Op>, seeds: number): AsyncGenerator<Run<Op>> {
  for (let seed = 1; seed <= seeds; seed++) {
    const run = await runPlan(scenario, drawPlan(scenario, String(seed)));
    if (run.failure !== undefined) yield run;
  }
}

async function shrink<Op extends object>(
  scenario: Scenario<Op>,
  plan: Plan<Op>,
  failure: Failure,
  maxMs: number,
): Promise<Plan<Op>> {
  const again = async (smaller: Plan<Op>) => (await runPlan(scenario, smaller)).failure;
  const shrunk = await shrinkPlan(scenario, plan, failure, again, { maxMs });
  if (shrunk.failure.property !== failure.property) {
    throw new Error(`shrinking "${failure.property}" led to "${shrunk.failure.property}"`);
  }
  return shrunk.plan;
}
