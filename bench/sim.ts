/**
 * How fast simulated worlds run, with the trace and its digest on:
 *
 *     npm run bench -- sim [--json] [--quick] [--seconds S] [--rounds N]
 *
 * `messages`: eight nodes keep 64 datagrams each under way; a synchronous handler answers each with the next one.
 * `gossip`: each node sends 200 bytes to three others, drawn anew, every 100 ms; in one process, and in two at once,
 * whose figures are added.
 *
 * What is told: datagrams delivered in a second of real time, and in a second of the processor's, which other people's
 * load changes less; simulated hours in a minute of real time. Each line is a process of its own, for `--seconds` (2);
 * what counts is the median of the rounds (3). `--quick` takes one round of half a second.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type SimNode, Simulation } from "../src/sim/index.ts";
import type { World } from "../src/world/index.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    seconds: { type: "string" },
    rounds: { type: "string" },
    /** Set for the processes that measure: the name of what. */
    measure: { type: "string" },
    nodes: { type: "string", default: "8" },
    bytes: { type: "string", default: "64" },
  },
});

const realMs = Number(values.seconds ?? (values.quick ? 0.5 : 2)) * 1000;
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
if (!(realMs > 0)) throw new RangeError(`--seconds ${values.seconds}: expected a number above 0`);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds ${values.rounds}: expected a count`);

const PORT = 9;
/** Datagrams before anything counts: code is compiled, and every link has been used. */
const WARM_UP = 100_000;
const IN_FLIGHT = 64;
const GOSSIP_EVERY_MS = 100;
const GOSSIP_PEERS = 3;
const GOSSIP_BYTES = 200;

interface Measured {
  readonly virtualMs: number;
  readonly delivered: number;
  readonly realMs: number;
  readonly cpuMs: number;
  readonly digest: string;
}

/** Runs slices of virtual time until so much real time has passed. */
async function measure(sim: Simulation, sliceMs: number, delivered: () => number): Promise<Measured> {
  const slice = () => sim.run(() => sim.sleep(sliceMs), { limitMs: sliceMs + 1 });
  while (delivered() < WARM_UP) await slice();
  const [beganMs, virtualMs, before] = [performance.now(), sim.nowMs, delivered()];
  const cpu = process.cpuUsage();
  while (performance.now() - beganMs < realMs) await slice();
  const { user, system } = process.cpuUsage(cpu);
  return {
    realMs: performance.now() - beganMs,
    cpuMs: (user + system) / 1000,
    virtualMs: sim.nowMs - virtualMs,
    delivered: delivered() - before,
    digest: sim.trace.digest(),
  };
}

async function messages(nodes: readonly SimNode[], sim: Simulation, bytes: number): Promise<Measured> {
  let delivered = 0;
  await sim.run(async () => {
    for (const [index, node] of nodes.entries()) {
      const socket = await node.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
      const peers = nodes.filter((other) => other !== node).map(({ ip }) => ({ host: ip, port: PORT }));
      const data = new Uint8Array(bytes);
      let at = index;
      const next = (): void => {
        data[0] = at & 0xff;
        socket.send(data, peers[at++ % peers.length] as (typeof peers)[number]);
      };
      socket.onMessage = () => {
        delivered++;
        next();
      };
      for (let i = 0; i < IN_FLIGHT; i++) next();
    }
  });
  return measure(sim, 50, () => delivered);
}

async function gossip(nodes: readonly SimNode[], sim: Simulation): Promise<Measured> {
  let delivered = 0;
  const program = async (world: World, index: number): Promise<void> => {
    const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
    const data = new Uint8Array(GOSSIP_BYTES);
    socket.onMessage = () => {
      delivered++;
    };
    const tell = (): void => {
      for (let i = 0; i < GOSSIP_PEERS; i++) {
        const step = 1 + (world.random.uint32() % (nodes.length - 1));
        const peer = nodes[(index + step) % nodes.length] as SimNode;
        socket.send(data, { host: peer.ip, port: PORT });
      }
      world.timers.after(GOSSIP_EVERY_MS, tell);
    };
    world.timers.after(world.random.uint32() % GOSSIP_EVERY_MS, tell);
  };
  await sim.run(() => Promise.all(nodes.map((node, index) => node.start((world) => program(world, index)))));
  return measure(sim, 10_000 / nodes.length, () => delivered);
}

if (values.measure === undefined) await report();
else {
  const sim = new Simulation({ seed: 1, link: { latencyMs: 1, jitterMs: 0.5 } });
  const nodes = Array.from({ length: Number(values.nodes) }, (_, n) => sim.node(`n${n + 1}`));
  const what = values.measure === "gossip" ? gossip(nodes, sim) : messages(nodes, sim, Number(values.bytes));
  console.log(JSON.stringify(await what));
}

interface Line {
  readonly what: "messages" | "gossip";
  readonly nodes: number;
  readonly bytes: number;
  readonly jobs: number;
}

async function report(): Promise<void> {
  const lines: Line[] = [64, 1200].map((bytes) => ({ what: "messages", nodes: 8, bytes, jobs: 1 }));
  for (const nodes of [3, 10, 100]) {
    for (const jobs of [1, 2]) lines.push({ what: "gossip", nodes, bytes: GOSSIP_BYTES, jobs });
  }
  const measured = lines.map(() => [] as Measured[][]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, line] of lines.entries()) {
      measured[at]?.push(await Promise.all(Array.from({ length: line.jobs }, () => spawned(line))));
    }
  }
  const results = lines.map((line, at) => {
    const all = measured[at] as Measured[][];
    return {
      ...line,
      deliveredPerSecond: Math.round(
        median(all.map((jobs) => sum(jobs, (one) => one.delivered / one.realMs))) * 1000,
      ),
      deliveredPerCpuSecond: Math.round(
        median(all.map((jobs) => sum(jobs, (one) => one.delivered) / sum(jobs, (one) => one.cpuMs))) * 1000,
      ),
      simulatedHoursPerMinute: Number(
        median(all.map((jobs) => sum(jobs, (one) => one.virtualMs / 60 / one.realMs))).toPrecision(3),
      ),
    };
  });
  if (values.json)
    console.log(JSON.stringify({ benchmark: "sim", node: process.version, rounds, results }, null, 2));
  else console.table(results);
}

async function spawned(line: Line): Promise<Measured> {
  const args = ["--measure", line.what, "--nodes", `${line.nodes}`, "--bytes", `${line.bytes}`];
  const node = ["--import", import.meta.resolve("tsx"), fileURLToPath(import.meta.url)];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...node,
    ...args,
    "--seconds",
    `${realMs / 1000}`,
  ]);
  return JSON.parse(stdout);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
}

function sum(jobs: readonly Measured[], of: (one: Measured) => number): number {
  return jobs.reduce((total, one) => total + of(one), 0);
}
