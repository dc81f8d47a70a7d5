/**
 * Links of a mesh, over TCP, TLS and channels, beside a bare TCP socket whose messages are gathered by hand, each side in a process of its own, over loopback.
 *
 * One way counts what arrived. A broadcast goes to two processes, and is counted once. Rounds alternate between the peers, and what
 * travels is the ratio of medians.
 *
 *     npm run bench -- mesh --quick
 *     npm run bench -- mesh --only one-way --sizes 64,65536 --peers mesh,tcp
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { PeerName, Request } from "./mesh/child.ts";
import { type Child, startChild } from "./support/children.ts";
import { choice, count, counts, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { compared } from "./support/rounds.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 5, quick: 1 }),
  sizes: counts("bytes of a message", { usual: [64, 1024, 65_536] }),
  peers: choice<PeerName>("what is compared", ["mesh", "tls", "channels", "tcp"]),
  only: choice("what is measured", ["one-way", "round-trip", "broadcast"]),
});
const ms = asked.quick ? 500 : 2000;
const warmMs = asked.quick ? 1000 : 2000;
const program = new URL("./mesh/child.ts", import.meta.url);

const serve = (peer: PeerName) => startChild<Request, number>(program, ["serve", peer]);
const send = (peer: PeerName, ports: readonly number[]) =>
  startChild<Request>(program, ["send", peer, ...ports]);

interface Counted {
  readonly messages: number;
  readonly bytes: number;
  readonly atMs: number;
  readonly cpuMs: number;
}

async function oneWay(peer: PeerName, bytes: number, receivers: number) {
  const servers = await Promise.all(Array.from({ length: receivers }, () => serve(peer)));
  const [client] = await send(
    peer,
    servers.map(([, port]) => port),
  );
  client.tell({ do: "start", bytes });
  await sleep(warmMs);
  const count = () => Promise.all(servers.map(([server]) => server.ask<Counted>({ do: "count" })));
  const clientCpu = () => client.ask<{ cpuMs: number }>({ do: "count" });
  const [before, clientBefore] = [await count(), await clientCpu()];
  await sleep(ms);
  const [after, clientAfter] = [await count(), await clientCpu()];
  stop([client, ...servers.map(([server]) => server)]);
  const each = after.map((now, at) => {
    const was = before[at] as Counted;
    const messages = now.messages - was.messages;
    return { messages, perSecond: (messages * 1000) / (now.atMs - was.atMs), cpuMs: now.cpuMs - was.cpuMs };
  });
  const messages = Math.min(...each.map((one) => one.messages));
  const messagesPerSecond = Math.min(...each.map((one) => one.perSecond));
  const cpuMs = each.reduce((sum, one) => sum + one.cpuMs, clientAfter.cpuMs - clientBefore.cpuMs);
  return {
    messagesPerSecond,
    megabytesPerSecond: (messagesPerSecond * bytes) / 1e6,
    /** What all sides' CPUs took, in microseconds for a message. */
    cpuUs: (cpuMs * 1000) / messages,
  };
}

async function roundTrip(peer: PeerName, bytes: number) {
  const [server, port] = await serve(peer);
  const [client] = await send(peer, [port]);
  await client.ask({ do: "ping", bytes, ms: warmMs });
  const medianUs = await client.ask<number>({ do: "ping", bytes, ms });
  stop([client, server]);
  return { medianUs };
}

function stop(children: readonly Child<Request>[]): void {
  for (const each of children) each.stop();
}

const report = new Report("mesh", asked, { rounds: asked.rounds });

async function table<Sample extends Record<keyof Sample, number>>(
  name: string,
  measure: (peer: PeerName, bytes: number) => Promise<Sample>,
): Promise<void> {
  const rows = asked.sizes.flatMap((bytes) =>
    asked.peers.map((peer) => ({ label: { peer, bytes }, measure: () => measure(peer, bytes) })),
  );
  report.table(name, await compared(name, rows, asked.rounds));
}

const wanted = new Set(asked.only);
if (wanted.has("one-way")) await table("one way", (peer, bytes) => oneWay(peer, bytes, 1));
if (wanted.has("broadcast")) await table("broadcast to two", (peer, bytes) => oneWay(peer, bytes, 2));
if (wanted.has("round-trip")) await table("round trip", roundTrip);
report.end();
