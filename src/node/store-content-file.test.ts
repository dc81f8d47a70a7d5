/** The content file by itself: which calls write what. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CONTENT_FILE, ContentFile, type ContentWrite } from "./store-content.ts";

/** What each call wrote, as [place, bytes]. */
const calls = vi.hoisted((): [number, number][] => []);
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const note = (buffers: readonly NodeJS.ArrayBufferView[], position: number) =>
    calls.push([position, buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)]);
  return {
    ...fs,
    writevSync: (fd: number, buffers: NodeJS.ArrayBufferView[], position: number) => {
      note(buffers, position);
      return fs.writevSync(fd, buffers, position);
    },
    writev: (fd: number, buffers: NodeJS.ArrayBufferView[], position: number, done: never) => {
      note(buffers, position);
      fs.writev(fd, buffers, position, done);
    },
  };
});

const KIB = 1024;
const MOST_BYTES = 128 * KIB;

let directory = "";
let content: ContentFile;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-content-file-"));
  content = ContentFile.open(directory, false) as ContentFile;
  calls.length = 0;
});
afterEach(() => {
  content.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Writes one behind the other from `position` on, each of bytes that tell which it is. */
function writesOf(position: number, ...lengths: readonly number[]): ContentWrite[] {
  let at = position;
  return lengths.map((length, n) => {
    const write = { position: at, bytes: new Uint8Array(length).fill(n + 1) };
    at += length;
    return write;
  });
}

function expectWritten(writes: readonly ContentWrite[]): void {
  const file = readFileSync(join(directory, CONTENT_FILE));
  for (const { position, bytes } of writes)
    expect(Buffer.compare(file.subarray(position, position + bytes.length), bytes)).toBe(0);
}

describe("writes that lie together", () => {
  it("are one call each 128 KiB, whatever the pieces that they come in", () => {
    const small = writesOf(4 * KIB, 4 * KIB, 16 * KIB, 1, 0, 100 * KIB, 20 * KIB);
    const large = writesOf(1024 * KIB, 300 * KIB, 84 * KIB);
    content.write([...small, ...large]);
    expect(calls).toEqual([
      [4 * KIB, MOST_BYTES],
      [4 * KIB + MOST_BYTES, 12 * KIB + 1],
      [1024 * KIB, MOST_BYTES],
      [1024 * KIB + MOST_BYTES, MOST_BYTES],
      [1024 * KIB + 2 * MOST_BYTES, MOST_BYTES],
    ]);
    expectWritten([...small, ...large]);
  });

  it("are the same on other threads", async () => {
    const writes = [...writesOf(0, 1000 * KIB), ...writesOf(2048 * KIB, 8 * KIB, 8 * KIB)];
    await content.writeOnThread(writes);
    expect(Math.max(...calls.map(([, bytes]) => bytes))).toBe(MOST_BYTES);
    expect(calls.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(1016 * KIB);
    expectWritten(writes);
  });
});

describe("writes that lie apart", () => {
  it("are a call each", () => {
    const writes = [...writesOf(0, 4096), ...writesOf(8192, 4096), ...writesOf(4096, 4096)];
    content.write(writes);
    expect(calls).toEqual([
      [0, 4096],
      [8192, 4096],
      [4096, 4096],
    ]);
    expectWritten(writes);
  });
});
