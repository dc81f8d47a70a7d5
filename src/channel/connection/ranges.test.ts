import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RangeSet } from "./ranges.ts";

const SPACE = 64;
const span = fc
  .tuple(fc.nat(SPACE), fc.nat(SPACE))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const operation = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), span }),
  fc.record({ kind: fc.constant("remove" as const), span }),
  fc.record({ kind: fc.constant("addExcept" as const), span }),
);

function members(set: RangeSet): number[] {
  const found: number[] = [];
  for (let index = 0; index < set.count; index++) {
    for (let at = set.start(index); at < set.end(index); at++) found.push(at);
  }
  return found;
}

function expectTidy(set: RangeSet): void {
  for (let index = 0; index < set.count; index++) {
    expect(set.start(index)).toBeLessThan(set.end(index));
    if (index > 0) expect(set.start(index)).toBeGreaterThan(set.end(index - 1));
  }
}

describe("a set of ranges", () => {
  it("holds what a plain set of numbers holds, in the fewest ranges", () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.array(span, { maxLength: 6 }),
        (operations, others) => {
          const set = new RangeSet();
          const plain = new Set<number>();
          const other = new RangeSet();
          for (const [start, end] of others) other.add(start, end);
          const excepted = new Set(members(other));
          for (const { kind, span } of operations) {
            const [start, end] = span;
            if (kind === "add") set.add(start, end);
            else if (kind === "remove") set.remove(start, end);
            else set.addExcept(start, end, other);
            for (let at = start; at < end; at++) {
              if (kind === "remove") plain.delete(at);
              else if (kind === "add" || !excepted.has(at)) plain.add(at);
            }
            expect(members(set)).toEqual([...plain].sort((a, b) => a - b));
            expectTidy(set);
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it("knows what it holds, and where a number stands", () => {
    const set = new RangeSet();
    set.add(10, 20);
    set.add(30, 40);
    expect([9, 10, 19, 20, 29, 30, 40].map((at) => set.has(at))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect([9, 10, 19, 20, 39, 40].map((at) => set.firstEndingAfter(at))).toEqual([0, 0, 0, 1, 1, 2]);
    expect([set.start(2), set.end(2)]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    set.clear();
    expect([set.isEmpty, set.count]).toEqual([true, 0]);
  });
});
