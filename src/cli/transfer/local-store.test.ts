// What is received, on real files.
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { channelPair } from "../../../test/support/transfer-rig.ts";
import { nodeCrypto, stillClock } from "../../../test/support/world-pieces.ts";
import {
  complaintOfName,
  FileReceiver,
  FileSender,
  type TransferFailure,
  type TransferResult,
} from "../../channel/index.ts";
import { createLocalFiles, type LocalFiles } from "../../node/index.ts";
import { CoterieError } from "../../world/index.ts";
import { LocalSource } from "./local-source.ts";
import { type Holder, LocalStore } from "./local-store.ts";

const local = createLocalFiles();
const base = mkdtempSync(join(tmpdir(), "coterie-receive-"));
let round = 0;
let inbox = "";
let outbox = "";
afterAll(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  inbox = join(base, `in-${round}`);
  outbox = join(base, `out-${round++}`);
  for (const folder of [inbox, outbox]) mkdirSync(folder);
});

const alive: Holder = { giveUp: async () => false };
const offer = (name: string, size = 5) => ({
  name: new TextEncoder().encode(name),
  size,
  blockBytes: 100,
  mode: 0o640,
  modified: { seconds: 1_600_000_000, nanoseconds: 250_000_000 },
});

function storeOf(options: { force?: boolean; local?: LocalFiles } = {}): LocalStore {
  const { force = false } = options;
  return new LocalStore({ local: options.local ?? local, directory: inbox, force, onCached: () => {} });
}

interface Sent {
  readonly result: TransferResult | CoterieError;
  readonly failed: readonly TransferFailure[];
}

async function send(path: string, store: LocalStore, blockBytes = 100): Promise<Sent> {
  const [left, right] = channelPair();
  const failed: TransferFailure[] = [];
  const sender = new FileSender(left, { crypto: nodeCrypto, blockBytes });
  const receiver = new FileReceiver(right, {
    store: store.forSession(alive),
    crypto: nodeCrypto,
    clock: stillClock,
    onFailed: (failure) => failed.push(failure),
  });
  const source = new LocalSource(local, new TextEncoder().encode(path));
  const result = await sender.send(source).catch((error: CoterieError) => error);
  if (sender.isUsable) await sender.end();
  await receiver.ended;
  return { result, failed };
}

function file(name: string, content: string | Uint8Array, mode = 0o644): string {
  const path = join(outbox, name);
  writeFileSync(path, content, { mode });
  utimesSync(path, 1_600_000_000, 1_600_000_000.25);
  return path;
}

const partOf = () => readdirSync(inbox).find((name) => name.startsWith(".coterie-part-"));

describe("a received file", () => {
  test("has content, mode and time of its source, and no more of its mode than permissions", async () => {
    const content = Buffer.alloc(12_345, "x");
    const path = file("f", content, 0o4751);
    const { result } = await send(path, storeOf());
    expect(result).toMatchObject({ size: 12_345, wasPresent: false });
    const stat = statSync(join(inbox, "f"));
    expect([stat.mode & 0o7777, stat.mtimeMs, stat.nlink]).toEqual([0o751, 1_600_000_000_250, 1]);
    expect(readFileSync(join(inbox, "f")).equals(content)).toBe(true);
    expect(readdirSync(inbox)).toEqual(["f"]);
  });

  test("can be empty", async () => {
    expect((await send(file("empty", ""), storeOf())).result).toMatchObject({ size: 0 });
    expect(statSync(join(inbox, "empty")).size).toBe(0);
  });

  test("is that of the link's target when its sender names a link", async () => {
    symlinkSync(file("real", "hello"), join(outbox, "link"));
    await send(join(outbox, "link"), storeOf());
    expect(readFileSync(join(inbox, "link"), "utf8")).toBe("hello");
  });

  test("replaces nothing, and with force only a file", async () => {
    const path = file("f", "hello");
    writeFileSync(join(inbox, "f"), "mine, and longer");
    expect((await send(path, storeOf())).result).toMatchObject({ code: "TRANSFER_EXISTS" });
    writeFileSync(join(inbox, "f"), "mine!");
    expect((await send(path, storeOf())).result).toMatchObject({ code: "TRANSFER_EXISTS" });
    expect((await send(path, storeOf({ force: true }))).result).toMatchObject({ size: 5 });
    expect(readFileSync(join(inbox, "f"), "utf8")).toBe("hello");
    for (const force of [false, true]) {
      rmSync(join(inbox, "f"), { recursive: true });
      mkdirSync(join(inbox, "f"));
      expect((await send(path, storeOf({ force }))).result).toMatchObject({ code: "TRANSFER_IN_THE_WAY" });
    }
    expect(readdirSync(inbox)).toEqual(["f"]);
  });

  test("never follows a link that lies in its place, nor one in the place of its part", async () => {
    const victim = file("victim", "mine");
    const path = file("f", "hello");
    symlinkSync(victim, join(inbox, "f"));
    for (const force of [false, true]) {
      expect((await send(path, storeOf({ force }))).result).toMatchObject({ code: "TRANSFER_IN_THE_WAY" });
    }
    rmSync(join(inbox, "f"));
    const target = await storeOf().forSession(alive).open(offer("f"));
    const part = partOf() as string;
    await target.close();
    for (const plant of [symlinkSync, linkSync]) {
      rmSync(join(inbox, part), { force: true });
      rmSync(join(inbox, "f"), { force: true });
      plant(victim, join(inbox, part));
      expect((await send(path, storeOf())).result).toMatchObject({ size: 5 });
      expect(readFileSync(victim, "utf8")).toBe("mine");
      expect(readFileSync(join(inbox, "f"), "utf8")).toBe("hello");
    }
  });

  test("does not take a name that was given to another one meanwhile", async () => {
    const path = file("f", "hello");
    const late: LocalFiles = Object.assign(Object.create(local), {
      link: async (part: Uint8Array, name: Uint8Array) => {
        writeFileSync(join(inbox, "f"), "faster");
        await local.link(part, name);
      },
    });
    expect((await send(path, storeOf({ local: late }))).result).toMatchObject({ code: "TRANSFER_EXISTS" });
    expect(readFileSync(join(inbox, "f"), "utf8")).toBe("faster");
  });

  test("leaves nothing open, however it went", async () => {
    let open = 0;
    let opened = 0;
    const counting = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
      const file = await opening;
      const close = file.close.bind(file);
      open++;
      opened++;
      return Object.assign(file, { close: () => close().then(() => void open--) });
    };
    const counted: LocalFiles = Object.assign(Object.create(local), {
      open: (...args: Parameters<LocalFiles["open"]>) => counting(local.open(...args)),
      openUncached: (...args: Parameters<LocalFiles["openUncached"]>) =>
        counting(local.openUncached(...args)),
    });
    const store = storeOf({ local: counted });
    const path = file("f", Buffer.alloc(1000, "abc"));
    expect((await send(path, store)).result).toMatchObject({ wasPresent: false });
    expect([open, opened]).toEqual([0, 2]);
    expect((await send(path, store)).result).toMatchObject({ wasPresent: true });
    expect((await send(file("empty", ""), store)).result).toMatchObject({ size: 0 });
    writeFileSync(path, Buffer.alloc(1000, "other"));
    expect((await send(path, store)).result).toMatchObject({ code: "TRANSFER_EXISTS" });
    expect(open).toBe(0);
  });

  test("gets its name on a file system without second names too", async () => {
    const path = file("f", "hello");
    const link = async () => {
      throw new CoterieError("LOCAL_PERMISSION", "may not be changed", { details: { system: "EPERM" } });
    };
    const plain: LocalFiles = Object.assign(Object.create(local), { link });
    expect((await send(path, storeOf({ local: plain }))).result).toMatchObject({ size: 5 });
    expect(readdirSync(inbox)).toEqual(["f"]);
  });
});

describe("an unfinished file", () => {
  test("is its user's alone, and is taken up", async () => {
    const content = Buffer.alloc(1000, "abc");
    const target = await storeOf().forSession(alive).open(offer("f", 1000));
    await target.write(content.subarray(0, 550), 0);
    await target.close();
    expect(statSync(join(inbox, partOf() as string)).mode & 0o777).toBe(0o600);
    // A sender cannot name it.
    expect(complaintOfName(Buffer.from(partOf() as string))).toBe("it is one of unfinished files");
    const { result } = await send(file("f", content), storeOf());
    expect(result).toMatchObject({ size: 1000, sentBytes: 500 });
    expect(readFileSync(join(inbox, "f")).equals(content)).toBe(true);
  });

  test.each([0o444, 0o644])(
    "that was given its mode %o just before a crash is its user's again",
    async (mode) => {
      const target = await storeOf().forSession(alive).open(offer("f", 1000));
      await target.write(Buffer.alloc(500), 0);
      await target.close();
      const part = join(inbox, partOf() as string);
      chmodSync(part, mode);
      // Not the superuser's way of opening what may not be opened: by the mode that it has at that moment.
      let modeAtOpen = 0;
      const seen: LocalFiles = Object.assign(Object.create(local), {
        open: (path: Uint8Array, how: "update", permissions: number) => {
          modeAtOpen = statSync(part).mode & 0o777;
          return local.open(path, how, permissions);
        },
      });
      const again = await storeOf({ local: seen }).forSession(alive).open(offer("f", 1000));
      expect([modeAtOpen, again.presentBytes]).toEqual([0o600, 500]);
      await again.close();
    },
  );

  test("is told from that of a name which only looks the same", async () => {
    const store = storeOf();
    const names = [Uint8Array.of(0x85), Uint8Array.of(0xc2, 0x84), Uint8Array.of(0x84)];
    for (const name of names) await store.forSession(alive).open({ ...offer("f"), name });
    expect(readdirSync(inbox)).toHaveLength(names.length);
  });

  test("that has its name already, and lost only its part's, is found there", async () => {
    const path = file("f", "hello");
    await send(path, storeOf());
    const target = await storeOf({ force: true }).forSession(alive).open(offer("f"));
    const part = join(inbox, partOf() as string);
    await target.close();
    linkSync(join(inbox, "f"), part);
    expect((await send(path, storeOf())).result).toMatchObject({ wasPresent: true });
    expect(existsSync(part)).toBe(false);
    // With force it is not the file under its name that is written to.
    linkSync(join(inbox, "f"), part);
    await send(file("f", "HELLO"), storeOf({ force: true }));
    expect(readFileSync(join(inbox, "f"), "utf8")).toBe("HELLO");
  });

  test("is one sender's at a time, until that one is gone", async () => {
    const store = storeOf();
    const first = await store.forSession(alive).open(offer("f"));
    await expect(store.forSession(alive).open(offer("f"))).rejects.toMatchObject({ code: "TRANSFER_BUSY" });
    const other = await store.forSession(alive).open(offer("g"));
    await other.close();
    await first.close();
    let letGo = async () => {};
    const dead: Holder = {
      giveUp: async () => {
        await letGo();
        return true;
      },
    };
    const left = await store.forSession(dead).open(offer("f"));
    letGo = () => left.close();
    const next = await store.forSession(alive).open(offer("f"));
    await next.close();
  });

  test("of which nothing has come is not left behind", async () => {
    const target = await storeOf().forSession(alive).open(offer("f"));
    expect(readdirSync(inbox)).toHaveLength(1);
    await target.close();
    expect(readdirSync(inbox)).toEqual([]);
  });

  test.each(["write", "sync"] as const)(
    "stays when the disk is full at a %s, and is taken up",
    async (call) => {
      const content = Buffer.alloc(1000, "abc");
      const path = file("f", content);
      let calls = 0;
      const full: LocalFiles = Object.assign(Object.create(local), {
        open: async (...args: Parameters<LocalFiles["open"]>) => {
          const opened = await local.open(...args);
          const write = opened.write.bind(opened);
          const fail = async (...data: [Uint8Array, number]) => {
            // Of ten blocks the fifth; the one sync comes after the last.
            if (call === "sync" || ++calls === 5) throw new CoterieError("LOCAL_FULL", "the disk is full");
            await write(...data);
          };
          return Object.assign(opened, { [call]: fail });
        },
      });
      const { result, failed } = await send(path, storeOf({ local: full }));
      expect(result).toMatchObject({ code: "TRANSFER_PEER_FAILED", details: { peerCode: "LOCAL_FULL" } });
      expect(failed.map(({ error }) => error.code)).toEqual(["LOCAL_FULL"]);
      expect(readdirSync(inbox)).toEqual([partOf()]);
      const again = (await send(path, storeOf())).result;
      expect(again).toMatchObject({ size: 1000, sentBytes: call === "sync" ? 0 : 600, mendedBlocks: 0 });
      expect(readFileSync(join(inbox, "f")).equals(content)).toBe(true);
    },
  );

  test("for which there is no room is refused before it is sent", async () => {
    await expect(
      storeOf()
        .forSession(alive)
        .open(offer("f", 2 ** 52)),
    ).rejects.toMatchObject({ code: "LOCAL_FULL" });
    expect(readdirSync(inbox)).toEqual([]);
  });
});

test("what a sender cannot send is told", async () => {
  const store = storeOf();
  expect((await send(outbox, store)).result).toMatchObject({ code: "TRANSFER_TYPE" });
  expect((await send(join(outbox, "none"), store)).result).toMatchObject({ code: "LOCAL_NOT_FOUND" });
  expect((await send("/dev/null", store)).result).toMatchObject({ code: "TRANSFER_TYPE" });
});
