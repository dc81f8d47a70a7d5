/**
 * ONC RPC against grpc-js and against bare sockets, on one machine and in one run.
 *
 * Client and server are processes of their own. Rounds alternate between the peers, and what counts is the ratio of their medians.
 *
 *     npm run bench -- rpc --quick
 *     npm run bench -- rpc --in-flight 1 --operations null --peers coterie-tcp,raw-tcp --pin
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Operation, type PeerName, peers } from "./rpc/peers.ts";
import { amount, choice, count, counts, flag, options } from "./support/options.ts";
import { Report } from "./support/report.ts";
import { samplesOf } from "./support/rounds.ts";
import { atEnd } from "./support/scratch.ts";
import { median } from "./support/statistics.ts";

const asked = options({
  rounds: count("rounds, whose median counts", { usual: 5, quick: 1 }),
  seconds: amount("how long one measurement takes", { usual: 1.5, quick: 0.5 }),
  peers: choice("what is compared", Object.keys(peers) as PeerName[]),
  "in-flight": counts("calls under way", { usual: [1, 64] }),
  operations: choice<Operation>("what is called", ["null", "echo"]),
  pin: flag("client and server on one CPU, where a call at a time is fastest"),
});

const child = fileURLToPath(new URL("./rpc/child.ts", import.meta.url));
const nodeArguments = ["--import", import.meta.resolve("tsx"), child];
const pin = asked.pin ? ["taskset", "-c", "0"] : [];

interface Row {
  readonly peer: PeerName;
  readonly operation: Operation;
  readonly inFlight: number;
}

interface Measured {
  readonly callsPerSecond: number;
  readonly medianUs: number;
}

function command(args: readonly string[]): [string, string[]] {
  const [program, ...rest] = [...pin, process.execPath, ...nodeArguments, ...args];
  return [program as string, rest];
}

async function serve(peer: PeerName): Promise<number> {
  const server = spawn(...command(["serve", peer]), { stdio: ["pipe", "pipe", "inherit"] });
  atEnd(() => server.kill());
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return Number(line.toString());
}

const rows = asked.operations.flatMap((operation) =>
  asked["in-flight"].flatMap((inFlight) => asked.peers.map((peer): Row => ({ peer, operation, inFlight }))),
);
const report = new Report("rpc", asked, { rounds: asked.rounds, pinned: asked.pin ? "yes" : "no" });
const ports = new Map<PeerName, number>();
for (const name of asked.peers) ports.set(name, await serve(name));
const milliseconds = String(asked.seconds * 1000);

async function measure({ peer, operation, inFlight }: Row): Promise<Measured> {
  const args = ["call", peer, String(ports.get(peer)), operation, String(inFlight), milliseconds, "500"];
  return JSON.parse(execFileSync(...command(args)).toString());
}

const samples = await samplesOf(
  "calls",
  rows.map((row) => ({ label: { ...row }, measure: () => measure(row) })),
  asked.rounds,
);
const callsPerSecond = samples.map((all) => median(all.map((one) => one.callsPerSecond)));

/** How many times this peer's rate ours is, over the same transport. */
function oursOverThis({ peer, operation, inFlight }: Row, perSecond: number): number | undefined {
  const ours = `coterie-${peer.endsWith("udp") ? "udp" : "tcp"}`;
  const at = rows.findIndex(
    (row) => row.peer === ours && row.operation === operation && row.inFlight === inFlight,
  );
  const rate = callsPerSecond[at];
  return rate === undefined ? undefined : Number((rate / perSecond).toFixed(2));
}

report.table(
  "calls",
  rows.map((row, at) => {
    const perSecond = callsPerSecond[at] as number;
    const medianUs = Number(median((samples[at] as Measured[]).map((one) => one.medianUs)).toFixed(1));
    return {
      ...row,
      callsPerSecond: Math.round(perSecond),
      medianUs,
      oursOverThis: oursOverThis(row, perSecond),
    };
  }),
);
report.end();
process.exit(0);
