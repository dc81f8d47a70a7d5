/** A busy scenario, whole: what one seed does it does again, to the last line of the trace. */
import { describe, expect, it } from "vitest";
import { bytes, pattern, text } from "../world/contract/contract.ts";
import { type DatagramSocket, type Store, type Stream, sleep, type World } from "../world/index.ts";
import { type Router, type SimNode, Simulation } from "./index.ts";

const PORT = 2049;
const GROUP = { host: "239.1.2.3", port: 5000 };

/** Stores what it is sent over streams, echoes datagrams, and beats to a multicast group; at each start anew. */
async function replica(world: World): Promise<void> {
  const store = await world.storage.open("data");
  const boots = Number(text(store.get(bytes("boots"))) ?? "0") + 1;
  store.apply([{ key: bytes("boots"), value: bytes(`${boots}`) }]);
  await store.sync();
  world.log.info("up", { boots, monotonicMs: world.clock.monotonicMs() });
  const echo = await world.net.datagram({ bind: { host: "0.0.0.0", port: 7 } });
  echo.onMessage = (data, from) => echo.send(data, from);
  const group = await world.net.datagram({ bind: { host: "0.0.0.0", port: GROUP.port }, reuse: true });
  group.join(GROUP.host);
  await world.net.listen({
    bind: { host: "0.0.0.0", port: PORT },
    onStream: (stream) => accept(stream, store),
  });
  void beat(world, group);
}

function accept(stream: Stream, store: Store): void {
  stream.onData = (chunk) => {
    store.apply([{ key: chunk.slice(0, 8), value: chunk }]);
    store.sync().then(
      () => stream.write(Uint8Array.of(chunk.length & 0xff)),
      () => stream.destroy(),
    );
  };
  stream.onEnd = () => stream.end();
}

async function beat(world: World, socket: DatagramSocket): Promise<void> {
  for (;;) {
    socket.send(world.random.bytes(8), GROUP);
    await sleep(world.timers, 50 + (world.random.uint32() % 20));
  }
}

/** Connects, writes, and connects again when that breaks. */
async function writer(world: World, servers: readonly SimNode[]): Promise<never> {
  for (let round = 0; ; round++) {
    const server = servers[world.random.uint32() % servers.length] as SimNode;
    try {
      const stream = await world.net.connect({ to: { host: server.ip, port: PORT }, timeoutMs: 500 });
      await new Promise<void>((resolve) => {
        let left = 20;
        stream.onData = () => (left-- > 0 ? void stream.write(world.random.bytes(64 + left)) : stream.end());
        stream.onClose = () => resolve();
        stream.write(pattern(200, round));
      });
    } catch (error) {
      world.log.warn("connect", { code: (error as { code?: string }).code });
    }
    await sleep(world.timers, 10);
  }
}

async function pinger(world: World, servers: readonly SimNode[]): Promise<never> {
  const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
  socket.onMessage = (data, from) => world.log.debug("pong", { from: from.host, length: data.length });
  for (;;) {
    for (const server of servers) socket.send(world.random.bytes(100), { host: server.ip, port: 7 });
    await sleep(world.timers, 15);
  }
}

/** More than a queue, a packet or a paused node's buffer holds. */
async function flooder(world: World, servers: readonly SimNode[]): Promise<never> {
  const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 }, multicastHops: 2 });
  for (;;) {
    for (let i = 0; i < 20; i++) {
      const server = servers[world.random.uint32() % servers.length] as SimNode;
      socket.send(world.random.bytes(world.random.uint32() % 1600), { host: server.ip, port: 7 });
    }
    socket.send(world.random.bytes(10), GROUP);
    await sleep(world.timers, 20);
  }
}

/** Servers behind a switch, clients on a bus, a router between them; clocks that err and disks that do damage. */
async function busy(seed: number): Promise<Simulation> {
  const link = { loss: 0.05, duplicate: 0.03, reorder: 0.1, corrupt: 0.02, reset: 0.001, jitterMs: 1 };
  const disk = { ioError: 0.01, corruptWrite: 0.01, corruptRead: 0.5, bytesPerSecond: 1e7 };
  const clock = { readJitterMs: 0.01 };
  const sim = new Simulation({ seed, link, disk, clock, streamTimeoutMs: 1000 });
  const rack = sim.network.lan("rack", { bandwidthBps: 1e8, queueBytes: 10_000 });
  const office = sim.network.lan("office", { kind: "bus", bandwidthBps: 1e7, mtuBytes: 1500 });
  const router = sim.network.router("router", [rack, office], { multicast: true });
  const servers = ["a", "b", "c"].map((name, n) =>
    sim.node(name, { lan: rack, clock: { driftPpm: 100 * n, offsetMs: n } }),
  );
  const clients = ["d", "e"].map((name) => sim.node(name, { lan: office }));
  const others = ["f", "g"].map((name) => sim.node(name, { lan: office })) as [SimNode, SimNode];
  await sim.run(
    async () => {
      for (const server of servers) void server.start(boot);
      await sim.sleep(5);
      for (const client of clients) void client.start((world) => writer(world, servers));
      void others[0].start((world) => pinger(world, servers));
      void others[1].start((world) => flooder(world, servers));
      for (let round = 0; round < 40; round++) {
        await sim.sleep(sim.random.below(200));
        disturb(sim, servers, [...clients, ...others], router);
      }
      for (const node of sim.nodes) if (node.isPaused) node.resume();
      router.up();
      sim.heal();
      await sim.sleep(500);
    },
    { limitMs: 60_000 },
  );
  return sim;
}

/** A server whose disk fails while it starts tries again, as an operator would. */
async function boot(world: World): Promise<void> {
  try {
    await replica(world);
  } catch (error) {
    world.log.error("start failed", { code: (error as { code?: string }).code });
  }
}

function disturb(
  sim: Simulation,
  servers: readonly SimNode[],
  clients: readonly SimNode[],
  router: Router,
): void {
  const victim = servers[sim.random.below(servers.length)] as SimNode;
  switch (sim.random.below(11)) {
    case 0:
    case 10:
      if (victim.isUp) victim.crash({ power: sim.random.chance(0.5) });
      break;
    case 1:
      for (const server of servers) {
        if (!server.isUp) void server.restart({ freshDisk: sim.random.chance(0.2) });
        if (server.isPaused) server.resume();
      }
      break;
    case 2:
      sim.partition([victim], [...clients], { oneWay: sim.random.chance(0.5) });
      break;
    case 3:
      sim.heal();
      break;
    case 4:
      if (victim.isUp && !victim.isPaused) victim.pause();
      break;
    case 5:
      victim.clock.step(sim.random.below(2000) - 1000);
      victim.clock.set({ driftPpm: sim.random.below(1000) - 500 });
      break;
    case 6:
      victim.disk.corrupt();
      break;
    case 7:
      victim.disk.set({ syncMs: sim.random.below(20) });
      break;
    case 8:
      if (router.isUp) router.down();
      else router.up();
      break;
    default:
      sim.network.breakStreams(victim, clients[0] as SimNode);
  }
}

describe("a busy scenario", () => {
  it("does the same from the same seed, line by line, and something else from another", async () => {
    const traces = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const [first, second] = [await busy(seed), await busy(seed)];
      expect(first.trace.length).toBeGreaterThan(1000);
      expect(second.trace.text()).toBe(first.trace.text());
      expect(second.trace.digest()).toBe(first.trace.digest());
      traces.add(first.trace.digest());
    }
    expect(traces.size).toBe(3);
  });

  it("meets every fault it asks for", async () => {
    const sims: Simulation[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) sims.push(await busy(seed));
    const seen = sims.map((sim) => sim.trace.text()).join("");
    const signs = [
      " lost,",
      " again,",
      " corrupted",
      " cut off,",
      "held by a partition",
      " broken",
      "received reset",
      "crash: of un-synced",
      "power failure",
      "start 2",
      "failed STORE_IO",
      "durable to batch",
      "connect lost",
      " refused",
      ">239.1.2.3:5000 received",
      "log info up",
      " no route,",
      " too large,",
      " queue full,",
      " buffer full,",
      " too late ",
      " pause\n",
      " resume\n",
      "clock step",
      'clock {"driftPpm"',
      "damages store data",
      "damages a write",
      "damages a read",
      "disk lost",
      "router router down",
    ];
    expect(signs.filter((sign) => !seen.includes(sign))).toEqual([]);
  });

  it("does what it did before, on every version of Node.js: kept seeds would mean nothing otherwise", async () => {
    const sim = await busy(7);
    // Changes only when the simulated world does; say so in the change log.
    expect(sim.trace.digest()).toBe("20121b69054a7aea8312080bacc4c0cb6d3a22ea8c6ef382243caade9d3ede1d");
  });

  it("adds a consumer of randomness without shifting what the others draw", async () => {
    const draw = async (extra: boolean): Promise<readonly number[]> => {
      const sim = new Simulation({ seed: 9 });
      const a = sim.node("a");
      if (extra) sim.node("extra").world.random.uint32();
      return [a.world.random.uint32(), a.world.random.uint32(), sim.random.uint32()];
    };
    expect(await draw(true)).toEqual(await draw(false));
  });
});
