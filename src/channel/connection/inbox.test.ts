import { describe, expect, it } from "vitest";
import { sameMessages } from "../../../test/support/connection-pair.ts";
import { XdrWriter } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import { CHANNEL_FIRST_LIMIT } from "../gen/channel-frames.gen.ts";
import {
  FIRST_BUFFER_BYTES,
  Inbox,
  MAX_BUFFER_SHARE,
  MAX_WAITING_RANGES,
  MIN_WINDOW_BYTES,
  type Verdict,
} from "./inbox.ts";

function xdrStream(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new XdrWriter();
  for (const message of messages) writer.opaque(message);
  return writer.encoded().slice();
}

function newInbox(windowBytes = MIN_WINDOW_BYTES): { inbox: Inbox; got: Uint8Array[] } {
  const got: Uint8Array[] = [];
  return { inbox: new Inbox(windowBytes, { message: (message) => got.push(message) }), got };
}

/** Gives a piece of the stream, lying somewhere in a larger packet. */
function give(inbox: Inbox, stream: Uint8Array, start: number, end: number): Verdict {
  const packet = new Uint8Array(end - start + 9).fill(0xee);
  packet.set(stream.subarray(start, end), 5);
  return inbox.receive(start, packet, 5, end - start);
}

describe("the inbox", () => {
  it("hands over exactly the messages, whatever the pieces, their order and their overlaps", () => {
    for (let seed = 0; seed < 150; seed++) {
      const random = new Prng(`${seed}`, "pieces");
      const sizes = Array.from({ length: 1 + random.below(30) }, () =>
        random.below(random.chance(0.2) ? 3000 : 20),
      );
      const messages = sizes.map((size) => random.bytes(size));
      const stream = xdrStream(messages);
      const { inbox, got } = newInbox();
      while (inbox.base < stream.length) {
        const start = Math.max(0, inbox.base - 40 + 4 * random.below(300));
        if (start >= stream.length) continue;
        const end = Math.min(stream.length, start + 4 * (1 + random.below(150)));
        const verdict = give(inbox, stream, start, end);
        inbox.announce();
        if (verdict !== "taken" || inbox.delivered !== got.length)
          throw new Error(`seed ${seed}: ${verdict}`);
      }
      expect(sameMessages(got, messages), `seed ${seed}`).toBe(true);
      expect(inbox.heldBytes).toBe(0);
    }
  });

  it("keeps a message apart from the packet that brought it", () => {
    const { inbox, got } = newInbox();
    const packet = xdrStream([Uint8Array.of(1, 2, 3)]);
    inbox.receive(0, packet, 0, packet.length);
    packet.fill(0);
    expect(got).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  it("takes a message larger than its window, in memory of the message and the window", () => {
    const { inbox, got } = newInbox();
    const random = new Prng("large", "order");
    const message = random.bytes(1_000_000);
    const stream = xdrStream([message]);
    let most = 0;
    while (inbox.base < stream.length) {
      const room = Math.min(stream.length, inbox.announce()) - inbox.base;
      const start = inbox.base + 4 * random.below(Math.min(room, 4000) / 4);
      give(inbox, stream, start, Math.min(stream.length, inbox.base + room, start + 1000));
      most = Math.max(most, inbox.heldBytes);
    }
    expect(Buffer.compare(got[0]!, message)).toBe(0);
    expect(most).toBeLessThanOrEqual(message.length + MIN_WINDOW_BYTES);
  });

  it("spends memory as bytes come, not as they are announced", () => {
    const { inbox } = newInbox();
    const head = new XdrWriter();
    head.uint(MAX_MESSAGE_BYTES);
    head.uint(0);
    give(inbox, head.encoded(), 0, 8);
    expect(inbox.heldBytes).toBe(FIRST_BUFFER_BYTES);
    const sizes = new Set<number>();
    const part = new Uint8Array(40_000);
    for (let came = 4; came + part.length <= MAX_MESSAGE_BYTES; came += part.length) {
      inbox.announce();
      inbox.receive(4 + came, part, 0, part.length);
      expect(inbox.heldBytes).toBeLessThanOrEqual(Math.max(FIRST_BUFFER_BYTES, MAX_BUFFER_SHARE * came));
      sizes.add(inbox.heldBytes);
    }
    // Each new buffer is another copy of what came.
    expect(sizes.size).toBe(4);
  });

  it("tells when the peer should hear of room: a quarter of the window was used since it last did", () => {
    const { inbox } = newInbox(128 * 1024);
    const stream = xdrStream(Array.from({ length: 300 }, () => new Uint8Array(252)));
    expect(inbox.isWindowOld).toBe(true);
    inbox.announce();
    give(inbox, stream, 0, 32 * 1024 - 256);
    expect(inbox.isWindowOld).toBe(false);
    give(inbox, stream, 32 * 1024 - 256, 32 * 1024);
    expect(inbox.isWindowOld).toBe(true);
    inbox.announce();
    expect(inbox.isWindowOld).toBe(false);
    inbox.isPaused = true;
    give(inbox, stream, 32 * 1024, 70 * 1024);
    expect(inbox.isWindowOld).toBe(false);
  });

  it("takes nothing beyond the limit that it told, and tells more as it hands over", () => {
    const stream = xdrStream(Array.from({ length: 1000 }, () => new Uint8Array(252)));
    const { inbox } = newInbox(128 * 1024);
    expect(give(inbox, stream, CHANNEL_FIRST_LIMIT - 4, CHANNEL_FIRST_LIMIT)).toBe("taken");
    expect(inbox.announce()).toBe(128 * 1024);
    expect(give(inbox, stream, 128 * 1024 - 8, 128 * 1024)).toBe("taken");
    expect(give(newInbox().inbox, stream, CHANNEL_FIRST_LIMIT - 4, CHANNEL_FIRST_LIMIT + 4)).toBe(
      "violation",
    );
    give(inbox, stream, 0, 4096);
    expect(inbox.announce()).toBe(128 * 1024 + 4096);
  });

  it("refuses what no correct peer sends", () => {
    const stream = xdrStream([new Uint8Array(64)]);
    expect(give(newInbox().inbox, stream, 2, 6)).toBe("violation");
    expect(give(newInbox().inbox, stream, 0, 6)).toBe("violation");
    const writer = new XdrWriter();
    writer.uint(MAX_MESSAGE_BYTES + 1);
    expect(give(newInbox().inbox, writer.encoded(), 0, 4)).toBe("violation");
    expect(newInbox().inbox.receive(Number.POSITIVE_INFINITY, stream, 0, 4)).toBe("violation");
  });

  it("ends where the peer says, and not elsewhere or in the middle of a message", () => {
    const stream = xdrStream([new Uint8Array(8), new Uint8Array(8)]);
    const { inbox } = newInbox();
    expect(inbox.end(24)).toBe("taken");
    expect([inbox.end(24), inbox.end(20)]).toEqual(["taken", "violation"]);
    give(inbox, stream, 0, 12);
    expect(inbox.isEnded).toBe(false);
    give(inbox, stream, 12, 24);
    expect(inbox.isEnded).toBe(true);
    const cut = newInbox().inbox;
    give(cut, stream, 0, 16);
    expect([cut.end(12), cut.end(16)]).toEqual(["violation", "violation"]);
    const late = newInbox().inbox;
    late.end(12);
    expect(give(late, stream, 12, 24)).toBe("violation");
  });

  it("hands over nothing while it is paused, also when the pause comes from within", () => {
    const messages = Array.from({ length: 6 }, (_, i) => new Uint8Array(20 + i).fill(i));
    const stream = xdrStream(messages);
    const got: Uint8Array[] = [];
    const inbox: Inbox = new Inbox(MIN_WINDOW_BYTES, {
      message(message) {
        got.push(message);
        if (got.length === 2) inbox.isPaused = true;
      },
    });
    give(inbox, stream, 40, stream.length);
    give(inbox, stream, 0, 40);
    expect(got.length).toBe(2);
    expect(inbox.hasNews).toBe(true);
    expect(inbox.resume()).toBe("taken");
    expect(got).toEqual(messages);
  });

  it("is not confused by a pause that is taken back at once", () => {
    const messages = Array.from({ length: 5 }, (_, i) => new Uint8Array(i));
    const stream = xdrStream(messages);
    const got: Uint8Array[] = [];
    const inbox: Inbox = new Inbox(MIN_WINDOW_BYTES, {
      message(message) {
        got.push(message);
        inbox.isPaused = true;
        inbox.resume();
      },
    });
    give(inbox, stream, 8, stream.length);
    give(inbox, stream, 0, 8);
    expect(got).toEqual(messages);
  });

  it("takes no more scattered pieces than it can keep in order, and what fills the gap at any time", () => {
    const { inbox, got } = newInbox(1024 * 1024);
    inbox.announce();
    const stream = xdrStream(Array.from({ length: 2 * MAX_WAITING_RANGES + 10 }, () => new Uint8Array(4)));
    for (let range = 0; range < MAX_WAITING_RANGES; range++) {
      expect(give(inbox, stream, 8 + range * 16, 16 + range * 16)).toBe("taken");
    }
    const more = 8 + MAX_WAITING_RANGES * 16;
    expect(give(inbox, stream, more, more + 8)).toBe("refused");
    expect(give(inbox, stream, 0, 8)).toBe("taken");
    expect(got.length).toBe(2);
    expect(give(inbox, stream, more, more + 8)).toBe("taken");
  });

  it("wants a window of the least that peers may use, and a message at most", () => {
    expect(() => newInbox(MIN_WINDOW_BYTES - 1)).toThrow(RangeError);
    expect(() => newInbox(MAX_MESSAGE_BYTES + 1)).toThrow(RangeError);
  });
});
