import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ballotOf, makeEntry, PAXOS_COMMAND, payloadOf, proposeEntry } from "./entry.ts";
import { PhaseOne } from "./phase-one.ts";

const BASE = 10;

function entryOf(slot: number, ballot: number, value: number): Uint8Array {
  const entry = makeEntry(PAXOS_COMMAND, 1, 1, Uint8Array.of(value));
  proposeEntry(entry, slot, ballot, crc32);
  return entry;
}

const page = (
  ballots: readonly number[],
  more: { from?: number; committed?: number; next?: number } = {},
) => {
  const { from = BASE + 1, committed = BASE, next = 0 } = more;
  const entries = ballots.map((ballot, at) => entryOf(from + at, ballot, ballot));
  return { from, committed, next, entries };
};

describe("phase 1", () => {
  test("keeps for each slot the value of the highest ballot, in whatever order promises come", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        (promises) => {
          const voters = promises.map((_, at) => at + 1);
          const phaseOne = new PhaseOne(99, BASE, voters);
          for (const [at, ballots] of promises.entries()) phaseOne.add(at + 1, page(ballots));
          const length = Math.max(...promises.map((ballots) => ballots.length));
          expect(phaseOne.recovered.map(ballotOf)).toEqual(
            Array.from({ length }, (_, slot) => Math.max(...promises.map((ballots) => ballots[slot] ?? 0))),
          );
          expect(phaseOne.isComplete).toBe(true);
        },
      ),
    );
  });

  test("takes what somebody knows to be chosen before any higher ballot", () => {
    const phaseOne = new PhaseOne(99, BASE, [1, 2, 3]);
    phaseOne.add(1, page([7, 7, 7]));
    phaseOne.add(2, page([3, 3, 3], { committed: BASE + 2 }));
    phaseOne.add(3, page([8, 8, 8]));
    expect(phaseOne.recovered.map((entry) => payloadOf(entry)[0])).toEqual([3, 3, 8]);
    expect(phaseOne.chosenTo).toBe(BASE + 2);
  });

  test("takes as chosen no more than it was told", () => {
    const phaseOne = new PhaseOne(99, BASE, [1]);
    phaseOne.add(1, page([3, 3], { committed: BASE + 50, next: BASE + 3 }));
    expect(phaseOne.chosenTo).toBe(BASE + 2);
  });

  test("is over when a majority has given its last page, each page once", () => {
    const phaseOne = new PhaseOne(99, BASE, [1, 2, 3]);
    expect(phaseOne.add(1, page([1, 1], { next: BASE + 3 }))).toBe(true);
    expect(phaseOne.nextOf(1)).toBe(BASE + 3);
    // The same page again, one from farther on, and one of nobody's asking.
    expect(phaseOne.add(1, page([9, 9], { next: BASE + 3 }))).toBe(false);
    expect(phaseOne.add(1, page([9], { from: BASE + 9 }))).toBe(false);
    phaseOne.add(2, page([]));
    expect(phaseOne.isComplete).toBe(false);
    expect(phaseOne.add(1, page([1], { from: BASE + 3 }))).toBe(false);
    expect(phaseOne.nextOf(1)).toBeUndefined();
    expect(phaseOne.isComplete).toBe(true);
    expect(phaseOne.recovered.map(ballotOf)).toEqual([1, 1, 1]);
  });

  test("counts voters only, and is never over without any", () => {
    const phaseOne = new PhaseOne(99, BASE, [1, 2, 3]);
    phaseOne.add(8, page([5]));
    phaseOne.add(9, page([5]));
    expect(phaseOne.isComplete).toBe(false);
    expect(new PhaseOne(99, BASE, []).isComplete).toBe(false);
  });
});
