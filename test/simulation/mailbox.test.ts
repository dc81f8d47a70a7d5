/** Mailboxes under every fault, against their spec. `npm run soak -- mailbox-scenario` runs 10,000 seeds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { drawPlan, FAULT_KINDS, runPlan, simulate } from "../../src/sim/index.ts";
import scenario from "./mailbox.ts";

const corpus: unknown = JSON.parse(readFileSync(new URL("mailbox.corpus.json", import.meta.url), "utf8"));

simulate(test, scenario, { seeds: 100, corpus });

test("every kind of fault and every meaning of send is drawn, and a seed gives one trace", async () => {
  const kinds = new Set<string>();
  const meanings = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    const { faults, operations } = drawPlan(scenario, String(seed));
    for (const { kind } of faults) kinds.add(kind);
    for (const operation of operations) {
      meanings.add(operation.kind === "send" ? operation.how : operation.kind);
    }
  }
  expect([...kinds].sort()).toEqual(FAULT_KINDS.map(({ kind }) => kind).sort());
  expect([...meanings].sort()).toEqual([
    "answered",
    "buffered",
    "close",
    "close-after-next",
    "delivered",
    "posted",
    "received",
    "stall",
  ]);
  const digests: string[] = [];
  for (const seed of ["7", "7", "8"])
    digests.push((await runPlan(scenario, drawPlan(scenario, seed))).digest);
  expect(digests[0]).toBe(digests[1]);
  expect(digests[0]).not.toBe(digests[2]);
});
