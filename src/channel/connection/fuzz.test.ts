/**
 * A peer that is broken or hostile, but authentic: whatever its packets hold, a connection takes it or closes with a violation,
 * never throws, and never holds more memory than its bounds.
 */
import { describe, expect, it } from "vitest";
import { connectionPair, defaultLimits, Side } from "../../../test/support/connection-pair.ts";
import { XdrWriter } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { type channel_frame, encode_channel_frame } from "../gen/channel-frames.gen.ts";

const limits = { ...defaultLimits, receiveWindowBytes: 128 * 1024 };

/** A connection that has sent something, so that acknowledgments can mean something. */
function target(): Side {
  const side = new Side(limits, 0);
  side.connection.send(new Uint8Array(5000));
  side.connection.send(new Uint8Array(0));
  for (let i = 0; i < 5; i++) side.connection.produce(new Uint8Array(2000), 0, 0);
  return side;
}

function hyper(random: Prng): bigint {
  const kind = random.below(6);
  if (kind === 0) return BigInt(random.uint32()) << BigInt(random.below(33));
  if (kind === 1) return 2n ** 64n - 1n - BigInt(random.below(3));
  if (kind === 2) return 4n * BigInt(random.below(40_000));
  return BigInt(random.below(12));
}

function uint(random: Prng): number {
  return random.chance(0.8) ? random.below(4) : random.uint32();
}

/** A frame that the codec can write, of values that may mean nothing. */
function drawFrame(random: Prng): channel_frame {
  switch (random.below(6)) {
    case 0:
      return {
        type: 1,
        data: { awaited: uint(random), offset: hyper(random), piece: random.bytes(4 * random.below(40)) },
      };
    case 1: {
      const gaps = Array.from({ length: random.below(4) }, () => ({
        missing: uint(random),
        received: uint(random),
      }));
      const [largest, delivered, limit] = [hyper(random), hyper(random), hyper(random)];
      return {
        type: 2,
        ack: { largest, delay_us: uint(random), delivered, limit, received: uint(random), gaps },
      };
    }
    case 2:
      return { type: 4, end: { offset: hyper(random) } };
    case 3:
      return { type: 5, close: { reason: random.below(4) as 0 | 1 | 2 | 3 } };
    case 4:
      return { type: 0 };
    default:
      return { type: 3 };
  }
}

/** Gives `side` a packet, lets time go on, and takes what it says; asserts its bounds. */
function feed(side: Side, number: number, frames: Uint8Array, nowMs: number): void {
  const { connection } = side;
  connection.receive(number, frames, nowMs);
  if (connection.wakeAtMs <= nowMs) connection.wake(nowMs);
  const out = new Uint8Array(2000);
  for (let sent = 0; connection.produce(out, 0, nowMs) > 0; sent++) {
    if (sent > 1000) throw new Error("it never stops sending");
  }
  expect(connection.heldBytes).toBeLessThanOrEqual(2 * limits.receiveWindowBytes);
  expect(side.closings.length).toBe(connection.isClosed ? 1 : 0);
}

describe("authentic packets of a peer that is broken", () => {
  it("are taken or end the connection, when they are frames of any values", () => {
    const outcomes = new Map<string, number>();
    for (let seed = 0; seed < 4000; seed++) {
      const random = new Prng(`${seed}`, "frames");
      const side = target();
      const packets = 1 + random.below(30);
      for (let number = 1; number <= packets && !side.connection.isClosed; number++) {
        const writer = new XdrWriter();
        for (let i = random.below(4); i >= 0; i--) encode_channel_frame(writer, drawFrame(random));
        feed(side, number + random.below(3), writer.encoded(), number * 20);
      }
      const outcome = side.connection.isClosed ? (side.closings[0]?.code ?? "closed") : "open";
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // The draw reaches them all: otherwise it would show little.
    expect([...outcomes.keys()].sort()).toEqual([
      "CHANNEL_CLOSED",
      "CHANNEL_TIMEOUT",
      "CHANNEL_VIOLATION",
      "open",
    ]);
  });

  it("are taken or end the connection, when they are noise", () => {
    for (let seed = 0; seed < 3000; seed++) {
      const random = new Prng(`${seed}`, "noise");
      const side = target();
      for (let number = 1; number < 5; number++) feed(side, number, random.bytes(random.below(200)), number);
    }
  });

  it("leave both sides at rest or closed, when the heads of a good run's frames are changed at random", () => {
    let violations = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = new Prng(`${seed}`, "mutations");
      const pair = connectionPair(`mutated ${seed}`, { loss: 0.05, jitterMs: 3 }, { timeoutMs: 2000 });
      pair.network.onPacket = (_, __, frames) => {
        if (!random.chance(0.03)) return;
        // Heads of frames only: what messages hold is the sender's own business.
        frames[random.below(Math.min(frames.length, 64))] = random.below(256);
      };
      for (let i = 0; i < 20; i++) {
        pair.a.connection.send(new Uint8Array(random.below(3000)));
        pair.b.connection.send(new Uint8Array(random.below(300)));
      }
      expect(pair.network.run(200_000), `seed ${seed} comes to rest`).toBe(true);
      for (const side of [pair.a, pair.b]) {
        expect(side.closings.length).toBe(side.connection.isClosed ? 1 : 0);
        expect(side.connection.heldBytes).toBeLessThanOrEqual(64 * 1024 + defaultLimits.receiveWindowBytes);
        if (side.closings[0]?.code === "CHANNEL_VIOLATION") violations++;
      }
    }
    expect(violations).toBeGreaterThan(100);
  });
});
