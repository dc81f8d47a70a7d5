/**
 * The simulator tried on bugs: each is found, and the run that shows it becomes a few faults and operations. It is what the
 * scenario and its spec are worth.
 */
import { describe, expect, test } from "vitest";
import { drawPlan, runPlan, shrinkPlan } from "../../src/sim/index.ts";
import { planted } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import sound from "./paxos.ts";
import { PAXOS_PLANTS } from "./paxos-plants.ts";
import { type PaxosModule, paxosScenario } from "./paxos-scenario.ts";

const SEEDS = 1000;
const MOST_FAULTS = 4;
const MOST_OPERATIONS = 30;
const SHRINK_MS = 120_000;

describe("a replicated log with a bug", () => {
  for (const { name, edits } of planted(PAXOS_PLANTS, [3, 6, 9])) {
    test(`${name}: is found, and shown by a small run`, { timeout: 10 * SHRINK_MS }, async () => {
      const { module, remove } = await plant<PaxosModule>("paxos", edits);
      try {
        const scenario = paxosScenario(module);
        const failed = await firstFailure(scenario);
        expect(failed, `a failure in ${SEEDS} seeds`).toBeDefined();
        if (failed === undefined) return;
        const again = async (smaller: typeof failed.plan) => (await runPlan(scenario, smaller)).failure;
        const shrunk = await shrinkPlan(scenario, failed.plan, failed.failure, again, { maxMs: SHRINK_MS });
        expect(shrunk.failure.property).toBe(failed.failure.property);
        expect(shrunk.after.faults).toBeLessThanOrEqual(MOST_FAULTS);
        expect(shrunk.after.operations).toBeLessThanOrEqual(MOST_OPERATIONS);
        // It is the bug that fails, and nothing else.
        expect((await runPlan(sound, shrunk.plan)).failure).toBeUndefined();
      } finally {
        remove();
      }
    });
  }
});

async function firstFailure(scenario: ReturnType<typeof paxosScenario>) {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { plan, failure } = await runPlan(scenario, drawPlan(scenario, String(seed)));
    if (failure !== undefined) return { plan, failure };
  }
  return undefined;
}
