/**
 * One side of a measurement in a process of its own, told what to do by its parent's messages:
 *   child.ts serve PEER HOST ECHO     says its port, and what it counted when it is asked
 *   child.ts send PEER HOST PORT      sends as fast as it can between "start" and "stop"
 *   child.ts proxy PORT LOSS SEED     passes datagrams between the port and whoever asks, and loses some
 *   child.ts idle serve|open …        holds many channels that say nothing
 */
import dgram from "node:dgram";
import { type Channel, openEndpoint } from "../../src/channel/index.ts";
import { createNodeWorld } from "../../src/node/index.ts";
import { cpuMs, endWithParent, say, serveParent } from "../support/child-side.ts";
import { median } from "../support/statistics.ts";
import { LOOPBACK, type PeerName, peers, type Tally } from "./peers.ts";

export type Request =
  | { readonly do: "count" }
  | { readonly do: "start"; readonly bytes: number }
  | { readonly do: "stop" }
  | { readonly do: "ping"; readonly bytes: number; readonly inFlight: number; readonly ms: number };

endWithParent();
const [role, ...rest] = process.argv.slice(2);

async function serve(peer: PeerName, host: string, isEcho: boolean): Promise<void> {
  const tally: Tally = { messages: 0, bytes: 0, packets: () => 0 };
  say(await peers[peer].serve(host, tally, isEcho));
  serveParent(() => {
    say({ ...tally, packets: tally.packets(), atMs: performance.now(), cpuMs: cpuMs() });
  });
}

async function send(peer: PeerName, host: string, port: number): Promise<void> {
  const sender = await peers[peer].connect(host, port);
  say("ready");
  serveParent(async (request: Request) => {
    if (request.do === "start") sender.start(request.bytes);
    else if (request.do === "stop") sender.stop();
    else if (request.do === "count") say({ cpuMs: cpuMs() });
    else say(await ping(sender, request));
  });
}

/** Round trips: `inFlight` messages at a time, each sent again when it is back. */
function ping(
  sender: Awaited<ReturnType<(typeof peers)["tcp"]["connect"]>>,
  { bytes, inFlight, ms }: Extract<Request, { do: "ping" }>,
): Promise<{ perSecond: number; medianUs: number }> {
  const message = new Uint8Array(bytes).fill(7);
  return new Promise((resolve) => {
    const began = performance.now();
    const sentMs: number[] = [];
    const tookMs: number[] = [];
    let replies = 0;
    let isOver = false;
    const one = () => {
      sentMs.push(performance.now());
      sender.send(message);
    };
    sender.onReply = () => {
      const now = performance.now();
      replies++;
      tookMs.push(now - (sentMs.shift() as number));
      if (now - began < ms) one();
      else if (!isOver) {
        isOver = true;
        resolve({ perSecond: (replies * 1000) / (now - began), medianUs: median(tookMs) * 1000 });
      }
    };
    for (let at = 0; at < inFlight; at++) one();
  });
}

async function proxy(port: number, loss: number, seed: number): Promise<void> {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  let client: dgram.RemoteInfo | undefined;
  let state = seed >>> 0;
  const isLost = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) % 10_000 < loss * 10_000;
  };
  socket.on("message", (packet, from) => {
    if (from.port !== port) client = from;
    if (isLost()) return;
    const to = from.port === port ? client?.port : port;
    if (to !== undefined) socket.send(packet, to, LOOPBACK);
  });
  await new Promise<void>((resolve) => socket.bind(0, LOOPBACK, resolve));
  say(socket.address().port);
}

/** What is held, after a collection of garbage, and the time of the CPU before that and after it. */
function memory() {
  const untilMs = cpuMs();
  globalThis.gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return { rss, heap: heapUsed + arrayBuffers, untilMs, fromMs: cpuMs() };
}

/** Channels that say nothing: what they take of memory, and of the CPU in `waitMs`. */
async function idle(side: string, count: number, keepaliveMs: number, port: number): Promise<void> {
  const limits = { keepaliveMs, maxChannels: 1 << 20, initiationsPerSecond: 1e9, cookiesFrom: 1 << 20 };
  const endpoint = await openEndpoint(createNodeWorld(), {
    bind: { host: LOOPBACK, port: 0 },
    limits: { ...limits, maxHalfOpenPerHost: 1 << 20, maxHalfOpen: 1 << 20 },
    onChannel: (channel) => watch(channel),
  });
  const closed: string[] = [];
  const watch = (channel: Channel) => {
    channel.onClose = (error) => closed.push(error?.code ?? "without an error");
  };
  const before = memory();
  if (side === "serve") say(endpoint.local.port);
  else {
    for (let open = 0; open < count; open += 500) {
      const attempts = Array.from({ length: Math.min(500, count - open) }, () =>
        endpoint.connect({ host: LOOPBACK, port }, { timeoutMs: 60_000 }),
      );
      for (const channel of await Promise.all(attempts)) watch(channel);
    }
    say("ready");
  }
  serveParent(() => {
    if (closed.length > 0) throw new Error(`${closed.length} idle channels closed, the first ${closed[0]}`);
    say({ before, now: memory(), channels: endpoint.stats().channels });
  });
}

if (role === "serve") await serve(rest[0] as PeerName, rest[1] as string, rest[2] === "echo");
else if (role === "send") await send(rest[0] as PeerName, rest[1] as string, Number(rest[2]));
else if (role === "proxy") await proxy(Number(rest[0]), Number(rest[1]), Number(rest[2]));
else await idle(rest[0] as string, Number(rest[1]), Number(rest[2]), Number(rest[3]));
