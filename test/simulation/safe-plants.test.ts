/** The simulator tried on bugs of safe messages: each is found, and the run that shows it becomes a few faults and messages. */
import { describe, expect, test } from "vitest";
import { hunt, isWithin, planted } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import { SAFE_PLANTS } from "./safe-plants.ts";
import { type SafeModule, type SafeOperation, safeScenario } from "./safe-scenario.ts";

const HUNT = { seeds: 1000, most: { faults: 4, messages: 40 }, tried: 3, shrinkMs: 20_000 };
const FOUND = { most: { faults: 8, messages: 1000 }, tried: 1, shrinkMs: 1000 };
const messagesOf = ({ count }: SafeOperation) => count;

describe("safe messages with a bug", () => {
  for (const { name, edits, isEndless } of planted(SAFE_PLANTS, [0, 1, 2, 5, 6])) {
    const how = isEndless ? { ...HUNT, ...FOUND } : HUNT;
    test(`${name}: is found, and shown by a small run`, { timeout: 60 * HUNT.shrinkMs }, async () => {
      const { module, remove } = await plant<SafeModule>("group", edits);
      try {
        const sizes = await hunt(safeScenario(module), messagesOf, how);
        expect(sizes.length, `failures in ${how.seeds} seeds`).toBeGreaterThan(0);
        expect(isWithin(sizes.at(-1), how.most), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
});
