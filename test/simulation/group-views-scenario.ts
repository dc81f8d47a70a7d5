/**
 * View after view, with faults aimed at the steps between them: the votes of a view change, the last messages of the view that ends.
 * Disks and links are slow, so that what one node does lies between two steps of another: two that coordinate at once, votes that
 * come late, a decision that nobody hears of but who made it.
 */
import type { Scenario } from "../../src/sim/index.ts";
import { FAULTS_AT_STEPS } from "../support/faults-at-steps.ts";
import { powerLoss } from "../support/scenario-faults.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

const ORDERS = ["fifo", "total", "causal-total", "sync"] as const;

export function groupViewsScenario(module: GroupModule): Scenario<GroupOperation> {
  return groupScenario(
    module,
    {
      name: "group-views",
      nodes: { min: 3, max: 7 },
      simulation: { link: { latencyMs: 2, jitterMs: 25 }, disk: { syncMs: 2, syncJitterMs: 120 } },
      kinds: [...FAULTS_AT_STEPS, powerLoss("power-cut")],
      faults: {
        "cut-at-step": 8,
        "crash-at-step": 6,
        "pause-at-step": 3,
        "crash-restart": 1,
        standstill: 2,
        rift: 9,
        "power-cut": 8,
        partition: 1,
        "one-way-partition": 1,
        "partial-partition": 2,
        reset: 2,
        "slow-link": 1,
        "slow-disk": 1,
      },
      faultCount: { min: 1, max: 10 },
      workload: ({ random, nodes, quietMs }) =>
        Array.from({ length: 1 + random.below(12) }, () => 500 + random.below(quietMs - 500)).flatMap(
          (atMs) =>
            // Several at once: whose message comes first is for the sequencer to say.
            Array.from({ length: 1 + random.below(nodes) }, (): GroupOperation => {
              const node = random.below(nodes);
              if (random.chance(0.05)) return { kind: "leave", atMs, node };
              return {
                kind: "send",
                atMs,
                node,
                order: ORDERS[random.below(ORDERS.length)] ?? "total",
                guarantee: random.chance(0.6) ? "atomic" : "reliable",
                bytes: 8,
                count: 1 + random.below(3),
              };
            }),
        ),
    },
    { foundingWaitMs: 500, patienceMs: 300, promiseMs: 250, acceptMs: 400, resignMs: 2000 },
  );
}
