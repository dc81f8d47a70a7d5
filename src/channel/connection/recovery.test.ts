import { describe, expect, it } from "vitest";
import { type PacketFates, Recovery } from "./recovery.ts";
import { FIRST_REORDERING_PACKETS } from "./reordering.ts";
import { FIRST_RTO_MS, MIN_SPREAD_MS } from "./rtt.ts";
import { HAS_END, IS_PATH_PROBE } from "./sent-packets.ts";
import { CongestionWindow } from "./window.ts";

const BYTES = 1000;
const RTT_MS = 100;

/** A recovery, and what it said of packets, by their numbers. */
class Bench implements PacketFates {
  readonly recovery = new Recovery(new CongestionWindow(BYTES, Number.POSITIVE_INFINITY), 10_000, this);
  readonly said: string[] = [];
  next = 1;

  arrived(index: number): void {
    this.said.push(`arrived ${this.recovery.packets.number(index)}`);
  }

  lost(index: number): void {
    this.said.push(`lost ${this.recovery.packets.number(index)}`);
  }

  revived(index: number): void {
    this.said.push(`revived ${this.recovery.packets.number(index)}`);
  }

  probe(): void {
    this.said.push("probe");
  }

  /** Sends `count` packets; returns the number of the first. */
  send(count: number, nowMs: number, flags = 0): number {
    const first = this.next;
    for (let i = 0; i < count; i++) this.recovery.sent(this.next++, nowMs, BYTES, 0, 0, flags);
    return first;
  }

  /** Acknowledges ranges, the newest first; returns what was said. */
  acknowledge(nowMs: number, ...ranges: (readonly [number, number])[]): string[] {
    this.said.length = 0;
    for (const [low, high] of ranges) this.recovery.acknowledge(low, high);
    this.recovery.acknowledged(ranges[0]![1], 0, nowMs, this.next);
    return [...this.said];
  }

  wake(nowMs: number): string[] {
    this.said.length = 0;
    this.recovery.wake(nowMs);
    return [...this.said];
  }
}

/** One whose round trip is known, with nothing in flight at time `RTT_MS`. */
function measured(): Bench {
  const bench = new Bench();
  bench.send(1, 0);
  bench.acknowledge(RTT_MS, [1, 1]);
  return bench;
}

describe("loss", () => {
  it("is declared three packets later, not two", () => {
    const bench = measured();
    const first = bench.send(5, RTT_MS);
    const threshold = first + FIRST_REORDERING_PACKETS;
    expect(bench.acknowledge(201, [first + 1, threshold - 1])).not.toContain(`lost ${first}`);
    expect(bench.acknowledge(202, [threshold, threshold])).toEqual([`arrived ${threshold}`, `lost ${first}`]);
    expect(bench.recovery.inFlightBytes).toBe(BYTES);
  });

  it("is declared when a packet is overdue though few followed it", () => {
    const bench = measured();
    const first = bench.send(1, 100);
    bench.send(1, 150);
    bench.acknowledge(201, [first + 1, first + 1]);
    const dueMs = bench.recovery.wakeAtMs;
    expect(dueMs).toBeGreaterThan(100 + RTT_MS);
    expect(dueMs).toBeLessThan(100 + RTT_MS * 1.25);
    expect(bench.wake(dueMs - 0.1)).toEqual([]);
    expect(bench.wake(dueMs)).toEqual([`lost ${first}`]);
  });

  it("shrinks the window once for all packets of a flight", () => {
    const bench = measured();
    const { cubic } = bench.recovery.window;
    const before = cubic.windowBytes;
    const first = bench.send(10, 100);
    bench.acknowledge(200, [first + 4, first + 4]);
    expect(cubic.windowBytes).toBeCloseTo(before * 0.7);
    bench.acknowledge(201, [first + 9, first + 9], [first + 4, first + 4]);
    expect(cubic.windowBytes).toBeCloseTo(before * 0.7);
  });

  it("of a probe of the path is none of congestion", () => {
    const bench = measured();
    const before = bench.recovery.window.cubic.windowBytes;
    const probe = bench.send(1, 100, IS_PATH_PROBE);
    bench.send(5, 100);
    expect(bench.acknowledge(200, [probe + 1, probe + 5])).toContain(`lost ${probe}`);
    expect(bench.recovery.window.cubic.windowBytes).toBe(before);
  });
});

describe("Karn's rule", () => {
  it("holds by construction: what is sent again has a number of its own, so each sample is of one transmission", () => {
    const bench = measured();
    bench.send(1, 1000);
    bench.wake(bench.recovery.wakeAtMs);
    const again = bench.send(1, 1500);
    bench.acknowledge(1500 + RTT_MS, [again, again]);
    // Measured from the first transmission it would be 600 ms; TCP could not tell and must not sample.
    expect(bench.recovery.rtt.latestMs).toBe(RTT_MS);
  });

  it("and a late acknowledgment of the first transmission is a sample of the first", () => {
    const bench = measured();
    const first = bench.send(1, 1000);
    bench.wake(bench.recovery.wakeAtMs);
    bench.send(1, 1500);
    bench.acknowledge(1550, [first, first]);
    expect(bench.recovery.rtt.latestMs).toBe(550);
  });
});

describe("the timer (RFC 6298 section 5)", () => {
  it("runs while something is in flight, from the first packet on", () => {
    const bench = new Bench();
    expect(bench.recovery.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
    bench.send(1, 10);
    bench.send(1, 400);
    expect(bench.recovery.wakeAtMs).toBe(10 + FIRST_RTO_MS);
    bench.acknowledge(450, [1, 2]);
    expect(bench.recovery.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("starts anew when something is acknowledged", () => {
    const bench = measured();
    const first = bench.send(2, 100);
    const before = bench.recovery.wakeAtMs;
    bench.acknowledge(180, [first, first]);
    expect(bench.recovery.wakeAtMs).toBeGreaterThan(before);
  });

  it("probes the tail first, without counting anything as lost", () => {
    const bench = measured();
    bench.send(3, 100);
    const window = bench.recovery.window.cubic.windowBytes;
    expect(bench.wake(bench.recovery.wakeAtMs)).toEqual(["probe"]);
    expect([bench.recovery.probes, bench.recovery.window.cubic.windowBytes]).toEqual([1, window]);
    expect(bench.recovery.inFlightBytes).toBe(3 * BYTES);
  });

  it("asks a mere question again after a second, and hurries only for what something hangs on", () => {
    const bench = measured();
    const question = bench.send(1, 100);
    expect(bench.recovery.wakeAtMs).toBe(100 + FIRST_RTO_MS);
    expect(bench.wake(bench.recovery.wakeAtMs - 1)).toEqual([]);
    bench.send(1, 200, HAS_END);
    expect(bench.recovery.wakeAtMs).toBeLessThan(200 + 4 * RTT_MS);
    bench.acknowledge(300, [question, question + 1]);
    const again = bench.send(1, 400);
    expect(bench.wake(400 + FIRST_RTO_MS)).toEqual([`lost ${again}`]);
    bench.send(1, 1400);
    expect(bench.recovery.wakeAtMs).toBe(1400 + FIRST_RTO_MS);
  });

  it("then counts everything in flight as lost, and starts from the smallest window", () => {
    const bench = measured();
    const first = bench.send(2, 100);
    bench.wake(bench.recovery.wakeAtMs);
    expect(bench.wake(bench.recovery.wakeAtMs)).toEqual([`lost ${first}`, `lost ${first + 1}`]);
    expect(bench.recovery.window.cubic.windowBytes).toBe(2 * BYTES);
    expect([bench.recovery.inFlightBytes, bench.recovery.isOpen]).toEqual([0, true]);
  });

  it("doubles with each expiry, up to the longest that is allowed", () => {
    const bench = new Bench();
    bench.send(1, 0);
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const atMs = bench.recovery.wakeAtMs;
      bench.wake(atMs);
      bench.send(1, atMs);
      waits.push(bench.recovery.wakeAtMs - atMs);
    }
    expect(waits).toEqual([2000, 4000, 8000, 10_000, 10_000]);
    expect(bench.recovery.expirations).toBe(5);
  });
});

describe("a timer that has expired", () => {
  it("is no longer backed off once the peer is heard of, though the packet was not the newest", () => {
    const bench = measured();
    const first = bench.send(1, 100, HAS_END);
    while (bench.recovery.expirations < 3) {
      bench.wake(bench.recovery.wakeAtMs);
      bench.send(1, 1000 * bench.next, HAS_END);
    }
    // The newest that came held nothing but an acknowledgment: no sample of the round trip.
    const untracked = bench.next++;
    bench.acknowledge(20_000, [first, untracked]);
    expect(bench.recovery.expirations).toBe(0);
  });
});

describe("a loss that was none", () => {
  it("gives the window back, and more reordering is tolerated from then on", () => {
    const bench = measured();
    const before = bench.recovery.window.cubic.windowBytes;
    const first = bench.send(6, 100);
    bench.acknowledge(200, [first + 5, first + 5]);
    expect(bench.recovery.window.cubic.windowBytes).toBeLessThan(before);
    bench.acknowledge(203, [first, first + 5]);
    expect(bench.recovery.window.cubic.windowBytes).toBe(before);
    const later = bench.send(9, 204);
    expect(bench.acknowledge(305, [later + 5, later + 5])).toEqual([`arrived ${later + 5}`]);
    expect(bench.acknowledge(306, [later + 6, later + 6])).toContain(`lost ${later}`);
  });

  it("of the timer's revives what is in flight", () => {
    const bench = measured();
    const before = bench.recovery.window.cubic.windowBytes;
    const first = bench.send(3, 100);
    bench.wake(bench.recovery.wakeAtMs);
    bench.wake(bench.recovery.wakeAtMs);
    const atMs = 100 + 4 * (RTT_MS + MIN_SPREAD_MS);
    const said = bench.acknowledge(atMs, [first, first]);
    expect(said).toEqual([`revived ${first + 1}`, `revived ${first + 2}`, `arrived ${first}`]);
    expect([bench.recovery.window.cubic.windowBytes, bench.recovery.inFlightBytes]).toEqual([
      before,
      2 * BYTES,
    ]);
    expect(bench.recovery.expirations).toBe(0);
    bench.acknowledge(atMs + 1, [first, first + 2]);
    expect(bench.recovery.inFlightBytes).toBe(0);
  });
});

describe("the window", () => {
  it("does not grow for a sender that it does not limit", () => {
    const bench = measured();
    const before = bench.recovery.window.cubic.windowBytes;
    const first = bench.send(2, 100);
    bench.acknowledge(200, [first, first + 1]);
    expect(bench.recovery.window.cubic.windowBytes).toBe(before);
    bench.recovery.window.wasLimited = true;
    const second = bench.send(2, 200);
    bench.acknowledge(300, [second, second + 1]);
    expect(bench.recovery.window.cubic.windowBytes).toBe(before);
    const third = bench.send(6, 300);
    bench.acknowledge(400, [third, third + 1]);
    expect(bench.recovery.window.cubic.windowBytes).toBe(before + 2 * BYTES);
  });

  it("shrinks after idleness", () => {
    const bench = measured();
    const { cubic } = bench.recovery.window;
    bench.recovery.window.wasLimited = true;
    for (let round = 1; round < 6; round++) {
      const first = bench.send(Math.floor(cubic.windowBytes / BYTES), round * RTT_MS);
      bench.acknowledge((round + 1) * RTT_MS, [first, bench.next - 1]);
    }
    const grown = cubic.windowBytes;
    expect(grown).toBeGreaterThan(200_000);
    bench.send(1, 10_000);
    expect(cubic.windowBytes).toBeLessThan(grown / 8);
    expect(cubic.windowBytes).toBeGreaterThanOrEqual(10 * BYTES);
  });

  it("is closed when it is full, but for probes", () => {
    const bench = measured();
    bench.send(10, 100);
    expect(bench.recovery.isOpen).toBe(false);
    bench.wake(bench.recovery.wakeAtMs);
    expect(bench.recovery.isOpen).toBe(true);
    bench.send(1, 400);
    expect(bench.recovery.isOpen).toBe(false);
  });
});
