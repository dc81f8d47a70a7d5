import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lockStore, type StoreLock } from "./store-lock.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-lock-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test("a directory has one holder at a time, whatever its path is called", async () => {
  const lock = await lockStore(base);
  await expect(lockStore(`${base}/.`)).rejects.toMatchObject({ code: "STORE_LOCKED" });
  lock.release();
  lock.release();
  (await lockStore(base)).release();
});

test("a directory that was removed under its holder keeps nobody from another one", async () => {
  const directory = join(base, "again");
  const held: StoreLock[] = [];
  // Many file systems give a new directory the inode of the one that was removed last.
  for (let n = 0; n < 20; n++) {
    mkdirSync(directory);
    held.push(await lockStore(directory));
    rmdirSync(directory);
  }
  for (const lock of held) lock.release();
});
