/**
 * What can be told of a register's values from all of its history: the order in which it had them, guessed from when each
 * was seen, and the writes that nobody can have seen.
 *
 * A value is there at least from the first answer that shows it to the last call of an operation that shows it: its zone
 * (Gibbons and Korach, Testing Shared Memories, 1997). Where that runs forwards no other value may be in force, so such
 * zones follow one another in time; a zone that runs backwards fits anywhere within it, outside the others. The guess needs values
 * that are written once; otherwise there is none.
 */
import { canonicalText } from "../canonical-text.ts";
import type { Ranks, RecordedOperation } from "../model.ts";
import type { CasRegisterInput } from "./register.ts";

/** What an operation shows of a register: the value that is there after it, or undefined when it shows none. */
export type Shown = { readonly value: unknown; readonly writes: boolean } | undefined;

interface Zone<Operation> {
  readonly operations: Operation[];
  writes: number;
  /** The first answer, and the last call. */
  answer: number;
  call: number;
}

export function rankByZone<Input, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  show: (operation: RecordedOperation<Input, Output>) => Shown,
): Ranks<Input, Output> {
  const zones = gather(operations, show);
  const ranks = new Map<RecordedOperation<Input, Output>, number>();
  if (zones.some(({ writes }) => writes > 1)) return ranks;
  const forward = zones.filter(({ answer, call }) => answer < call).sort((a, b) => a.answer - b.answer);
  for (const zone of zones) {
    const rank = zone.answer < zone.call ? zone.answer : placeOutside(forward, zone);
    for (const operation of zone.operations)
      ranks.set(operation, show(operation)?.writes ? rank : rank + 0.25);
  }
  return ranks;
}

/**
 * Operations without an answer whose value nobody saw: an order that has one of them is as good without it. Not so where a
 * compare-and-swap was refused, which such a write may explain: then none are told.
 */
export function unseenWrites<Input, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  inputOf: (operation: RecordedOperation<Input, Output>) => CasRegisterInput<unknown>,
): RecordedOperation<Input, Output>[] {
  const seen = new Set<string>();
  for (const operation of operations) {
    const input = inputOf(operation);
    if (input.op === "cas") seen.add(canonicalText(input.from));
    if (input.op === "cas" && operation.answer?.output === false) return [];
    if (input.op === "read" && operation.answer !== undefined)
      seen.add(canonicalText(operation.answer.output));
  }
  return operations.filter((operation) => {
    const input = inputOf(operation);
    if (operation.answer !== undefined || input.op === "read") return false;
    return !seen.has(canonicalText(input.op === "cas" ? input.to : input.value));
  });
}

function gather<Input, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  show: (operation: RecordedOperation<Input, Output>) => Shown,
): Zone<RecordedOperation<Input, Output>>[] {
  const zones = new Map<string, Zone<RecordedOperation<Input, Output>>>();
  for (const operation of operations) {
    const shown = show(operation);
    if (shown === undefined) continue;
    const text = canonicalText(shown.value);
    let zone = zones.get(text);
    if (zone === undefined) {
      zone = { operations: [], writes: 0, answer: Number.POSITIVE_INFINITY, call: Number.NEGATIVE_INFINITY };
      zones.set(text, zone);
    }
    zone.operations.push(operation);
    if (shown.writes) zone.writes++;
    zone.answer = Math.min(zone.answer, operation.answer?.at ?? Number.POSITIVE_INFINITY);
    zone.call = Math.max(zone.call, operation.call);
  }
  return [...zones.values()];
}

/** The latest moment of a zone that runs backwards, from its last call to its first answer, in which no other value is. */
function placeOutside(forward: readonly Zone<unknown>[], zone: Zone<unknown>): number {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((forward[middle] as Zone<unknown>).answer <= zone.answer) low = middle + 1;
    else high = middle;
  }
  const around = forward[low - 1];
  if (around === undefined || around.call < zone.answer) return zone.answer;
  return zone.call < around.answer ? around.answer - 0.5 : around.call + 0.5;
}
