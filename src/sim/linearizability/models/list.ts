/**
 * A list that only grows: what an append shows to others is its order, which makes it the sharpest of the models (the
 * workload of Kingsbury and Alvaro, Elle, 2020).
 *
 * A state is a node of a tree of all lists that were met, each one item longer than its parent, so that equal lists are one
 * object, and a long list costs no more than its last item.
 */
import { canonicalText } from "../canonical-text.ts";
import { type Model, type Ranks, REFUSED, type RecordedOperation, UNSEEN } from "../model.ts";
import { answerText } from "./register.ts";

/** Operations on a list that grows at its end. */
export type ListInput<Value> =
  /** Answers the length after it, or undefined where the protocol does not tell. */
  | { readonly op: "append"; readonly value: Value }
  /** Answers all values. */
  | { readonly op: "read" };

/** Of a read all values, of an append the length after it or nothing. */
export type ListOutput<Value> = readonly Value[] | number | undefined;

export interface ListState<Value> {
  readonly length: number;
  readonly parent: ListState<Value> | undefined;
  /** The last item, as text. */
  readonly last: string;
  /** By their last item. */
  readonly longer: Map<string, ListState<Value>>;
}

/** A list that is empty before the first operation. Values are plain. */
export function listModel<Value>(): Model<ListState<Value>, ListInput<Value>, ListOutput<Value>> {
  const model: Model<ListState<Value>, ListInput<Value>, ListOutput<Value>> = {
    name: "append-only list",
    init: () => ({ length: 0, parent: undefined, last: "", longer: new Map() }),
    step: (state, input, output) => {
      if (input.op === "read") return output === UNSEEN || isList(state, output) ? [state] : REFUSED;
      const next = append(state, canonicalText(input.value));
      return output === UNSEEN || output === undefined || output === next.length ? [next] : REFUSED;
    },
    key: (state) => state,
    isRead: ({ op }) => op === "read",
    foresee: rankByLongestRead,
    show: (input, output) =>
      input.op === "append" ? `append ${canonicalText(input.value)}` : `read ${answerText(output)}`,
    showState: (state) => `[${textsOf(state).join()}]`,
    narrow: (operations) => {
      const longest = longestRead(operations).map((value) => canonicalText(value));
      const mayFollow = (length: number, last: string): boolean =>
        length >= longest.length || longest[length] === last;
      return {
        ...model,
        step: (state, input, output) => {
          const isLost = input.op === "append" && !mayFollow(state.length, canonicalText(input.value));
          return isLost ? REFUSED : model.step(state, input, output);
        },
      };
    },
  };
  return model;
}

/** Every list of that length or less, in any order that explains it, is a beginning of it. */
function longestRead<Value>(
  operations: readonly RecordedOperation<ListInput<Value>, ListOutput<Value>>[],
): readonly Value[] {
  let longest: readonly Value[] = [];
  for (const { answer } of operations) {
    if (Array.isArray(answer?.output) && answer.output.length > longest.length) longest = answer.output;
  }
  return longest;
}

/** An append has the place where the longest read shows its value; a read comes after what it shows. */
function rankByLongestRead<Value>(
  operations: readonly RecordedOperation<ListInput<Value>, ListOutput<Value>>[],
): Ranks<ListInput<Value>, ListOutput<Value>> {
  const longest = longestRead(operations);
  const places = new Map<string, number[]>();
  longest.forEach((value, place) => {
    const text = canonicalText(value);
    const known = places.get(text);
    if (known === undefined) places.set(text, [place]);
    else known.push(place);
  });
  for (const known of places.values()) known.reverse();
  const rank = ({ input, answer }: (typeof operations)[number]): number => {
    if (input.op === "append")
      return places.get(canonicalText(input.value))?.pop() ?? Number.POSITIVE_INFINITY;
    return Array.isArray(answer?.output) ? answer.output.length - 0.5 : 0;
  };
  return new Map(operations.map((operation) => [operation, rank(operation)]));
}

function append<Value>(state: ListState<Value>, last: string): ListState<Value> {
  const known = state.longer.get(last);
  if (known !== undefined) return known;
  const longer = { length: state.length + 1, parent: state, last, longer: new Map() };
  state.longer.set(last, longer);
  return longer;
}

function isList<Value>(state: ListState<Value>, output: unknown): boolean {
  if (!Array.isArray(output) || output.length !== state.length) return false;
  let node = state;
  for (let i = output.length - 1; i >= 0; i--) {
    if (node.last !== canonicalText(output[i])) return false;
    node = node.parent as ListState<Value>;
  }
  return true;
}

function textsOf<Value>(state: ListState<Value>): string[] {
  const texts: string[] = [];
  for (let node = state; node.parent !== undefined; node = node.parent) texts.push(node.last);
  return texts.reverse();
}
