import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import { isCoterieError } from "../../world/index.ts";
import { drawPlan, EVERY_FAULT, formatPlan, formatSize, parsePlan, runPlan } from "../index.ts";

const scenario = letters({ change: { faults: EVERY_FAULT } });
const plan = drawPlan(scenario, 3);

describe("a plan's file", () => {
  test("is read back as it was written, with a line for each part", () => {
    for (let seed = 0; seed < 50; seed++) {
      const drawn = drawPlan(scenario, seed);
      expect(parsePlan(scenario, formatPlan(drawn))).toEqual(drawn);
    }
    const lines = formatPlan(plan).split("\n");
    for (const part of [...plan.operations, ...plan.faults]) {
      expect(
        lines.filter((line) => line.trim().replace(/,$/, "") === JSON.stringify(part)).length,
      ).toBeGreaterThan(0);
    }
  });

  test.each([
    ["no JSON", "{", "no JSON"],
    ["no object", "[]", "no object"],
    ["null", "null", "no object"],
  ])("that is %s is refused", (_, text, why) => {
    expect(() => parsePlan(scenario, text)).toThrow(
      expect.objectContaining({ code: "SIM_PLAN", message: expect.stringContaining(why) }),
    );
  });

  test.each([
    ["another scenario's", { scenario: "other" }, "for the scenario"],
    ["without a seed", { seed: 7 }, "seed"],
    ["without nodes", { nodes: 0 }, "nodes"],
    ["with half a node", { nodes: 1.5 }, "nodes"],
    ["without time", { quietMs: "soon" }, "quietMs"],
    ["without operations", { operations: {} }, "operations"],
    ["with an operation that is none", { operations: [7] }, "operation 0"],
    ["with an operation in no time", { operations: [{ atMs: -1 }] }, "operation 0"],
    ["with too many operations", { operations: Array.from({ length: 10_001 }, () => ({})) }, "at most"],
    ["with a fault that is none", { faults: [null] }, "fault 0"],
    ["with a kind that is none", { faults: [{ kind: "x", atMs: 1, durationMs: 1 }] }, "kind"],
    ["with a fault after the end", { faults: [{ kind: "loss", atMs: 4999, durationMs: 2 }] }, "between"],
    [
      "with a node that is not there",
      { faults: [{ kind: "loss", atMs: 1, durationMs: 1, node: 9 }] },
      "node",
    ],
    ["with half a peer", { faults: [{ kind: "loss", atMs: 1, durationMs: 1, node: 0, peer: 0.5 }] }, "peer"],
    [
      "with a group that is none",
      { faults: [{ kind: "partition", atMs: 1, durationMs: 1, group: 1 }] },
      "group",
    ],
    [
      "with a group of strangers",
      { faults: [{ kind: "partition", atMs: 1, durationMs: 1, group: [9] }] },
      "group",
    ],
  ])("%s is refused", async (_, change, why) => {
    const wrong = JSON.stringify({ ...plan, quietMs: 5000, ...change });
    expect(() => parsePlan(scenario, wrong)).toThrow(
      expect.objectContaining({ code: "SIM_PLAN", message: expect.stringContaining(why) }),
    );
    await expect(runPlan(scenario, JSON.parse(wrong))).rejects.toThrow(why);
  });

  test("of any JSON is a plan or refused", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          parsePlan(scenario, text);
        } catch (error) {
          expect(isCoterieError(error, "SIM_PLAN")).toBe(true);
        }
      }),
    );
  });

  test("with any one value changed is a plan or refused, and runs without harm", async () => {
    const text = JSON.stringify(plan);
    const places = [...text.matchAll(/:("[^"]*"|[\d.]+|true|false)/g)];
    const value = fc.oneof(fc.constantFrom("null", "-1", "1e99", '""', "[]", "{}"), fc.integer().map(String));
    await fc.assert(
      fc.asyncProperty(fc.nat(places.length - 1), value, async (place, other) => {
        const [whole, old = ""] = places[place] as RegExpMatchArray;
        const at = (places[place]?.index ?? 0) + whole.length - old.length;
        const changed = text.slice(0, at) + other + text.slice(at + old.length);
        try {
          await runPlan(scenario, parsePlan(scenario, changed));
        } catch (error) {
          expect(isCoterieError(error, "SIM_PLAN")).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test("sizes are told in words", () => {
  expect(formatSize({ nodes: 1, faults: 0, operations: 2 })).toBe("1 node, 0 faults, 2 operations");
});
