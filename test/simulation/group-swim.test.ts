/** Groups of 17 with SWIM's detector, against the spec of groups. `npm run soak -- group-swim` runs 1,000 seeds. */
import { expect, test } from "vitest";
import * as group from "../../src/group/index.ts";
import { drawPlan, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./group-swim.ts";
import { groupSwimScenario } from "./group-swim-scenario.ts";

simulate(test, scenario, { seeds: 2 });

test("without a fault nobody is suspected, and what is sent means the same to all 17", async () => {
  const calm = groupSwimScenario(group, { faultCount: { min: 0, max: 0 } });
  const { failure, plan } = await runPlan(calm, drawPlan(calm, "calm"));
  expect([plan.nodes, plan.faults.length, failure]).toEqual([17, 0, undefined]);
});
