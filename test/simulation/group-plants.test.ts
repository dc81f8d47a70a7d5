/** The simulator tried on bugs of groups: each is found, and the run that shows it becomes a few faults and messages. */
import { describe, expect, test } from "vitest";
import { hunt, isWithin } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import { GROUP_PLANTS } from "./group-plants.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

const HUNT = { seeds: 300, most: { faults: 4, messages: 30 }, tried: 3, shrinkMs: 60_000 };
const messagesOf = (operation: GroupOperation) => (operation.kind === "send" ? operation.count : 0);

describe("a group with a bug", () => {
  for (const { name, edits } of GROUP_PLANTS) {
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
