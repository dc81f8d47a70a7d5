/** Networks of kinds and the routers between them. Times are exact: nothing is drawn. */
import { describe, expect, it } from "vitest";
import { bytes, codeOf, Gate, text } from "../world/contract/contract.ts";
import type { DatagramSocket, Stream } from "../world/index.ts";
import { type LanOptions, type SimNode, Simulation } from "./index.ts";

const PORT = 9;
const GROUP = { host: "239.1.2.3", port: PORT };
/** A packet of 1000 bytes takes a millisecond. */
const MBPS8 = 8_000_000;
const PACKET = 1000 - 28;

function quiet(): Simulation {
  return new Simulation({ seed: 1, link: { latencyMs: 1, jitterMs: 0 } });
}

interface Heard {
  readonly by: string;
  readonly atMs: number;
  readonly length: number;
}

/** A socket on each node, by name, and what they hear from `startMs` on. */
async function sockets(
  sim: Simulation,
  options: { multicastHops?: number; members?: boolean } = {},
): Promise<{ heard: Heard[]; by: (name: string) => DatagramSocket; start: () => void }> {
  const heard: Heard[] = [];
  let startMs = 0;
  const all = new Map<string, DatagramSocket>();
  for (const node of sim.nodes) {
    const socket = await node.world.net.datagram({
      bind: { host: "0.0.0.0", port: PORT },
      multicastLoopback: false,
      multicastHops: options.multicastHops ?? 1,
      groups: options.members === false ? [] : [GROUP.host],
    });
    socket.onMessage = (data) => {
      heard.push({
        by: node.name,
        atMs: Math.round((sim.nowMs - startMs) * 1e6) / 1e6,
        length: data.length,
      });
    };
    all.set(node.name, socket);
  }
  return {
    heard,
    by: (name) => all.get(name) as DatagramSocket,
    start: () => {
      startMs = sim.nowMs;
    },
  };
}

const at = (node: SimNode) => ({ host: node.ip, port: PORT });
const times = (heard: readonly Heard[]) => heard.map(({ by, atMs }) => `${by} ${atMs}`);

function lanOf(sim: Simulation, options: Partial<LanOptions>, names: readonly string[]): SimNode[] {
  const lan = sim.network.lan(`lan of ${names.join(" ")}`, options);
  return names.map((name) => sim.node(name, { lan }));
}

describe("a bus", () => {
  it("is one medium: what two nodes send at once goes one after the other", async () => {
    const sim = quiet();
    const [a, b, c] = lanOf(sim, { kind: "bus", bandwidthBps: MBPS8 }, ["a", "b", "c"]) as SimNode[];
    await sim.run(async () => {
      const { heard, by, start } = await sockets(sim);
      start();
      by("a").send(new Uint8Array(PACKET), at(c as SimNode));
      by("b").send(new Uint8Array(PACKET), at(a as SimNode));
      by("c").send(new Uint8Array(PACKET), at(b as SimNode));
      await sim.sleep(100);
      expect(times(heard)).toEqual(["c 2", "a 3", "b 4"]);
    });
  });

  it("carries a multicast once for all", async () => {
    const sim = quiet();
    lanOf(sim, { kind: "bus", bandwidthBps: MBPS8 }, ["a", "b", "c"]);
    await sim.run(async () => {
      const { heard, by, start } = await sockets(sim);
      start();
      by("a").send(new Uint8Array(PACKET), GROUP);
      by("b").send(new Uint8Array(PACKET), GROUP);
      await sim.sleep(100);
      expect(times(heard)).toEqual(["b 2", "c 2", "a 3", "c 3"]);
    });
  });
});

describe("a switch", () => {
  it("has a port for each node: ways that share none are apart, and those to one node queue there", async () => {
    const sim = quiet();
    const [a, b, , d] = lanOf(sim, { bandwidthBps: MBPS8 }, ["a", "b", "c", "d"]) as SimNode[];
    await sim.run(async () => {
      const { heard, by, start } = await sockets(sim);
      start();
      by("a").send(new Uint8Array(PACKET), at(b as SimNode));
      by("c").send(new Uint8Array(PACKET), at(d as SimNode));
      await sim.sleep(100);
      // Stored and forwarded: a millisecond up, a millisecond down, and the link's delay.
      expect(times(heard)).toEqual(["b 3", "d 3"]);
      heard.length = 0;
      start();
      by("a").send(new Uint8Array(PACKET), at(d as SimNode));
      by("b").send(new Uint8Array(PACKET), at(d as SimNode));
      by("c").send(new Uint8Array(PACKET), at(a as SimNode));
      await sim.sleep(100);
      expect(times(heard)).toEqual(["d 3", "a 3", "d 4"]);
    });
  });

  it("drops at the tail of the port that is full", async () => {
    const sim = quiet();
    const senders = ["a", "b", "c", "d"];
    lanOf(sim, { bandwidthBps: MBPS8, queueBytes: 2500 }, senders);
    const lan = sim.node("a").lan;
    const sink = sim.node("sink", { lan });
    await sim.run(async () => {
      const { heard, by } = await sockets(sim);
      for (const name of senders) by(name).send(new Uint8Array(PACKET), at(sink));
      await sim.sleep(100);
      expect(heard.length).toBe(2);
      const full = [...sim.trace.records()].filter(({ what }) => what.includes("queue full"));
      expect(full.map(({ kind, peer }) => `${kind} ${peer}`)).toEqual(["drop sink", "drop sink"]);
      expect(sim.network.mesh).not.toBe(lan);
    });
  });

  it("does not keep a port for what is still queued elsewhere", async () => {
    const sim = quiet();
    const slow = sim.network.lan("slow", { bandwidthBps: MBPS8 / 100 });
    const fast = sim.network.lan("fast", { bandwidthBps: MBPS8 });
    sim.network.router("r", [slow, fast]);
    const a = sim.node("a", { lan: slow });
    const b = sim.node("b", { lan: fast });
    const c = sim.node("c", { lan: fast });
    await sim.run(async () => {
      const { heard, by, start } = await sockets(sim);
      start();
      // A hundred milliseconds up and a hundred down to the router, before it comes to the port of b.
      by("a").send(new Uint8Array(PACKET), at(b));
      by("c").send(new Uint8Array(PACKET), at(b));
      await sim.sleep(1000);
      expect(times(heard)).toEqual(["b 3", "b 203"]);
      expect(a.ip).toBe("10.1.0.1");
      expect([b.ip, c.ip]).toEqual(["10.2.0.1", "10.2.0.2"]);
    });
  });

  it("drops packets larger than its own", async () => {
    const sim = quiet();
    const [, b] = lanOf(sim, { mtuBytes: 1500 }, ["a", "b"]) as SimNode[];
    await sim.run(async () => {
      const { heard, by } = await sockets(sim);
      for (const length of [1472, 1473]) by("a").send(new Uint8Array(length), at(b as SimNode));
      await sim.sleep(10);
      expect(heard.map(({ length }) => length)).toEqual([1472]);
      sim.network.setLan(sim.node("a").lan, { mtuBytes: 9000 });
      by("a").send(new Uint8Array(1473), at(b as SimNode));
      await sim.sleep(10);
      expect(heard.map(({ length }) => length)).toEqual([1472, 1473]);
    });
  });
});

describe("a router", () => {
  it("joins networks, and nothing leads from one to another without it", async () => {
    const sim = quiet();
    const home = sim.node("home");
    const lan = sim.network.lan("lan");
    const away = sim.node("away", { lan });
    const router = sim.network.router("r", [sim.network.mesh, lan]);
    await sim.run(async () => {
      await away.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: () => {} });
      const { heard, by } = await sockets(sim);
      const send = async () => {
        heard.length = 0;
        by("home").send(bytes("x"), at(away));
        by("away").send(bytes("x"), at(home));
        await sim.sleep(10);
        return heard.map((one) => one.by).sort();
      };
      expect(await send()).toEqual(["away", "home"]);
      router.down();
      expect(await send()).toEqual([]);
      expect(sim.trace.text()).toContain(" no route, ");
      const attempt = home.world.net.connect({ to: { host: away.ip, port: 80 }, timeoutMs: 3000 });
      expect(await codeOf(attempt)).toBe("NET_UNREACHABLE");
      router.up();
      expect(await send()).toEqual(["away", "home"]);
    });
  });

  it("that is down holds streams as a partition does", async () => {
    const sim = quiet();
    const lan = sim.network.lan("lan");
    const [a, b] = [sim.node("a"), sim.node("b", { lan })];
    const router = sim.network.router("r", [sim.network.mesh, lan]);
    await sim.run(async () => {
      const accepted = new Gate<Stream>();
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
      const client = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
      const server = await accepted.promise;
      let got = "";
      server.onData = (chunk) => {
        got += text(chunk);
      };
      router.down();
      client.write(bytes("late"));
      await sim.sleep(1000);
      expect(got).toBe("");
      router.up();
      await sim.sleep(1000);
      expect(got).toBe("late");
    });
  });

  it("may come up and make the way shorter: a stream's bytes stay in order", async () => {
    const sim = quiet();
    const slow = sim.network.lan("slow", { bandwidthBps: MBPS8 / 100, kind: "bus" });
    const [left, right] = [sim.network.lan("left"), sim.network.lan("right")];
    const [a, b] = [sim.node("a", { lan: left }), sim.node("b", { lan: right })];
    sim.network.router("detour in", [left, slow]);
    sim.network.router("detour out", [slow, right]);
    const short = sim.network.router("short", [left, right]);
    short.down();
    await sim.run(async () => {
      const accepted = new Gate<Stream>();
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
      const client = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
      const server = await accepted.promise;
      let got = "";
      server.onData = (chunk) => {
        got += text(chunk);
      };
      client.write(bytes("first by the long way, "));
      short.up();
      await sim.sleep(0.1);
      client.write(bytes("then by the short one"));
      await sim.sleep(3);
      expect(got).toBe("");
      await sim.sleep(1000);
      expect(got).toBe("first by the long way, then by the short one");
    });
  });

  it("is found along a chain of them, by the shortest way that is up", async () => {
    const sim = quiet();
    const lans = Array.from({ length: 6 }, (_, n) =>
      sim.network.lan(`l${n}`, { bandwidthBps: MBPS8, kind: "bus" }),
    );
    const first = sim.node("first", { lan: lans[0] as (typeof lans)[number] });
    const last = sim.node("last", { lan: lans[5] as (typeof lans)[number] });
    for (let n = 0; n < 5; n++) sim.network.router(`r${n}`, lans.slice(n, n + 2));
    const short = sim.network.router("short", [lans[0], lans[5]] as typeof lans);
    await sim.run(async () => {
      const { heard, by, start } = await sockets(sim);
      for (const expected of [3, 7]) {
        heard.length = 0;
        start();
        by("first").send(new Uint8Array(PACKET), at(last));
        await sim.sleep(100);
        expect(times(heard)).toEqual([`last ${expected}`]);
        short.down();
      }
      expect(first.lan.name).toBe("l0");
    });
  });

  it("forwards multicast only when it is told to, and as far as the hops reach", async () => {
    const hears = async (multicast: readonly boolean[], multicastHops: number): Promise<string> => {
      const sim = quiet();
      const lans = ["one", "two", "three"].map((name) => sim.network.lan(name, { kind: "bus" }));
      lans.forEach((lan, n) => void sim.node(`${n}`, { lan }));
      sim.node("beside", { lan: lans[0] as (typeof lans)[number] });
      for (const n of [0, 1])
        sim.network.router(`r${n}`, lans.slice(n, n + 2), { multicast: multicast[n] as boolean });
      return sim.run(async () => {
        const { heard, by } = await sockets(sim, { multicastHops });
        by("0").send(bytes("x"), GROUP);
        await sim.sleep(10);
        return heard
          .map((one) => one.by)
          .sort()
          .join();
      });
    };
    expect(await hears([true, true], 0)).toBe("");
    expect(await hears([true, true], 1)).toBe("beside");
    expect(await hears([true, true], 2)).toBe("1,beside");
    expect(await hears([true, true], 3)).toBe("1,2,beside");
    expect(await hears([true, false], 3)).toBe("1,beside");
    expect(await hears([false, true], 3)).toBe("beside");
  });
});

describe("a topology", () => {
  it("makes misuse plain", () => {
    const sim = new Simulation({ seed: 1 });
    const lan = sim.network.lan("lan");
    expect(() => sim.network.lan("lan")).toThrow("already");
    expect(() => sim.network.lan("x", { kind: "ring" as "bus" })).toThrow(RangeError);
    expect(() => sim.network.lan("x", { bandwidthBps: -1 })).toThrow(RangeError);
    expect(() => sim.network.lan("x", { kind: "mesh", bandwidthBps: 1e6 })).toThrow("its links' own");
    expect(() => sim.network.setLan(sim.network.mesh, { mtuBytes: 1500 })).toThrow("its links' own");
    const foreign = new Simulation({ seed: 1 }).network.lan("lan");
    expect(() => sim.node("a", { lan: foreign })).toThrow("another simulation");
    expect(() => sim.network.setLan(lan, { mtuBytes: -1 })).toThrow(RangeError);
    expect(() => lan.set({ kind: "bus" })).toThrow(RangeError);
    sim.network.router("r", [lan]);
    expect(() => sim.network.router("r", [lan])).toThrow("already");
    expect(() => sim.network.router("s", [lan, foreign])).toThrow("another simulation");
    for (let n = 0; n < 250; n++) sim.node(`n${n}`, { lan });
    expect(() => sim.node("one too many", { lan })).toThrow(RangeError);
    expect(sim.node("elsewhere").ip).toBe("10.0.0.1");
  });
});
