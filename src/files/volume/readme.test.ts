// The chapter's example runs, and its table of limits tells the defaults.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNodeWorld } from "../../node/index.ts";
import {
  DEFAULT_LIMITS,
  defaultLimits,
  isFault,
  MAX_FILE_BYTES,
  MAX_LINKS,
  MAX_NAME_BYTES,
  MAX_SYMLINK_BYTES,
  openVolume,
} from "./index.ts";
import { DEFAULT_CHUNK_BYTES, MAX_REPORTED_DAMAGE, ONE_OF_MANY } from "./limits.ts";

const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8").replace(/ +/g, " ");

test("the chapter's example runs, and gives what it says", async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example.replace(/^import .*\n/gm, "");
  expect(body).toContain("openVolume");
  const run = new Function(
    "openVolume",
    "isFault",
    "createNodeWorld",
    "directory",
    `return (async () => { ${body}\n return { read, again }; })();`,
  );
  const directory = mkdtempSync(join(tmpdir(), "coterie-readme-"));
  try {
    const { read, again } = await run(openVolume, isFault, createNodeWorld, directory);
    expect(read).toEqual({ data: new TextEncoder().encode("hello"), eof: true });
    expect(again).toEqual({ reason: "EXIST" });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("the table of limits tells the defaults that the code has", () => {
  const rows = new Map(
    [...readme.matchAll(/^\| (.+?) \| (.+?) \| .+ \|$/gm)].map(([, bound, value]) => [bound, value]),
  );
  const mib = (bytes: number) => `${bytes / 2 ** 20} MiB`;
  const count = (number: number) => number.toLocaleString("en");
  const expected: Readonly<Record<string, string>> = {
    maxCachedInodes: count(DEFAULT_LIMITS.maxCachedInodes),
    maxCachedBytes: "an eighth of the memory, 128 MiB to 1 GiB",
    maxDirtyBytes: mib(DEFAULT_LIMITS.maxDirtyBytes),
    maxDirtyHardBytes: mib(DEFAULT_LIMITS.maxDirtyHardBytes),
    maxDirtyAgeMs: `${DEFAULT_LIMITS.maxDirtyAgeMs / 1000} s`,
    maxFlushBytes: mib(DEFAULT_LIMITS.maxFlushBytes),
    maxInlineChunks: count(DEFAULT_LIMITS.maxInlineChunks),
    maxReapedChunks: count(DEFAULT_LIMITS.maxReapedChunks),
    reservedBytes: mib(DEFAULT_LIMITS.reservedBytes),
    MAX_FILE_BYTES: `${MAX_FILE_BYTES / 2 ** 40} TiB`,
    MAX_NAME_BYTES: count(MAX_NAME_BYTES),
    MAX_SYMLINK_BYTES: count(MAX_SYMLINK_BYTES),
    MAX_LINKS: count(MAX_LINKS),
    MAX_REPORTED_DAMAGE: count(MAX_REPORTED_DAMAGE),
  };
  for (const [name, value] of Object.entries(expected)) expect(rows.get(`\`${name}\``), name).toBe(value);
  const replica = (memoryBytes: number) => mib(defaultLimits(memoryBytes, ONE_OF_MANY).maxCachedBytes);
  expect([2 ** 20, 2 ** 30, 2 ** 32, 2 ** 40].map(replica)).toEqual([
    "32 MiB",
    "32 MiB",
    "128 MiB",
    "256 MiB",
  ]);
  const cached = (memoryBytes: number) => mib(defaultLimits(memoryBytes).maxCachedBytes);
  expect([2 ** 20, 2 ** 30, 2 ** 32, 2 ** 33, 2 ** 40].map(cached)).toEqual([
    ...["128 MiB", "128 MiB", "512 MiB", "1024 MiB", "1024 MiB"],
  ]);
  for (const name of Object.keys(defaultLimits(0))) expect(expected).toHaveProperty(name);
  expect(readme).toContain(`chunks of ${DEFAULT_CHUNK_BYTES / 1024} KiB`);
});
