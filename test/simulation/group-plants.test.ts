/** The simulator tried on bugs of groups: each is found, and the run that shows it becomes a few faults and messages. */
import { describe, expect, test } from "vitest";
import type { Scenario } from "../../src/sim/index.ts";
import { type Hunt, hunt, isWithin, planted } from "../support/plant-hunt.ts";
import { type Plant, plant } from "../support/planted.ts";
import { GROUP_PLANTS, VIEW_PLANTS } from "./group-plants.ts";
import { RARE_GROUP_PLANTS } from "./group-rare-plants.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";
import { groupViewsScenario } from "./group-views-scenario.ts";

const SMALL: Hunt = { seeds: 1000, most: { faults: 6, messages: 30 }, tried: 5, shrinkMs: 120_000 };
/** In the suite they need only be found: to make such runs small takes minutes. */
const FOUND: Hunt = { seeds: 1000, most: { faults: 20, messages: 2000 }, tried: 1, shrinkMs: 1000 };
const HUNT = process.env.COTERIE_SOAK === "1" ? SMALL : FOUND;
const messagesOf = (operation: GroupOperation) => (operation.kind === "send" ? operation.count : 0);

function finds<Planted extends Plant>(
  plants: readonly Planted[],
  inSuite: readonly number[],
  scenarioOf: (plant: Planted) => (module: GroupModule) => Scenario<GroupOperation>,
): void {
  for (const each of planted(plants, inSuite)) {
    test(`${each.name}: is found, and shown by a small run`, { timeout: 1_200_000 }, async () => {
      const { module, remove } = await plant<GroupModule>("group", each.edits);
      try {
        const sizes = await hunt(scenarioOf(each)(module), messagesOf, HUNT);
        expect(sizes.length, `failures in ${HUNT.seeds} seeds`).toBeGreaterThan(0);
        expect(isWithin(sizes.at(-1), HUNT.most), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
}

describe("a group with a bug", () => finds(GROUP_PLANTS, [0, 3, 6], () => groupScenario));

describe("a group with a bug between its views", () => finds(VIEW_PLANTS, [0, 4], () => groupViewsScenario));

describe("a group with a bug that hides", () => finds(RARE_GROUP_PLANTS, [0, 3], ({ scenario }) => scenario));
