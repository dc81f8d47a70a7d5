/**
 * What no queue does, found without a search. Henzinger, Sezgin and Vafeiadis (Aspect-Oriented Linearizability Proofs, 2013):
 * a history in which every operation is answered and every value goes in once has an order, unless
 *
 * - a value comes out that never went in, or before it went in, or twice;
 * - a value overtakes one that had gone in before it began to;
 * - somebody finds the queue empty while it cannot have been.
 *
 * Each shows in a few operations that have no order among themselves: an order of a queue without the operations of one value
 * is an order of a queue. So what is found among the values that went in once is wrong in any history, as long as no
 * unanswered dequeue may have taken what seems to have stayed.
 */
import { canonicalText } from "../canonical-text.ts";
import type { RecordedOperation } from "../model.ts";
import type { QueueInput } from "./queue.ts";

type Operation<Value> = RecordedOperation<QueueInput<Value>, Value | undefined>;

/** What became of one value. */
interface Passage<Value> {
  readonly into: Operation<Value>[];
  readonly out: Operation<Value>[];
}

/** A value that went in once: whatever the order, it is in the queue after `since` and before `until`. */
interface Stay<Value> {
  readonly into: Operation<Value>;
  readonly out: Operation<Value> | undefined;
  readonly since: number;
  readonly until: number;
}

interface Violation<Value> {
  /** The place of the answer that shows it. */
  readonly at: number;
  readonly operations: readonly Operation<Value>[];
}

/** Operations that have no order among themselves, of the violation that shows first; undefined when there is none of these. */
export function findQueueViolation<Value>(
  operations: readonly Operation<Value>[],
): readonly Operation<Value>[] | undefined {
  const passages = [...passagesOf(operations).values()];
  const isUnseen = ({ input, answer }: Operation<Value>): boolean =>
    input.op === "dequeue" && answer === undefined;
  const stays = staysOf(passages, operations.some(isUnseen));
  const empties = operations.filter(
    ({ input, answer }) => input.op === "dequeue" && answer !== undefined && answer.output === undefined,
  );
  const found = [...passages.flatMap(wrongExit), ...overtakings(stays), ...wrongEmpties(stays, empties)];
  return found.sort((a, b) => a.at - b.at)[0]?.operations;
}

/** By the value's text. */
function passagesOf<Value>(operations: readonly Operation<Value>[]): ReadonlyMap<string, Passage<Value>> {
  const passages = new Map<string, Passage<Value>>();
  for (const operation of operations) {
    const { input, answer } = operation;
    const value = input.op === "enqueue" ? input.value : answer?.output;
    if (value === undefined) continue;
    const text = canonicalText(value);
    const passage = passages.get(text) ?? { into: [], out: [] };
    passages.set(text, passage);
    (input.op === "enqueue" ? passage.into : passage.out).push(operation);
  }
  return passages;
}

/** What came out more often than it went in, or before. */
function wrongExit<Value>({ into, out }: Passage<Value>): Violation<Value>[] {
  if (into.length > 1) return [];
  const exits = [...out].sort((a, b) => endOf(a) - endOf(b));
  const [first] = exits;
  if (first === undefined) return [];
  const isEarly = into.every(({ call }) => endOf(first) < call);
  if (!isEarly && exits.length === 1) return [];
  const shown = isEarly ? [first] : exits.slice(0, 2);
  return [{ at: endOf(shown.at(-1) as Operation<Value>), operations: [...into, ...shown] }];
}

/** Where somebody may have taken a value without an answer, none is known to have stayed for good. */
function staysOf<Value>(passages: readonly Passage<Value>[], mayBeTaken: boolean): Stay<Value>[] {
  return passages.flatMap(({ into: [into, again], out: [out] }) => {
    if (into === undefined || again !== undefined) return [];
    if (out === undefined && mayBeTaken) return [];
    return [{ into, out, since: endOf(into), until: out?.call ?? Number.POSITIVE_INFINITY }];
  });
}

/** Values that came out before one that had gone in before them began to: of those, one that stays longest is the witness. */
function overtakings<Value>(stays: readonly Stay<Value>[]): Violation<Value>[] {
  const earlier = [...stays].sort((a, b) => compare(a.since, b.since));
  const found: Violation<Value>[] = [];
  let longest: Stay<Value> | undefined;
  let next = 0;
  for (const stay of [...stays].sort((a, b) => a.into.call - b.into.call)) {
    for (
      let other = earlier[next];
      other !== undefined && other.since < stay.into.call;
      other = earlier[++next]
    ) {
      if (longest === undefined || other.until > longest.until) longest = other;
    }
    const at = stay.out === undefined ? Number.POSITIVE_INFINITY : endOf(stay.out);
    if (longest !== undefined && at < longest.until)
      found.push({ at, operations: operationsOf([longest, stay]) });
  }
  return found;
}

/** Dequeues that found nothing, although at every moment some value was there. */
function wrongEmpties<Value>(
  stays: readonly Stay<Value>[],
  empties: readonly Operation<Value>[],
): Violation<Value>[] {
  const longest: Stay<Value>[] = [];
  for (const stay of [...stays].sort((a, b) => compare(a.since, b.since))) {
    if (stay.until > (longest.at(-1)?.until ?? stay.since)) longest.push(stay);
  }
  const found: Violation<Value>[] = [];
  let next = 0;
  for (const empty of [...empties].sort((a, b) => a.call - b.call)) {
    while (next < longest.length && (longest[next] as Stay<Value>).since < empty.call) next++;
    const cover = coverOf(longest, Math.max(0, next - 1), empty);
    if (cover !== undefined) found.push({ at: endOf(empty), operations: [...operationsOf(cover), empty] });
  }
  return found;
}

/** Stays from one on, each beginning before the last one ends, that leave no moment of an operation free. */
function coverOf<Value>(
  stays: readonly Stay<Value>[],
  from: number,
  operation: Operation<Value>,
): readonly Stay<Value>[] | undefined {
  const cover: Stay<Value>[] = [];
  let reached = operation.call;
  for (let next = from; next < stays.length; next++) {
    const stay = stays[next] as Stay<Value>;
    if (stay.since >= reached || stay.until <= reached) return undefined;
    cover.push(stay);
    reached = stay.until;
    if (reached > endOf(operation)) return cover;
  }
  return undefined;
}

function operationsOf<Value>(stays: readonly Stay<Value>[]): Operation<Value>[] {
  return stays.flatMap(({ into, out }) => (out === undefined ? [into] : [into, out]));
}

function endOf({ answer }: RecordedOperation<unknown, unknown>): number {
  return answer === undefined ? Number.POSITIVE_INFINITY : answer.at;
}

/** Infinity minus infinity is no number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
