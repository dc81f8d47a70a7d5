/**
 * Makes a failing plan small, as long as it fails of the same property: fewer faults and operations by delta debugging,
 * fewer nodes, then each part simpler, again and again until nothing more can go or the budget is used up.
 *
 * A run is a function of the plan, so one that was tried is not tried again.
 */
import { Digest, realMs } from "../host.ts";
import { ddmin } from "./ddmin.ts";
import { nodeSpan } from "./draw.ts";
import type { Failure } from "./failure.ts";
import { floorToDigit } from "./numbers.ts";
import { checkPlan, type PlanOwner } from "./plan.ts";
import {
  beginnings,
  earlierOperations,
  movedEarlier,
  simplerFaults,
  simplerTimes,
  withoutNode,
} from "./simpler.ts";
import type { Fault, Operation, Plan, Span } from "./types.ts";

/** How much work shrinking may be. */
export interface ShrinkOptions {
  /** The most runs. Default 2,000. */
  readonly maxRuns?: number;
  /** The most real time. Default 60,000. */
  readonly maxMs?: number;
  /** Asked before each run: true ends it as an end of the budget does. */
  isStopped?(): boolean;
  /** Called after each run. */
  onRun?(progress: { readonly runs: number; readonly size: PlanSize }): void;
}

/** What of a plan shrinking makes smaller. */
export interface PlanSize {
  readonly nodes: number;
  readonly faults: number;
  readonly operations: number;
}

/** The smallest plan that was found to fail in the same way. */
export interface Shrunk<Op = Operation> {
  readonly plan: Plan<Op>;
  /** Of the plan: the same property as at first, perhaps in other words. */
  readonly failure: Failure;
  readonly before: PlanSize;
  readonly after: PlanSize;
  readonly runs: number;
  /** False when the budget ended it, or `isStopped`: more might go. */
  readonly complete: boolean;
}

/** What of a scenario shrinking needs; the scenario itself may be in another process. */
export interface ShrinkTarget<Op = Operation> extends PlanOwner {
  readonly nodes?: number | Span;
  /** Simpler forms of an operation, the simplest first. */
  simplify?(operation: Op): readonly Op[] | Promise<readonly Op[]>;
}

/** Runs a plan; undefined when it is good. */
export type TryPlan<Op = Operation> = (plan: Plan<Op>) => Promise<Failure | undefined>;

export const DEFAULT_SHRINK_RUNS = 2000;
export const DEFAULT_SHRINK_MS = 60_000;

/** How large a plan is, in nodes, faults and operations. */
export function sizeOf(plan: Plan<unknown>): PlanSize {
  return { nodes: plan.nodes, faults: plan.faults.length, operations: plan.operations.length };
}

/** `failure` is what `plan` fails of, as `tryPlan` said. */
export function shrinkPlan<Op extends object = Operation>(
  scenario: ShrinkTarget<Op>,
  plan: Plan<Op>,
  failure: Failure,
  tryPlan: TryPlan<Op>,
  options: ShrinkOptions = {},
): Promise<Shrunk<Op>> {
  return new Shrinker(scenario, plan, failure, tryPlan, options).shrink();
}

class Shrinker<Op extends object> {
  readonly #scenario: ShrinkTarget<Op>;
  readonly #first: Plan<Op>;
  readonly #tryPlan: TryPlan<Op>;
  readonly #options: ShrinkOptions;
  readonly #maxRuns: number;
  readonly #deadlineMs: number;
  /** Digests of the plans that were run: the best is among them, so that no simplification goes round in a circle. */
  readonly #tried = new Set<string>();
  #best: Plan<Op>;
  #failure: Failure;
  #runs = 0;
  #ended = false;

  constructor(
    scenario: ShrinkTarget<Op>,
    plan: Plan<Op>,
    failure: Failure,
    tryPlan: TryPlan<Op>,
    options: ShrinkOptions,
  ) {
    this.#scenario = scenario;
    this.#first = plan;
    this.#best = plan;
    this.#failure = failure;
    this.#tryPlan = tryPlan;
    this.#options = options;
    this.#maxRuns = options.maxRuns ?? DEFAULT_SHRINK_RUNS;
    this.#tried.add(digestOf(plan));
    this.#deadlineMs = realMs() + (options.maxMs ?? DEFAULT_SHRINK_MS);
  }

  async shrink(): Promise<Shrunk<Op>> {
    let before: Plan<Op>;
    do {
      before = this.#best;
      await this.#fewerFaults();
      await this.#fewerOperations();
      await this.#fewerNodes();
      await this.#shorterGaps();
      await this.#simplerFaults();
      await this.#simplerOperations();
      await this.#earlierQuiet();
    } while (this.#best !== before && !this.#ended);
    return {
      plan: this.#best,
      failure: this.#failure,
      before: sizeOf(this.#first),
      after: sizeOf(this.#best),
      runs: this.#runs,
      complete: !this.#ended,
    };
  }

  /** True when the plan fails in the same way, and is the best from now on; undefined when the budget is used up. */
  async #try(plan: Plan<Op>): Promise<boolean | undefined> {
    if (this.#ended) return undefined;
    const digest = digestOf(plan);
    if (this.#tried.has(digest) || !this.#isPlan(plan)) return false;
    const { isStopped } = this.#options;
    if (this.#runs >= this.#maxRuns || realMs() > this.#deadlineMs || isStopped?.() === true) {
      this.#ended = true;
      return undefined;
    }
    this.#runs++;
    this.#tried.add(digest);
    const failure = await this.#tryPlan(plan);
    const same = failure?.property === this.#failure.property;
    if (failure !== undefined && same) {
      this.#best = plan;
      this.#failure = failure;
    }
    this.#options.onRun?.({ runs: this.#runs, size: sizeOf(this.#best) });
    return same;
  }

  /** A rounder time may lie after the end. */
  #isPlan(plan: Plan<Op>): boolean {
    try {
      checkPlan(this.#scenario, plan);
      return true;
    } catch {
      return false;
    }
  }

  async #fewerFaults(): Promise<void> {
    await ddmin(this.#best.faults, (faults) => this.#try({ ...this.#best, faults }));
  }

  async #fewerOperations(): Promise<void> {
    await ddmin(this.#best.operations, (operations) => this.#try({ ...this.#best, operations }));
  }

  async #fewerNodes(): Promise<void> {
    const { min } = nodeSpan(this.#scenario);
    for (let node = this.#best.nodes - 1; node >= 0 && this.#best.nodes > min; node--) {
      await this.#try(withoutNode(this.#best, node));
    }
  }

  /** Less waiting between one beginning and the next: everything after moves along, as moving one part alone breaks the case. */
  async #shorterGaps(): Promise<void> {
    for (let index = 0; index < beginnings(this.#best).length; index++) {
      await this.#improve(
        () => {
          const times = beginnings(this.#best);
          return (times[index] ?? 0) - (times[index - 1] ?? 0);
        },
        simplerTimes,
        (gapMs) => {
          const times = beginnings(this.#best);
          const fromMs = times[index] ?? 0;
          return movedEarlier(this.#best, fromMs, fromMs - (times[index - 1] ?? 0) - gapMs);
        },
      );
    }
  }

  async #simplerFaults(): Promise<void> {
    for (let index = 0; index < this.#best.faults.length; index++) {
      await this.#improve(
        () => this.#best.faults[index] as Fault,
        simplerFaults,
        (fault) => ({ ...this.#best, faults: this.#best.faults.with(index, fault) }),
      );
    }
  }

  async #simplerOperations(): Promise<void> {
    const simpler = async (operation: Op): Promise<readonly Op[]> => [
      ...((await this.#scenario.simplify?.(operation)) ?? []),
      ...earlierOperations(operation),
    ];
    for (let index = 0; index < this.#best.operations.length; index++) {
      await this.#improve(
        () => this.#best.operations[index] as Op,
        simpler,
        (operation) => ({ ...this.#best, operations: this.#best.operations.with(index, operation) }),
      );
    }
  }

  /** Takes the first simpler form that fails too, and begins again from it. */
  async #improve<Part>(
    current: () => Part,
    simpler: (part: Part) => readonly Part[] | Promise<readonly Part[]>,
    planWith: (part: Part) => Plan<Op>,
  ): Promise<void> {
    for (let again = true; again; ) {
      again = false;
      for (const candidate of await simpler(current())) {
        if ((await this.#try(planWith(candidate))) !== true) continue;
        again = true;
        break;
      }
      if (this.#ended) return;
    }
  }

  /** Waiting shorter for what then does not come. */
  async #earlierQuiet(): Promise<void> {
    for (;;) {
      const { quietMs, faults, operations } = this.#best;
      const times = operations.map((operation) => (operation as { atMs?: number }).atMs ?? 0);
      const last = Math.max(1, ...times, ...faults.map(({ atMs, durationMs }) => atMs + durationMs));
      const earlier = floorToDigit(quietMs / 2);
      if (earlier < last || (await this.#try({ ...this.#best, quietMs: earlier })) !== true) return;
    }
  }
}

/** A plan may be large, and thousands are tried. */
function digestOf(plan: Plan<object>): string {
  const digest = new Digest();
  digest.update(JSON.stringify(plan));
  return digest.hex();
}
