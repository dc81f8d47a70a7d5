/**
 * The unreliable channel: it may lose, double and reorder at any time, so its state is a multiset. Whatever is built on it
 * works on every channel. Two styles, which differ in the unordered case: with late decision a message can be doubled again
 * and again for ever, while early decision fixes a finite number of copies at the `Put`. Every finite trace of one is one of
 * the other; the infinite trace `Put(m), Get() = m, Get() = m, …` is of the late one alone.
 */
import { type ChannelAction, type ChannelMachine, get, type SpecMessage } from "./spec.ts";

/** Copies in the channel, sorted, so that equal multisets are equal arrays. */
export type BagState = readonly SpecMessage[];

function without(bag: BagState, message: SpecMessage): BagState {
  const at = bag.indexOf(message);
  return at < 0 ? bag : bag.toSpliced(at, 1);
}

function plus(bag: BagState, message: SpecMessage, copies: number): BagState {
  return [...bag, ...new Array<SpecMessage>(copies).fill(message)].sort();
}

function distinct(bag: BagState): readonly SpecMessage[] {
  return [...new Set(bag)];
}

function take(bag: BagState, action: ChannelAction): readonly BagState[] {
  return action.kind === "get" && bag.includes(action.message) ? [without(bag, action.message)] : [];
}

const offers = (bag: BagState): readonly ChannelAction[] => distinct(bag).map(get);

/**
 * Late decision: `Lose` and `Dup` are internal actions.
 * @param maxCopies of one message at a time; `Infinity` is the spec. A finite number makes its states finite, and changes no trace
 * in which no message is got more often than that.
 */
export function unreliableMachine(maxCopies = Number.POSITIVE_INFINITY): ChannelMachine<BagState> {
  const count = (bag: BagState, message: SpecMessage) => bag.filter((other) => other === message).length;
  return {
    name: "unreliable",
    initial: [],
    acknowledges: false,
    after: (bag, action) => (action.kind === "put" ? [plus(bag, action.message, 1)] : take(bag, action)),
    internal: (bag) =>
      distinct(bag).flatMap((message) => {
        const lost = without(bag, message);
        return count(bag, message) < maxCopies ? [lost, plus(bag, message, 1)] : [lost];
      }),
    offers,
    key: (bag) => JSON.stringify(bag),
  };
}

/**
 * Early decision: `Put` adds any number of copies.
 * @param maxCopies that one `Put` may add. The spec allows any natural number; a machine that lists its choices needs a bound.
 */
export function earlyUnreliableMachine(maxCopies: number): ChannelMachine<BagState> {
  if (!Number.isInteger(maxCopies) || maxCopies < 0)
    throw new RangeError(`maxCopies ${maxCopies} is not natural`);
  return {
    name: "unreliable, early decision",
    initial: [],
    acknowledges: false,
    after: (bag, action) =>
      action.kind === "put"
        ? Array.from({ length: maxCopies + 1 }, (_, copies) => plus(bag, action.message, copies))
        : take(bag, action),
    internal: () => [],
    offers,
    key: (bag) => JSON.stringify(bag),
  };
}
