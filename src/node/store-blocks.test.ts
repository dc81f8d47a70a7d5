import { describe, expect, it } from "vitest";
import { Prng } from "../sim/index.ts";
import { BlockMap, REGION_BLOCKS, REGION_BYTES, type Run } from "./store-blocks.ts";

/** Every block of runs, which must not share one. */
function blocksOf(runs: Iterable<Run>): Set<number> {
  const blocks = new Set<number>();
  let total = 0;
  for (const { at, count } of runs) {
    total += count;
    for (let i = at; i < at + count; i++) blocks.add(i);
  }
  expect(blocks.size).toBe(total);
  return blocks;
}

describe("the map of blocks", () => {
  it("gives runs that share no block, and knows how many are used and where the last ends", () => {
    const random = new Prng("1", "blocks");
    const map = new BlockMap();
    const runs: Run[] = [];
    for (let step = 0; step < 3000; step++) {
      if (runs.length > 0 && random.chance(step % 1000 < 600 ? 0.4 : 0.6)) {
        const [run] = runs.splice(random.below(runs.length), 1);
        map.release(run as Run);
      } else runs.push(map.take(random.chance(0.7) ? 4 : 1 + random.below(300)));
      if (step % 50 > 0) continue;
      const blocks = blocksOf(runs);
      expect(map.used).toBe(blocks.size);
      expect(map.end).toBe(Math.max(-1, ...blocks) + 1);
    }
  });

  it("takes freed blocks again before it goes beyond the end", () => {
    const map = new BlockMap();
    const runs = Array.from({ length: 5000 }, () => map.take(4));
    for (let round = 0; round < 3; round++) {
      for (const run of runs.splice(0, 2500)) map.release(run);
      while (runs.length < 5000) runs.push(map.take(4));
      expect(map.end).toBe(20_000);
      blocksOf(runs);
    }
    // Freed in runs of four, found as runs of eight.
    for (const run of runs) map.release(run);
    map.take(20_000);
    expect(map.end).toBe(20_000);
  });

  it("takes runs of what was freed in other lengths, in every region", () => {
    const map = new BlockMap();
    const runs = Array.from({ length: 3 * REGION_BLOCKS }, () => map.take(1));
    const last = runs.pop() as Run;
    for (const run of runs) map.release(run);
    const taken = Array.from({ length: 24 }, () => map.take(1000));
    expect(map.end).toBe(3 * REGION_BLOCKS);
    expect(blocksOf([...taken, last]).size).toBe(24_001);
  });

  it("tells each region that changed, once, and is made again of what it told", () => {
    const random = new Prng("2", "blocks");
    const map = new BlockMap();
    const kept = new Map<number, Uint8Array>();
    const runs: Run[] = [];
    for (let round = 0; round < 40; round++) {
      for (let i = random.below(60); i > 0; i--) runs.push(map.take(1 + random.below(500)));
      for (let i = random.below(60); i > 0 && runs.length > 0; i--) {
        map.release(runs.splice(random.below(runs.length), 1)[0] as Run);
      }
      if (round % 10 === 9) for (const run of runs.splice(0)) map.release(run);
      for (const [region, bits] of map.changes()) {
        if (bits === undefined) kept.delete(region);
        else kept.set(region, bits);
      }
      expect([...map.changes()]).toEqual([]);
      const again = new BlockMap();
      for (const [region, bits] of kept) again.load(region, bits);
      expect({ used: again.used, end: again.end }).toEqual({ used: map.used, end: map.end });
      // What one takes, the other may not have.
      blocksOf([...runs, again.take(77)]);
    }
    expect(kept.size).toBe(0);
  });

  it("is as before when what was taken and released did not come to be", () => {
    const map = new BlockMap();
    const first = map.take(10);
    const taken = map.take(4);
    map.release(first);
    map.restore(first);
    map.release(taken);
    expect({ used: map.used, end: map.end }).toEqual({ used: 10, end: 10 });
    expect(map.take(4).at).toBe(10);
  });

  it("holds what others still read, gives it to nobody, and keeps it as free", () => {
    const random = new Prng("3", "blocks");
    const map = new BlockMap();
    const kept = new Map<number, Uint8Array>();
    const used: Run[] = [];
    const held: Run[] = [];
    const pick = (runs: Run[]): Run | undefined => runs.splice(random.below(Math.max(1, runs.length)), 1)[0];
    for (let step = 0; step < 4000; step++) {
      const dice = random.below(10);
      const run = dice < 4 ? undefined : dice < 8 ? pick(used) : pick(held);
      if (run === undefined) used.push(map.take(1 + random.below(40)));
      else if (dice === 4) map.release(run);
      else if (dice < 7) {
        map.hold(run);
        held.push(run);
      } else if (dice === 7) {
        // A transaction that is under way when somebody begins to read, and then fails or not.
        map.release(run);
        map.holdReleased(run);
        if (random.chance(0.5)) held.push(run);
        else {
          map.restore(run);
          used.push(run);
        }
      } else map.letGo(run);
      for (const [region, bits] of map.changes()) {
        if (bits === undefined) kept.delete(region);
        else kept.set(region, bits);
      }
      if (step % 50 > 0) continue;
      const blocks = blocksOf([...used, ...held]);
      expect([map.used + map.held, map.end]).toEqual([blocks.size, Math.max(-1, ...blocks) + 1]);
      expect(held.some((each) => map.isUsed(each))).toBe(false);
      const again = new BlockMap();
      for (const [region, bits] of kept) again.load(region, bits);
      expect(again.used).toBe(map.used);
      for (const each of used) expect(again.isUsed(each)).toBe(true);
    }
    expect(map.held).toBeGreaterThan(100);
    expect(() => map.letGo(used[0] as Run)).toThrow("not held");
    expect(() => map.hold(held[0] as Run)).toThrow("is held, or free");
  });

  it("knows blocks beyond 8 TiB, whose numbers have 32 bits", () => {
    const map = new BlockMap();
    const region = 2 ** 31 / REGION_BLOCKS;
    map.load(region, new Uint8Array(REGION_BYTES).fill(1, 0, 1));
    expect([map.end, map.used]).toEqual([2 ** 31 + 1, 1]);
    expect(map.isUsed({ at: 2 ** 31, count: 1 })).toBe(true);
    expect(map.take(REGION_BLOCKS).at).toBe(0);
    expect([...map.changes()].map(([changed]) => changed)).toEqual([0]);
  });

  it("asserts when a block is freed that is free", () => {
    const map = new BlockMap();
    const run = map.take(3);
    map.release(run);
    expect(() => map.release(run)).toThrow("block 0 is free");
    expect(map.isUsed(run)).toBe(false);
    expect(map.isUsed({ at: 2 ** 60, count: 1 })).toBe(false);
  });
});
