/** Stores that are used as logs: values that stay where they were first written, and the files that hold them. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../sim/index.ts";
import { codeThrown } from "../world/contract/contract.ts";
import type { Store, StoreOptions } from "../world/index.ts";
import { createNodeWorld, type NodeWorld } from "./index.ts";
import { MAX_SPARES } from "./store-log-pool.ts";
import { MARK_KEY } from "./store-mark.ts";
import { MAX_SEGMENTS } from "./store-segments.ts";

const LOG_BYTES = 64 * 1024;
const VALUE_BYTES = 4000;

let directory = "";
let world: NodeWorld;
let store: Store;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "coterie-segments-"));
  world = createNodeWorld({ directory, storeTuning: { commit: "inline", logBytes: LOG_BYTES } });
  store = await world.storage.open("s", { isLog: true });
});
afterEach(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

async function reopen(options: StoreOptions = { isLog: true }): Promise<void> {
  await store.close();
  store = await world.storage.open("s", options);
}

const keyOf = (n: number): Uint8Array => Uint8Array.of(1, n >> 16, n >> 8, n);

function contentOf(n: number, length = VALUE_BYTES): Uint8Array {
  const value = new Uint8Array(length);
  for (let at = 0; at < length; at++) value[at] = n * 31 + at * 7 + (at >> 8);
  return value;
}

/** Appends the entries from `from` to `to`, in batches, of which the first of those that are `kept` before each are removed. */
async function append(from: number, to: number, kept = Number.POSITIVE_INFINITY): Promise<void> {
  for (let n = from; n < to; n += 4) {
    const batch = [0, 1, 2, 3].map((more) => ({ key: keyOf(n + more), value: contentOf(n + more) }));
    const old = [0, 1, 2, 3].map((more) => n + more - kept).filter((each) => each >= 0);
    store.apply([...batch, ...old.map((each) => ({ key: keyOf(each), value: undefined }))]);
    await store.sync();
  }
}

function expectEntries(from: number, to: number, where: Pick<Store, "range"> = store): void {
  const found = [...where.range({ from: keyOf(0), to: Uint8Array.of(2) })];
  expect(found.length).toBe(to - from);
  for (const [at, { key, value }] of found.entries()) {
    expect(Buffer.compare(key, keyOf(from + at))).toBe(0);
    expect(Buffer.compare(value, contentOf(from + at)), `entry ${from + at}`).toBe(0);
  }
}

const fileOf = (name: string): string => join(directory, "s", name);
const logFiles = (): string[] => readdirSync(join(directory, "s")).filter((name) => name.startsWith("wal-"));

/** In which file of the log an entry's bytes lie, and where. */
function placeOf(n: number): { file: string; at: number } | undefined {
  for (const name of logFiles()) {
    const at = readFileSync(fileOf(name)).indexOf(contentOf(n));
    if (at >= 0) return { file: fileOf(name), at };
  }
  return undefined;
}

function spoil(file: string, at: number): void {
  const byte = readFileSync(file)[at] as number;
  const fd = openSync(file, "r+");
  writeSync(fd, Uint8Array.of(byte ^ 1), 0, 1, at);
  closeSync(fd);
}

/** The length of the mark and its format, as the database has them. */
async function markOf(): Promise<{ length: number; format: number }> {
  const db = openLmdb<Uint8Array, Uint8Array>({
    path: join(directory, "s"),
    keyEncoding: "binary",
    encoding: "binary",
    noSubdir: false,
  });
  const value = db.getBinary(MARK_KEY) as Uint8Array;
  await db.close();
  return { length: value.length, format: Buffer.from(value).readUInt32BE(12) };
}

describe("values of a log", () => {
  it("stay in its files, and are the same by every read, before and after it was opened again", async () => {
    await append(0, 200);
    expect(logFiles().length).toBeGreaterThan(10);
    for (let round = 0; round < 2; round++) {
      expectEntries(0, 200);
      for (const n of [0, 7, 100, 199]) {
        expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
        expect(Buffer.compare(store.borrow(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
        expect(store.size(keyOf(n))).toBe(VALUE_BYTES);
      }
      await reopen();
    }
    // The database has next to nothing of them.
    expect(statSync(fileOf("data.mdb")).size).toBeLessThan(VALUE_BYTES * 1000);
    expect(statSync(fileOf("content")).size).toBeLessThan(VALUE_BYTES * 100);
  });

  it.skipIf(process.platform !== "linux")("are written once, and their files used again", async () => {
    const written = (): number =>
      Number(/^wchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1] ?? Number.NaN);
    const perEntry = async (isLog: boolean): Promise<number> => {
      await reopen({ isLog });
      for (const { key } of [...store.range({ keysOnly: true })]) store.apply([{ key, value: undefined }]);
      await append(0, 400, 100);
      const before = written();
      const files = logFiles().length;
      await append(400, 1200, 100);
      expect(logFiles().length).toBeLessThanOrEqual(files + 2);
      expectEntries(1100, 1200);
      return (written() - before) / 800;
    };
    // Without, each goes into the log and into lmdb, there with the rest of a page.
    expect(await perEntry(false)).toBeGreaterThan(2 * VALUE_BYTES);
    // Checkpoints of so small a log write few pointers with each copy of a page.
    expect(await perEntry(true)).toBeLessThan(1.6 * VALUE_BYTES);
  });

  it("of less than 512 bytes, of spans, and of files that have few of them go into the database", async () => {
    const all: Uint8Array[] = [];
    for (let n = 0; n < 600; n++) all.push(contentOf(n, 500));
    for (let n = 0; n < 600; n++) {
      store.apply([{ key: keyOf(n), value: all[n] as Uint8Array }]);
      await store.sync();
    }
    expect(logFiles()).toEqual(["wal-0", "wal-1"]);
    const table = contentOf(1, 20_000);
    store.apply([{ key: keyOf(1000), value: table.slice() }]);
    for (let n = 0; n < 200; n++) {
      table[n] = n;
      const change = { key: keyOf(1000), value: table.slice(), spans: [{ from: n, to: n + 1 }] };
      store.apply([change, { key: keyOf(1001 + n), value: contentOf(n) }]);
      await store.sync();
    }
    expect(logFiles().length).toBeGreaterThan(2);
    await reopen();
    expect(Buffer.compare(store.get(keyOf(1000)) as Uint8Array, table)).toBe(0);
    for (let n = 0; n < 600; n++) {
      expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, all[n] as Uint8Array)).toBe(0);
    }
  });

  it("may be changed in places when they lie in a segment", async () => {
    await append(0, 60);
    const value = contentOf(3);
    value.fill(9, 100, 200);
    store.apply([{ key: keyOf(3), value, spans: [{ from: 100, to: 200 }] }]);
    await store.sync();
    for (let round = 0; round < 2; round++) {
      expect(Buffer.compare(store.get(keyOf(3)) as Uint8Array, value)).toBe(0);
      await reopen();
    }
  });
});

describe("a log's store", () => {
  it("opens without the option and with it, each time with what the other left", async () => {
    const random = new Prng("turns", "segments");
    for (let round = 0; round < 12; round++) {
      await append(round * 40, (round + 1) * 40, 100);
      expectEntries(Math.max(0, (round + 1) * 40 - 100), (round + 1) * 40);
      await reopen({ isLog: random.chance(0.5) });
      expectEntries(Math.max(0, (round + 1) * 40 - 100), (round + 1) * 40);
    }
  });

  it("is one that earlier versions open when it is used without the option and nothing is left", async () => {
    await append(0, 100);
    await store.close();
    expect(await markOf()).toEqual({ length: 24, format: 4 });
    store = await world.storage.open("s");
    expectEntries(0, 100);
    for (let n = 0; n < 100; n++) store.apply([{ key: keyOf(n), value: contentOf(n + 1) }]);
    await reopen({});
    await store.close();
    expect(await markOf()).toEqual({ length: 16, format: 3 });
    expect(logFiles()).toEqual(["wal-0", "wal-1"]);
    store = await world.storage.open("s");
    expect([...store.range({})].map(({ value }) => Buffer.compare(value, contentOf(0)))).not.toContain(0);
    expect(Buffer.compare(store.get(keyOf(7)) as Uint8Array, contentOf(8))).toBe(0);
  });

  it("is read without being changed when it is opened for reading only", async () => {
    await append(0, 92);
    cpSync(join(directory, "s"), join(directory, "copy"), { recursive: true });
    const files = readdirSync(join(directory, "copy")).map((name) => join(directory, "copy", name));
    const contents = (): string[] =>
      files.filter((file) => !file.endsWith("lock.mdb")).map((file) => readFileSync(file, "latin1"));
    const before = contents();
    const copy = await world.storage.open("copy", { readOnly: true });
    expectEntries(0, 92, copy);
    await copy.close();
    expect(contents()).toEqual(before);
  });

  it("that was killed has every durable entry, whatever was under way, and goes on", async () => {
    const random = new Prng("crashes", "segments");
    for (let round = 0; round < 25; round++) {
      const from = round * 16;
      await append(from, from + 16, 60);
      cpSync(join(directory, "s"), join(directory, `copy-${round}`), { recursive: true });
      const copy = await world.storage.open(`copy-${round}`, { isLog: random.chance(0.5) });
      expectEntries(Math.max(0, from + 16 - 60), from + 16, copy);
      const mine = store;
      store = copy;
      await append(from + 16, from + 48, 60);
      expectEntries(Math.max(0, from + 48 - 60), from + 48);
      store = mine;
      await copy.close();
      rmSync(join(directory, `copy-${round}`), { recursive: true });
    }
  });

  it("brings values into the database where no further file can be made", async () => {
    mkdirSync(fileOf("wal-2"));
    await append(0, 100);
    expect(logFiles()).toEqual(["wal-0", "wal-1", "wal-2"]);
    expectEntries(0, 100);
    rmSync(fileOf("wal-2"), { recursive: true });
    await append(100, 200);
    expect(logFiles().length).toBeGreaterThan(4);
    await reopen();
    expectEntries(0, 200);
  });

  it("takes no more files than there may be, nor more of its own limit than an eighth", async () => {
    await reopen({ isLog: true, maxBytes: 40 * LOG_BYTES });
    await append(0, 160);
    expect(logFiles().length).toBeLessThanOrEqual(8);
    expectEntries(0, 160);
    await world.close();
    world = createNodeWorld({ directory, storeTuning: { commit: "inline", logBytes: 8192 } });
    store = await world.storage.open("many", { isLog: true });
    await append(0, 2 * (MAX_SEGMENTS + 40));
    expect(readdirSync(join(directory, "many")).length).toBeLessThan(MAX_SEGMENTS + 8);
    expectEntries(0, 2 * (MAX_SEGMENTS + 40));
  });

  it("counts segments as used, and gives back what its entries took when they are gone", async () => {
    await append(0, 400);
    expect(store.usage().usedBytes).toBeGreaterThan(400 * VALUE_BYTES);
    for (let n = 0; n < 400; n++) store.apply([{ key: keyOf(n), value: undefined }]);
    await store.sync();
    await reopen();
    expect(store.usage().usedBytes).toBeLessThan(10 * LOG_BYTES);
    // Some files are kept, to be used again.
    expect(logFiles().length).toBeLessThanOrEqual(MAX_SPARES + 2);
  });
});

describe("a segment", () => {
  it("is relocated when little of it is left, and what lived on is moved once", async () => {
    // Every tenth entry lives for good.
    for (let n = 0; n < 2000; n++) {
      const isOld = n >= 40 && (n - 40) % 10 !== 0;
      const old = isOld ? [{ key: keyOf(n - 40), value: undefined }] : [];
      store.apply([{ key: keyOf(n), value: contentOf(n) }, ...old]);
      if (n % 5 === 0) await store.sync();
    }
    await store.sync();
    const living = Array.from({ length: 196 }, (_, n) => n * 10);
    for (let round = 0; round < 2; round++) {
      for (const n of living) {
        expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n)), `entry ${n}`).toBe(0);
      }
      await reopen();
    }
    // 784,000 bytes live on, in 125 files that were written.
    const bytesOf = (name: string): number => statSync(fileOf(name)).size;
    expect(logFiles().length).toBeLessThan(45);
    expect(bytesOf("data.mdb") + bytesOf("content")).toBeGreaterThan(200_000);
  });

  it("that is damaged gives an error of the values that are, and of no others", async () => {
    await append(0, 200);
    await reopen();
    const { file, at } = placeOf(5) as { file: string; at: number };
    spoil(file, at + 1000);
    expect(codeThrown(() => store.get(keyOf(5)))).toBe("STORE_CORRUPT");
    expect(codeThrown(() => store.borrow(keyOf(5)))).toBe("STORE_CORRUPT");
    expect(codeThrown(() => [...store.range({})])).toBe("STORE_CORRUPT");
    expect(store.size(keyOf(5))).toBe(VALUE_BYTES);
    for (let n = 0; n < 200; n++) {
      if (n !== 5) expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
    }
    // A change in places does not make it look whole, and keeps nothing from being written.
    const patched = contentOf(5).fill(1, 0, 10);
    store.apply([{ key: keyOf(5), value: patched, spans: [{ from: 0, to: 10 }] }]);
    await store.sync();
    await append(200, 260);
    await reopen();
    expect(codeThrown(() => store.get(keyOf(5)))).toBe("STORE_CORRUPT");
    store.apply([{ key: keyOf(5), value: contentOf(5) }]);
    await store.sync();
    await reopen();
    expectEntries(0, 260);
  });

  it("that is damaged or missing keeps neither relocation nor opening from going on", async () => {
    await append(0, 200);
    await reopen();
    const spoiled = placeOf(3) as { file: string; at: number };
    spoil(spoiled.file, spoiled.at);
    const missing = (placeOf(100) as { file: string }).file;
    const lost = Array.from({ length: 200 }, (_, n) => n).filter((n) => placeOf(n)?.file === missing);
    expect(lost.length).toBeGreaterThan(5);
    await store.close();
    rmSync(missing);
    store = await world.storage.open("s", { isLog: true });
    for (const n of lost) expect(codeThrown(() => store.get(keyOf(n)))).toBe("STORE_CORRUPT");
    const gone = Array.from({ length: 200 }, (_, n) => n).filter((n) => n % 10 !== 3 && !lost.includes(n));
    store.apply(gone.map((n) => ({ key: keyOf(n), value: undefined })));
    await append(1000, 1200);
    expect(codeThrown(() => store.get(keyOf(3)))).toBe("STORE_CORRUPT");
    for (const n of [13, 23, 193])
      expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
    for (const n of lost) store.apply([{ key: keyOf(n), value: contentOf(n + 1) }]);
    await reopen();
    for (const n of lost) expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n + 1))).toBe(0);
  });

  it("is not used again while a view may read it, and is afterwards", async () => {
    await append(0, 80, 80);
    await reopen();
    const view = store.view();
    await append(80, 400, 80);
    expectEntries(320, 400);
    expectEntries(0, 80, view);
    expect(store.usage().viewBytes).toBeGreaterThanOrEqual(4 * LOG_BYTES);
    const files = logFiles().length;
    view.close();
    expect(store.usage().viewBytes).toBe(0);
    await append(400, 480, 80);
    expect(logFiles().length).toBeLessThanOrEqual(files);
    expectEntries(400, 480);
  });

  it("is given up by views that keep too much", async () => {
    await reopen({ isLog: true, maxViewBytes: 6 * LOG_BYTES });
    await append(0, 80, 80);
    const view = store.view();
    await append(80, 600, 80);
    expect(codeThrown(() => view.get(keyOf(0)))).toBe("STORE_VIEW_LOST");
    expect(store.usage().viewBytes).toBe(0);
    expectEntries(520, 600);
  });
});

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)("on a disk that is full", () => {
  for (const commit of ["inline", "thread"] as const) {
    it(`a log refuses what has no room, loses nothing, and goes on when it is cut, commits ${commit}`, async () => {
      const mount = join(directory, "disk");
      mkdirSync(mount);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "none", mount]);
      try {
        const full = createNodeWorld({ directory: mount, storeTuning: { commit, logBytes: 2 ** 20 } });
        store = await full.storage.open("s", { isLog: true });
        let first = 0;
        let next = 0;
        for (let round = 0; round < 4; round++) {
          let code = "";
          while (code === "") {
            const to = next + 16;
            const batch = Array.from({ length: 16 }, (_, n) => ({
              key: keyOf(next + n),
              value: contentOf(next + n),
            }));
            store.apply(batch);
            code = await store.sync().then(
              () => "",
              (error: { code: string }) => error.code,
            );
            if (code === "") next = to;
          }
          expect(code).toBe("STORE_FULL");

          expect((next - first) * VALUE_BYTES).toBeGreaterThan(6 * 2 ** 20);
          expectEntries(first, next);
          if (round % 2 === 1) {
            await store.close();
            store = await full.storage.open("s", { isLog: round === 1 });
            expectEntries(first, next);
          }
          for (; first < next - 100; first += 50) {
            store.apply(Array.from({ length: 50 }, (_, n) => ({ key: keyOf(first + n), value: undefined })));
            await store.sync();
          }
          expectEntries(first, next);
        }
        await full.close();
      } finally {
        execFileSync("umount", ["-l", mount]);
        store = await world.storage.open("other");
      }
    });
  }
});

it("a store that has lost its database is not begun anew beside its segments", async () => {
  await append(0, 100);
  await store.close();
  rmSync(fileOf("data.mdb"));
  for (const name of ["wal-0", "wal-1", "content"]) rmSync(fileOf(name), { force: true });
  expect(existsSync(fileOf("wal-2"))).toBe(true);
  await expect(world.storage.open("s", { isLog: true })).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});
