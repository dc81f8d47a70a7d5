/** Large values: their blocks beside the database, in a store as its users see it. */
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb, type RootDatabase } from "lmdb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../world/index.ts";
import { createNodeWorld, type NodeWorld } from "./index.ts";

let directory = "";
let world: NodeWorld;
let store: Store;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "coterie-content-"));
  await reopen();
});
afterEach(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  await (world as NodeWorld | undefined)?.close();
  world = createNodeWorld({ directory });
  store = await world.storage.open("s");
}

const file = (name: string): string => join(directory, "s", name);
const keyOf = (n: number): Uint8Array => Uint8Array.of(1, n >> 8, n & 0xff);

/** Bytes that tell where they come from. */
function contentOf(n: number, length: number): Uint8Array {
  const value = new Uint8Array(length);
  for (let at = 0; at < length; at++) value[at] = n * 31 + at * 7 + (at >> 8);
  return value;
}

async function put(n: number, length: number, seed = n): Promise<void> {
  store.apply([{ key: keyOf(n), value: contentOf(seed, length) }]);
  await store.sync();
}

const SIZES = [0, 1, 4095, 4096, 8191, 8192, 8193, 12_287, 12_288, 16_404, 65_536, 1_000_001];

describe("values of every size", () => {
  it("are the same by get, by borrow and in ranges, before and after the store was opened again", async () => {
    for (const [n, length] of SIZES.entries()) await put(n, length);
    for (let round = 0; round < 2; round++) {
      for (const [n, length] of SIZES.entries()) {
        expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n, length))).toBe(0);
        expect(Buffer.compare(store.borrow(keyOf(n)) as Uint8Array, contentOf(n, length))).toBe(0);
      }
      const entries = [...store.range({})];
      expect(entries.map(({ value }) => value.length)).toEqual(SIZES);
      for (const [n, { value }] of entries.entries()) {
        expect(Buffer.compare(value, contentOf(n, value.length))).toBe(0);
      }
      expect([...store.range({ reverse: true, limit: 2 })].map(({ value }) => value.length)).toEqual([
        1_000_001, 65_536,
      ]);
      expect([...store.range({ keysOnly: true })].every(({ value }) => value.length === 0)).toBe(true);
      await reopen();
    }
  });

  it("keep what a caller was given apart from what comes later", async () => {
    await put(1, 20_000);
    await reopen();
    const given = store.get(keyOf(1)) as Uint8Array;
    await put(1, 20_000, 2);
    await reopen();
    store.borrow(keyOf(1));
    expect(Buffer.compare(given, contentOf(1, 20_000))).toBe(0);
  });

  it("may look like the database's own marks", async () => {
    const values = [
      [0xff],
      [0xff, 0],
      [0xff, 1],
      [0xff, 1, ...new Array<number>(30).fill(0)],
      [0xff, 0xff, 3],
    ];
    store.apply(values.map((value, n) => ({ key: keyOf(n), value: Uint8Array.from(value) })));
    await store.sync();
    for (let round = 0; round < 2; round++) {
      expect([...store.range({})].map(({ value }) => [...value])).toEqual(values);
      expect(values.map((_, n) => [...(store.get(keyOf(n)) ?? [])])).toEqual(values);
      await reopen();
    }
  });
});

describe("the content file", () => {
  it("does not grow while values are written over, and its blocks are used again after removals", async () => {
    const writeAll = async (seed: number): Promise<void> => {
      for (let n = 0; n < 100; n += 10) {
        const batch = Array.from({ length: 10 }, (_, i) => ({
          key: keyOf(n + i),
          value: contentOf(n + i + seed, 65_556),
        }));
        store.apply(batch);
        await store.sync();
      }
    };
    await writeAll(0);
    await writeAll(1);
    const { size } = statSync(file("content"));
    for (let seed = 2; seed < 6; seed++) await writeAll(seed);
    expect(statSync(file("content")).size).toBe(size);
    expect(store.usage().usedBytes).toBeLessThan(8_000_000);
    store.apply(Array.from({ length: 100 }, (_, n) => ({ key: keyOf(n), value: undefined })));
    await store.sync();
    await reopen();
    expect(store.usage().usedBytes).toBeLessThan(1_000_000);
    await writeAll(7);
    expect(statSync(file("content")).size).toBe(size);
    for (let n = 0; n < 100; n++) {
      expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n + 7, 65_556))).toBe(0);
    }
  });

  it("gives the disk back what lay behind its last block, when that is much", async () => {
    for (let n = 0; n < 12; n++) await put(n, 8_000_000);
    expect(statSync(file("content")).size).toBeGreaterThan(95_000_000);
    store.apply(Array.from({ length: 11 }, (_, n) => ({ key: keyOf(n + 1), value: undefined })));
    await store.sync();
    // Small groups are logged: the blocks are free when the log has been brought in.
    await reopen();
    await put(20, 1_000_000);
    expect(statSync(file("content")).size).toBeLessThan(30_000_000);
    expect(Buffer.compare(store.get(keyOf(0)) as Uint8Array, contentOf(0, 8_000_000))).toBe(0);
  });

  it("is missed when the store is opened without it, or with less than it should have", async () => {
    await put(1, 300_000);
    await world.close();
    const code = async (readOnly: boolean): Promise<unknown> => {
      const other = createNodeWorld({ directory });
      const failure: unknown = await other.storage.open("s", { readOnly }).catch((error: unknown) => error);
      await other.close();
      return (failure as { code?: unknown }).code;
    };
    truncateSync(file("content"), 4096);
    for (const readOnly of [true, false]) expect(await code(readOnly)).toBe("STORE_CORRUPT");
    rmSync(file("content"));
    for (const readOnly of [true, false]) expect(await code(readOnly)).toBe("STORE_CORRUPT");
  });

  it("that ends too early while the store is open is an error of that read", async () => {
    await put(1, 300_000);
    await put(2, 300_000);
    const length = statSync(file("content")).size;
    truncateSync(file("content"), 400_000);
    expect(() => store.get(keyOf(2))).toThrow(expect.objectContaining({ code: "STORE_IO" }));
    expect(Buffer.compare(store.get(keyOf(1)) as Uint8Array, contentOf(1, 300_000))).toBe(0);
    truncateSync(file("content"), length);
  });
});

it("a store of another format is refused", async () => {
  const { open } = await import("lmdb");
  await world.close();
  const db = open<Uint8Array, Uint8Array>({
    path: file(""),
    keyEncoding: "binary",
    encoding: "binary",
    noSubdir: false,
  });
  const mark = new Uint8Array(1025).fill(0xff);
  expect(db.getBinary(mark)?.length).toBe(16);
  await db.put(mark, new Uint8Array(12));
  await db.close();
  const other = createNodeWorld({ directory });
  await expect(other.storage.open("s")).rejects.toMatchObject({ code: "STORE_FORMAT" });
  await expect(other.storage.open("s", { readOnly: true })).rejects.toMatchObject({ code: "STORE_FORMAT" });
  await other.close();
});

describe("changes in places of a value that has blocks", () => {
  /** Writes `bytes` over what the key holds from `from` on, and waits until it is durable in the log. */
  async function patch(n: number, from: number, bytes: Uint8Array): Promise<void> {
    const value = (store.get(keyOf(n)) as Uint8Array).slice();
    value.set(bytes, from);
    store.apply([{ key: keyOf(n), value, spans: [{ from, to: from + bytes.length }] }]);
    await store.sync();
  }

  it("are written where they lie, whether in its head, in its blocks, or in both, once or often", async () => {
    const length = 16_404;
    const head = length % 4096;
    const expected = contentOf(1, length);
    await put(1, length);
    await reopen();
    const blocks = readFileSync(file("content")).length;
    const places = [0, 5, head - 3, head, head + 4095, length - 7, 9000, 9003, 8998, 1];
    for (const [seed, from] of places.entries()) {
      const piece = contentOf(seed + 50, 7);
      expected.set(piece, from);
      await patch(1, from, piece);
    }
    await reopen();
    expect(Buffer.compare(store.get(keyOf(1)) as Uint8Array, expected)).toBe(0);
    const content = readFileSync(file("content"));
    expect(content.length).toBe(blocks);
    expect(Buffer.compare(content.subarray(0, length - head), expected.subarray(head))).toBe(0);
  });

  it("need nothing of the rest, which the disk may have lost", async () => {
    await put(1, 300_000);
    await reopen();
    const piece = contentOf(9, 5000);
    await patch(1, 20_000, piece);
    const { size } = statSync(file("content"));
    truncateSync(file("content"), 100_000);
    await store.close();
    truncateSync(file("content"), size);
    // The checkpoint brought it all in: the log is not needed any more.
    for (const name of ["wal-0", "wal-1"]) rmSync(file(name));
    await reopen();
    const expected = contentOf(1, 100_000);
    expected.set(piece, 20_000);
    expect(Buffer.compare((store.get(keyOf(1)) as Uint8Array).subarray(0, 100_000), expected)).toBe(0);
  });

  it("that make it longer move it, and lie over what the database has", async () => {
    await put(1, 20_000);
    await put(2, 500);
    await reopen();
    for (const [n, length] of [
      [1, 20_000],
      [2, 500],
    ] as const) {
      const value = new Uint8Array(length + 9000);
      value.set(contentOf(n, length));
      value.set(contentOf(n + 5, 9100), length - 100);
      store.apply([{ key: keyOf(n), value, spans: [{ from: length - 100, to: value.length }] }]);
      await store.sync();
      await reopen();
      expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, value)).toBe(0);
    }
  });
});

describe("a database that says what cannot be", () => {
  const MARK = 1025;

  /** Changes lmdb's own records of the closed store. */
  async function tamper(
    change: (db: RootDatabase<Uint8Array, Uint8Array>) => Promise<unknown>,
  ): Promise<void> {
    await world.close();
    const db = openLmdb<Uint8Array, Uint8Array>({
      path: file(""),
      keyEncoding: "binary",
      encoding: "binary",
      noSubdir: false,
    });
    await change(db);
    await db.close();
  }

  const codeOfOpening = async (readOnly: boolean): Promise<unknown> => {
    const other = createNodeWorld({ directory });
    const failure: unknown = await other.storage.open("s", { readOnly }).catch((error: unknown) => error);
    await other.close();
    return (failure as { code?: unknown }).code;
  };

  /** A pointer's record with another number of blocks, or another first block. */
  const pointer = (count: number, at: bigint): Uint8Array => {
    const record = new Uint8Array(16);
    const view = new DataView(record.buffer);
    record.set([0xff, 1]);
    view.setUint32(4, count);
    view.setBigUint64(8, at);
    return record;
  };

  it("of its map of blocks is damaged", async () => {
    await put(1, 300_000);
    const regionKey = (region: number): Uint8Array => {
      const key = new Uint8Array(MARK + 4).fill(0xff);
      new DataView(key.buffer).setUint32(MARK, region);
      return key;
    };
    const bits = new Uint8Array(1024).fill(1);
    await tamper((db) => db.put(regionKey(0xffff_fff0), bits));
    for (const readOnly of [true, false]) expect(await codeOfOpening(readOnly)).toBe("STORE_CORRUPT");
    await tamper(async (db) => {
      await db.remove(regionKey(0xffff_fff0));
      await db.put(regionKey(0), bits.subarray(1));
    });
    for (const readOnly of [true, false]) expect(await codeOfOpening(readOnly)).toBe("STORE_CORRUPT");
  });

  it("of a value's blocks fails its reads, frees nobody's blocks, and is mended by a write", async () => {
    for (const n of [1, 2, 3, 4]) await put(n, 300_000);
    await tamper(async (db) => {
      await db.put(keyOf(1), pointer(3, 2n ** 60n));
      await db.put(keyOf(2), pointer(0xffff_ffff, 0n));
      await db.put(keyOf(3), pointer(3, 1_000_000n));
    });
    await reopen();
    for (const n of [1, 2, 3]) {
      const code = n === 3 ? "STORE_IO" : "STORE_CORRUPT";
      expect(() => store.get(keyOf(n))).toThrow(expect.objectContaining({ code }));
      await put(n, 300_000, n + 10);
    }
    store.apply([1, 2, 3].map((n) => ({ key: keyOf(n), value: contentOf(n + 20, 20_000) })));
    await store.sync();
    await reopen();
    for (const n of [1, 2, 3]) {
      expect(Buffer.compare(store.get(keyOf(n)) as Uint8Array, contentOf(n + 20, 20_000))).toBe(0);
    }
    expect(Buffer.compare(store.get(keyOf(4)) as Uint8Array, contentOf(4, 300_000))).toBe(0);
  });

  it("is no store of ours when it has entries and no mark", async () => {
    await put(1, 100);
    await tamper((db) => db.remove(new Uint8Array(MARK).fill(0xff)));
    for (const readOnly of [true, false]) expect(await codeOfOpening(readOnly)).toBe("STORE_FORMAT");
  });

  it("has another format when its mark is empty", async () => {
    await tamper((db) => db.put(new Uint8Array(MARK).fill(0xff), new Uint8Array(0)));
    for (const readOnly of [true, false]) expect(await codeOfOpening(readOnly)).toBe("STORE_FORMAT");
  });
});
