import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../sim/index.ts";
import { runViewModel, type ViewModelCounts } from "../world/contract/store-view-model.ts";
import { createNodeWorld } from "./index.ts";

const SEEDS = process.env.COTERIE_SOAK === "1" ? 400 : 4;

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-view-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("views of stores", () => {
  for (const commit of ["adaptive", "inline", "thread"] as const) {
    it(`agree with copies, commits ${commit} (${SEEDS} seeds)`, { timeout: 3_600_000 }, async () => {
      const sum: ViewModelCounts = { checked: 0, patched: 0, taken: 0, lost: 0, undone: 0, reopened: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        // Logs from such as are full at once to such as never are: changes in places go the one way or the other.
        const logBytes = [16_384, 65_536, 1 << 20][seed % 3] as number;
        const world = createNodeWorld({ directory, storeTuning: { commit, logBytes, leastPlacedBytes: 1 } });
        const isLog = seed % 2 === 0;
        const counts = await runViewModel({
          commands: 300,
          random: new Prng(`${seed}`, "view model"),
          open: () => world.storage.open(`${commit}-${seed}`, { isLog }),
          pause: () => turn(),
        }).catch((error: Error) => {
          throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
        });
        for (const key of Object.keys(sum) as (keyof ViewModelCounts)[]) sum[key] += counts[key];
        await world.close();
      }
      expect(sum.taken).toBeGreaterThan(SEEDS * 10);
      expect(sum.patched).toBeGreaterThan(SEEDS * 10);
      expect(sum.checked).toBeGreaterThan(SEEDS * 10);
      expect(sum.reopened).toBeGreaterThan(SEEDS / 2);
    });
  }
});
