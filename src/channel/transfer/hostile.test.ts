// What a peer that is broken, or means harm, can say; and bytes that are no messages.
import { describe, expect, test } from "vitest";
import { channelPair, TestStore } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import { Prng } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import { BlockSet, Blocks } from "./blocks.ts";
import type { TransferOffer } from "./files.ts";
import { MAX_BLOCKS, MAX_WAITING_BYTES } from "./limits.ts";
import {
  blockMessage,
  decodeMessage,
  encodeMessage,
  Kind,
  type Message,
  offerMessage,
  stopError,
  stopMessage,
} from "./messages.ts";
import { FileReceiver } from "./receive-files.ts";
import { ReceiverCore, type ReceiverEffect } from "./receiver.ts";
import { SenderCore, type SenderEffect } from "./sender.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 2000);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 0);
const NAME = new TextEncoder().encode("f");

function offer(change: Partial<TransferOffer> = {}): TransferOffer {
  const modified = { seconds: 5, nanoseconds: 7 };
  return { name: NAME, size: 100, blockBytes: 16, mode: 0o644, modified, ...change };
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
  test.each(["../f", "/etc/passwd", "..", "", "a\u0000b", "x/", "..\\f", ".coterie-part-x"])(
    "of the name %j is refused",
    async (name) => {
      const bytes = new TextEncoder().encode(name);
      expect(await codeFor(offerMessage(offer({ name: bytes })))).toBe("TRANSFER_NAME");
    },
  );

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
    for (const bytes of [Uint8Array.of(1, 2, 3), encodeMessage(offerMessage(offer()))]) {
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      left.send(bytes);
      await answered;
    }
    expect(answers.map(({ kind }) => kind)).toEqual([Kind.TRANSFER_STOP, Kind.TRANSFER_ACCEPT]);
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

describe("whatever is said", () => {
  function randomMessage(random: Prng): Message {
    const digest = () => random.bytes(32);
    const index = () => (random.chance(0.8) ? random.below(9) : random.uint32());
    switch (1 + random.below(10)) {
      case 1:
        return offerMessage(offer({ size: random.below(200) }));
      case 2:
        return { kind: 2, accept: { basis: random.chance(0.5) ? 0 : 1, present: index() } };
      case 3:
        return {
          kind: 3,
          digests: {
            pass: random.below(3),
            first: index(),
            digests: Array.from({ length: random.below(20) }, digest),
          },
        };
      case 4:
        return {
          kind: 4,
          needed: {
            pass: random.below(3),
            first: index(),
            count: index(),
            bits: random.bytes(random.below(33)),
          },
        };
      case 5:
        return {
          kind: 5,
          block: { index: index(), data: random.bytes(random.chance(0.7) ? 16 : random.below(40)) },
        };
      case 6:
        return { kind: 6, pass: random.below(3) };
      case 7:
        return { kind: 7, verified: digest() };
      case 8:
        return { kind: 8, commit: digest() };
      case 9:
        return { kind: 9, done: { transcript: digest(), was_present: random.chance(0.5) } };
      default:
        return random.chance(0.2)
          ? stopMessage(new CoterieError("TRANSFER_CHANGED", "x"))
          : { kind: 6, pass: 0 };
    }
  }

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

  test("bytes that are no message are told from messages", () => {
    const random = new Prng("bytes", "bytes");
    let messages = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = random.chance(0.5)
        ? random.bytes(random.below(100))
        : encodeMessage(randomMessage(random));
      if (random.chance(0.7) && bytes.length > 0) {
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      }
      try {
        decodeMessage(bytes);
        messages++;
      } catch (error) {
        expect(error).toMatchObject({ code: "TRANSFER_PROTOCOL" });
      }
    }
    expect(messages).toBeGreaterThan(1000);
  });
});

test("a block's message is the one that the compiler's code writes", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 100]) {
    const content = new Prng("block", "block").bytes(length);
    const { whole, data } = blockMessage(7, length);
    data.set(content);
    expect(whole).toEqual(encodeMessage({ kind: Kind.TRANSFER_BLOCK, block: { index: 7, data: content } }));
  }
});

test("what the other side stopped for is told as its own failure, and never as one of this machine", () => {
  const wire = (code: string, message: string) => {
    const stop = stopMessage(new CoterieError(code, message));
    if (stop.kind !== Kind.TRANSFER_STOP) throw new Error("no stop");
    return stop.stop;
  };
  expect(stopError(wire("TRANSFER_EXISTS", "it is there")).code).toBe("TRANSFER_EXISTS");
  expect(stopError(wire("LOCAL_FULL", "no room"))).toMatchObject({
    code: "TRANSFER_PEER_FAILED",
    message: "the other side failed: LOCAL_FULL: no room",
  });
  expect(stopError(wire("<b>", "x")).code).toBe("TRANSFER_PROTOCOL");
  expect(wire("LOCAL_IO", "y".repeat(5000)).message.length).toBe(1024);
});

describe("blocks", () => {
  test("cover the file once", () => {
    for (const size of [0, 1, 15, 16, 17, 160, 161]) {
      const blocks = new Blocks(size, 16);
      let end = 0;
      for (let index = 0; index < blocks.count; index++) {
        expect(blocks.start(index)).toBe(end);
        expect(blocks.length(index)).toBeGreaterThan(0);
        end += blocks.length(index);
        expect(blocks.bytes(0, index + 1)).toBe(end);
      }
      expect(end).toBe(size);
      expect([blocks.within(size), blocks.within(size + 9)]).toEqual([blocks.count, blocks.count]);
      if (size > 0) expect(blocks.within(size - 1)).toBe(Math.floor((size - 1) / 16));
    }
    expect(() => new Blocks(MAX_BLOCKS + 1, 1)).toThrow(RangeError);
  });

  test("form sets as any set does", () => {
    const random = new Prng("sets", "sets");
    const set = new BlockSet(100);
    const naive = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      const index = random.below(100);
      if (random.chance(0.5)) {
        set.add(index);
        naive.add(index);
      } else {
        set.delete(index);
        naive.delete(index);
      }
      expect(set.size).toBe(naive.size);
      expect(set.has(index)).toBe(naive.has(index));
    }
    expect([...set]).toEqual([...naive].sort((a, b) => a - b));
    set.addFrom(90);
    for (let index = 90; index < 100; index++) expect(set.has(index)).toBe(true);
    expect(() => set.add(100)).toThrow(RangeError);
    expect(set.has(1000)).toBe(false);
  });
});
