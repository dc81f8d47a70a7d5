import { expect, test } from "vitest";
import { callOf3, where } from "../../../test/support/volume-entries.ts";
import { Simulation } from "../../sim/index.ts";
import { CallGatherer, MAX_CALLS_BYTES } from "./call-gatherer.ts";
import { type CallCommand, NO_EPOCH } from "./commands.ts";
import type { CallReply } from "./entries.ts";
import { VOLUME_MAX_CALLS } from "./gen/volume-log.gen.ts";

function commandOf(args = callOf3(12, { object: where("a") }).args): CallCommand {
  const call = { ...callOf3(12, { object: where("a") }), args };
  return { call, seen: 1, now: { seconds: 1, nanoseconds: 0 }, isRefused: false, epoch: NO_EPOCH };
}

/** The reply of a call is the low word of its identity. */
function replyOf({ call }: CallCommand): Uint8Array {
  return Uint8Array.of(call.identity.low & 255);
}

function gathering(
  body: (gatherer: CallGatherer, entries: (readonly CallCommand[])[], sim: Simulation) => Promise<void>,
  { gatherMs = 0, isRefused = false } = {},
): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("n");
  const entries: (readonly CallCommand[])[] = [];
  const append = async (calls: readonly CallCommand[]) => {
    entries.push(calls);
    if (isRefused) throw new Error("refused");
    return { index: entries.length, reply: calls.map(replyOf) };
  };
  return sim.run(() => body(new CallGatherer({ timers: node.world.timers, gatherMs, append }), entries, sim));
}

test("calls that come together share an entry, in their order, and each has its own reply", async () => {
  await gathering(async (gatherer, entries) => {
    const commands = Array.from({ length: 5 }, () => commandOf());
    const replies = await Promise.all(commands.map((command) => gatherer.append(command)));
    expect(entries).toEqual([commands]);
    expect(replies).toEqual(commands.map(replyOf));
    const alone = commandOf();
    expect(await gatherer.append(alone)).toEqual(replyOf(alone));
    expect(entries).toEqual([commands, [alone]]);
  });
});

test("an entry takes so many calls, and so many bytes; a call that is larger is alone", async () => {
  await gathering(async (gatherer, entries) => {
    const lengths = () => entries.splice(0).map(({ length }) => length);
    await Promise.all(Array.from({ length: 2 * VOLUME_MAX_CALLS + 3 }, () => gatherer.append(commandOf())));
    expect(lengths()).toEqual([VOLUME_MAX_CALLS, VOLUME_MAX_CALLS, 3]);
    const half = MAX_CALLS_BYTES / 2;
    const sizes = [half, half, 1, 2 * MAX_CALLS_BYTES, 1, half];
    await Promise.all(sizes.map((size) => gatherer.append(commandOf(new Uint8Array(size)))));
    expect(lengths()).toEqual([2, 1, 1, 2]);
  });
});

test("what the log refuses is refused to each", async () => {
  await gathering(
    async (gatherer) => {
      const outcomes = await Promise.allSettled(
        [commandOf(), commandOf()].map((each) => gatherer.append(each)),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    },
    { isRefused: true },
  );
});

test("calls wait for others, if they shall", async () => {
  await gathering(
    async (gatherer, entries, sim) => {
      const replies: Promise<CallReply>[] = [];
      for (let at = 0; at < 4; at++) {
        replies.push(gatherer.append(commandOf()));
        await sim.sleep(4);
      }
      await Promise.all(replies);
      expect(entries.map(({ length }) => length)).toEqual([3, 1]);
    },
    { gatherMs: 10 },
  );
});
