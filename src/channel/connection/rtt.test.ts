import { describe, expect, it } from "vitest";
import { FIRST_RTO_MS, MAX_ACK_DELAY_MS, MAX_RTO_MS, MIN_SPREAD_MS, RoundTrip } from "./rtt.ts";

/** A round trip that has seen these samples. */
function seen(...samples: number[]): RoundTrip {
  const rtt = new RoundTrip();
  for (const sample of samples) rtt.sample(sample, 0);
  return rtt;
}

describe("RFC 6298, with worked numbers", () => {
  it("2.1: until a sample has come, the timeout is one second", () => {
    expect(new RoundTrip().timeoutMs).toBe(1000);
  });

  it("2.2: the first sample R sets SRTT to R and RTTVAR to R / 2, so RTO is 3 R", () => {
    const rtt = seen(100);
    expect([rtt.smoothedMs, rtt.variationMs, rtt.timeoutMs]).toEqual([100, 50, 300]);
  });

  it("2.3: a later sample moves RTTVAR by a quarter, then SRTT by an eighth", () => {
    const rtt = seen(100, 180);
    // RTTVAR = 3/4 · 50 + 1/4 · |100 − 180| = 57.5; SRTT = 7/8 · 100 + 1/8 · 180 = 110; RTO = 110 + 4 · 57.5.
    expect([rtt.smoothedMs, rtt.variationMs, rtt.timeoutMs]).toEqual([110, 57.5, 340]);
  });

  it("2.4: it has a minimum, ours far below one second: something beyond the round trip, however steady that is", () => {
    const steady = seen(...Array.from({ length: 100 }, () => 200));
    expect(steady.variationMs).toBeLessThan(0.01);
    expect(steady.timeoutMs).toBe(200 + MIN_SPREAD_MS);
    expect(seen(2).timeoutMs).toBe(2 + MIN_SPREAD_MS);
    expect(MIN_SPREAD_MS).toBeLessThan(FIRST_RTO_MS);
  });

  it("2.5: it has a maximum of at least 60 seconds", () => {
    expect(seen(50_000).timeoutMs).toBe(MAX_RTO_MS);
    expect(MAX_RTO_MS).toBeGreaterThanOrEqual(60_000);
  });

  it("5.5: each expiry doubles it, and an answer ends that", () => {
    const rtt = seen(100);
    const timeouts = [1, 2, 3].map(() => {
      rtt.expired();
      return rtt.timeoutMs;
    });
    expect(timeouts).toEqual([600, 1200, 2400]);
    rtt.answered();
    rtt.sample(100, 0);
    expect(rtt.timeoutMs).toBe(100 + 4 * 37.5);
    for (let i = 0; i < 100; i++) rtt.expired();
    expect(rtt.timeoutMs).toBe(MAX_RTO_MS);
  });
});

describe("samples (RFC 9002 section 5.3)", () => {
  it("are less by the peer's delay", () => {
    const rtt = seen(100);
    rtt.sample(120, 20);
    expect(rtt.smoothedMs).toBe(100);
  });

  it("are never brought below the least seen by what the peer says", () => {
    const rtt = seen(100);
    rtt.sample(110, 20);
    expect(rtt.smoothedMs).toBe(101.25);
  });

  it("are not brought down by more than a peer may delay", () => {
    const rtt = seen(10);
    rtt.sample(200, 5000);
    expect(rtt.smoothedMs).toBeCloseTo((7 * 10 + (200 - MAX_ACK_DELAY_MS)) / 8);
  });
});

describe("the other timers", () => {
  it("probe the tail after two round trips, before the timeout", () => {
    const rtt = seen(...Array.from({ length: 50 }, () => 40));
    expect(rtt.tailProbeMs).toBeCloseTo(81);
    expect(new RoundTrip().tailProbeMs).toBe(1000);
    expect(seen(...Array.from({ length: 50 }, () => 400)).tailProbeMs).toBe(450);
  });

  it("hold a packet overdue after a round trip and a share of one, of the latest if that is longer", () => {
    const rtt = seen(80);
    expect(rtt.overdueMs(1 / 8)).toBe(90);
    rtt.sample(160, 0);
    expect(rtt.overdueMs(1 / 8)).toBe(180);
    expect(seen(0.01).overdueMs(1 / 8)).toBe(1);
  });
});
