import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cpuMsOf, settled, writtenBytesOf } from "./process-use.ts";

const isLinux = process.platform === "linux";

test.runIf(isLinux)("counts what this process takes of the processors, and the sum of several", () => {
  const before = cpuMsOf([process.pid]);
  const endMs = process.cpuUsage().user / 1000 + 100;
  while (process.cpuUsage().user / 1000 < endMs);
  const after = cpuMsOf([process.pid]);
  expect(after - before).toBeGreaterThanOrEqual(80);
  expect(cpuMsOf([process.pid, process.pid])).toBeGreaterThanOrEqual(2 * after);
});

test.runIf(isLinux)("counts what this process writes, and resolves when it writes no more", async () => {
  const folder = mkdtempSync("/var/tmp/coterie-process-use-");
  const before = writtenBytesOf([process.pid]);
  const file = openSync(join(folder, "file"), "w");
  writeSync(file, new Uint8Array(1 << 20));
  fdatasyncSync(file);
  expect(writtenBytesOf([process.pid]) - before).toBeGreaterThanOrEqual(1 << 20);
  await settled([process.pid]);
  rmSync(folder, { recursive: true });
});

test.runIf(isLinux)("a process that is gone is an error", () => {
  expect(() => cpuMsOf([2 ** 30])).toThrow(/ENOENT/);
});
