/** A paused node: time goes on without it, what its system can take waits in finite buffers, and comes late. */
import { describe, expect, it } from "vitest";
import { bytes, codeOf, Gate, text } from "../world/contract/contract.ts";
import { type Stream, sleep } from "../world/index.ts";
import { type SimNode, Simulation } from "./index.ts";

const PORT = 9;

function pair(seed = 1): { sim: Simulation; a: SimNode; b: SimNode } {
  const sim = new Simulation({ seed, link: { latencyMs: 1, jitterMs: 0 } });
  return { sim, a: sim.node("a"), b: sim.node("b") };
}

async function hear(sim: Simulation, node: SimNode): Promise<string[]> {
  const heard: string[] = [];
  const socket = await node.world.net.datagram({ bind: { host: "0.0.0.0", port: PORT } });
  socket.onMessage = (data) => heard.push(`${text(data)} at ${Math.round(sim.nowMs)}`);
  return heard;
}

describe("a paused node", () => {
  it("does late, in order, what was due meanwhile, and its clock has gone on", async () => {
    const { sim, a } = pair();
    await sim.run(async () => {
      const { timers, clock } = a.world;
      const did: string[] = [];
      const start = clock.monotonicMs();
      const note = (what: string) => did.push(`${what} at ${Math.round(clock.monotonicMs() - start)}`);
      timers.after(30, () => note("second"));
      timers.after(10, () => note("first"));
      timers.after(200, () => note("third"));
      void sleep(timers, 20).then(() => note("promise"));
      a.pause();
      expect([a.isPaused, a.isUp]).toEqual([true, true]);
      await sim.sleep(100);
      expect(did).toEqual([]);
      a.resume();
      await sim.sleep(200);
      expect(did).toEqual(["first at 100", "promise at 100", "second at 100", "third at 200"]);
      expect(sim.trace.text()).toMatch(/^0\.000000 a pause$/m);
      expect(sim.trace.text()).toMatch(/^100\.000000 a resume$/m);
    });
  });

  it("finds its datagrams when it goes on, before those that come just then", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      const heard = await hear(sim, b);
      const socket = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
      const send = (word: string) => socket.send(bytes(word), { host: b.ip, port: PORT });
      const startMs = sim.nowMs;
      b.pause();
      send("one");
      await sim.sleep(10);
      send("two");
      sim.at(startMs + 49, () => void send("three"));
      sim.at(startMs + 50, () => b.resume());
      await sim.sleep(100);
      const at = Math.round(startMs + 50);
      expect(heard).toEqual([`one at ${at}`, `two at ${at}`, `three at ${at}`]);
    });
  });

  it("loses what its socket has no room for, and says so", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      const heard = await hear(sim, b);
      const socket = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
      for (let round = 0; round < 2; round++) {
        heard.length = 0;
        b.pause();
        for (let i = 0; i < 500; i++) socket.send(new Uint8Array(1000), { host: b.ip, port: PORT });
        await sim.sleep(10);
        b.resume();
        await sim.sleep(10);
        // 212,992 bytes, each datagram with 768 of overhead, and one more that fits in part.
        expect(heard.length).toBe(121);
      }
      expect(sim.trace.text().split(" buffer full, ").length - 1).toBe(2 * (500 - 121));
    });
  });

  it("is connected to and written to as far as its system goes by itself", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      const accepted: Stream[] = [];
      let got = 0;
      await b.world.net.listen({
        bind: { host: "0.0.0.0", port: 80 },
        onStream: (stream) => {
          accepted.push(stream);
          stream.onData = (chunk) => {
            got += chunk.length;
          };
        },
      });
      b.pause();
      const client = await a.world.net.connect({ to: { host: b.ip, port: 80 }, timeoutMs: 1000 });
      const drained = new Gate();
      client.onDrain = drained.resolve;
      expect(client.write(new Uint8Array(1_000_000))).toBe(false);
      client.end();
      await sim.sleep(1000);
      expect([accepted.length, got, client.pendingBytes]).toEqual([0, 0, 1_000_000 - 256 * 1024]);
      b.resume();
      await drained.promise;
      await sim.sleep(100);
      expect([accepted.length, got]).toEqual([1, 1_000_000]);
    });
  });

  it("leaves callers who found its queue of connections full to try again", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      let accepted = 0;
      await b.world.net.listen({ bind: { host: "0.0.0.0", port: 80 }, onStream: () => accepted++ });
      b.pause();
      const options = { to: { host: b.ip, port: 80 }, timeoutMs: 500 };
      const calls = Array.from({ length: 130 }, () => codeOf(a.world.net.connect(options)));
      const outcomes = await Promise.all(calls);
      expect(outcomes.filter((code) => code === "NET_UNREACHABLE").length).toBe(2);
      b.resume();
      await sim.sleep(100);
      expect(accepted).toBe(128);
      expect(await codeOf(a.world.net.connect(options))).toBe("resolved");
    });
  });

  it("learns late that a call of its own was answered", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      await b.world.net.listen({
        bind: { host: "0.0.0.0", port: 80 },
        onStream: (stream) => void stream.write(bytes("welcome")),
      });
      let told = "";
      void a.start(async (world) => {
        const stream = await world.net.connect({ to: { host: b.ip, port: 80 } });
        stream.onData = (chunk) => {
          told = `${text(chunk)} at ${Math.round(sim.nowMs)}`;
        };
      });
      const startMs = sim.nowMs;
      sim.at(startMs + 1.5, () => a.pause());
      sim.at(startMs + 40, () => a.resume());
      await sim.sleep(100);
      expect(told).toMatch(/^w.* at 40$/);
    });
  });

  it("can crash, and then nothing of it comes back", async () => {
    const { sim, a, b } = pair();
    await sim.run(async () => {
      const heard = await hear(sim, b);
      const socket = await a.world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
      let fired = false;
      b.world.timers.after(5, () => {
        fired = true;
      });
      b.pause();
      socket.send(bytes("x"), { host: b.ip, port: PORT });
      await sim.sleep(10);
      b.crash();
      expect(b.isPaused).toBe(false);
      expect(() => b.pause()).toThrow("down already");
      await b.restart();
      await sim.sleep(10);
      expect([heard, fired]).toEqual([[], false]);
    });
  });

  it("is named by the message of a run that waits for it for ever", async () => {
    const { sim, a } = pair();
    const stuck = sim.run(async () => {
      const { timers } = a.world;
      a.pause();
      await sleep(timers, 1);
    });
    await expect(stuck).rejects.toMatchObject({ code: "SIM_DEADLOCK" });
    await expect(stuck).rejects.toThrow("paused: a");
  });

  it("makes misuse plain", () => {
    const { a } = pair();
    expect(() => a.resume()).toThrow("not paused");
    a.pause();
    expect(() => a.pause()).toThrow("paused already");
    a.resume();
    expect(a.isPaused).toBe(false);
  });
});
