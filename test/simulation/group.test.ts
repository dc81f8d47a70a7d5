/** Groups under every fault, against their spec. `npm run soak -- group` runs 20,000 seeds. */
import { expect, test } from "vitest";
import { drawPlan, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./group.ts";

simulate(test, scenario, { seeds: 40 });

test("a seed gives one trace", async () => {
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
