/** The simulator tried on bugs of channels: each is found, and the run that shows it becomes a few faults and messages. */
import { describe, expect, test } from "vitest";
import { hunt, isWithin } from "../support/plant-hunt.ts";
import { plant } from "../support/planted.ts";
import { CHANNEL_PLANTS } from "./channel-plants.ts";
import { type ChannelModule, type ChannelOperation, channelScenario } from "./channel-scenario.ts";

const HUNT = { seeds: 1000, most: { faults: 10, messages: 3 }, tried: 5, shrinkMs: 300_000 };
const messagesOf = (operation: ChannelOperation) => (operation.kind === "send" ? operation.count : 0);

describe("a channel with a bug", () => {
  for (const { name, edits } of CHANNEL_PLANTS) {
    test(`${name}: is found, and shown by a small run`, { timeout: 2 * HUNT.shrinkMs }, async () => {
      const { module, remove } = await plant<ChannelModule>("channel", edits);
      try {
        const sizes = await hunt(channelScenario(module), messagesOf, HUNT);
        expect(sizes.length, `failures in ${HUNT.seeds} seeds`).toBeGreaterThan(0);
        expect(isWithin(sizes.at(-1), HUNT.most), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
});
