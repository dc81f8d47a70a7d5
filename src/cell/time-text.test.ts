import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime } from "./time-text.ts";

test("the text is the one that the language's own dates have, over 400 years either way", () => {
  fc.assert(
    fc.property(fc.integer({ min: -12_622_780_800, max: 16_725_225_600 }), (seconds) => {
      expect(isoTime({ seconds, nanoseconds: 5 })).toBe(
        new Date(seconds * 1000).toISOString().replace(/\.000Z$/, "Z"),
      );
    }),
    { seed: 7, numRuns: 2000 },
  );
});
