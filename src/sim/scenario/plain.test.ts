import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { notPlain } from "./plain.ts";

describe("plain data", () => {
  test("comes back from JSON as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // JSON has no -0.
        fc.pre(
          !JSON.stringify(value, (_, item) => (Object.is(item, -0) ? "minus nought" : item)).includes(
            "minus nought",
          ),
        );
        expect(notPlain(value, "x")).toBeUndefined();
        expect(JSON.parse(JSON.stringify(value))).toEqual(value);
      }),
    );
    expect(notPlain({ a: undefined, b: [{ c: null }] }, "x")).toBeUndefined();
    expect(notPlain(Object.create(null), "x")).toBeUndefined();
  });

  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  test.each<[unknown, string]>([
    [{ a: [1, 2n] }, "x.a.1 is of type bigint"],
    [{ a: Uint8Array.of(1) }, "x.a is a Uint8Array"],
    [new Map(), "x is a Map"],
    [[undefined], "x.0 is of type undefined"],
    [{ f() {} }, "x.f is of type function"],
    [Number.NaN, "x is NaN"],
    [-0, "x is -0"],
    [{ at: new Date(0) }, "x.at is a Date"],
    [circle, "x.circle"],
  ])("%o does not", (value, why) => {
    expect(notPlain(value, "x")).toContain(why);
  });
});
