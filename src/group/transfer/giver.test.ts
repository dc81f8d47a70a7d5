/** The donor's side of a state transfer: pieces of any size become chunks, as many as were asked for, and are kept until they are confirmed. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, type Chunk, Giver, MAX_CREDIT, type StatePieces } from "./giver.ts";

const pull = (next: number, credit: number) => ({ kind: "pull", view: 3, next, credit }) as const;

function giving(pieces: StatePieces): { giver: Giver; sent: Chunk[] } {
  const sent: Chunk[] = [];
  return { giver: new Giver(3, pieces, crc32, (chunk) => sent.push(chunk)), sent };
}

function* pieces(count: number, bytes: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes).fill(i + 1);
}

describe("chunks", () => {
  it("are the state, whatever its pieces are, with their places and the checksum of all so far", async () => {
    const state = Uint8Array.from({ length: 3 * CHUNK_BYTES + 77 }, (_, i) => (i * 7) % 251);
    const cuts = [0, 0, 5, 5 + CHUNK_BYTES, 5 + CHUNK_BYTES, state.length];
    const { giver, sent } = giving(cuts.slice(1).map((to, i) => state.subarray(cuts[i], to)));
    await giver.pull(pull(0, MAX_CREDIT));
    expect(sent.map(({ index }) => index)).toEqual(sent.map((_, i) => i));
    expect(sent.map(({ isLast }) => isLast).indexOf(true)).toBe(sent.length - 1);
    expect(Math.max(...sent.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(CHUNK_BYTES);
    let at = 0;
    for (const { offset, bytes, crc } of sent) {
      expect(offset).toBe(at);
      expect(Buffer.compare(bytes, state.subarray(at, at + bytes.length))).toBe(0);
      at += bytes.length;
      expect(crc).toBe(crc32(state.subarray(0, at)));
    }
    expect(at).toBe(state.length);
  });

  it("are one without bytes for a state that has none", async () => {
    for (const nothing of [[], [new Uint8Array(0)]]) {
      const { giver, sent } = giving(nothing);
      await giver.pull(pull(0, 16));
      expect(sent.map(({ index, isLast, bytes }) => [index, isLast, bytes.length])).toEqual([[0, true, 0]]);
    }
  });

  it("are made as they are asked for: the source is read no further", async () => {
    let read = 0;
    const { giver, sent } = giving(
      (function* () {
        for (const piece of pieces(100, 10)) {
          read++;
          yield piece;
        }
      })(),
    );
    expect(read).toBe(0);
    await giver.pull(pull(0, 4));
    // One more, to know whether the last is the last.
    expect([sent.length, read]).toEqual([4, 5]);
    await giver.pull(pull(4, 2));
    expect([sent.length, read]).toEqual([6, 7]);
  });

  it("are at most so many at once, however many are asked for", async () => {
    const { giver, sent } = giving(pieces(1000, 1));
    await giver.pull(pull(0, 0xffff_ffff));
    expect(sent.length).toBe(MAX_CREDIT);
  });

  it("are sent again, the same, when they are asked for again, and are gone when they are confirmed", async () => {
    const { giver, sent } = giving(pieces(10, 10));
    await giver.pull(pull(0, 3));
    const first = sent.splice(0);
    await giver.pull(pull(1, 2));
    expect(sent.splice(0)).toEqual(first.slice(1));
    await giver.pull(pull(0, 3));
    expect(sent).toEqual([]);
  });

  it("are not made for who asks for what is far ahead", async () => {
    const { giver, sent } = giving(pieces(10, 10));
    await giver.pull(pull(7, 3));
    expect(sent).toEqual([]);
  });
});

describe("a transfer that is over", () => {
  it("is done when the joiner asks for nothing more", async () => {
    const { giver, sent } = giving(pieces(2, 10));
    await giver.pull(pull(0, 16));
    expect([giver.isDone, sent.length]).toEqual([false, 2]);
    await giver.pull(pull(2, 0));
    await giver.pull(pull(2, 16));
    expect([giver.isDone, sent.length]).toEqual([true, 2]);
  });

  it("lets go of its source when it is stopped, and sends nothing that comes then", async () => {
    let isReturned = false;
    let give = (_piece: Uint8Array) => {};
    const source: AsyncIterableIterator<Uint8Array> = {
      [Symbol.asyncIterator]: () => source,
      next: () =>
        new Promise((resolve) => {
          give = (value) => resolve({ done: false, value });
        }),
      return: () => {
        isReturned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
    const { giver, sent } = giving(source);
    const pulled = giver.pull(pull(0, 16));
    giver.stop();
    for (let i = 0; i < 50; i++) {
      give(new Uint8Array(10));
      await Promise.resolve();
    }
    await pulled;
    expect([isReturned, sent.length, giver.isDone]).toEqual([true, 0, true]);
  });

  it("says so when its source fails, to who asked", async () => {
    const failing = (function* (): Generator<Uint8Array> {
      yield new Uint8Array(1);
      throw new Error("the disk");
    })();
    const { giver } = giving(failing);
    await expect(giver.pull(pull(0, 16))).rejects.toThrow("the disk");
  });
});
