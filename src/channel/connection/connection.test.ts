import { describe, expect, it } from "vitest";
import {
  connectionPair,
  defaultLimits,
  sameMessages,
  sendAll,
} from "../../../test/support/connection-pair.ts";
import { writeUint32 } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import { writeDataHead } from "./frames.ts";
import { MIN_WINDOW_BYTES } from "./inbox.ts";
import { Connection } from "./index.ts";
import { MAX_PENDING_MESSAGES } from "./outbox.ts";

const lossy = { loss: 0.1, duplicate: 0.05, jitterMs: 8 };

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

  it("find half of the room free when they are asked for again", () => {
    const pair = connectionPair("half", {}, { maxPendingBytes: 100_000 });
    const { connection } = pair.a;
    const most: number[] = [];
    pair.a.onDrain = () => {
      most.push(connection.pendingBytes);
      for (let i = 0; i < 200 && most.length < 10 && connection.send(new Uint8Array(1000)) > 0; i++);
    };
    while (connection.send(new Uint8Array(1000)) > 0);
    pair.network.run(10_000);
    expect(most.length).toBe(10);
    expect(Math.max(...most)).toBeLessThan(50_000);
  });

  it("leave spread over the round trip, not all at once behind an acknowledgment", () => {
    const pair = connectionPair("pace", { latencyMs: 100 }, { receiveWindowBytes: 4 << 20 });
    sendAll(
      pair.a,
      "pace",
      Array.from({ length: 20 }, () => 100_000),
    );
    const departures = new Map<number, number>();
    pair.network.onPacket = (from) => {
      if (from !== pair.a) return;
      departures.set(pair.network.nowMs, (departures.get(pair.network.nowMs) ?? 0) + 1);
    };
    pair.network.run(60_000);
    expect(pair.b.received.length).toBe(20);
    // The window grows to hundreds of packets; what leaves in one instant is a first window, or two milliseconds of the rate.
    expect(Math.max(...departures.values())).toBeLessThan(30);
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

  it("is told anew at once when a quarter of it is used, though nobody asks", () => {
    const silent = { message() {}, acknowledged() {}, drain() {}, ended() {}, closed() {}, ready() {} };
    const limits = { ...defaultLimits, receiveWindowBytes: MIN_WINDOW_BYTES };
    const connection = new Connection(limits, silent, 0);
    const out = new Uint8Array(1200);
    const answers: number[] = [];
    // Messages of 1,020 bytes, a packet each.
    const frames = new Uint8Array(20 + 1024);
    for (let number = 1; number <= 40; number++) {
      writeDataHead(frames, 0, 0, (number - 1) * 1024, 1024);
      writeUint32(frames, 20, 1020);
      connection.receive(number, frames, 0);
      if (connection.produce(out, 0, 0) > 0) answers.push(number);
    }
    expect(answers).toEqual([10, 20, 30, 40]);
    const large = new Uint8Array(20 + 16_384);
    writeDataHead(large, 0, 0, 40 * 1024, 16_384);
    writeUint32(large, 20, 16_380);
    connection.receive(41, large, 0);
    expect(connection.produce(out, 0, 0)).toBeGreaterThan(0);
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
