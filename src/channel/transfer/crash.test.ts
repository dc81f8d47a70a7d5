/**
 * Either side dies at every step of a transfer, and at random ones of a longer one; then it starts again and the file is sent
 * again. What was called good is there and whole, what is not whole has no name, and blocks that were whole on the disk are not sent again.
 */
import { describe, expect, test } from "vitest";
import { channelPair, Fuse, TestSource, TestStore } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import { Prng } from "../../sim/index.ts";
import { FileReceiver } from "./receive-files.ts";
import { FileSender } from "./send-files.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 300);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 0);
const BLOCK_BYTES = 16;

interface Life {
  readonly calledGood: boolean;
  readonly sentBytes: number;
  readonly isComplete: boolean;
}

/** One attempt, until it is done or a side has died and the other knows. */
async function live(
  source: TestSource,
  store: TestStore,
  senderFuse: Fuse,
  receiverFuse: Fuse,
): Promise<Life> {
  const [left, right] = channelPair(100);
  source.fuse = senderFuse;
  store.fuse = receiverFuse;
  left.onDeliver = () => senderFuse.tick();
  right.onDeliver = () => receiverFuse.tick();
  const sender = new FileSender(left, { crypto: nodeCrypto, blockBytes: BLOCK_BYTES });
  let received = 0;
  const receiver = new FileReceiver(right, {
    store,
    crypto: nodeCrypto,
    clock: stillClock,
    onReceived: () => received++,
  });
  const readBefore = source.readBytes;
  const senderDied = new Promise<void>((resolve) => {
    senderFuse.onBlow = () => {
      left.die();
      resolve();
    };
  });
  const receiverDied = new Promise<void>((resolve) => {
    receiverFuse.onBlow = () => {
      right.die();
      resolve();
    };
  });
  const sending = sender.send(source).then(
    () => true,
    () => false,
  );
  const done = await Promise.race([
    sending,
    senderDied.then(() => receiver.ended.then(() => false)),
    receiverDied.then(() => sending),
    Promise.all([senderDied, receiverDied]).then(() => false),
  ]);
  const isComplete = done && received > 0;
  return { calledGood: done || received > 0, sentBytes: source.readBytes - readBefore, isComplete };
}

function intactBlocks(store: TestStore, truth: Uint8Array): number {
  const part = store.parts.get("f")?.cache ?? new Uint8Array(0);
  let bytes = 0;
  for (let at = 0; at < truth.length; at += BLOCK_BYTES) {
    const block = truth.subarray(at, at + BLOCK_BYTES);
    if (Buffer.from(part.subarray(at, at + block.length)).equals(block)) bytes += block.length;
  }
  return bytes;
}

function expectWhole(store: TestStore, source: TestSource): void {
  const file = store.files.get("f");
  expect(file?.content).toEqual(source.content);
  expect(file).toMatchObject({ mode: source.mode, modified: source.modified });
}

/** A life that ends at the step, and one that does not. */
async function dieAndSendAgain(
  side: "sender" | "receiver" | "power",
  step: number,
  size: number,
): Promise<boolean> {
  const random = new Prng(`${side} ${step}`, "crash");
  const source = new TestSource("f", random.bytes(size));
  const store = new TestStore();
  const fuse = new Fuse(step);
  const other = new Fuse();
  const [first, second] = side === "sender" ? [fuse, other] : [other, fuse];
  const life = await live(source, store, first, second);
  if (life.calledGood) expectWhole(store, source);
  else if (store.files.size > 0) expectWhole(store, source);
  if (!fuse.isBlown) return false;
  if (side === "power") store.losePower(() => random.chance(0.5));
  const wasThere = store.files.has("f");
  const intact = intactBlocks(store, source.content);
  const again = await live(source, store, new Fuse(), new Fuse());
  expect(again.isComplete).toBe(true);
  expectWhole(store, source);
  expect(again.sentBytes).toBe(wasThere ? 0 : size - intact);
  return true;
}

describe("a crash at every step", () => {
  test.each(["sender", "receiver", "power"] as const)("of the %s", async (side) => {
    for (const size of [0, 5, 100, 16 * 40]) {
      let step = 0;
      while (await dieAndSendAgain(side, step, size)) step++;
      // Each side opens, reads or writes, and hears something.
      expect(step).toBeGreaterThan(side === "sender" ? 4 : 5);
    }
  });
});

test(`crashes of both sides at random steps, again and again (${SEEDS} seeds)`, async () => {
  let crashes = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const random = new Prng(String(seed), "crashes");
    const source = new TestSource("f", random.bytes(16 * 100 + random.below(200)));
    const store = new TestStore();
    for (let life = 0; ; life++) {
      const isLast = life === 6;
      const fuse = () => new Fuse(isLast ? undefined : random.below(400));
      const { isComplete, calledGood } = await live(source, store, fuse(), fuse());
      if (calledGood) expectWhole(store, source);
      if (isComplete) break;
      expect(isLast, `seed ${seed}`).toBe(false);
      crashes++;
      if (random.chance(0.3)) store.losePower(() => random.chance(0.7));
    }
    expectWhole(store, source);
  }
  expect(crashes).toBeGreaterThan(SEEDS);
});
