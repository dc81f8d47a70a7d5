/**
 * Is a concurrent history linearizable: is there one order of its operations, in which no operation comes before another
 * that was answered before it was called, and which the model could have done one by one?
 *
 * The question is NP-complete (Gibbons and Korach, Testing Shared Memories, 1997). The search is quick on what systems do
 * and is cut off on what they do not: the third verdict is that nobody knows.
 */
import type { Clock } from "../../world/index.ts";
import { type Evidence, gatherEvidence, type Searched } from "./evidence.ts";
import type { Model, RecordedOperation } from "./model.ts";
import { Search, type SearchLimits, type StopReason } from "./search.ts";
import { makeTimeline } from "./timeline.ts";
import { Transitions } from "./transitions.ts";

export const DEFAULT_MAX_STEPS = 50_000_000;
export const DEFAULT_MAX_CONFIGURATIONS = 1_000_000;

/** How much work a check may be; beyond it the verdict is `unknown`. */
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

/**
 * `ok` with an order for each partition, `illegal` with the operations that refute it, or `unknown` when the
 * budget was used up.
 */
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

/**
 * Checks a history against a model. What a partition is refuted by without a search comes first. Then partitions are taken
 * smallest first; each may use its share of the steps that are left, so that one hard partition does not keep the others
 * from being looked at.
 * @throws RangeError for an operation that was answered before it was called; TypeError for values that are not plain
 * where the model has no key for them.
 */
export function checkLinearizability<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
  options: CheckOptions = {},
): LinearizabilityVerdict<Input, Output> {
  const parts = partition(model, history);
  const { maxSteps = DEFAULT_MAX_STEPS, maxConfigurations = DEFAULT_MAX_CONFIGURATIONS } = options;
  const isOver = deadline(options);
  let steps = 0;
  const searched = (part: Searched<Input, Output>, share: number) => {
    const limits = { maxSteps: Math.floor((maxSteps - steps) / share), maxConfigurations, isOver };
    const found = searchPart(model, part, limits);
    steps += found.steps;
    return found;
  };
  for (const part of parts) {
    const operations = model.refute?.(part.operations);
    if (operations === undefined) continue;
    const found = searched({ ...part, operations }, 1);
    if (found.outcome === "illegal") return { verdict: "illegal", steps, evidence: found.evidence() };
  }
  const orders: PartitionOrder<Input, Output>[] = [];
  const undecided: { key: string | undefined; reason: StopReason }[] = [];
  for (const [at, part] of parts.entries()) {
    const found = searched(part, parts.length - at);
    if (found.outcome === "illegal") return { verdict: "illegal", steps, evidence: found.evidence() };
    if (found.outcome === "ok") orders.push({ partition: part.key, order: found.order() });
    else undecided.push({ key: part.key, reason: found.outcome });
  }
  const [first] = undecided;
  if (first === undefined) return { verdict: "ok", steps, orders };
  return { verdict: "unknown", steps, reason: first.reason, undecided: undecided.map(({ key }) => key) };
}

/** One search: how it ended, and what to make of that. */
function searchPart<State, Input, Output>(
  model: Model<State, Input, Output>,
  part: Searched<Input, Output>,
  limits: SearchLimits,
) {
  const { operations } = part;
  const narrowed = model.narrow?.(operations) ?? model;
  const timeline = makeTimeline(narrowed, operations);
  const transitions = new Transitions(narrowed, timeline);
  const search = new Search(timeline, transitions, limits);
  const outcome = limits.isOver() ? "time" : search.run();
  return {
    outcome,
    steps: search.steps,
    order: () =>
      search
        .order()
        .map(({ operation }) => timeline.operations[operation] as RecordedOperation<Input, Output>),
    evidence: () => gatherEvidence(model, part, timeline, transitions, search),
  };
}

function partition<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly RecordedOperation<Input, Output>[],
): Searched<Input, Output>[] {
  const parts = new Map<string | undefined, RecordedOperation<Input, Output>[]>();
  for (const operation of history) {
    const { input, call, answer } = operation;
    if (!Number.isFinite(call) || (answer !== undefined && !(answer.at >= call))) {
      throw new RangeError(
        `an operation of ${operation.client} is answered at ${answer?.at} and called at ${call}`,
      );
    }
    const key = model.partition?.(input);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [operation]);
    else part.push(operation);
  }
  return Array.from(parts, ([key, operations]) => ({ key, operations, total: operations.length })).sort(
    (a, b) => a.operations.length - b.operations.length,
  );
}

function deadline({ budget }: CheckOptions): () => boolean {
  if (budget === undefined) return () => false;
  const endMs = budget.clock.monotonicMs() + budget.timeoutMs;
  return () => budget.clock.monotonicMs() >= endMs;
}
