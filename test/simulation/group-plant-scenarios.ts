/**
 * Scenarios of groups that bring about what the general ones meet once in thousands of runs: each is the general one with its own faults,
 * times and messages. What they are for is in `group-plants.ts`: bugs that only such runs show.
 */
import type { Prng, Scenario, WorkloadDraw } from "../../src/sim/index.ts";
import { ASIDE } from "../support/faults-at-steps.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

const SHORT = { foundingWaitMs: 500, patienceMs: 300, promiseMs: 250, acceptMs: 400, resignMs: 2000 };
const STEPPED = { latencyMs: 2, jitterMs: 25 };

/** Moments at which something is said, and by everybody at about the same time. */
function momentsOf({ random, quietMs }: WorkloadDraw, most: number): number[] {
  return Array.from({ length: 1 + random.below(most) }, () => 500 + random.below(quietMs - 500));
}

function word(
  random: Prng,
  atMs: number,
  node: number,
  orders: readonly ("fifo" | "total" | "causal-total")[],
): GroupOperation {
  const order = orders[random.below(orders.length)] ?? "total";
  return { kind: "send", atMs, node, order, guarantee: "atomic", bytes: 8, count: 1 };
}

/**
 * Places that few know: several speak at once, and just then the sequencer and one of them are not heard by the others any more, who
 * have the messages and not the places.
 */
export function groupPlacesScenario(module: GroupModule): Scenario<GroupOperation> {
  return groupScenario(
    module,
    {
      name: "group-places",
      nodes: { min: 4, max: 6 },
      simulation: { link: STEPPED, disk: { syncMs: 2, syncJitterMs: 20 } },
      kinds: [ASIDE],
      faults: { aside: 1 },
      faultCount: { min: 1, max: 4 },
      workload: (draw) =>
        momentsOf(draw, 12).flatMap((atMs) =>
          Array.from({ length: draw.nodes }, (_, node) => node)
            .filter(() => draw.random.chance(0.6))
            .map((node) => word(draw.random, atMs + draw.random.below(10), node, ["total", "causal-total"])),
        ),
    },
    SHORT,
  );
}

/**
 * Views that end while somebody speaks, whose disk is too slow to be waited for: the others have heard it when they had promised already.
 */
export function groupLateScenario(module: GroupModule): Scenario<GroupOperation> {
  return groupScenario(
    module,
    {
      name: "group-late",
      nodes: { min: 3, max: 4 },
      simulation: { link: STEPPED, disk: { syncMs: 2, syncJitterMs: 10 } },
      faults: { "slow-disk": 6, "crash-restart": 2, reset: 1, pause: 1 },
      faultCount: { min: 2, max: 6 },
      workload: (draw) => {
        const { random, nodes } = draw;
        const leaves = momentsOf(draw, 6).map(
          (atMs): GroupOperation => ({ kind: "leave", atMs, node: random.below(nodes) }),
        );
        const words = Array.from({ length: 100 }, () =>
          word(random, 500 + random.below(draw.quietMs - 500), random.below(nodes), ["fifo", "total"]),
        );
        return [...leaves, ...words];
      },
    },
    SHORT,
  );
}

/** Nothing fails, and many leave, often two at once, each with a word that it says last. */
export function groupLeaversScenario(module: GroupModule): Scenario<GroupOperation> {
  return leaversScenario(module, true);
}

function leaversScenario(module: GroupModule, isHarmless: boolean): Scenario<GroupOperation> {
  return groupScenario(
    module,
    {
      name: "group-leavers",
      nodes: { min: 3, max: 6 },
      simulation: { link: STEPPED, disk: { syncMs: 2, syncJitterMs: 10 } },
      faults: {},
      faultCount: 0,
      workload: (draw) => {
        const { random, nodes } = draw;
        return momentsOf(draw, 8).flatMap((atMs) =>
          Array.from({ length: 1 + random.below(2) }).flatMap((): GroupOperation[] => {
            const node = random.below(nodes);
            const endMs = atMs + random.below(60);
            return [word(random, endMs, node, ["fifo"]), { kind: "leave", atMs: endMs, node }];
          }),
        );
      },
    },
    SHORT,
    { hasLastWords: true, isHarmless },
  );
}

/** The same while the network and disks fail: who is taken out before all that it said is safe has not left. */
export function groupHarmedLeaversScenario(module: GroupModule): Scenario<GroupOperation> {
  return {
    ...leaversScenario(module, false),
    name: "group-harmed-leavers",
    faults: { "slow-link": 2, partition: 2, "one-way-partition": 2, "slow-disk": 2, pause: 1 },
    faultCount: { min: 1, max: 3 },
  };
}
