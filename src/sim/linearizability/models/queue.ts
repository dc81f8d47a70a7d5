/** A first-in, first-out queue without a bound. */
import { canonicalText } from "../canonical-text.ts";
import { type Model, REFUSED, UNSEEN, type Unseen } from "../model.ts";
import { rankByPassage } from "./passages.ts";
import { QueueState } from "./queue-state.ts";
import { findQueueViolation } from "./queue-violations.ts";
import { answerText } from "./register.ts";

/** Operations on a queue, first in, first out. */
export type QueueInput<Value> =
  /** The answer does not matter. */
  | { readonly op: "enqueue"; readonly value: Value }
  /** Answers the oldest value and removes it, or undefined when the queue is empty. */
  | { readonly op: "dequeue" };

type QueueModel<Value> = Model<QueueState, QueueInput<Value>, Value | undefined>;

/** A queue that is empty before the first operation. Values are plain, and not undefined. */
export function queueModel<Value>(): QueueModel<Value> {
  return {
    name: "queue",
    init: QueueState.empty,
    step: stepQueue,
    key: (state) => state,
    isRead: ({ op }, output) => op === "dequeue" && output === undefined,
    refute: findQueueViolation,
    foresee: (operations) => rankByPassage(operations, ({ input }) => input.op === "enqueue"),
    show: (input, output) =>
      input.op === "enqueue" ? `enqueue ${canonicalText(input.value)}` : `dequeue ${answerText(output)}`,
    showState: String,
  };
}

function stepQueue<Value>(
  state: QueueState,
  input: QueueInput<Value>,
  output: Value | undefined | Unseen,
): readonly QueueState[] {
  if (input.op === "enqueue") return [state.with(canonicalText(input.value))];
  if (output === undefined) return state.length === 0 ? [state] : REFUSED;
  return output === UNSEEN || state.first === canonicalText(output) ? [state.rest()] : REFUSED;
}
