/**
 * The replicated log beside etcd: `npm run bench -- paxos [--quick] [--json] [--clients 1,16,256] [--bytes 100] [--rounds N] [--dir DIR]`.
 *
 * Three members of each, every process by itself, over loopback, with their data on the same disk and every write synced. A client
 * process keeps so many puts under way, to the leader: over gRPC by hand to etcd, over a port of the mesh to a process that appends them to
 * its replica of ours. Rounds alternate; figures are medians, and what travels is the ratio. Beside them stands what the disk
 * itself does: one write of 4 KiB after the other, each synced.
 *
 * Needs the Debian package etcd-server.
 */
import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { LogStatus } from "../src/paxos/index.ts";
import type { Load, Measured } from "./paxos/child.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    clients: { type: "string", default: "1,16,256" },
    bytes: { type: "string", default: "100" },
    rounds: { type: "string" },
    dir: { type: "string", default: tmpdir() },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
const ms = values.quick ? 1500 : 4000;
const bytes = Number(values.bytes);
const folder = mkdtempSync(join(values.dir, "coterie-bench-paxos-"));
const names = ["m1", "m2", "m3"];
const child = fileURLToPath(new URL("./paxos/child.ts", import.meta.url));
const children: ChildProcess[] = [];

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

async function start(...words: string[]): Promise<ChildProcess> {
  const started = fork(child, words, { execArgv: ["--import", import.meta.resolve("tsx")] });
  children.push(started);
  await once(started, "message");
  return started;
}

async function ask<Answer>(whom: ChildProcess, request: object): Promise<Answer> {
  whom.send(request);
  return (await once(whom, "message"))[0] as Answer;
}

const pause = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Starts three replicas; gives a client of the leader and one of another. */
async function startCoterie(): Promise<{ leader: ChildProcess; other: ChildProcess }> {
  const ports = await freePorts(3);
  const at = names.map((name, i) => ({ name, port: ports[i] as number }));
  const replicas = await Promise.all(
    at.map(({ name, port }) => {
      const peers = at.filter((peer) => peer.name !== name);
      return start("replica", name, join(folder, name), String(port), JSON.stringify(peers));
    }),
  );
  for (;;) {
    const status = await ask<LogStatus>(replicas[0] as ChildProcess, {});
    const leader = at.find(({ name }) => name === status.leader);
    const other = at.find(({ name }) => name !== status.leader);
    if (status.isServing && leader !== undefined && other !== undefined) {
      return {
        leader: await start("client", leader.name, "", String(leader.port)),
        other: await start("client", other.name, "", String(other.port)),
      };
    }
    await pause(100);
  }
}

/** Starts three members of etcd; gives a client of the leader. */
async function startEtcd(): Promise<ChildProcess> {
  const peers = await freePorts(3);
  const clients = await freePorts(3);
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
  const cluster = names.map((name, i) => `${name}=${url(peers[i])}`).join(",");
  names.forEach((name, i) => {
    const words = [
      `--name=${name}`,
      `--data-dir=${join(folder, `etcd-${name}`)}`,
      `--listen-peer-urls=${url(peers[i])}`,
      `--initial-advertise-peer-urls=${url(peers[i])}`,
      `--listen-client-urls=${url(clients[i])}`,
      `--advertise-client-urls=${url(clients[i])}`,
      `--initial-cluster=${cluster}`,
      "--initial-cluster-state=new",
      "--logger=zap",
      "--log-level=error",
    ];
    children.push(spawn("etcd", words, { stdio: ["ignore", "ignore", "inherit"] }));
  });
  for (;;) {
    await pause(300);
    for (const port of clients) if (isEtcdLeader(port)) return start("etcd", "", "", String(port));
  }
}

function isEtcdLeader(port: number): boolean {
  try {
    const words = [`--endpoints=127.0.0.1:${port}`, "endpoint", "status", "--write-out=json"];
    const out = execFileSync("etcdctl", words, {
      env: { ...process.env, ETCDCTL_API: "3" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [{ Status }] = JSON.parse(String(out)) as [
      { Status: { leader: number; header: { member_id: number } } },
    ];
    return Status.leader !== 0 && Status.leader === Status.header.member_id;
  } catch {
    return false;
  }
}

/** Synced writes of 4 KiB a second, one after the other. */
function rawSyncs(): number {
  const file = openSync(join(folder, "raw"), "w");
  const block = Buffer.alloc(4096, 7);
  const startedMs = performance.now();
  let count = 0;
  for (; performance.now() < startedMs + 1000; count++) {
    writeSync(file, block, 0, block.length, count * block.length);
    fdatasyncSync(file);
  }
  closeSync(file);
  return (1000 * count) / (performance.now() - startedMs);
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;

function summary(all: readonly Measured[]): Measured {
  const of = (key: keyof Measured) => median(all.map((each) => each[key]));
  return { perSecond: of("perSecond"), p50Us: of("p50Us"), p99Us: of("p99Us") };
}

async function main(): Promise<void> {
  const ours = await startCoterie();
  const etcd = await startEtcd();
  const peers = { etcd, coterie: ours.leader, "coterie, to a follower": ours.other };
  const results: object[] = [];
  console.log(`synced writes of 4 KiB, one after the other: ${rawSyncs().toFixed(0)}/s`);
  for (const inFlight of values.clients.split(",").map(Number)) {
    const measured = new Map<string, Measured[]>(Object.keys(peers).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const [name, peer] of Object.entries(peers)) {
        const result = await ask<Measured>(peer, { inFlight, ms, bytes } satisfies Load);
        // The first round warms up.
        if (round > 0) measured.get(name)?.push(result);
      }
    }
    const base = summary(measured.get("etcd") ?? []).perSecond;
    for (const [name, all] of measured) {
      const { perSecond, p50Us, p99Us } = summary(all);
      results.push({ clients: inFlight, name, perSecond, p50Us, p99Us, ratio: perSecond / base });
      console.log(
        `${String(inFlight).padStart(4)} clients  ${name.padEnd(24)} ${perSecond.toFixed(0).padStart(7)} puts/s` +
          `  p50 ${p50Us.toFixed(0).padStart(6)} µs  p99 ${p99Us.toFixed(0).padStart(6)} µs  ${(perSecond / base).toFixed(2)} × etcd`,
      );
    }
  }
  if (values.json) console.log(JSON.stringify(results));
}

try {
  await main();
} finally {
  for (const each of children) each.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
