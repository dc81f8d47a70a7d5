/**
 * ONC RPC against grpc-js and against bare sockets, on one machine and in one run:
 *   npx tsx bench/rpc.ts [--json] [--rounds N] [--seconds S] [--peers a,b] [--in-flight 1,64] [--operations null,echo] [--pin]
 *
 * Client and server are processes of their own. Machines are shared and noisy, so rounds alternate between the peers
 * and what counts is the ratio of their medians. `--pin` puts client and server on one CPU, where a call at a time
 * is fastest.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Operation, type PeerName, peers } from "./rpc/peers.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    peers: { type: "string", default: Object.keys(peers).join(",") },
    "in-flight": { type: "string", default: "1,64" },
    operations: { type: "string", default: "null,echo" },
    pin: { type: "boolean", default: false },
  },
});

const child = fileURLToPath(new URL("./rpc/child.ts", import.meta.url));
const nodeArguments = ["--import", import.meta.resolve("tsx"), child];
const pin = values.pin ? ["taskset", "-c", "0"] : [];
const names = values.peers.split(",") as PeerName[];

interface Line {
  readonly peer: PeerName;
  readonly operation: Operation;
  readonly inFlight: number;
  readonly callsPerSecond: number[];
  readonly medianUs: number[];
}

function command(args: readonly string[]): [string, string[]] {
  const [program, ...rest] = [...pin, process.execPath, ...nodeArguments, ...args];
  return [program as string, rest];
}

async function serve(peer: PeerName): Promise<{ port: number; process: ChildProcess }> {
  const server = spawn(...command(["serve", peer]), { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { port: Number(line.toString()), process: server };
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

const lines: Line[] = [];
for (const operation of values.operations.split(",") as Operation[]) {
  for (const inFlight of values["in-flight"].split(",").map(Number)) {
    for (const peer of names) lines.push({ peer, operation, inFlight, callsPerSecond: [], medianUs: [] });
  }
}

const servers = new Map<PeerName, { port: number; process: ChildProcess }>();
for (const name of names) servers.set(name, await serve(name));
const milliseconds = String(Number(values.seconds) * 1000);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const line of lines) {
    const port = String(servers.get(line.peer)?.port);
    const args = ["call", line.peer, port, line.operation, String(line.inFlight), milliseconds, "500"];
    const measured = JSON.parse(execFileSync(...command(args)).toString());
    line.callsPerSecond.push(measured.callsPerSecond);
    line.medianUs.push(measured.medianUs);
  }
}
for (const server of servers.values()) server.process.stdin?.end();

const results = lines.map((line) => {
  const transport = line.peer.endsWith("udp") ? "udp" : "tcp";
  const ours = lines.find(
    (other) =>
      other.peer === `coterie-${transport}` &&
      other.operation === line.operation &&
      other.inFlight === line.inFlight,
  );
  return {
    peer: line.peer,
    operation: line.operation,
    inFlight: line.inFlight,
    callsPerSecond: Math.round(median(line.callsPerSecond)),
    medianUs: Number(median(line.medianUs).toFixed(1)),
    /** How many times this peer's rate ours is. */
    oursOverThis: ours && Number((median(ours.callsPerSecond) / median(line.callsPerSecond)).toFixed(2)),
  };
});
if (values.json) console.log(JSON.stringify({ benchmark: "rpc", pinned: values.pin, results }, null, 2));
else console.table(results);
