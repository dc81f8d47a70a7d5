import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LocalFiles } from "./local-files.ts";
import { createLocalFiles } from "./local-files-node.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-local-"));
let local: LocalFiles;
beforeAll(() => {
  local = createLocalFiles();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const bytes = (text: string) => new TextEncoder().encode(text);

describe("files", () => {
  test("are written and read at positions, resumed, cut, and made durable", async () => {
    const path = at("positions");
    const file = await local.open(path, "new", 0o600);
    await file.write(bytes("world"), 6);
    await file.write(bytes("hello "), 0);
    const buffer = new Uint8Array(20);
    expect(await file.read(buffer, 0)).toBe(11);
    expect(await file.read(buffer, 11)).toBe(0);
    await file.truncate(5);
    await file.setMode(0o640);
    await file.setTimes(
      { seconds: 1_000_000_000, nanoseconds: 250_000_000 },
      { seconds: -5, nanoseconds: 0 },
    );
    await file.sync();
    expect(await file.stat()).toMatchObject({ type: "file", size: 5, mode: 0o640 });
    await file.close();
    const stat = await local.stat(path);
    expect(stat?.accessed).toEqual({ seconds: 1_000_000_000, nanoseconds: 250_000_000 });
    expect(stat?.modified).toEqual({ seconds: -5, nanoseconds: 0 });
    const again = await local.open(path, "update");
    expect((await again.stat()).size).toBe(5);
    await again.close();
    const emptied = await local.open(path, "write");
    expect((await emptied.stat()).size).toBe(0);
    await emptied.close();
    await expect(local.open(path, "new")).rejects.toMatchObject({ code: "LOCAL_EXISTS" });
  });

  test("are replaced whole: a reader sees the old or the new, and a failure leaves the old and nothing else", async () => {
    mkdirSync(at("replaced"));
    const path = join(at("replaced"), "f");
    await local.replace(path, bytes("one"), 0o600);
    await local.replace(path, bytes("two"));
    expect(new TextDecoder().decode(await local.readAll(path, 10))).toBe("two");
    expect(readdirSync(at("replaced"))).toEqual(["f"]);
    mkdirSync(join(at("replaced"), "directory"));
    await expect(local.replace(join(at("replaced"), "directory"), bytes("x"))).rejects.toMatchObject({
      code: "LOCAL_TYPE",
    });
    expect(readdirSync(at("replaced")).sort()).toEqual(["directory", "f"]);
    await expect(local.readAll(path, 2)).rejects.toMatchObject({ code: "LOCAL_TOO_LARGE" });
  });
});

describe("names", () => {
  test("are bytes: one that is no text survives a listing and a path", async () => {
    mkdirSync(at("names"));
    const odd = Uint8Array.of(0x61, 0xff, 0xfe);
    const path = local.join(at("names"), odd);
    await (await local.open(path, "new")).close();
    const entries: [string, string][] = [];
    for await (const entry of local.entries(at("names"))) {
      entries.push([Buffer.from(entry.name).toString("hex"), entry.type]);
    }
    expect(entries).toEqual([["61fffe", "file"]]);
    await local.rename(path, at("names/plain"));
    await local.remove(at("names/plain"));
    await local.rmdir(at("names"));
    expect(existsSync(at("names"))).toBe(false);
  });

  test("of symbolic links are told from what they lead to", async () => {
    mkdirSync(at("target"));
    await local.symlink(bytes("target"), at("link"));
    expect(new TextDecoder().decode(await local.readlink(at("link")))).toBe("target");
    expect((await local.stat(at("link")))?.type).toBe("symlink");
    expect((await local.stat(at("link"), { follow: true }))?.type).toBe("directory");
    const time = { seconds: 7, nanoseconds: 0 };
    await local.setTimes(at("link"), time, time);
    expect((await local.stat(at("link")))?.modified).toEqual(time);
    expect((await local.stat(at("target")))?.modified.seconds).not.toBe(7);
  });

  test("of directories can be made with those above them", async () => {
    await local.mkdir(at("a/b/c"), { parents: true, mode: 0o700 });
    await local.mkdir(at("a/b/c"), { parents: true });
    await expect(local.mkdir(at("a"))).rejects.toMatchObject({ code: "LOCAL_EXISTS" });
    await local.mkdir(Buffer.from(at("d/e/f")), { parents: true });
    expect((await local.stat(at("d/e/f")))?.type).toBe("directory");
    writeFileSync(at("a/file"), "");
    await expect(local.mkdir(at("a/file"), { parents: true })).rejects.toMatchObject({
      code: "LOCAL_EXISTS",
    });
    await expect(local.mkdir(at("a/file/x"), { parents: true })).rejects.toMatchObject({
      code: "LOCAL_TYPE",
    });
    await local.setMode(at("a/b/c"), 0o750);
    expect((await local.stat(at("a/b/c")))?.mode).toBe(0o750);
    await local.syncDirectory(at("a"));
    expect(local.absolute(`${folder}/a/../b`)).toBe(at("b"));
  });
});

test("a file gets a second name, but never one that is there", async () => {
  writeFileSync(at("one"), "1");
  await local.link(at("one"), at("two"));
  expect(readFileSync(at("two"), "utf8")).toBe("1");
  expect((await local.stat(at("two")))?.links).toBe(2);
  await expect(local.link(at("one"), at("two"))).rejects.toMatchObject({ code: "LOCAL_EXISTS" });
});

test("a directory is claimed by one at a time", async () => {
  const claim = await local.claimDirectory(folder);
  expect(claim).toBeDefined();
  expect(await local.claimDirectory(`${folder}/.`)).toBeUndefined();
  claim?.release();
  await expect(local.claimDirectory(at("nowhere"))).rejects.toMatchObject({ code: "LOCAL_NOT_FOUND" });
});

describe("failures", () => {
  test.runIf(existsSync("/proc/self"))(
    "to make a directory where there can be none are told, and end",
    async () => {
      await expect(local.mkdir("/proc/coterie/x", { parents: true })).rejects.toMatchObject({
        code: "LOCAL_PERMISSION",
      });
    },
  );

  test("carry a code and name the path", async () => {
    const missing = at("missing");
    await expect(local.open(missing, "read")).rejects.toMatchObject({
      code: "LOCAL_NOT_FOUND",
      message: `${missing} does not exist`,
      details: { path: missing, system: "ENOENT" },
    });
    // What is to be made cannot be missing; its directory can.
    for (const mode of ["new", "write", "update"] as const) {
      await expect(local.open(at("missing/file"), mode)).rejects.toMatchObject({
        code: "LOCAL_NOT_FOUND",
        message: `${missing} does not exist`,
        details: { path: missing, system: "ENOENT" },
      });
    }
    await expect(local.replace(at("missing/file"), new Uint8Array(1))).rejects.toMatchObject({
      message: `${missing} does not exist`,
    });
    expect(await local.stat(missing)).toBeUndefined();
    writeFileSync(at("file"), "");
    await expect(local.stat(at("file/below"))).rejects.toMatchObject({ code: "LOCAL_TYPE" });
    await expect(
      (async () => {
        for await (const _ of local.entries(missing)) expect.fail("there is nothing to list");
      })(),
    ).rejects.toMatchObject({ code: "LOCAL_NOT_FOUND" });
  });

  test("to begin where no directory is any more are told", () => {
    const gone = join(folder, "gone");
    const here = process.cwd();
    const cwd = vi.spyOn(process, "cwd").mockImplementation(() => {
      throw Object.assign(new Error("uv_cwd"), { code: "ENOENT" });
    });
    expect(() => local.absolute("x")).toThrow(expect.objectContaining({ code: "LOCAL_NOT_FOUND" }));
    expect(local.absolute(gone)).toBe(gone);
    cwd.mockRestore();
    expect(local.absolute("x")).toBe(join(here, "x"));
  });

  test("to take up a file by a link that somebody laid there are refused", async () => {
    writeFileSync(at("victim"), "mine");
    symlinkSync("victim", at("planted"));
    await expect(local.open(at("planted"), "update")).rejects.toMatchObject({ code: "LOCAL_TYPE" });
    expect(readFileSync(at("victim"), "utf8")).toBe("mine");
  });

  test("of a disk that is full are told as that", async () => {
    const file = await local.open("/dev/full", "update");
    await expect(file.write(bytes("x"), 0)).rejects.toMatchObject({ code: "LOCAL_FULL" });
    await file.close();
  });

  test.runIf(process.getuid?.() !== 0)("of permission are told as that", async () => {
    mkdirSync(at("closed"));
    chmodSync(at("closed"), 0);
    await expect(local.open(at("closed/f"), "new")).rejects.toMatchObject({ code: "LOCAL_PERMISSION" });
  });
});

test("a digest is SHA-256 of the pieces in their order", () => {
  writeFileSync(at("digest"), "hello world");
  const digest = local.digest();
  digest.update(bytes("hello "));
  digest.update(bytes("world"));
  expect(digest.hex()).toBe(execFileSync("sha256sum", [at("digest")], { encoding: "utf8" }).slice(0, 64));
  expect(readFileSync(at("digest"), "utf8")).toBe("hello world");
});

test("the disk's space is what the system says, more or less", async () => {
  const { totalBytes, freeBytes } = await local.space(folder);
  expect(totalBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
});
