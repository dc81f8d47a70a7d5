/** A first-in, first-out queue without a bound. */
import { canonicalText, samePlain } from "../canonical-text.ts";
import { type Model, REFUSED, type RecordedOperation, UNSEEN, type Unseen } from "../model.ts";
import { rankByPassage } from "./passages.ts";
import { answerText } from "./register.ts";

export type QueueInput<Value> =
  /** The answer does not matter. */
  | { readonly op: "enqueue"; readonly value: Value }
  /** Answers the oldest value and removes it, or undefined when the queue is empty. */
  | { readonly op: "dequeue" };

type QueueModel<Value> = Model<readonly Value[], QueueInput<Value>, Value | undefined>;
type QueueOperation<Value> = RecordedOperation<QueueInput<Value>, Value | undefined>;

/** A queue that is empty before the first operation. Values are plain, and not undefined. */
export function queueModel<Value>(): QueueModel<Value> {
  return {
    name: "queue",
    init: () => [],
    step: stepQueue,
    isRead: ({ op }, output) => op === "dequeue" && output === undefined,
    foresee: (operations) => rankByPassage(operations, ({ input }) => input.op === "enqueue"),
    show: (input, output) =>
      input.op === "enqueue" ? `enqueue ${canonicalText(input.value)}` : `dequeue ${answerText(output)}`,
    narrow(operations) {
      const passages = passagesOf(operations);
      return passages === undefined ? this : narrowed(this, passages);
    },
  };
}

function stepQueue<Value>(
  state: readonly Value[],
  input: QueueInput<Value>,
  output: Value | undefined | Unseen,
): readonly (readonly Value[])[] {
  if (input.op === "enqueue") return [[...state, input.value]];
  if (output === undefined) return state.length === 0 ? [state] : REFUSED;
  if (output !== UNSEEN && (state.length === 0 || !samePlain(output, state[0]))) return REFUSED;
  return [state.length === 0 ? state : state.slice(1)];
}

/** When a value came out: between a call and an answer. */
interface Exit {
  readonly call: number;
  readonly at: number;
}

/** When each value came out, by its text. Undefined where values go in twice, or nobody saw what came out. */
function passagesOf<Value>(
  operations: readonly QueueOperation<Value>[],
): ReadonlyMap<string, Exit> | undefined {
  const entered = new Set<string>();
  const left = new Map<string, Exit>();
  for (const { input, call, answer } of operations) {
    if (input.op === "enqueue") {
      const text = canonicalText(input.value);
      if (entered.has(text)) return undefined;
      entered.add(text);
    } else {
      if (answer === undefined) return undefined;
      left.set(canonicalText(answer.output), { call, at: answer.at });
    }
  }
  return left;
}

/** Stands for a value that never comes out: which one it is does not matter. */
const STAYS: undefined = undefined;

/**
 * A value goes in before another if it had come out before the other began to, or if the other stays. The order of those
 * that stay is anybody's.
 */
function narrowed<Value>(model: QueueModel<Value>, left: ReadonlyMap<string, Exit>): QueueModel<Value> {
  const enters = (state: readonly (Value | undefined)[], value: Value): boolean => {
    const exit = left.get(canonicalText(value));
    if (exit === undefined) return true;
    return state.every((there) => {
      const other = there === STAYS ? undefined : left.get(canonicalText(there));
      return other !== undefined && exit.at >= other.call;
    });
  };
  return {
    ...model,
    step: (state, input, output) => {
      if (input.op === "dequeue") return stepQueue(state, input, output);
      if (!enters(state, input.value)) return REFUSED;
      return [[...state, left.has(canonicalText(input.value)) ? input.value : (STAYS as Value)]];
    },
    showState: (state) => `[${state.map((value) => (value === STAYS ? "…" : canonicalText(value))).join()}]`,
  };
}
