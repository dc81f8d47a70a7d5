import { describe, expect, it } from "vitest";
import {
  connectionPair,
  defaultLimits,
  type Pair,
  type Side,
  sameMessages,
} from "../../../test/support/connection-pair.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { CoterieError } from "../../world/index.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import { type channel_frame, decode_channel_frame, encode_channel_frame } from "../gen/channel-frames.gen.ts";
import { MIN_WINDOW_BYTES } from "./inbox.ts";
import { Connection } from "./index.ts";
import { MAX_PENDING_MESSAGES } from "./outbox.ts";

const lossy = { loss: 0.1, duplicate: 0.05, jitterMs: 8 };

/** Sends messages of the given sizes from `from` as room allows; returns them. */
function sendAll(from: Side, seed: string, sizes: readonly number[]): Uint8Array[] {
  const random = new Prng(seed, "messages");
  const messages = sizes.map((size) => random.bytes(size));
  let next = 0;
  const push = () => {
    while (next < messages.length && from.connection.send(messages[next]!) > 0) next++;
  };
  from.onDrain = push;
  push();
  return messages;
}

function bothClosed({ a, b }: Pair): () => boolean {
  return () => a.connection.isClosed && b.connection.isClosed;
}

function drawSizes(seed: string, count: number): number[] {
  const random = new Prng(seed, "sizes");
  return Array.from({ length: count }, () => (random.chance(0.1) ? random.below(60_000) : random.below(900)));
}

describe("messages", () => {
  it("arrive in order, and their sender learns of it", () => {
    const pair = connectionPair("first");
    const messages = sendAll(pair.a, "first", [0, 1, 2, 3, 4, 5, 64, 1000, 1160, 5000, 100_000, 0, 7]);
    expect(pair.network.run(10_000)).toBe(true);
    expect(sameMessages(pair.b.received, messages)).toBe(true);
    expect([pair.a.connection.acknowledged, pair.a.connection.pendingBytes]).toEqual([messages.length, 0]);
    expect(pair.a.connection.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
    expect(pair.b.connection.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ["loses, doubles and reorders", lossy],
    ["loses every third packet", { loss: 0.33 }],
    ["reorders wildly", { latencyMs: 1, jitterMs: 200 }],
    ["is slow, with a short queue", { bytesPerMs: 100, queueBytes: 6000, loss: 0.02 }],
  ])("arrive exactly once both ways over a network that %s", (_, link) => {
    for (let seed = 0; seed < 25; seed++) {
      const pair = connectionPair(`both ${seed}`, link);
      const there = sendAll(pair.a, `a${seed}`, drawSizes(`a${seed}`, 50));
      const back = sendAll(pair.b, `b${seed}`, drawSizes(`b${seed}`, 50));
      expect(pair.network.run(900_000), `seed ${seed} comes to rest`).toBe(true);
      expect(sameMessages(pair.b.received, there), `seed ${seed} there`).toBe(true);
      expect(sameMessages(pair.a.received, back), `seed ${seed} back`).toBe(true);
      expect([pair.a.connection.acknowledged, pair.b.connection.acknowledged]).toEqual([50, 50]);
      expect([pair.a.connection.heldBytes, pair.b.connection.heldBytes]).toEqual([0, 0]);
    }
  });

  it("share packets when they are small", () => {
    const pair = connectionPair("bundle");
    sendAll(
      pair.a,
      "bundle",
      Array.from({ length: 1700 }, () => 64),
    );
    pair.network.run(10_000);
    expect(pair.b.received.length).toBe(1700);
    expect(pair.a.packets).toBeLessThan((1700 * 68) / 1100 + 10);
  });

  it("are acknowledged only when they were handed over, never before", () => {
    for (let seed = 0; seed < 20; seed++) {
      const pair = connectionPair(`early ${seed}`, lossy);
      const random = new Prng(`early ${seed}`, "pauses");
      pair.b.onMessage = (message) => {
        pair.b.received.push(message);
        if (random.chance(0.2)) pair.b.connection.pause();
      };
      const messages = sendAll(pair.a, `${seed}`, drawSizes(`${seed}`, 60));
      const untrue: string[] = [];
      pair.network.onPacket = () => {
        const { acknowledged } = pair.a.connection;
        if (acknowledged > pair.b.received.length)
          untrue.push(`${acknowledged} of ${pair.b.received.length}`);
      };
      for (let turn = 0; turn < 400; turn++) {
        pair.network.run(pair.network.nowMs + 100);
        pair.b.connection.resume();
      }
      expect(untrue).toEqual([]);
      expect(sameMessages(pair.b.received, messages), `seed ${seed}`).toBe(true);
      expect(pair.a.connection.acknowledged).toBe(messages.length);
    }
  });

  it("wait until there is room: send returns 0, and drain follows", () => {
    const pair = connectionPair("room", {}, { maxPendingBytes: 10_000 });
    const { connection } = pair.a;
    expect([connection.send(new Uint8Array(9999)), connection.send(new Uint8Array(500))]).toEqual([1, 2]);
    expect([connection.send(new Uint8Array(1)), connection.pendingBytes, connection.sent]).toEqual([
      0, 10_499, 2,
    ]);
    pair.network.run(1000);
    expect([pair.a.drains, connection.pendingBytes, connection.send(new Uint8Array(1))]).toEqual([1, 0, 3]);
    for (let i = 4; i <= MAX_PENDING_MESSAGES + 3; i++) connection.send(new Uint8Array(0));
    expect(connection.sent).toBe(MAX_PENDING_MESSAGES + 2);
  });

  it("of more than the largest size are misuse", () => {
    const pair = connectionPair("misuse");
    expect(() => pair.a.connection.send(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(RangeError);
  });

  it("of 64 MiB pass through a window of 64 KiB", { timeout: 60_000 }, () => {
    const limits = { receiveWindowBytes: MIN_WINDOW_BYTES, maxPayloadBytes: 60_000 };
    const pair = connectionPair("huge", { latencyMs: 0.1 }, limits);
    const message = new Uint8Array(MAX_MESSAGE_BYTES);
    for (let at = 0; at < message.length; at += 4093) message[at] = at % 251;
    let most = 0;
    pair.network.onPacket = () => {
      most = Math.max(most, pair.b.connection.heldBytes);
    };
    pair.a.connection.send(message);
    expect(pair.network.run(600_000)).toBe(true);
    expect(sameMessages(pair.b.received, [message])).toBe(true);
    expect(most).toBeLessThanOrEqual(MAX_MESSAGE_BYTES + MIN_WINDOW_BYTES);
  });
});

describe("the handshake's round trip", () => {
  it("spares the first packet a second's wait when it is lost", () => {
    const arrivals = [undefined, 10].map((roundTripMs) => {
      const limits = roundTripMs === undefined ? {} : { roundTripMs };
      const pair = connectionPair("known", { loss: 1 }, limits);
      pair.a.connection.send(new Uint8Array(10));
      pair.network.run(1);
      pair.there.options = { ...pair.there.options, loss: 0 };
      pair.network.run(3000, () => pair.b.received.length > 0);
      return pair.network.nowMs;
    });
    expect(arrivals[0]).toBeGreaterThan(1000);
    expect(arrivals[1]).toBeLessThan(50);
  });
});

describe("the receiver's window", () => {
  it("stops a sender whose receiver pauses, and lets it go on", () => {
    const pair = connectionPair("pause", { loss: 0.1 }, { receiveWindowBytes: MIN_WINDOW_BYTES });
    pair.b.connection.pause();
    const messages = sendAll(
      pair.a,
      "pause",
      Array.from({ length: 300 }, () => 1000),
    );
    pair.network.run(20_000);
    expect([pair.b.received.length, pair.a.connection.acknowledged]).toEqual([0, 0]);
    expect(pair.b.connection.heldBytes).toBeLessThanOrEqual(MIN_WINDOW_BYTES);
    pair.b.connection.resume();
    expect(pair.network.run(200_000)).toBe(true);
    expect(sameMessages(pair.b.received, messages)).toBe(true);
    expect(pair.a.connection.acknowledged).toBe(300);
  });

  it("is found open again although the word of it was lost", () => {
    for (let seed = 0; seed < 20; seed++) {
      const pair = connectionPair(`word ${seed}`, {}, { receiveWindowBytes: MIN_WINDOW_BYTES });
      pair.b.connection.pause();
      sendAll(
        pair.a,
        "word",
        Array.from({ length: 200 }, () => 1000),
      );
      pair.network.run(5000);
      pair.back.options = { ...pair.back.options, loss: 1 };
      pair.b.connection.resume();
      pair.network.run(5300 + seed * 50);
      pair.back.options = { ...pair.back.options, loss: 0 };
      pair.network.run(60_000);
      expect([pair.b.received.length, pair.a.connection.acknowledged], `seed ${seed}`).toEqual([200, 200]);
    }
  });

  it("shut for hours is no silence, as long as the peer answers", () => {
    const pair = connectionPair("shut", {}, { timeoutMs: 5000 });
    pair.b.connection.pause();
    pair.a.connection.send(new Uint8Array(10));
    pair.network.run(3_600_000);
    expect(pair.a.connection.isClosed).toBe(false);
    pair.b.connection.resume();
    pair.network.run(pair.network.nowMs + 1000);
    expect(pair.a.connection.acknowledged).toBe(1);
  });
});

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

describe("the path's size", () => {
  it("is found while there is much to send, and used", () => {
    const pair = connectionPair("path", { maxPayloadBytes: 9000 }, { maxPayloadBytes: 60_000 });
    sendAll(
      pair.a,
      "path",
      Array.from({ length: 200 }, () => 100_000),
    );
    pair.network.run(10_000);
    expect(pair.b.received.length).toBe(200);
    expect(pair.a.connection.payloadBytes).toBeGreaterThan(8900);
    expect(pair.a.packets).toBeLessThan(3500);
  });

  it("is not probed for a few small messages", () => {
    const pair = connectionPair("small", {}, { maxPayloadBytes: 60_000 });
    for (let i = 0; i < 20; i++) {
      pair.a.connection.send(new Uint8Array(100));
      pair.network.run(i * 100);
    }
    expect(pair.a.largestPayload).toBeLessThan(400);
  });

  it("that shrinks under way is a black hole, and is climbed out of", () => {
    const pair = connectionPair("hole", { maxPayloadBytes: 9000 }, { maxPayloadBytes: 9000 });
    const messages = sendAll(
      pair.a,
      "hole",
      Array.from({ length: 100 }, () => 100_000),
    );
    pair.network.run(60, () => pair.b.received.length > 30);
    pair.there.options = { ...pair.there.options, maxPayloadBytes: 1200 };
    pair.network.run(29_000);
    expect(sameMessages(pair.b.received, messages)).toBe(true);
    expect(pair.a.connection.payloadBytes).toBeLessThanOrEqual(1200);
  });
});

describe("a peer that breaks the protocol", () => {
  /** The only side, and what it says to one packet of these frames. */
  function answer(frames: readonly channel_frame[], number = 1): (string | undefined)[] {
    const { a } = connectionPair("broken");
    const writer = new XdrWriter();
    for (const frame of frames) encode_channel_frame(writer, frame);
    a.connection.receive(number, writer.encoded(), 0);
    return a.closings.map((error) => error?.code);
  }
  const ack = { largest: 0n, delay_us: 0, delivered: 0n, limit: 65_536n, received: 0, gaps: [] };
  const piece = new Uint8Array(8);

  it.each<[string, channel_frame]>([
    ["waits for a packet before the first", { type: 1, data: { awaited: 1, offset: 0n, piece } }],
    ["sends beyond the window", { type: 1, data: { awaited: 0, offset: 65_532n, piece } }],
    ["cuts the stream at no multiple of four", { type: 1, data: { awaited: 0, offset: 2n, piece } }],
    ["acknowledges a packet that was not sent", { type: 2, ack: { ...ack, largest: 1n, received: 1 } }],
    ["acknowledges more than there is", { type: 2, ack: { ...ack, received: 1 } }],
    ["has delivered what was not sent", { type: 2, ack: { ...ack, delivered: 1n } }],
    ["tells a limit beyond all numbers", { type: 2, ack: { ...ack, limit: 2n ** 60n } }],
    ["is done before all is said", { type: 5, close: { reason: 0 } }],
  ])("and %s is left, and told why", (_, frame) => {
    expect(answer([{ type: 3 }])).toEqual([]);
    expect(answer([frame])).toEqual(["CHANNEL_VIOLATION"]);
  });

  it("or says that it was broken to is believed", () => {
    expect(answer([{ type: 5, close: { reason: 2 } }])).toEqual(["CHANNEL_VIOLATION"]);
    expect(answer([{ type: 5, close: { reason: 3 } }])).toEqual(["CHANNEL_TIMEOUT"]);
    expect(answer([{ type: 5, close: { reason: 1 } }])).toEqual(["CHANNEL_CLOSED"]);
  });

  it("or tells an odd limit gets what lies before it", () => {
    const pair = connectionPair("odd");
    const writer = new XdrWriter();
    encode_channel_frame(writer, { type: 2, ack: { ...ack, limit: 65_539n } });
    pair.a.connection.receive(1, writer.encoded(), 0);
    pair.a.connection.send(new Uint8Array(100_000));
    pair.back.options = { ...pair.back.options, loss: 1 };
    const ends: bigint[] = [];
    pair.network.onPacket = (_, __, frames) => {
      const frame = decode_channel_frame(new XdrReader(frames));
      if (frame.type === 1) ends.push(frame.data.offset + BigInt(frame.data.piece.length));
    };
    pair.network.run(20_000);
    expect(ends.length).toBeGreaterThan(10);
    expect(ends.every((end) => end % 4n === 0n && end <= 65_536n)).toBe(true);
  });
});

describe("limits", () => {
  it.each([
    [{ minPayloadBytes: 511 }],
    [{ minPayloadBytes: 1400, maxPayloadBytes: 1300 }],
    [{ maxPayloadBytes: 65_536 }],
    [{ maxPendingBytes: 0 }],
    [{ receiveWindowBytes: 1000 }],
    [{ timeoutMs: 0 }],
    [{ keepaliveMs: -1 }],
    [{ timeoutMs: Number.NaN }],
    [{ roundTripMs: -1 }],
  ])("out of bounds are misuse: %o", (limits) => {
    const events = { message() {}, acknowledged() {}, drain() {}, ended() {}, closed() {}, ready() {} };
    expect(() => new Connection({ ...defaultLimits, ...limits }, events, 0)).toThrow(RangeError);
  });
});
