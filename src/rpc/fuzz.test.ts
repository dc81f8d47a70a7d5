/**
 * Mutated messages and record streams into server and client: none throws, none hangs, and memory stays bounded.
 *
 * `COTERIE_FUZZ=1000000 npx vitest run src/rpc/fuzz.test.ts`, or `COTERIE_SOAK=1`, tries a million;
 * `COTERIE_FUZZ_SEED=n` tries others. Mutations start from the messages below and from `corpus/`, a file of
 * hexadecimal bytes for each message that once found a fault.
 */

import * as nodeCrypto from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  CALC_V1_Client,
  CALC_V1_contract,
  type CALC_V1_Server,
  serve_CALC_V1,
} from "../../test/peers/tirpc/calc.gen.ts";
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import { Prng } from "../sim/index.ts";
import {
  type Address,
  createCrypto,
  isCoterieError,
  type Stream,
  silentLog,
  type World,
} from "../world/index.ts";
import { writeCallHeader } from "./call-header.ts";
import { encodeCredential } from "./credential.ts";
import { Dispatcher } from "./dispatcher.ts";
import { decode_rpc_msg } from "./gen/rpc.gen.ts";
import { RpcClient } from "./index.ts";
import { writeAccepted, writeAuthError, writeProgMismatch, writeRpcMismatch } from "./reply.ts";
import type { ReplySink } from "./reply-sink.ts";
import { ServerConnection } from "./server-connection.ts";
import { ServerCore } from "./server-core.ts";
import { defaultServerLimits } from "./types.ts";

const COUNT = Number(process.env.COTERIE_FUZZ ?? (process.env.COTERIE_SOAK === "1" ? 1_000_000 : 20_000));
const SEED = process.env.COTERIE_FUZZ_SEED ?? "1";
const REMOTE: Address = { host: "10.0.0.9", port: 999 };
/** The most that a server may make of one message of a few hundred bytes, and hold for one connection. */
const MAX_REPLY_BYTES = 64 * 1024;
const MAX_HELD_BYTES = 1024 * 1024;

const calculator: CALC_V1_Server = {
  CALC_NULL: () => {},
  CALC_RUN: ({ terms }) => ({ ok: terms.length > 0, value: 5n, reason: "none" }) as never,
  CALC_REVERSE: (bytes) => bytes.slice().reverse(),
  CALC_DOUBLE: (list) => list,
};
/** The same, but not idempotent: every call goes through the duplicate request cache. */
const once = {
  contract: {
    ...CALC_V1_contract,
    version: 2,
    procedures: CALC_V1_contract.procedures.map((procedure) => ({ ...procedure, idempotent: false })),
  },
  handlers: serve_CALC_V1(calculator).handlers,
};

const concat = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function message(write: (w: XdrWriter) => void): Uint8Array {
  const w = new XdrWriter();
  write(w);
  return w.detach();
}

function calls(): Uint8Array[] {
  const sys = { flavor: "sys", stamp: 1, machine: "host", uid: 0, gid: 0, gids: [1, 2, 3] } as const;
  const args: ((w: XdrWriter) => void)[] = [
    () => {},
    (w) => {
      w.uint(1);
      w.uint(2);
      w.int(-5);
      w.int(7);
    },
    (w) => w.opaque(new Uint8Array(45)),
    (w) => {
      for (const value of [1, 2, 3]) {
        w.bool(true);
        w.int(value);
      }
      w.bool(false);
    },
  ];
  return [1, 2].flatMap((version) =>
    args.map((write, procedure) =>
      message((w) => {
        const credential = encodeCredential(procedure % 2 === 0 ? sys : { flavor: "none" });
        writeCallHeader(w, 77, CALC_V1_contract.program, version, procedure, credential);
        write(w);
      }),
    ),
  );
}

function replies(): Uint8Array[] {
  const result = (write: (w: XdrWriter) => void) =>
    message((w) => {
      writeAccepted(w, FIRST_XID, 0);
      write(w);
    });
  return [
    result((w) => w.opaque(new Uint8Array(33))),
    result((w) => w.opaque(new Uint8Array(0))),
    ...[1, 3, 4, 5].map((status) => message((w) => writeAccepted(w, FIRST_XID, status))),
    message((w) => writeProgMismatch(w, FIRST_XID, 1, 3)),
    message((w) => writeRpcMismatch(w, FIRST_XID)),
    message((w) => writeAuthError(w, FIRST_XID, 5)),
  ];
}

function corpus(): Uint8Array[] {
  const folder = new URL("./corpus/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".hex"))
    .map((name) => Uint8Array.from(Buffer.from(readFileSync(new URL(name, folder), "utf8").trim(), "hex")));
}

/** Whole random numbers under `bound`. */
type Below = (bound: number) => number;
const WORDS = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff];

/** One to eight faults: flipped bits, words with awkward values, cuts, insertions, parts of another message. */
function mutate(original: Uint8Array, others: readonly Uint8Array[], below: Below): Uint8Array {
  let bytes = original.slice();
  for (let faults = 1 + below(8); faults > 0; faults--) {
    const at = below(bytes.length + 1);
    switch (below(6)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        if ((at & ~3) + 4 <= bytes.length) {
          new DataView(bytes.buffer).setUint32(at & ~3, WORDS[below(WORDS.length)] as number);
        }
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + below(12)))]);
        break;
      case 4:
        bytes = concat([
          bytes.subarray(0, at),
          new Uint8Array(below(40)).fill(below(256)),
          bytes.subarray(at),
        ]);
        break;
      default: {
        const other = others[below(others.length)] as Uint8Array;
        bytes = concat([bytes.subarray(0, at), other.subarray(below(other.length + 1))]);
      }
    }
  }
  return bytes.subarray(0, 4096).slice();
}

function randomness(what: string): Below {
  const random = new Prng(SEED, what);
  return (bound) => random.uint32() % bound;
}

/** Messages behind record marks, whole or in fragments, whose headers are sometimes wrong, cut anywhere. */
function stream(messages: readonly Uint8Array[], below: Below): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const each of messages) {
    let at = 0;
    do {
      const length = below(3) === 0 ? below(each.length - at + 1) : each.length - at;
      const last = at + length === each.length;
      const header =
        below(20) === 0 ? (WORDS[below(WORDS.length)] as number) : (last ? 0x8000_0000 : 0) + length;
      parts.push(
        message((w) => w.uint(header)),
        each.subarray(at, at + length),
      );
      at += length;
    } while (at < each.length);
  }
  const all = concat(parts);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; ) {
    const length = 1 + below(below(2) === 0 ? 8 : all.length);
    chunks.push(all.slice(at, at + length));
    at += length;
  }
  return chunks;
}

const FIRST_XID = 1000;

class FakeStream implements Stream {
  readonly local: Address = { host: "10.0.0.1", port: 1 };
  readonly remote = REMOTE;
  readonly pendingBytes = 0;
  onData: Stream["onData"] = () => {};
  onEnd: Stream["onEnd"] = () => {};
  onClose: Stream["onClose"] = () => {};
  onDrain: Stream["onDrain"] = () => {};
  readonly written: Uint8Array[] = [];
  ended = false;
  private closed = false;

  write(data: Uint8Array): boolean {
    if (!this.ended) this.written.push(data.slice());
    return true;
  }
  release(chunk: Uint8Array): void {
    // What was given back is anybody's: who looks at it all the same gets another answer.
    chunk.fill(0xdb);
  }
  pause(): void {}
  resume(): void {}
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.ended = true;
    this.onClose(undefined);
  }
}

/** A world in which nothing happens by itself; `connect` gives the stream. */
function stillWorld(connect: () => FakeStream): World & { readonly ready: (() => void)[] } {
  const ready: (() => void)[] = [];
  return {
    ready,
    clock: { monotonicMs: () => 0, wall: () => ({ seconds: 0, nanoseconds: 0 }) },
    timers: { after: () => ({ cancel() {} }), soon: (run) => void ready.push(run) },
    random: { uint32: () => FIRST_XID, bytes: (length) => new Uint8Array(length) },
    net: {
      datagram: () => Promise.reject(new Error("no datagrams here")),
      listen: () => Promise.reject(new Error("no listeners here")),
      connect: async () => connect(),
      resolve: async (name) => [name],
    },
    storage: { open: () => Promise.reject(new Error("no stores here")) },
    log: silentLog,
    memoryBytes: 2 ** 30,
    crc32: (data, seed) => crc32(data, seed),
    crypto: createCrypto(nodeCrypto),
  };
}

/** Runs `attempt` on each message, and shows the one that it failed on, to be put into the corpus. */
function forEachMessage(messages: Iterable<Uint8Array>, attempt: (message: Uint8Array) => void): void {
  for (const each of messages) {
    try {
      attempt(each);
    } catch (error) {
      throw new Error(`seed ${SEED}, message ${Buffer.from(each).toString("hex")}`, { cause: error });
    }
  }
}

function* mutations(originals: readonly Uint8Array[], below: Below): Iterable<Uint8Array> {
  yield* originals;
  for (let i = 0; i < COUNT; i++)
    yield mutate(originals[below(originals.length)] as Uint8Array, originals, below);
}

describe("fuzzing", { timeout: 3_600_000 }, () => {
  test("a server answers every message with at most one well-formed reply, or none", () => {
    const writer = new XdrWriter();
    let committed = 0;
    const sink: ReplySink = {
      transport: "udp",
      local: REMOTE,
      connection: undefined,
      open: true,
      writer,
      callsInFlight: 0,
      begin() {
        writer.reset();
        return 0;
      },
      commit: () => {
        committed++;
      },
      settled() {},
    };
    const dispatcher = new Dispatcher(
      stillWorld(() => new FakeStream()),
      defaultServerLimits,
    );
    dispatcher.add(serve_CALC_V1(calculator));
    dispatcher.add(once);
    const originals = [...calls(), ...replies(), ...corpus()];
    let answered = 0;
    forEachMessage(mutations(originals, randomness("server")), (each) => {
      committed = 0;
      const isCall = dispatcher.dispatch(new XdrReader(each), sink, REMOTE);
      expect(committed === 1 || (committed === 0 && !isCall)).toBe(true);
      if (!isCall) return;
      answered++;
      const r = new XdrReader(writer.encoded());
      expect(decode_rpc_msg(r).xid).toBe(new XdrReader(each).uint());
      expect(writer.bytes.length).toBeLessThan(MAX_REPLY_BYTES);
    });
    const { replies: counted, cache } = dispatcher;
    expect(
      Object.entries(counted)
        .filter(([, count]) => count === 0)
        .map(([name]) => name),
    ).toEqual(["SYSTEM_ERR"]);
    expect(answered).toBeGreaterThan(COUNT / 4);
    expect(cache.entries).toBeLessThanOrEqual(defaultServerLimits.maxCachedReplies);
    expect(cache.bytes).toBeLessThanOrEqual(defaultServerLimits.maxCachedReplyBytes);
  });

  test("a server's connection lives through every stream, or is ended, and holds little", () => {
    const below = randomness("connection");
    const server = new ServerCore(
      stillWorld(() => new FakeStream()),
      { limits: { maxRecordBytes: 2000 } },
    );
    server.add(serve_CALC_V1(calculator));
    server.add(once);
    const originals = [...calls(), ...corpus()];
    let ended = 0;
    for (let i = 0; i < COUNT / 4; i++) {
      const messages = Array.from({ length: 1 + below(4) }, () => {
        const original = originals[below(originals.length)] as Uint8Array;
        return below(2) === 0 ? original : mutate(original, originals, below);
      });
      const fake = new FakeStream();
      const connection = new ServerConnection(server, fake);
      const chunks = stream(messages, below);
      forEachMessage([concat(chunks)], () => {
        for (const chunk of chunks) fake.onData(chunk);
      });
      expect(connection.writer.bytes.length).toBeLessThan(MAX_HELD_BYTES);
      wellFormed(concat(fake.written));
      if (fake.ended) ended++;
      fake.onEnd();
      expect(fake.ended).toBe(true);
      fake.destroy();
    }
    expect(ended).toBeGreaterThan(0);
    expect(ended).toBeLessThan(COUNT / 4);
    expect(server.stats().callsInFlight).toBe(0);
  });

  test("a client's calls all end, with their result or a typed error, whatever it is sent", async () => {
    const below = randomness("client");
    const originals = [...replies(), ...corpus()];
    const outcomes = new Map<string, number>();
    for (let i = 0; i < COUNT / 4; i++) {
      const fake = new FakeStream();
      const world = stillWorld(() => fake);
      const client = new RpcClient(world, {
        host: "10.0.0.1",
        port: 1,
        reconnect: false,
        maxRecordBytes: 2000,
      });
      const calc = new CALC_V1_Client(client);
      const settled = Promise.allSettled(
        [1, 2, 3].map((length) => calc.CALC_REVERSE(new Uint8Array(length))),
      );
      for (const run of world.ready.splice(0)) run();
      while (client.stats().connects === 0) await Promise.resolve();
      const messages = Array.from({ length: 1 + below(4) }, (_, xid) => {
        const reply = (originals[below(originals.length)] as Uint8Array).slice();
        if (reply.length >= 4) new DataView(reply.buffer).setUint32(0, FIRST_XID + (xid % 3));
        return below(2) === 0 ? reply : mutate(reply, originals, below);
      });
      const chunks = stream(messages, below);
      forEachMessage([concat(chunks)], () => {
        for (const chunk of chunks) fake.onData(chunk);
      });
      const closed = client.close();
      fake.destroy();
      await closed;
      for (const outcome of await settled) {
        const code = outcome.status === "fulfilled" ? "result" : codeOf(outcome.reason);
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      }
    }
    for (const code of ["result", "RPC_BAD_REPLY", "RPC_CLOSED", "RPC_PROG_MISMATCH", "RPC_AUTH_ERROR"]) {
      expect(outcomes.get(code) ?? 0, code).toBeGreaterThan(0);
    }
  });
});

function codeOf(reason: unknown): string {
  if (isCoterieError(reason)) return reason.code;
  throw new Error("a call failed with an error without a code", { cause: reason });
}

/** Whole records, each a reply. */
function wellFormed(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at) - 0x8000_0000;
    expect(at + 4 + length).toBeLessThanOrEqual(bytes.length);
    decode_rpc_msg(new XdrReader(bytes, at + 4, at + 4 + length));
    at += 4 + length;
  }
}
