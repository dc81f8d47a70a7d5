/**
 * One process of a measurement, told what to do by its parent's messages:
 *   child.ts serve PEER        takes messages, and says its port
 *   child.ts send PEER PORT…   sends to all of those
 */
import net from "node:net";
import { type CarrierOptions, openMesh } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { CellFixture } from "../../src/world/contract/cell-fixture.ts";
import { cpuMs, endWithParent, say, serveParent } from "../support/child-side.ts";
import { freePorts } from "../support/ports.ts";
import { median } from "../support/statistics.ts";

export type PeerName = MeshName | "tcp";
type MeshName = "mesh" | "tls" | "channels";
export type Request =
  | { readonly do: "count" }
  | { readonly do: "start"; readonly bytes: number }
  | { readonly do: "ping"; readonly bytes: number; readonly ms: number };

const HOST = "127.0.0.1";
/** Messages that are sent before others have a turn, where nothing else ends it. */
const BURST = 4096;
const SLAB_BYTES = 256 * 1024;

const world = createNodeWorld();
const carriers: Readonly<Record<MeshName, (name: string) => CarrierOptions>> = {
  mesh: () => ({ kind: "tcp" }),
  tls: (name) => ({ kind: "tls", credentials: new CellFixture(world).credentials(name) }),
  channels: () => ({
    kind: "channels",
    security: { kind: "shared-key", key: new Uint8Array(32).fill(7) },
  }),
};

const tally = { messages: 0, bytes: 0 };
endWithParent();

function taken(message: Uint8Array): void {
  tally.messages++;
  tally.bytes += message.length;
}

/** Sends to all, as fast as they take it, and answers with what comes back. */
interface Sender {
  start(message: Uint8Array): void;
  send(message: Uint8Array): void;
  onReply: () => void;
}

/** A message that begins with it shall come back. */
const ECHO = 1;

async function serveMesh(peer: MeshName): Promise<number> {
  // Its name has its port, so that who sends knows it.
  const [port = 0] = await freePorts(1);
  const mesh = await openMesh(world, {
    name: `serve ${port}`,
    bind: { host: HOST, port },
    carrier: carriers[peer](`serve ${port}`),
  });
  const open = mesh.open("bench");
  open.onMessage = (from, message) => {
    taken(message);
    if (message[0] === ECHO) open.send(from, message);
  };
  return port;
}

async function sendMesh(peer: MeshName, ports: readonly number[]): Promise<Sender> {
  const mesh = await openMesh(world, {
    name: "send",
    bind: { host: HOST, port: 0 },
    carrier: carriers[peer]("send"),
  });
  const port = mesh.open("bench");
  const to = ports.map((each) => `serve ${each}`);
  for (const each of ports) mesh.add({ name: `serve ${each}`, address: { host: HOST, port: each } });
  await new Promise<void>((resolve) => {
    port.onUp = () => to.every((each) => port.isUp(each)) && resolve();
  });
  let message: Uint8Array | undefined;
  const [first] = to as [string];
  const isRoom = () => to.every((each) => port.pendingBytes(each) < 4 * 1024 * 1024);
  const pump = () => {
    while (message !== undefined && isRoom()) {
      if (to.length > 1) port.broadcast(to, message);
      else port.send(first, message);
    }
  };
  port.onDrain = pump;
  const sender: Sender = {
    start(next) {
      message = next;
      pump();
    },
    send: (each) => void port.send(first, each),
    onReply: () => {},
  };
  port.onMessage = () => sender.onReply();
  return sender;
}

/** Cuts a stream into messages with their length before them; only those that lie in several chunks are copied. */
function cutter(onMessage: (message: Uint8Array) => void): (chunk: Buffer) => void {
  const head = Buffer.alloc(4);
  let headBytes = 0;
  let body: Buffer | undefined;
  let have = 0;
  const cut = (chunk: Buffer, at: number): number => {
    let start = at;
    if (headBytes === 0 && chunk.length - at >= 4) start += 4;
    else {
      head[headBytes++] = chunk[start++] as number;
      if (headBytes < 4) return start;
      headBytes = 0;
    }
    const length = start === at + 4 ? chunk.readUInt32BE(at) : head.readUInt32BE();
    if (chunk.length - start >= length) {
      onMessage(chunk.subarray(start, start + length));
      return start + length;
    }
    body = Buffer.allocUnsafe(length);
    have = 0;
    return start;
  };
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (body === undefined) {
        at = cut(chunk, at);
        continue;
      }
      const taken = chunk.copy(body, have, at);
      at += taken;
      have += taken;
      if (have < body.length) continue;
      onMessage(body);
      body = undefined;
    }
  };
}

/** Gathers the messages of a turn, as one would by hand. */
class Gathering {
  readonly #socket: net.Socket;
  #slab = Buffer.allocUnsafe(SLAB_BYTES);
  #at = 0;
  #isPlanned = false;
  isFull = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  send(message: Uint8Array): void {
    if (this.#at + 4 + message.length > SLAB_BYTES) this.#write();
    this.#slab.writeUInt32BE(message.length, this.#at);
    this.#slab.set(message, this.#at + 4);
    this.#at += 4 + message.length;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#write();
    });
  }

  #write(): void {
    if (this.#at === 0) return;
    this.#socket.write(this.#slab.subarray(0, this.#at));
    // The kernel has it: the buffer serves again. Otherwise the socket keeps it.
    this.isFull = this.#socket.writableLength > 0;
    if (this.isFull) this.#slab = Buffer.allocUnsafe(SLAB_BYTES);
    this.#at = 0;
  }
}

async function serveTcp(): Promise<number> {
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const back = new Gathering(socket);
    socket.on(
      "data",
      cutter((message) => {
        taken(message);
        if (message[0] === ECHO) back.send(message);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return (server.address() as net.AddressInfo).port;
}

async function sendTcp(ports: readonly number[]): Promise<Sender> {
  const sockets = await Promise.all(
    ports.map(async (port) => {
      const socket = net.connect(port, HOST);
      socket.setNoDelay(true);
      await new Promise((resolve) => socket.once("connect", resolve));
      return socket;
    }),
  );
  const gathering = sockets.map((socket) => new Gathering(socket));
  let message: Uint8Array | undefined;
  const pump = () => {
    for (let n = 0; n < BURST && message !== undefined; n++) {
      if (gathering.some(({ isFull }) => isFull)) return;
      for (const each of gathering) each.send(message);
    }
    setImmediate(pump);
  };
  for (const [at, socket] of sockets.entries()) {
    socket.on("drain", () => {
      (gathering[at] as Gathering).isFull = false;
      if (gathering.every(({ isFull }) => !isFull)) setImmediate(pump);
    });
  }
  const sender: Sender = {
    start(next) {
      message = next;
      pump();
    },
    send: (each) => gathering[0]?.send(each),
    onReply: () => {},
  };
  sockets[0]?.on(
    "data",
    cutter(() => sender.onReply()),
  );
  return sender;
}

/** Round trips, one at a time: the median's microseconds. */
function ping(sender: Sender, bytes: number, ms: number): Promise<number> {
  const message = new Uint8Array(bytes).fill(ECHO);
  return new Promise((resolve) => {
    const began = performance.now();
    const tookMs: number[] = [];
    let sentMs = began;
    sender.onReply = () => {
      const now = performance.now();
      tookMs.push(now - sentMs);
      if (now - began >= ms) {
        resolve(median(tookMs) * 1000);
        return;
      }
      sentMs = performance.now();
      sender.send(message);
    };
    sender.send(message);
  });
}

const [role, name, ...rest] = process.argv.slice(2);
const peer = name as PeerName;
if (role === "serve") {
  say(await (peer === "tcp" ? serveTcp() : serveMesh(peer)));
  serveParent(() => say({ ...tally, atMs: performance.now(), cpuMs: cpuMs() }));
} else {
  const ports = rest.map(Number);
  const sender = await (peer === "tcp" ? sendTcp(ports) : sendMesh(peer, ports));
  say("ready");
  serveParent(async (request: Request) => {
    if (request.do === "start") sender.start(new Uint8Array(request.bytes).fill(7));
    else if (request.do === "ping") say(await ping(sender, request.bytes, request.ms));
    else say({ cpuMs: cpuMs() });
  });
}
