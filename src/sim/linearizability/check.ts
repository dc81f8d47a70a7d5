/**
 * Is a concurrent history linearizable: is there one order of its operations, in which no operation comes before another
 * that was answered before it was called, and which the model could have done one by one?
 *
 * The question is NP-complete (Gibbons and Korach, Testing Shared Memories, 1997). The search is quick on what systems do
 * and is cut off on what they do not: the third verdict is that nobody knows.
 */
import type { Clock } from "../../world/index.ts";
import { type Evidence, gatherEvidence } from "./evidence.ts";
import type { Model, RecordedOperation } from "./model.ts";
import { Search, type StopReason } from "./search.ts";
import { makeTimeline } from "./timeline.ts";
import { Transitions } from "./transitions.ts";

export const DEFAULT_MAX_STEPS = 50_000_000;
export const DEFAULT_MAX_CONFIGURATIONS = 1_000_000;

export interface CheckOptions {
  /** How often the model may be asked, over all partitions. The same verdict on every machine. Default 50,000,000. */
  readonly maxSteps?: number;
  /** How long it may take by the clock. Default: no limit. */
  readonly budget?: { readonly clock: Pick<Clock, "monotonicMs">; readonly timeoutMs: number };
  /** States, and configurations to come back to, that are held at once for a partition. Default 1,000,000. */
  readonly maxConfigurations?: number;
}

/** One order that explains a partition. Unanswered operations that need not have happened are not in it. */
export interface PartitionOrder<Input, Output> {
  readonly partition: string | undefined;
  readonly order: readonly RecordedOperation<Input, Output>[];
}

export type LinearizabilityVerdict<Input, Output> =
  | {
      readonly verdict: "ok";
      readonly steps: number;
      readonly orders: readonly PartitionOrder<Input, Output>[];
    }
  | { readonly verdict: "illegal"; readonly steps: number; readonly evidence: Evidence<Input, Output> }
  | {
      readonly verdict: "unknown";
      readonly steps: number;
      /** What ran out, in the first partition that was not decided. */
      readonly reason: StopReason;
      /** The partitions that were not decided. */
      readonly undecided: readonly (string | undefined)[];
    };

type Part<Input, Output> = {
  readonly key: string | undefined;
  readonly operations: RecordedOperation<Input, Output>[];
};

/**
 * Checks a history against a model. Partitions are taken smallest first; each may use its share of the steps that are
 * left, so that one hard partition does not keep the others from being looked at.
 * @throws RangeError for an operation that was answered before it was called; TypeError for values that are not plain
 * where the model has no key for them.
 */
export function checkLinearizability<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
  options: CheckOptions = {},
): LinearizabilityVerdict<Input, Output> {
  const parts = partition(model, history);
  const isOver = deadline(options);
  const orders: PartitionOrder<Input, Output>[] = [];
  const undecided: { key: string | undefined; reason: StopReason }[] = [];
  let left = options.maxSteps ?? DEFAULT_MAX_STEPS;
  const started = left;
  for (const [at, part] of parts.entries()) {
    const narrowed = model.narrow?.(part.operations) ?? model;
    const timeline = makeTimeline(narrowed, part.operations);
    const transitions = new Transitions(narrowed, timeline);
    const search = new Search(timeline, transitions, {
      maxSteps: Math.floor(left / (parts.length - at)),
      maxConfigurations: options.maxConfigurations ?? DEFAULT_MAX_CONFIGURATIONS,
      isOver,
    });
    const outcome = isOver() ? "time" : search.run();
    left -= search.steps;
    if (outcome === "illegal") {
      const evidence = gatherEvidence(model, part.key, timeline, transitions, search);
      return { verdict: "illegal", steps: started - left, evidence };
    }
    if (outcome !== "ok") undecided.push({ key: part.key, reason: outcome });
    else {
      const order = search
        .order()
        .map(({ operation }) => timeline.operations[operation] as RecordedOperation<Input, Output>);
      orders.push({ partition: part.key, order });
    }
  }
  const steps = started - left;
  const [first] = undecided;
  if (first === undefined) return { verdict: "ok", steps, orders };
  return { verdict: "unknown", steps, reason: first.reason, undecided: undecided.map(({ key }) => key) };
}

function partition<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
): Part<Input, Output>[] {
  const parts = new Map<string | undefined, Part<Input, Output>>();
  for (const operation of history) {
    const { input, call, answer } = operation;
    if (!Number.isFinite(call) || (answer !== undefined && !(answer.at >= call))) {
      throw new RangeError(
        `an operation of ${operation.client} is answered at ${answer?.at} and called at ${call}`,
      );
    }
    const key = model.partition?.(input);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, { key, operations: [operation] });
    else part.operations.push(operation);
  }
  return [...parts.values()].sort((a, b) => a.operations.length - b.operations.length);
}

function deadline({ budget }: CheckOptions): () => boolean {
  if (budget === undefined) return () => false;
  const endMs = budget.clock.monotonicMs() + budget.timeoutMs;
  return () => budget.clock.monotonicMs() >= endMs;
}
