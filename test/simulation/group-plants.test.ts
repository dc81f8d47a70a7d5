/** The simulator tried on bugs of groups: each is found, and the run that shows it becomes a few faults and messages. */
import { describe, expect, test } from "vitest";
import { hunt, isWithin, planted } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import { GROUP_PLANTS } from "./group-plants.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

const SMALL = { seeds: 300, most: { faults: 4, messages: 30 }, tried: 3, shrinkMs: 60_000 };
/** In the suite they need only be found: to make such runs small takes minutes. */
const FOUND = { seeds: 300, most: { faults: 20, messages: 2000 }, tried: 1, shrinkMs: 1000 };
const HUNT = process.env.COTERIE_SOAK === "1" ? SMALL : FOUND;
const messagesOf = (operation: GroupOperation) => (operation.kind === "send" ? operation.count : 0);

describe("a group with a bug", () => {
  for (const { name, edits } of planted(GROUP_PLANTS, [0, 1, 2])) {
    test(`${name}: is found, and shown by a small run`, { timeout: 600_000 }, async () => {
      const { module, remove } = await plant<GroupModule>("group", edits);
      try {
        const sizes = await hunt(groupScenario(module), messagesOf, HUNT);
        expect(sizes.length, `failures in ${HUNT.seeds} seeds`).toBeGreaterThan(0);
        expect(isWithin(sizes.at(-1), HUNT.most), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
});
