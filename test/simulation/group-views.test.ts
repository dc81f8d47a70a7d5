/** Views of groups under faults at their steps, against their spec. `npm run soak -- group-views` runs 20,000 seeds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawPlan, runPlan, simulate } from "../../src/sim/index.ts";
import { STEP_NAMES } from "../support/faults-at-steps.ts";
import scenario from "./group-views.ts";

const corpus: unknown = JSON.parse(readFileSync(new URL("group-views.corpus.json", import.meta.url), "utf8"));

simulate(test, scenario, { seeds: 30, corpus });

test("every fault is drawn, at every step, and a seed gives one trace", async () => {
  const kinds = new Set<string>();
  const steps = new Set<string>();
  for (let seed = 1; seed <= 300; seed++)
    for (const { kind, step } of drawPlan(scenario, String(seed)).faults) {
      kinds.add(kind);
      if (typeof step === "string") steps.add(step);
    }
  expect([...kinds].sort()).toEqual(Object.keys(scenario.faults ?? {}).sort());
  expect([...steps].sort()).toEqual([...STEP_NAMES].sort());
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
