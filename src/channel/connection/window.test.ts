import { describe, expect, it } from "vitest";
import { firstWindowBytes } from "./cubic.ts";
import { CongestionWindow } from "./window.ts";

const BYTES = 1000;
const MOST = 50 * BYTES;

/** A round trip in which all of the window arrived, and it was in the way. */
function filled(window: CongestionWindow, round: number): void {
  window.wasLimited = true;
  window.arrived(window.bytes, 100 * round, 0, 100 * round + 100, 100);
}

describe("the congestion window", () => {
  it("doubles with each round trip that fills it, up to its bound, and no further", () => {
    const window = new CongestionWindow(BYTES, MOST);
    const seen = [window.bytes];
    for (let round = 1; round <= 5; round++) {
      filled(window, round);
      seen.push(window.bytes);
    }
    const first = firstWindowBytes(BYTES);
    expect(seen).toEqual([first, 2 * first, 4 * first, MOST, MOST, MOST]);
    // What it is without its bound does not run away from it, or a loss would not be felt.
    expect(window.cubic.windowBytes).toBeLessThan(2 * MOST);
  });

  it("shrinks at the bound by a loss, once for all that were under way, and has it back if nothing was lost", () => {
    const window = new CongestionWindow(BYTES, 4 * firstWindowBytes(BYTES));
    for (let round = 1; round <= 3; round++) filled(window, round);
    const before = window.bytes;
    window.lost(2, 390, 400);
    const after = window.bytes;
    expect(after).toBeLessThan(before);
    window.lost(1, 395, 410);
    expect(window.bytes).toBe(after);
    for (const left of [after, after, before]) {
      window.notLost();
      expect(window.bytes).toBe(left);
    }
  });
});
