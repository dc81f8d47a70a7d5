/**
 * Groups of three processes over loopback, ours beside JGroups and corosync's cpg:
 *
 *     npm run bench -- group [--quick] [--json] [--only rate,latency] [--rounds N] [--sizes 64,1024,…] [--peers ours,ours-multicast,jgroups,corosync]
 *
 * A rate is what one member delivers while all three send as fast as they may. A latency is one message at a time, from its sending to
 * its delivery at its own sender. Rounds alternate between the peers; what travels is the ratio of medians. JGroups is Debian's
 * 2.12 with its own TCP configuration; it bundles for up to 30 ms, so its latency is also measured without that.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { corosync, type Group, hasCorosync, hasJGroups, jgroups, ours } from "./group/peers.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    sizes: { type: "string", default: "64,1024,65536" },
    only: { type: "string", default: "rate,latency" },
    peers: { type: "string", default: "ours,ours-multicast,jgroups,corosync" },
  },
});

const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const warmMs = values.quick ? 1500 : 4000;
const ms = values.quick ? 1500 : 4000;
const pings = values.quick ? 300 : 2000;
const MEMBERS = 3;
const wanted = new Set(values.only.split(","));
const asked = new Set(values.peers.split(","));
const SIZES = values.sizes.split(",").map(Number);
const folder = mkdtempSync(join(tmpdir(), "coterie-bench-group-"));
const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs));
const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;

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
if (asked.has("ours"))
  for (const [order, guarantee] of OURS)
    peers.push({
      name: `ours, ${order}, ${guarantee}`,
      start: () => ours(folder, MEMBERS, order, guarantee),
    });
if (asked.has("ours-multicast"))
  for (const [order, guarantee] of OURS)
    peers.push({
      name: `ours over IP multicast, ${order}, ${guarantee}`,
      start: () => ours(folder, MEMBERS, order, guarantee, 28_700),
    });
if (asked.has("jgroups") && hasJGroups())
  for (const order of ["total", "fifo"] as const)
    peers.push({ name: `JGroups, ${order}`, start: (bundleMs) => jgroups(folder, MEMBERS, order, bundleMs) });
if (asked.has("corosync") && hasCorosync())
  peers.push({ name: "corosync, total", start: () => corosync(folder, MEMBERS) });
for (const name of ["jgroups", "corosync"])
  if (asked.has(name) && !peers.some((peer) => peer.name.toLowerCase().startsWith(name)))
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

const results: Record<string, unknown[]> = {};

async function table<T extends Record<keyof T, number>>(
  name: string,
  rows: readonly { readonly label: Record<string, string | number>; measure(): Promise<T> }[],
): Promise<void> {
  const seen = rows.map((): T[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [at, row] of rows.entries()) {
      const sample = await row.measure();
      (seen[at] as T[]).push(sample);
      console.error(`${name}, round ${round + 1}:`, JSON.stringify({ ...row.label, ...sample }));
    }
  results[name] = rows.map(({ label }, at) => {
    const samples = seen[at] as T[];
    const fields = Object.keys(samples[0] as T) as (keyof T)[];
    const medians = fields.map(
      (field) => [field, rounded(median(samples.map((each) => each[field])))] as const,
    );
    return { ...label, ...Object.fromEntries(medians) };
  });
  if (values.json) return;
  console.log(name);
  console.table(results[name]);
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

try {
  if (wanted.has("rate"))
    await table(
      "rate",
      SIZES.flatMap((bytes) =>
        peers.map((peer) => ({ label: { peer: peer.name, bytes }, measure: () => rate(peer, bytes) })),
      ),
    );
  if (wanted.has("latency"))
    await table(
      "latency",
      peers.flatMap((peer) =>
        (peer.name.startsWith("JGroups") ? [30, 0] : [0]).map((bundleMs) => ({
          label: { peer: bundleMs > 0 ? `${peer.name}, bundled` : peer.name },
          measure: () => latency(peer, bundleMs),
        })),
      ),
    );
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
