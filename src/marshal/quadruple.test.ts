import fc from "fast-check";
import { expect, test } from "vitest";
import { numberFromQuadruple, quadrupleFromNumber } from "./index.ts";

/** Vectors as `__float128` of gcc writes them, most significant byte first. */
const VECTORS: readonly (readonly [number, string])[] = [
  [0, "00000000000000000000000000000000"],
  [-0, "80000000000000000000000000000000"],
  [1, "3fff0000000000000000000000000000"],
  [-1.5, "bfff8000000000000000000000000000"],
  [0.1, "3ffb999999999999a000000000000000"],
  [Number.MAX_VALUE, "43fefffffffffffff000000000000000"],
  [Number.MIN_VALUE, "3bcd0000000000000000000000000000"],
  [2.2250738585072014e-308, "3c010000000000000000000000000000"],
  [Number.POSITIVE_INFINITY, "7fff0000000000000000000000000000"],
];

test.each(VECTORS)("%d", (value, expected) => {
  expect(Buffer.from(quadrupleFromNumber(value)).toString("hex")).toBe(expected);
  expect(numberFromQuadruple(Buffer.from(expected, "hex"))).toBe(value);
});

test("every number survives the way there and back", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      expect(numberFromQuadruple(quadrupleFromNumber(value))).toBe(value);
    }),
    { seed: 128, numRuns: 2000 },
  );
});

test.each([
  ["just above the middle rounds up", "3fff0000000000000800000000000001", 1 + 2 ** -52],
  ["the middle rounds to even, down", "3fff0000000000000800000000000000", 1],
  ["the middle rounds to even, up", "3fff0000000000001800000000000000", 1 + 2 ** -51],
  ["beyond the largest is infinite", "43ff0000000000000000000000000000", Number.POSITIVE_INFINITY],
  ["below half of the smallest is zero", "3bcb0000000000000000000000000000", 0],
  ["half of the smallest rounds to even, zero", "3bcc0000000000000000000000000000", 0],
  ["over half of the smallest is the smallest", "3bcc0000000000000000000000000001", Number.MIN_VALUE],
  ["its own subnormals are zero", "00000000000000000000000000000001", 0],
])("%s", (_, bytes, expected) => {
  expect(numberFromQuadruple(Buffer.from(bytes, "hex"))).toBe(expected);
});

test("NaN stays NaN, and other lengths than 16 are misuse", () => {
  expect(numberFromQuadruple(quadrupleFromNumber(Number.NaN))).toBeNaN();
  expect(() => numberFromQuadruple(new Uint8Array(15))).toThrow(RangeError);
});
