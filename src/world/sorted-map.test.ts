import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedMap } from "./sorted-map.ts";

/** Few distinct keys, so that operations meet; many entries, so that chunks split and vanish. */
const key = fc.integer({ min: 0, max: 400 }).map((n) => String.fromCharCode(n >> 4, n & 15));
const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("after" as const), key, included: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("before" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("walk" as const), key }) },
);

function walk(map: SortedMap<number>): string[] {
  const keys: string[] = [];
  for (let at = map.after(undefined, true); at !== undefined; at = map.after(at, false)) keys.push(at);
  return keys;
}

function walkBack(map: SortedMap<number>): string[] {
  const keys: string[] = [];
  for (let at = map.before(undefined); at !== undefined; at = map.before(at)) keys.push(at);
  return keys;
}

describe("the ordered map", () => {
  it("agrees with a plain map and sorting", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 900 }), (operations) => {
        const map = new SortedMap<number>();
        const plain = new Map<string, number>();
        const sorted = () => [...plain.keys()].sort();
        operations.forEach((op, n) => {
          if (op.kind === "set") {
            map.set(op.key, n);
            plain.set(op.key, n);
          } else if (op.kind === "delete") expect(map.delete(op.key)).toBe(plain.delete(op.key));
          else if (op.kind === "after") {
            const expected = sorted().find((other) => other > op.key || (op.included && other === op.key));
            expect(map.after(op.key, op.included)).toBe(expected);
          } else if (op.kind === "before") {
            expect(map.before(op.key)).toBe(sorted().findLast((other) => other < op.key));
          } else {
            expect(walk(map)).toEqual(sorted());
            expect(walkBack(map)).toEqual(sorted().reverse());
          }
          expect(map.get(op.key)).toBe(plain.get(op.key));
          expect(map.has(op.key)).toBe(plain.has(op.key));
          expect(map.size).toBe(plain.size);
        });
      }),
      { seed: 20_260_101, numRuns: 150 },
    );
  });

  it("stays in order through many splits, upwards, downwards and mixed", () => {
    const name = (n: number): string => String(n).padStart(6, "0");
    for (const order of [(n: number) => n, (n: number) => 9999 - n, (n: number) => (n * 7919) % 10_000]) {
      const map = new SortedMap<number>();
      expect(map.after(undefined, true)).toBeUndefined();
      for (let n = 0; n < 10_000; n++) map.set(name(order(n)), n);
      expect(walk(map)).toEqual(Array.from({ length: 10_000 }, (_, n) => name(n)));
      for (let n = 0; n < 10_000; n += 2) map.delete(name(n));
      expect(walkBack(map).length).toBe(5000);
      map.clear();
      expect([map.size, map.before(undefined)]).toEqual([0, undefined]);
    }
  });
});
