import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isCoterieError, worldErrors } from "../world/index.ts";
import { createNodeClock } from "./clock.ts";
import { netError, storeError } from "./errors.ts";
import { createLog, createNodeWorld } from "./index.ts";
import { NodeTimers } from "./timers.ts";

afterEach(() => vi.restoreAllMocks());

describe("the memory", () => {
  const limited = (bytes: number): number => {
    vi.spyOn(process, "constrainedMemory").mockReturnValue(bytes);
    return createNodeWorld().memoryBytes;
  };

  it("is the machine's, or what the process is held to", () => {
    expect(limited(2 ** 64)).toBe(totalmem());
    expect(limited(0)).toBe(totalmem());
    expect(limited(1_000_000)).toBe(1_000_000);
  });
});

describe("the system's errors", () => {
  it.each([
    ["EADDRINUSE", "NET_ADDRESS_IN_USE"],
    ["EADDRNOTAVAIL", "NET_ADDRESS_UNAVAILABLE"],
    ["EACCES", "NET_PERMISSION"],
    ["ECONNREFUSED", "NET_REFUSED"],
    ["ECONNRESET", "NET_RESET"],
    ["EPIPE", "NET_RESET"],
    ["ETIMEDOUT", "NET_UNREACHABLE"],
    ["ENETUNREACH", "NET_UNREACHABLE"],
    ["ENOTFOUND", "NET_NAME_UNKNOWN"],
    ["EMFILE", "NET_FAILED"],
  ])("%s of the network is %s", (errno, code) => {
    const error = netError(Object.assign(new Error(`system says ${errno}`), { code: errno }), "listen on", {
      host: "::1",
      port: 2049,
    });
    expect(error.code).toBe(code);
    expect(error.message).toContain("cannot listen on [::1]:2049: ");
    expect(error.details).toMatchObject({ errno, port: 2049 });
    expect(Object.keys(worldErrors)).toContain(code);
  });

  it.each([
    [{ code: "ENOSPC", message: "x" }, "STORE_FULL"],
    [{ code: 28, message: "x" }, "STORE_FULL"],
    [{ code: -30792, message: "MDB_MAP_FULL: Environment mapsize limit reached" }, "STORE_FULL"],
    [{ message: "No space left on device" }, "STORE_FULL"],
    [{ code: "EACCES", message: "x" }, "STORE_PERMISSION"],
    [{ code: 30, message: "Read-only file system" }, "STORE_PERMISSION"],
    [{ code: 5, message: "Input/output error" }, "STORE_IO"],
    [{ message: "MDB_CORRUPTED: Located page was wrong type" }, "STORE_CORRUPT"],
    [{ message: "something else" }, "STORE_IO"],
  ])("%o of the disk is %s", (cause, code) => {
    const error = storeError(Object.assign(new Error(cause.message), cause), "write to", "/data/x");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^cannot write to the store \/data\/x: /);
    expect(storeError(error, "open", "elsewhere")).toBe(error);
    expect(isCoterieError(error, code)).toBe(true);
  });
});

describe("the wall clock", () => {
  it("follows Date.now within two milliseconds, also when that steps", () => {
    const clock = createNodeClock();
    // This process may stand still between one reading and the next: what is before the one, or after the other, is off.
    const offMs = (): number => {
      const beforeMs = Date.now();
      const { seconds, nanoseconds } = clock.wall();
      const afterMs = Date.now();
      const wallMs = seconds * 1000 + nanoseconds / 1e6;
      return Math.max(beforeMs - wallMs, wallMs - afterMs);
    };
    for (let i = 0; i < 1000; i++) expect(offMs()).toBeLessThan(3.5);
    const real = Date.now;
    for (const stepMs of [3_600_000, -7_200_000]) {
      vi.spyOn(Date, "now").mockImplementation(() => real() + stepMs);
      expect(offMs()).toBeLessThan(3.5);
      vi.restoreAllMocks();
    }
  });
});

describe("timers", () => {
  it("run commits and what they resolve before the callbacks of soon", async () => {
    const timers = new NodeTimers();
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      timers.soon(() => {
        order.push("soon");
        resolve();
      });
      timers.beforeSoon(() => {
        order.push("commit");
        void Promise.resolve().then(() => order.push("answer"));
      });
    });
    expect(order).toEqual(["commit", "answer", "soon"]);
  });

  it("run the rest when one callback throws, which is an uncaught error", () => {
    const output = execFileSync(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "-e",
        THROWING.replace("TIMERS", new URL("./timers.ts", import.meta.url).href),
      ],
      { encoding: "utf8", cwd: new URL("../..", import.meta.url) },
    );
    expect(output.trim().split("\n")).toEqual(["first", "uncaught bad", "last"]);
  });

  it("do not keep a process alive", () => {
    const script = `import { NodeTimers } from "${new URL("./timers.ts", import.meta.url).href}";
      new NodeTimers().after(60_000, () => {});`;
    execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      timeout: 20_000,
      cwd: new URL("../..", import.meta.url),
    });
  });
});

const THROWING = `
  import { NodeTimers } from "TIMERS";
  process.on("uncaughtException", (error) => console.log("uncaught " + error.message));
  const timers = new NodeTimers();
  timers.soon(() => console.log("first"));
  timers.soon(() => { throw new Error("bad"); });
  timers.soon(() => console.log("last"));
`;

describe("the log", () => {
  it("writes one JSON object a line, from the level on, in order, with what came before pino was loaded", async () => {
    const directory = mkdtempSync(join(tmpdir(), "coterie-log-"));
    const file = join(directory, "logs", "node.log");
    const log = createLog({ level: "info", file, fields: { node: "n1" } });
    log.debug("too quiet");
    log.info("started", { port: 2049 });
    log.warn("slow disk");
    const lines = (): Record<string, unknown>[] =>
      readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    await vi.waitFor(() => expect(lines().length).toBe(2), { timeout: 10_000, interval: 5 });
    log.error("failed", { code: "STORE_IO" });
    expect(lines().map(({ msg, level, node }) => [msg, level, node])).toEqual([
      ["started", 30, "n1"],
      ["slow disk", 40, "n1"],
      ["failed", 50, "n1"],
    ]);
    expect(lines()[0]).toMatchObject({ port: 2049 });
    rmSync(directory, { recursive: true, force: true });
  });
});

describe.runIf(existsSync("/dev/full"))("a log whose file cannot be written", () => {
  it.each([
    ["/dev/null/log", /"msg":"log file not opened".*\n.*"msg":"one"/],
    ["/dev/full", /^$/],
  ])("%s never ends the program", (file, said) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", loggingProgram(file)],
      { encoding: "utf8" },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "alive\n" });
    expect(stderr).toMatch(said);
  });
});

/** The second line is written when pino is there. */
const loggingProgram = (file: string) => `
  const { createLog } = await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
  const log = createLog({ file: ${JSON.stringify(file)} });
  log.info("one");
  await import("pino");
  setImmediate(() => { log.info("two"); setImmediate(() => console.log("alive")); });
`;

describe("the real network", () => {
  it("gives up connecting when the time is over", async () => {
    // A listener whose queue is full does not answer: but whether it is, the kernel decides. 0 ms always is over.
    const world = createNodeWorld();
    const listener = await world.net.listen({
      bind: { host: "127.0.0.1", port: 0 },
      onStream: (s) => s.destroy(),
    });
    const attempt = world.net.connect({ to: { host: "127.0.0.1", port: 1 }, timeoutMs: 0 });
    await expect(attempt).rejects.toMatchObject({ name: "CoterieError" });
    await expect(
      world.net.connect({ to: { host: "localhost", port: listener.local.port } }),
    ).rejects.toMatchObject({
      code: "NET_NAME_UNKNOWN",
    });
    await listener.close();
    await pause(1);
  });
});
