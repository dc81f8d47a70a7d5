/** Stores: what every world promises of batches, reads, durability, and refusals of the disk. */
import { describe, expect, it } from "vitest";
import { beneathSpans, type Entry, MAX_SPANS, type Range, type Span, type Store } from "../index.ts";
import { bytes, codeOf, codeThrown, pattern, type Subject, same, storeWith, text } from "./contract.ts";

function shown(entries: Iterable<Entry>): string[] {
  return [...entries].map(({ key, value }) => `${text(key)}=${text(value)}`);
}

function put(store: Store, key: string, value: string): void {
  store.apply([{ key: bytes(key), value: bytes(value) }]);
}

const MIB = 1024 * 1024;

export function describeStores(subject: Subject): void {
  describe(`${subject.name}: stores`, () => {
    it("shows a batch at once, before it is durable and after", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1", b: "2" });
        expect(store.dirty).toBe(false);
        store.apply([
          { key: bytes("a"), value: undefined },
          { key: bytes("c"), value: bytes("3") },
          { key: bytes("b"), value: bytes("first") },
          { key: bytes("b"), value: bytes("last") },
        ]);
        expect(store.dirty).toBe(true);
        for (const durable of [false, true]) {
          if (durable) await store.sync();
          expect(store.dirty).toBe(!durable);
          expect(store.get(bytes("a"))).toBeUndefined();
          expect(text(store.get(bytes("b")))).toBe("last");
          expect(shown(store.range({}))).toEqual(["b=last", "c=3"]);
        }
        await store.close();
      }));

    it("reads ranges from, to, backwards and limited, over durable and fresh entries alike", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1", b: "2", c: "3", d: "4", e: "5" });
        store.apply([
          { key: bytes("b"), value: undefined },
          { key: bytes("bb"), value: bytes("new") },
          { key: bytes("d"), value: bytes("changed") },
          { key: bytes("f"), value: bytes("6") },
        ]);
        const cases: [Range, string[]][] = [
          [{}, ["a=1", "bb=new", "c=3", "d=changed", "e=5", "f=6"]],
          [{ reverse: true }, ["f=6", "e=5", "d=changed", "c=3", "bb=new", "a=1"]],
          [{ from: bytes("b"), to: bytes("d") }, ["bb=new", "c=3"]],
          [{ from: bytes("b"), to: bytes("d"), reverse: true }, ["c=3", "bb=new"]],
          [{ from: bytes("c"), to: bytes("d") }, ["c=3"]],
          [{ from: bytes("c"), to: bytes("d"), reverse: true }, ["c=3"]],
          [{ to: bytes("d"), reverse: true, limit: 1 }, ["c=3"]],
          [{ from: bytes("b"), limit: 2 }, ["bb=new", "c=3"]],
          [{ limit: 0 }, []],
          [{ from: bytes("d"), to: bytes("b") }, []],
          [{ from: bytes("c"), to: bytes("c") }, []],
          [{ from: bytes("x") }, []],
          [{ keysOnly: true }, ["a=", "bb=", "c=", "d=", "e=", "f="]],
          [{ keysOnly: true, from: bytes("bb"), reverse: true, limit: 2 }, ["f=", "e="]],
        ];
        for (const durable of [false, true]) {
          if (durable) await store.sync();
          for (const [range, expected] of cases) expect(shown(store.range(range))).toEqual(expected);
        }
        await store.close();
      }));

    it("orders keys as unsigned bytes, a prefix first, up to the longest", () =>
      subject.run(async ({ world }) => {
        const keys = [
          [0],
          [0, 0],
          [1],
          [0x7f],
          [0x80],
          [0x80, 0],
          [0xff],
          [0xff, 0xff],
          Array(1024).fill(0xff),
        ];
        const store = await world.storage.open("contract");
        const shuffled = [...keys].sort((a, b) => (a.length % 3) - (b.length % 3));
        store.apply(
          shuffled.map((key) => ({ key: Uint8Array.from(key), value: Uint8Array.of(key.length & 0xff) })),
        );
        for (const durable of [false, true]) {
          if (durable) await store.sync();
          expect([...store.range({})].map((entry) => [...entry.key])).toEqual(keys);
          expect([...store.range({ reverse: true })].map((entry) => [...entry.key])).toEqual(
            [...keys].reverse(),
          );
        }
        await store.close();
      }));

    it("keeps values of every size, also those that a caller holds while they are replaced", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        const lengths = [0, 1, 100, 4000, 16_384, 32_768, 65_536, MIB];
        store.apply(lengths.map((length) => ({ key: bytes(`k${length}`), value: pattern(length) })));
        await store.sync();
        const held = lengths.map((length) => store.get(bytes(`k${length}`)) as Uint8Array);
        const ranged = [...store.range({})];
        store.apply(
          lengths.map((length) => ({ key: bytes(`k${length}`), value: new Uint8Array(length).fill(9) })),
        );
        await store.sync();
        for (const length of lengths) store.get(bytes(`k${length}`));
        for (const [i, length] of lengths.entries()) expect(same(held[i], pattern(length))).toBe(true);
        for (const { key, value } of ranged) {
          const length = Number(text(key)?.slice(1));
          expect(value.length).toBe(length);
          expect(same(value, pattern(length))).toBe(true);
        }
        await store.close();
      }));

    it("takes a change in spans for the whole value, whatever it lies upon, and keeps it", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, {});
        const key = bytes("k");
        let value = pattern(20_000);
        store.apply([
          { key, value },
          { key: bytes("short"), value: bytes("abc") },
        ]);
        const expected = (): void => {
          expect(same(store.get(key), value)).toBe(true);
          expect(same(store.borrow(key), value)).toBe(true);
          expect(same([...store.range({ from: key, limit: 1 })][0]?.value, value)).toBe(true);
        };
        const change = (length: number, ...spans: Span[]) => {
          value = beneathSpans(value, length);
          for (const { from, to } of spans) value.set(pattern(to - from, from + length), from);
          store.apply([{ key, value, spans }]);
        };
        // Over what is not durable yet, several in one group, over what is durable, longer and shorter.
        change(20_000, { from: 0, to: 4 }, { from: 4096, to: 8192 });
        change(20_000, { from: 2, to: 5 }, { from: 19_999, to: 20_000 });
        expected();
        await store.sync();
        expected();
        for (let round = 0; round < 200; round++) {
          change(
            20_000 + round,
            { from: round * 50, to: round * 50 + 7 },
            { from: 19_990, to: 20_000 + round },
          );
          if (round % 3 === 0) await store.sync();
          if (round % 10 === 0) expected();
        }
        change(9000);
        change(9100, { from: 8999, to: 9100 });
        store.apply([{ key: bytes("short"), value: bytes("aXc"), spans: [{ from: 1, to: 2 }] }]);
        await store.sync();
        expected();
        await store.close();
        const again = await world.storage.open("contract");
        expect(same(again.get(key), value)).toBe(true);
        expect(text(again.get(bytes("short")))).toBe("aXc");
        await again.close();
      }));

    it("refuses spans that are none of the value", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { k: "value" });
        const bad: Span[][] = [
          [{ from: 0, to: 6 }],
          [{ from: 2, to: 2 }],
          [{ from: -1, to: 1 }],
          [
            { from: 2, to: 3 },
            { from: 3, to: 4 },
          ],
          [
            { from: 2, to: 3 },
            { from: 0, to: 1 },
          ],
          Array.from({ length: MAX_SPANS + 1 }, (_, i) => ({ from: 2 * i, to: 2 * i + 1 })),
        ];
        for (const spans of bad) {
          expect(() => store.apply([{ key: bytes("k"), value: bytes("value"), spans }])).toThrow(RangeError);
        }
        expect(() => store.apply([{ key: bytes("k"), value: undefined, spans: [] }])).toThrow(RangeError);
        expect(store.dirty).toBe(false);
        await store.close();
      }));

    it("lends what it holds until its next call, fresh or durable, of every size", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        const lengths = [0, 1, 4000, 16_392, 32_768, 65_536, MIB];
        const key = (length: number) => bytes(`k${length}`);
        store.apply(lengths.map((length) => ({ key: key(length), value: pattern(length) })));
        for (const durable of [false, true]) {
          if (durable) await store.sync();
          const before = store.unsettledReads;
          for (const length of lengths) expect(same(store.borrow(key(length)), pattern(length))).toBe(true);
          expect(store.borrow(bytes("missing"))).toBeUndefined();
          expect(store.unsettledReads - before).toBe(durable ? 0 : lengths.length);
          for (const length of lengths) expect(store.size(key(length))).toBe(length);
          expect(store.size(bytes("missing"))).toBeUndefined();
          expect(store.unsettledReads - before).toBe(durable ? 0 : lengths.length);
          // What is borrowed next takes nothing from what is kept.
          const kept = store.get(key(4000));
          store.borrow(key(16_392));
          expect(same(kept, pattern(4000))).toBe(true);
        }
        expect(() => store.borrow(new Uint8Array(0))).toThrow(RangeError);
        await store.close();
        expect(codeThrown(() => store.borrow(key(1)))).toBe("STORE_CLOSED");
      }));

    it("takes nothing more from the call of close on, and closes once, however many call it", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1" });
        put(store, "b", "2");
        const closings = [store.close(), store.close()];
        expect(codeThrown(() => put(store, "c", "3"))).toBe("STORE_CLOSED");
        expect(codeThrown(() => store.applyLent([], () => {}))).toBe("STORE_CLOSED");
        expect(text(store.get(bytes("b")))).toBe("2");
        await Promise.race(closings);
        expect(codeThrown(() => store.get(bytes("a")))).toBe("STORE_CLOSED");
        await Promise.all(closings);
        const again = await world.storage.open("contract");
        await store.close();
        expect(await codeOf(world.storage.open("contract"))).toBe("STORE_LOCKED");
        expect(shown(again.range({}))).toEqual(["a=1", "b=2"]);
        await again.close();
      }));

    it("returns arrays that were lent to it when it needs them no more", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        const value = pattern(20_000);
        const other = pattern(400_000);
        let returned = 0;
        const count = () => returned++;
        store.applyLent([{ key: bytes("a"), value }], count);
        store.applyLent([{ key: bytes("b"), value: other }], count);
        store.apply([{ key: bytes("a"), value: bytes("a later change") }]);
        store.applyLent([{ key: bytes("c"), value }], count);
        expect(returned).toBe(0);
        await store.sync();
        // A store may keep them for longer than until they are durable, but not for longer than it is open.
        if (returned === 3) {
          value.fill(0);
          other.fill(0);
        }
        expect(same(store.get(bytes("b")), pattern(400_000))).toBe(true);
        expect(same(store.get(bytes("c")), pattern(20_000))).toBe(true);
        await store.close();
        expect(returned).toBe(3);
        value.fill(0);
        other.fill(0);
        const again = await world.storage.open("contract");
        expect(text(again.get(bytes("a")))).toBe("a later change");
        expect(same(again.get(bytes("b")), pattern(400_000))).toBe(true);
        expect(same(again.get(bytes("c")), pattern(20_000))).toBe(true);
        await again.close();
      }));

    it("returns what was lent and is undone", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract", { maxBytes: MIB });
        let returned = 0;
        const change = (i: number) => ({ key: bytes(`k${i}`), value: pattern(400_000) });
        for (let i = 0; i < 4; i++) store.applyLent([change(i)], () => returned++);
        expect(await codeOf(store.sync())).toBe("STORE_FULL");
        expect(returned).toBe(4);
        await store.close();
      }));

    it("is still there after closing, which makes everything durable", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1" });
        put(store, "b", "2");
        await store.close();
        await store.close();
        expect(codeThrown(() => store.get(bytes("a")))).toBe("STORE_CLOSED");
        expect(codeThrown(() => put(store, "c", "3"))).toBe("STORE_CLOSED");
        expect(await codeOf(store.sync())).toBe("STORE_CLOSED");
        const again = await world.storage.open("contract");
        expect(shown(again.range({}))).toEqual(["a=1", "b=2"]);
        await again.close();
      }));

    it("is open in one place at a time", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, {});
        expect(await codeOf(world.storage.open("contract"))).toBe("STORE_LOCKED");
        // What it was found to be would be changed under the reader.
        expect(await codeOf(world.storage.open("contract", { readOnly: true }))).toBe("STORE_LOCKED");
        const other = await world.storage.open("other");
        await other.close();
        await store.close();
        const reader = await world.storage.open("contract", { readOnly: true });
        expect(await codeOf(world.storage.open("contract"))).toBe("STORE_LOCKED");
        await reader.close();
        await (await world.storage.open("contract")).close();
      }));

    it("is only read when asked so, and must exist then", () =>
      subject.run(async ({ world }) => {
        expect(await codeOf(world.storage.open("contract", { readOnly: true }))).toBe("STORE_MISSING");
        await (await storeWith(world, { a: "1" })).close();
        const store = await world.storage.open("contract", { readOnly: true });
        expect(shown(store.range({}))).toEqual(["a=1"]);
        expect(() => put(store, "b", "2")).toThrow(TypeError);
        await store.close();
      }));

    it("refuses names, keys and values outside the bounds", () =>
      subject.run(async ({ world }) => {
        await expect(world.storage.open("No/Such")).rejects.toThrow(RangeError);
        const store = await world.storage.open("contract");
        expect(() => store.get(new Uint8Array(0))).toThrow(RangeError);
        expect(() => store.get(new Uint8Array(1025))).toThrow(RangeError);
        expect(() => store.apply([{ key: new Uint8Array(0), value: undefined }])).toThrow(RangeError);
        expect(() => store.apply([{ key: bytes("k"), value: new Uint8Array(16 * MIB + 1) }])).toThrow(
          RangeError,
        );
        // A batch that is refused leaves nothing behind.
        const bad = [
          { key: bytes("good"), value: bytes("1") },
          { key: new Uint8Array(0), value: bytes("2") },
        ];
        expect(() => store.apply(bad)).toThrow(RangeError);
        expect(store.get(bytes("good"))).toBeUndefined();
        expect(store.dirty).toBe(false);
        await store.close();
      }));

    it("counts the reads that a crash could take back", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1", b: "2" });
        const count = (read: () => unknown): number => {
          const before = store.unsettledReads;
          read();
          return store.unsettledReads - before;
        };
        expect(count(() => store.get(bytes("a")))).toBe(0);
        store.apply([
          { key: bytes("a"), value: undefined },
          { key: bytes("x"), value: bytes("9") },
        ]);
        expect(count(() => store.get(bytes("a")))).toBeGreaterThan(0);
        expect(count(() => store.get(bytes("x")))).toBeGreaterThan(0);
        expect(count(() => [...store.range({ to: bytes("b") })])).toBeGreaterThan(0);
        expect(count(() => store.get(bytes("b")))).toBe(0);
        expect(count(() => [...store.range({ from: bytes("b"), to: bytes("c") })])).toBe(0);
        await store.sync();
        expect(count(() => [store.get(bytes("a")), ...store.range({})])).toBe(0);
        await store.close();
      }));

    it("makes durable what many callers wait for together", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        await store.sync();
        const waits: Promise<void>[] = [];
        for (let i = 0; i < 500; i++) {
          put(store, `k${String(i).padStart(3, "0")}`, `${i}`);
          waits.push(store.sync());
          if (i % 100 === 99) await Promise.resolve();
        }
        await Promise.all(waits);
        expect(store.dirty).toBe(false);
        expect([...store.range({})].length).toBe(500);
        await store.close();
      }));

    it("holds back a writer that never syncs, and serves it again after", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract", { maxUnsyncedBytes: MIB });
        const key = (i: number) => bytes(`k${i}`);
        let applied = 0;
        const error = codeThrown(() => {
          for (; applied < 100; applied++) store.apply([{ key: key(applied), value: pattern(65_536) }]);
        });
        expect(error).toBe("STORE_FULL");
        expect(applied).toBeGreaterThanOrEqual(14);
        expect(applied).toBeLessThanOrEqual(16);
        expect(store.get(key(applied))).toBeUndefined();
        expect(store.failures).toBe(0);
        await store.sync();
        store.apply([{ key: key(applied), value: pattern(65_536) }]);
        await store.sync();
        expect([...store.range({})].length).toBe(applied + 1);
        await store.close();
      }));

    it("undoes for all what does not fit, and goes on with reads, removals and smaller writes", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract", { maxBytes: 4 * MIB });
        const key = (i: number) => bytes(`k${String(i).padStart(5, "0")}`);
        let stored = 0;
        let code = "resolved";
        for (; stored < 200 && code === "resolved"; stored++) {
          store.apply([{ key: key(stored), value: pattern(65_536) }]);
          if (stored % 2 === 1) continue;
          code = await codeOf(store.sync());
        }
        expect(code).toBe("STORE_FULL");
        expect(store.failures).toBe(1);
        expect(store.dirty).toBe(false);
        const there = [...store.range({})].length;
        expect(there).toBeGreaterThan(32);
        expect(there).toBeLessThan(64);
        expect(store.get(key(there))).toBeUndefined();
        expect(store.get(key(0))?.length).toBe(65_536);
        expect(store.usage().usedBytes).toBeGreaterThan(2 * MIB);
        // Filling it to the brim with small things must not lock the door to removals.
        for (let i = 0; i < 200 && (await codeOf(fillSmall(store, i))) === "resolved"; i++);
        for (let i = 0; i < there; i++) store.apply([{ key: key(i), value: undefined }]);
        await store.sync();
        store.apply([{ key: key(0), value: pattern(65_536) }]);
        await store.sync();
        expect(store.get(key(0))?.length).toBe(65_536);
        expect(store.usage().freeBytes).toBeGreaterThan(MIB);
        await store.close();
      }));
  });
}

function fillSmall(store: Store, round: number): Promise<void> {
  store.apply([{ key: bytes(`small${round}`), value: pattern(8000) }]);
  return store.sync();
}
