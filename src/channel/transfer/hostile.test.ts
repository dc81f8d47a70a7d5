// What a peer that is broken, or means harm, can say; and bytes that are no messages.
import { describe, expect, test } from "vitest";
import { offer, randomMessage } from "../../../test/support/transfer-messages.ts";
import { channelPair, TestStore } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import { Prng } from "../../sim/index.ts";
import { MAX_BLOCKS, MAX_WAITING_BYTES, MESSAGE_COST_BYTES } from "./limits.ts";
import { blockMessage, decodeMessage, encodeMessage, Kind, type Message, offerMessage } from "./messages.ts";
import { FileReceiver } from "./receive-files.ts";
import { ReceiverCore, type ReceiverEffect } from "./receiver.ts";
import { SenderCore, type SenderEffect } from "./sender.ts";

/** As many as it takes for every effect to be seen. */
const SEEDS = Math.max(2000, Number(process.env.COTERIE_SEEDS ?? 0));
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 0);

/** Everything that can go on by itself has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** What a receiver answers to an offer on the wire. */
async function answerTo(message: Message): Promise<Message> {
  const [left, right] = channelPair();
  const store = new TestStore();
  const answer = new Promise<Uint8Array>((resolve) => {
    left.onMessage = resolve;
  });
  const receiver = new FileReceiver(right, { store, crypto: nodeCrypto, clock: stillClock });
  left.send(encodeMessage(message));
  const decoded = decodeMessage(await answer);
  left.end();
  await receiver.ended;
  expect([...store.files.keys(), ...(decoded.kind === Kind.TRANSFER_STOP ? store.parts.keys() : [])]).toEqual(
    [],
  );
  return decoded;
}

async function codeFor(message: Message): Promise<string> {
  const answer = await answerTo(message);
  if (answer.kind !== Kind.TRANSFER_STOP) return `kind ${answer.kind}`;
  return new TextDecoder().decode(answer.stop.code);
}

describe("an offer", () => {
  test.each([
    "../f",
    "/etc/passwd",
    "..",
    "",
    "a\u0000b",
    "x/",
    "..\\f",
    "a\u001b[2J",
    "a\u009b2J",
    ".coterie-part-x",
  ])("of the name %j is refused", async (name) => {
    const bytes = new TextEncoder().encode(name);
    expect(await codeFor(offerMessage(offer({ name: bytes })))).toBe("TRANSFER_NAME");
  });

  test("of another version, of impossible numbers, or too large is refused", async () => {
    const whole = offerMessage(offer());
    if (whole.kind !== Kind.TRANSFER_OFFER) throw new Error("no offer");
    const changed = (change: object): Message => ({
      kind: Kind.TRANSFER_OFFER,
      offer: { ...whole.offer, ...change },
    });
    expect(await codeFor(changed({ protocol: 2 }))).toBe("TRANSFER_VERSION");
    expect(await codeFor(changed({ size: 2n ** 64n - 1n }))).toBe("TRANSFER_TOO_LARGE");
    expect(await codeFor(changed({ size: BigInt(16 * MAX_BLOCKS) + 1n }))).toBe("TRANSFER_TOO_LARGE");
    for (const change of [
      { block_bytes: 0 },
      { block_bytes: 2 ** 22 + 1 },
      { mode: 0o4755 },
      { modified: { seconds: 0n, nanoseconds: 1_000_000_000 } },
      { modified: { seconds: 2n ** 62n, nanoseconds: 0 } },
    ]) {
      expect(await codeFor(changed(change))).toBe("TRANSFER_PROTOCOL");
    }
    expect(await codeFor(changed({}))).toBe(`kind ${Kind.TRANSFER_ACCEPT}`);
  });

  test("that is no message is answered, and the session goes on", async () => {
    const [left, right] = channelPair();
    const answers: Message[] = [];
    let wake = () => {};
    left.onMessage = (bytes) => {
      answers.push(decodeMessage(bytes));
      wake();
    };
    new FileReceiver(right, { store: new TestStore(), crypto: nodeCrypto, clock: stillClock });
    const good = encodeMessage(offerMessage(offer()));
    const bad = Uint8Array.of(1, 2, 3);
    for (const bytes of [bad, good, bad, good]) {
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      left.send(bytes);
      await answered;
    }
    const { TRANSFER_STOP, TRANSFER_ACCEPT } = Kind;
    expect(answers.map(({ kind }) => kind)).toEqual([
      TRANSFER_STOP,
      TRANSFER_ACCEPT,
      TRANSFER_STOP,
      TRANSFER_ACCEPT,
    ]);
  });
});

test("a sender that is quicker than the disk is held back", async () => {
  const [left, right] = channelPair(Number.POSITIVE_INFINITY);
  const store = new TestStore();
  const blockBytes = 2 ** 22;
  const count = 20;
  let isPaused = false;
  let mostWaiting = 0;
  let waiting = 0;
  let release = () => {};
  const disk = new Promise<void>((resolve) => {
    release = resolve;
  });
  const accepted = new Promise<void>((resolve) => {
    left.onMessage = () => resolve();
  });
  const pause = right.pause.bind(right);
  right.pause = () => {
    isPaused = true;
    pause();
    release();
  };
  right.onDeliver = () => {
    waiting += blockBytes;
    mostWaiting = Math.max(mostWaiting, waiting);
  };
  new FileReceiver(right, {
    store: {
      open: async (what) => {
        const target = await store.open(what);
        return Object.assign(Object.create(target), {
          write: async () => {
            await disk;
            waiting -= blockBytes;
          },
        });
      },
    },
    crypto: nodeCrypto,
    clock: stillClock,
  });
  left.send(encodeMessage(offerMessage(offer({ size: count * blockBytes, blockBytes }))));
  await accepted;
  waiting = 0;
  const written = new Promise<void>((resolve) => {
    left.onAcknowledged = () => {
      if (left.acknowledged === count + 1) resolve();
    };
  });
  for (let index = 0; index < count; index++) left.send(blockMessage(index, blockBytes).whole);
  await written;
  expect(isPaused).toBe(true);
  // The block on its way to the disk, and the one that was one too many.
  expect(mostWaiting).toBeLessThanOrEqual(MAX_WAITING_BYTES + 2 * blockBytes);
});

describe("messages of few bytes or none", () => {
  /** More than may wait. */
  const COUNT = Math.ceil(MAX_WAITING_BYTES / MESSAGE_COST_BYTES) + 1000;

  test("are held back as others are while the disk is busy", async () => {
    const [left, right] = channelPair();
    let delivered = 0;
    right.onDeliver = () => void delivered++;
    const open = () => new Promise<never>(() => {});
    new FileReceiver(right, { store: { open }, crypto: nodeCrypto, clock: stillClock });
    left.send(encodeMessage(offerMessage(offer())));
    for (let at = 0; at < COUNT; at++) left.send(new Uint8Array(0));
    await settled();
    expect(delivered).toBeGreaterThan(1000);
    expect(delivered).toBeLessThan(COUNT);
  });

  test("are held back when their sender does not take the answers", async () => {
    const [left, right] = channelPair(10_000);
    let delivered = 0;
    right.onDeliver = () => void delivered++;
    const answers: Message[] = [];
    left.onMessage = (bytes) => answers.push(decodeMessage(bytes));
    left.pause();
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs };
    const receiver = new FileReceiver(right, { store: new TestStore(), crypto: nodeCrypto, clock });
    for (let at = 0; at < COUNT; at++) left.send(new Uint8Array(0));
    await settled();
    nowMs = 5000;
    expect([delivered > 1000, delivered < COUNT, receiver.waitingMs]).toEqual([true, true, 5000]);
    left.resume();
    await settled();
    expect([delivered, answers.length]).toEqual([COUNT, COUNT]);
  });
});

describe("whatever is said", () => {
  test(`a receiver writes only inside the file, and never gives a name (${SEEDS} seeds)`, () => {
    const kinds = new Set<string>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const random = new Prng(String(seed), "receiver");
      const core = new ReceiverCore(nodeCrypto);
      let outstanding = 0;
      const perform = (effects: readonly ReceiverEffect[]): void => {
        for (const effect of effects) {
          kinds.add(effect.kind);
          if (effect.kind === "open") {
            perform(
              core.handle({
                kind: "opened",
                basis: random.chance(0.8) ? "part" : "present",
                presentBytes: random.below(200),
              }),
            );
          } else if (effect.kind === "write") {
            expect(effect.position + effect.data.length).toBeLessThanOrEqual(core.offer.size);
          } else if (effect.kind === "digest") {
            expect(++outstanding).toBeLessThanOrEqual(4);
            expect(effect.first + effect.count).toBeLessThanOrEqual(core.blocks.count);
            if (random.chance(0.5)) continue;
            outstanding--;
            perform(
              core.handle({
                kind: "digested",
                digests: Array.from({ length: effect.count }, () => random.bytes(32)),
              }),
            );
          }
          expect(effect.kind).not.toBe("commit");
        }
      };
      perform(
        core.handle({ kind: "message", message: offerMessage(offer({ size: 1 + random.below(200) })) }),
      );
      for (let i = 0; i < 20; i++) perform(core.handle({ kind: "message", message: randomMessage(random) }));
    }
    expect([...kinds].sort()).toEqual(["digest", "failed", "open", "send", "settle", "write"]);
  });

  test(`a sender never calls it good (${SEEDS} seeds)`, () => {
    const kinds = new Set<string>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const random = new Prng(String(seed), "sender");
      const core = new SenderCore(offer({ size: 1 + random.below(200) }), nodeCrypto);
      const perform = (effects: readonly SenderEffect[]): void => {
        for (const effect of effects) {
          kinds.add(effect.kind);
          expect(["done", "check"]).not.toContain(effect.kind);
          if (effect.kind === "digest") {
            perform(
              core.handle({
                kind: "digested",
                digests: Array.from({ length: effect.count }, () => random.bytes(32)),
              }),
            );
          } else if (effect.kind === "transmit" && random.chance(0.5)) {
            perform(core.handle({ kind: "transmitted" }));
          }
        }
      };
      perform(core.start());
      const present = random.below(core.blocks.count + 1);
      perform(core.handle({ kind: "message", message: { kind: 2, accept: { basis: 0, present } } }));
      for (let i = 0; i < 20; i++) perform(core.handle({ kind: "message", message: randomMessage(random) }));
    }
    expect([...kinds].sort()).toEqual(["digest", "failed", "send", "transmit"]);
  });
});
