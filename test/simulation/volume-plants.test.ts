/**
 * The simulator tried on bugs of a replicated volume: each is found, and the run that shows it becomes a few faults and
 * operations. It is what the scenario and its model are worth.
 */
import { describe, expect, test } from "vitest";
import { hunt, isWithin, planted } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import type { ReplicatedModule } from "./volume-nodes.ts";
import { VOLUME_PLANTS } from "./volume-plants.ts";
import { volumeScenario } from "./volume-scenario.ts";
import type { VolumeOperation } from "./volume-workload.ts";

const SEEDS = 1000;
const MOST = { faults: 4, messages: 30 };
const TRIED = 3;
/** In the suite a run is made somewhat smaller, and not as small as it gets. */
const SHRINK_MS = process.env.COTERIE_SOAK === "1" ? 120_000 : 15_000;

describe("a replicated volume with a bug", () => {
  for (const { name, edits, scenario: scenarioOf = volumeScenario } of planted(VOLUME_PLANTS, [3, 4])) {
    test(`${name}: is found, and shown by a small run`, { timeout: 40 * 120_000 }, async () => {
      const { module, remove } = await plant<ReplicatedModule>("files", edits);
      try {
        const limits = { seeds: SEEDS, most: MOST, tried: TRIED, shrinkMs: SHRINK_MS };
        const sizes = await hunt<VolumeOperation>(scenarioOf(module), () => 1, limits);
        expect(sizes.length, `a failure in ${SEEDS} seeds`).toBeGreaterThan(0);
        expect(
          sizes.some((size) => isWithin(size, MOST)),
          JSON.stringify(sizes),
        ).toBe(true);
      } finally {
        remove();
      }
    });
  }
});
