/**
 * Acknowledged means on the disk: the order of the calls that reach the kernel, watched by a library that is
 * preloaded into a process of its own (tracing with ptrace is not allowed everywhere).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirePeer } from "../../test/peers/require-peer.ts";

const support = (name: string): string =>
  fileURLToPath(new URL(`../../test/support/${name}`, import.meta.url));
const watched = process.platform === "linux" && requirePeer("the C compiler", "gcc libc6-dev", "gcc");

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-durable-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe.skipIf(!watched)("before a sync resolves", () => {
  for (const commit of ["inline", "thread"] as const) {
    it(`the log is synced, or pages are and then the meta page is written durably, commits ${commit}`, () => {
      const library = join(directory, "trace-disk.so");
      execFileSync("gcc", ["-shared", "-fPIC", "-o", library, support("trace-disk.c"), "-ldl"]);
      const output = execFileSync(
        process.execPath,
        ["--import", "tsx", support("store-acknowledge.ts"), directory + commit, commit],
        { encoding: "utf8", env: { ...process.env, LD_PRELOAD: library, TRACE_DISK: directory + commit } },
      );
      rmSync(directory + commit, { recursive: true, force: true });
      const lines = output.split("\n");
      const [creation = [], ...rounds] = split(lines, (line) => line.startsWith("APPLY "));
      // The file's name in its directory, that one's in its parent, and the made parent's in the one above.
      expect(creation.filter((line) => line === "sync").length).toBeGreaterThanOrEqual(2);
      expect(rounds.length).toBe(6);
      for (const [apply = "", ...after] of rounds) {
        const calls = after.slice(0, after.indexOf("ACKNOWLEDGED"));
        const isLogged = Number(apply.split(" ")[1]) < 100_000;
        const last = isLogged ? ["sync"] : ["sync", "write durable"];
        const written = calls.slice(0, -last.length);
        expect(calls.slice(-last.length)).toEqual(last);
        expect(written.at(-1)).toBe("write");
        // A group that is not logged waits for the log to be brought in, which is a commit as well.
        if (isLogged) expect(new Set(written)).toEqual(new Set(["write"]));
      }
    });
  }
});

/** Cuts a list before each element that `begins` a part. */
function split(lines: readonly string[], begins: (line: string) => boolean): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (begins(line)) parts.push([]);
    parts.at(-1)?.push(line);
  }
  return parts;
}
