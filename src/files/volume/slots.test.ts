import { describe, expect, test } from "vitest";
import { type Slot, SlotPool } from "./slots.ts";

describe("SlotPool", () => {
  test("gives distinct slots, and those that were let go of before new ones", () => {
    const pool = new SlotPool(1000);
    const taken = Array.from({ length: 5000 }, () => pool.take(1000));
    taken.forEach((slot, i) => {
      slot.bytes.fill(i);
    });
    taken.forEach((slot, i) => {
      expect(slot.bytes.length).toBe(1000);
      expect(slot.bytes.every((byte) => byte === (i & 0xff))).toBe(true);
    });
    const { bytes } = pool;
    for (const slot of taken) slot.release();
    const again = new Set<Slot>();
    for (let i = 0; i < 5000; i++) again.add(pool.take(501));
    expect(again.size).toBe(5000);
    expect([pool.bytes, pool.used]).toEqual([bytes, 5000]);
  });

  test("does not give a slot to another while anyone uses it", () => {
    const pool = new SlotPool(4 * 1024 * 1024);
    const slot = pool.take(4 * 1024 * 1024);
    slot.retain();
    slot.release();
    expect(pool.take(4 * 1024 * 1024) === slot).toBe(false);
    slot.release();
    expect(pool.take(4 * 1024 * 1024) === slot).toBe(true);
  });

  test("finds who lets go twice", () => {
    const pool = new SlotPool(100);
    const slot = pool.take(100);
    slot.release();
    expect(() => slot.release()).toThrow("invariant");
    const small = pool.take(10);
    small.release();
    expect(() => small.release()).toThrow("invariant");
  });

  test("has arrays of just their size for what would waste half a slot", () => {
    const pool = new SlotPool(1000);
    expect(pool.take(500).bytes.length).toBe(500);
    expect(pool.bytes).toBe(0);
    expect(pool.take(501).bytes.length).toBe(1000);
    expect(pool.used).toBe(1);
  });

  test("says whether one alone uses a slot, and gives the arrays of a whole one once", () => {
    const slot = new SlotPool(1000).take(1000);
    expect(slot.isSole).toBe(true);
    expect(slot.retain().isSole).toBe(false);
    slot.release();
    expect(slot.isSole).toBe(true);
    slot.bytes.forEach((_, at) => {
      slot.bytes[at] = at;
    });
    expect(slot.first(1000)).toBe(slot.bytes);
    expect(slot.first(3)).toEqual(Uint8Array.of(0, 1, 2));
    expect(slot.afterHead(20, 1000)).toEqual(slot.bytes.subarray(20));
    expect(slot.afterHead(20, 1000)).toBe(slot.afterHead(20, 1000));
    expect(slot.afterHead(20, 22)).toEqual(Uint8Array.of(20, 21));
  });
});
