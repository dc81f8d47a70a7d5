/**
 * Scenarios of replicated volumes that bring about what the general one meets once in thousands of runs. What they are for is in
 * `volume-plants.ts`: bugs that only such runs show.
 */
import type { Prng, Scenario } from "../../src/sim/index.ts";
import type { ReplicatedModule } from "./volume-nodes.ts";
import { volumeScenario } from "./volume-scenario.ts";
import { CLIENTS, type VolumeOperation } from "./volume-workload.ts";

const COPYING = { latencyMs: 1, jitterMs: 12 };

/**
 * Copies: clients wait so little for a node that most calls come by two or three, some of them after the next call. They meet at one name,
 * and write its file and read it.
 */
export function volumeCopiesScenario(module: ReplicatedModule): Scenario<VolumeOperation> {
  return volumeScenario(
    module,
    {
      name: "volume-copies",
      nodes: 3,
      quietMs: 5000,
      simulation: { link: COPYING },
      faults: { partition: 3, "partial-partition": 3, reset: 1, loss: 2, "slow-link": 3, "slow-disk": 2 },
      faultCount: { min: 0, max: 4 },
      workload: ({ random, nodes, quietMs }) => {
        const isAboutNames = random.chance(0.5);
        return drawn(60 + random.below(60), quietMs, random, (atMs): VolumeOperation => {
          const step = { atMs, client: random.below(CLIENTS), node: random.below(nodes), name: 0 };
          const kind = random.unit();
          if (kind < 0.1) return { ...step, kind: "lookup" };
          if (kind < (isAboutNames ? 0.6 : 0.2)) return { ...step, kind: "create" };
          if (kind < (isAboutNames ? 1 : 0.22)) return { ...step, kind: "remove" };
          return { ...step, kind: kind < 0.6 ? "write" : "read" };
        });
      },
    },
    { patienceMs: 20 },
  );
}

/**
 * The same with unstable writes to two blocks of each client's own file, each by another node than the one before. COMMIT waits little for
 * other nodes, so that sessions end while their writes are on the way; and half of the clients do not write again what may be lost. Files are cut
 * by one node with writes on their way at others.
 */
export function volumeUnstableScenario(module: ReplicatedModule): Scenario<VolumeOperation> {
  return volumeScenario(
    module,
    {
      name: "volume-unstable",
      nodes: 3,
      quietMs: 5000,
      simulation: { link: COPYING },
      faults: { partition: 2, "partial-partition": 3, reset: 1, loss: 3, "slow-disk": 2 },
      faultCount: { min: 0, max: 4 },
      workload: ({ random, nodes, quietMs }) =>
        drawn(10 + random.below(40), quietMs, random, (atMs): VolumeOperation => {
          const step = { atMs, client: random.below(CLIENTS), node: random.below(nodes) };
          if (random.chance(0.15)) return { ...step, kind: "check" };
          const blocks = Array.from({ length: 1 + random.below(6) }, () => random.below(2));
          const commitNode = random.below(nodes);
          if (random.chance(0.2))
            return { ...step, kind: "cut", blocks, cutNode: commitNode, isByCreate: random.chance(0.5) };
          return { ...step, kind: "save", blocks, commitNode, isGivenUp: random.chance(0.5) };
        }),
    },
    { patienceMs: 20, flushMs: 60 },
  );
}

/** At random times, in their order. */
function drawn(
  count: number,
  quietMs: number,
  random: Prng,
  draw: (atMs: number) => VolumeOperation,
): VolumeOperation[] {
  return Array.from({ length: count }, () => draw(random.below(quietMs))).sort((a, b) => a.atMs - b.atMs);
}

/** Snapshots that come and go, each with something that only it has, while all nodes lose their power again and again. */
export function volumeReclaimScenario(module: ReplicatedModule): Scenario<VolumeOperation> {
  return volumeScenario(module, {
    name: "volume-reclaim",
    nodes: 3,
    quietMs: 4000,
    faults: { blackout: 6, "crash-restart": 2 },
    faultCount: { min: 3, max: 8 },
    workload: ({ random, nodes, quietMs }) =>
      drawn(30 + random.below(40), quietMs, random, (atMs): VolumeOperation => {
        const step = { atMs, client: random.below(CLIENTS), node: random.below(nodes) };
        const kind = random.unit();
        if (kind < 0.25) return { ...step, kind: "snapshot" };
        if (kind < 0.6) return { ...step, kind: "drop", which: 0 };
        return { ...step, kind: kind < 0.7 ? "create" : "write", name: 0 };
      }),
  });
}
