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
/** Failing runs that are made small: not every one becomes as small as the next. */
const MOST_TRIED = 5;
const SHRINK_MS = 300_000;

describe("a channel with a bug", () => {
  for (const { name, edits } of CHANNEL_PLANTS) {
    test(`${name}: is found, and shown by a small run`, { timeout: 2 * SHRINK_MS }, async () => {
      const { module, remove } = await plant<ChannelModule>("channel", edits);
      try {
        const sizes: Size[] = [];
        for await (const failed of failures(channelScenario(module))) {
          sizes.push(await shrink(channelScenario(module), failed));
          if (sizes.some(isSmall) || sizes.length === MOST_TRIED) break;
        }
        expect(sizes.length, `failures in ${SEEDS} seeds`).toBeGreaterThan(0);
        expect(sizes.some(isSmall), `made as small as ${JSON.stringify(sizes)}`).toBe(true);
      } finally {
        remove();
      }
    });
  }
});

type ChannelScenario = ReturnType<typeof channelScenario>;

interface Size {
  readonly faults: number;
  readonly messages: number;
}

const isSmall = ({ faults, messages }: Size) => faults <= MOST_FAULTS && messages <= MOST_MESSAGES;

async function* failures(scenario: ChannelScenario): AsyncGenerator<Run<ChannelOperation>> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await runPlan(scenario, drawPlan(scenario, String(seed)));
    if (run.failure !== undefined) yield run;
  }
}

async function shrink(scenario: ChannelScenario, { plan, failure }: Run<ChannelOperation>): Promise<Size> {
  const again = async (smaller: Plan<ChannelOperation>) => (await runPlan(scenario, smaller)).failure;
  const first = failure as NonNullable<typeof failure>;
  const shrunk = await shrinkPlan(scenario, plan, first, again, { maxMs: SHRINK_MS });
  expect(shrunk.failure.property).toBe(first.property);
  return { faults: shrunk.after.faults, messages: messagesOf(shrunk.plan) };
}

function messagesOf({ operations }: Plan<ChannelOperation>): number {
  return operations.reduce((sum, operation) => sum + (operation.kind === "send" ? operation.count : 0), 0);
}
