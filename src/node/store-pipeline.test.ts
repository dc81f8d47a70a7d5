/** What the pipeline does when the database or the log's disk refuses, with a database that can be told to. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, codeOf, text } from "../world/contract/contract.ts";
import { silentLog } from "../world/index.ts";
import { CommitMode } from "./store-commit-mode.ts";
import { type LogMark, recoverLog, StoreLog } from "./store-log.ts";
import { MAX_PATCHES } from "./store-log-file.ts";
import { isPatch, type LoggedChange, patched } from "./store-log-format.ts";
import { keyString, Overlays } from "./store-overlay.ts";
import { type PipelineParts, StorePipeline } from "./store-pipeline.ts";
import { NodeTimers } from "./timers.ts";

const LOG_BYTES = 4096;

/** Holds its commits until it is told to go on, and fails those that it is told to. */
class FakeDatabase {
  readonly path = "fake";
  readonly content = new Map<string, string | undefined>();
  readonly marks: LogMark[] = [];
  isRefusing = false;
  /** Commits take place and are said to have failed, as when the disk fails at the last of their writes. */
  isForgetful = false;
  reads = 0;
  patches = 0;
  #held: (() => void)[] | undefined;

  hold(): void {
    this.#held = [];
  }

  read(key: Uint8Array): Uint8Array | undefined {
    this.reads++;
    const value = this.content.get(String(text(key)));
    return value === undefined ? undefined : bytes(value);
  }

  goOn(): void {
    for (const run of this.#held ?? []) run();
    this.#held = undefined;
  }

  get heldCommits(): number {
    return this.#held?.length ?? 0;
  }

  commitInline(changes: Iterable<LoggedChange>, mark: LogMark | undefined): void {
    if (this.isRefusing) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    for (const change of changes) {
      const name = String(text(change.key));
      if (isPatch(change)) {
        this.patches++;
        const before = bytes(this.content.get(name) as string);
        this.content.set(name, text(patched(before, [change])));
      } else this.content.set(name, change.value === undefined ? undefined : text(change.value));
    }
    if (mark !== undefined) this.marks.push(mark);
    if (this.isForgetful) throw Object.assign(new Error("input/output error"), { code: "EIO" });
  }

  async commitOnThread(changes: Iterable<LoggedChange>, mark: LogMark | undefined): Promise<void> {
    const held = this.#held;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    this.commitInline(changes, mark);
  }
}

class FakeSpace {
  pendingBytes = 0;
  maxBytes = Number.POSITIVE_INFINITY;

  reserve({ bytes: more }: { readonly bytes: number }): void {
    if (this.pendingBytes + more > this.maxBytes) {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    }
    this.pendingBytes += more;
  }

  settle(demand: { readonly bytes: number }): void {
    this.release(demand);
  }

  release({ bytes: less }: { readonly bytes: number }): void {
    this.pendingBytes -= less;
  }
}

let directory = "";
let writeAhead: StoreLog;
let database: FakeDatabase;
let space: FakeSpace;
let overlays: Overlays;
let pipeline: StorePipeline;
/** Whether views give way to a write that the disk refuses. */
let givingWay = (): boolean => false;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-pipeline-"));
  writeAhead = new StoreLog(directory, LOG_BYTES, 1, crc32, (key) => database.read(key));
  build();
});
afterEach(() => {
  writeAhead.close();
  rmSync(directory, { recursive: true, force: true });
});

/** As many views as there are give way, each time one after the other; the last one leaves the room that was wanting. */
function viewsGiveWay(views: number, room: () => void): void {
  let left = views;
  givingWay = () => {
    if (left === 0) return false;
    left--;
    if (left === 0) room();
    return true;
  };
}

function build(): void {
  givingWay = () => false;
  database = new FakeDatabase();
  space = new FakeSpace();
  overlays = new Overlays();
  const parts: PipelineParts = {
    overlays,
    database,
    writeAhead,
    space,
    views: { giveWay: () => givingWay() },
    mode: new CommitMode("thread"),
    timers: new NodeTimers(),
    log: silentLog,
    sequence: 0,
    salt: 1,
  };
  pipeline = new StorePipeline(parts);
}

function apply(key: string, value: string): Promise<void> {
  overlays.gathering.add([{ key: bytes(key), value: bytes(value) }]);
  const { settled } = overlays.gathering;
  pipeline.schedule();
  return settled;
}

function read(key: string): string | undefined {
  const name = keyString(bytes(key));
  for (const layer of overlays.list()) {
    const change = layer.find(name);
    if (change !== undefined) return text(change.value);
  }
  return database.content.get(key);
}

/** Applies what `key` holds with `piece` written over it from `from` on; only that is to be logged. */
function patch(key: string, from: number, piece: string): Promise<void> {
  const before = read(key) ?? "";
  const value = before.slice(0, from) + piece + before.slice(from + piece.length);
  const spans = [{ from, to: from + piece.length }];
  overlays.gathering.add([{ key: bytes(key), value: bytes(value), spans }]);
  const { settled } = overlays.gathering;
  pipeline.schedule();
  return settled;
}

const KIB = "x".repeat(1000);

describe("a group that gathers while another is under way", () => {
  const add = (key: string): void => overlays.gathering.add([{ key: bytes(key), value: bytes("1") }]);

  it("goes on gathering when nobody waits for it", async () => {
    const first = apply("a", "1");
    await until(() => overlays.committing !== undefined);
    add("b");
    await first;
    await until(() => overlays.committing === undefined);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(Array.from(overlays.gathering.changes.entries(), ([name]) => name)).toEqual(["b"]);
    await apply("c", "1");
    expect(overlays.isDirty).toBe(false);
  });

  it("goes under way after that when somebody waits for it, and what came later does not", async () => {
    const first = apply("a", "1");
    await until(() => overlays.committing !== undefined);
    const second = apply("b", "1");
    await first;
    await until(() => overlays.committing !== undefined);
    add("c");
    await second;
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(Array.from(overlays.gathering.changes.entries(), ([name]) => name)).toEqual(["c"]);
  });
});

describe("changes with spans", () => {
  it("take in the log what their spans take, and come into the database as one patch, for which nothing is read", async () => {
    await apply("k", KIB.repeat(3));
    await pipeline.checkpoint();
    let expected = KIB.repeat(3);
    for (let n = 0; n < 20; n++) {
      const piece = String(n).padStart(50, "-");
      await patch("k", n * 60, piece);
      expected = expected.slice(0, n * 60) + piece + expected.slice(n * 60 + 50);
      expect(read("k")).toBe(expected);
    }
    expect(database.content.get("k")).toBe(KIB.repeat(3));
    const commits = database.marks.length;
    database.reads = 0;
    await pipeline.checkpoint();
    expect(database.content.get("k")).toBe(expected);
    expect(database.marks.length).toBe(commits + 1);
    expect([database.patches, database.reads]).toEqual([1, 0]);
    expect(space.pendingBytes).toBe(0);
  });

  it("lie over the file that is on its way into the database, before it has got there and after", async () => {
    for (const key of ["a", "b"]) await apply(key, KIB);
    await pipeline.checkpoint();
    await patch("a", 0, "first");
    await patch("b", 10, "first");
    database.hold();
    const brought = pipeline.checkpoint();
    await until(() => database.heldCommits === 1);
    await patch("a", 5, "-second");
    await patch("a", 900, "Z".repeat(200));
    const a = `first-second${KIB.slice(12, 900)}${"Z".repeat(200)}`;
    expect(read("a")).toBe(a);
    expect(database.content.get("a")).toBe(KIB);
    // A commit that was on its way has brought in some of it: nothing of that may be made differently by doing it again.
    database.content.set("a", `first${KIB.slice(5)}`);
    expect(read("a")).toBe(a);
    database.goOn();
    await brought;
    expect(database.content.get("a")).toBe(a);
    expect(database.content.get("b")).toBe(`${KIB.slice(0, 10)}first${KIB.slice(15)}`);
    expect(space.pendingBytes).toBe(0);
  });

  it("are made over what is durable after the disk refused what was applied between", async () => {
    await apply("k", KIB);
    await patch("k", 0, "durable");
    database.isRefusing = true;
    const refused = codeOf(patch("k", 100, "y".repeat(300_000)));
    const later = codeOf(patch("k", 0, "LATER"));
    expect(await refused).toBe("STORE_FULL");
    expect(await later).toBe("STORE_FULL");
    expect(read("k")).toBe(`durable${KIB.slice(7)}`);
    database.isRefusing = false;
    await patch("k", 7, "!");
    expect(read("k")).toBe(`durable!${KIB.slice(8)}`);
    await pipeline.checkpoint();
    expect(database.content.get("k")).toBe(`durable!${KIB.slice(8)}`);
  });

  it("that go past the log with a large group are whole values, and lie under those that come after", async () => {
    await apply("k", KIB);
    await patch("k", 0, "logged");
    void apply("large", "y".repeat(300_000));
    await patch("k", 6, "-direct");
    expect(database.content.get("k")).toBe(`logged-direct${KIB.slice(13)}`);
    expect(database.marks.map(({ sequence }) => sequence)).toEqual([2, 3]);
    await patch("k", 990, "after");
    expect(database.content.get("k")?.slice(990)).toBe(KIB.slice(990));
    await pipeline.checkpoint();
    expect(database.content.get("k")).toBe(`logged-direct${KIB.slice(13, 990)}after${KIB.slice(995)}`);
    expect(database.marks.at(-1)?.sequence).toBe(4);
    expect(space.pendingBytes).toBe(0);
  });

  it("are joined in a group, and whole again over a whole value", async () => {
    await apply("k", KIB);
    void patch("k", 10, "one");
    void patch("k", 500, "two");
    await patch("k", 12, "three");
    expect(read("k")).toBe(`${KIB.slice(0, 10)}onthree${KIB.slice(17, 500)}two${KIB.slice(503)}`);
    void apply("k", "short");
    void patch("k", 1, "H");
    await patch("k", 5, "er");
    expect(read("k")).toBe("sHorter");
    await pipeline.checkpoint();
    expect(database.content.get("k")).toBe("sHorter");
  });

  it("go into the log together although their values are large, where values as large would not", async () => {
    writeAhead.close();
    writeAhead = new StoreLog(directory, 2 ** 22, 1, crc32, (key) => database.read(key));
    build();
    for (let n = 0; n < 40; n++) void apply(`k${n}`, KIB.repeat(16));
    await apply("last", "");
    expect(database.content.size).toBe(41);
    for (let n = 0; n < 40; n++) void patch(`k${n}`, n, "y".repeat(8000));
    await patch("last", 0, "logged");
    expect(database.content.get("last")).toBe("");
    expect(read("last")).toBe("logged");
    await pipeline.checkpoint();
    expect(database.content.get("k7")).toBe(`${"x".repeat(7)}${"y".repeat(8000)}${"x".repeat(7993)}`);
    expect(space.pendingBytes).toBe(0);
  });

  it("are written whole now and then, so that a read has never very many to go through", async () => {
    writeAhead.close();
    writeAhead = new StoreLog(directory, 2 ** 22, 1, crc32, (key) => database.read(key));
    build();
    await apply("k", KIB);
    await pipeline.checkpoint();
    database.content.set("k", "lost");
    for (let n = 0; n <= MAX_PATCHES; n++) {
      overlays.gathering.add([{ key: bytes("k"), value: bytes(KIB), spans: [{ from: n, to: n + 1 }] }]);
      pipeline.schedule();
      await overlays.gathering.settled;
    }
    // The last one stands on its own.
    expect(read("k")).toBe(KIB);
  });
});

describe("views give way", () => {
  const room = (): void => {
    database.isRefusing = false;
    space.maxBytes = Number.POSITIVE_INFINITY;
  };

  it("to a group for which there is no space, before it waits for a checkpoint", async () => {
    space.maxBytes = 1500;
    await apply("a", KIB);
    viewsGiveWay(2, room);
    await apply("b", KIB);
    expect([read("a"), read("b")]).toEqual([KIB, KIB]);
    expect(database.content.size).toBe(0);
    expect(pipeline.failures).toBe(0);
  });

  it("to a large group that the disk refuses, and when there is none left it is refused", async () => {
    database.isRefusing = true;
    viewsGiveWay(2, room);
    await apply("a", KIB.repeat(300));
    expect(database.content.get("a")).toBe(KIB.repeat(300));
    database.isRefusing = true;
    expect(await codeOf(apply("b", KIB.repeat(300)))).toBe("STORE_FULL");
    expect(pipeline.failures).toBe(1);
  });

  it("to a checkpoint, which goes on for the group that waits for it", async () => {
    for (const n of [0, 1, 2]) await apply(`k${n}`, KIB);
    database.isRefusing = true;
    viewsGiveWay(1, room);
    for (const n of [3, 4, 5, 6]) await apply(`k${n}`, KIB);
    expect(pipeline.failures).toBe(0);
    await pipeline.checkpoint();
    expect(database.content.size).toBe(7);
    expect(space.pendingBytes).toBe(0);
  });
});

describe("a checkpoint", () => {
  it("goes on while groups become durable in the other file, and makes them wait when that is full too", async () => {
    database.hold();
    let durable = 0;
    const waits = Array.from({ length: 9 }, (_, n) => n);
    const all = (async () => {
      for (const n of waits) {
        await apply(`k${n}`, KIB);
        durable++;
      }
    })();
    await until(() => durable === 6 && database.heldCommits === 1 && overlays.committing !== undefined);
    for (const n of waits.slice(0, 7)) expect(read(`k${n}`)).toBe(KIB);
    expect(database.content.size).toBe(0);
    database.goOn();
    await all;
    await pipeline.checkpoint();
    expect([...database.content.keys()]).toEqual(waits.map((n) => `k${n}`));
    expect(database.marks.map(({ sequence }) => sequence)).toEqual([3, 6, 9]);
    expect(space.pendingBytes).toBe(0);
    expect(overlays.isAhead).toBe(false);
  });

  it("that the disk refuses loses nothing: the log keeps it, reads see it, and it is tried again", async () => {
    for (const n of [0, 1, 2]) await apply(`k${n}`, KIB);
    database.isRefusing = true;
    for (const n of [3, 4, 5]) await apply(`k${n}`, KIB);
    expect(await codeOf(apply("k6", KIB))).toBe("STORE_FULL");
    expect(await codeOf(pipeline.checkpoint())).toBe("STORE_FULL");
    expect(pipeline.failures).toBe(1);
    expect(read("k0")).toBe(KIB);
    expect(read("k5")).toBe(KIB);
    expect(read("k6")).toBeUndefined();
    database.isRefusing = false;
    await apply("k6", "again");
    await pipeline.checkpoint();
    expect(database.content.size).toBe(7);
    expect(database.content.get("k6")).toBe("again");
    expect(space.pendingBytes).toBe(0);
  });

  it("that is asked for begins when the group under way is durable, in the file that this is in", async () => {
    const first = apply("a", KIB);
    await until(() => overlays.committing !== undefined);
    pipeline.settle();
    expect(overlays.checkpointing).toBeUndefined();
    await first;
    await until(() => !overlays.isAhead);
    expect(database.content.get("a")).toBe(KIB);
    expect(database.marks.map(({ sequence }) => sequence)).toEqual([1]);
    expect(space.pendingBytes).toBe(0);
  });

  it("that is asked for is not tried again where the disk refused it, until one that had to be went well", async () => {
    await apply("a", "1");
    database.isRefusing = true;
    pipeline.settle();
    await until(() => overlays.checkpointing !== undefined);
    expect(await codeOf(pipeline.checkpoint())).toBe("STORE_FULL");
    database.isRefusing = false;
    pipeline.settle();
    await apply("b", "1");
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(database.content.size).toBe(0);
    await pipeline.checkpoint();
    await apply("c", "1");
    pipeline.settle();
    await until(() => database.content.get("c") === "1");
  });

  it("is what a group without space waits for, before it is refused", async () => {
    space.maxBytes = 1500;
    await apply("a", KIB);
    await apply("b", KIB);
    expect(database.content.get("a")).toBe(KIB);
    expect(await codeOf(apply("c", KIB + KIB))).toBe("STORE_FULL");
    await apply("d", "small");
    await pipeline.checkpoint();
    expect([...database.content.keys()]).toEqual(["a", "b", "d"]);
    expect(space.pendingBytes).toBe(0);
  });
});

describe("a file of the log", () => {
  it("is full when it has many keys, however little they take: ranges pass over those that were removed", async () => {
    writeAhead.close();
    writeAhead = new StoreLog(directory, 2 ** 22, 1, crc32, (key) => database.read(key));
    build();
    for (let n = 0; n < 20; n++) {
      for (let k = 0; k < 999; k++) overlays.gathering.add([{ key: bytes(`${n}/${k}`), value: undefined }]);
      await apply(`${n}`, "");
    }
    await until(() => database.content.size > 0);
    expect(writeAhead.active.size).toBeLessThan(10_000);
    await pipeline.checkpoint();
    expect(database.content.size).toBe(20_000);
  });
});

describe("a large group", () => {
  it("goes to the database after all that was logged, and the log begins anew", async () => {
    const large = "y".repeat(300_000);
    await apply("a", "logged");
    await apply("b", large);
    expect([...database.content.entries()]).toEqual([
      ["a", "logged"],
      ["b", large],
    ]);
    expect(database.marks.map(({ sequence }) => sequence)).toEqual([1, 2]);
    await apply("a", "newer");
    expect(database.content.get("a")).toBe("logged");
    expect(read("a")).toBe("newer");
  });

  it("is one, too, that is larger than a file of the log", async () => {
    await apply("a", KIB.repeat(5));
    expect(database.content.get("a")).toBe(KIB.repeat(5));
  });

  it("that the disk refuses is undone with what was applied since; what was logged stays", async () => {
    await apply("a", "1");
    database.isRefusing = true;
    database.hold();
    const outcome = codeOf(apply("b", "y".repeat(300_000)));
    await until(() => database.heldCommits === 1);
    const later = codeOf(apply("c", "3"));
    database.goOn();
    expect(await outcome).toBe("STORE_FULL");
    expect(await later).toBe("STORE_FULL");
    expect(pipeline.failures).toBe(1);
    expect([read("a"), read("b"), read("c")]).toEqual(["1", undefined, undefined]);
    await apply("d", "4");
    expect(read("d")).toBe("4");
  });
});

describe("a commit of the database that failed", () => {
  it("may be on the disk all the same: what comes next goes to the database, not to the log with the same number", async () => {
    await apply("a", "1");
    await pipeline.checkpoint();
    database.isForgetful = true;
    expect(await codeOf(apply("b", "y".repeat(300_000)))).toBe("STORE_IO");
    database.isForgetful = false;
    expect(database.marks.at(-1)?.sequence).toBe(2);
    await apply("c", "3");
    // A log that began with number 2 would be passed over after a crash.
    const { marks, content } = database;
    const recovered = recoverLog(directory, marks.at(-1) as LogMark, crc32);
    expect([content.get("c"), recovered.records.length, recovered.damaged]).toEqual(["3", 0, false]);
    await apply("d", "4");
    expect(content.get("d")).toBeUndefined();
    expect(recoverLog(directory, marks.at(-1) as LogMark, crc32).records.length).toBe(1);
  });
});

/** Lets turns of the event loop pass until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
