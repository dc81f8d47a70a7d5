/** What links do to what travels: bandwidth, queues, packet sizes, delays. Times are exact where nothing is drawn. */
import { describe, expect, it } from "vitest";
import { Gate } from "../world/contract/contract.ts";
import type { DatagramSocket, Stream } from "../world/index.ts";
import { type LinkOptions, Prng, type SimNode, Simulation } from "./index.ts";

const PORT = 9;
/** IPv4 and UDP. */
const HEADER = 28;
/** 1000 bytes of payload take 1.028 ms at 8 Mbit/s. */
const MBPS8 = 8_000_000;

interface Arrival {
  readonly atMs: number;
  readonly length: number;
}

async function listen(sim: Simulation, node: SimNode): Promise<Arrival[]> {
  const arrived: Arrival[] = [];
  const socket = await node.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
  socket.onMessage = (data) => arrived.push({ atMs: sim.nowMs, length: data.length });
  return arrived;
}

function open(node: SimNode): Promise<DatagramSocket> {
  return node.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
}

/** Sends datagrams of these sizes at once from a to b; when and what arrives, from that moment on. */
async function burst(
  link: Partial<LinkOptions>,
  lengths: readonly number[],
  prepare: (sim: Simulation) => void = () => {},
): Promise<{ arrived: Arrival[]; sim: Simulation }> {
  const sim = new Simulation({ seed: 1, link: { latencyMs: 5, jitterMs: 0, ...link } });
  const [a, b] = [sim.node("a"), sim.node("b")];
  const arrived = await sim.run(async () => {
    const got = await listen(sim, b);
    const socket = await open(a);
    prepare(sim);
    const startMs = sim.nowMs;
    for (const length of lengths) socket.send(new Uint8Array(length), { host: b.ip, port: PORT });
    await sim.sleep(10_000);
    return got.map(({ atMs, length }) => ({ atMs: round(atMs - startMs), length }));
  });
  return { arrived, sim };
}

function round(ms: number): number {
  return Math.round(ms * 1e6) / 1e6;
}

describe("a link's bandwidth", () => {
  it("takes its time for each byte, headers too, and then the propagation delay", async () => {
    const { arrived } = await burst({ bandwidthBps: MBPS8 }, [1000, 1000, 0]);
    expect(arrived.map(({ atMs }) => atMs)).toEqual([6.028, 7.056, 7.084]);
  });

  it.each([0, Number.POSITIVE_INFINITY])("is unbounded when it is %s", async (bandwidthBps) => {
    const { arrived } = await burst({ bandwidthBps }, [1000, 1000]);
    expect(arrived.map(({ atMs }) => atMs)).toEqual([5, 5]);
  });

  it("is a direction's own", async () => {
    const sim = new Simulation({ seed: 1, link: { latencyMs: 1, jitterMs: 0 } });
    const [a, b] = [sim.node("a"), sim.node("b")];
    sim.network.setLink(a, b, { bandwidthBps: MBPS8 }, { oneWay: true });
    await sim.run(async () => {
      const [atA, atB] = [await listen(sim, a), await listen(sim, b)];
      const [fromA, fromB] = [await open(a), await open(b)];
      const startMs = sim.nowMs;
      fromA.send(new Uint8Array(1000 - HEADER), { host: b.ip, port: PORT });
      fromB.send(new Uint8Array(1000 - HEADER), { host: a.ip, port: PORT });
      await sim.sleep(10);
      expect([atA, atB].map(([first]) => round((first as Arrival).atMs - startMs))).toEqual([1, 2]);
    });
  });

  it("drops at the queue's tail, and takes again what there is room for", async () => {
    // Five packets of 1000 bytes on the wire fit, one of them being sent.
    const sizes = Array.from({ length: 8 }, () => 1000 - HEADER);
    const { arrived, sim } = await burst({ bandwidthBps: MBPS8, queueBytes: 5000 }, sizes);
    expect(arrived.length).toBe(5);
    expect(sim.trace.text().split(" queue full, ").length - 1).toBe(3);
    const later = await burst({ bandwidthBps: MBPS8, queueBytes: 5000 }, sizes, (other) => {
      const [a, b] = other.nodes as [SimNode, SimNode];
      other.at(other.nowMs + 2, async () => {
        const socket = await open(a);
        for (const size of sizes) socket.send(new Uint8Array(size), { host: b.ip, port: PORT });
      });
    });
    // After two milliseconds two have left, and two more fit.
    expect(later.arrived.length).toBe(7);
  });

  it("is shared by datagrams and streams, whose segments wait and are never dropped", async () => {
    const link = { latencyMs: 1, jitterMs: 0, bandwidthBps: MBPS8, queueBytes: 3000 };
    const sim = new Simulation({ seed: 1, link });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(async () => {
      const accepted = new Gate<Stream>();
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
      const stream = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
      const server = await accepted.promise;
      let bytes = 0;
      const whole = new Gate();
      server.onData = (chunk) => {
        bytes += chunk.length;
        if (bytes === 1_000_000) whole.resolve();
      };
      const socket = await open(a);
      const arrived = await listen(sim, b);
      const startMs = sim.nowMs;
      stream.write(new Uint8Array(1_000_000));
      socket.send(new Uint8Array(100), { host: b.ip, port: PORT });
      await whole.promise;
      // A megabyte at a megabyte a second, and a little more for headers and windows.
      expect(sim.nowMs - startMs).toBeGreaterThan(1000);
      expect(sim.nowMs - startMs).toBeLessThan(1200);
      expect(arrived).toEqual([]);
      expect(sim.trace.text()).toContain(" queue full, 100b");
    });
  });
});

describe("a bandwidth that changes", () => {
  const packets = [1000 - HEADER, 1000 - HEADER, 1000 - HEADER];

  it("lets what waits leave at the new rate from then on", async () => {
    const at = (bandwidthBps: number) =>
      burst({ bandwidthBps: MBPS8 }, packets, (sim) => {
        sim.at(sim.nowMs + 1.5, () => sim.network.setAll({ bandwidthBps }));
      }).then(({ arrived }) => arrived.map(({ atMs }) => atMs));
    expect(await at(MBPS8)).toEqual([6, 7, 8]);
    // The first has left; of the second half is sent.
    expect(await at(MBPS8 / 2)).toEqual([6, 7.5, 9.5]);
    expect(await at(MBPS8 * 2)).toEqual([6, 6.75, 7.25]);
    for (const unbounded of [0, Number.POSITIVE_INFINITY]) expect(await at(unbounded)).toEqual([6, 6.5, 6.5]);
  });

  it("lets what comes then queue behind it", async () => {
    const { arrived } = await burst({ bandwidthBps: MBPS8 }, packets, (sim) => {
      const [a, b] = sim.nodes as [SimNode, SimNode];
      sim.at(sim.nowMs + 1, async () => {
        sim.network.setLink(a, b, { bandwidthBps: MBPS8 / 10 });
        const socket = await open(a);
        socket.send(new Uint8Array(1000 - HEADER), { host: b.ip, port: PORT });
      });
    });
    expect(arrived.map(({ atMs }) => atMs)).toEqual([6, 16, 26, 36]);
  });

  it("does so in the queues of networks", async () => {
    const sim = new Simulation({ seed: 1, link: { latencyMs: 5, jitterMs: 0 } });
    const lan = sim.network.lan("office", { bandwidthBps: MBPS8 });
    const [a, b] = [sim.node("a", { lan }), sim.node("b", { lan })];
    await sim.run(async () => {
      const arrived = await listen(sim, b);
      const socket = await open(a);
      const startMs = sim.nowMs;
      sim.at(startMs + 1.5, () => sim.network.setLan(lan, { bandwidthBps: 0 }));
      for (const size of packets) socket.send(new Uint8Array(size), { host: b.ip, port: PORT });
      await sim.sleep(100);
      // The first was in the port to the receiver, the others in the one from the sender.
      expect(arrived.map(({ atMs }) => round(atMs - startMs))).toEqual([6.5, 6.5, 6.5]);
    });
  });

  it("does not keep a stream slow when it ends", async () => {
    const sim = new Simulation({ seed: 1, link: { latencyMs: 1, jitterMs: 0 } });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(async () => {
      const accepted = new Gate<Stream>();
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
      const stream = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
      const server = await accepted.promise;
      const got: number[] = [];
      server.onData = (chunk) => got.push(...chunk);
      const sent = Uint8Array.from({ length: 500_000 }, (_, at) => at % 251);
      // A window at this rate takes three minutes and a half.
      sim.network.setLink(a, b, { bandwidthBps: 10_000 });
      stream.write(sent);
      await sim.sleep(5000);
      expect(got.length).toBeLessThan(100_000);
      sim.network.setLink(a, b, { bandwidthBps: 0 });
      await sim.sleep(50);
      expect(got.length).toBe(sent.length);
      expect(Uint8Array.from(got)).toEqual(sent);
    });
  });
});

describe("a link's largest packet", () => {
  it("drops larger datagrams, and streams do not notice", async () => {
    const { arrived, sim } = await burst({ mtuBytes: 1500 }, [1472, 1473, 9000]);
    expect(arrived.map(({ length }) => length)).toEqual([1472]);
    expect(sim.trace.text().split(" too large, ").length - 1).toBe(2);
  });

  it("can change, as a route does", async () => {
    const { arrived } = await burst({ mtuBytes: 1500 }, [1472, 1200], (sim) => {
      sim.network.setAll({ mtuBytes: 1280 });
    });
    expect(arrived.map(({ length }) => length)).toEqual([1200]);
  });
});

describe("a link's delays", () => {
  it("are spread as the shape says, around the same least delay", async () => {
    const many = Array.from({ length: 3000 }, () => 1);
    const delays = async (link: Partial<LinkOptions>) =>
      (await burst(link, many)).arrived.map(({ atMs }) => atMs).sort((x, y) => x - y);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const uniform = await delays({ jitterMs: 10 });
    expect(uniform.at(0)).toBeGreaterThanOrEqual(5);
    expect(uniform.at(-1)).toBeLessThanOrEqual(15);
    expect(mean(uniform)).toBeCloseTo(10, 0);
    const exponential = await delays({ jitterMs: 10, jitterShape: "exponential" });
    expect(exponential.at(0)).toBeGreaterThanOrEqual(5);
    expect(exponential.at(-1)).toBeGreaterThan(50);
    expect(mean(exponential)).toBeGreaterThan(14.3);
    expect(mean(exponential)).toBeLessThan(15.7);
    // The median of an exponential distribution is ln 2 of its mean.
    expect((exponential[1500] as number) - 5).toBeGreaterThan(6.4);
    expect((exponential[1500] as number) - 5).toBeLessThan(7.5);
  });

  it("hold back what is reordered as long as asked: a copy may come when its sender has long forgotten it", async () => {
    const { arrived } = await burst({ duplicate: 1, reorder: 0.5, reorderMs: 5000 }, [1]);
    expect(arrived.length).toBe(2);
    const many = await burst({ duplicate: 1, reorder: 0.5, reorderMs: 5000 }, Array(200).fill(1));
    const late = many.arrived.filter(({ atMs }) => atMs > 1000).length;
    expect(late).toBeGreaterThan(100);
    expect(late).toBeLessThan(220);
  });

  it("refuse options that mean nothing", () => {
    const sim = new Simulation({ seed: 1 });
    for (const link of [
      { bandwidthBps: -1 },
      { bandwidthBps: Number.NaN },
      { queueBytes: -1 },
      { mtuBytes: -1 },
      { reorderMs: -1 },
      { jitterShape: "normal" as "uniform" },
    ]) {
      expect(() => sim.network.setAll(link)).toThrow(RangeError);
      expect(() => new Simulation({ seed: 1, link })).toThrow(RangeError);
    }
  });
});

describe("exponential random numbers", () => {
  it("have the mean, the variance and the tail of their distribution", () => {
    const random = new Prng("1", "exponential");
    const drawn = Array.from({ length: 100_000 }, () => random.exponential());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    for (const above of [0.5, 1, 2, 4]) {
      const share = drawn.filter((value) => value > above).length / drawn.length;
      expect(Math.abs(share - Math.exp(-above))).toBeLessThan(0.01);
    }
  });
});
