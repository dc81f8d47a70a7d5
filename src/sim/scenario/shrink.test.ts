import { describe, expect, test } from "vitest";
import { type Bug, type Letter, letters } from "../../../test/support/letters-scenario.ts";
import {
  drawPlan,
  type Failure,
  type Plan,
  runPlan,
  type Scenario,
  type ShrinkOptions,
  type Shrunk,
  shrinkPlan,
} from "../index.ts";

/** The first seed that fails, and its failure. */
async function firstFailure(scenario: Scenario<Letter>): Promise<{ plan: Plan<Letter>; failure: Failure }> {
  for (let seed = 1; seed <= 1000; seed++) {
    const { plan, failure } = await runPlan(scenario, drawPlan(scenario, seed));
    if (failure !== undefined) return { plan, failure };
  }
  throw new Error("no seed fails");
}

async function shrink(scenario: Scenario<Letter>, options: ShrinkOptions = {}): Promise<Shrunk<Letter>> {
  const { plan, failure } = await firstFailure(scenario);
  return shrinkPlan(
    scenario,
    plan,
    failure,
    async (smaller) => (await runPlan(scenario, smaller)).failure,
    options,
  );
}

const PROPERTIES: Readonly<Record<Bug, string>> = {
  forgetful: "each letter is read once",
  hasty: "every letter is read",
};

describe("shrinking", () => {
  test.each(["forgetful", "hasty"] as const)(
    "leaves one letter and one fault of a run with the bug %s",
    async (bug) => {
      const faults = { loss: 1, duplicate: 1, partition: 1, "slow-link": 1, reorder: 1 };
      const shrunk = await shrink(letters({ bug, change: { faults, faultCount: 8 } }));
      expect(shrunk.complete).toBe(true);
      expect(shrunk.before.faults).toBe(8);
      expect(shrunk.after).toEqual({ nodes: 2, faults: 1, operations: 1 });
      expect(shrunk.failure.property).toBe(PROPERTIES[bug]);
      expect(shrunk.plan.operations[0]?.atMs).toBe(1);
    },
  );

  test("gives a plan that fails alike when it is run again", async () => {
    const scenario = letters({ bug: "forgetful" });
    const { plan, failure } = await shrink(scenario);
    expect((await runPlan(scenario, plan)).failure).toEqual(failure);
  });

  test("keeps to the failure that it was given, where another is nearer", async () => {
    // With both bugs in one: a run without letters fails too, and of something else.
    const scenario = letters({
      bug: "forgetful",
      change: {
        async run(stage) {
          if (stage.plan.operations.length === 0) stage.fail("there is work", "there is none");
          await letters({ bug: "forgetful" }).run(stage);
        },
      },
    });
    const shrunk = await shrink(scenario);
    expect(shrunk.failure.property).toBe(PROPERTIES.forgetful);
    expect(shrunk.after.operations).toBe(1);
  });

  test("never leaves fewer nodes than the scenario has at least", async () => {
    const shrunk = await shrink(letters({ bug: "forgetful", change: { nodes: { min: 3, max: 4 } } }));
    expect(shrunk.after.nodes).toBe(3);
  });

  test("takes the scenario's own simpler operations", async () => {
    const simplify = (letter: Letter) => (letter.letter === 0 ? [] : [{ ...letter, letter: 0 }]);
    const shrunk = await shrink(letters({ bug: "hasty", change: { simplify } }));
    expect(shrunk.plan.operations).toEqual([{ atMs: 1, node: 1, letter: 0 }]);
  });

  test("ends with its budget, and says so", async () => {
    const sizes: number[] = [];
    const onRun: ShrinkOptions["onRun"] = ({ runs }) => sizes.push(runs);
    const shrunk = await shrink(letters({ bug: "forgetful" }), { maxRuns: 5, onRun });
    expect(shrunk).toMatchObject({ complete: false, runs: 5 });
    expect(sizes).toEqual([1, 2, 3, 4, 5]);
    const none = await shrink(letters({ bug: "forgetful" }), { maxMs: -1 });
    expect(none).toMatchObject({ complete: false, runs: 0 });
    expect(none.plan).toEqual((await firstFailure(letters({ bug: "forgetful" }))).plan);
  });

  test("ends where it is stopped, with the smallest plan so far", async () => {
    let runs = 0;
    const shrunk = await shrink(letters({ bug: "forgetful" }), {
      isStopped: () => runs === 4,
      onRun: (progress) => {
        runs = progress.runs;
      },
    });
    expect(shrunk).toMatchObject({ complete: false, runs: 4 });
    expect(shrunk.after.faults).toBeLessThan(shrunk.before.faults);
  });

  test("ends where simpler operations go round in a circle", async () => {
    const simplify = (letter: Letter) => [{ ...letter, letter: (letter.letter + 1) % 20 }];
    const shrunk = await shrink(letters({ bug: "hasty", change: { simplify } }));
    expect(shrunk.complete).toBe(true);
  });

  test("never runs the same plan twice", async () => {
    const scenario = letters({ bug: "forgetful" });
    const { plan, failure } = await firstFailure(scenario);
    const seen: string[] = [JSON.stringify(plan)];
    await shrinkPlan(scenario, plan, failure, async (smaller) => {
      seen.push(JSON.stringify(smaller));
      return (await runPlan(scenario, smaller)).failure;
    });
    expect(new Set(seen).size).toBe(seen.length);
  });
});
