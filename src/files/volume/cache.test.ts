import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { HalvingCache } from "./cache.ts";
import { ChunkCache } from "./chunk-cache.ts";
import { readNumber, writeNumber } from "./keys.ts";
import { SlotPool } from "./slots.ts";
import { Tally } from "./tally.ts";

describe("HalvingCache", () => {
  test("holds at most so many, and what was used last", () => {
    const cache = new HalvingCache<string>(10);
    for (let i = 0; i < 100; i++) {
      cache.set(i, `v${i}`);
      expect(cache.get(0)).toBe("v0");
      expect(cache.size).toBeLessThanOrEqual(10);
      for (let j = Math.max(0, i - 2); j <= i; j++) expect(cache.get(j)).toBe(`v${j}`);
    }
    expect(cache.get(50)).toBeUndefined();
  });

  test("forgets what is deleted, in either half", () => {
    const cache = new HalvingCache<number>(4);
    for (let i = 0; i < 4; i++) cache.set(i, i);
    for (let i = 0; i < 4; i++) cache.delete(i);
    for (let i = 0; i < 4; i++) expect(cache.get(i)).toBeUndefined();
    expect(cache.size).toBe(0);
    cache.set(1, 1);
    cache.clear();
    expect(cache.get(1)).toBeUndefined();
  });

  test("never gives a value that was replaced", () => {
    const operations = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 2 })), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (some) => {
        const cache = new HalvingCache<number>(8);
        const last = new Map<number, number>();
        for (const [i, [key, what]] of some.entries()) {
          if (what === 0) {
            cache.set(key, i);
            last.set(key, i);
          } else if (what === 1) {
            cache.delete(key);
            last.delete(key);
          } else {
            const found = cache.get(key);
            if (found !== undefined) expect(found).toBe(last.get(key));
          }
        }
      }),
      { seed: 1 },
    );
  });
});

describe("ChunkCache", () => {
  /** Puts in what the cache alone uses then; returns the content. */
  function put(cache: ChunkCache, inode: number, index: number, length: number): Uint8Array {
    const slot = new SlotPool(2 * length).take(length);
    cache.set(inode, index, slot.bytes, slot.bytes, slot);
    slot.release();
    return slot.bytes;
  }

  test("keeps to its bytes when it is trimmed, and prefers what was used", () => {
    const cache = new ChunkCache(10_000);
    for (let i = 0; i < 50; i++) {
      put(cache, 1, i, 1000);
      cache.trim();
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
      expect(cache.get(1, 0)).toBeDefined();
    }
    expect(cache.get(1, 20)).toBeUndefined();
    expect(cache.get(1, 49)).toBeDefined();
  });

  test("bounds many small and empty chunks too", () => {
    const cache = new ChunkCache(10_000);
    for (let i = 0; i < 1000; i++) put(cache, i, 0, 0);
    cache.trim();
    let held = 0;
    for (let i = 0; i < 1000; i++) if (cache.get(i, 0) !== undefined) held++;
    expect(held).toBeLessThan(50);
  });

  test("forgets nothing before it is trimmed, and lets go of slots when it forgets", () => {
    const pool = new SlotPool(1000);
    const cache = new ChunkCache(3000);
    const put = (index: number) => {
      const slot = pool.take(1000);
      cache.set(1, index, slot.bytes, slot.bytes, slot);
      slot.release();
    };
    for (let i = 0; i < 20; i++) put(i);
    expect(cache.get(1, 0)).toBeDefined();
    expect(pool.used).toBe(20);
    cache.trim();
    expect(pool.used).toBe(2);
    put(19);
    expect(pool.used).toBe(2);
    cache.deleteFrom(1, 19);
    expect(pool.used).toBe(1);
    cache.clear();
    expect(pool.used).toBe(0);
  });

  test("replaces and forgets, and its bookkeeping stays bounded", () => {
    const cache = new ChunkCache(1_000_000);
    for (let i = 0; i < 50_000; i++) put(cache, 1, i % 7, i % 100);
    const last = put(cache, 1, 3, 5);
    expect(cache.get(1, 3)?.content).toBe(last);
    for (let i = 0; i < 50_000; i++) {
      put(cache, 2, i, 1);
      cache.deleteFrom(2, i);
    }
    expect(cache.get(2, 5)).toBeUndefined();
    cache.deleteFrom(1, 3);
    expect([cache.get(1, 2), cache.get(1, 3), cache.get(1, 6)].map((one) => one !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
    cache.deleteFrom(1, 0);
    expect(cache.bytes).toBe(0);
    const { queue } = cache as unknown as { queue: unknown[] };
    expect(queue.length).toBeLessThan(10_000);
    cache.clear();
    cache.deleteFrom(9, 9);
    expect(cache.bytes).toBe(0);
  });
});

describe("Tally", () => {
  test("counts past what a byte holds", () => {
    const tally = new Tally();
    for (let i = 0; i < 1000; i++) tally.add(123_456_789);
    for (let i = 0; i < 255; i++) tally.add(5);
    tally.add(2 ** 40);
    expect([tally.get(123_456_789), tally.get(5), tally.get(2 ** 40), tally.get(6)]).toEqual([
      1000, 255, 1, 0,
    ]);
  });
});

describe("numbers in keys", () => {
  test("are read as they were written, and ordered as they are", () => {
    const number = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [new Uint8Array(7), new Uint8Array(7)];
        writeNumber(x, 1, a);
        writeNumber(y, 1, b);
        expect(readNumber(x, 1)).toBe(a);
        expect(Math.sign(Buffer.compare(x, y))).toBe(Math.sign(a - b));
        const small = a % 2 ** 32;
        writeUint32(x, 2, small);
        expect(readUint32(x, 2)).toBe(small);
      }),
      { seed: 1 },
    );
  });
});
