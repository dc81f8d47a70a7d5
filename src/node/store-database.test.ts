/** Commits that fail: when the disk has them already, which only an lmdb that pretends can be made to do, or before they begin. */
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { StoreDatabase } from "./store-database.ts";

/** What the next transactions come to: the last write of one fails, and then lmdb refuses all, as it does by MDB_PANIC. */
const PANIC = "MDB_PANIC: Update of meta page failed or environment had fatal error";
let fate: "good" | "failing" | "panic" = "good";

vi.mock("lmdb", async (original) => {
  const lmdb = await original<typeof import("lmdb")>();
  return {
    ...lmdb,
    open: (options: Parameters<typeof lmdb.open>[0]) => {
      const db = lmdb.open(options);
      const run = db.transactionSync.bind(db);
      db.transactionSync = <T>(action: () => T): T => {
        if (fate === "panic")
          throw new Error("MDB_PANIC: Update of meta page failed or environment had fatal error");
        const result = run(action);
        if (fate === "good") return result;
        fate = "panic";
        throw new Error("Input/output error");
      };
      const batch = db.batch.bind(db);
      db.batch = <T>(action: () => T) =>
        fate === "panic" ? Promise.reject(new Error(PANIC)) : batch(action);
      return db;
    },
  };
});

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-database-"));
  fate = "good";
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = () => StoreDatabase.open(directory, { maxBytes: 2 ** 30, readOnly: false });
const keyOf = (n: number) => Uint8Array.of(n);
const contentOf = (n: number) => new Uint8Array(20_000).fill(n);
const put = (...numbers: number[]) => numbers.map((n) => ({ key: keyOf(n), value: contentOf(n) }));

it("nothing is written over what a failed commit may have left, until lmdb takes commits again", async () => {
  let database = await open();
  const mark = { sequence: 1, salt: 1 };
  database.commitInline(put(1), mark);
  fate = "failing";
  expect(() => database.commitInline(put(2, 3), mark)).toThrow("Input/output error");
  expect(() => database.commitInline(put(4, 5, 6), mark)).toThrow("MDB_PANIC");
  await expect(database.commitOnThread(put(7, 8), mark)).rejects.toThrow("MDB_PANIC");
  await database.close();
  fate = "good";
  database = await open();
  for (const n of [1, 2, 3])
    expect(Buffer.compare(database.get(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
  for (const n of [4, 5, 6, 7, 8]) expect(database.get(keyOf(n))).toBeUndefined();
  await database.close();
});

it("a commit that cannot be begun, because the disk does not give what a patch lies upon, takes no blocks", async () => {
  const database = await open();
  database.commitInline(put(1, 2), undefined);
  const { liveBytes, fileBytes } = database.space().content;
  truncateSync(join(directory, "content"), 20_000);
  const longer = { key: keyOf(2), valueBytes: 20_001, pieces: [{ at: 20_000, bytes: Uint8Array.of(9) }] };
  expect(() => database.commitInline([...put(3, 4), longer], undefined)).toThrow("ends before");
  await expect(database.commitOnThread([...put(1, 3), longer], undefined)).rejects.toThrow("ends before");
  expect(database.space().content.liveBytes).toBe(liveBytes);
  truncateSync(join(directory, "content"), fileBytes);
  database.commitInline(put(1, 2, 3), undefined);
  for (const n of [1, 2, 3])
    expect(Buffer.compare(database.get(keyOf(n)) as Uint8Array, contentOf(n))).toBe(0);
  await database.close();
});

it("a patch of what a snapshot sees is written elsewhere, unless the disk does not give what it lies upon", async () => {
  const database = await open();
  database.commitInline(put(1, 2), undefined);
  let overwritten = 0;
  database.beforeOverwriting = () => overwritten++;
  const patch = (n: number, byte: number) => ({
    key: keyOf(n),
    valueBytes: 20_000,
    pieces: [{ at: 19_000, bytes: Uint8Array.of(byte) }],
  });
  const snapshot = database.snapshot();
  database.commitInline([patch(1, 77)], undefined);
  await database.commitOnThread([patch(1, 78)], undefined);
  expect(snapshot.get(keyOf(1))?.[19_000]).toBe(1);
  expect(database.get(keyOf(1))?.[19_000]).toBe(78);
  expect(overwritten).toBe(0);
  expect(database.keptBytes(snapshot)).toBeGreaterThanOrEqual(2 * 16_384);
  truncateSync(join(directory, "content"), 20_000);
  expect(() => snapshot.get(keyOf(2))).toThrow("ends before");
  database.commitInline([patch(2, 79)], undefined);
  expect(overwritten).toBe(1);
  snapshot.close();
  expect(database.space().content.liveBytes).toBe(2 * 16_384);
  await database.close();
});
