import { describe, expect, it } from "vitest";
import { BURST_BYTES, Pace } from "./pace.ts";

const MIB = 1024 * 1024;

/** Bytes that it lets through in a second of messages of 1 KiB, asked every millisecond. */
function second(pace: Pace, fromMs: number): number {
  let bytes = 0;
  for (let ms = 0; ms < 1000; ms++) while (pace.take(1024, fromMs + ms)) bytes += 1024;
  return bytes;
}

describe("the pace of casts", () => {
  it("is so many bytes a second, and a burst after a rest", () => {
    const pace = new Pace(4 * MIB);
    let burst = 0;
    while (pace.take(1024, 0)) burst += 1024;
    expect(burst).toBe(BURST_BYTES);
    const bytes = second(pace, 1);
    expect(bytes).toBeGreaterThan(3.9 * MIB);
    expect(bytes).toBeLessThan(4.1 * MIB);
    expect(pace.take(BURST_BYTES, 100_000)).toBe(true);
    expect(pace.take(1, 100_000)).toBe(false);
  });

  it("grows with what arrives up to its bound, and is cut by a loss once in a while, down to its least", () => {
    const pace = new Pace(32 * MIB);
    const first = pace.bytesPerSecond;
    pace.arrived(20 * MIB);
    expect(pace.bytesPerSecond).toBe(first + MIB);
    pace.arrived(1000 * MIB);
    expect(pace.bytesPerSecond).toBe(32 * MIB);
    for (let ms = 0; ms < 100; ms++) pace.lost(ms);
    expect(pace.bytesPerSecond).toBeCloseTo(0.7 * 32 * MIB);
    for (let ms = 100; ms < 10_000; ms += 100) pace.lost(ms);
    expect(pace.bytesPerSecond).toBe(MIB);
  });

  it("is not over what it was told to be at the most, however little that is", () => {
    const pace = new Pace(1000);
    pace.lost(0);
    pace.arrived(MIB);
    expect(pace.bytesPerSecond).toBe(1000);
  });
});
