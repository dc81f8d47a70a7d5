/** Runs of entries against an array of slots: written over, removed, opened again and damaged. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHyper, writeHyper } from "../marshal/index.ts";
import type { Change } from "../world/index.ts";
import { isEntry, makeEntry, PAXOS_COMMAND, proposeEntry } from "./entry.ts";
import { EntryRuns, RUN_BYTES } from "./entry-runs.ts";

/** Any checksum that depends on all bytes. */
function crc32(data: Uint8Array, seed = 0): number {
  let sum = seed;
  for (let at = 0; at < data.length; at++) sum = (Math.imul(31, sum) + (data[at] as number)) >>> 0;
  return sum;
}

class Store {
  readonly values = new Map<string, Uint8Array>();
  readonly keys = {};
  reads = 0;

  get(key: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return this.values.get(Buffer.from(key).toString("hex"))?.slice();
  }

  range() {
    return [...this.values.keys()]
      .sort()
      .map((key) => ({ key: Buffer.from(key, "hex"), value: new Uint8Array(0) }));
  }

  key(...numbers: readonly number[]): Uint8Array {
    const key = new Uint8Array(8 * numbers.length);
    for (const [at, number] of numbers.entries()) writeHyper(key, 8 * at, number);
    return key;
  }

  numbersOf(key: Uint8Array): number[] {
    return Array.from({ length: key.length / 8 }, (_, at) => readHyper(key, 8 * at));
  }

  isIntact(bytes: Uint8Array, slot: number): boolean {
    return isEntry(bytes, slot, crc32);
  }

  apply(changes: readonly Change[]): void {
    for (const { key, value } of changes) {
      const name = Buffer.from(key).toString("hex");
      if (value === undefined) expect(this.values.delete(name)).toBe(true);
      else this.values.set(name, value.slice());
    }
  }
}

function entryOf(slot: number, ballot: number, bytes = slot % 9): Uint8Array {
  const entry = makeEntry(PAXOS_COMMAND, 1, 1, new Uint8Array(bytes).fill(ballot));
  proposeEntry(entry, slot, ballot, crc32);
  return entry;
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

const step = fc.oneof(
  fc.record({ back: fc.nat({ max: 6 }), count: fc.integer({ min: 1, max: 8 }), isLarge: fc.nat({ max: 9 }) }),
  fc.record({ keep: fc.nat({ max: 12 }), most: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ gap: fc.integer({ min: 1, max: 4 }) }),
  fc.constant("open" as const),
);

describe("runs of entries", () => {
  it("hold in each slot what was written there last, whatever was written over or removed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = new Store();
        const slots: (Uint8Array | undefined)[] = [];
        let runs = new EntryRuns(store);
        let [first, last, ballot] = [1, 0, 0];
        for (const each of steps) {
          if (each === "open") runs = new EntryRuns(store);
          else if ("gap" in each) {
            // A snapshot took the place of all there is, and more.
            last += each.gap;
            first = last + 1;
          } else if ("keep" in each) {
            first = Math.max(first, last - each.keep);
            store.apply(runs.truncate(first, each.most));
          } else {
            ballot++;
            const from = Math.max(first, last + 1 - each.back);
            const to = from + each.count - 1;
            const bytes = each.isLarge === 0 ? RUN_BYTES / 3 : undefined;
            for (let slot = from; slot <= to; slot++) slots[slot] = entryOf(slot, ballot, bytes);
            last = Math.max(last, to);
            store.apply(runs.write(from, to, (slot) => slots[slot] as Uint8Array));
            expect(runs.last).toBe(last);
          }
          for (let slot = first; slot <= last; slot++)
            expect(isSame(runs.load(slot), slots[slot])).toBe(true);
          expect(runs.load(last + 1)).toBeUndefined();
        }
        while (store.values.size > 0) store.apply(runs.truncate(last + 1, 1));
        expect([runs.last, runs.load(last)]).toEqual([0, undefined]);
      }),
      { seed: 21, numRuns: 150 },
    );
  });

  it("are few keys for many entries, each of a bounded size, and are read once from end to end", () => {
    const store = new Store();
    const runs = new EntryRuns(store);
    store.apply(runs.write(1, 1000, (slot) => entryOf(slot, 1, slot === 500 ? 2 * RUN_BYTES : 100)));
    const sizes = [...store.values.values()].map(({ length }) => length);
    expect(sizes.filter((size) => size > RUN_BYTES)).toHaveLength(1);
    expect(sizes.length).toBeLessThan(8);
    for (let slot = 1; slot <= 1000; slot++) expect(runs.load(slot)).toBeDefined();
    expect(store.reads).toBe(sizes.length);
  });

  it("are those of single entries that a store may have", () => {
    const store = new Store();
    for (const slot of [7, 8]) store.apply([{ key: store.key(slot), value: entryOf(slot, 1) }]);
    const two = new Uint8Array([...entryOf(9, 1), ...entryOf(10, 1)]);
    store.apply([{ key: store.key(9, 10), value: two }]);
    const runs = new EntryRuns(store);
    store.apply(runs.write(11, 13, (slot) => entryOf(slot, 1)));
    const some = [7, 9, 10, 12];
    expect(some.map((slot) => runs.load(slot))).toEqual(some.map((slot) => entryOf(slot, 1)));
    expect(store.values.size).toBe(4);
    store.apply(runs.truncate(11, 9));
    expect(store.values.size).toBe(1);
  });

  it("know what they take, and from where on that is within a bound, without a read", () => {
    const store = new Store();
    store.apply(
      new EntryRuns(store).write(1, 1000, (slot) => entryOf(slot, 1, slot === 500 ? 2 * RUN_BYTES : 100)),
    );
    const runs = new EntryRuns(store);
    const all = [...store.values.values()].reduce((sum, { length }) => sum + length, 0);
    expect(runs.firstWithin(1000, all)).toBe(1);
    const within = runs.firstWithin(1000, all - 1);
    expect(within).toBeGreaterThan(1);
    expect(runs.firstWithin(1000, 2 * RUN_BYTES)).toBe(501);
    expect(runs.firstWithin(500, 2 * RUN_BYTES)).toBe(501);
    expect(runs.firstWithin(499, 2 * RUN_BYTES)).toBe(1);
    expect(runs.firstWithin(1000, 10)).toBe(1001);
    expect(store.reads).toBe(0);
    const dropped = runs.truncate(within, 9);
    expect(dropped).toHaveLength(1);
  });

  it("give no entry that is damaged, try a read again, and never read beyond what there is", () => {
    const store = new Store();
    const runs = new EntryRuns(store);
    store.apply(runs.write(1, 20, (slot) => entryOf(slot, 1)));
    const [bytes] = store.values.values();
    const whole = bytes?.slice() as Uint8Array;
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        bytes?.set(whole);
        (bytes as Uint8Array)[at] = (whole[at] as number) ^ change;
        const opened = new EntryRuns(store);
        const found = Array.from({ length: 20 }, (_, n) => opened.load(n + 1));
        expect(found.some((entry) => entry === undefined)).toBe(true);
        for (const [n, entry] of found.entries())
          expect(entry ?? entryOf(n + 1, 1)).toEqual(entryOf(n + 1, 1));
        bytes?.set(whole);
        expect(opened.load(1)).toEqual(entryOf(1, 1));
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
