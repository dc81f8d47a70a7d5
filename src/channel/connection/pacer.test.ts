import { describe, expect, it } from "vitest";
import { Pacer } from "./pacer.ts";

const PACKET = 1000;
/** The first window of such packets. */
const BURST_PACKETS = 10;

/** Sends whatever may leave until `untilMs`; returns when each packet left. */
function departures(pacer: Pacer, fromMs: number, untilMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = fromMs; nowMs < untilMs; ) {
    const readyMs = pacer.readyAtMs(nowMs);
    if (readyMs > nowMs) nowMs = readyMs;
    else {
      times.push(nowMs);
      pacer.sent(PACKET);
    }
  }
  return times;
}

describe("pacing", () => {
  it("holds nothing back before a round-trip time is known", () => {
    const pacer = new Pacer();
    pacer.setRate(10_000, 0, true, PACKET);
    for (let i = 0; i < 10_000; i++) pacer.sent(PACKET);
    expect(pacer.readyAtMs(0)).toBe(0);
  });

  it("spreads a window over a round trip, a quarter faster, after a burst", () => {
    const pacer = new Pacer();
    pacer.setRate(100 * PACKET, 100, false, PACKET);
    const times = departures(pacer, 0, 1000);
    expect(times.filter((time) => time === 0).length).toBeLessThanOrEqual(BURST_PACKETS + 1);
    // 1.25 packets each millisecond, and the burst.
    expect(times.length).toBeGreaterThan(1240);
    expect(times.length).toBeLessThan(1270);
  });

  it("lets twice the window go in slow start", () => {
    const pacer = new Pacer();
    pacer.setRate(100 * PACKET, 100, true, PACKET);
    expect(departures(pacer, 0, 1000).length).toBeGreaterThan(1990);
  });

  it("saves up no more than a burst while nothing is sent", () => {
    const pacer = new Pacer();
    pacer.setRate(100 * PACKET, 100, false, PACKET);
    departures(pacer, 0, 50);
    const times = departures(pacer, 100_000, 100_010);
    expect(times.filter((time) => time === 100_000).length).toBeLessThanOrEqual(BURST_PACKETS + 1);
    expect(times.length).toBeLessThan(BURST_PACKETS + 15);
  });

  it("bursts with two packets where they are as large as datagrams can be", () => {
    const pacer = new Pacer();
    pacer.setRate(10 * 65_000, 1000, false, 65_000);
    pacer.readyAtMs(0);
    let sent = 0;
    for (; pacer.readyAtMs(0) === 0; sent++) pacer.sent(65_000);
    expect(sent).toBe(2);
  });
});
