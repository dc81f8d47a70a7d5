/**
 * Channels over loopback beside bare datagrams and TCP, each side in a process of its own.
 *
 * One way counts what arrived, not what was sent. A bare datagram is one packet, of at most 65,507 bytes: of larger messages
 * its bytes are what compares. Channels find that packets of that size pass over loopback, too. So that packets of Ethernet's size can be
 * compared, `packets` goes to another address of this machine, where there is one: nothing else differs. The lossy proxy is a third
 * process, which alone costs packets. Rounds alternate between the peers, and what travels is the ratio of medians.
 *
 *     npm run bench -- channel --quick
 *     npm run bench -- channel --only one-way --sizes 65536 --peers checksum,udp
 *     npm run bench -- channel --only idle --channels 20000
 */
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_PATH_PACKET_BYTES } from "../src/channel/path.ts";
import type { Request } from "./channel/child.ts";
import { LOOPBACK, MAX_DATAGRAM_BYTES, type PeerName } from "./channel/peers.ts";
import { startChild } from "./support/children.ts";
import { choice, count, counts, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { compared, type Row } from "./support/rounds.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 5, quick: 1 }),
  sizes: counts("bytes of a message", { usual: [64, 1024, 65_536, 8_388_608] }),
  peers: choice<PeerName>("what is compared", ["checksum", "keys", "udp", "tcp"]),
  only: choice("what is measured", ["one-way", "packets", "round-trip", "loss", "idle"]),
  channels: count("channels that are idle", { usual: 100_000, quick: 10_000 }),
});
const { sizes: SIZES, peers: PEERS, channels: IDLE_CHANNELS } = asked;
const ms = asked.quick ? 500 : 2000;
// Code is compiled meanwhile: without it, a round trip is four times as long.
const warmMs = asked.quick ? 1000 : 2000;
const LOSSES = [0, 0.01, 0.05, 0.2];

const program = new URL("./channel/child.ts", import.meta.url);
const start = (...words: readonly (string | number)[]) =>
  startChild<Request, number>(program, words, { nodeOptions: ["--expose-gc"] });

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
  const [between, to] = loss === undefined ? [undefined, port] : await start("proxy", port, loss, 1);
  const [client] = await start("send", peer, host, to);
  client.tell({ do: "start", bytes });
  await sleep(warmMs);
  const count = () => server.ask<Counted>({ do: "count" });
  const clientCpu = () => client.ask<{ cpuMs: number }>({ do: "count" });
  const [before, clientBefore] = [await count(), await clientCpu()];
  await sleep(bytes > MAX_DATAGRAM_BYTES || loss !== undefined ? 2 * ms : ms);
  const [after, clientAfter] = [await count(), await clientCpu()];
  for (const each of [server, client, between]) each?.stop();
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
  const [client] = await start("send", peer, LOOPBACK, port);
  await client.ask({ do: "ping", bytes, inFlight, ms: warmMs });
  const result = await client.ask<{ perSecond: number; medianUs: number }>({
    do: "ping",
    bytes,
    inFlight,
    ms,
  });
  for (const each of [server, client]) each.stop();
  return result;
}

async function idle(keepaliveMs: number) {
  const [server, port] = await start("idle", "serve", 0, keepaliveMs, 0);
  const began = performance.now();
  const [client] = await start("idle", "open", IDLE_CHANNELS, keepaliveMs, port);
  const seconds = (performance.now() - began) / 1000;
  type Seen = { before: Memory; now: Memory; channels: number };
  type Memory = { rss: number; heap: number; untilMs: number; fromMs: number };
  const waitMs = asked.quick ? 5000 : 20_000;
  const all = [server, client];
  const first = await Promise.all(all.map((each) => each.ask<Seen>({ do: "count" })));
  await sleep(waitMs);
  const last = await Promise.all(all.map((each) => each.ask<Seen>({ do: "count" })));
  for (const each of all) each.stop();
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

const report = new Report("channel", asked, { rounds: asked.rounds });

async function table<Sample extends Record<keyof Sample, number>>(
  name: string,
  rows: readonly Row<Sample>[],
): Promise<void> {
  report.table(name, await compared(name, rows, asked.rounds));
}

const wanted = new Set(asked.only);
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
  report.table("idle channels", [...(await idle(0)), ...(await idle(15_000))]);
}
report.end();
