import { expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type Change, MAX_SPANS, randomBelow } from "../../world/index.ts";
import { HeldChanges } from "./held-changes.ts";

const LENGTH = 60;

test("the last change of each key is found, few or many, and spans are joined", () => {
  const random = seededRandom(4);
  const below = (limit: number) => randomBelow(random, limit);
  for (let round = 0; round < 60; round++) {
    const stored = new Map<number, Uint8Array>();
    for (let name = 0; name < 60; name++) stored.set(name, random.bytes(LENGTH));
    const model = new Map(stored);
    const held = new HeldChanges();
    const keys = 1 + below(60);
    for (let batches = below(120); batches > 0; batches--) {
      const name = below(keys);
      const key = Uint8Array.of(7, name);
      const before = model.get(name);
      let change: Change;
      if (below(4) === 0) change = { key, value: undefined };
      else if (before === undefined || below(4) === 0) change = { key, value: random.bytes(LENGTH) };
      else {
        const from = below(LENGTH - 1);
        const to = from + 1 + below(LENGTH - from);
        const value = before.slice();
        value.set(random.bytes(to - from), from);
        change = { key, value, spans: [{ from, to }] };
      }
      held.add([change]);
      if (change.value === undefined) model.delete(name);
      else model.set(name, change.value);
      expect(held.find(key)?.value).toEqual(model.get(name));
      expect(held.find(Uint8Array.of(8, name))).toBeUndefined();
    }
    expect(new Set(held.all.map(({ key }) => key[1])).size).toBe(held.all.length);
    expect(held.isEmpty).toBe(held.all.length === 0);
    for (const { key, value, spans } of held.all) {
      expect(value).toEqual(model.get(key[1] as number));
      if (value === undefined || spans === undefined) continue;
      expect(spans.length).toBeLessThanOrEqual(MAX_SPANS);
      // Outside of the spans it is what the store has.
      const patched = stored.get(key[1] as number)?.slice() as Uint8Array;
      for (const { from, to } of spans) patched.set(value.subarray(from, to), from);
      expect(patched).toEqual(value);
    }
  }
});
