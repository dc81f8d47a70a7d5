/**
 * Channels over loopback beside bare datagrams and TCP, each side in a process of its own:
 *
 *     npm run bench -- channel [--quick] [--json] [--only one-way,packets,round-trip,loss,idle]
 *                              [--rounds N] [--sizes 64,1024,…] [--peers checksum,keys,udp,tcp] [--channels N]
 *
 * One way counts what arrived, not what was sent. A bare datagram is one packet, of at most 65,507 bytes: of larger messages
 * its bytes are what compares. Channels find that packets of that size pass over loopback, too. So that packets of Ethernet's size can be
 * compared, `packets` goes to another address of this machine, where there is one: nothing else differs. The lossy proxy is a third process, which alone costs packets. Machines are shared and noisy: rounds
 * alternate between the peers, and what travels is the ratio of medians.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MAX_PATH_PACKET_BYTES } from "../src/channel/path.ts";
import type { Request } from "./channel/child.ts";
import { LOOPBACK, MAX_DATAGRAM_BYTES, type PeerName } from "./channel/peers.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    sizes: { type: "string", default: "64,1024,65536,8388608" },
    peers: { type: "string", default: "checksum,keys,udp,tcp" },
    channels: { type: "string" },
    only: { type: "string", default: "one-way,packets,round-trip,loss,idle" },
  },
});

const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const ms = values.quick ? 500 : 2000;
// Code is compiled meanwhile: without it, a round trip is four times as long.
const warmMs = values.quick ? 1000 : 2000;
const wanted = new Set(values.only.split(","));
const SIZES = values.sizes.split(",").map(Number);
const PEERS = values.peers.split(",") as PeerName[];
const LOSSES = [0, 0.01, 0.05, 0.2];
const IDLE_CHANNELS = Number(values.channels ?? (values.quick ? 10_000 : 100_000));

const child = fileURLToPath(new URL("./channel/child.ts", import.meta.url));
const children = new Set<ChildProcess>();

async function start(...words: readonly (string | number)[]): Promise<[ChildProcess, unknown]> {
  const started = fork(child, words.map(String), {
    execArgv: ["--expose-gc", "--import", import.meta.resolve("tsx")],
  });
  children.add(started);
  started.once("exit", (code) => {
    if (children.delete(started) && code !== null) throw new Error(`${words.join(" ")} ended with ${code}`);
  });
  return [started, (await once(started, "message"))[0]];
}

function stop(...stopped: readonly ChildProcess[]): void {
  for (const each of stopped) {
    children.delete(each);
    each.kill();
  }
}

async function ask<T>(whom: ChildProcess, request: Request): Promise<T> {
  whom.send(request);
  return (await once(whom, "message"))[0] as T;
}

const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));
const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;

/** An address of this machine that is not loopback, though what goes there goes through loopback. */
function ownAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

interface Counted {
  readonly bytes: number;
  readonly packets: number;
  readonly atMs: number;
  readonly cpuMs: number;
}

interface OneWay {
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly packetsPerSecond: number;
  /** What both sides' CPUs took, in microseconds for a message. */
  readonly cpuUs: number;
}

interface Way {
  readonly host?: string;
  /** The share of packets that is lost on the way. */
  readonly loss?: number;
}

async function oneWay(peer: PeerName, bytes: number, { host = LOOPBACK, loss }: Way = {}): Promise<OneWay> {
  const [server, port] = await start("serve", peer, host, "no-echo");
  const [between, to] = loss === undefined ? [undefined, port] : await start("proxy", Number(port), loss, 1);
  const [client] = await start("send", peer, host, Number(to));
  client.send({ do: "start", bytes } satisfies Request);
  await sleep(warmMs);
  const count = () => ask<Counted>(server, { do: "count" });
  const clientCpu = () => ask<{ cpuMs: number }>(client, { do: "count" });
  const [before, clientBefore] = [await count(), await clientCpu()];
  await sleep(bytes > MAX_DATAGRAM_BYTES || loss !== undefined ? 2 * ms : ms);
  const [after, clientAfter] = [await count(), await clientCpu()];
  stop(server, client, ...(between ? [between] : []));
  const seconds = (after.atMs - before.atMs) / 1000;
  const messages = (after.bytes - before.bytes) / bytes;
  const cpu = after.cpuMs - before.cpuMs + clientAfter.cpuMs - clientBefore.cpuMs;
  return {
    messagesPerSecond: messages / seconds,
    megabytesPerSecond: (after.bytes - before.bytes) / seconds / 1e6,
    packetsPerSecond: (after.packets - before.packets) / seconds,
    cpuUs: (cpu * 1000) / messages,
  };
}

async function roundTrip(peer: PeerName, bytes: number, inFlight: number) {
  const [server, port] = await start("serve", peer, LOOPBACK, "echo");
  const [client] = await start("send", peer, LOOPBACK, Number(port));
  await ask(client, { do: "ping", bytes, inFlight, ms: warmMs });
  const result = await ask<{ perSecond: number; medianUs: number }>(client, {
    do: "ping",
    bytes,
    inFlight,
    ms,
  });
  stop(server, client);
  return result;
}

async function idle(keepaliveMs: number) {
  const [server, port] = await start("idle", "serve", 0, keepaliveMs, 0);
  const began = performance.now();
  const [client] = await start("idle", "open", IDLE_CHANNELS, keepaliveMs, Number(port));
  const seconds = (performance.now() - began) / 1000;
  type Seen = { before: Memory; now: Memory; channels: number };
  type Memory = { rss: number; heap: number; untilMs: number; fromMs: number };
  const waitMs = values.quick ? 5000 : 20_000;
  const all = [server, client];
  const first = await Promise.all(all.map((each) => ask<Seen>(each, { do: "count" })));
  await sleep(waitMs);
  const last = await Promise.all(all.map((each) => ask<Seen>(each, { do: "count" })));
  stop(...all);
  return last.map(({ before, now, channels }, at) => ({
    side: at === 0 ? "accepting" : "connecting",
    keepaliveMs,
    channels,
    openedPerSecond: Math.round(IDLE_CHANNELS / seconds),
    heapBytesPerChannel: Math.round((now.heap - before.heap) / channels),
    rssBytesPerChannel: Math.round((now.rss - before.rss) / channels),
    cpuPercent: Number(((100 * (now.untilMs - (first[at] as Seen).now.fromMs)) / waitMs).toFixed(1)),
  }));
}

const results: Record<string, unknown[]> = {};

/** One table: each peer in each round, and the medians. */
async function table<T extends Record<keyof T, number>>(
  name: string,
  rows: readonly { readonly label: Record<string, string | number>; measure(): Promise<T> }[],
): Promise<void> {
  const seen = rows.map((): T[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, row] of rows.entries()) {
      const sample = await row.measure();
      (seen[at] as T[]).push(sample);
      console.error(`${name}, round ${round + 1}:`, JSON.stringify({ ...row.label, ...sample }));
    }
  }
  results[name] = rows.map(({ label }, at) => {
    const samples = seen[at] as T[];
    const fields = Object.keys(samples[0] as T) as (keyof T)[];
    const medians = fields.map((field) => [field, median(samples.map((each) => each[field]))] as const);
    return { ...label, ...Object.fromEntries(medians.map(([field, value]) => [field, rounded(value)])) };
  });
  if (!values.json) {
    console.log(name);
    console.table(results[name]);
  }
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

if (wanted.has("one-way")) {
  const rows = SIZES.flatMap((bytes) =>
    PEERS.map((peer) => ({ label: { peer, bytes }, measure: () => oneWay(peer, bytes) })),
  );
  await table("one way", rows);
}
const host = ownAddress();
if (wanted.has("packets") && host !== undefined) {
  const rows = PEERS.filter((peer) => peer !== "tcp").flatMap((peer) =>
    (peer === "udp" ? [64, MAX_PATH_PACKET_BYTES] : [64, 65_536]).map((bytes) => ({
      label: { peer, bytes },
      measure: () => oneWay(peer, bytes, { host }),
    })),
  );
  await table("packets of Ethernet's size", rows);
}
if (wanted.has("round-trip")) {
  // A bare datagram of the largest size is lost too often to wait for.
  const rows = SIZES.map((bytes) => Math.min(bytes, 65_000)).flatMap((bytes) =>
    [1, 64].flatMap((inFlight) =>
      PEERS.filter((peer) => inFlight === 1 || peer !== "udp").map((peer) => ({
        label: { peer, bytes, inFlight },
        measure: () => roundTrip(peer, bytes, inFlight),
      })),
    ),
  );
  await table("round trip", rows);
}
if (wanted.has("loss")) {
  const rows = LOSSES.flatMap((loss) =>
    PEERS.filter((peer) => peer === "checksum" || peer === "keys").map((peer) => ({
      label: { peer, loss, bytes: 65_536 },
      measure: () => oneWay(peer, 65_536, { loss }),
    })),
  );
  await table("through a proxy that loses packets", rows);
}
if (wanted.has("idle")) {
  results.idle = [...(await idle(0)), ...(await idle(15_000))];
  if (!values.json) console.table(results.idle);
}
if (values.json) console.log(JSON.stringify({ benchmark: "channel", rounds, results }, null, 2));
