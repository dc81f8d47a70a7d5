import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalText, MAX_DEPTH, samePlain } from "./canonical-text.ts";

it("writes each kind of plain value in its own way", () => {
  const values = [
    undefined,
    null,
    true,
    0,
    -0,
    Number.NaN,
    1n,
    "1",
    [1],
    { b: 1, a: [] },
    Uint8Array.of(0, 255),
    {},
    [],
  ];
  expect(values.map((value) => canonicalText(value))).toEqual([
    ...[
      "undefined",
      "null",
      "true",
      "0",
      "-0",
      "NaN",
      "1n",
      '"1"',
      "[1]",
      '{"a":[],"b":1}',
      "bytes(00ff)",
      "{}",
      "[]",
    ],
  ]);
});

it("gives equal values one text, and different values different texts", () => {
  const plain = fc.anything({ maxDepth: 3, withBigInt: true, withNullPrototype: false });
  const key = (value: unknown) => canonicalText(value);
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      const isEqual = fc.stringify(a) === fc.stringify(b);
      if (isEqual) expect(key(a)).toBe(key(b));
      expect(samePlain(a, b)).toBe(key(a) === key(b));
      expect(samePlain(a, structuredClone(a))).toBe(true);
    }),
    { seed: 20_261_121, numRuns: 500 },
  );
  expect(canonicalText({ a: 1, b: 2 })).toBe(canonicalText({ b: 2, a: 1 }));
  const texts = ["{}", "[]", "undefined", "1", "1n", "bytes()"];
  const others = [{}, [], undefined, 1, 1n, new Uint8Array()];
  expect(new Set([...texts, ...others].map(key)).size).toBe(12);
});

it("refuses what is not plain, or too deep", () => {
  for (const value of [() => 1, Symbol("s"), new Date(0), new Map(), [new Set()]]) {
    expect(() => canonicalText(value)).toThrow(TypeError);
  }
  let deep: unknown = 1;
  for (let i = 0; i < MAX_DEPTH; i++) deep = [deep];
  expect(canonicalText(deep)).toContain("[1]");
  expect(() => canonicalText([deep])).toThrow(RangeError);
});
