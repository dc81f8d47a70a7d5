/** A node as people meet it: the real process, started, talked to, stopped, and refused what it cannot do. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NfsClient } from "../../src/files/index.ts";
import { createNodeWorld, type NodeWorld } from "../../src/node/index.ts";
import {
  CoterieProcess,
  type ProcessOptions,
  type RunningNode,
  runProcess,
  startNode,
} from "../support/node-process.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
let base: string;
let world: NodeWorld;
const children: CoterieProcess[] = [];
const mounts: string[] = [];

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), "coterie-up-"));
  chmodSync(base, 0o755);
  world = createNodeWorld();
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
});
afterAll(async () => {
  for (const mount of mounts) execFileSync("umount", [mount]);
  await world.close();
  rmSync(base, { recursive: true, force: true });
});

function fresh(name: string): string {
  return join(mkdtempSync(join(base, "t-")), name);
}

async function up(
  directory: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<RunningNode> {
  const node = await startNode(directory, args, options);
  children.push(node.process);
  return node;
}

/** One line, of this code, without a stack. */
function expectOneLine(err: string, code: string): void {
  expect(err).toMatch(new RegExp(`^error ${code}: .+\\(coterie explain ${code}\\)\n$`));
}

describe("a node", () => {
  test("starts, serves files, tells its status, stops at SIGTERM, and has them again", async () => {
    const directory = fresh("node");
    const first = await up(directory);
    expect(first.ready).toMatchObject({ event: "ready", host: "127.0.0.1", directory, portmap: "off" });
    const { port } = first.ready;
    expect(first.ready.mount.linux).toBe(
      `mount -o vers=3,proto=tcp,port=${port},mountport=${port},nolock 127.0.0.1:/ DIR`,
    );
    const client = await NfsClient.connect(world, { host: "127.0.0.1", port });
    await client.writeFile("/hello", new TextEncoder().encode("hello"));

    const status = await runProcess(["status", "--dir", directory, "--json"]);
    expect(status).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(status.out)).toMatchObject({
      state: "serving",
      pid: first.ready.pid,
      volume: first.ready.volume,
      directory,
      exports: ["127.0.0.0/8(rw,root_squash)", "::1(rw,root_squash)"],
      problems: [],
    });
    await client.close();

    const stopped = await first.process.stop();
    expect(stopped).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(stopped.out.trim().split("\n").at(-1) ?? "")).toMatchObject({
      event: "stopped",
      signal: "SIGTERM",
    });
    expect(readdirSync(directory).sort()).toEqual(["format.json", "log", "volume"]);

    const second = await up(directory);
    expect(second.ready.volume).toBe(first.ready.volume);
    const again = await NfsClient.connect(world, { host: "127.0.0.1", port: second.ready.port });
    expect(new TextDecoder().decode(await again.readFile("/hello"))).toBe("hello");
    await again.close();
  });

  test("stops at SIGINT too, with a call's reply under way", async () => {
    const node = await up(fresh("node"));
    const client = await NfsClient.connect(world, { host: "127.0.0.1", port: node.ready.port });
    const writing = client.writeFile("/f", new Uint8Array(4 * 1024 * 1024)).then(
      () => "written",
      () => "cut off",
    );
    node.process.signal("SIGINT");
    expect(await node.process.ended).toMatchObject({ code: 0, err: "" });
    await client.close();
    expect(["written", "cut off"]).toContain(await writing);
  });

  test("without --json says what runs, what is stored where, who may connect, how to mount, what next", async () => {
    const directory = fresh("node");
    const child = new CoterieProcess([
      ...["up", "--nodes", "1", "--dir", directory],
      ...["--port", "0", "--no-portmap"],
    ]);
    children.push(child);
    const lines: string[] = [];
    while (!lines.at(-1)?.includes("Ctrl-C")) lines.push((await child.line()) ?? "Ctrl-C: the output ended");
    const banner = lines.join("\n");
    expect(banner).toMatch(/COTERIE 0\.1\.0 {3}ready in \d/);
    expect(banner).toContain(directory);
    expect(banner).toContain("this machine only");
    expect(banner).toMatch(/mount -o vers=3,proto=tcp,port=\d+,mountport=\d+,nolock 127\.0\.0\.1:\/ DIR/);
    expect(banner).toMatch(/mount -t nfs -o vers=3,tcp,port=\d+/);
    expect(banner).not.toContain("\u001b");
    const next = banner.match(/(?<=^ {4}npx coterie ).+/gm) ?? [];
    expect(next).toHaveLength(3);
    for (const line of next) {
      const { code, err } = await runProcess(line.split(" "));
      expect({ line, code, err }).toEqual({ line, code: 0, err: "" });
    }
  });

  test("serves on after the reader of its banner went away", async () => {
    const node = await up(fresh("node"));
    node.process.child.stdout?.destroy();
    const client = await NfsClient.connect(world, { host: "127.0.0.1", port: node.ready.port });
    await client.writeFile("/f", new Uint8Array(1));
    await client.close();
    node.process.signal("SIGTERM");
    const [code] = await new Promise<[number | null]>((resolve) =>
      node.process.child.once("exit", (c) => resolve([c])),
    );
    expect(code).toBe(0);
  });

  test("that breaks a rule of its own ends with one line, and its log has the stack", async () => {
    const preload = 'process.on("SIGUSR2", () => { throw new Error("boom"); });';
    const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
    const node = await up(fresh("node"), [], { environment });
    node.process.signal("SIGUSR2");
    const { code, err } = await node.process.ended;
    expect(code).toBe(1);
    expectOneLine(err, "CLI_INTERNAL");
    expect(err).toContain("boom");
    const crash = readFileSync(node.ready.logFile, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .find((line) => line.msg === "node crashed");
    expect(crash).toMatchObject({ error: "Error: boom", stack: expect.stringContaining("boom") });
  });

  test.runIf(isRoot)("runs for an ordinary user, in that user's data home", async () => {
    const home = fresh("home");
    mkdirSync(home);
    execFileSync("chown", [`${NOBODY}:${NOBODY}`, home]);
    chmodSync(join(home, ".."), 0o755);
    const environment = { HOME: home, XDG_DATA_HOME: "" };
    const child = new CoterieProcess(["up", "--nodes", "1", "--port", "0", "--json", "--no-portmap"], {
      uid: NOBODY,
      environment,
    });
    children.push(child);
    const ready = JSON.parse((await child.line()) ?? "{}");
    expect(ready).toMatchObject({ event: "ready", directory: `${home}/.local/share/coterie` });
    expect(await child.stop()).toMatchObject({ code: 0, err: "" });
  });
});

describe("a node refuses, in one line and with a status,", () => {
  test("a port in use", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as { port: number };
    const directory = fresh("node");
    const result = await runProcess(["up", "--dir", directory, "--port", String(port)]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expectOneLine(result.err, "NET_ADDRESS_IN_USE");
    expect(result.err).toContain(`127.0.0.1:${port}`);
    holder.close();
  });

  test("a second start on the same directory, and names the first", async () => {
    const directory = fresh("node");
    const first = await up(directory);
    const result = await runProcess(["up", "--dir", directory, "--port", "0"]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expectOneLine(result.err, "CELL_RUNNING");
    expect(result.err).toContain(`process ${first.ready.pid}, on 127.0.0.1 port ${first.ready.port}`);
    const status = await runProcess(["status", "--dir", directory]);
    expect(status.code).toBe(0);
  });

  test("a directory of a newer format, and leaves it as it is", async () => {
    const directory = fresh("node");
    mkdirSync(directory);
    const text = '{"format": 99, "madeBy": "9.0.0"}';
    writeFileSync(join(directory, "format.json"), text);
    const result = await runProcess(["up", "--dir", directory, "--port", "0"]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expectOneLine(result.err, "CELL_DIRECTORY_NEWER");
    expect(readdirSync(directory)).toEqual(["format.json"]);
    expect(readFileSync(join(directory, "format.json"), "utf8")).toBe(text);
  });

  test("a directory that holds something else, and leaves it as it is", async () => {
    const directory = fresh("node");
    mkdirSync(directory);
    writeFileSync(join(directory, "thesis.tex"), "");
    const result = await runProcess(["up", "--dir", directory, "--port", "0"]);
    expect(result.code).toBe(1);
    expectOneLine(result.err, "CELL_DIRECTORY_FOREIGN");
    expect(readdirSync(directory)).toEqual(["thesis.tex"]);
  });

  test("a directory whose volume was lost beside its format, and makes no empty one", async () => {
    const directory = fresh("node");
    const first = await up(directory);
    await first.process.stop();
    rmSync(join(directory, "volume"), { recursive: true });
    const result = await runProcess(["up", "--dir", directory, "--port", "0"]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expectOneLine(result.err, "CELL_VOLUME_MISMATCH");
    expect(readdirSync(directory)).not.toContain("volume");
  });

  test("a directory that cannot be made, because a file is in the way", async () => {
    const file = fresh("file");
    writeFileSync(file, "");
    const result = await runProcess(["up", "--dir", join(file, "node"), "--port", "0"]);
    expect(result.code).toBe(1);
    expectOneLine(result.err, "LOCAL_TYPE");
  });

  test.runIf(isRoot)("a directory that this user may not write", async () => {
    const directory = fresh("node");
    mkdirSync(directory, { mode: 0o755 });
    chmodSync(join(directory, ".."), 0o755);
    const result = await runProcess(["up", "--dir", directory, "--port", "0"], { uid: NOBODY });
    expect(result).toMatchObject({ code: 1, out: "" });
    expectOneLine(result.err, "LOCAL_PERMISSION");
    expect(result.err).toContain(directory);
  });

  test.runIf(isRoot)("a full disk", async () => {
    const mount = fresh("disk");
    mkdirSync(mount);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", mount]);
    mounts.push(mount);
    execFileSync("sh", ["-c", `cat /dev/zero > ${mount}/filler; true`], { stdio: "ignore" });
    rmSync(join(mount, "lost+found"), { recursive: true, force: true });
    mkdirSync(join(mount, "node"), { recursive: true });
    const result = await runProcess(["up", "--dir", join(mount, "node"), "--port", "0"]);
    expect(result).toMatchObject({ code: 1, out: "" });
    expect(result.err).toMatch(/^error (STORE_FULL|LOCAL_FULL): .+\n$/);
  });

  test("listening for other machines without a rule that lets one in", async () => {
    const directory = fresh("node");
    const result = await runProcess(["up", "--dir", directory, "--host", "0.0.0.0"]);
    expect(result).toMatchObject({ code: 2, out: "" });
    expectOneLine(result.err, "CELL_EXPORT_NEEDED");
    expect(existsSync(directory)).toBe(false);
  });

  test("settings that are wrong, and names where they come from", async () => {
    const directory = fresh("node");
    mkdirSync(directory);
    writeFileSync(join(directory, "coterie.json"), '{"port": "many"}');
    const fromFile = await runProcess(["up", "--dir", directory]);
    expect(fromFile.code).toBe(2);
    expectOneLine(fromFile.err, "CELL_CONFIG");
    expect(fromFile.err).toContain(`"port" in ${directory}/coterie.json`);
    const fromVariable = await runProcess(["up", "--dir", directory], { environment: { COTERIE_PORT: "x" } });
    expect(fromVariable.err).toContain("COTERIE_PORT: expected a port");
  });

  test("an address that is not this machine's", async () => {
    const result = await runProcess([
      "up",
      "--dir",
      fresh("node"),
      "--host",
      "192.0.2.1",
      "--export",
      "192.0.2.0/24=rw",
    ]);
    expect(result.code).toBe(1);
    expectOneLine(result.err, "NET_ADDRESS_UNAVAILABLE");
  });
});

describe("status", () => {
  test("where no node runs says so, with the status for it", async () => {
    const directory = fresh("none");
    const result = await runProcess(["status", "--dir", directory, "--port", "1"]);
    expect(result).toMatchObject({ code: 3, out: "" });
    expectOneLine(result.err, "CELL_UNREACHABLE");
  });
});

describe("the version", () => {
  test("is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await runProcess(["--version"])).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
  });
});
