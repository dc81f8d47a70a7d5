/** What a scenario does to the network by hand: cuts that overlap, and forged datagrams. */
import { describe, expect, it } from "vitest";
import { bytes, text } from "../world/contract/contract.ts";
import { formatAddress } from "../world/index.ts";
import { type SimNode, Simulation } from "./index.ts";

const PORT = 9;

/** Who hears whom, of three nodes, when everybody sends to everybody. */
async function hearing(sim: Simulation): Promise<() => Promise<string[]>> {
  const heard: string[] = [];
  const sockets = new Map<SimNode, (to: SimNode) => void>();
  for (const node of sim.nodes) {
    const socket = await node.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
    socket.onMessage = (data) => heard.push(`${text(data)}>${node.name}`);
    sockets.set(node, (to) => socket.send(bytes(node.name), { host: to.ip, port: PORT }));
  }
  return async () => {
    heard.length = 0;
    for (const [node, send] of sockets) for (const other of sim.nodes) if (other !== node) send(other);
    await sim.sleep(10);
    return [...heard].sort();
  };
}

const ALL = ["a>b", "a>c", "b>a", "b>c", "c>a", "c>b"];

describe("cuts", () => {
  it("are one-way, partial, or around a node, and heal one by one", async () => {
    const sim = new Simulation({ seed: 1 });
    const [a, b, c] = ["a", "b", "c"].map((name) => sim.node(name)) as [SimNode, SimNode, SimNode];
    await sim.run(async () => {
      const who = await hearing(sim);
      const missing = async () => {
        const heard = await who();
        return ALL.filter((way) => !heard.includes(way));
      };
      expect(await missing()).toEqual([]);
      const oneWay = sim.partition([a], [b], { oneWay: true });
      expect(await missing()).toEqual(["a>b"]);
      const partial = sim.partition([a], [b]);
      const around = sim.isolate([c]);
      expect(await missing()).toEqual(ALL);
      around.heal();
      expect(await missing()).toEqual(["a>b", "b>a"]);
      // The first cut still holds what both had cut.
      partial.heal();
      partial.heal();
      expect(await missing()).toEqual(["a>b"]);
      oneWay.heal();
      expect(await missing()).toEqual([]);
      const deaf = sim.isolate([c], { oneWay: true });
      expect(await missing()).toEqual(["c>a", "c>b"]);
      sim.heal();
      expect(await missing()).toEqual([]);
      // What `heal` has ended ends nothing else any more.
      sim.partition([c], [a], { oneWay: true });
      deaf.heal();
      expect(await missing()).toEqual(["c>a"]);
    });
    expect([...sim.trace.records()].filter(({ kind }) => kind === "fault").length).toBeGreaterThan(10);
  });
});

describe("a forged datagram", () => {
  it("arrives as if another had sent it, over the forger's link", async () => {
    const sim = new Simulation({ seed: 1 });
    const [a, b, mallory] = ["a", "b", "mallory"].map((name) => sim.node(name)) as [
      SimNode,
      SimNode,
      SimNode,
    ];
    await sim.run(async () => {
      const heard: string[] = [];
      const socket = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
      socket.onMessage = (data, from) => heard.push(`${text(data)} from ${formatAddress(from)}`);
      const from = { host: a.ip, port: 7 };
      const to = { host: b.ip, port: PORT };
      sim.network.forge(mallory, from, to, bytes("lies"));
      await sim.sleep(10);
      expect(heard).toEqual(["lies from 10.0.0.1:7"]);
      sim.isolate([mallory]);
      sim.network.forge(mallory, from, to, bytes("more"));
      await sim.sleep(10);
      expect(heard.length).toBe(1);
      expect(() => sim.network.forge(mallory, from, { host: "10.9.9.9", port: 1 }, bytes("x"))).toThrow(
        RangeError,
      );
      expect(() => sim.network.forge(mallory, from, to, new Uint8Array(65_508))).toThrow(RangeError);
    });
    expect(sim.trace.text()).toContain(" mallory udp 10.0.0.1:7>10.0.0.2:9 forged sent, 4b ");
  });
});
