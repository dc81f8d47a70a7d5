import { describe, expect, test } from "vitest";
import { Prng } from "../../sim/index.ts";
import { BlockSet, Blocks } from "./blocks.ts";
import { MAX_BLOCKS } from "./limits.ts";

describe("blocks", () => {
  test("cover the file once", () => {
    for (const size of [0, 1, 15, 16, 17, 160, 161]) {
      const blocks = new Blocks(size, 16);
      let end = 0;
      for (let index = 0; index < blocks.count; index++) {
        expect(blocks.start(index)).toBe(end);
        expect(blocks.length(index)).toBeGreaterThan(0);
        end += blocks.length(index);
        expect(blocks.bytes(0, index + 1)).toBe(end);
      }
      expect(end).toBe(size);
      expect([blocks.within(size), blocks.within(size + 9)]).toEqual([blocks.count, blocks.count]);
      if (size > 0) expect(blocks.within(size - 1)).toBe(Math.floor((size - 1) / 16));
    }
    expect(() => new Blocks(MAX_BLOCKS + 1, 1)).toThrow(RangeError);
  });

  test("of a set have the bytes of each", () => {
    const random = new Prng("bytes", "sets");
    for (const size of [0, 1, 16, 17, 100, 160]) {
      const blocks = new Blocks(size, 16);
      const set = new BlockSet(blocks.count);
      for (let at = 0; at < blocks.count; at++) if (random.chance(0.5)) set.add(at);
      expect(blocks.bytesOf(set)).toBe([...set].reduce((sum, index) => sum + blocks.length(index), 0));
      set.addFrom(0);
      expect(blocks.bytesOf(set)).toBe(size);
    }
  });

  test("form sets as any set does", () => {
    const random = new Prng("sets", "sets");
    const set = new BlockSet(100);
    const naive = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      const index = random.below(100);
      if (random.chance(0.5)) {
        set.add(index);
        naive.add(index);
      } else {
        set.delete(index);
        naive.delete(index);
      }
      expect(set.size).toBe(naive.size);
      expect(set.has(index)).toBe(naive.has(index));
    }
    expect([...set]).toEqual([...naive].sort((a, b) => a - b));
    set.addFrom(90);
    for (let index = 90; index < 100; index++) expect(set.has(index)).toBe(true);
    expect(() => set.add(100)).toThrow(RangeError);
    expect(set.has(1000)).toBe(false);
  });
});
