import { describe, expect, it } from "vitest";
import { bothClosed, connectionPair, sameMessages, sendAll } from "../../../test/support/connection-pair.ts";
import { CoterieError } from "../../world/index.ts";

describe("the end", () => {
  it("of both sides closes without an error, everything delivered, whatever is lost", () => {
    for (let seed = 0; seed < 60; seed++) {
      const pair = connectionPair(`end ${seed}`, { loss: 0.25, jitterMs: 5 });
      const messages = sendAll(pair.a, `${seed}`, [10, 5000, 0]);
      pair.a.connection.end();
      pair.b.connection.send(new Uint8Array(7));
      pair.b.connection.end();
      expect(pair.network.run(900_000, bothClosed(pair)), `seed ${seed}`).toBe(true);
      expect(sameMessages(pair.b.received, messages), `seed ${seed}`).toBe(true);
      expect([pair.a.ends, pair.b.ends]).toEqual([1, 1]);
      expect([pair.a.closings, pair.b.closings]).toEqual([[undefined], [undefined]]);
      expect([pair.a.connection.acknowledged, pair.b.connection.acknowledged]).toEqual([3, 1]);
    }
  });

  it("is whole also when nothing but the ends themselves is on the way", () => {
    for (let seed = 0; seed < 60; seed++) {
      const pair = connectionPair(`bare ${seed}`, { loss: 0.3, jitterMs: 5 });
      sendAll(pair.a, `${seed}`, [10]);
      pair.network.run(20_000);
      pair.a.connection.end();
      pair.network.run(pair.network.nowMs + (seed % 30));
      pair.b.connection.end();
      expect(pair.network.run(900_000, bothClosed(pair)), `seed ${seed}`).toBe(true);
      expect([pair.a.ends, pair.b.ends, pair.a.closings, pair.b.closings]).toEqual([
        1,
        1,
        [undefined],
        [undefined],
      ]);
    }
  });

  it("of one side lets the other go on", () => {
    const pair = connectionPair("half");
    pair.a.connection.send(new Uint8Array(3));
    pair.a.connection.end();
    expect(pair.a.connection.send(new Uint8Array(1))).toBe(0);
    pair.network.run(1000);
    expect([pair.b.ends, pair.a.connection.isClosed, pair.b.connection.isClosed]).toEqual([1, false, false]);
    pair.b.connection.send(new Uint8Array(4));
    pair.network.run(2000);
    expect(pair.a.received.length).toBe(1);
    pair.b.connection.end();
    expect(pair.network.run(60_000, bothClosed(pair))).toBe(true);
    expect(pair.a.closings.concat(pair.b.closings)).toEqual([undefined, undefined]);
  });

  it("waits for what a paused receiver has not taken", () => {
    const pair = connectionPair("paused end");
    pair.b.connection.pause();
    pair.a.connection.send(new Uint8Array(3));
    pair.a.connection.end();
    pair.b.connection.end();
    pair.network.run(60_000);
    expect([pair.b.ends, pair.a.connection.isClosed]).toEqual([0, false]);
    pair.b.connection.resume();
    expect(pair.network.run(120_000, bothClosed(pair))).toBe(true);
    expect([pair.b.ends, pair.b.received.length, pair.a.connection.acknowledged]).toEqual([1, 1, 1]);
  });

  it("is no loss when the last words are: nobody is there any more, but everything was said", () => {
    const pair = connectionPair("last");
    pair.a.connection.end();
    pair.network.run(100);
    pair.b.connection.end();
    pair.network.run(60_000, () => pair.a.connection.isClosed || pair.b.connection.isClosed);
    const [gone, left] = pair.a.connection.isClosed ? [pair.a, pair.b] : [pair.b, pair.a];
    expect([gone.closings, left.closings]).toEqual([[undefined], []]);
    left.connection.fail(new CoterieError("CHANNEL_RESET", "gone"));
    expect(left.closings).toEqual([undefined]);
  });

  it("by destroy is told to the peer, with what was acknowledged so far", () => {
    const pair = connectionPair("destroy");
    sendAll(pair.a, "destroy", [100, 100]);
    pair.network.run(1000);
    pair.b.connection.destroy();
    pair.b.connection.destroy();
    pair.network.run(2000);
    expect(pair.b.closings).toEqual([undefined]);
    expect(pair.a.closings.map((error) => error?.code)).toEqual(["CHANNEL_CLOSED"]);
    expect([pair.a.connection.acknowledged, pair.a.connection.send(new Uint8Array(1))]).toEqual([2, 0]);
    expect(pair.b.connection.produce(new Uint8Array(2000), 0, 2000)).toBe(0);
  });

  it("from within a message stops the rest of its packet", () => {
    const pair = connectionPair("within");
    pair.b.onMessage = (message) => {
      pair.b.received.push(message);
      if (pair.b.received.length === 2) pair.b.connection.destroy();
    };
    sendAll(pair.a, "within", [10, 10, 10, 10]);
    pair.network.run(1000);
    expect([pair.b.received.length, pair.b.closings, pair.b.ends]).toEqual([2, [undefined], 0]);
    expect(pair.a.closings.map((error) => error?.code)).toEqual(["CHANNEL_CLOSED"]);
  });

  it("by failure is final, and nothing is sent", () => {
    const pair = connectionPair("fail");
    pair.a.connection.send(new Uint8Array(10));
    pair.a.connection.fail(new CoterieError("CHANNEL_RESET", "another incarnation"));
    expect(pair.a.closings.map((error) => error?.code)).toEqual(["CHANNEL_RESET"]);
    expect(pair.a.connection.produce(new Uint8Array(2000), 0, 0)).toBe(0);
    expect(pair.a.connection.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  });
});
