import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { floorToDigit, roundToDigit, significantDigits } from "./numbers.ts";
import { movedEarlier, simplerFaults, simplerTimes, withoutNode } from "./simpler.ts";
import type { Fault, Plan } from "./types.ts";

const PLAN: Plan<object> = {
  scenario: "s",
  seed: "1",
  nodes: 4,
  quietMs: 1000,
  operations: [
    { atMs: 10, node: 0 },
    { atMs: 20, from: 1, to: 3 },
    { atMs: 30, text: "all" },
  ],
  faults: [
    { kind: "partition", atMs: 5, durationMs: 10, group: [1, 2] },
    { kind: "partition", atMs: 6, durationMs: 10, group: [1] },
    { kind: "loss", atMs: 25, durationMs: 10, node: 2, loss: 0.37 },
  ],
};

describe("round numbers", () => {
  test("have one digit", () => {
    expect([0, 7, 10, 1234, 0.37].map(floorToDigit)).toEqual([0, 7, 10, 1000, 0]);
    expect([7, 1234, 1999, 0.37].map(roundToDigit)).toEqual([7, 1000, 2000, 0.4]);
    expect([0, 7, 1200, 0.37, 0.1 + 0.2, 1e21].map(significantDigits)).toEqual([0, 1, 2, 2, 1, 1]);
  });

  test("a time only gets simpler, and comes to an end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (start) => {
        let at = start;
        let steps = 0;
        for (;;) {
          const [, next = simplerTimes(at)[0]] = simplerTimes(at);
          if (next === undefined) break;
          expect(next).toBeGreaterThanOrEqual(1);
          at = next;
          expect(++steps).toBeLessThan(100);
        }
        expect(at).toBe(1);
      }),
    );
  });
});

describe("a simpler fault", () => {
  const fault: Fault = {
    kind: "x",
    atMs: 1,
    durationMs: 40,
    node: 2,
    power: true,
    loss: 0.37,
    group: [0, 2],
  };

  test("differs in one field, and names the same nodes or fewer", () => {
    const simpler = simplerFaults(fault);
    for (const each of simpler) {
      const changed = Object.keys(fault).filter(
        (name) => JSON.stringify(each[name]) !== JSON.stringify(fault[name]),
      );
      expect(changed).toHaveLength(1);
      expect(each.node).toBe(2);
    }
    expect(simpler).toContainEqual({ ...fault, power: false });
    expect(simpler).toContainEqual({ ...fault, loss: 1 });
    expect(simpler).toContainEqual({ ...fault, durationMs: 1 });
    expect(simpler).toContainEqual({ ...fault, group: [2] });
  });

  test("is none for the simplest", () => {
    expect(
      simplerFaults({ kind: "x", atMs: 1, durationMs: 1, node: 2, power: false, loss: 1, group: [0] }),
    ).toEqual([]);
  });
});

describe("a plan without a node", () => {
  test("has lost what names it, and names those after it by their new place", () => {
    expect(withoutNode(PLAN, 2)).toEqual({
      ...PLAN,
      nodes: 3,
      operations: [
        { atMs: 10, node: 0 },
        { atMs: 20, from: 1, to: 2 },
        { atMs: 30, text: "all" },
      ],
      faults: [
        { kind: "partition", atMs: 5, durationMs: 10, group: [1] },
        { kind: "partition", atMs: 6, durationMs: 10, group: [1] },
      ],
    });
    expect(withoutNode(PLAN, 1).faults).toEqual([
      { kind: "partition", atMs: 5, durationMs: 10, group: [1] },
      { kind: "loss", atMs: 25, durationMs: 10, node: 1, loss: 0.37 },
    ]);
  });
});

test("everything from a moment on can be moved together", () => {
  const moved = movedEarlier(PLAN, 20, 8);
  const times = [...moved.operations, ...moved.faults].map((part) => (part as { atMs: number }).atMs);
  expect(times).toEqual([10, 12, 22, 5, 6, 17]);
});
