/** Replicas against the spec, thousands of seeds: COTERIE_SEEDS=N runs N of each kind, COTERIE_SEED=S that one alone. */
import { describe, expect, test } from "vitest";
import { Cluster, type ClusterOptions } from "../../test/support/replica-cluster.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 60);
const ONE = process.env.COTERIE_SEED;

const kinds: readonly { name: string; options: Omit<ClusterOptions, "seed"> }[] = [
  { name: "one replica", options: { voters: 1 } },
  { name: "three replicas", options: { voters: 3 } },
  { name: "three replicas with leases", options: { voters: 3, isLeased: true } },
  { name: "five replicas, two to join", options: { voters: 5, spare: 2 } },
  { name: "two replicas, three to join, with leases", options: { voters: 2, spare: 3, isLeased: true } },
];

describe("replicas keep to the spec and come to rest", () => {
  for (const { name, options } of kinds) {
    test(name, () => {
      const sum = { acknowledged: 0, unknown: 0, refused: 0, reads: 0, snapshots: 0, changes: 0, crashes: 0 };
      const seeds = ONE === undefined ? Array.from({ length: SEEDS }, (_, at) => String(at + 1)) : [ONE];
      for (const seed of seeds) {
        const cluster = new Cluster({ ...options, seed });
        try {
          cluster.run();
        } catch (error) {
          throw new Error(`COTERIE_SEED=${seed}, ${name}: ${(error as Error).stack}`);
        }
        for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += cluster.counts[key];
      }
      if (ONE !== undefined || SEEDS > 60) console.log(name, JSON.stringify(sum));
      expect(sum.acknowledged).toBeGreaterThan(seeds.length);
      expect(sum.reads).toBeGreaterThan(0);
    });
  }
});
