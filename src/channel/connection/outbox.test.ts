import { describe, expect, it } from "vitest";
import { XdrWriter } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { MAX_PENDING_MESSAGES, Outbox, streamBytes } from "./outbox.ts";

/** The stream of messages as the XDR codec writes it. */
function xdrStream(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new XdrWriter();
  for (const message of messages) writer.opaque(message);
  return writer.encoded().slice();
}

function filled(sizes: readonly number[], seed = "outbox"): { outbox: Outbox; stream: Uint8Array } {
  const random = new Prng(seed, "messages");
  const messages = sizes.map((size) => random.bytes(size));
  const outbox = new Outbox();
  for (const message of messages) outbox.push(message);
  return { outbox, stream: xdrStream(messages) };
}

describe("the outbox", () => {
  it("writes any range of the stream as XDR has it, first in order and then again in any", () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new Prng(`${seed}`, "cuts");
      const sizes = Array.from({ length: 1 + random.below(40) }, () =>
        random.below(random.chance(0.2) ? 400 : 12),
      );
      const { outbox, stream } = filled(sizes, `${seed}`);
      expect(outbox.endOffset).toBe(stream.length);
      const out = new Uint8Array(stream.length + 8).fill(0xaa);
      for (let at = 0; at < stream.length; ) {
        const end = Math.min(stream.length, at + 4 * (1 + random.below(20)));
        expect(outbox.write(out, 4 + at, at, end)).toBe(4 + end);
        at = end;
      }
      expect(Buffer.compare(out.subarray(4, 4 + stream.length), stream)).toBe(0);
      expect(out[4 + stream.length]).toBe(0xaa);
      for (let i = 0; i < 20; i++) {
        const start = 4 * random.below(stream.length / 4);
        const end = start + 4 * (1 + random.below((stream.length - start) / 4));
        const again = new Uint8Array(end - start);
        outbox.write(again, 0, start, end);
        expect(Buffer.compare(again, stream.subarray(start, end))).toBe(0);
      }
    }
  });

  it("keeps writing the right bytes when messages before were released", () => {
    const { outbox, stream } = filled(Array.from({ length: 100 }, (_, i) => i));
    const out = new Uint8Array(stream.length);
    outbox.write(out, 0, 0, stream.length);
    for (let count = 1; count < 100; count += 7) {
      outbox.delivered(count);
      const start = streamOffset(count);
      const again = new Uint8Array(stream.length - start);
      outbox.write(again, 0, start, stream.length);
      expect(again).toEqual(stream.subarray(start));
    }
    outbox.delivered(100);
    expect([outbox.acknowledged, outbox.pendingBytes]).toEqual([100, 0]);
    expect(outbox.push(new Uint8Array(5))).toBe(101);
    expect(outbox.endOffset).toBe(stream.length + streamBytes(5));
  });

  it("sends again what was lost and did not arrive otherwise", () => {
    const { outbox } = filled([100, 100]);
    outbox.write(new Uint8Array(300), 0, 0, 208);
    outbox.rangeArrived(40, 80);
    outbox.rangeLost(0, 104);
    expect([outbox.lost.start(0), outbox.lost.end(0), outbox.lost.start(1), outbox.lost.end(1)]).toEqual([
      0, 40, 80, 104,
    ]);
    outbox.rangeArrived(0, 60);
    expect([outbox.lost.count, outbox.lost.start(0)]).toEqual([1, 80]);
    outbox.delivered(1);
    expect(outbox.lost.isEmpty).toBe(true);
    outbox.rangeLost(0, 104);
    expect(outbox.lost.isEmpty).toBe(true);
  });

  it("believes no acknowledgment of what was not sent", () => {
    const { outbox } = filled([10, 10, 10]);
    expect([0, 1, 4].map((count) => outbox.canHaveDelivered(count))).toEqual([true, false, false]);
    outbox.write(new Uint8Array(100), 0, 0, 20);
    expect([1, 2].map((count) => outbox.canHaveDelivered(count))).toEqual([true, false]);
    outbox.delivered(1);
    expect(outbox.canHaveDelivered(0)).toBe(true);
    expect(() => outbox.delivered(1)).toThrow(/invariant/);
  });

  it("has room by bytes and by messages", () => {
    const outbox = new Outbox();
    outbox.push(new Uint8Array(10));
    expect([outbox.hasRoom(11), outbox.hasRoom(10)]).toEqual([true, false]);
    const empty = new Uint8Array(0);
    for (let i = 1; i < MAX_PENDING_MESSAGES; i++) outbox.push(empty);
    expect(outbox.hasRoom(11)).toBe(false);
  });
});

/** Where the stream of messages of 0, 1, 2, … bytes is after `count` of them. */
function streamOffset(count: number): number {
  let offset = 0;
  for (let size = 0; size < count; size++) offset += streamBytes(size);
  return offset;
}
