import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findModule, loadModule } from "./load-module.ts";
import { startWorker, type WorkerEnd, type WorkerProcess } from "./worker-process.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-worker-"));
afterAll(() => rmSync(folder, { recursive: true }));

function start(script: string): WorkerProcess {
  return startWorker([process.execPath, "-e", script]);
}

function ended(worker: WorkerProcess): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    worker.onEnd = resolve;
  });
}

function nextMessage(worker: WorkerProcess): Promise<unknown> {
  return new Promise((resolve) => {
    worker.onMessage = resolve;
  });
}

const ECHO = `process.on("message", (message) => process.send({ echo: message }));`;

describe("a worker", () => {
  test("is spoken to in JSON, both ways", async () => {
    const worker = start(ECHO);
    worker.send({ a: [1, "two", null] });
    expect(await nextMessage(worker)).toEqual({ echo: { a: [1, "two", null] } });
    worker.kill();
    expect(await ended(worker)).toEqual({ status: undefined, signal: "SIGKILL", error: undefined });
  });

  test("tells its last message before its end, and its status", async () => {
    const worker = start(`process.send("bye", () => process.exit(7));`);
    const heard: unknown[] = [];
    worker.onMessage = (message) => heard.push(message);
    expect(await ended(worker)).toMatchObject({ status: 7, signal: undefined });
    expect(heard).toEqual(["bye"]);
  });

  test("that cannot be started ends at once, and once", async () => {
    const worker = startWorker([join(folder, "none")]);
    let ends = 0;
    const end = await new Promise<WorkerEnd>((resolve) => {
      worker.onEnd = (how) => {
        ends++;
        resolve(how);
      };
    });
    expect(end.error).toContain("ENOENT");
    worker.send("nobody");
    worker.kill();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toBe(1);
  });

  test("that has ended takes what is sent to it, and nothing comes of it", async () => {
    const worker = start("");
    await ended(worker);
    worker.send({ anybody: "there" });
    worker.kill();
  });
});

describe("a module of a user's", () => {
  test("is loaded by its path, once", async () => {
    const path = join(folder, "m.mjs");
    writeFileSync(path, "export const made = {};");
    const first = await loadModule(path);
    expect((await loadModule(path)).made).toBe(first.made);
    await expect(loadModule(join(folder, "none.mjs"))).rejects.toThrow("none.mjs");
  });

  test("finds what its project has, as a URL", () => {
    expect(findModule("vitest", import.meta.filename)).toMatch(/^file:.*node_modules\/vitest\//);
    expect(findModule("vitest", join(folder, "m.mjs"))).toBeUndefined();
  });
});
