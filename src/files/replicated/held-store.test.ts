import { expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { Simulation } from "../../sim/index.ts";
import { type Change, type Range, randomBelow, type Store } from "../../world/index.ts";
import { HeldStore } from "./held-store.ts";

const key = (n: number) => Uint8Array.of(n);

function inStore(body: (store: Store, sim: Simulation) => void | Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("n");
  return sim.run(async () => body(await node.world.storage.open("s"), sim));
}

function all(store: Store, range: Range = {}): [number, number][] {
  return Array.from(store.range(range), ({ key, value }) => [key[0] as number, value[0] as number]);
}

test("the batches of an entry are seen by it alone, until the entry ends with its notes", async () => {
  await inStore((store) => {
    const held = new HeldStore(store, () => {});
    held.apply([{ key: key(1), value: key(1) }]);
    held.begin();
    held.apply([{ key: key(2), value: key(2) }]);
    held.apply([
      { key: key(1), value: undefined },
      { key: key(3), value: key(3) },
    ]);
    expect(all(held)).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(held.get(key(1))).toBeUndefined();
    expect(held.borrow(key(3))).toEqual(key(3));
    expect([held.size(key(3)), held.size(key(1)), held.size(key(2))]).toEqual([1, undefined, 1]);
    expect(all(store)).toEqual([[1, 1]]);
    held.end([{ key: key(9), value: key(9) }]);
    expect(all(store)).toEqual([
      [2, 2],
      [3, 3],
      [9, 9],
    ]);
  });
});

test("an entry that may change nothing changes nothing", async () => {
  await inStore((store) => {
    let isGood = true;
    const held = new HeldStore(store, () => {
      if (!isGood) throw new Error("damage");
    });
    held.begin();
    held.apply([{ key: key(1), value: key(1) }]);
    isGood = false;
    held.apply([{ key: key(2), value: key(2) }]);
    expect(() => held.end([])).toThrow("damage");
    expect(all(store)).toEqual([]);
  });
});

test("what is lent is given back once the store has it, also from an entry", async () => {
  await inStore(async (store) => {
    const held = new HeldStore(store, () => {});
    const returned: string[] = [];
    held.applyLent([{ key: key(1), value: key(1) }], () => returned.push("outside"));
    held.begin();
    held.applyLent([{ key: key(2), value: key(2) }], () => returned.push("first"));
    held.applyLent([{ key: key(3), value: key(3) }], () => returned.push("last"));
    expect(returned).toEqual([]);
    held.end([{ key: key(4), value: key(4) }]);
    await held.sync();
    expect(returned.sort()).toEqual(["first", "last", "outside"]);
    expect(held.dirty).toBe(false);
  });
});

test("a range in the middle of an entry is that of a store which has its batches, whichever way it goes", async () => {
  await inStore((store) => {
    const random = seededRandom(3);
    const below = (limit: number) => randomBelow(random, limit);
    for (let round = 0; round < 200; round++) {
      const model = new Map<number, number>();
      const batch = (): Change[] =>
        Array.from({ length: below(6) }, () => {
          const [name, value] = [below(12), below(200)];
          const isRemoval = below(3) === 0;
          if (isRemoval) model.delete(name);
          else model.set(name, value);
          return { key: key(name), value: isRemoval ? undefined : key(value) };
        });
      store.apply(Array.from({ length: 12 }, (_, name) => ({ key: key(name), value: undefined })));
      store.apply(batch());
      const held = new HeldStore(store, () => {});
      held.begin();
      for (let batches = below(4); batches >= 0; batches--) held.apply(batch());
      const reverse = below(2) === 0;
      const [from, to, limit] = [below(12), below(13), below(5)];
      const expected = [...model]
        .filter(([name]) => name >= from && name < to)
        .sort((a, b) => (reverse ? b[0] - a[0] : a[0] - b[0]))
        .slice(0, limit);
      expect(all(held, { from: key(from), to: key(to), limit, reverse })).toEqual(expected);
      const names = Array.from(held.range({ keysOnly: true }), (entry) => [entry.key[0], entry.value.length]);
      expect(names).toEqual([...model.keys()].sort((a, b) => a - b).map((name) => [name, 0]));
      held.end([]);
      expect(new Map(all(store))).toEqual(model);
    }
  });
});
