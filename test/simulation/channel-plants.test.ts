/**
 * The simulator tried on bugs: each is found, and the run that shows it becomes a few faults and messages. It is what the
 * scenario and its spec are worth.
 */
import { describe, expect, test } from "vitest";
import { drawPlan, type Plan, type Run, runPlan, shrinkPlan } from "../../src/sim/index.ts";
import { plant } from "../support/planted.ts";
import { CHANNEL_PLANTS } from "./channel-plants.ts";
import { type ChannelModule, type ChannelOperation, channelScenario } from "./channel-scenario.ts";

const SEEDS = 1000;
const MOST_FAULTS = 10;
const MOST_MESSAGES = 3;
const SHRINK_MS = 300_000;

describe("a channel with a bug", () => {
  for (const { name, edits } of CHANNEL_PLANTS) {
    test(`${name}: is found, and shown by a small run`, { timeout: 2 * SHRINK_MS }, async () => {
      const { module, remove } = await plant<ChannelModule>("channel", edits);
      try {
        const scenario = channelScenario(module);
        const failed = await firstFailure(scenario);
        const again = async (plan: Plan<ChannelOperation>) => (await runPlan(scenario, plan)).failure;
        const failure = failed.failure as NonNullable<typeof failed.failure>;
        const shrunk = await shrinkPlan(scenario, failed.plan, failure, again, { maxMs: SHRINK_MS });
        expect(shrunk.failure.property).toBe(failure.property);
        expect(shrunk.after.faults).toBeLessThanOrEqual(MOST_FAULTS);
        expect(messagesOf(shrunk.plan)).toBeLessThanOrEqual(MOST_MESSAGES);
      } finally {
        remove();
      }
    });
  }
});

async function firstFailure(scenario: ReturnType<typeof channelScenario>): Promise<Run<ChannelOperation>> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await runPlan(scenario, drawPlan(scenario, String(seed)));
    if (run.failure !== undefined) return run;
  }
  throw new Error(`not found in ${SEEDS} seeds`);
}

function messagesOf({ operations }: Plan<ChannelOperation>): number {
  return operations.reduce((sum, operation) => sum + (operation.kind === "send" ? operation.count : 0), 0);
}
