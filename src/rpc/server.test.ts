import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { type Procedure, type Xdr, XdrReader, XdrWriter, xdrVoid } from "../marshal/index.ts";
import { createNodeWorld } from "../node/index.ts";
import { type Address, silentLog } from "../world/index.ts";
import {
  AuthStat,
  type CallConnection,
  NO_REPLY,
  type RpcCall,
  RpcClient,
  RpcReject,
  RpcServer,
  type RpcServerLimits,
} from "./index.ts";

const PROGRAM = 0x2000_0001;
const HOST = "127.0.0.1";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
if (!hasIpv6) console.warn("skipped: this machine has no IPv6 loopback address");

const uint: Xdr<number> = { encode: (w, v) => w.uint(v), decode: (r) => r.uint() };
const bytes: Xdr<Uint8Array> = { encode: (w, v) => w.opaque(v), decode: (r) => r.opaque() };
const nullProcedure: Procedure<void, void> = {
  name: "NULL",
  number: 0,
  idempotent: true,
  args: xdrVoid,
  result: xdrVoid,
};
const nothing: Xdr<void> = { encode() {}, decode() {} };

/** A procedure of the test program and what it does. */
interface Served {
  readonly number: number;
  readonly args: Xdr<never>;
  readonly result: Xdr<never>;
  readonly idempotent?: boolean;
  readonly run: (args: never, call: RpcCall) => unknown;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(
  procedures: readonly Served[],
  limits: Partial<RpcServerLimits> = {},
  versions: readonly number[] = [1],
): Promise<{ server: RpcServer; address: Address }> {
  const world = createNodeWorld({ log: silentLog });
  const server = new RpcServer(world, { limits: { closeMs: 300, ...limits } });
  const declared = procedures.map(({ number, args, result, idempotent = true }) => ({
    name: `P${number}`,
    number,
    args,
    result,
    idempotent,
  })) as unknown as Procedure[];
  const handlers: Served["run"][] = [];
  for (const { number, run } of procedures) handlers[number] = run;
  for (const version of versions) {
    server.add({ contract: { name: "TEST", program: PROGRAM, version, procedures: declared }, handlers });
  }
  const address = await server.listen({ host: HOST, port: 0 });
  closers.push(() => server.close());
  return { server, address };
}

interface Header {
  readonly xid?: number;
  readonly type?: number;
  readonly rpc?: number;
  readonly program?: number;
  readonly version?: number;
  readonly procedure?: number;
  readonly credential?: (w: XdrWriter) => void;
}

const noCredential = (w: XdrWriter) => {
  for (let i = 0; i < 4; i++) w.uint(0);
};

function message(header: Header, args: (w: XdrWriter) => void = () => {}): Uint8Array {
  const w = new XdrWriter();
  w.uint(header.xid ?? 1);
  w.uint(header.type ?? 0);
  w.uint(header.rpc ?? 2);
  w.uint(header.program ?? PROGRAM);
  w.uint(header.version ?? 1);
  w.uint(header.procedure ?? 0);
  (header.credential ?? noCredential)(w);
  args(w);
  return w.detach();
}

function marked(record: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE((0x8000_0000 | record.length) >>> 0);
  return Buffer.concat([header, record]);
}

/** A raw connection: what it got, record by record, and when it ended. */
class Peer {
  readonly socket: net.Socket;
  readonly ended: Promise<unknown>;
  private buffer = Buffer.alloc(0);
  private readonly waiting: ((record: Buffer) => void)[] = [];
  private readonly got: Buffer[] = [];

  constructor(address: Address) {
    this.socket = net.connect(address.port, address.host);
    this.socket.on("error", () => {});
    this.ended = once(this.socket, "close");
    this.socket.on("data", (chunk) => this.receive(chunk));
    closers.push(() => this.socket.destroy());
  }

  send(record: Uint8Array): this {
    this.socket.write(marked(record));
    return this;
  }

  reply(): Promise<Buffer> {
    const ready = this.got.shift();
    return ready === undefined
      ? new Promise((resolve) => this.waiting.push(resolve))
      : Promise.resolve(ready);
  }

  ask(record: Uint8Array): Promise<Buffer> {
    return this.send(record).reply();
  }

  private receive(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    while (this.buffer.length >= 4) {
      const end = 4 + (this.buffer.readUInt32BE() & 0x7fff_ffff);
      if (this.buffer.length < end) return;
      const record = this.buffer.subarray(4, end);
      this.buffer = this.buffer.subarray(end);
      const next = this.waiting.shift();
      if (next === undefined) this.got.push(record);
      else next(record);
    }
  }
}

async function askUdp(address: Address, record: Uint8Array, socket = udpSocket()): Promise<Buffer> {
  const reply = once(socket, "message");
  socket.send(record, address.port, address.host);
  return (await reply)[0];
}

function udpSocket(): dgram.Socket {
  const socket = dgram.createSocket("udp4");
  closers.push(() => socket.close());
  return socket;
}

/** The words of a reply, which are its whole header. */
function words(reply: Uint8Array): number[] {
  const r = new XdrReader(reply);
  return Array.from({ length: reply.length / 4 }, () => r.uint());
}

const accepted = (xid: number, status: number, ...more: number[]) => [xid, 1, 0, 0, 0, status, ...more];
const denied = (xid: number, status: number, ...more: number[]) => [xid, 1, 1, status, ...more];

const double: Served = {
  number: 1,
  args: uint as Xdr<never>,
  result: uint as Xdr<never>,
  run: (value: number) => value * 2,
};
const failing = (number: number, run: () => unknown): Served => ({
  number,
  args: nothing as Xdr<never>,
  result: uint as Xdr<never>,
  run,
});

/** A handler whose calls are finished by hand. */
function gate(
  number: number,
  result: unknown = 7,
  encoding: Xdr<never> = uint as Xdr<never>,
): Served & { open: (() => void)[]; running: () => number } {
  const open: (() => void)[] = [];
  let finished = 0;
  return {
    number,
    args: nothing as Xdr<never>,
    result: encoding,
    open,
    running: () => open.length - finished,
    run: () =>
      new Promise((resolve) => {
        open.push(() => {
          finished++;
          resolve(result);
        });
      }),
  };
}

/** Resolves when `condition` holds, looked at after every turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function sys(machine: Uint8Array, gids: readonly number[], more = 0, verifierFlavor = 0) {
  return (w: XdrWriter) => {
    w.uint(1);
    const length = w.reserve(4);
    w.uint(99);
    w.opaque(machine);
    w.uint(1000);
    w.uint(100);
    w.uint(gids.length);
    for (const gid of gids) w.uint(gid);
    for (let i = 0; i < more; i++) w.uint(0);
    w.patchUint(length, w.position - length - 4);
    w.uint(verifierFlavor);
    w.uint(0);
  };
}

describe.each(["tcp", "udp"] as const)("replies of RFC 5531 section 9 over %s", (transport) => {
  async function asker(procedures: readonly Served[], versions?: readonly number[]) {
    const { server, address } = await serve(procedures, {}, versions);
    const peer = transport === "tcp" ? new Peer(address) : undefined;
    const ask = async (record: Uint8Array) =>
      words(peer === undefined ? await askUdp(address, record) : await peer.ask(record));
    return { server, ask };
  }

  test("SUCCESS", async () => {
    const { ask, server } = await asker([double]);
    expect(await ask(message({ xid: 5, procedure: 1 }, (w) => w.uint(21)))).toEqual(accepted(5, 0, 42));
    expect(server.stats().replies.SUCCESS).toBe(1);
  });

  test("procedure 0 is answered although the contract lacks it", async () => {
    const { ask } = await asker([double]);
    expect(await ask(message({}))).toEqual(accepted(1, 0));
  });

  test("PROG_UNAVAIL", async () => {
    const { ask, server } = await asker([double]);
    expect(await ask(message({ program: 7 }))).toEqual(accepted(1, 1));
    expect(server.stats().replies.PROG_UNAVAIL).toBe(1);
  });

  test("PROG_MISMATCH with the range that is served", async () => {
    const { ask, server } = await asker([double], [4, 2, 7]);
    expect(await ask(message({ version: 3 }))).toEqual(accepted(1, 2, 2, 7));
    expect(await ask(message({ version: 9 }))).toEqual(accepted(1, 2, 2, 7));
    expect(await ask(message({ version: 4 }))).toEqual(accepted(1, 0));
    expect(server.stats().replies.PROG_MISMATCH).toBe(2);
  });

  test("PROC_UNAVAIL", async () => {
    const { ask, server } = await asker([double]);
    expect(await ask(message({ procedure: 2 }))).toEqual(accepted(1, 3));
    expect(await ask(message({ procedure: 0xffff_ffff }))).toEqual(accepted(1, 3));
    expect(server.stats().replies.PROC_UNAVAIL).toBe(2);
  });

  test("GARBAGE_ARGS for arguments, and for a header, that end too early", async () => {
    const { ask, server } = await asker([double]);
    expect(await ask(message({ procedure: 1 }))).toEqual(accepted(1, 4));
    expect(await ask(message({}).subarray(0, 28))).toEqual(accepted(1, 4));
    expect(server.stats().replies.GARBAGE_ARGS).toBe(2);
    expect(server.stats().calls).toBe(0);
  });

  test("bytes after the arguments are passed over, as other servers do", async () => {
    const { ask } = await asker([double]);
    const padded = message({ procedure: 1 }, (w) => {
      w.uint(4);
      w.uint(99);
    });
    expect(await ask(padded)).toEqual(accepted(1, 0, 8));
  });

  test("SYSTEM_ERR for what a handler throws or rejects with, and for a result that is none", async () => {
    const { ask, server } = await asker([
      failing(1, () => {
        throw new Error("a bug");
      }),
      failing(2, () => Promise.reject(new Error("a bug later"))),
      failing(3, () => "no number"),
      failing(4, () => Promise.resolve(-1)),
      failing(5, () => {
        throw RpcReject.systemError("out of memory");
      }),
    ]);
    for (const procedure of [1, 2, 3, 4, 5]) {
      expect(await ask(message({ procedure }))).toEqual(accepted(1, 5));
    }
    expect(server.stats().replies.SYSTEM_ERR).toBe(5);
  });

  test("RPC_MISMATCH with the range 2 to 2", async () => {
    const { ask, server } = await asker([double]);
    expect(await ask(message({ rpc: 3 }))).toEqual(denied(1, 0, 2, 2));
    expect(server.stats().replies.RPC_MISMATCH).toBe(1);
  });

  test("AUTH_ERROR: a handler's reject, an unknown flavor, a bad AUTH_SYS, a verifier", async () => {
    const reject = () => {
      throw RpcReject.auth(AuthStat.AUTH_TOOWEAK);
    };
    const { ask, server } = await asker([failing(1, reject), failing(2, async () => reject())]);
    expect(await ask(message({ procedure: 1 }))).toEqual(denied(1, 1, AuthStat.AUTH_TOOWEAK));
    expect(await ask(message({ procedure: 2 }))).toEqual(denied(1, 1, AuthStat.AUTH_TOOWEAK));
    const flavor = (n: number, length: number) => (w: XdrWriter) => {
      w.uint(n);
      w.opaque(new Uint8Array(length));
      w.uint(0);
      w.uint(0);
    };
    const status = async (credential: (w: XdrWriter) => void) => ask(message({ credential }));
    const name = new TextEncoder().encode("host");
    expect(await status(flavor(6, 20))).toEqual(denied(1, 1, AuthStat.AUTH_REJECTEDCRED));
    expect(await status(flavor(1, 4))).toEqual(denied(1, 1, AuthStat.AUTH_BADCRED));
    expect(await status(flavor(0, 404))).toEqual(denied(1, 1, AuthStat.AUTH_BADCRED));
    expect(await status(sys(name, new Array(17).fill(1)))).toEqual(denied(1, 1, AuthStat.AUTH_BADCRED));
    expect(await status(sys(new Uint8Array(256), []))).toEqual(denied(1, 1, AuthStat.AUTH_BADCRED));
    expect(await status(sys(name, [], 1))).toEqual(denied(1, 1, AuthStat.AUTH_BADCRED));
    expect(await status(sys(name, [], 0, 1))).toEqual(denied(1, 1, AuthStat.AUTH_BADVERF));
    expect(await status(sys(name, new Array(16).fill(1)))).toEqual(accepted(1, 0));
    expect(server.stats().replies.AUTH_ERROR).toBe(9);
  });

  test("a handler sees who calls, whatever bytes the machine's name has", async () => {
    const seen: RpcCall[] = [];
    const { ask } = await asker([
      { ...failing(1, () => 0), run: (_: never, call: RpcCall) => seen.push(call) - seen.length },
    ]);
    const credential = sys(Uint8Array.of(0xff, 0xc0, 0x00, 0x41), [7, 8]);
    const record = message({ xid: 77, procedure: 1, credential });
    expect(await ask(record)).toEqual(accepted(77, 0, 0));
    expect(await ask(record)).toEqual(accepted(77, 0, 0));
    for (const call of seen) {
      expect(call).toMatchObject({ xid: 77, program: PROGRAM, version: 1, procedure: 1, transport });
      expect(call.credential).toMatchObject({ flavor: "sys", stamp: 99, uid: 1000, gid: 100, gids: [7, 8] });
      expect([...call.message]).toEqual([...record]);
      expect(call.remote.host).toBe(HOST);
    }
    expect(seen).toHaveLength(2);
  });

  test("NO_REPLY drops the call, and its retry runs", async () => {
    let runs = 0;
    const once: Served = { ...failing(1, () => (++runs === 1 ? NO_REPLY : runs)), idempotent: false };
    const { server, address } = await serve([once]);
    const record = message({ procedure: 1 });
    if (transport === "tcp") {
      expect(words(await new Peer(address).send(record).ask(record))).toEqual(accepted(1, 0, 2));
    } else {
      const socket = udpSocket();
      socket.send(record, address.port, HOST);
      expect(words(await askUdp(address, record, socket))).toEqual(accepted(1, 0, 2));
    }
    expect(server.stats().calls).toBe(2);
  });
});

test("a handler may drop the connection that a call came on; over UDP there is none", async () => {
  const seen: CallConnection[] = [];
  const dropping: Served = {
    ...failing(1, () => 0),
    run: async (_: never, { connection }: RpcCall) => {
      if (connection === undefined) return 77;
      seen.push(connection);
      if (seen.length > 1) return seen.length;
      connection.drop("it is too old");
      return NO_REPLY;
    },
  };
  const { server, address } = await serve([dropping]);
  const record = message({ procedure: 1 });
  await new Peer(address).send(record).ended;
  expect(words(await new Peer(address).ask(record))).toEqual(accepted(1, 0, 2));
  expect(seen[1]?.openedMs).toBeGreaterThanOrEqual(seen[0]?.openedMs as number);
  expect(server.stats()).toMatchObject({ connectionsDropped: 1, connectionsAccepted: 2 });
  expect(words(await askUdp(address, record))).toEqual(accepted(1, 0, 77));
});

describe("at most once", () => {
  /** A handler that counts how often it ran. */
  function counter(): Served & { runs: number } {
    const served: Served & { runs: number } = {
      ...failing(1, () => {
        served.runs++;
        return served.runs;
      }),
      idempotent: false,
      runs: 0,
    };
    return served;
  }

  test("a retry from another TCP connection, so another port, gets the first reply", async () => {
    const served = counter();
    const { server, address } = await serve([served]);
    const record = message({ xid: 9, procedure: 1 });
    const first = await new Peer(address).ask(record);
    const again = await new Peer(address).ask(record);
    expect([...again]).toEqual([...first]);
    expect(served.runs).toBe(1);
    expect(server.stats()).toMatchObject({ duplicatesReplayed: 1, calls: 1, cachedReplies: 1 });
  });

  test("another xid, other arguments, or another UDP port are other calls", async () => {
    const served = counter();
    const { address } = await serve([served]);
    await new Peer(address).ask(message({ xid: 9, procedure: 1 }));
    await new Peer(address).ask(message({ xid: 10, procedure: 1 }));
    await new Peer(address).ask(message({ xid: 9, procedure: 1 }, (w) => w.uint(1)));
    await askUdp(address, message({ xid: 9, procedure: 1 }));
    await askUdp(address, message({ xid: 9, procedure: 1 }));
    expect(served.runs).toBe(5);
  });

  test("a UDP retry is answered from the cache, and dropped while the first still runs", async () => {
    const slow = { ...gate(1), idempotent: false };
    const { server, address } = await serve([slow]);
    const socket = udpSocket();
    const record = message({ xid: 3, procedure: 1 });
    const reply = askUdp(address, record, socket);
    await until(() => slow.open.length === 1);
    socket.send(record, address.port, HOST);
    await until(() => server.stats().duplicatesInProgress === 1);
    slow.open[0]?.();
    const first = await reply;
    expect([...(await askUdp(address, record, socket))]).toEqual([...first]);
    expect(server.stats()).toMatchObject({ calls: 1, duplicatesInProgress: 1, duplicatesReplayed: 1 });
  });

  test("a TCP caller that reconnects while its call runs gets the reply on the new connection", async () => {
    const slow = { ...gate(1), idempotent: false };
    const { server, address } = await serve([slow]);
    const record = message({ xid: 3, procedure: 1 });
    const before = new Peer(address).send(record);
    await until(() => slow.open.length === 1);
    before.socket.resetAndDestroy();
    const after = new Peer(address).send(record);
    await until(() => server.stats().duplicatesInProgress === 1);
    slow.open[0]?.();
    expect(words(await after.reply())).toEqual(accepted(3, 0, 7));
    expect(server.stats()).toMatchObject({ calls: 1, callsInFlight: 0 });
  });
});

describe("bounds", () => {
  test("a record over maxRecordBytes is answered with GARBAGE_ARGS, then the connection ends", async () => {
    const { server, address } = await serve([double], { maxRecordBytes: 100 });
    const peer = new Peer(address);
    const good = new Peer(address);
    expect(words(await peer.ask(message({ xid: 8 }, (w) => w.raw(new Uint8Array(100)))))).toEqual(
      accepted(8, 4),
    );
    await peer.ended;
    expect(server.stats().connectionsDropped).toBe(1);
    expect(words(await good.ask(message({})))).toEqual(accepted(1, 0));
  });

  test.each([
    ["a reply", message({ type: 1 })],
    ["too short", Uint8Array.of(1, 2, 3, 4)],
    ["empty", new Uint8Array(0)],
  ])("a record that is no call (%s) ends its own connection alone", async (_, record) => {
    const { server, address } = await serve([double]);
    const good = new Peer(address);
    await new Peer(address).send(record).ended;
    expect(words(await good.ask(message({})))).toEqual(accepted(1, 0));
    expect(server.stats()).toMatchObject({ badMessages: 1, connectionsDropped: 1 });
  });

  test("rubbish over UDP is dropped", async () => {
    const { server, address } = await serve([double]);
    const socket = udpSocket();
    socket.send(Uint8Array.of(1, 2, 3), address.port, HOST);
    expect(words(await askUdp(address, message({}), socket))).toEqual(accepted(1, 0));
    expect(server.stats().badMessages).toBe(1);
  });

  test("maxConnections: the newest is closed at once", async () => {
    const { server, address } = await serve([double], { maxConnections: 1 });
    const first = new Peer(address);
    await first.ask(message({}));
    await new Peer(address).ended;
    expect(words(await first.ask(message({ xid: 2 })))).toEqual(accepted(2, 0));
    expect(server.stats()).toMatchObject({ connectionsRefused: 1, connections: 1 });
  });

  test("maxCallsPerConnection: no more are read until some are done, and all are answered", async () => {
    const slow = gate(1);
    const { address } = await serve([slow], { maxCallsPerConnection: 3 });
    const peer = new Peer(address);
    const other = new Peer(address);
    for (let xid = 0; xid < 10; xid++) peer.send(message({ xid, procedure: 1 }));
    await until(() => slow.open.length === 3);
    await other.ask(message({}));
    const xids: number[] = [];
    for (let i = 0; i < 10; i++) {
      expect(slow.running()).toBeLessThanOrEqual(3);
      slow.open[i]?.();
      xids.push(words(await peer.reply())[0] as number);
      if (i < 7) await until(() => slow.open.length === i + 4);
    }
    expect(xids).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("large replies that are made in one turn leave whole, and calls that waited for room go on", async () => {
    const large = new Uint8Array(300_000).map((_, at) => at);
    const slow = gate(1, large, bytes as Xdr<never>);
    const { address } = await serve([slow], { maxCallsPerConnection: 6 });
    const peer = new Peer(address);
    for (let xid = 0; xid < 12; xid++) peer.send(message({ xid, procedure: 1 }));
    for (const count of [6, 12]) {
      await until(() => slow.open.length === count);
      for (const open of slow.open.slice(count - 6)) open();
      for (let xid = count - 6; xid < count; xid++) {
        const reply = await peer.reply();
        expect(words(reply.subarray(0, 24))).toEqual(accepted(xid, 0));
        expect(reply.subarray(28).equals(large)).toBe(true);
      }
    }
  });

  test("maxCalls: bounds all connections together, and UDP calls over it are dropped", async () => {
    const slow = gate(1);
    const { server, address } = await serve([slow], { maxCalls: 2 });
    const peers = [new Peer(address), new Peer(address), new Peer(address)];
    for (const peer of peers) peer.send(message({ procedure: 1 }));
    await until(() => slow.open.length === 2);
    const socket = udpSocket();
    socket.send(message({}), address.port, HOST);
    await until(() => server.stats().datagramsDropped === 1);
    slow.open[0]?.();
    await until(() => slow.open.length === 3);
    slow.open[1]?.();
    slow.open[2]?.();
    const replies = await Promise.all(peers.map((peer) => peer.reply()));
    expect(replies.map(words)).toEqual([accepted(1, 0, 7), accepted(1, 0, 7), accepted(1, 0, 7)]);
  });

  test("maxPendingReplyBytes: a peer that does not read gets no more calls run until it does", async () => {
    const size = 1024 * 1024;
    let runs = 0;
    const big: Served = {
      number: 1,
      args: nothing as Xdr<never>,
      result: bytes as Xdr<never>,
      run: () => {
        runs++;
        return new Uint8Array(size);
      },
    };
    const { server, address } = await serve([big], { maxPendingReplyBytes: 2 * size });
    const peer = new Peer(address);
    peer.socket.pause();
    for (let xid = 0; xid < 64; xid++) peer.send(message({ xid, procedure: 1 }));
    const other = new Peer(address);
    await until(() => runs > 0);
    for (let i = 0; i < 20; i++) await other.ask(message({ xid: i }));
    expect(runs).toBeLessThan(30);
    peer.socket.resume();
    for (let xid = 0; xid < 64; xid++) {
      const reply = await peer.reply();
      expect([reply.readUInt32BE(0), reply.length]).toEqual([xid, 28 + size]);
    }
    expect(server.stats().calls).toBe(64);
  });

  test("a quiet connection is closed", async () => {
    const { server, address } = await serve([double], { idleMs: 20 });
    await new Peer(address).ended;
    await until(() => server.stats().connections === 0);
  });

  test("a UDP reply larger than a datagram is answered with SYSTEM_ERR", async () => {
    const big: Served = { ...failing(1, () => new Uint8Array(66_000)), result: bytes as Xdr<never> };
    const { address } = await serve([big]);
    expect(words(await askUdp(address, message({ procedure: 1 })))).toEqual(accepted(1, 5));
  });
});

describe("connections", () => {
  test("later calls overtake one that waits, and replies of a turn share a write", async () => {
    const slow = gate(1);
    const { address } = await serve([slow, { ...double, number: 2 }]);
    const peer = new Peer(address);
    const calls = [message({ xid: 1, procedure: 1 })];
    for (let xid = 2; xid < 100; xid++) calls.push(message({ xid, procedure: 2 }, (w) => w.uint(xid)));
    peer.socket.write(Buffer.concat(calls.map(marked)));
    for (let xid = 2; xid < 100; xid++) expect(words(await peer.reply())).toEqual(accepted(xid, 0, xid * 2));
    slow.open[0]?.();
    expect(words(await peer.reply())).toEqual(accepted(1, 0, 7));
  });

  test("a peer that half-closes still gets its replies, then the end", async () => {
    const slow = gate(1);
    const { address } = await serve([slow]);
    const peer = new Peer(address).send(message({ procedure: 1 }));
    peer.socket.end();
    await until(() => slow.open.length === 1);
    slow.open[0]?.();
    expect(words(await peer.reply())).toEqual(accepted(1, 0, 7));
    await peer.ended;
  });

  test("a peer that resets with calls in flight hurts nobody", async () => {
    const slow = gate(1);
    const { server, address } = await serve([slow]);
    const peer = new Peer(address).send(message({ procedure: 1 }));
    await until(() => slow.open.length === 1);
    peer.socket.resetAndDestroy();
    await until(() => server.stats().connections === 0);
    slow.open[0]?.();
    expect(words(await new Peer(address).ask(message({})))).toEqual(accepted(1, 0));
    expect(server.stats().callsInFlight).toBe(0);
  });

  test("close answers what is in flight, then ends the connections", async () => {
    const slow = gate(1);
    const { server, address } = await serve([slow], { closeMs: 10_000 });
    const peer = new Peer(address).send(message({ procedure: 1 }));
    await until(() => slow.open.length === 1);
    const closed = server.close();
    slow.open[0]?.();
    expect(words(await peer.reply())).toEqual(accepted(1, 0, 7));
    await peer.ended;
    await closed;
    await expect(server.listen({ host: HOST, port: 0 })).rejects.toThrow(TypeError);
  });

  test("close of a connection that is not read because of its bound ends it as soon as its calls are answered", async () => {
    const slow = gate(1);
    const { server, address } = await serve([slow], { closeMs: 60_000, maxCallsPerConnection: 1 });
    const peer = new Peer(address);
    for (let xid = 0; xid < 5; xid++) peer.send(message({ xid, procedure: 1 }));
    await until(() => slow.open.length === 1);
    const closed = server.close();
    slow.open[0]?.();
    expect(words(await peer.reply())).toEqual(accepted(0, 0, 7));
    await peer.ended;
    await closed;
    expect(slow.open.length).toBe(1);
  });

  test.skipIf(!hasIpv6)("IPv6 is served and called too", async () => {
    const server = new RpcServer(createNodeWorld({ log: silentLog }));
    closers.push(() => server.close());
    const address = await server.listen({ host: "::1", port: 0 });
    for (const transport of ["tcp", "udp"] as const) {
      const client = new RpcClient(createNodeWorld({ log: silentLog }), { ...address, transport });
      const call = client.call(
        { name: "T", program: 1, version: 1, procedures: [] },
        nullProcedure,
        undefined,
      );
      await expect(call).rejects.toMatchObject({ code: "RPC_PROG_UNAVAIL" });
      await client.close();
    }
  });

  test("close does not wait longer than closeMs", async () => {
    const slow = gate(1);
    const { server, address } = await serve([slow], { closeMs: 30 });
    const peer = new Peer(address).send(message({ procedure: 1 }));
    await until(() => slow.open.length === 1);
    await server.close();
    await peer.ended;
  });

  test.runIf(hasIpv6)("a caller may write an IPv6 address in any way, over UDP too", async () => {
    const world = createNodeWorld({ log: silentLog });
    const server = new RpcServer(world);
    closers.push(() => server.close());
    server.add({ contract: { name: "TEST", program: PROGRAM, version: 1, procedures: [] }, handlers: [] });
    const { port } = await server.listen({ host: "::1", port: 0 });
    const client = new RpcClient(world, { host: "0:0:0:0:0:0:0:1", port, transport: "udp", timeoutMs: 2000 });
    closers.push(() => client.close());
    const contract = { name: "TEST", program: PROGRAM, version: 1, procedures: [] };
    await client.call(contract, nullProcedure, undefined);
  });

  const anyAddresses = hasIpv6 ? ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"] : ["0.0.0.0"];
  test.each(anyAddresses)("a caller of %s calls this machine, over TCP and UDP", async (host) => {
    const world = createNodeWorld({ log: silentLog });
    const server = new RpcServer(world);
    closers.push(() => server.close());
    const { port } = await server.listen({ host: host.includes(":") ? "::1" : HOST, port: 0 });
    const contract = { name: "TEST", program: PROGRAM, version: 1, procedures: [] };
    for (const transport of ["tcp", "udp"] as const) {
      const client = new RpcClient(world, { host, port, transport });
      closers.push(() => client.close());
      const call = client.call(contract, nullProcedure, undefined, { timeoutMs: 2000 });
      await expect(call).rejects.toMatchObject({ code: "RPC_PROG_UNAVAIL" });
    }
  });

  test("one that is closed while it begins to listen does not", async () => {
    const server = new RpcServer(createNodeWorld({ log: silentLog }));
    const listening = server.listen({ host: HOST, port: 0 });
    const outcome = listening.then(
      () => "listens",
      (error) => error,
    );
    await server.close();
    expect(await outcome).toBeInstanceOf(TypeError);
  });

  test("one port serves TCP and UDP; a port in use is told", async () => {
    const { address } = await serve([double]);
    expect(words(await new Peer(address).ask(message({})))).toEqual(
      words(await askUdp(address, message({}))),
    );
    const second = new RpcServer(createNodeWorld({ log: silentLog }));
    await expect(second.listen(address)).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
    await second.close();
  });

  test("a program's version is added once", async () => {
    await expect(serve([double], {}, [1, 1])).rejects.toThrow(TypeError);
  });
});
