import { describe, expect, it } from "vitest";
import { bytes, codeOf, Gate, text } from "../world/contract/contract.ts";
import { type Stream, sleep, type World } from "../world/index.ts";
import { Prng, type SimNode, Simulation } from "./index.ts";

describe("a run", () => {
  it("takes virtual time and hardly any real time", async () => {
    const sim = new Simulation({ seed: 1 });
    const wall = await sim.run(
      async () => {
        const { clock } = sim.node("a").world;
        const before = clock.wall();
        await sim.sleep(1000 * 3600 * 24);
        return clock.wall().seconds - before.seconds;
      },
      { limitMs: 1e9 },
    );
    expect(wall).toBe(86_400);
    expect(sim.nowMs).toBe(86_400_000);
    expect(sim.statistics.realMs).toBeLessThan(5000);
  });

  it("lets every microtask run before the next event", async () => {
    const sim = new Simulation({ seed: 1 });
    const order: string[] = [];
    await sim.run(async () => {
      const { timers } = sim.node("a").world;
      timers.soon(() => {
        order.push("event 1");
        void (async () => {
          for (let i = 0; i < 50; i++) await Promise.resolve();
          order.push("its hundredth microtask");
        })();
      });
      timers.soon(() => order.push("event 2"));
      await sim.sleep(1);
    });
    expect(order).toEqual(["event 1", "its hundredth microtask", "event 2"]);
  });

  it("is resumable: what is left of one run goes on in the next", async () => {
    const sim = new Simulation({ seed: 1 });
    const { timers } = sim.node("a").world;
    let fired = false;
    await sim.run(async () => {
      timers.after(100, () => {
        fired = true;
      });
      await sim.sleep(50);
    });
    expect(fired).toBe(false);
    await sim.run(() => sim.sleep(60));
    expect(fired).toBe(true);
    expect(sim.nowMs).toBe(110);
  });

  it("passes on what main returns and what it throws", async () => {
    const sim = new Simulation({ seed: 1 });
    expect(await sim.run(() => 42)).toBe(42);
    await expect(sim.run(() => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
    const first = sim.run(() => 1);
    expect(() => sim.run(() => 2)).toThrow("one at a time");
    expect(await first).toBe(1);
  });

  it("fails on a deadlock, and says where", async () => {
    const sim = new Simulation({ seed: 77 });
    const stuck = sim.run(async () => {
      await sim.sleep(5);
      sim.node("a").crash();
      await new Promise(() => {});
    });
    await expect(stuck).rejects.toMatchObject({ code: "SIM_DEADLOCK", details: { seed: "77", nowMs: 5 } });
    await expect(stuck).rejects.toThrow("seed 77, 5.000 ms; down: a");
  });

  it("fails when virtual time runs out, or stands still", async () => {
    const late = new Simulation({ seed: 1 });
    const forever = async (world: World) => {
      for (;;) await sleep(world.timers, 10);
    };
    const run = late.run(() => late.node("a").start(forever), { limitMs: 1000 });
    await expect(run).rejects.toMatchObject({ code: "SIM_TIME_LIMIT" });
    const still = new Simulation({ seed: 1 });
    const spin = (world: World): void => world.timers.soon(() => spin(world));
    const spinning = still.run(async () => {
      spin(still.node("a").world);
      await still.sleep(1);
    });
    await expect(spinning).rejects.toMatchObject({ code: "SIM_LIVELOCK" });
  });

  it("fails on an error that a node throws in a handler, or rejects with and nobody handles", async () => {
    const thrown = new Simulation({ seed: 1 });
    const handler = thrown.run(async () => {
      thrown.node("a").world.timers.after(1, () => {
        throw new Error("in a timer");
      });
      await thrown.sleep(10);
    });
    await expect(handler).rejects.toMatchObject({ code: "SIM_FAILED", cause: { message: "in a timer" } });
    const rejected = new Simulation({ seed: 1 });
    const background = rejected.run(async () => {
      await rejected.node("a").start((world) => {
        void sleep(world.timers, 1).then(() => {
          throw new Error("in the background");
        });
      });
      await rejected.sleep(10);
    });
    await expect(background).rejects.toMatchObject({
      code: "SIM_FAILED",
      cause: { message: "in the background" },
    });
  });

  it(`runs more than 100,000 events a second when nothing else does`, async () => {
    const sim = new Simulation({ seed: 1 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(() => pingPong(a, b, 20_000));
    // Machines differ and tests run side by side: a tenth of the goal, to catch a change for the worse.
    expect(sim.statistics.events / (sim.statistics.realMs / 1000)).toBeGreaterThan(10_000);
    expect(sim.statistics.events).toBeGreaterThan(40_000);
  });
});

async function pingPong(a: SimNode, b: SimNode, rounds: number): Promise<void> {
  const one = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
  const other = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
  other.onMessage = (data, from) => other.send(data, from);
  const done = new Gate();
  one.onMessage = (data, from) => (--rounds > 0 ? void one.send(data, from) : done.resolve());
  one.send(bytes("ping"), { host: b.ip, port: 1 });
  await done.promise;
}

describe("a crash", () => {
  it("silences timers, sockets and promises of that life, and lets the next one start", async () => {
    const sim = new Simulation({ seed: 3 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const signs: string[] = [];
    await sim.run(async () => {
      const listening = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 9 } });
      listening.onMessage = (data) => signs.push(`message ${text(data)}`);
      await a.start(async (world) => {
        const life = a.incarnation;
        signs.push(`life ${life}`);
        const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
        world.timers.after(10, () => {
          signs.push(`timer of ${life}`);
          socket.send(bytes(`from ${life}`), { host: b.ip, port: 9 });
        });
        void sleep(world.timers, 10).then(() => signs.push(`promise of ${life}`));
      });
      await sim.sleep(5);
      a.crash();
      await sim.sleep(20);
      expect(signs).toEqual(["life 1"]);
      await a.restart();
      await sim.sleep(20);
    });
    expect(signs).toEqual(["life 1", "life 2", "timer of 2", "promise of 2", "message from 2"]);
  });

  it("of the process closes its streams; of the power leaves peers to find out", async () => {
    for (const power of [false, true]) {
      const sim = new Simulation({ seed: 3, streamTimeoutMs: 5000 });
      const [a, b] = [sim.node("a"), sim.node("b")];
      await sim.run(async () => {
        const { client } = await connect(a, b);
        const events: string[] = [];
        const closed = new Gate();
        client.onEnd = () => events.push("end");
        client.onClose = (error) => {
          events.push(error?.code ?? "close");
          closed.resolve();
        };
        b.crash({ power });
        await sim.sleep(100);
        expect(events).toEqual(power ? [] : ["end"]);
        client.write(bytes("anybody?"));
        await closed.promise;
        expect(events.at(-1)).toBe(power ? "NET_UNREACHABLE" : "NET_RESET");
        const attempt = a.world.net.connect({ to: { host: b.ip, port: 80 }, timeoutMs: 3000 });
        expect(await codeOf(attempt)).toBe(power ? "NET_UNREACHABLE" : "NET_REFUSED");
      });
    }
  });

  it("of the power and a restart answers old streams with a reset", async () => {
    const sim = new Simulation({ seed: 4 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(async () => {
      const { client } = await connect(a, b);
      const closed = new Gate<string | undefined>();
      client.onClose = (error) => closed.resolve(error?.code);
      b.crash({ power: true });
      client.write(bytes("lost"));
      await sim.sleep(300);
      await b.restart();
      expect(await closed.promise).toBe("NET_RESET");
    });
  });

  it("makes misuse plain", async () => {
    const sim = new Simulation({ seed: 1 });
    const a = sim.node("a");
    expect(() => a.restart()).toThrow("crash it first");
    a.crash();
    expect(() => a.crash()).toThrow("down already");
    expect(sim.node("a")).toBe(a);
  });
});

async function connect(a: SimNode, b: SimNode): Promise<{ client: Stream; server: Stream }> {
  const accepted = new Gate<Stream>();
  await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: accepted.resolve });
  const client = await a.world.net.connect({ to: { host: b.ip, port: 80 } });
  return { client, server: await accepted.promise };
}

describe("a partition", () => {
  it("drops datagrams, one way if asked, until it heals", async () => {
    const sim = new Simulation({ seed: 5 });
    const [a, b] = [sim.node("a"), sim.node("b")];
    await sim.run(async () => {
      const heard: string[] = [];
      const open = async (node: SimNode) => {
        const socket = await node.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
        socket.onMessage = (data) => heard.push(`${node.name} ${text(data)}`);
        return socket;
      };
      const sockets = [await open(a), await open(b)] as const;
      const both = async (word: string) => {
        heard.length = 0;
        sockets[0].send(bytes(word), { host: b.ip, port: 1 });
        sockets[1].send(bytes(word), { host: a.ip, port: 1 });
        await sim.sleep(10);
        return [...heard].sort();
      };
      expect(await both("one")).toEqual(["a one", "b one"]);
      sim.partition([a], [b]);
      expect(await both("two")).toEqual([]);
      sim.heal();
      sim.partition([a], [b], { oneWay: true });
      expect(await both("three")).toEqual(["a three"]);
      sim.heal();
      expect(await both("four")).toEqual(["a four", "b four"]);
    });
  });

  it("one way lets a stream's bytes through and not their acknowledgments: the writer stalls, and gives up", async () => {
    for (const lastsMs of [2000, 60_000]) {
      const sim = new Simulation({ seed: 5, streamTimeoutMs: 10_000 });
      const [a, b] = [sim.node("a"), sim.node("b")];
      await sim.run(async () => {
        const { client, server } = await connect(a, b);
        let got = 0;
        server.onData = (chunk) => {
          got += chunk.length;
        };
        let closed: string | undefined;
        client.onClose = (error) => {
          closed = error?.code;
        };
        sim.partition([b], [a], { oneWay: true });
        client.write(new Uint8Array(1_000_000));
        await sim.sleep(lastsMs);
        expect([got, closed]).toEqual([256 * 1024, lastsMs > 10_000 ? "NET_UNREACHABLE" : undefined]);
        sim.heal();
        await sim.sleep(1000);
        expect(got).toBe(lastsMs > 10_000 ? 256 * 1024 : 1_000_000);
      });
    }
  });

  it("holds streams: bytes arrive when it heals in time, else the stream ends", async () => {
    for (const lastsMs of [2000, 60_000]) {
      const sim = new Simulation({ seed: 5, streamTimeoutMs: 10_000 });
      const [a, b] = [sim.node("a"), sim.node("b")];
      await sim.run(async () => {
        const { client, server } = await connect(a, b);
        let got = "";
        server.onData = (chunk) => {
          got += text(chunk);
        };
        let closed: string | undefined;
        client.onClose = (error) => {
          closed = error?.code;
        };
        client.write(bytes("before,"));
        await sim.sleep(10);
        sim.partition([a], [b]);
        client.write(bytes("during,"));
        client.write(bytes("more"));
        await sim.sleep(lastsMs);
        expect(got).toBe("before,");
        sim.heal();
        await sim.sleep(1000);
        expect(closed).toBe(lastsMs > 10_000 ? "NET_UNREACHABLE" : undefined);
        expect(got).toBe(lastsMs > 10_000 ? "before," : "before,during,more");
      });
    }
  });
});

describe("a link", () => {
  it("loses, duplicates, reorders and corrupts about as often as asked", async () => {
    const sim = new Simulation({ seed: 6, link: { latencyMs: 1, jitterMs: 0 } });
    const [a, b] = [sim.node("a"), sim.node("b")];
    const counts = await sim.run(async () => {
      const sender = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
      const receiver = await b.world.net.datagram({ bind: { host: "0.0.0.0", port: 1 } });
      let numbers: number[] = [];
      receiver.onMessage = (data) => numbers.push(new DataView(data.buffer, data.byteOffset).getUint32(0));
      const burst = async () => {
        numbers = [];
        for (let n = 0; n < 1000; n++) {
          const data = new Uint8Array(4);
          new DataView(data.buffer).setUint32(0, n);
          sender.send(data, { host: b.ip, port: 1 });
          await sim.sleep(0.1);
        }
        await sim.sleep(100);
        return numbers;
      };
      const clean = await burst();
      const none = { loss: 0, duplicate: 0, reorder: 0, corrupt: 0 };
      sim.network.setAll({ loss: 0.2 });
      const lossy = await burst();
      sim.network.setAll({ ...none, duplicate: 0.2 });
      const doubled = await burst();
      sim.network.setAll({ ...none, reorder: 0.2 });
      const mixed = await burst();
      sim.network.setLink(a, b, { ...none, corrupt: 0.2 });
      const damaged = await burst();
      return { clean, lossy, doubled, mixed, damaged };
    });
    const inOrder = Array.from({ length: 1000 }, (_, n) => n);
    const near = (value: number, goal: number) => Math.abs(value - goal) < 60;
    expect(counts.clean).toEqual(inOrder);
    expect(near(counts.lossy.length, 800)).toBe(true);
    expect(near(counts.doubled.length, 1200)).toBe(true);
    expect(new Set(counts.doubled).size).toBe(1000);
    expect(counts.mixed).not.toEqual(inOrder);
    expect([...counts.mixed].sort((x, y) => x - y)).toEqual(inOrder);
    expect(near(counts.damaged.filter((n, at) => n !== at).length, 200)).toBe(true);
    expect(() => sim.network.setAll({ loss: 2 })).toThrow(RangeError);
    expect(() => sim.network.setAll({ latencyMs: -1 })).toThrow(RangeError);
  });
});

describe("seeded randomness", () => {
  it("is the same everywhere and always", () => {
    const random = new Prng("1", "label");
    const drawn = [random.uint32(), random.uint32(), random.uint32()];
    expect(drawn).toEqual(
      Array.from(
        { length: 3 },
        (() => {
          const again = new Prng("1", "label");
          return () => again.uint32();
        })(),
      ),
    );
    expect(new Prng("1", "other").uint32()).not.toBe(drawn[0]);
    expect(new Prng("2", "label").uint32()).not.toBe(drawn[0]);
  });
});
