import { describe, expect, it } from "vitest";
import { CUBIC_BETA, Cubic, cubicK, cubicSegments, firstWindowBytes, RENO_ALPHA } from "./cubic.ts";

const SEGMENT = 1000;
const RTT_MS = 100;

/** A window that met congestion at `segments`. */
function congestedAt(segments: number): Cubic {
  const cubic = new Cubic(SEGMENT);
  cubic.acknowledged(segments * SEGMENT - cubic.windowBytes, 0, RTT_MS, SEGMENT);
  expect(cubic.windowBytes).toBe(segments * SEGMENT);
  cubic.lost(SEGMENT);
  return cubic;
}

/** Acknowledges a window each round trip from `fromMs`; returns the window, in segments, at the end of each. */
function rounds(cubic: Cubic, count: number, fromMs: number, rttMs = RTT_MS): number[] {
  return Array.from({ length: count }, (_, round) => {
    const inFlight = Math.floor(cubic.windowBytes / SEGMENT);
    for (let packet = 0; packet < inFlight; packet++) {
      cubic.acknowledged(SEGMENT, fromMs + (round + packet / inFlight) * rttMs, rttMs, SEGMENT);
    }
    return cubic.windowBytes / SEGMENT;
  });
}

describe("RFC 9438", () => {
  it("figure 1 and 2: the curve starts at the reduced window and is at W_max after K seconds", () => {
    // W_max = 100, beta = 0.7: K = cbrt(30 / 0.4) = 4.217 s.
    const k = cubicK(100, 70);
    expect(k).toBeCloseTo(4.2172, 4);
    expect(cubicSegments(0, k, 100)).toBeCloseTo(70, 9);
    expect(cubicSegments(k, k, 100)).toBe(100);
    expect(cubicSegments(k + 1, k, 100)).toBeCloseTo(100.4, 9);
    expect(cubicSegments(k + 5, k, 100)).toBeCloseTo(150, 9);
  });

  it("4.6: congestion leaves 0.7 of the window", () => {
    const cubic = congestedAt(100);
    expect(cubic.windowBytes).toBeCloseTo(70 * SEGMENT);
    expect(cubic.thresholdBytes).toBeCloseTo(70 * SEGMENT);
    expect(cubic.isSlowStart).toBe(false);
  });

  it("4.2, 4.4 and 4.5: growth is concave up to W_max, flat there, convex beyond, on the curve", () => {
    const cubic = congestedAt(1000);
    const windows = rounds(cubic, 160, 0);
    const k = cubicK(1000, 700);
    for (let round = 20; round < 160; round += 10) {
      const seconds = (round * RTT_MS) / 1000;
      expect(windows[round - 1]).toBeGreaterThan(0.97 * cubicSegments(seconds, k, 1000));
      expect(windows[round - 1]).toBeLessThan(1.03 * cubicSegments(seconds + RTT_MS / 1000, k, 1000));
    }
    const steps = windows.map((window, at) => window - (windows[at - 1] ?? 700));
    const flat = Math.round((k * 1000) / RTT_MS);
    expect(steps[5]!).toBeGreaterThan(steps[flat - 10]!);
    expect(steps[flat]!).toBeLessThan(0.5);
    expect(steps[flat + 60]!).toBeGreaterThan(steps[flat + 10]!);
  });

  it("4.3: with a short round trip the window is no smaller than Reno's", () => {
    const cubic = congestedAt(20);
    const windows = rounds(cubic, 30, 0, 5);
    // In 150 ms the cubic curve has hardly moved; Reno's estimate grows by alpha a round until W_max, then by one.
    expect(windows.at(-1)!).toBeGreaterThan(14 + 11 * RENO_ALPHA + 1);
    expect(cubicSegments(0.15, cubicK(20, 14), 20)).toBeLessThan(windows.at(-1)!);
  });

  it("4.7: a second congestion below W_max lowers it further (fast convergence)", () => {
    const cubic = congestedAt(1000);
    cubic.lost(SEGMENT);
    const plateau = (700 * (1 + CUBIC_BETA)) / 2;
    const k = cubicK(plateau, 490);
    const atPlateau = rounds(cubic, 100, 0)[Math.round(k * 10) - 1]!;
    expect(atPlateau).toBeGreaterThan(plateau * 0.98);
    expect(atPlateau).toBeLessThan(plateau * 1.01);
  });

  it("4.8: a timeout goes back to slow start, up to 0.7 of the window before", () => {
    const cubic = congestedAt(100);
    cubic.expired(SEGMENT, false);
    expect(cubic.windowBytes).toBe(2 * SEGMENT);
    expect(cubic.isSlowStart).toBe(true);
    expect(cubic.thresholdBytes).toBeCloseTo(49 * SEGMENT);
    cubic.acknowledged(2 * SEGMENT, 0, RTT_MS, SEGMENT);
    expect(cubic.windowBytes).toBe(4 * SEGMENT);
  });

  it("4.9: what turns out to be no loss gives the window back", () => {
    const cubic = congestedAt(100);
    cubic.restore();
    expect(cubic.windowBytes).toBe(100 * SEGMENT);
    expect(cubic.isSlowStart).toBe(true);
    cubic.expired(SEGMENT, false);
    cubic.expired(SEGMENT, true);
    cubic.restore();
    expect(cubic.windowBytes).toBe(100 * SEGMENT);
    cubic.restore();
    expect(cubic.windowBytes).toBe(100 * SEGMENT);
  });
});

describe("slow start and idleness", () => {
  it("goes back to the first window of small segments when large ones turn out to vanish", () => {
    const cubic = new Cubic(65_000);
    cubic.segmentsShrank(SEGMENT);
    expect(cubic.windowBytes).toBe(10_000);
    cubic.segmentsShrank(500);
    expect(cubic.windowBytes).toBe(5000);
  });

  it("starts with ten segments, fewer of large ones (RFC 6928)", () => {
    expect([1000, 1460, 4000, 65_000].map(firstWindowBytes)).toEqual([10_000, 14_600, 14_600, 130_000]);
  });

  it("grows by what is acknowledged, slower by the divisor, and stops at the threshold", () => {
    const cubic = new Cubic(SEGMENT);
    cubic.acknowledged(4000, 0, RTT_MS, SEGMENT);
    cubic.acknowledged(4000, 0, RTT_MS, SEGMENT, 4);
    expect(cubic.windowBytes).toBe(15_000);
    cubic.leaveSlowStart();
    expect(cubic.isSlowStart).toBe(false);
    cubic.acknowledged(SEGMENT, 0, RTT_MS, SEGMENT);
    expect(cubic.windowBytes).toBeLessThan(15_200);
  });

  it("forgets half of the window for each timeout of idleness, down to the first window", () => {
    const cubic = congestedAt(100);
    cubic.idled(1, SEGMENT);
    expect(cubic.windowBytes).toBeCloseTo(35_000);
    expect(cubic.thresholdBytes).toBeCloseTo(70_000);
    cubic.idled(50, SEGMENT);
    expect(cubic.windowBytes).toBe(10_000);
  });
});
