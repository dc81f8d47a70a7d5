import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createNodeWorld } from "./index.ts";
import { makeDirectories } from "./make-directories.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-make-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

describe("making directories", () => {
  test("makes what is missing, and names the uppermost that it made", async () => {
    expect(await makeDirectories(at("a/b/c"), 0o700)).toBe(at("a"));
    expect(statSync(at("a/b/c")).mode & 0o777).toBe(0o700);
    expect(await makeDirectories(at("a/b/c"))).toBeUndefined();
    expect(await makeDirectories(at("a/b/d"))).toBe(at("a/b/d"));
  });

  test("takes paths as bytes, also with slashes at the end", async () => {
    const path = Buffer.concat([Buffer.from(at("bytes/")), Buffer.of(0xff), Buffer.from("/x//")]);
    expect(String(await makeDirectories(path))).toBe(at("bytes"));
    expect(statSync(path).isDirectory()).toBe(true);
    expect(await makeDirectories(path)).toBeUndefined();
  });

  test("lets others make the same at the same time", async () => {
    await Promise.all(Array.from({ length: 16 }, () => makeDirectories(at("many/at/once"))));
    expect(statSync(at("many/at/once")).isDirectory()).toBe(true);
  });

  test("follows links to directories, and refuses what is none", async () => {
    mkdirSync(at("real"));
    symlinkSync("real", at("link"));
    symlinkSync("nowhere", at("lost"));
    writeFileSync(at("file"), "");
    expect(await makeDirectories(at("link"))).toBeUndefined();
    expect(await makeDirectories(at("link/x"))).toBe(at("link/x"));
    for (const path of ["lost", "file"]) {
      await expect(makeDirectories(at(path)), path).rejects.toMatchObject({ code: "EEXIST" });
    }
    await expect(makeDirectories(at("file/x"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  test.runIf(existsSync("/proc/self"))("ends where no directory can be made, as in /proc", async () => {
    await expect(makeDirectories("/proc/coterie/x")).rejects.toMatchObject({ code: "EPERM" });
    const world = createNodeWorld({ directory: "/proc/coterie" });
    await expect(world.storage.open("volume")).rejects.toMatchObject({ code: "STORE_PERMISSION" });
    await world.close();
  });
});
