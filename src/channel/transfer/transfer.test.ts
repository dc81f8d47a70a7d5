// One file from one machine to another, over a channel in memory.
import { describe, expect, test } from "vitest";
import { channelPair, NO_DAMAGE, TestSource, TestStore } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import { Prng } from "../../sim/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { TransferFailure, TransferProgress, TransferResult, TransferStore } from "./files.ts";
import { FileReceiver, type SessionEnd } from "./receive-files.ts";
import { FileSender } from "./send-files.ts";

interface Site {
  readonly sender: FileSender;
  readonly received: TransferResult[];
  readonly failed: TransferFailure[];
  readonly ended: Promise<SessionEnd>;
}

function connect(
  store: TransferStore,
  options: {
    blockBytes?: number;
    maxPendingBytes?: number;
    onProgress?: (progress: TransferProgress) => void;
    onReceiverProgress?: (progress: TransferProgress) => void;
  } = {},
): Site {
  const [left, right] = channelPair(options.maxPendingBytes);
  const { blockBytes = 16, onProgress, onReceiverProgress } = options;
  const sender = new FileSender(left, { crypto: nodeCrypto, blockBytes, ...(onProgress && { onProgress }) });
  const received: TransferResult[] = [];
  const failed: TransferFailure[] = [];
  const receiver = new FileReceiver(right, {
    store,
    crypto: nodeCrypto,
    clock: stillClock,
    ...(onReceiverProgress && { onProgress: onReceiverProgress }),
    onReceived: (result) => received.push(result),
    onFailed: (failure) => failed.push(failure),
  });
  return { sender, received, failed, ended: receiver.ended };
}

const random = (length: number) => new Prng(String(length), "content").bytes(length);
const fileOf = (store: TestStore, name: string) => store.files.get(name);

describe("a file", () => {
  test.each([0, 1, 15, 16, 17, 160, 16 * 16, 16 * 17 + 3, 16 * 100 + 1])(
    "of %i bytes arrives with its mode and time, read twice and written once",
    async (length) => {
      const store = new TestStore();
      const source = new TestSource("notes.txt", random(length));
      const { sender, received, failed } = connect(store);
      const result = await sender.send(source);
      expect(result).toMatchObject({ size: length, sentBytes: length, mendedBlocks: 0, wasPresent: false });
      expect(received).toEqual([result]);
      expect(failed).toEqual([]);
      const { mode, modified } = source;
      expect(fileOf(store, "notes.txt")).toEqual({ content: source.content, mode, modified });
      expect(store.parts.size).toBe(0);
      expect([source.readBytes, source.rereadBytes, store.writtenBytes]).toEqual([length, length, length]);
    },
  );

  test("after the other goes over one channel, and the session ends in order", async () => {
    const store = new TestStore();
    const { sender, received, ended } = connect(store);
    for (const name of ["a", "b", "c"]) await sender.send(new TestSource(name, random(50)));
    expect(received.map(({ name }) => Buffer.from(name).toString())).toEqual(["a", "b", "c"]);
    await sender.end();
    expect(await ended).toEqual({ inOrder: true, error: undefined });
    await expect(sender.send(new TestSource("d", random(5)))).rejects.toMatchObject({
      code: "TRANSFER_INTERRUPTED",
    });
  });

  test("is the last when its sender said so, and is gone before it heard that this was understood", async () => {
    const [left, right] = channelPair();
    const sender = new FileSender(left, { crypto: nodeCrypto, blockBytes: 16 });
    const receiver = new FileReceiver(right, {
      store: new TestStore(),
      crypto: nodeCrypto,
      clock: stillClock,
    });
    await sender.send(new TestSource("a", random(50)));
    right.end = () => {
      left.die();
    };
    left.end();
    expect(await receiver.ended).toMatchObject({ inOrder: true, error: { code: "CHANNEL_RESET" } });
  });

  test("goes through a channel that takes little at a time, in its order", async () => {
    const store = new TestStore();
    const source = new TestSource("large", random(300_000));
    const { sender } = connect(store, { blockBytes: 1000, maxPendingBytes: 1500 });
    await sender.send(source);
    expect(fileOf(store, "large")?.content).toEqual(source.content);
  });

  test("that is there already is compared, and nothing is sent or written", async () => {
    const store = new TestStore();
    const source = new TestSource("same", random(100));
    await connect(store).sender.send(source);
    const again = await connect(store).sender.send(source);
    expect(again).toMatchObject({ wasPresent: true, sentBytes: 0 });
    expect(store.writtenBytes).toBe(100);
  });

  test("that is there is compared once more where one side misread its own", async () => {
    for (const side of ["reread", "readBack"] as const) {
      const store = new TestStore();
      const source = new TestSource("same", random(1000));
      await connect(store).sender.send(source);
      let isDone = false;
      const once = (data: Uint8Array) => {
        if (!isDone) data[3] = (data[3] as number) ^ 1;
        isDone = true;
      };
      source.damages = { ...NO_DAMAGE, reread: side === "reread" ? once : NO_DAMAGE.reread };
      store.damages = { ...NO_DAMAGE, readBack: side === "readBack" ? once : NO_DAMAGE.readBack };
      expect(await connect(store).sender.send(source)).toMatchObject({ wasPresent: true, sentBytes: 0 });
      expect(isDone).toBe(true);
    }
  });

  test("of the same length that differs in one bit is another one", async () => {
    const store = new TestStore();
    const source = new TestSource("same", random(1000));
    await connect(store).sender.send(source);
    source.content[500] = (source.content[500] as number) ^ 4;
    await expect(connect(store).sender.send(source)).rejects.toMatchObject({ code: "TRANSFER_EXISTS" });
    expect(store.writtenBytes).toBe(1000);
  });

  test("is never replaced by another, unless the receiver is told to", async () => {
    const store = new TestStore();
    const first = new TestSource("f", random(100));
    await connect(store).sender.send(first);
    const longer = new TestSource("f", random(101));
    const other = new TestSource(
      "f",
      random(100).map((byte) => byte ^ 1),
    );
    const { sender, failed } = connect(store);
    for (const source of [longer, other]) {
      await expect(sender.send(source)).rejects.toMatchObject({ code: "TRANSFER_EXISTS" });
    }
    expect(failed).toHaveLength(2);
    expect(sender.isUsable).toBe(true);
    expect(fileOf(store, "f")?.content).toEqual(first.content);
    store.force = true;
    await sender.send(other);
    expect(fileOf(store, "f")?.content).toEqual(other.content);
  });

  test("that an unfinished one is the beginning of is taken up: what agrees is not sent again", async () => {
    const store = new TestStore();
    const source = new TestSource("part", random(1000));
    const begun = source.content.slice(0, 500);
    begun[40] = (begun[40] as number) ^ 0x10;
    store.parts.set("part", { cache: begun, disk: begun.slice(), given: begun.slice() });
    const result = await connect(store).sender.send(source);
    // 31 whole blocks were there, and one of them is damaged.
    expect(result).toMatchObject({ sentBytes: 1000 - 30 * 16, mendedBlocks: 0 });
    expect(fileOf(store, "part")?.content).toEqual(source.content);
  });

  test("that an unfinished one is longer than has its own length", async () => {
    const store = new TestStore();
    const source = new TestSource("part", random(100));
    const longer = new Uint8Array([...source.content, 1, 2, 3]);
    store.parts.set("part", { cache: longer, disk: longer.slice(), given: longer.slice() });
    expect(await connect(store).sender.send(source)).toMatchObject({ sentBytes: 0, wasPresent: false });
    expect(fileOf(store, "part")?.content).toEqual(source.content);
  });

  test.each(["", ".", "..", "a/b", "a\\b", "new\nline", "\u007f", ".coterie-part-0123", "x".repeat(256)])(
    "of the name %j is not sent",
    async (name) => {
      const { sender } = connect(new TestStore());
      await expect(sender.send(new TestSource(name, random(5)))).rejects.toMatchObject({
        code: "TRANSFER_NAME",
      });
      expect(sender.isUsable).toBe(true);
    },
  );

  test.each(["-rf", "...", ".profile", "a b", "CON", "é", "x".repeat(255)])(
    "of the name %j is",
    async (name) => {
      const store = new TestStore();
      await connect(store).sender.send(new TestSource(name, random(5)));
      expect([...store.files.keys()]).toEqual([Buffer.from(name).toString("latin1")]);
    },
  );
});

describe("a source that changes", () => {
  test.each<[string, (source: TestSource) => void]>([
    [
      "in its time",
      (source) => {
        source.modified = { ...source.modified, nanoseconds: 1 };
      },
    ],
    [
      "in its length",
      (source) => {
        source.content = random(1001);
      },
    ],
    [
      "and becomes shorter",
      (source) => {
        source.content = source.content.slice(0, 500);
      },
    ],
    [
      "in its mode",
      (source) => {
        source.mode = 0o600;
      },
    ],
  ])("%s is noticed, and nothing gets its name", async (_, change) => {
    const store = new TestStore();
    const source = new TestSource("f", random(1000));
    let reads = 0;
    source.onRead = () => {
      if (++reads === 40) change(source);
    };
    const { sender, received } = connect(store);
    await expect(sender.send(source)).rejects.toMatchObject({ code: "TRANSFER_CHANGED" });
    expect(sender.isUsable).toBe(false);
    expect(received).toEqual([]);
    expect(store.files.size).toBe(0);
    source.onRead = () => {};
    // What the receiver has of it is compared with the new one.
    await connect(store).sender.send(source);
    expect(fileOf(store, "f")?.content).toEqual(source.content);
  });
});

describe("a failure", () => {
  const full = new CoterieError("LOCAL_FULL", "the disk is full");

  test.each(["open", "write", "settle", "readBack", "commit"] as const)(
    "of the receiver's disk to %s is told to the sender, and the next file can go",
    async (operation) => {
      const store = new TestStore();
      const { sender, failed } = connect(store);
      store.failNext = { operation, error: full };
      const source = new TestSource("f", random(100));
      const failure = await sender.send(source).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "TRANSFER_PEER_FAILED", details: { peerCode: "LOCAL_FULL" } });
      expect(failed.map(({ error }) => error)).toEqual([full]);
      await sender.send(source);
      expect(fileOf(store, "f")?.content).toEqual(source.content);
    },
  );

  test("to close what was read back leaves the file to the next sender", async () => {
    const store = new TestStore();
    let isOpen = false;
    const strict: TransferStore = {
      async open(offer) {
        if (isOpen) throw new CoterieError("TRANSFER_BUSY", "it is open");
        isOpen = true;
        const target = await store.open(offer);
        const readBack = target.readBack.bind(target);
        return Object.assign(target, {
          readBack: async () => {
            const reader = await readBack();
            const close = async () => {
              throw new CoterieError("LOCAL_IO", "input/output error");
            };
            return { read: reader.read.bind(reader), close };
          },
          close: async () => {
            isOpen = false;
          },
        });
      },
    };
    const source = new TestSource("f", random(100));
    await connect(strict).sender.send(source);
    await connect(strict).sender.send(source);
    expect(isOpen).toBe(false);
  });

  test("of the sender's disk ends the session, and the part stays", async () => {
    const store = new TestStore();
    const source = new TestSource("f", random(1000));
    let reads = 0;
    source.onRead = () => {
      if (++reads === 20) throw new CoterieError("LOCAL_IO", "input/output error");
    };
    const { sender, failed, ended } = connect(store);
    await expect(sender.send(source)).rejects.toMatchObject({ code: "LOCAL_IO" });
    expect((await ended).inOrder).toBe(true);
    expect(failed.map(({ error }) => error.code)).toEqual(["TRANSFER_PEER_FAILED"]);
    expect(store.parts.has("f")).toBe(true);
    source.onRead = () => {};
    expect((await connect(store).sender.send(source)).sentBytes).toBeLessThan(1000);
  });

  test("that is a bug is no outcome: it comes out as it is, on the side that has it", async () => {
    const source = new TestSource("f", random(1000));
    source.onRead = () => {
      throw new TypeError("a bug");
    };
    await expect(connect(new TestStore()).sender.send(source)).rejects.toThrow(TypeError);
  });

  test("to be asked for two files at once is misuse", async () => {
    const { sender } = connect(new TestStore());
    const first = sender.send(new TestSource("a", random(10)));
    await expect(sender.send(new TestSource("b", random(10)))).rejects.toThrow(TypeError);
    await first;
  });

  test.each([0, 1.5, -1, 2 ** 22 + 1])("to ask for blocks of %d bytes is misuse", (blockBytes) => {
    expect(() => new FileSender(channelPair()[0], { crypto: nodeCrypto, blockBytes })).toThrow(RangeError);
  });

  test("of a file that is too large is told before anything is sent", async () => {
    const source = new TestSource("f", new Uint8Array(0));
    Object.defineProperty(source, "content", { value: { length: 16 * 2 ** 24 + 1 } });
    await expect(connect(new TestStore()).sender.send(source)).rejects.toMatchObject({
      code: "TRANSFER_TOO_LARGE",
    });
  });
});

/** The phases in their order; in each the progress goes up, and ends with all of the file, or what there was of it. */
function phasesOf(
  seen: readonly TransferProgress[],
): readonly (readonly [phase: string, doneBytes: number])[] {
  const phases: [phase: TransferProgress["phase"], done: number[]][] = [];
  for (const { phase, doneBytes, totalBytes } of seen) {
    expect(doneBytes).toBeLessThanOrEqual(totalBytes);
    if (phases.at(-1)?.[0] !== phase) phases.push([phase, []]);
    phases.at(-1)?.[1].push(doneBytes);
  }
  return phases.map(([phase, done]) => {
    expect(done).toEqual([...done].sort((a, b) => a - b));
    return [phase, done.at(-1) as number];
  });
}

test("progress goes up on both sides, through what is compared, sent and checked", async () => {
  const onSender: TransferProgress[] = [];
  const onReceiver: TransferProgress[] = [];
  const store = new TestStore();
  const options = {
    onProgress: (progress: TransferProgress) => onSender.push(progress),
    onReceiverProgress: (progress: TransferProgress) => onReceiver.push(progress),
  };
  const fresh = new TestSource("f", random(1000));
  let writes = 0;
  const flipOnce = (data: Uint8Array) => {
    if (++writes === 5) data[0] = (data[0] as number) ^ 1;
  };
  store.damages = { ...NO_DAMAGE, write: flipOnce };
  expect(await connect(store, options).sender.send(fresh)).toMatchObject({ mendedBlocks: 1 });
  const withMending = ["sending", "checking", "sending", "checking"].map((phase) => [phase, 1000]);
  expect([phasesOf(onSender), phasesOf(onReceiver)]).toEqual([withMending, withMending]);

  for (const seen of [onSender, onReceiver]) seen.length = 0;
  const resumed = new TestSource("part", random(1000));
  const begun = resumed.content.slice(0, 500);
  begun[40] = (begun[40] as number) ^ 0x10;
  store.parts.set("part", { cache: begun, disk: begun.slice(), given: begun.slice() });
  await connect(store, options).sender.send(resumed);
  const taken = [["comparing", 496], ...withMending.slice(0, 2)];
  expect([phasesOf(onSender), phasesOf(onReceiver)]).toEqual([taken, taken]);
});
