/**
 * `npm run soak -- NAME`: the whole of what CI runs a slice of. Each entry is the very same test with more seeds,
 * messages or rounds; docs/verification.md records what the last whole run of each gave.
 */
import { spawnSync } from "node:child_process";
import { cpus, type as osType, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

interface Soak {
  readonly what: string;
  /** Test files, as vitest filters them. */
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const million = String(1_000_000);

const soaks: Readonly<Record<string, Soak>> = {
  xdr: {
    what: "a million mutated XDR messages, and random values through every decoder",
    files: ["test/fuzz/xdr.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_XDR_MUTATIONS: million },
  },
  idl: { what: "100,000 mutated .x files", files: ["test/fuzz/idl.test.ts"], env: { COTERIE_SOAK: "1" } },
  rpcgen: {
    what: "2,000 random values of every rpcsvc type against rpcgen's C, both ways",
    files: ["test/peers/rpcgen.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  "rpc-fuzz": {
    what: "a million mutated RPC messages and record streams, into server and client",
    files: ["src/rpc/fuzz.test.ts"],
    env: { COTERIE_FUZZ: million },
  },
  "channel-fuzz": {
    what: "a million mutated and forged packets at live endpoints, of every kind of security",
    files: ["src/channel/fuzz.test.ts"],
    env: { COTERIE_FUZZ: million },
  },
  "channel-crash": {
    what: "2,000 seeds of channels whose sides crash and restart under traffic",
    files: ["src/channel/endpoint-crash.test.ts"],
    env: { COTERIE_SEEDS: "2000" },
  },
  "channel-session": {
    what: "10,000 seeds of one session over networks drawn at random, against the reliable channel",
    files: ["src/channel/connection/any-network.test.ts"],
    env: { COTERIE_SEEDS: "10000" },
  },
  "nfs-fuzz": {
    what: "a million mutated calls of every NFS and MOUNT procedure",
    files: ["src/files/nfs/fuzz.test.ts"],
    env: { COTERIE_FUZZ: million },
  },
  "at-most-once": {
    what: "2,000 seeds of at-most-once calls under loss, duplication, reordering and resets",
    files: ["src/rpc/at-most-once.test.ts"],
    env: { COTERIE_SEEDS: "2000" },
  },
  "mesh-fuzz": {
    what: "100,000 connections of a stranger who says mutated frames to a mesh",
    files: ["src/channel/mesh/fuzz.test.ts"],
    env: { COTERIE_FUZZ: "100000" },
  },
  "mesh-crossing": {
    what: "10,000 seeds of two processes that connect to each other at the same moment",
    files: ["src/channel/mesh/crossing.test.ts"],
    env: { COTERIE_SEEDS: "10000" },
  },
  "mesh-faults": {
    what: "500 seeds of three meshes under crashes, pauses and cuts, against the spec of their links",
    files: ["src/channel/mesh/faults.test.ts"],
    env: { COTERIE_SEEDS: "500" },
  },
  "ip-multicast": {
    what: "500 seeds of groups whose mesh multicasts, under faults of members and datagrams, against their spec",
    files: ["src/group/ip-multicast.test.ts"],
    env: { COTERIE_SEEDS: "500" },
  },
  mailbox: {
    what: "2,000 seeds of mail against its spec, over severed and over real channels",
    files: ["src/channel/mailbox/run.test.ts"],
    env: { COTERIE_SEEDS: "2000" },
  },
  "mailbox-scenario": {
    what: "10,000 seeds of mailboxes under every fault, against their spec",
    files: ["test/simulation/mailbox.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "10000" },
  },
  "mailbox-fuzz": {
    what: "a million frames of mail, likely ones and damaged ones, at both sides of a session",
    files: ["src/channel/mailbox/fuzz.test.ts"],
    env: { COTERIE_FUZZ: million },
  },
  store: {
    what: "5,000 seeds of stores against a naive oracle, with crashes and failing disks",
    files: ["src/sim/store.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  "store-views": {
    what: "3,000 seeds of views of simulated stores, and 1,200 of real ones, against copies",
    files: ["src/sim/store-view.test.ts", "src/node/store-view.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  layers: {
    what: "3,000 seeds of snapshots and clones of a store against copies, with crashes and failing disks, and 2,000 of a volume's",
    files: ["src/files/layers/model.test.ts", "src/files/volume/layered-volume.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  volume: {
    what: "random operations on a volume against a naive file system, at length",
    files: ["src/files/volume/model.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  "replicated-volume": {
    what: "5,000 seeds of a replicated volume under every fault it must stand, against a model of its directory",
    files: ["test/simulation/volume.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "5000" },
  },
  "volume-crash": {
    what: "5,000 simulated kills of a volume; everything acknowledged must be there",
    files: ["src/files/volume/crash.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SEEDS: "5000" },
  },
  client: {
    what: "the NFS client's write-back and crash tests, thousands of seeds",
    files: ["src/files/client/crash.test.ts", "src/files/client/write-back.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_ROUNDS: "2000" },
  },
  "cell-client": {
    what: "500 seeds of clients of a cell whose nodes die, stop and are cut off: names once, files whole",
    files: ["src/files/client/cell.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  transfer: {
    what: "file transfers with bits that flip everywhere, crashes and bad networks: 10,000 seeds of each",
    files: [
      "src/channel/transfer/end-to-end.test.ts",
      "src/channel/transfer/crash.test.ts",
      "src/cli/transfer/simulated.test.ts",
    ],
    env: { COTERIE_SEEDS: "10000" },
  },
  complaints: {
    what: "what users of other NFS servers complain of, a thousand seeds",
    files: ["src/files/nfs/complaints.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  libnfs: {
    what: "a tree with node_modules through libnfs, with kills",
    files: ["test/peers/libnfs.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  group: {
    what: "20,000 seeds of groups under every fault, against their spec",
    files: ["test/simulation/group.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "20000" },
  },
  "group-views": {
    what: "20,000 seeds of view changes of groups, with faults at their steps, against their spec",
    files: ["test/simulation/group-views.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "20000" },
  },
  "group-swim": {
    what: "1,000 seeds of groups of 17 with the detector for large ones, against the spec of groups",
    files: ["test/simulation/group-swim.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "1000" },
  },
  safe: {
    what: "10,000 seeds of safe messages of groups under every fault, against their ledger",
    files: ["test/simulation/safe.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "10000" },
  },
  channel: {
    what: "10,000 seeds of channels under every fault, against their spec",
    files: ["test/simulation/channel.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "10000" },
  },
  paxos: {
    what: "20,000 seeds of a replicated log under every fault it must stand, against its spec",
    files: ["test/simulation/paxos.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "20000" },
  },
  "paxos-core": {
    what: "20,000 seeds of each kind of cluster of bare replicas, over a network that keeps no promise",
    files: ["src/paxos/replica-cluster.test.ts"],
    env: { COTERIE_SEEDS: "20000" },
  },
  plants: {
    what: "every bug that was planted in logs, groups and volumes: found, and its run made small",
    files: [
      "group-plants",
      "paxos-plants",
      "safe-plants",
      "shared-plants",
      "volume-plants",
      "plant-scenarios",
    ].map((name) => `test/simulation/${name}.test.ts`),
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "500" },
  },
  shared: {
    what: "10,000 seeds of shared objects of groups under every fault, against honest copies",
    files: ["test/simulation/shared.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SIM_SEEDS: "10000" },
  },
  "group-processes": {
    what: "ten minutes of five real processes of a group that are killed, stopped and cut off, against its spec",
    files: ["test/scenario/group-processes.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  "group-quiet": {
    what: "an hour of five real processes of a group on a busy machine: nobody is suspected",
    files: ["test/scenario/group-quiet.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  "cell-nemesis": {
    what: "twenty minutes of three real nodes that are killed, stopped and cut off, their clients' histories held against one directory; and all killed at once, twenty times",
    files: ["test/scenario/cell-nemesis"],
    env: { COTERIE_SOAK: "1" },
  },
  "node-versions": {
    what: "twenty traces on this Node.js and on the newest, which npm brings",
    files: ["test/simulation/node-versions.test.ts"],
    env: { COTERIE_SOAK: "1" },
  },
  power: {
    what: "4,000 images of what a loss of power may leave of a store's files",
    files: ["src/node/store-power.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_SEEDS: "50" },
  },
  kill: {
    what: "200 rounds of kill -9 of a real node under acknowledged writes",
    files: ["test/scenario/kill.test.ts"],
    env: { COTERIE_SOAK: "1", COTERIE_ROUNDS: "200" },
  },
};

function usage(): never {
  const width = Math.max(...Object.keys(soaks).map((name) => name.length));
  const lines = Object.entries(soaks).map(([name, { what }]) => `  ${name.padEnd(width)}  ${what}`);
  console.error(`usage: npm run soak -- NAME…|all\n\n${lines.join("\n")}`);
  process.exit(2);
}

/** Runs one; true when it passed. The environment of the caller wins, so a seed or a count can be given. */
function run(name: string, soak: Soak): boolean {
  console.log(`soak ${name}: ${soak.what}`);
  const startedMs = performance.now();
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--testTimeout=7200000", ...soak.files],
    {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: "inherit",
      env: { ...soak.env, ...process.env },
    },
  );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`soak ${name}: ${status === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  return status === 0;
}

const asked = process.argv.slice(2);
const names = asked.length === 1 && asked[0] === "all" ? Object.keys(soaks) : asked;
if (names.length === 0 || names.some((name) => soaks[name] === undefined)) usage();
const memoryGiB = (totalmem() / 2 ** 30).toFixed(0);
console.log(
  `Node.js ${process.versions.node}, ${osType()} ${release()}, ${cpus().length} × ${cpus()[0]?.model}, ${memoryGiB} GiB`,
);
const failed = names.filter((name) => !run(name, soaks[name] as Soak));
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
