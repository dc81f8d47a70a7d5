/**
 * A cell of three nodes beside one node by itself, nfs-ganesha and etcd. Needs root and the Debian packages gcc, libnfs-dev, nfs-ganesha,
 * nfs-ganesha-vfs, rpcbind, iproute2, etcd-server, etcd-client.
 *
 * Every process is by itself, over loopback, with its data on the same disk, and every write is synced before it is acknowledged. `write` is
 * NFS's WRITE of 4 KiB, FILE_SYNC, by so many callers over one connection: to the node that leads the volume's log, and to one that follows.
 * etcd's put of 4 KiB goes to its leader, over gRPC by hand. Each of them has had such writes for `--warmup` seconds before any is measured.
 * Beside them stands what the disk itself does: one write of 4 KiB after the other, each synced. Then come operations of
 * `npm run bench -- nfs`. Rounds alternate; figures are medians, and what travels is the ratio.
 * `cpuUs` is what all the servers' processes together took of the processors for one operation, `writtenBytes` what the disk was given
 * meanwhile, by whoever used it; what they write later, of what is in their logs, is not in it; `residentMb` what the processes hold in memory afterwards;
 * `later` how many answers said "ask again". Of ganesha's operations
 * only `write` is synced. It runs in a network namespace of its own, as it wants rpcbind's port.
 *
 *     npm run bench -- cell --quick
 *     npm run bench -- cell --callers 64 --only none --dir /var/tmp
 *     npm run bench -- cell --callers 64 --only none --peers leader --profile /tmp/profiles
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_PROGRAM, SINGLE_PROGRAM, startCell, startSingle } from "./cell/servers.ts";
import { buildGenerator, type Measurement, runGenerator } from "./nfs/generator.ts";
import { Namespace, startGanesha } from "./nfs/peers.ts";
import type { Measured } from "./paxos/child.ts";
import { type Etcd, startEtcd } from "./paxos/etcd.ts";
import { buildPrograms } from "./support/build-programs.ts";
import { diskBytesWritten } from "./support/disk-use.ts";
import { amount, choice, counts, options, text } from "./support/options.ts";
import { cpuMsOf, residentBytesOf, settled } from "./support/process-use.ts";
import { rawSyncs } from "./support/raw-syncs.ts";
import { Report } from "./support/report.ts";
import { samplesOf } from "./support/rounds.ts";
import { scratchFolder } from "./support/scratch.ts";
import { medians, rounded } from "./support/statistics.ts";

const OPERATIONS = [
  ...["null", "getattr", "lookup", "read4k", "create", "rename", "remove"],
  ...["write4k-unstable", "read1m", "write1m"],
] as const;
const PEERS = ["etcd", "ganesha", "single", "leader", "follower"] as const;
type Peer = (typeof PEERS)[number];

const asked = options({
  callers: counts("callers that write at once", { usual: [1, 16, 64] }),
  only: choice("other operations", [...OPERATIONS, "none"] as const, OPERATIONS),
  peers: choice("what is compared", PEERS),
  seconds: amount("of each measurement", { usual: 3, quick: 0.5 }),
  warmup: amount("seconds of the same load at each peer, before any is measured", { usual: 4, quick: 0.5 }),
  dir: text("where the data is, in a folder that is removed afterwards", tmpdir()),
  profile: text("a folder for profiles of the nodes' processors"),
});
const rounds = asked.quick ? 1 : 3;
const BYTES = 4096;
/** Most operations are made for a quarter of the time before they are counted. */
const WARMED = 1.25;
const folder = scratchFolder("cell", asked.dir);
const wanted = new Set<Peer>(asked.peers);

interface Figures {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** What all the servers' processes took for one operation, and the disk was written; not a number where there is none. */
  readonly cpuUs: number;
  readonly writtenBytes: number;
  /** What all the servers' processes hold in memory afterwards, in MB. */
  readonly residentMb: number;
  /** Answers that said "ask again", of all calls. */
  readonly later: number;
}

/** One operation by so many callers, for so many seconds. */
type Measure = (operation: string, callers: number, seconds: number) => Promise<Figures>;

/** From now on: what each of so many operations takes of the processors and the disk. */
function useOf(
  pids: readonly number[],
): (operations: number) => Omit<Figures, "perSecond" | "p50Us" | "p99Us" | "later"> {
  const diskBytes = () => diskBytesWritten(folder) ?? Number.NaN;
  const [beforeMs, beforeBytes] = [cpuMsOf(pids), diskBytes()];
  return (operations) => ({
    cpuUs: (1000 * (cpuMsOf(pids) - beforeMs)) / operations,
    writtenBytes: (diskBytes() - beforeBytes) / operations,
    residentMb: residentBytesOf(pids) / 1e6,
  });
}

/** Where the load generator finds a server. */
interface Place {
  readonly port: number;
  readonly mountPort?: number;
  readonly path?: string;
  /** Where it has to run. */
  readonly namespace?: Namespace;
}

/** What the load generator says of a server; a quarter more than it counts it makes before. */
function generated(
  generator: string,
  { port, mountPort = port, path = "/", namespace }: Place,
  pids: readonly number[],
): Measure {
  const run = (...words: string[]) => {
    const all = [generator, "127.0.0.1", String(port), String(mountPort), path, ...words];
    return runGenerator(namespace?.command(all).flat() ?? all);
  };
  return async (operation, callers, seconds) => {
    await run("1", "1", "0.01", operation);
    await settled(pids);
    const use = useOf(pids);
    const [measured] = await run("1", String(callers), String(seconds), operation);
    const { perSecond, p50Us, p99Us, calls, later } = measured as Measurement;
    return { perSecond, p50Us, p99Us, ...use(calls * WARMED), later };
  };
}

function puts({ client, pids }: Etcd): Measure {
  return async (_, callers, seconds) => {
    await settled(pids);
    const use = useOf(pids);
    const load = { inFlight: callers, ms: 1000 * seconds, bytes: BYTES };
    const { perSecond, p50Us, p99Us } = await client.ask<Measured>(load);
    return { perSecond, p50Us, p99Us, ...use(perSecond * seconds), later: 0 };
  };
}

async function startPeers(): Promise<Map<Peer, Measure>> {
  const [node, alone] = buildPrograms(NODE_PROGRAM, SINGLE_PROGRAM);
  const generator = buildGenerator(folder);
  const peers = new Map<Peer, Measure>();
  if (wanted.has("etcd")) peers.set("etcd", puts(await startEtcd(folder)));
  if (wanted.has("ganesha")) {
    const namespace = new Namespace();
    const { port, mountPort, exports } = await startGanesha(namespace, {
      memory: join(folder, "unused"),
      disk: folder,
    });
    const place = { port, mountPort, path: exports.disk, namespace };
    peers.set("ganesha", generated(generator, place, namespace.pids()));
  }
  if (wanted.has("single")) {
    const { port, pid } = await startSingle(folder, alone);
    peers.set("single", generated(generator, { port }, [pid]));
  }
  if (!wanted.has("leader") && !wanted.has("follower")) return peers;
  const cell = await startCell(folder, node, { profile: asked.profile });
  const leader = await cell.leader();
  const indices = [...cell.addresses.keys()];
  const pids = indices.map((index) => cell.pid(index) as number);
  const at = (index: number) =>
    generated(generator, { port: cell.addresses[index % cell.count]?.port as number }, pids);
  if (wanted.has("leader")) peers.set("leader", at(leader));
  if (wanted.has("follower")) peers.set("follower", at(leader + 1));
  if (asked.profile !== undefined) ended.push(() => Promise.all(indices.map((index) => cell.stop(index))));
  return peers;
}

/** What ends in order when all is measured. */
const ended: (() => Promise<unknown>)[] = [];

async function compare(operation: string, callers: number, peers: Map<Peer, Measure>) {
  const rows = [...peers].map(([peer, measure]) => ({
    label: { operation, callers, peer },
    measure: () => measure(operation, callers, asked.seconds),
  }));
  const samples = await samplesOf(operation, rows, rounds);
  return rows.map(({ label }, at) => ({ ...label, ...medians(samples[at] as Figures[]) }));
}

const report = new Report("cell", asked, {
  rounds,
  "synced writes of 4 KiB a second": Math.round(rawSyncs(folder)),
});
const peers = await startPeers();
// Compilers and caches are as they are in use, the peers' as well as ours.
for (const measure of peers.values()) await measure("write4k-sync", Math.max(...asked.callers), asked.warmup);
for (const callers of asked.callers) {
  const rows = await compare("write4k-sync", callers, peers);
  const etcd = rows.find(({ peer }) => peer === "etcd")?.perSecond ?? Number.NaN;
  report.table(
    `durable writes of 4 KiB, ${callers} at once`,
    rows.map((row) => ({ ...row, overEtcd: rounded(row.perSecond / etcd) })),
  );
}
peers.delete("etcd");
const others = OPERATIONS.filter((operation) => asked.only.includes(operation));
for (const callers of [1, 32]) {
  const rows = [];
  for (const operation of others) rows.push(...(await compare(operation, callers, peers)));
  if (rows.length > 0) report.table(`calls a second, ${callers} at once`, rows);
}
report.end();
for (const end of ended) await end();
process.exit(0);
