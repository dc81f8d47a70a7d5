/** Shared objects under every fault, against honest copies. `npm run soak -- shared` runs 10,000 seeds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawPlan, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./shared.ts";
import { stats } from "./shared-scenario.ts";

const corpus: unknown = JSON.parse(readFileSync(new URL("shared.corpus.json", import.meta.url), "utf8"));

simulate(test, scenario, { seeds: 60, corpus });

test("runs do something, every kind of operation is drawn, and a seed gives one trace", async () => {
  expect(stats.answered).toBeGreaterThan(10 * stats.runs);
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 100; seed++)
    for (const { kind } of drawPlan(scenario, String(seed)).operations) kinds.add(kind);
  expect(kinds.size).toBe(13);
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
