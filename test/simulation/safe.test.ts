/** Safe messages of a group under faults, against their ledger. `npm run soak -- safe` runs 10,000 seeds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawPlan, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./safe.ts";

const corpus: unknown = JSON.parse(readFileSync(new URL("safe.corpus.json", import.meta.url), "utf8"));

simulate(test, scenario, { seeds: 40, corpus });

test("every kind of fault that safe messages must stand is drawn, and a seed gives one trace", async () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 300; seed++)
    for (const { kind } of drawPlan(scenario, String(seed)).faults) kinds.add(kind);
  expect([...kinds].sort()).toEqual(Object.keys(scenario.faults ?? {}).sort());
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
