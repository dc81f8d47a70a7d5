import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import { drawPlan, EVERY_FAULT, FAULT_KINDS, type Fault, type Plan } from "../index.ts";

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

function plans(change: Parameters<typeof letters>[0] = {}): readonly Plan<object>[] {
  return SEEDS.map((seed) => drawPlan(letters(change), seed));
}

/** The most nodes that are down at a time, counted at every beginning. */
function mostDown(faults: readonly Fault[]): number {
  const until = ({ kind, atMs, durationMs }: Fault) =>
    kind === "crash" ? Number.POSITIVE_INFINITY : atMs + durationMs;
  return Math.max(
    0,
    ...faults.map(
      ({ atMs }) => new Set(faults.filter((f) => f.atMs <= atMs && atMs <= until(f)).map((f) => f.node)).size,
    ),
  );
}

describe("a plan", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(plans()).toEqual(plans());
    expect(new Set(plans().map((plan) => JSON.stringify(plan))).size).toBe(SEEDS.length);
  });

  test("is plain JSON", () => {
    for (const plan of plans({ change: { faults: EVERY_FAULT } }))
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test("has nodes and faults in the scenario's spans, and faults that end in time and are in order", () => {
    const drawn = plans({
      change: {
        nodes: { min: 2, max: 5 },
        faultCount: { min: 1, max: 4 },
        faultsFromMs: 500,
        faults: EVERY_FAULT,
      },
    });
    expect(new Set(drawn.map(({ nodes }) => nodes))).toEqual(new Set([2, 3, 4, 5]));
    expect(new Set(drawn.map(({ faults }) => faults.length))).toEqual(new Set([1, 2, 3, 4]));
    for (const { faults, quietMs } of drawn) {
      expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
      for (const { atMs, durationMs } of faults) {
        expect(atMs).toBeGreaterThan(500);
        expect(atMs + durationMs).toBeLessThanOrEqual(quietMs);
      }
    }
  });

  test("has every kind of fault that has a weight, about as often as its weight says, and no other", () => {
    const all = plans({ change: { faults: EVERY_FAULT, faultCount: 10 } }).flatMap(({ faults }) => faults);
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS.map(({ kind }) => kind)));
    const some = plans({ change: { faults: { loss: 3, partition: 1 }, faultCount: 10 } }).flatMap(
      ({ faults }) => faults,
    );
    const share = some.filter(({ kind }) => kind === "loss").length / some.length;
    expect(share).toBeGreaterThan(0.7);
    expect(share).toBeLessThan(0.8);
    expect(new Set(some.map(({ kind }) => kind))).toEqual(new Set(["loss", "partition"]));
  });

  test("takes other weights for the kinds that are named", () => {
    const drawn = SEEDS.flatMap(
      (seed) => drawPlan(letters(), seed, { weights: { loss: 0, crash: 1 } }).faults,
    );
    expect(new Set(drawn.map(({ kind }) => kind))).toEqual(
      new Set(["duplicate", "partition", "slow-link", "crash"]),
    );
  });

  test("keeps its faults when the workload is drawn otherwise, and its first faults when there are more", () => {
    const other = plans({ change: { workload: () => [] } });
    expect(other.map(({ faults }) => faults)).toEqual(plans().map(({ faults }) => faults));
    const [three, four] = [3, 4].map((faultCount) => plans({ change: { faultCount } }));
    three?.forEach(({ faults }, index) => {
      for (const fault of faults) expect(four?.[index]?.faults).toContainEqual(fault);
    });
  });

  test("never has more nodes down than may be", () => {
    const faults = { crash: 1, "crash-restart": 3, "disk-lost": 1, pause: 2 };
    const drawn = (maxDown: number | "minority") =>
      plans({ change: { nodes: 4, faults, faultCount: 8, maxDown } });
    const most = (maxDown: number | "minority") =>
      Math.max(...drawn(maxDown).map((plan) => mostDown(plan.faults)));
    expect([most("minority"), most(2), most(4)]).toEqual([1, 2, 4]);
  });

  test("asks the scenario about each fault", () => {
    const drawn = plans({ change: { allow: ({ node }, others) => node !== 0 && others.length < 2 } });
    for (const { faults } of drawn) {
      expect(faults.length).toBeLessThanOrEqual(2);
      for (const fault of faults) expect(fault.node).not.toBe(0);
    }
  });

  test.each([
    ["no node", { nodes: 0 }],
    ["a span upside down", { nodes: { min: 3, max: 2 } }],
    ["a kind that is none", { faults: { earthquake: 1 } }],
    ["a weight below 0", { faults: { loss: -1 } }],
    ["no time for faults", { quietMs: 10, faultsFromMs: 10, faultCount: 1 }],
    ["too many faults", { faultCount: 1001 }],
  ])("cannot be drawn for %s", (_, change) => {
    expect(() => drawPlan(letters({ change }), 1)).toThrow(RangeError);
  });

  test("cannot be drawn where there is more of it than a plan may have", () => {
    const workload = () => Array.from({ length: 10_001 }, () => ({ atMs: 1, node: 1, letter: 1 }));
    expect(() => drawPlan(letters({ change: { workload } }), 1)).toThrow(
      expect.objectContaining({ code: "SIM_SCENARIO", message: expect.stringContaining("at most 10000") }),
    );
  });

  test("cannot be drawn where the workload is not plain data, and says what is not", () => {
    const workload = () => [{ atMs: 1, node: 1, letter: 0, text: Uint8Array.of(7) }];
    expect(() => drawPlan(letters({ change: { workload } }), 1)).toThrow(
      expect.objectContaining({
        code: "SIM_SCENARIO",
        message: expect.stringContaining("plan.operations.0.text is a Uint8Array"),
      }),
    );
  });

  test("any text is a seed", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        expect(drawPlan(letters(), seed).seed).toBe(seed);
      }),
    );
  });
});
