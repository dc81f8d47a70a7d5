// The sessions of many senders to one directory, with time moved by hand.
import { expect, test } from "vitest";
import { channelPair, type TestChannel, TestSource, TestStore } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto } from "../../../test/support/world-pieces.ts";
import { FileSender, type TransferFailure } from "../../channel/index.ts";
import type { World } from "../../world/index.ts";
import type { Holder } from "./local-store.ts";
import { MAX_SENDERS, ReceiveService, SILENCE_MS } from "./receive-service.ts";

/** What has been started has ended, or waits for something that does not come by itself. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

class Rig {
  nowMs = 0;
  readonly store = new TestStore();
  readonly received: number[] = [];
  readonly failed: string[] = [];
  readonly ended: (readonly [received: number, failed: number])[] = [];
  readonly holders: Holder[] = [];
  readonly service: ReceiveService;

  constructor() {
    const world = { crypto: nodeCrypto, clock: { monotonicMs: () => this.nowMs } };
    const shared = {
      forSession: (holder: Holder) => {
        this.holders.push(holder);
        return this.store;
      },
    };
    this.service = new ReceiveService(world as unknown as World, shared, {
      onProgress: () => {},
      onReceived: (_result, elapsedMs) => this.received.push(elapsedMs),
      onFailed: ({ error }: TransferFailure) => this.failed.push(error.code),
      onSessionEnd: (_end, received, failed) => this.ended.push([received, failed]),
      onBroken: (error) => {
        throw error;
      },
    });
  }

  /** A sender's end of a new session; `isGone` once it was closed. */
  sender(): { channel: TestChannel; isGone: () => boolean } {
    const [channel, far] = channelPair();
    let isGone = false;
    channel.onClose = () => {
      isGone = true;
    };
    this.service.accept(far);
    return { channel, isGone: () => isGone };
  }
}

test("tells how long each file took since it was offered, an empty one too", async () => {
  const rig = new Rig();
  const { channel } = rig.sender();
  const sender = new FileSender(channel, { crypto: nodeCrypto });
  rig.nowMs = 7000;
  const source = new TestSource("f", new Uint8Array(10));
  source.onRead = () => {
    rig.nowMs += 300;
  };
  await sender.send(source);
  expect(rig.received).toEqual([600]);
  await sender.send(new TestSource("empty", new Uint8Array(0)));
  expect(rig.received).toEqual([600, 0]);
  await sender.end();
  await settled();
  expect(rig.ended).toEqual([[2, 0]]);
});

test("has so many senders: one that was silent makes room, one that was not keeps its place", async () => {
  const rig = new Rig();
  const senders = Array.from({ length: MAX_SENDERS }, () => rig.sender());
  rig.nowMs = SILENCE_MS - 1;
  const early = rig.sender();
  await settled();
  expect([early.isGone(), ...senders.map(({ isGone }) => isGone())].filter((gone) => gone)).toEqual([true]);
  expect(early.isGone()).toBe(true);
  // All but the fourth say something.
  for (const { channel } of senders.filter((_, at) => at !== 3)) channel.send(new Uint8Array(0));
  await settled();
  rig.nowMs = SILENCE_MS;
  const late = rig.sender();
  await settled();
  expect(
    [late.isGone(), ...senders.map(({ isGone }) => isGone())].flatMap((gone, at) => (gone ? at : [])),
  ).toEqual([4]);
  expect(rig.ended).toEqual([[0, 0]]);
});

test("a silent sender's file is given up for another one, and nobody else's", async () => {
  const rig = new Rig();
  const { isGone } = rig.sender();
  rig.nowMs = SILENCE_MS - 1;
  expect(await rig.holders[0]?.giveUp()).toBe(false);
  expect(isGone()).toBe(false);
  rig.nowMs = SILENCE_MS;
  expect(await rig.holders[0]?.giveUp()).toBe(true);
  await settled();
  expect(isGone()).toBe(true);
});

test("stops all its sessions, and then nothing is open", async () => {
  const rig = new Rig();
  const senders = [rig.sender(), rig.sender()];
  await rig.service.stop();
  await settled();
  expect(senders.map(({ isGone }) => isGone())).toEqual([true, true]);
  expect(rig.ended).toHaveLength(2);
});
