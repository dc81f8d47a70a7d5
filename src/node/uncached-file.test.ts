import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLocalFiles } from "./local-files-node.ts";
import { UncachedFile } from "./uncached-file.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-uncached-"));
const path = join(folder, "file");
const MIB = 1024 * 1024;
const content = Uint8Array.from({ length: 2 * MIB + 777 }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
let isPossible = false;

beforeAll(async () => {
  writeFileSync(path, content);
  const file = await UncachedFile.open(path);
  isPossible = file !== undefined;
  await file?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file read past the cache", () => {
  test.runIf(process.platform === "linux")(
    "gives what was written, from anywhere and of any length",
    async (context) => {
      if (!isPossible) context.skip("this file system has no O_DIRECT");
      const file = (await UncachedFile.open(path)) as UncachedFile;
      const pieces = [
        [0, 1],
        [0, MIB],
        [MIB, MIB],
        [4095, 2],
        [1, 3 * 4096],
        [2 * MIB - 1, 778],
        [100, 2 * MIB],
      ];
      for (const [position, length] of pieces as [number, number][]) {
        const buffer = new Uint8Array(length);
        expect(await file.read(buffer, position)).toBe(length);
        expect(Buffer.compare(buffer, content.subarray(position, position + length)), `${position}`).toBe(0);
      }
      const beyond = new Uint8Array(2000);
      expect(await file.read(beyond, content.length - 5)).toBe(5);
      expect(await file.read(beyond, content.length)).toBe(0);
      expect(await file.read(beyond, content.length + 100_000)).toBe(0);
      await file.close();
    },
  );

  test("is read by the system's way where it cannot be, and says so", async () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    const local = createLocalFiles();
    const reader = await local.openUncached(empty);
    expect(reader.isUncached).toBe(false);
    expect(await reader.read(new Uint8Array(5), 0)).toBe(0);
    await reader.close();
    const large = await local.openUncached(path);
    expect(large.isUncached).toBe(isPossible);
    const buffer = new Uint8Array(content.length + 1);
    expect(await large.read(buffer, 0)).toBe(content.length);
    expect(Buffer.compare(buffer.subarray(0, content.length), content)).toBe(0);
    await large.close();
  });

  test("that became shorter ends where it ends now", async () => {
    const shrinking = join(folder, "shrinking");
    writeFileSync(shrinking, content);
    const reader = await createLocalFiles().openUncached(shrinking);
    truncateSync(shrinking, 5000);
    expect(await reader.read(new Uint8Array(MIB), 0)).toBe(5000);
    await reader.close();
  });

  test("that is not there is told as of every other way", async () => {
    await expect(createLocalFiles().openUncached(join(folder, "missing"))).rejects.toMatchObject({
      code: "LOCAL_NOT_FOUND",
    });
  });
});
