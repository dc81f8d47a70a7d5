/**
 * The order in which values went through a queue, guessed from when they went in and came out.
 *
 * One value is before another if it had gone in before the other began to, and also if it had come out before the other
 * began to. Both are interval orders; the guess takes, again and again, a value that no other must precede in either.
 */
import { canonicalText } from "../canonical-text.ts";
import type { Ranks, RecordedOperation } from "../model.ts";

/** A value's way through the queue. */
interface Passage<Operation> {
  readonly into: Operation;
  readonly out: Operation;
  isTaken: boolean;
}

/**
 * The value of rank n goes in at n and comes out at n + ½; one that nobody saw come out goes in after all others.
 * `goesIn` tells the operations that put a value (`input.value`) in from those whose output takes it out.
 */
export function rankByPassage<Input, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  goesIn: (operation: RecordedOperation<Input, Output>) => boolean,
): Ranks<Input, Output> {
  const ranks = new Map<RecordedOperation<Input, Output>, number>();
  for (const operation of operations) if (goesIn(operation)) ranks.set(operation, Number.POSITIVE_INFINITY);
  inOrder(passages(operations, goesIn)).forEach(({ into, out }, rank) => {
    ranks.set(into, rank);
    ranks.set(out, rank + 0.5);
  });
  return ranks;
}

/** Joins what came out with what went in; of equal values the first with the first. */
function passages<Input, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  goesIn: (operation: RecordedOperation<Input, Output>) => boolean,
): Passage<RecordedOperation<Input, Output>>[] {
  const waiting = new Map<string, RecordedOperation<Input, Output>[]>();
  for (const operation of operations) {
    if (!goesIn(operation)) continue;
    const text = canonicalText((operation.input as { readonly value: unknown }).value);
    const known = waiting.get(text);
    if (known === undefined) waiting.set(text, [operation]);
    else known.push(operation);
  }
  for (const known of waiting.values()) known.reverse();
  return operations.flatMap((out) => {
    if (goesIn(out) || out.answer === undefined) return [];
    const into = waiting.get(canonicalText(out.answer.output))?.pop();
    return into === undefined ? [] : [{ into, out, isTaken: false }];
  });
}

function inOrder<Operation extends RecordedOperation<unknown, unknown>>(
  all: readonly Passage<Operation>[],
): Passage<Operation>[] {
  const called = [...all].sort((a, b) => a.into.call - b.into.call);
  const firstIn = new Front(all, ({ into }) => endOf(into));
  const firstOut = new Front(all, ({ out }) => endOf(out));
  const order: Passage<Operation>[] = [];
  let window: Passage<Operation>[] = [];
  let next = 0;
  while (order.length < all.length) {
    const limit = firstIn.least();
    for (; next < called.length && (called[next] as Passage<Operation>).into.call <= limit; next++) {
      window.push(called[next] as Passage<Operation>);
    }
    const outBefore = firstOut.least();
    const free = window.filter(({ out }) => out.call <= outBefore);
    // None is free when the two orders contradict each other: then no guess is right.
    const taken = (free.length > 0 ? free : window).reduce((a, b) => (endOf(b.out) < endOf(a.out) ? b : a));
    taken.isTaken = true;
    order.push(taken);
    window = window.filter(({ isTaken }) => !isTaken);
  }
  return order;
}

function endOf({ answer }: RecordedOperation<unknown, unknown>): number {
  return answer === undefined ? Number.POSITIVE_INFINITY : answer.at;
}

/** The least end among the passages that were not taken. */
class Front<Operation> {
  readonly #sorted: readonly Passage<Operation>[];
  readonly #end: (passage: Passage<Operation>) => number;
  #at = 0;

  constructor(all: readonly Passage<Operation>[], end: (passage: Passage<Operation>) => number) {
    this.#sorted = [...all].sort((a, b) => compare(end(a), end(b)));
    this.#end = end;
  }

  least(): number {
    while (this.#sorted[this.#at]?.isTaken === true) this.#at++;
    const first = this.#sorted[this.#at];
    return first === undefined ? Number.POSITIVE_INFINITY : this.#end(first);
  }
}

/** Infinity minus infinity is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
