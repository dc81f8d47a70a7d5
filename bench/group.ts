/**
 * Groups of three processes over loopback, ours beside JGroups and corosync's cpg, where those are installed.
 *
 * A rate is what one member delivers while all three send as fast as they may. A latency is one message at a time, from its sending to
 * its delivery at its own sender. Rounds alternate between the peers; what travels is the ratio of medians. JGroups is Debian's
 * 2.12 with its own TCP configuration; it bundles for up to 30 ms, so its latency is also measured without that.
 *
 *     npm run bench -- group --quick
 *     npm run bench -- group --only rate --sizes 65536 --peers ours,jgroups
 */
import { setTimeout as sleep } from "node:timers/promises";
import { corosync, type Group, hasCorosync, hasJGroups, jgroups, ours } from "./group/peers.ts";
import { choice, count, counts, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { compared } from "./support/rounds.ts";
import { scratchFolder } from "./support/scratch.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 3, quick: 1 }),
  sizes: counts("bytes of a message", { usual: [64, 1024, 65_536] }),
  only: choice("what is measured", ["rate", "latency"]),
  peers: choice("what is compared", ["ours", "ours-multicast", "jgroups", "corosync"]),
});
const { sizes: SIZES } = asked;
const wantedPeers = new Set(asked.peers);
const warmMs = asked.quick ? 1500 : 4000;
const ms = asked.quick ? 1500 : 4000;
const pings = asked.quick ? 300 : 2000;
const MEMBERS = 3;
const folder = scratchFolder("group");

interface Peer {
  readonly name: string;
  start(bundleMs: number): Promise<Group>;
}

const OURS: readonly (readonly [order: string, guarantee: string])[] = [
  ["total", "reliable"],
  ["total", "atomic"],
  ["causal", "reliable"],
  ["fifo", "reliable"],
];

const peers: Peer[] = [];
if (wantedPeers.has("ours"))
  for (const [order, guarantee] of OURS)
    peers.push({
      name: `ours, ${order}, ${guarantee}`,
      start: () => ours(folder, MEMBERS, order, guarantee),
    });
if (wantedPeers.has("ours-multicast"))
  for (const [order, guarantee] of OURS)
    peers.push({
      name: `ours over IP multicast, ${order}, ${guarantee}`,
      start: () => ours(folder, MEMBERS, order, guarantee, true),
    });
if (wantedPeers.has("jgroups") && hasJGroups())
  for (const order of ["total", "fifo"] as const)
    peers.push({ name: `JGroups, ${order}`, start: (bundleMs) => jgroups(folder, MEMBERS, order, bundleMs) });
if (wantedPeers.has("corosync") && hasCorosync())
  peers.push({ name: "corosync, total", start: () => corosync(folder, MEMBERS) });
for (const name of ["jgroups", "corosync"] as const)
  if (wantedPeers.has(name) && !peers.some((peer) => peer.name.toLowerCase().startsWith(name)))
    console.error(
      `${name} is left out: install ${name === "jgroups" ? "libjgroups-java and a JDK" : "corosync and libcpg-dev, and be root"}`,
    );

async function rate(
  peer: Peer,
  bytes: number,
): Promise<{ messagesPerSecond: number; megabytesPerSecond: number }> {
  const group = await peer.start(30);
  try {
    for (const member of group.members) member.say(`start ${bytes}`);
    await sleep(warmMs);
    const last = group.members[MEMBERS - 1] as (typeof group.members)[number];
    const before = await last.ask("count", "count");
    await sleep(ms);
    const after = await last.ask("count", "count");
    const seconds = ((after[2] as number) - (before[2] as number)) / 1e9;
    return {
      messagesPerSecond: ((after[0] as number) - (before[0] as number)) / seconds,
      megabytesPerSecond: ((after[1] as number) - (before[1] as number)) / seconds / 1e6,
    };
  } finally {
    await group.close();
  }
}

async function latency(peer: Peer, bundleMs: number): Promise<{ medianUs: number; p99Us: number }> {
  const group = await peer.start(bundleMs);
  try {
    // Not the oldest member, which is the sequencer.
    const second = group.members[1] as (typeof group.members)[number];
    await second.ask(`ping 64 ${pings}`, "pinged");
    const [medianUs, p99Us] = await second.ask(`ping 64 ${pings}`, "pinged");
    return { medianUs: medianUs as number, p99Us: p99Us as number };
  } finally {
    await group.close();
  }
}

const report = new Report("group", asked, { rounds: asked.rounds });
const wanted = new Set(asked.only);
if (wanted.has("rate")) {
  const rows = SIZES.flatMap((bytes) =>
    peers.map((peer) => ({ label: { peer: peer.name, bytes }, measure: () => rate(peer, bytes) })),
  );
  report.table("rate", await compared("rate", rows, asked.rounds));
}
if (wanted.has("latency")) {
  const rows = peers.flatMap((peer) =>
    (peer.name.startsWith("JGroups") ? [30, 0] : [0]).map((bundleMs) => ({
      label: { peer: bundleMs > 0 ? `${peer.name}, bundled` : peer.name },
      measure: () => latency(peer, bundleMs),
    })),
  );
  report.table("latency", await compared("latency", rows, asked.rounds));
}
report.end();
