/**
 * `coterie send` and `coterie receive` as processes: a large file arrives although either side is killed with -9 in the
 * middle, and what had arrived is not sent again.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { CoterieProcess, runProcess } from "../support/node-process.ts";

const MIB = 1024 * 1024;
const SIZE = 96 * MIB + 12_345;
const base = mkdtempSync(join(tmpdir(), "coterie-send-"));
const large = join(base, "large.bin");
const KEY = "5e".repeat(32);
let inbox = "";
let round = 0;

afterAll(() => rmSync(base, { recursive: true, force: true }));

beforeEach(() => {
  inbox = join(base, `inbox-${round++}`);
  mkdirSync(inbox);
  if (existsSync(large)) return;
  const content = Buffer.alloc(SIZE);
  for (let at = 0, state = 1; at + 4 <= SIZE; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content.writeUInt32LE(state, at);
  }
  writeFileSync(large, content, { mode: 0o640 });
  utimesSync(large, 1_700_000_000, 1_700_000_000.25);
});

interface Receiver {
  readonly process: CoterieProcess;
  readonly port: number;
}

async function receive(args: readonly string[] = [], environment = {}): Promise<Receiver> {
  const process = new CoterieProcess(["receive", "--json", "--dir", inbox, ...args], { environment });
  const line = await process.line();
  if (line === undefined) throw new Error(`no receiver: ${(await process.ended).err}`);
  return { process, port: (JSON.parse(line) as { port: number }).port };
}

function send(port: number, ...args: readonly string[]): CoterieProcess {
  return new CoterieProcess(["send", "--json", ...args, `127.0.0.1:${port}`]);
}

/** Resolves when the unfinished file in the inbox has so many bytes. */
function arrived(bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(inbox, () => {
      const part = readdirSync(inbox).find((name) => name.startsWith(".coterie-part-"));
      const isWhole = existsSync(join(inbox, "large.bin"));
      if (!isWhole && (part === undefined || statSync(join(inbox, part)).size < bytes)) return;
      watcher.close();
      resolve();
    });
  });
}

function expectArrived(): void {
  expect(readdirSync(inbox)).toEqual(["large.bin"]);
  const path = join(inbox, "large.bin");
  expect(Buffer.compare(readFileSync(path), readFileSync(large))).toBe(0);
  const { mode, mtimeMs } = statSync(path);
  expect([mode & 0o777, mtimeMs]).toEqual([0o640, 1_700_000_000_250]);
}

test("a sender goes on by itself when the receiver was killed and started again", async () => {
  const first = await receive(["--port", "0"]);
  const reached = arrived(SIZE / 3);
  const sender = send(first.port, large);
  await reached;
  await first.process.kill();
  expect(existsSync(join(inbox, "large.bin"))).toBe(false);
  const second = await receive(["--port", String(first.port), "--once"]);
  const { code, out, err } = await sender.ended;
  expect(code, err).toBe(0);
  const sent = JSON.parse(out);
  expect(sent).toMatchObject({ event: "sent", name: "large.bin", size: SIZE, wasPresent: false });
  expect(sent.sentBytes).toBeLessThan(SIZE - SIZE / 4);
  const received = await second.process.ended;
  expect(received.code, received.err).toBe(0);
  expect(JSON.parse(received.out.trim().split("\n").at(-1) as string)).toMatchObject({
    event: "received",
    digest: sent.digest,
    sentBytes: sent.sentBytes,
  });
  expectArrived();
});

test("a killed sender's file is taken up by the next one, and a third finds it there", async () => {
  const receiver = await receive(["--port", "0"]);
  const reached = arrived(SIZE / 3);
  const killed = send(receiver.port, large);
  await reached;
  await killed.kill();
  const again = await send(receiver.port, large).ended;
  expect(again.code, again.err).toBe(0);
  expect(JSON.parse(again.out).sentBytes).toBeLessThan(SIZE - SIZE / 4);
  expectArrived();
  const third = await send(receiver.port, large).ended;
  expect(JSON.parse(third.out)).toMatchObject({ wasPresent: true, sentBytes: 0 });
  const { code } = await receiver.process.stop();
  expect(code).toBe(0);
});

test("both are killed, and the same commands again go on", async () => {
  const first = await receive(["--port", "0"]);
  const reached = arrived(SIZE / 2);
  const killed = send(first.port, large);
  await reached;
  await Promise.all([killed.kill(), first.process.kill()]);
  const second = await receive(["--port", String(first.port), "--once"]);
  const { code, out, err } = await send(first.port, large).ended;
  expect(code, err).toBe(0);
  expect(JSON.parse(out).sentBytes).toBeLessThan(SIZE - SIZE / 3);
  expect((await second.process.ended).code).toBe(0);
  expectArrived();
});

test("an interrupted sender says so to both, and the part stays", async () => {
  const receiver = await receive(["--port", "0"]);
  const reached = arrived(SIZE / 3);
  const sender = send(receiver.port, large);
  await reached;
  sender.signal("SIGINT");
  const { code, err } = await sender.ended;
  expect(code).toBe(1);
  expect(JSON.parse(err).error.code).toBe("TRANSFER_INTERRUPTED");
  expect(JSON.parse((await receiver.process.line()) as string)).toMatchObject({
    event: "failed",
    name: "large.bin",
    code: "TRANSFER_INTERRUPTED",
  });
  expect(readdirSync(inbox)).toHaveLength(1);
  await receiver.process.stop();
});

test("two sides with the same key meet, and others do not", async () => {
  const keyFile = join(base, "key");
  writeFileSync(keyFile, `${KEY}\n`, { mode: 0o600 });
  const receiver = await receive(["--port", "0"], { COTERIE_TRANSFER_KEY: KEY });
  const small = join(base, "small.txt");
  writeFileSync(small, "hello\n");
  const to = `127.0.0.1:${receiver.port}`;
  const without = await runProcess(["send", "--json", "--timeout", "300ms", small, to]);
  expect([without.code, JSON.parse(without.err).error.code]).toEqual([3, "TRANSFER_UNREACHABLE"]);
  const withOther = await runProcess(["send", "--json", "--timeout", "300ms", small, to], {
    environment: { COTERIE_TRANSFER_KEY: "00".repeat(32) },
  });
  expect(withOther.code).toBe(3);
  expect(readdirSync(inbox)).toEqual([]);
  const withKey = await runProcess(["send", "--key-file", keyFile, small, to]);
  expect(withKey.code, withKey.err).toBe(0);
  expect(withKey.out).toMatch(/^sent small\.txt: 6 B in /);
  expect(readFileSync(join(inbox, "small.txt"), "utf8")).toBe("hello\n");
  await receiver.process.stop();
});

test("of several files those that can be are sent, and those that cannot are told", async () => {
  const receiver = await receive(["--port", "0"]);
  const files = ["one", "two", "three"].map((name) => join(base, name));
  for (const file of files) writeFileSync(file, file);
  writeFileSync(join(inbox, "two"), "mine");
  symlinkSync("/etc/passwd", join(inbox, "three"));
  const { code, out, err } = await send(
    receiver.port,
    files[0] as string,
    base,
    ...files.slice(1),
    join(base, "none"),
  ).ended;
  expect(code).toBe(1);
  expect(
    out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).name),
  ).toEqual(["one"]);
  const codes = err
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).error.code);
  expect(codes).toEqual(["TRANSFER_TYPE", "TRANSFER_EXISTS", "TRANSFER_IN_THE_WAY", "LOCAL_NOT_FOUND"]);
  expect(readFileSync(join(inbox, "two"), "utf8")).toBe("mine");
  await receiver.process.stop();
  const forced = await receive(["--port", "0", "--force", "--once"]);
  const again = await send(forced.port, files[1] as string).ended;
  expect(again.code, again.err).toBe(0);
  expect(readFileSync(join(inbox, "two"), "utf8")).toBe(files[1]);
  expect((await forced.process.ended).code).toBe(0);
});

test("a directory is received into by one process at a time", async () => {
  const receiver = await receive(["--port", "0"]);
  const second = await runProcess(["receive", "--json", "--port", "0", "--dir", inbox]);
  expect([second.code, JSON.parse(second.err).error.code]).toEqual([1, "TRANSFER_BUSY"]);
  await receiver.process.stop();
});
