/** tshark decodes a captured session of every procedure, over TCP and UDP, and finds no malformed packet. */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeWorld } from "../../src/node/index.ts";
import { type CorpusCall, corpus } from "../support/nfs-corpus.ts";
import { RawNfs } from "../support/raw-nfs.ts";
import { NfsProcess } from "./nfs/process.ts";
import { requirePeer, requireRoot } from "./require-peer.ts";

const isHere =
  requirePeer("tshark", "tshark", "tshark") &&
  requirePeer("dumpcap", "wireshark-common", "dumpcap") &&
  requireRoot("capturing on the loopback");
const folder = mkdtempSync(join(tmpdir(), "coterie-tshark-"));
const server = new NfsProcess(join(folder, "store"));

beforeAll(async () => {
  if (isHere) await server.start();
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a capture on the loopback; the function that it resolves with ends it. */
async function capture(file: string): Promise<() => Promise<void>> {
  const filter = `port ${server.port}`;
  const child = spawn("dumpcap", ["-q", "-i", "lo", "-f", filter, "-B", "64", "-w", file]);
  let output = "";
  await new Promise<void>((done, failed) => {
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk;
      if (output.includes("File:")) done();
    });
    child.once("exit", () => failed(new Error(`dumpcap: ${output}`)));
  });
  child.removeAllListeners("exit");
  return async () => {
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  };
}

/** Sends `messages` in one write over a connection, and resolves when each has its reply. */
async function send(socket: Socket, messages: readonly Uint8Array[]): Promise<void> {
  const records = messages.map((message) => {
    const mark = Buffer.alloc(4);
    mark.writeUInt32BE(0x8000_0000 + message.length);
    return Buffer.concat([mark, message]);
  });
  let received = Buffer.alloc(0);
  let left = messages.length;
  const answered = new Promise<void>((done, failed) => {
    socket.once("error", failed);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4) {
        const length = received.readUInt32BE(0) & 0x7fff_ffff;
        if (received.length < 4 + length) break;
        received = received.subarray(4 + length);
        left--;
      }
      if (left === 0) done();
    });
  });
  socket.write(Buffer.concat(records));
  await answered;
  socket.removeAllListeners();
}

/** One call after the other, which tshark lists one by one, then all of them at once, coalesced as they come. */
async function overTcp(calls: readonly CorpusCall[]): Promise<number> {
  const socket = connect(server.port, "127.0.0.1");
  for (const { message } of calls) await send(socket, [message]);
  const again = calls.map(({ message }, index) => {
    const copy = Buffer.from(message);
    copy.writeUInt32BE(10_000 + index);
    return copy;
  });
  await send(socket, again);
  socket.destroy();
  return 2 * calls.length;
}

async function overUdp(calls: readonly CorpusCall[]): Promise<number> {
  const socket = createSocket("udp4");
  for (const { message } of calls) {
    const answered = once(socket, "message");
    socket.send(message, server.port, "127.0.0.1");
    await answered;
  }
  socket.close();
  return calls.length;
}

function decode(file: string, filter: string, fields: readonly string[]): string[][] {
  const as = [`tcp.port==${server.port},rpc`, `udp.port==${server.port},rpc`].flatMap((rule) => ["-d", rule]);
  const shown = fields.flatMap((field) => ["-e", field]);
  const output = execFileSync("tshark", ["-r", file, ...as, "-Y", filter, "-T", "fields", ...shown], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 26,
  });
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

describe.skipIf(!isHere)("tshark", () => {
  test.each([
    ["tcp", overTcp],
    ["udp", overUdp],
  ] as const)("decodes every procedure's call and reply over %s", async (transport, exchange) => {
    const world = createNodeWorld();
    const nfs = new RawNfs(world, server.port, 10_000);
    const dir = await nfs.mkdir(await nfs.root(), transport);
    const calls = corpus(dir, await nfs.create(dir, "file"));
    await nfs.close();
    await world.close();

    const file = join(folder, `${transport}.pcap`);
    const stop = await capture(file);
    const replies = await exchange(calls);
    // The capture lags behind: it is whole when the last reply is in it.
    for (let found = 0; found < replies; ) {
      const types = decode(file, "rpc.msgtyp == 1", ["rpc.msgtyp"]).flatMap(([each = ""]) => each.split(","));
      found = types.filter((type) => type === "1").length;
    }
    await stop();

    expect(decode(file, "_ws.malformed || _ws.short", ["frame.number"])).toEqual([]);
    const decoded = { calls: new Set<string>(), replies: new Set<string>() };
    const fields = ["rpc.msgtyp", "rpc.program", "rpc.programversion", "rpc.procedure", "_ws.col.Protocol"];
    for (const [types = "", programs = "", versions = "", procedures = "", protocol = ""] of decode(
      file,
      "rpc",
      fields,
    )) {
      expect(protocol).toMatch(/NFS|MOUNT/);
      if (types.includes(",")) continue;
      const name = [programs, versions, procedures].map((values) => values.split(",")[0]).join(".");
      (types === "0" ? decoded.calls : decoded.replies).add(name);
    }
    const all = new Set(calls.map((call) => `${call.program}.${call.version}.${call.procedure}`));
    expect(decoded.calls).toEqual(all);
    expect(decoded.replies).toEqual(all);
  });
});
