import { describe, expect, test } from "vitest";
import { FIRST_RTO_MS, MAX_RTO_MS, MIN_RTO_MS, RttEstimator } from "./rtt.ts";

describe("RttEstimator", () => {
  test("starts at one second and doubles with every attempt up to the bound", () => {
    const rtt = new RttEstimator();
    expect([0, 1, 2, 3].map((attempt) => rtt.timeoutMs(attempt))).toEqual([1000, 2000, 4000, 8000]);
    expect(rtt.timeoutMs(50)).toBe(MAX_RTO_MS);
    expect(FIRST_RTO_MS).toBe(1000);
  });

  test("the first sample R gives R + 4 (R / 2) (RFC 6298 section 2.2)", () => {
    const rtt = new RttEstimator();
    rtt.sample(200);
    expect(rtt.timeoutMs(0)).toBe(600);
  });

  test("the next follows with gains 1/8 and 1/4 (section 2.3)", () => {
    const rtt = new RttEstimator();
    rtt.sample(200);
    rtt.sample(400);
    const variation = 0.75 * 100 + 0.25 * 200;
    const smoothed = 0.875 * 200 + 0.125 * 400;
    expect(rtt.timeoutMs(0)).toBeCloseTo(smoothed + 4 * variation, 9);
  });

  test("a fast server is retried after the least time, not at once", () => {
    const rtt = new RttEstimator();
    for (let i = 0; i < 100; i++) rtt.sample(0.2);
    expect(rtt.timeoutMs(0)).toBe(MIN_RTO_MS);
  });

  test("a round of losses backs off once, until a call comes back that was sent once (Karn)", () => {
    const rtt = new RttEstimator();
    rtt.sample(50);
    const before = rtt.timeoutMs(0);
    rtt.timedOut(1000);
    for (let i = 1; i < 10; i++) rtt.timedOut(1000 + i);
    expect(rtt.timeoutMs(0)).toBe(before * 2);
    rtt.timedOut(1000 + before * 2);
    expect(rtt.timeoutMs(0)).toBe(before * 4);
    rtt.sample(50);
    expect(rtt.timeoutMs(0)).toBeLessThanOrEqual(before);
  });
});
