/** Views of stores: what every world promises of a store as it was, while it goes on. */
import { describe, expect, it } from "vitest";
import { type Change, type Entry, MAX_VIEWS, type Range, type Store, type StoreView } from "../index.ts";
import { bytes, codeOf, codeThrown, pattern, type Subject, same, storeWith, text } from "./contract.ts";

const MIB = 1024 * 1024;
/** Large ones too, whose blocks a store may keep elsewhere and write in places. */
const LENGTHS = [0, 1, 4000, 16_392, 65_536, MIB];

function shown(entries: Iterable<Entry>): string[] {
  return [...entries].map(({ key, value }) => `${text(key)}=${text(value)}`);
}

function set(store: Store, key: string, value: Uint8Array | undefined): void {
  store.apply([{ key: bytes(key), value }]);
}

function changed(before: Uint8Array, from: number, to: number): Change {
  const value = new Uint8Array(before);
  value.fill(0xee, from, to);
  return { key: bytes(`k${before.length}`), value, spans: [{ from, to }] };
}

/** Writes and removes until whatever the store could use again has been. */
async function churn(store: Store, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 12; i++) set(store, `churn${i}`, pattern(4096 * (1 + ((i + round) % 20)), round * i));
    await store.sync();
    for (let i = 0; i < 12; i += 2) set(store, `churn${i}`, undefined);
    await store.sync();
  }
}

export function describeStoreViews(subject: Subject): void {
  describe(`${subject.name}: views of stores`, () => {
    it("shows what was there, fresh or durable, while the store goes on", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1", b: "2", c: "3" });
        set(store, "b", undefined);
        set(store, "d", bytes("4"));
        const view = store.view();
        const ranges: [Range, string[]][] = [
          [{}, ["a=1", "c=3", "d=4"]],
          [{ reverse: true }, ["d=4", "c=3", "a=1"]],
          [{ from: bytes("b"), to: bytes("d") }, ["c=3"]],
          [{ from: bytes("b"), limit: 1 }, ["c=3"]],
          [{ reverse: true, to: bytes("d"), limit: 2 }, ["c=3", "a=1"]],
          [{ keysOnly: true, from: bytes("c") }, ["c=", "d="]],
          [{ limit: 0 }, []],
          [{ from: bytes("d"), to: bytes("b") }, []],
        ];
        const check = (): void => {
          expect(text(view.get(bytes("a")))).toBe("1");
          expect(view.get(bytes("b"))).toBeUndefined();
          expect(view.get(bytes("e"))).toBeUndefined();
          for (const [range, expected] of ranges) expect(shown(view.range(range))).toEqual(expected);
        };
        check();
        set(store, "a", bytes("changed"));
        set(store, "b", bytes("new"));
        set(store, "d", undefined);
        set(store, "e", bytes("5"));
        check();
        await store.sync();
        check();
        await churn(store, 3);
        check();
        expect(shown(store.range({ to: bytes("c") }))).toEqual(["a=changed", "b=new"]);
        view.close();
        view.close();
        await store.close();
      }));

    it("keeps values of every size, however they are changed and replaced meanwhile", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        store.apply(LENGTHS.map((length) => ({ key: bytes(`k${length}`), value: pattern(length) })));
        await store.sync();
        await churn(store, 40);
        const views: { view: StoreView; values: Uint8Array[] }[] = [];
        const check = (): void => {
          for (const { view, values } of views) {
            const ranged = new Map(Array.from(view.range({}), ({ key, value }) => [text(key), value]));
            for (const value of values) {
              const name = `k${value.length}`;
              expect(same(view.get(bytes(name)), value)).toBe(true);
              expect(same(ranged.get(name), value)).toBe(true);
            }
          }
        };
        for (let round = 0; round < 8; round++) {
          const values = LENGTHS.map((length) => store.get(bytes(`k${length}`)) as Uint8Array);
          // Some with changes that are not durable, some while these are on their way.
          if (round % 2 === 1) void store.sync();
          views.push({ view: store.view(), values });
          const large = values.slice(2).map((value) => changed(value, round * 400 + 10, round * 400 + 300));
          store.apply(large);
          if (round % 3 === 0) await store.sync();
          await churn(store, 5);
          if (round === 3) store.apply(values.map((value) => ({ key: bytes(`k${value.length}`), value })));
        }
        check();
        for (const at of [3, 0, 7, 5]) {
          (views[at] as { view: StoreView }).view.close();
          views.splice(at, 1, { view: store.view(), values: [] });
          await churn(store, 20);
          check();
        }
        for (const { view } of views) view.close();
        await store.close();
      }));

    it("has copies of what was lent and not yet durable", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        const lent = [pattern(100), pattern(20_000)];
        const give = (value: Uint8Array) =>
          store.applyLent([{ key: bytes(`k${value.length}`), value }], () => value.fill(9));
        for (const value of lent) give(value);
        const views = [store.view()];
        void store.sync();
        give(pattern(300));
        views.push(store.view());
        await store.sync();
        await churn(store, 2);
        for (const view of views) {
          expect(same(view.get(bytes("k100")), pattern(100))).toBe(true);
          expect(same(view.get(bytes("k20000")), pattern(20_000))).toBe(true);
        }
        expect(views[0]?.get(bytes("k300"))).toBeUndefined();
        expect(same(views[1]?.get(bytes("k300")), pattern(300))).toBe(true);
        for (const view of views) view.close();
        await store.close();
      }));

    it("goes on with a range in later turns, until it is closed", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract");
        const key = (i: number) => `k${String(i).padStart(4, "0")}`;
        for (let i = 0; i < 1000; i++) set(store, key(i), bytes(`${i}`));
        await store.sync();
        const view = store.view();
        const walk = view.range({})[Symbol.iterator]();
        const abandoned = view.range({ reverse: true })[Symbol.iterator]();
        expect(text(abandoned.next().value?.key)).toBe(key(999));
        for (let i = 0; i < 1000; i++) {
          const { key: found, value } = walk.next().value as Entry;
          expect([text(found), text(value)]).toEqual([key(i), `${i}`]);
          if (i % 100 !== 0) continue;
          for (let j = i; j < i + 200; j++) set(store, key(j), j % 3 === 0 ? undefined : bytes("changed"));
          await store.sync();
        }
        expect(walk.next().done).toBe(true);
        view.close();
        expect(codeThrown(() => abandoned.next())).toBe("STORE_CLOSED");
        expect(codeThrown(() => view.get(bytes("a")))).toBe("STORE_CLOSED");
        await store.close();
      }));

    it("counts as a read of what is not durable", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1" });
        const before = store.unsettledReads;
        store.view().close();
        expect(store.unsettledReads).toBe(before);
        set(store, "b", bytes("2"));
        const view = store.view();
        expect(store.unsettledReads).toBe(before + 1);
        view.get(bytes("b"));
        expect(store.unsettledReads).toBe(before + 1);
        view.close();
        await store.close();
      }));

    it("is refused when too many are open, and ends with its store", () =>
      subject.run(async ({ world }) => {
        const store = await storeWith(world, { a: "1" });
        const views = Array.from({ length: MAX_VIEWS }, () => store.view());
        expect(codeThrown(() => store.view())).toBe("STORE_VIEWS");
        views[3]?.close();
        views[3] = store.view();
        expect(codeThrown(() => store.view())).toBe("STORE_VIEWS");
        await store.close();
        for (const view of views) {
          expect(codeThrown(() => view.get(bytes("a")))).toBe("STORE_CLOSED");
          expect(codeThrown(() => [...view.range({})])).toBe("STORE_CLOSED");
          view.close();
        }
        expect(codeThrown(() => store.view())).toBe("STORE_CLOSED");
        const reader = await world.storage.open("contract", { readOnly: true });
        const view = reader.view();
        expect(shown(view.range({}))).toEqual(["a=1"]);
        view.close();
        await reader.close();
      }));

    it("is lost when what it shows is undone, and only then", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract", { maxBytes: 4 * MIB });
        set(store, "kept", bytes("1"));
        await store.sync();
        const settled = store.view();
        set(store, "good", bytes("2"));
        const early = store.view();
        await store.sync();
        for (let i = 0; i < 5; i++) set(store, `large${i}`, pattern(MIB));
        const late = store.view();
        expect(late.get(bytes("large4"))?.length).toBe(MIB);
        expect(await codeOf(store.sync())).toBe("STORE_FULL");
        expect(codeThrown(() => late.get(bytes("kept")))).toBe("STORE_VIEW_LOST");
        expect(codeThrown(() => [...late.range({})])).toBe("STORE_VIEW_LOST");
        expect(text(settled.get(bytes("kept")))).toBe("1");
        expect(settled.get(bytes("good"))).toBeUndefined();
        expect(text(early.get(bytes("good")))).toBe("2");
        for (const view of [settled, early, late]) view.close();
        expect(codeThrown(() => late.get(bytes("kept")))).toBe("STORE_CLOSED");
        await store.close();
      }));

    it("gives way when views keep too much, the oldest first, and tells how much they keep", () =>
      subject.run(async ({ world }) => {
        const store = await world.storage.open("contract", { maxViewBytes: 4 * MIB });
        const write = async (round: number): Promise<void> => {
          for (let i = 0; i < 10; i++) set(store, `k${i}`, pattern(65_536, round));
          await store.sync();
        };
        await write(0);
        expect(store.usage().viewBytes).toBe(0);
        const views = [store.view(), store.view()];
        let rounds = 0;
        const isLost = (view: StoreView | undefined) =>
          codeThrown(() => view?.get(bytes("k0"))) === "STORE_VIEW_LOST";
        let most = 0;
        for (; rounds < 100 && !isLost(views[0]); rounds++) {
          most = Math.max(most, store.usage().viewBytes);
          await write(rounds + 1);
          views.push(store.view());
          if (views.length === 10) (views.splice(5, 1)[0] as StoreView).close();
        }
        expect(rounds).toBeGreaterThan(2);
        expect(rounds).toBeLessThan(20);
        expect(most).toBeGreaterThan(MIB);
        expect(isLost(views.at(-1))).toBe(false);
        for (const view of views) view.close();
        await churn(store, 1);
        expect(store.usage().viewBytes).toBe(0);
        await store.close();
      }));
  });
}
