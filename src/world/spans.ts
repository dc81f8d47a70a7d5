/**
 * Spans: where a value differs from the one that a key holds. They let a store write down a small change of a large
 * value as what it is. A value carried from one store to another place without them is whole all the same.
 */
import type { Change } from "./store.ts";

/** The bytes from `from` to `to`, which is excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The most spans that a change may have. */
export const MAX_SPANS = 32;

/** @throws RangeError for spans that are empty, out of order, touch one another, or lie outside of the value. */
export function checkSpans(spans: readonly Span[], value: Uint8Array | undefined): void {
  if (value === undefined) throw new RangeError("a removal has no spans");
  if (spans.length > MAX_SPANS) throw new RangeError(`${spans.length} spans: the most is ${MAX_SPANS}`);
  let end = -1;
  for (const { from, to } of spans) {
    if (!(from > end && to > from && to <= value.length)) {
      throw new RangeError(`span ${from} to ${to} of ${value.length} bytes, after one that ends at ${end}`);
    }
    end = to;
  }
}

/** How many bytes the spans have together. They do not overlap. */
export function spansBytes(spans: readonly Span[]): number {
  let bytes = 0;
  for (const { from, to } of spans) bytes += to - from;
  return bytes;
}

/**
 * The spans of two changes made one after the other, of which the second makes a value of `valueBytes`; undefined when
 * they are more than a change may have.
 */
export function joinSpans(
  first: readonly Span[],
  second: readonly Span[],
  valueBytes: number,
): readonly Span[] | undefined {
  const joined: { from: number; to: number }[] = [];
  let a = 0;
  let b = 0;
  for (;;) {
    const one = first[a];
    const other = second[b];
    const next = other === undefined || (one !== undefined && one.from <= other.from) ? one : other;
    if (next === undefined) break;
    if (next === one) a++;
    else b++;
    const to = Math.min(next.to, valueBytes);
    const last = joined.at(-1);
    if (last !== undefined && next.from <= last.to) last.to = Math.max(last.to, to);
    else if (next.from < to) joined.push({ from: next.from, to });
  }
  return joined.length > MAX_SPANS ? undefined : joined;
}

/** What two changes of a key come to. */
export function joinChanges({ spans: before }: Change, change: Change): Change {
  const { key, value, spans } = change;
  if (value === undefined || spans === undefined) return change;
  const both = before && joinSpans(before, spans, value.length);
  return both === undefined ? { key, value } : { key, value, spans: both };
}

/**
 * A value of `valueBytes` with what it takes over from the one `before`, for spans to be written over it; in the bytes
 * of `value` if they are given.
 */
export function beneathSpans(
  before: Uint8Array,
  valueBytes: number,
  value: Uint8Array = new Uint8Array(valueBytes),
): Uint8Array {
  value.set(valueBytes < before.length ? before.subarray(0, valueBytes) : before);
  if (before.length < valueBytes) value.fill(0, before.length);
  return value;
}
