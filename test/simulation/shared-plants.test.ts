/** What the scenario of shared objects is worth: each planted bug is found. */
import { describe, expect, test } from "vitest";
import { drawPlan, runPlan } from "../../src/sim/index.ts";
import { planted } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import type { SharedModule } from "./shared-life.ts";
import { SHARED_PLANTS } from "./shared-plants.ts";
import { sharedScenario } from "./shared-scenario.ts";

const SEEDS = 1500;

describe("shared objects with a bug", () => {
  for (const { name, edits } of planted(SHARED_PLANTS, [0, 1, 2, 3])) {
    test(`${name}: is found`, { timeout: 600_000 }, async () => {
      const { module, remove } = await plant<SharedModule>("group", edits);
      try {
        const scenario = sharedScenario(module);
        let found: string | undefined;
        let seed = 0;
        while (found === undefined && ++seed <= SEEDS)
          found = (await runPlan(scenario, drawPlan(scenario, String(seed)))).failure?.message;
        expect(found, `a failure in ${SEEDS} seeds`).toBeDefined();
        console.log(`${name}: seed ${seed}: ${found?.slice(0, 120)}`);
      } finally {
        remove();
      }
    });
  }
});
