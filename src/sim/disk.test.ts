/** What disks do to what they are given, beside losing what was not synced: slow, full, damaged, lost. */
import { describe, expect, it } from "vitest";
import { bytes, codeOf, same, text } from "../world/contract/contract.ts";
import type { Store } from "../world/index.ts";
import { type DiskOptions, type SimNode, Simulation } from "./index.ts";

async function withDisk(
  disk: Partial<DiskOptions>,
  test: (store: Store, node: SimNode, sim: Simulation) => Promise<void>,
): Promise<void> {
  const sim = new Simulation({ seed: 4 });
  const node = sim.node("a", { disk });
  await sim.run(async () => test(await node.world.storage.open("s"), node, sim));
}

/** How many bits of two values differ, and in which blocks of 4096. */
function difference(a: Uint8Array, b: Uint8Array): { bits: number; blocks: Set<number> } {
  expect(a.length).toBe(b.length);
  const blocks = new Set<number>();
  let bits = 0;
  for (let at = 0; at < a.length; at++) {
    for (let left = (a[at] as number) ^ (b[at] as number); left > 0; left &= left - 1) bits++;
    if (a[at] !== b[at]) blocks.add(at >> 12);
  }
  return { bits, blocks };
}

async function put(store: Store, key: string, value: Uint8Array): Promise<void> {
  store.apply([{ key: bytes(key), value }]);
  await store.sync();
}

describe("a slow disk", () => {
  it("takes its time for a sync, and for each byte", () =>
    withDisk({ syncMs: 10, syncJitterMs: 0, bytesPerSecond: 1_000_000 }, async (store, node, sim) => {
      let startMs = sim.nowMs;
      await put(store, "k", new Uint8Array(500_000));
      expect(sim.nowMs - startMs).toBeGreaterThanOrEqual(510);
      expect(sim.nowMs - startMs).toBeLessThan(511);
      node.disk.set({ bytesPerSecond: 0, syncMs: 2 });
      startMs = sim.nowMs;
      await put(store, "k", new Uint8Array(500_000));
      expect(sim.nowMs - startMs).toBe(2);
      expect(sim.trace.text()).toContain(' a disk {"bytesPerSecond":0,"syncMs":2}');
    }));
});

describe("a disk that damages", () => {
  const value = new Uint8Array(20_000).map((_, at) => at);

  it("one block at rest gives it so from then on, also to the next life, and tells nobody", () =>
    withDisk({}, async (store, node, sim) => {
      await put(store, "k", value);
      expect(node.disk.corrupt({ store: "s", key: bytes("k") })).toEqual({ store: "s", key: bytes("k") });
      const read = store.get(bytes("k")) as Uint8Array;
      const { bits, blocks } = difference(read, value);
      expect(bits).toBeGreaterThanOrEqual(1);
      expect(bits).toBeLessThanOrEqual(8);
      expect(blocks.size).toBe(1);
      expect(same(store.get(bytes("k")) as Uint8Array, read)).toBe(true);
      node.crash();
      await node.restart();
      const again = await node.world.storage.open("s");
      expect(same(again.get(bytes("k")) as Uint8Array, read)).toBe(true);
      // What the caller wrote is the caller's, and as it was.
      expect(value.every((byte, at) => byte === (at & 0xff))).toBe(true);
      expect(sim.trace.text()).toContain(" a disk damages store s, key 6b");
    }));

  it("chooses among all that is stored, when nothing is named, and finds nothing where nothing is", () =>
    withDisk({}, async (store, node) => {
      expect(node.disk.corrupt()).toBeUndefined();
      for (const key of ["a", "b", "c"]) await put(store, key, bytes("value"));
      await put(store, "empty", new Uint8Array(0));
      expect(node.disk.corrupt({ key: bytes("empty") })).toBeUndefined();
      expect(node.disk.corrupt({ store: "other" })).toBeUndefined();
      const hit = new Set<string>();
      for (let i = 0; i < 50; i++) hit.add(text(node.disk.corrupt()?.key) ?? "");
      expect([...hit].sort()).toEqual(["a", "b", "c"]);
    }));

  it("one read gives the next one whole", () =>
    withDisk({}, async (store, node) => {
      await put(store, "k", value);
      node.disk.corruptNextRead();
      store.apply([{ key: bytes("fresh"), value }]);
      // What is not on the disk yet is not read from it.
      expect(same(store.get(bytes("fresh")) as Uint8Array, value)).toBe(true);
      const [entry] = [...store.range({ from: bytes("k"), limit: 1 })];
      expect(difference(entry?.value as Uint8Array, value).blocks.size).toBe(1);
      expect(same(store.get(bytes("k")) as Uint8Array, value)).toBe(true);
    }));

  it("does either as often as asked", () =>
    withDisk({ corruptRead: 0.25 }, async (store, node) => {
      await put(store, "k", value);
      const isWhole = () => same(store.get(bytes("k")) as Uint8Array, value);
      const damagedReads = Array.from({ length: 400 }, isWhole).filter((whole) => !whole).length;
      expect(damagedReads).toBeGreaterThan(70);
      expect(damagedReads).toBeLessThan(130);
      node.disk.set({ corruptRead: 0, corruptWrite: 0.25 });
      let damagedWrites = 0;
      for (let i = 0; i < 400; i++) {
        await put(store, "k", value);
        if (!isWhole()) damagedWrites++;
      }
      expect(damagedWrites).toBeGreaterThan(70);
      expect(damagedWrites).toBeLessThan(130);
    }));
});

describe("a lost disk", () => {
  it("is an empty one for the next life", () =>
    withDisk({}, async (store, node) => {
      await put(store, "k", bytes("v"));
      node.crash({ power: true });
      await node.restart({ freshDisk: true });
      const fresh = await node.world.storage.open("s");
      expect(fresh.get(bytes("k"))).toBeUndefined();
      expect(node.disk.usedBytes).toBe(0);
      await put(fresh, "k", bytes("w"));
      node.crash();
      await node.restart();
      const kept = await node.world.storage.open("s");
      expect(text(kept.get(bytes("k")))).toBe("w");
    }));
});

describe("a disk's options", () => {
  it("are refused when they mean nothing", () => {
    const sim = new Simulation({ seed: 1 });
    const { disk } = sim.node("a");
    for (const change of [
      { corruptRead: 2 },
      { ioError: -1 },
      { syncMs: -1 },
      { bytesPerSecond: Number.NaN },
    ]) {
      expect(() => disk.set(change)).toThrow(RangeError);
      expect(() => {
        disk.options = { ...disk.options, ...change };
      }).toThrow(RangeError);
      expect(() => sim.node("b", { disk: change })).toThrow(RangeError);
    }
  });

  it("count what is full at once", () =>
    withDisk({}, async (store, node) => {
      await put(store, "k", new Uint8Array(1000));
      node.disk.set({ capacityBytes: 0 });
      store.apply([{ key: bytes("more"), value: bytes("x") }]);
      expect(await codeOf(store.sync())).toBe("STORE_FULL");
      expect(store.usage().freeBytes).toBe(0);
    }));
});
