/**
 * The replicated log, and the safe messages of a group, which stand on such a log, beside etcd: three processes of each, over loopback,
 * with their data on the same disk and every write synced. Needs the Debian packages etcd-server and etcd-client.
 *
 * A client process keeps so many puts under way: over gRPC by hand to etcd's leader; over a port of the mesh to a replica, which appends
 * them to the log, or to a member, which multicasts them with the guarantee `safe` and answers when they are settled. It is the one that
 * leads the log, or another (`-follower`). All keep a map, of which snapshots of ours have everything. Rounds alternate; figures are
 * medians, and what travels is the ratio. `cpuUs` is what the three processes together took of the processors for one put. Beside them
 * stands what the disk itself does: one write of 4 KiB after the other, each synced.
 *
 *     npm run bench -- paxos --quick
 *     npm run bench -- paxos --clients 256 --bytes 4096 --dir /var/tmp
 *     npm run bench -- paxos --bytes 4096 --peers etcd,safe-send,safe-send-follower
 */
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import type { Load, Measured } from "./paxos/child.ts";
import { startEtcd } from "./paxos/etcd.ts";
import { startServers } from "./paxos/servers.ts";
import { buildPrograms } from "./support/build-programs.ts";
import type { Child } from "./support/children.ts";
import { amount, choice, count, counts, options, text } from "./support/options.ts";
import { cpuMsOf } from "./support/process-use.ts";
import { rawSyncs } from "./support/raw-syncs.ts";
import { Report } from "./support/report.ts";
import { samplesOf } from "./support/rounds.ts";
import { scratchFolder } from "./support/scratch.ts";
import { medians, rounded } from "./support/statistics.ts";

const PEERS = ["etcd", "log", "log-follower", "safe-send", "safe-send-follower"] as const;
type PeerName = (typeof PEERS)[number];

const asked = options({
  rounds: count("rounds, whose median counts; one before them warms up", { usual: 5, quick: 1 }),
  seconds: amount("of each measurement", { usual: 4, quick: 1.5 }),
  clients: counts("puts under way", { usual: [1, 16, 256] }),
  bytes: count("bytes of a value", { usual: 100 }),
  peers: choice("what is compared", PEERS),
  dir: text("where the data is, in a folder that is removed afterwards", tmpdir()),
  profile: text("a folder for profiles of our servers' processors"),
});
const folder = scratchFolder("paxos", asked.dir);
const wanted = new Set<PeerName>(asked.peers);

interface Peer {
  readonly name: PeerName;
  readonly client: Child<Load>;
  /** The servers' processes. */
  readonly pids: readonly number[];
}

async function startOurs(
  role: "replica" | "member",
  name: PeerName,
  followerName: PeerName,
): Promise<Peer[]> {
  if (!wanted.has(name) && !wanted.has(followerName)) return [];
  const { processes, leader, follower } = await startServers(role, folder, {
    programs,
    profile: asked.profile,
  });
  const pids = processes.map(({ pid }) => pid);
  return [
    { name, client: leader, pids },
    { name: followerName, client: follower, pids },
  ];
}

async function measure({ client, pids }: Peer, load: Load): Promise<Measured & { readonly cpuUs: number }> {
  const beforeMs = cpuMsOf(pids);
  const measured = await client.ask<Measured>(load);
  return { ...measured, cpuUs: (1000 * (cpuMsOf(pids) - beforeMs)) / measured.puts };
}

const report = new Report("paxos", asked, {
  rounds: asked.rounds,
  "synced writes of 4 KiB a second": Math.round(rawSyncs(folder)),
});
const [server, client] = buildPrograms("bench/paxos/server.ts", "bench/paxos/child.ts");
const programs = { server: pathToFileURL(server), client: pathToFileURL(client) };
const started: Peer[] = wanted.has("etcd")
  ? [{ name: "etcd", ...(await startEtcd(folder, programs.client)) }]
  : [];
started.push(...(await startOurs("replica", "log", "log-follower")));
started.push(...(await startOurs("member", "safe-send", "safe-send-follower")));
const peers = started.filter(({ name }) => wanted.has(name));

for (const inFlight of asked.clients) {
  const load = { inFlight, ms: 1000 * asked.seconds, bytes: asked.bytes };
  const rows = peers.map((peer) => ({
    label: { clients: inFlight, name: peer.name },
    measure: () => measure(peer, load),
  }));
  await samplesOf("warming up", rows, 1);
  const measured = (await samplesOf("puts", rows, asked.rounds)).map((samples) => medians(samples));
  const etcd = measured[peers.findIndex(({ name }) => name === "etcd")]?.perSecond;
  report.table(
    `puts of ${asked.bytes} bytes, ${inFlight} under way`,
    rows.map(({ label }, at) => {
      const { perSecond, p50Us, p99Us, cpuUs } = measured[at] as (typeof measured)[number];
      const overEtcd = etcd === undefined ? {} : { overEtcd: rounded(perSecond / etcd) };
      return { ...label, perSecond, p50Us, p99Us, cpuUs, ...overEtcd };
    }),
  );
}
report.end();
process.exit(0);
