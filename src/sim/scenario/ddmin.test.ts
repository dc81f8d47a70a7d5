import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ddmin } from "./ddmin.ts";

/** The numbers of 0 to 99 that were needed, and how often it was asked. */
async function needed(wanted: readonly number[]): Promise<{ kept: readonly number[]; runs: number }> {
  let runs = 0;
  const all = Array.from({ length: 100 }, (_, index) => index);
  const kept = await ddmin(all, async (items) => {
    runs++;
    return wanted.every((item) => items.includes(item));
  });
  return { kept, runs };
}

describe("ddmin", () => {
  test("keeps what is needed, in its order, and nothing else", async () => {
    expect((await needed([7, 42, 99])).kept).toEqual([7, 42, 99]);
    expect((await needed([5])).kept).toEqual([5]);
    expect((await needed([])).kept).toEqual([]);
  });

  test("asks about as often as a binary search for one part", async () => {
    expect((await needed([63])).runs).toBeLessThan(20);
    expect((await needed([])).runs).toBe(1);
  });

  test("finds a list from which no single part can go, whatever it is that happens", async () => {
    const parts = fc.uniqueArray(fc.nat(30), { maxLength: 12 });
    const clauses = fc.array(fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(parts, clauses, async (items, any) => {
        // It happens when all of one of several clauses are there.
        const holds = (some: readonly number[]) =>
          any.some((clause) => clause.every((item) => some.includes(item)));
        fc.pre(holds(items));
        const kept = await ddmin(items, async (some) => holds(some));
        expect(holds(kept)).toBe(true);
        kept.forEach((_, gone) => {
          expect(holds(kept.filter((__, index) => index !== gone))).toBe(false);
        });
      }),
    );
  });

  test("stops with the best so far when there are no more answers", async () => {
    let left = 2;
    const kept = await ddmin([1, 2, 3, 4], async (items) => (left-- > 0 ? items.includes(2) : undefined));
    expect(kept).toEqual([1, 2]);
  });
});
