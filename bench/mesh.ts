/**
 * Links of a mesh beside a bare TCP socket whose messages are gathered by hand, each side in a process of its own, over loopback:
 *
 *     npm run bench -- mesh [--quick] [--json] [--only one-way,round-trip,broadcast] [--rounds N]
 *                           [--sizes 64,1024,…] [--peers mesh,channels,tcp]
 *
 * One way counts what arrived. A broadcast goes to two processes, and is counted once. Machines are shared and noisy: rounds alternate
 * between the peers, and what travels is the ratio of medians.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { PeerName, Request } from "./mesh/child.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    sizes: { type: "string", default: "64,1024,65536" },
    peers: { type: "string", default: "mesh,channels,tcp" },
    only: { type: "string", default: "one-way,round-trip,broadcast" },
  },
});

const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const ms = values.quick ? 500 : 2000;
const warmMs = values.quick ? 1000 : 2000;
const wanted = new Set(values.only.split(","));
const SIZES = values.sizes.split(",").map(Number);
const PEERS = values.peers.split(",") as PeerName[];

const child = fileURLToPath(new URL("./mesh/child.ts", import.meta.url));
const children = new Set<ChildProcess>();

async function start(...words: readonly (string | number)[]): Promise<[ChildProcess, unknown]> {
  const started = fork(child, words.map(String), { execArgv: ["--import", import.meta.resolve("tsx")] });
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

interface Counted {
  readonly messages: number;
  readonly bytes: number;
  readonly atMs: number;
  readonly cpuMs: number;
}

async function oneWay(peer: PeerName, bytes: number, receivers: number) {
  const servers = await Promise.all(Array.from({ length: receivers }, () => start("serve", peer)));
  const ports = servers.map(([, port]) => Number(port));
  const [client] = await start("send", peer, ...ports);
  client.send({ do: "start", bytes } satisfies Request);
  await sleep(warmMs);
  const count = () => Promise.all(servers.map(([server]) => ask<Counted>(server, { do: "count" })));
  const clientCpu = () => ask<{ cpuMs: number }>(client, { do: "count" });
  const [before, clientBefore] = [await count(), await clientCpu()];
  await sleep(ms);
  const [after, clientAfter] = [await count(), await clientCpu()];
  stop(client, ...servers.map(([server]) => server));
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
  const [server, port] = await start("serve", peer);
  const [client] = await start("send", peer, Number(port));
  await ask(client, { do: "ping", bytes, ms: warmMs });
  const medianUs = await ask<number>(client, { do: "ping", bytes, ms });
  stop(client, server);
  return { medianUs };
}

const results: Record<string, unknown[]> = {};

/** One table: each peer in each round, and the medians. */
async function table<T extends Record<keyof T, number>>(
  name: string,
  measure: (peer: PeerName, bytes: number) => Promise<T>,
): Promise<void> {
  const rows = SIZES.flatMap((bytes) => PEERS.map((peer) => ({ peer, bytes, samples: [] as T[] })));
  for (let round = 0; round < rounds; round++) {
    for (const row of rows) row.samples.push(await measure(row.peer, row.bytes));
  }
  results[name] = rows.map(({ peer, bytes, samples }) => {
    const fields = Object.keys(samples[0] as T) as (keyof T)[];
    const medians = fields.map(
      (field) => [field, rounded(median(samples.map((each) => each[field])))] as const,
    );
    return { peer, bytes, ...Object.fromEntries(medians) };
  });
  if (!values.json) {
    console.log(name);
    console.table(results[name]);
  }
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

if (wanted.has("one-way")) await table("one way", (peer, bytes) => oneWay(peer, bytes, 1));
if (wanted.has("broadcast")) await table("broadcast to two", (peer, bytes) => oneWay(peer, bytes, 2));
if (wanted.has("round-trip")) await table("round trip", roundTrip);
if (values.json) console.log(JSON.stringify({ benchmark: "mesh", rounds, results }, null, 2));
