// `send` and `receive` as commands of one process, over the loopback interface.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type CliResult, FakeHost, runCli } from "../../../test/support/cli-host.ts";
import { createNodeWorld } from "../../node/index.ts";
import { run } from "../run.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-send-command-"));
const world = () => createNodeWorld();
let round = 0;
let inbox = "";
let home = "";
afterAll(() => rmSync(base, { recursive: true, force: true }));
beforeEach(() => {
  inbox = join(base, `in-${round}`);
  home = join(base, `home-${round++}`);
  mkdirSync(inbox);
});

interface Receiver {
  readonly host: FakeHost;
  readonly port: number;
  readonly status: Promise<number>;
}

async function receive(args: readonly string[], environment: Record<string, string> = {}): Promise<Receiver> {
  const host = new FakeHost({ world, environment: { XDG_DATA_HOME: home, ...environment } });
  const ready = new Promise<void>((resolve) => {
    host.out.onWrite = resolve;
  });
  const status = run(["receive", "--dir", inbox, "--port", "0", ...args], host);
  await Promise.race([ready, status]);
  const port = /:(\d+)|"port":(\d+)/.exec(host.out.text);
  return { host, port: Number(port?.[1] ?? port?.[2]), status };
}

function send(args: readonly string[], environment: Record<string, string> = {}): Promise<CliResult> {
  return runCli(["send", ...args], { world, environment: { XDG_DATA_HOME: home, ...environment } });
}

function file(name: string, content: string): string {
  const path = join(base, name);
  writeFileSync(path, content);
  return path;
}

async function codeOf(result: Promise<CliResult>): Promise<[number, string]> {
  const { status, err } = await result;
  return [status, /error ([A-Z_]+):/.exec(err)?.[1] ?? err];
}

describe("people are told", () => {
  test("where files go, from whom, and what arrived", async () => {
    const { host, port, status } = await receive(["--once"]);
    expect(host.out.text).toBe(`receiving into ${inbox} at 127.0.0.1:${port}, from this machine\n`);
    const sent = await send([file("notes.txt", "hello\n"), file("more.txt", ""), `127.0.0.1:${port}`]);
    expect(sent.err).toBe("");
    expect(sent.out).toMatch(/^sent notes\.txt: 6 B in \d.*\/s\nsent more\.txt: 0 B in \d.*\n$/);
    expect(await status).toBe(0);
    expect(host.out.text).toMatch(/received notes\.txt: 6 B in .*\nreceived more\.txt: 0 B in /);
    expect(readdirSync(inbox).sort()).toEqual(["more.txt", "notes.txt"]);
  });

  test("that a file was there already", async () => {
    const { host, port, status } = await receive([]);
    const args = [file("notes.txt", "hello\n"), `127.0.0.1:${port}`];
    await send(args);
    expect((await send(args)).out).toBe("notes.txt was there already, and is the same: 6 B\n");
    expect(host.signal("SIGTERM")).toBe(true);
    expect(await status).toBe(0);
  });
});

test("which of several failed", async () => {
  const { host, port, status } = await receive([]);
  const long = file("x".repeat(200), "x");
  writeFileSync(join(inbox, "x".repeat(200)), "another");
  const { err, out } = await send([
    join(base, "none"),
    long,
    file("a\\b", ""),
    file("g", "g"),
    `127.0.0.1:${port}`,
  ]);
  const lines = err.split("\n");
  expect(lines[0]).toContain(`LOCAL_NOT_FOUND: ${join(base, "none")} does not exist. `);
  expect(lines[1]).toContain(`TRANSFER_EXISTS: ${long}: the other side says: ${"x".repeat(200)} is there`);
  expect(lines[2]).toContain(`TRANSFER_NAME: ${join(base, "a\\b")}: the name is not taken`);
  expect(out).toMatch(/^sent g: 1 B in .*\n$/);
  host.signal("SIGTERM");
  await status;
});

describe("a key", () => {
  test("is made for other machines' sake, kept by its user alone, and used again", async () => {
    const first = await receive(["--bind", "0.0.0.0", "--json"]);
    const keyFile = join(home, "coterie", "transfer.key");
    expect(JSON.parse(first.host.out.text)).toMatchObject({ event: "ready", host: "0.0.0.0", key: keyFile });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const key = readFileSync(keyFile, "utf8");
    expect(key).toMatch(/^[0-9a-f]{64}\n$/);
    expect(first.host.out.text).not.toContain(key.trim());
    const path = file("secret.txt", "hello\n");
    const sent = await send(["--key-file", keyFile, path, `127.0.0.1:${first.port}`]);
    expect(sent.status).toBe(0);
    first.host.signal("SIGINT");
    await first.status;
    const second = await receive(["--bind", "0.0.0.0"]);
    expect(second.host.out.text).toContain(`with the key of ${keyFile}`);
    expect(second.host.err.text).toBe("");
    expect(readFileSync(keyFile, "utf8")).toBe(key);
    second.host.signal("SIGINT");
    await second.status;
  });

  test("that was made is told, and what senders do with it", async () => {
    const { host, status } = await receive(["--bind", "0.0.0.0"]);
    const keyFile = join(home, "coterie", "transfer.key");
    expect(host.err.text).toContain(`made the key ${keyFile}: copy it to the same place`);
    host.signal("SIGINT");
    await status;
  });

  test("that is missing or another is told, with where the sender's comes from", async () => {
    const { host, port, status } = await receive(["--bind", "0.0.0.0"]);
    const hurried = ["--timeout", "300ms", file("f", "x")];
    const without = await send([...hurried, `127.0.0.1:${port}`]);
    expect(without.err).toContain(`nobody receives files at 127.0.0.1:${port} without a key. `);
    expect(without.err).toContain("--key-file");
    const other = file("other.key", "ab".repeat(32));
    chmodSync(other, 0o600);
    const wrong = await send(["--key-file", other, ...hurried, `127.0.0.1:${port}`]);
    expect(wrong.err).toContain(`nobody receives files at 127.0.0.1:${port} with the key of ${other}. `);
    expect([without.status, wrong.status]).toEqual([3, 3]);
    host.signal("SIGINT");
    await status;
  });

  // Linux has all of 127.0.0.0/8, and answers from 127.0.0.1.
  test.runIf(process.platform === "linux")(
    "cannot help where another address answers, which is told",
    async () => {
      const { host, port, status } = await receive(["--bind", "0.0.0.0"]);
      const keyFile = join(home, "coterie", "transfer.key");
      const { err } = await send([
        "--key-file",
        keyFile,
        "--timeout",
        "300ms",
        file("f", "x"),
        `127.0.0.2:${port}`,
      ]);
      expect(err).toContain(`but 127.0.0.1:${port} answered: send to that`);
      host.signal("SIGINT");
      await status;
    },
  );

  test("is wanted to send to another machine", async () => {
    const { status, err } = await send([file("f", "x"), "192.0.2.1"]);
    expect(status).toBe(2);
    expect(err).toContain("TRANSFER_KEY");
    expect(err).toContain(join(home, "coterie", "transfer.key"));
  });

  test("that others can read, or that is none, is not taken", async () => {
    const path = file("key", `${"ab".repeat(32)}\n`);
    const sending = ["--key-file", path, file("f", "x"), "127.0.0.1"];
    chmodSync(path, 0o644);
    expect(await codeOf(send(sending))).toEqual([2, "TRANSFER_KEY"]);
    chmodSync(path, 0o600);
    writeFileSync(path, "too short");
    expect(await codeOf(send(sending))).toEqual([2, "TRANSFER_KEY"]);
    const environment = { COTERIE_TRANSFER_KEY: "none" };
    expect(await codeOf(send([file("f", "x"), "127.0.0.1"], environment))).toEqual([2, "TRANSFER_KEY"]);
    rmSync(path);
    expect(await codeOf(send(sending))).toEqual([1, "LOCAL_NOT_FOUND"]);
  });
});

describe("misuse", () => {
  test.each([[["file"]], [["-", "127.0.0.1"]], [["file", "host:99999"]], [["", "127.0.0.1"]]])(
    "%j",
    async (args) => {
      expect(await codeOf(send(args))).toEqual([2, "CLI_USAGE"]);
    },
  );

  test("to receive where no directory is", async () => {
    expect(await codeOf(runCli(["receive", "--dir", join(base, "none")], { world }))).toEqual([
      1,
      "LOCAL_NOT_FOUND",
    ]);
    expect(await codeOf(runCli(["receive", "--dir", file("f", "x")], { world }))).toEqual([1, "LOCAL_TYPE"]);
  });

  test("to send what is no file, which is told before anybody is looked for", async () => {
    expect(await codeOf(send([base, "127.0.0.1:9"]))).toEqual([1, "TRANSFER_TYPE"]);
  });

  test("to send where nobody receives", async () => {
    const result = send(["--timeout", "200ms", file("f", "x"), "127.0.0.1:9"]);
    expect(await codeOf(result)).toEqual([3, "TRANSFER_UNREACHABLE"]);
  });
});
