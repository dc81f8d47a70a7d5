import { describe, expect, it } from "vitest";
import { connectionPair, sameMessages, sendAll } from "../../../test/support/connection-pair.ts";

describe("silence", () => {
  it("of a peer that owes something closes after the timeout, not before", () => {
    const pair = connectionPair("silence", { loss: 1 }, { timeoutMs: 10_000 });
    pair.a.connection.send(new Uint8Array(10));
    pair.network.run(9_999);
    expect(pair.a.connection.isClosed).toBe(false);
    pair.network.run(10_001);
    expect(pair.a.closings.map((error) => error?.code)).toEqual(["CHANNEL_TIMEOUT"]);
  });

  it("of one that owes nothing does not, without keepalives", () => {
    const pair = connectionPair("idle");
    pair.network.run(0);
    expect(pair.a.connection.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
    expect(pair.network.run(1e9)).toBe(true);
    expect([pair.a.packets, pair.a.connection.isClosed]).toEqual([0, false]);
  });

  it("is ended by keepalives, and noticed by them when the peer is gone", () => {
    const pair = connectionPair("alive", {}, { keepaliveMs: 5000, timeoutMs: 10_000 });
    pair.network.run(100_000);
    expect([pair.a.connection.isClosed, pair.b.connection.isClosed]).toEqual([false, false]);
    expect(pair.a.packets + pair.b.packets).toBeGreaterThan(30);
    expect(pair.a.packets + pair.b.packets).toBeLessThan(90);
    pair.there.options = { ...pair.there.options, loss: 1 };
    pair.back.options = { ...pair.back.options, loss: 1 };
    pair.network.run(116_000);
    expect([pair.a.closings, pair.b.closings].flat().map((error) => error?.code)).toEqual([
      "CHANNEL_TIMEOUT",
      "CHANNEL_TIMEOUT",
    ]);
  });

  it("is broken by asking again when keepalives are lost for a while", () => {
    const pair = connectionPair("lost keepalives", {}, { keepaliveMs: 5000, timeoutMs: 10_000 });
    pair.network.run(4000);
    for (let outage = 0; outage < 10; outage++) {
      const { options } = pair.there;
      pair.there.options = { ...options, loss: 1 };
      pair.network.run(pair.network.nowMs + 9000);
      pair.there.options = options;
      pair.network.run(pair.network.nowMs + 6000);
    }
    expect([pair.a.connection.isClosed, pair.b.connection.isClosed]).toEqual([false, false]);
  });

  it("of a side that does not run is none of the peer's", () => {
    const pair = connectionPair("stalled", { loss: 1 }, { timeoutMs: 10_000 });
    const { connection } = pair.a;
    connection.send(new Uint8Array(10));
    pair.network.run(5000);
    // Everything that was due in a minute comes due at once.
    const nowMs = 65_000;
    connection.wake(nowMs);
    expect(connection.isClosed).toBe(false);
    expect(connection.wakeAtMs).toBeGreaterThan(nowMs);
    let lastMs = nowMs;
    while (!connection.isClosed) {
      lastMs = connection.wakeAtMs;
      connection.wake(lastMs);
    }
    // Half of the timeout had passed before, and at most one of the ten times at which the peer is asked.
    expect(lastMs - nowMs).toBeGreaterThanOrEqual(4000);
    expect(lastMs - nowMs).toBeLessThanOrEqual(5000);
  });

  it("of a peer that died behind a shut window is noticed", () => {
    const pair = connectionPair("dead", {}, { timeoutMs: 6000 });
    pair.b.connection.pause();
    pair.a.connection.send(new Uint8Array(10));
    pair.network.run(10_000);
    pair.there.options = { ...pair.there.options, loss: 1 };
    pair.network.run(20_000);
    expect(pair.a.closings.map((error) => error?.code)).toEqual(["CHANNEL_TIMEOUT"]);
  });

  it("that ends in time is none: an outage shorter than the timeout loses nothing", () => {
    const pair = connectionPair("outage");
    const messages = sendAll(
      pair.a,
      "outage",
      Array.from({ length: 200 }, () => 5000),
    );
    pair.network.run(40);
    const { options } = pair.there;
    pair.there.options = { ...options, loss: 1 };
    pair.network.run(20_000);
    pair.there.options = options;
    pair.network.run(60_000);
    expect(sameMessages(pair.b.received, messages)).toBe(true);
  });
});
