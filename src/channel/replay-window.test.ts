import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REPLAY_WINDOW_PACKETS, ReplayWindow } from "./replay-window.ts";

describe("the replay window", () => {
  it("takes each number once, in any order within its width", () => {
    const window = new ReplayWindow();
    const numbers = Array.from({ length: REPLAY_WINDOW_PACKETS }, (_, at) => REPLAY_WINDOW_PACKETS - at);
    for (const number of numbers) {
      expect(window.isNew(number)).toBe(true);
      window.add(number);
      expect(window.isNew(number)).toBe(false);
    }
    expect(numbers.some((number) => window.isNew(number))).toBe(false);
    expect(window.isNew(REPLAY_WINDOW_PACKETS + 1)).toBe(true);
  });

  it("takes what is below it for received, and 0 too", () => {
    const window = new ReplayWindow();
    window.add(10_000);
    expect(window.isNew(10_000 - REPLAY_WINDOW_PACKETS)).toBe(false);
    expect(window.isNew(10_000 - REPLAY_WINDOW_PACKETS + 1)).toBe(true);
    expect(window.isNew(0)).toBe(false);
    expect(new ReplayWindow().isNew(0)).toBe(false);
  });

  it("is exact for numbers up to 2^53", () => {
    const window = new ReplayWindow();
    const high = 2 ** 53 - 100;
    window.add(high);
    expect([high - 1, high, high + 1].map((number) => window.isNew(number))).toEqual([true, false, true]);
    window.add(high + 1);
    expect(window.isNew(high + 1)).toBe(false);
    expect(window.isNew(high - 1)).toBe(true);
  });

  it("agrees with a set of all numbers, whatever comes in whatever order", () => {
    const step = fc.oneof(
      fc.integer({ min: -REPLAY_WINDOW_PACKETS - 40, max: 40 }),
      fc.integer({ min: -40, max: 3 * REPLAY_WINDOW_PACKETS }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = 0;
        for (const each of steps) {
          const number = Math.max(1, highest + each);
          const isNew = !seen.has(number) && number > highest - REPLAY_WINDOW_PACKETS;
          expect(window.isNew(number)).toBe(isNew);
          if (!isNew) continue;
          window.add(number);
          seen.add(number);
          highest = Math.max(highest, number);
          expect(window.highest).toBe(highest);
        }
      }),
    );
  });
});
