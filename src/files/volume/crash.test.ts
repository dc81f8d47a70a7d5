// Crashes and failing disks, by the seed: COTERIE_SEED=n replays one, COTERIE_SEEDS=n runs so many.
import { describe, expect, test } from "vitest";
import { crashAmongOperations, crashAmongUnstableWrites, failingDisk } from "../../../test/volume/crash.ts";

const only = process.env.COTERIE_SEED;
const count = Number(process.env.COTERIE_SEEDS ?? (process.env.COTERIE_SOAK === "1" ? 5000 : 250));
const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];

async function eachSeed<T>(run: (seed: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const seed of seeds) {
    try {
      results.push(await run(seed));
    } catch (error) {
      throw new Error(`seed ${seed} (replay: COTERIE_SEED=${seed} npx vitest run crash): ${error}`, {
        cause: error,
      });
    }
  }
  return results;
}

describe("after a crash", () => {
  test("everything acknowledged is there, and whole operations only", { timeout: 3_600_000 }, async () => {
    const results = await eachSeed(crashAmongOperations);
    // The crashes are real ones: some lose operations, and some keep more than they acknowledged.
    if (only === undefined) {
      expect(results.some(({ lost }) => lost > 0)).toBe(true);
      expect(results.some(({ kept }) => kept > 0)).toBe(true);
    }
  });

  test("committed data is there, and lost data shows in the verifier", { timeout: 3_600_000 }, async () => {
    const results = await eachSeed(crashAmongUnstableWrites);
    expect(results).toHaveLength(seeds.length);
  });

  test("a disk that refuses writes makes commits fail, and never silently", {
    timeout: 3_600_000,
  }, async () => {
    const results = await eachSeed(failingDisk);
    if (only === undefined) expect(results.some(({ failures }) => failures > 0)).toBe(true);
  });
});
