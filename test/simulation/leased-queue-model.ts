/**
 * A queue whose items are held by the member that took them, until it acknowledges them, puts them back, or is gone. A taking of which
 * nobody saw the answer may have got an item, and lost it again at any time: it is a ghost's, for whom one may wait or not.
 */
import { type Model, REFUSED, UNSEEN, type Unseen } from "../../src/sim/index.ts";

export type LeasedInput =
  | { readonly op: "put"; readonly value: string }
  | { readonly op: "take" }
  | { readonly op: "ack" | "putBack"; readonly value: string; readonly member: string }
  /** The member leaves the view, at some time or never. */
  | { readonly op: "gone"; readonly member: string };

/** To take: what, and for whom; undefined for none. To ack and putBack: whether the member had it. */
export type LeasedOutput = { readonly value: string; readonly member: string } | boolean | undefined;

const FREE = "";
const GHOST = "*";

interface State {
  /** Values and who has them, in their order. */
  readonly items: readonly (readonly [value: string, holder: string])[];
  readonly gone: readonly string[];
}

export function leasedQueueModel(): Model<State, LeasedInput, LeasedOutput> {
  return {
    name: "queue with leases",
    init: () => ({ items: [], gone: [] }),
    step: (state, input, output) => {
      switch (input.op) {
        case "put":
          return [{ ...state, items: [...state.items, [input.value, FREE]] }];
        case "take":
          return taken(state, output);
        case "gone":
          return [gone(state, input.member)];
        default:
          return ended(state, input.op, input.value, input.member, output);
      }
    },
    isRead: ({ op }, output) =>
      (op === "take" && output === undefined) || (op !== "take" && output === false),
  };
}

function taken(state: State, output: LeasedOutput | Unseen): readonly State[] {
  const firstFree = state.items.findIndex(([, holder]) => holder === FREE);
  if (output === UNSEEN) return firstFree < 0 ? [state] : [state, held(state, firstFree, GHOST)];
  if (output === undefined) return firstFree < 0 ? [state] : REFUSED;
  if (typeof output === "boolean" || state.gone.includes(output.member)) return REFUSED;
  const at = state.items.findIndex(([value]) => value === output.value);
  const holder = state.items[at]?.[1];
  const isNext = holder === FREE ? at === firstFree : holder === GHOST && (firstFree < 0 || at < firstFree);
  return isNext ? [held(state, at, output.member)] : REFUSED;
}

function held(state: State, at: number, holder: string): State {
  return { ...state, items: state.items.map((item, place) => (place === at ? [item[0], holder] : item)) };
}

function gone({ items, gone: before }: State, member: string): State {
  return {
    items: items.map(([value, holder]) => [value, holder === member ? FREE : holder]),
    gone: [...before, member].sort(),
  };
}

function ended(
  state: State,
  op: "ack" | "putBack",
  value: string,
  member: string,
  output: LeasedOutput | Unseen,
): readonly State[] {
  const at = state.items.findIndex((item) => item[0] === value && item[1] === member);
  const after =
    at < 0
      ? state
      : op === "putBack"
        ? held(state, at, FREE)
        : { ...state, items: state.items.filter((_, place) => place !== at) };
  if (output === UNSEEN) return [after];
  return output === at >= 0 ? [after] : REFUSED;
}
