import { expect, it } from "vitest";
import { Prng } from "../prng.ts";
import { ConfigurationSet } from "./configuration-set.ts";

it.each([0, 1, 3])("knows what was added, with %i words for the placed operations", (words) => {
  const random = new Prng("1", "set");
  const set = new ConfigurationSet(words, 4_000_000);
  const plain = new Set<string>();
  const wrong: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    const position = random.below(40);
    const state = random.below(20);
    const placed = Int32Array.from({ length: words }, () => random.below(4) - 2);
    const key = `${position} ${state} ${placed.join()}`;
    const isNew = !plain.has(key);
    plain.add(key);
    if (set.add(position, state, placed) !== isNew || set.count !== plain.size) wrong.push(key);
  }
  expect(wrong).toEqual([]);
  expect(plain.size).toBeGreaterThan(700);
});

it("begins anew at its bound, and forgets nothing before it", () => {
  const maxBytes = 30_000;
  const set = new ConfigurationSet(1, maxBytes);
  const placed = new Int32Array(1);
  let most = 0;
  let mostBytes = 0;
  const wrong: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    if (!set.add(i, 0, placed)) wrong.push(i);
    most = Math.max(most, set.count);
    mostBytes = Math.max(mostBytes, set.bytes);
    if (set.count > 0 && set.add(i, 0, placed)) wrong.push(i);
  }
  expect(wrong).toEqual([]);
  // A row is 12 bytes, and half of the rows stay free.
  expect(most).toBeGreaterThan(maxBytes / 12 / 5);
  expect(mostBytes).toBeLessThanOrEqual(maxBytes);
});
