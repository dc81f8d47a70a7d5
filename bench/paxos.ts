/**
 * The replicated log beside etcd: three members of each, every process by itself, over loopback, with their data on the same disk and
 * every write synced. Needs the Debian packages etcd-server and etcd-client.
 *
 * A client process keeps so many puts under way, to the leader: over gRPC by hand to etcd, over a port of the mesh to a process that
 * appends them to its replica of ours. Rounds alternate; figures are medians, and what travels is the ratio. Beside them stands what
 * the disk itself does: one write of 4 KiB after the other, each synced.
 *
 *     npm run bench -- paxos --quick
 *     npm run bench -- paxos --clients 256 --bytes 4096 --dir /var/tmp
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogStatus } from "../src/paxos/index.ts";
import type { Load, Measured } from "./paxos/child.ts";
import { startEtcd } from "./paxos/etcd.ts";
import { type Child, startChild } from "./support/children.ts";
import { count, counts, options, text } from "./support/options.ts";
import { freePorts } from "./support/ports.ts";
import { rawSyncs } from "./support/raw-syncs.ts";
import { Report } from "./support/report.ts";
import { samplesOf } from "./support/rounds.ts";
import { scratchFolder } from "./support/scratch.ts";
import { medians, rounded } from "./support/statistics.ts";
import { until } from "./support/until.ts";

const asked = options({
  rounds: count("rounds, whose median counts; one before them warms up", { usual: 5, quick: 1 }),
  clients: counts("puts under way", { usual: [1, 16, 256] }),
  bytes: count("bytes of a value", { usual: 100 }),
  dir: text("where the data is, in a folder that is removed afterwards", tmpdir()),
});
const ms = asked.quick ? 1500 : 4000;
const folder = scratchFolder("paxos", asked.dir);
const names = ["m1", "m2", "m3"];
const program = new URL("./paxos/child.ts", import.meta.url);
const client = async (name: string, port: number) =>
  (await startChild<Load>(program, ["client", name, "", port]))[0];

/** Starts three replicas; gives a client of the leader and one of another. */
async function startCoterie(): Promise<{ leader: Child<Load>; other: Child<Load> }> {
  const ports = await freePorts(3);
  const at = names.map((name, i) => ({ name, port: ports[i] as number }));
  const replicas = await Promise.all(
    at.map(({ name, port }) => {
      const peers = at.filter((peer) => peer.name !== name);
      const words = ["replica", name, join(folder, name), port, JSON.stringify(peers)];
      return startChild<"status">(program, words);
    }),
  );
  const asksFirst = async () => {
    const status = await replicas[0]?.[0].ask<LogStatus>("status");
    return status?.isServing ? at.find(({ name }) => name === status.leader) : undefined;
  };
  const leader = await until(asksFirst, { what: "a leader of the log" });
  const other = at.find((each) => each !== leader) as typeof leader;
  return {
    leader: await client(leader.name, leader.port),
    other: await client(other.name, other.port),
  };
}

const report = new Report("paxos", asked, {
  rounds: asked.rounds,
  "synced writes of 4 KiB a second": Math.round(rawSyncs(folder)),
});
const ours = await startCoterie();
const peers = {
  etcd: (await startEtcd(folder)).client,
  coterie: ours.leader,
  "coterie, to a follower": ours.other,
};

for (const inFlight of asked.clients) {
  const load = { inFlight, ms, bytes: asked.bytes };
  const rows = Object.entries(peers).map(([name, peer]) => ({
    label: { clients: inFlight, name },
    measure: () => peer.ask<Measured>(load),
  }));
  await samplesOf("warming up", rows, 1);
  const measured = (await samplesOf("puts", rows, asked.rounds)).map((samples) => medians(samples));
  const etcdPerSecond = measured[0]?.perSecond ?? Number.NaN;
  report.table(
    `puts of ${asked.bytes} bytes, ${inFlight} under way`,
    rows.map(({ label }, at) => {
      const { perSecond, p50Us, p99Us } = measured[at] as Measured;
      return { ...label, perSecond, p50Us, p99Us, overEtcd: rounded(perSecond / etcdPerSecond) };
    }),
  );
}
report.end();
process.exit(0);
