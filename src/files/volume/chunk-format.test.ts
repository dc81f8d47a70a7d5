import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pattern } from "../../../test/volume/fixture.ts";
import { ChunkFormat } from "./chunk-format.ts";
import { chunkKey } from "./keys.ts";

const KEY = chunkKey(77, 3);
const EPOCH = 0x01_02_03_04;
const SIZES = [4096, 8192, 16_384, 65_536, 131_072, 1_048_576];

function sealed(format: ChunkFormat, length: number, key = KEY): Uint8Array {
  const value = new Uint8Array(format.headBytes + length);
  format.content(value).set(pattern(length));
  format.seal(key, value, EPOCH);
  return value;
}

/** The blocks of a set, in order. */
function members(set: number): number[] {
  return Array.from({ length: 32 }, (_, block) => block).filter((block) => (set >>> block) & 1);
}

describe("a chunk's value", () => {
  test.each(SIZES)(
    "of %d bytes has four blocks or more, of 4 KiB at most unless they were over 32",
    (chunkBytes) => {
      const format = new ChunkFormat(crc32, chunkBytes);
      const blocks = members(format.allBlocks);
      expect(blocks).toEqual(Array.from({ length: chunkBytes / format.blockBytes }, (_, block) => block));
      expect(blocks.length).toBeGreaterThanOrEqual(4);
      expect(format.headBytes).toBe(4 + 4 * blocks.length);
      if (blocks.length < 32) expect(format.blockBytes).toBeLessThanOrEqual(4096);
    },
  );

  test.each(SIZES)(
    "of %d bytes names the blocks that bytes lie in, and where their checksums are",
    (chunkBytes) => {
      const format = new ChunkFormat(crc32, chunkBytes);
      const place = fc.integer({ min: 0, max: chunkBytes - 1 });
      fc.assert(
        fc.property(place, place, (a, b) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
          const touched = members(format.allBlocks).filter(
            (block) => from < (block + 1) * format.blockBytes && to > block * format.blockBytes,
          );
          expect(members(format.blocksOf(from, to))).toEqual(touched);
          const span = format.checksumSpan(from, to);
          expect(span.from).toBe(4 + 4 * (touched[0] as number));
          expect(span.to).toBe(8 + 4 * (touched.at(-1) as number));
        }),
      );
      expect(format.blocksOf(5, 5)).toBe(0);
    },
  );

  test("vouches for each block alone: one changed byte is found there and nowhere else", () => {
    const format = new ChunkFormat(crc32, 4096);
    const length = 2500;
    const value = sealed(format, length);
    expect(format.isIntact(KEY, value)).toBe(true);
    for (let at = 4; at < value.length; at += 3) {
      const wrong = value.slice();
      wrong[at] = (wrong[at] as number) ^ (1 << (at % 8));
      const block = at < format.headBytes ? (at - 4) >> 2 : Math.floor((at - format.headBytes) / 1024);
      for (const each of members(format.allBlocks)) {
        expect(format.isIntact(KEY, wrong, 1 << each)).toBe(each !== block);
      }
      expect(format.isIntact(KEY, wrong)).toBe(false);
    }
  });

  test("with another epoch, or under another key, is intact in no block that has content", () => {
    const format = new ChunkFormat(crc32, 4096);
    const value = sealed(format, 4096);
    for (let bit = 0; bit < 32; bit++) {
      const wrong = value.slice();
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      for (const block of members(format.allBlocks))
        expect(format.isIntact(KEY, wrong, 1 << block)).toBe(false);
    }
    for (const key of [chunkKey(77, 4), chunkKey(78, 3), chunkKey(77, 3 + 2 ** 24)]) {
      for (const block of members(format.allBlocks))
        expect(format.isIntact(key, value, 1 << block)).toBe(false);
    }
  });

  test("with two blocks in each other's place, checksums and all, is not intact", () => {
    const format = new ChunkFormat(crc32, 4096);
    const value = sealed(format, 4096);
    const { headBytes, blockBytes } = format;
    for (const [a, b] of [
      [0, 1],
      [1, 3],
    ] as const) {
      const wrong = value.slice();
      const move = (from: number, to: number) => {
        wrong.set(value.subarray(4 + 4 * from, 8 + 4 * from), 4 + 4 * to);
        const start = headBytes + from * blockBytes;
        wrong.set(value.subarray(start, start + blockBytes), headBytes + to * blockBytes);
      };
      move(a, b);
      move(b, a);
      expect(format.isIntact(KEY, wrong, 1 << a)).toBe(false);
      expect(format.isIntact(KEY, wrong, 1 << b)).toBe(false);
    }
  });

  test("cut short anywhere, between blocks too, is found where content was lost", () => {
    const format = new ChunkFormat(crc32, 4096);
    const length = 4000;
    const value = sealed(format, length);
    for (let left = 0; left < length; left += left % 1024 === 0 ? 1 : 31) {
      const cut = value.subarray(0, format.headBytes + left);
      expect(format.isIntact(KEY, cut)).toBe(false);
      expect(format.isIntact(KEY, cut, format.blocksOf(left, length))).toBe(false);
    }
    for (let left = 0; left < format.headBytes; left++) {
      expect(format.isIntact(KEY, value.subarray(0, left))).toBe(false);
    }
    const long = new Uint8Array(format.largestBytes + 1);
    format.seal(KEY, long, EPOCH);
    expect(format.isIntact(KEY, long)).toBe(false);
  });

  test("sealed in the blocks that changed is the same as one that is sealed whole", () => {
    const format = new ChunkFormat(crc32, 4096);
    const place = fc.integer({ min: 0, max: 4095 });
    fc.assert(
      fc.property(fc.nat({ max: 4096 }), place, place, (before, a, b) => {
        const [from, to] = [Math.min(a, b, before), Math.max(a, b) + 1];
        const whole = sealed(format, Math.max(before, to));
        format.content(whole).fill(9, from, to);
        const partly = whole.slice();
        partly.set(sealed(format, before).subarray(0, format.headBytes));
        format.seal(KEY, whole, EPOCH);
        format.sealBlocks(KEY, partly, format.blocksOf(from, to));
        expect(partly).toEqual(whole);
      }),
    );
  });
});
