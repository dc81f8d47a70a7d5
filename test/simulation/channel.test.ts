/** Reliable channels under every fault, against their spec. `npm run soak -- channel` runs 10,000 seeds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawPlan, FAULT_KINDS, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./channel.ts";

const corpus: unknown = JSON.parse(readFileSync(new URL("channel.corpus.json", import.meta.url), "utf8"));

simulate(test, scenario, { seeds: 60, corpus });

test("every kind of fault is drawn, and a seed gives one trace", async () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    for (const { kind } of drawPlan(scenario, String(seed)).faults) kinds.add(kind);
  }
  expect([...kinds].sort()).toEqual(FAULT_KINDS.map(({ kind }) => kind).sort());
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
