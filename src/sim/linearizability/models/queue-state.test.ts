import { expect, it } from "vitest";
import { Prng } from "../../prng.ts";
import { QueueState } from "./queue-state.ts";

it("holds what a plain queue does, and is one object for equal contents", () => {
  const random = new Prng("1", "queue states");
  const empty = QueueState.empty();
  const byText = new Map<string, QueueState>([["[]", empty]]);
  const states = [{ state: empty, values: [] as readonly string[] }];
  for (let round = 0; round < 20_000; round++) {
    // From anywhere, as a search that comes back: and most often from where it was last.
    const at = random.chance(0.8) ? states.length - 1 : random.below(states.length);
    const { state, values } = states[at] as (typeof states)[number];
    const value = String(random.below(3));
    const isIn = values.length < 6 && random.chance(0.5);
    const next = isIn ? state.with(value) : state.rest();
    const expected = isIn ? [...values, value] : values.slice(1);
    const text = `[${expected.join()}]`;
    if (!byText.has(text)) byText.set(text, next);
    if (next !== byText.get(text) || String(next) !== text) throw new Error(`round ${round}: ${next}`);
    if (next.first !== expected[0] || next.length !== expected.length) throw new Error(`round ${round}`);
    states.push({ state: next, values: expected });
  }
  expect(byText.size).toBeGreaterThan(500);
});

it("tells contents apart, also those of one hash, of which so many have a few", () => {
  const random = new Prng("1", "hashes");
  const empty = QueueState.empty();
  const states = new Set<QueueState>();
  const texts = new Set<string>();
  for (let i = 0; i < 120_000; i++) {
    const values = Array.from({ length: 5 }, () => String(random.below(100)));
    states.add(values.reduce((state, value) => state.with(value), empty));
    texts.add(values.join());
  }
  expect(states.size).toBe(texts.size);
});

it("holds more values than could be copied each time", () => {
  let state = QueueState.empty();
  for (let value = 0; value < 100_000; value++) state = state.with(String(value));
  for (let value = 0; value < 50_000; value++) state = state.rest();
  expect([state.first, state.length]).toEqual(["50000", 50_000]);
});
