import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beneathSpans, checkSpans, joinSpans, MAX_SPANS, type Span, spansBytes } from "./spans.ts";

const BYTES = 200;

/** Spans of a value of so many bytes, made of bits: each run of ones is a span. */
function spansOf(bits: readonly boolean[]): Span[] {
  const spans: { from: number; to: number }[] = [];
  bits.forEach((bit, at) => {
    const last = spans.at(-1);
    if (!bit) return;
    if (last?.to === at) last.to++;
    else spans.push({ from: at, to: at + 1 });
  });
  return spans;
}

function covered(spans: readonly Span[]): number[] {
  return spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
}

/** Few enough runs that spans stay within their bound. */
const bits = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30 })), { maxLength: 14 })
  .map((runs) => runs.flatMap(([bit, length]) => Array<boolean>(length).fill(bit)).slice(0, BYTES));

describe("spans", () => {
  it("of two changes cover what either did, up to the value's end, and are spans again", () => {
    fc.assert(
      fc.property(bits, bits, fc.integer({ min: 0, max: BYTES }), (first, second, length) => {
        const joined = joinSpans(spansOf(first), spansOf(second.slice(0, length)), length);
        const expected = Array.from({ length }, (_, at) => at).filter((at) => first[at] || second[at]);
        expect(covered(joined ?? [])).toEqual(expected);
        expect(spansBytes(joined ?? [])).toBe(expected.length);
        checkSpans(joined ?? [], new Uint8Array(length));
      }),
    );
  });

  it("are too many together at a bound", () => {
    const comb = (offset: number) =>
      Array.from({ length: MAX_SPANS }, (_, i) => ({ from: 4 * i + offset, to: 4 * i + offset + 1 }));
    expect(joinSpans(comb(0), comb(1), 1000)?.length).toBe(MAX_SPANS);
    expect(joinSpans(comb(0), comb(2), 1000)).toBeUndefined();
  });

  it("lie over what was before, cut or followed by zeros", () => {
    const before = Uint8Array.of(1, 2, 3);
    expect([...beneathSpans(before, 2)]).toEqual([1, 2]);
    expect([...beneathSpans(before, 5)]).toEqual([1, 2, 3, 0, 0]);
    expect([...before]).toEqual([1, 2, 3]);
  });
});
