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
    it(`pages are synced first, then the meta page is written durably, commits ${commit}`, () => {
      const library = join(directory, "trace-disk.so");
      execFileSync("gcc", ["-shared", "-fPIC", "-o", library, support("trace-disk.c"), "-ldl"]);
      const output = execFileSync(
        process.execPath,
        ["--import", "tsx", support("store-acknowledge.ts"), directory + commit, commit],
        { encoding: "utf8", env: { ...process.env, LD_PRELOAD: library, TRACE_DISK: directory + commit } },
      );
      rmSync(directory + commit, { recursive: true, force: true });
      const lines = output.split("\n");
      const creation = lines.slice(0, lines.indexOf("APPLY"));
      // The file's name in its directory, that one's in its parent, and the made parent's in the one above.
      expect(creation.filter((line) => line === "sync").length).toBeGreaterThanOrEqual(2);
      let rounds = 0;
      for (let at = lines.indexOf("APPLY"); at >= 0; at = lines.indexOf("APPLY", at + 1)) {
        const calls = lines.slice(at + 1, lines.indexOf("ACKNOWLEDGED", at));
        expect(calls.slice(-2)).toEqual(["sync", "write durable"]);
        expect(calls.slice(0, -2).length).toBeGreaterThan(0);
        expect(new Set(calls.slice(0, -2))).toEqual(new Set(["write"]));
        rounds++;
      }
      expect(rounds).toBe(5);
    });
  }
});
