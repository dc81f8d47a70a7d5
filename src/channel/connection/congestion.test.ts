/** How connections behave at a bottleneck with a drop-tail queue, alone and beside each other, in virtual time. */
import { describe, expect, it } from "vitest";
import {
  defaultLimits,
  Link,
  type LinkOptions,
  PairNetwork,
  Side,
} from "../../../test/support/connection-pair.ts";
import type { ConnectionLimits } from "./types.ts";

/** 10 Mbit/s and 40 ms there and back: 50,000 bytes fill the path. */
const BYTES_PER_MS = 1250;
const PATH_BYTES = 50_000;
const bottleneck = { latencyMs: 20, bytesPerMs: BYTES_PER_MS, queueBytes: PATH_BYTES };
const limits = { ...defaultLimits, receiveWindowBytes: 4 << 20, maxPendingBytes: 1 << 20 };

interface Flow {
  readonly from: Side;
  readonly to: Side;
  gotBytes: number;
}

/** Flows that always have something to send, over one bottleneck. */
class Race {
  readonly network = new PairNetwork();
  readonly there: Link;
  readonly back: Link;
  readonly flows: Flow[] = [];

  constructor(seed: string, options: Partial<LinkOptions>) {
    this.there = new Link(options, `${seed}>`);
    this.back = new Link({ ...options, loss: 0 }, `${seed}<`);
  }

  start(of: ConnectionLimits = limits): Flow {
    const flow: Flow = {
      from: new Side(of, this.network.nowMs),
      to: new Side(of, this.network.nowMs),
      gotBytes: 0,
    };
    const message = new Uint8Array(10_000);
    flow.to.onMessage = ({ length }) => {
      flow.gotBytes += length;
    };
    flow.from.onDrain = () => {
      while (flow.from.connection.send(message) > 0) {}
    };
    this.flows.push(flow);
    this.network.join(flow.from, flow.to, this.there, this.back);
    flow.from.onDrain();
    return flow;
  }

  /** Runs for a while; returns the share of the bottleneck that each flow's messages had. */
  shares(durationMs: number): number[] {
    const before = this.flows.map(({ gotBytes }) => gotBytes);
    this.network.run(this.network.nowMs + durationMs);
    const all = durationMs * this.there.options.bytesPerMs;
    return this.flows.map(({ gotBytes }, at) => (gotBytes - before[at]!) / all);
  }
}

describe("at a bottleneck", () => {
  it.each([
    ["a queue as long as the path", bottleneck],
    ["a queue of a quarter of it", { ...bottleneck, queueBytes: PATH_BYTES / 4 }],
    ["ten times the rate", { ...bottleneck, bytesPerMs: 12_500, queueBytes: 250_000 }],
    ["a short path", { latencyMs: 0.5, bytesPerMs: 12_500, queueBytes: 50_000 }],
    ["a long path", { latencyMs: 100, bytesPerMs: BYTES_PER_MS, queueBytes: 125_000 }],
    ["packets that overtake each other", { ...bottleneck, jitterMs: 4 }],
  ])("with %s, one flow uses over 0.8 of it", (_, link) => {
    const race = new Race("one", link);
    race.start();
    race.shares(2000);
    const durationMs = link.bytesPerMs > BYTES_PER_MS ? 3000 : 15_000;
    expect(race.shares(durationMs)[0]).toBeGreaterThan(0.8);
  });

  it("loses little: the window finds the queue's end without flooding it", () => {
    const race = new Race("drops", bottleneck);
    race.start();
    race.shares(20_000);
    expect(race.there.dropped).toBeLessThan(race.flows[0]!.from.packets * 0.02);
  });

  it("shares it with a flow that comes later, neither below a third of it", () => {
    const race = new Race("two", bottleneck);
    race.start();
    race.shares(8000);
    race.start();
    race.shares(10_000);
    const [first, second] = race.shares(30_000);
    expect(first! + second!).toBeGreaterThan(0.85);
    expect(Math.min(first!, second!)).toBeGreaterThan(0.33 * (first! + second!));
  });

  it("leaves room to four flows: none starves", () => {
    const race = new Race("four", bottleneck);
    for (let i = 0; i < 4; i++) {
      race.start();
      race.shares(500);
    }
    race.shares(10_000);
    const shares = race.shares(20_000);
    expect(shares.reduce((sum, share) => sum + share)).toBeGreaterThan(0.85);
    expect(Math.min(...shares)).toBeGreaterThan(0.1);
  });

  it("goes on at a lower rate, without a stop, where packets are lost at random", () => {
    for (const [loss, least] of [
      [0.01, 0.2],
      [0.05, 0.07],
      [0.2, 0.02],
    ] as const) {
      const race = new Race(`loss ${loss}`, { ...bottleneck, loss });
      race.start();
      const shares = Array.from({ length: 6 }, () => race.shares(5000)[0]!);
      expect(Math.min(...shares), `at a loss of ${loss}`).toBeGreaterThan(least);
    }
  });

  it("waits out no timeouts where a fifth of all packets is lost both ways, and keeps to large packets", () => {
    const race = new Race("short", { latencyMs: 0.15, bytesPerMs: 1e6, queueBytes: 4 << 20, loss: 0.2 });
    race.back.options = race.there.options;
    const { from } = race.start({ ...limits, maxPayloadBytes: 60_000 });
    race.shares(500);
    // A window of about three packets (the square root of 1.5 / 0.2) a round trip would be 0.55.
    expect(race.shares(2000)[0]).toBeGreaterThan(0.18);
    expect(from.connection.payloadBytes).toBe(60_000);
  });

  it.each([
    [
      "once in several packets, while many are under way",
      { ...bottleneck, bytesPerMs: 12_500, queueBytes: 250_000 },
      0.1,
      0.2,
    ],
    [
      "several times in each window, while that is small",
      { ...bottleneck, latencyMs: 4, queueBytes: 10_000 },
      0.3,
      0.6,
    ],
  ])("is acknowledged %s", (_, link, least, most) => {
    const race = new Race("acks", link);
    const { from, to } = race.start();
    race.shares(2000);
    const [packets, acknowledgments] = [from.packets, to.packets];
    race.shares(3000);
    const share = (to.packets - acknowledgments) / (from.packets - packets);
    expect(share).toBeGreaterThan(least);
    expect(share).toBeLessThan(most);
  });
});

describe("a sender that has little to send", () => {
  it("keeps its window, and bursts no more than the pacer allows when it has much again", () => {
    const race = new Race("little", { latencyMs: 20 });
    const from = new Side(limits, 0);
    const to = new Side(limits, 0);
    race.network.join(from, to, race.there, race.back);
    for (let at = 100; at < 5000; at += 10) {
      from.connection.send(new Uint8Array(100));
      race.network.run(at);
    }
    const before = from.packets;
    for (let i = 0; i < 100; i++) from.connection.send(new Uint8Array(10_000));
    race.network.run(race.network.nowMs);
    // The window never grew beyond the first, for nothing showed that it may.
    expect(from.packets - before).toBeLessThanOrEqual(13);
  });
});
