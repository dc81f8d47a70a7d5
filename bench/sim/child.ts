/**
 * One simulation in a process of its own: child.ts WHAT NODES BYTES MS
 * Prints what it measured as a line of JSON.
 */
import { type SimNode, Simulation } from "../../src/sim/index.ts";
import type { World } from "../../src/world/index.ts";

const [what = "", nodeCount = "", bytesEach = "", ms = ""] = process.argv.slice(2);
const realMs = Number(ms);
const PORT = 9;
/** Datagrams before anything counts: code is compiled, and every link has been used. */
const WARM_UP = 100_000;
const IN_FLIGHT = 64;
const GOSSIP_EVERY_MS = 100;
const GOSSIP_PEERS = 3;

export interface Measured {
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

async function gossip(nodes: readonly SimNode[], sim: Simulation, bytes: number): Promise<Measured> {
  let delivered = 0;
  const program = async (world: World, index: number): Promise<void> => {
    const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
    const data = new Uint8Array(bytes);
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

const sim = new Simulation({ seed: 1, link: { latencyMs: 1, jitterMs: 0.5 } });
const nodes = Array.from({ length: Number(nodeCount) }, (_, n) => sim.node(`n${n + 1}`));
const measured = what === "gossip" ? gossip : messages;
console.log(JSON.stringify(await measured(nodes, sim, Number(bytesEach))));
