/** What every mesh promises, over each of its carriers, in the simulator. */
import { describe, expect, it } from "vitest";
import { CARRIERS, meshBytes, meshScene, meshText } from "../../../test/support/mesh-scene.ts";
import { MAX_MESH_MESSAGE_BYTES, type MeshPort } from "./types.ts";

/** What a port heard, in words. */
function listen(port: MeshPort): string[] {
  const heard: string[] = [];
  port.onUp = (peer) => heard.push(`up ${peer}`);
  port.onDown = (peer) => heard.push(`down ${peer}`);
  port.onMessage = (from, message) => heard.push(`${from}: ${meshText(message).slice(0, 40)}`);
  return heard;
}

describe.each(CARRIERS)("a mesh over %s", (_, carrier) => {
  it("carries messages both ways in order, after both ports are up", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [atA, atB] = [meshA.open("log"), meshB.open("log")];
      const [heardA, heardB] = [listen(atA), listen(atB)];
      expect([atA.isUp("b"), atA.send("b", meshBytes("too early"))]).toEqual([false, false]);
      meshA.add(b.peer);
      await sim.sleep(500);
      expect([atA.isUp("b"), atB.isUp("a")]).toEqual([true, true]);
      for (let n = 0; n < 1000; n++) {
        expect(atA.send("b", meshBytes(`a${n}`))).toBe(true);
        expect(atB.send("a", meshBytes(`b${n}`))).toBe(true);
      }
      await sim.sleep(500);
      expect(heardB).toEqual(["up a", ...Array.from({ length: 1000 }, (_, n) => `a: a${n}`)]);
      expect(heardA).toEqual(["up b", ...Array.from({ length: 1000 }, (_, n) => `b: b${n}`)]);
      expect([meshA.peers(), meshB.peers()]).toEqual([[b.peer], [a.peer]]);
      expect([a.troubles, b.troubles]).toEqual([[], []]);
    }));

  it("carries messages of every size up to the largest, copies them when they are sent, and gives them away", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [atA, atB] = [meshA.open("log"), meshB.open("log")];
      const got: Uint8Array[] = [];
      atB.onMessage = (_, message) => got.push(message);
      meshA.add(b.peer);
      await sim.sleep(500);
      const sizes = [
        0,
        1,
        2,
        3,
        4,
        5,
        1000,
        65_535,
        65_536,
        65_537,
        262_136,
        262_144,
        MAX_MESH_MESSAGE_BYTES,
      ];
      const buffer = new Uint8Array(MAX_MESH_MESSAGE_BYTES);
      for (const size of sizes) {
        const message = buffer.subarray(0, size).fill(1 + (size % 251));
        expect(atA.send("b", message)).toBe(true);
        message.fill(0);
      }
      await sim.sleep(5000);
      expect(got.map(({ length }) => length)).toEqual(sizes);
      for (const message of got) {
        expect(message.every((byte) => byte === 1 + (message.length % 251))).toBe(true);
      }
      expect(() => atA.send("b", new Uint8Array(MAX_MESH_MESSAGE_BYTES + 1))).toThrow(RangeError);
      expect(() => atA.send("a", buffer.subarray(0, 1))).toThrow(RangeError);
    }));

  it("is cut off from whom it is told to, and from nobody else, until it is told otherwise", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [atA, atB] = [meshA.open("log"), meshB.open("log")];
      const [heardA, heardB] = [listen(atA), listen(atB)];
      meshA.add(b.peer);
      meshB.add(a.peer);
      await sim.sleep(500);
      meshA.cut(["b"]);
      await sim.sleep(30_000);
      expect([heardA, heardB]).toEqual([
        ["up b", "down b"],
        ["up a", "down a"],
      ]);
      meshA.cut(["c"]);
      await sim.sleep(100);
      expect([heardA, heardB]).toEqual([
        ["up b", "down b", "up b"],
        ["up a", "down a", "up a"],
      ]);
    }));

  it("tells each port of its own ups and downs, whenever it was opened", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      meshB.add(a.peer);
      const early = meshA.open("p");
      const heardEarly = listen(early);
      await sim.sleep(500);
      expect(heardEarly).toEqual([]);
      const late = meshB.open("p");
      const heardLate = listen(late);
      expect(late.isUp("a")).toBe(false);
      await sim.sleep(500);
      expect([heardEarly, heardLate]).toEqual([["up b"], ["up a"]]);
      expect(() => meshB.open("p")).toThrow(RangeError);
      late.close();
      expect(late.send("a", meshBytes("closed"))).toBe(false);
      const again = meshB.open("p");
      const heardAgain = listen(again);
      await sim.sleep(500);
      expect([heardEarly, heardLate, heardAgain]).toEqual([["up b", "down b", "up b"], ["up a"], ["up a"]]);
    }));

  it("gives what was on its way to a closed port to nobody, least to the next of its name", () =>
    meshScene(
      carrier,
      async ({ sim }, a, b) => {
        const [meshA, meshB] = [await a.open(), await b.open()];
        meshB.add(a.peer);
        const [atA, first] = [meshA.open("p"), meshB.open("p")];
        await sim.sleep(500);
        const heardFirst = listen(first);
        atA.send("b", meshBytes("under way"));
        await sim.sleep(5);
        first.close();
        const second = meshB.open("p");
        const heardSecond = listen(second);
        await sim.sleep(5);
        atA.send("b", meshBytes("before the news"));
        await sim.sleep(500);
        atA.send("b", meshBytes("to the second"));
        await sim.sleep(500);
        expect([heardFirst, heardSecond]).toEqual([[], ["up a", "a: to the second"]]);
      },
      { link: { latencyMs: 20 } },
    ));

  it("sends one message to many, and to those who are up", () =>
    meshScene(carrier, async ({ sim }, a, b, c) => {
      const meshA = await a.open();
      const atA = meshA.open("p");
      const heard = await Promise.all([b, c].map(async (each) => listen((await each.open()).open("p"))));
      meshA.add(b.peer);
      meshA.add(c.peer);
      await sim.sleep(500);
      atA.broadcast(["b", "nobody", "c"], meshBytes("to all"));
      await sim.sleep(500);
      expect(heard).toEqual([
        ["up a", "a: to all"],
        ["up a", "a: to all"],
      ]);
      expect(() => atA.broadcast(["a"], meshBytes("self"))).toThrow(RangeError);
    }));

  it("says down when a process ends, and up again with another session when it is back", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const meshA = await a.open();
      const sessions: number[] = [];
      const atA = meshA.open("p");
      const heard = listen(atA);
      atA.onUp = (_, session) => sessions.push(session);
      await b.node.start(async () => void (await b.open()).open("p"));
      meshA.add(b.peer);
      await sim.sleep(500);
      b.node.crash();
      await sim.sleep(60_000);
      expect(heard).toEqual(["down b"]);
      expect(meshA.peers()).toEqual([]);
      await b.node.restart();
      await sim.sleep(6000);
      expect(heard).toEqual(["down b"]);
      expect(sessions.length).toBe(2);
      expect(new Set(sessions).size).toBe(2);
    }));

  it("finds out that a peer has lost its power, and that a cut is over", () =>
    meshScene(carrier, async ({ sim }, a, b, c) => {
      const meshA = await a.open();
      const heard = listen(meshA.open("p"));
      for (const each of [b, c]) (await each.open()).open("p");
      meshA.add(b.peer);
      meshA.add(c.peer);
      await sim.sleep(500);
      heard.length = 0;
      b.node.crash({ power: true });
      const cut = sim.partition([a.node], [c.node]);
      await sim.sleep(26_000);
      expect(heard.toSorted()).toEqual(["down b", "down c"]);
      cut.heal();
      await sim.sleep(12_000);
      expect(heard.at(-1)).toBe("up c");
    }));

  it("keeps the link of a peer that pauses for a moment, and everything that was sent to it", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [atA, heard] = [meshA.open("p"), listen(meshB.open("p"))];
      meshA.add(b.peer);
      await sim.sleep(500);
      b.node.pause();
      for (let n = 0; n < 100; n++) atA.send("b", meshBytes(`${n}`));
      await sim.sleep(5000);
      b.node.resume();
      await sim.sleep(2000);
      expect(heard).toEqual(["up a", ...Array.from({ length: 100 }, (_, n) => `a: ${n}`)]);
      expect(a.troubles).toEqual([]);
    }));

  it("waits for a peer behind a slow network, to which a ping takes longer than any patience", () =>
    meshScene(
      carrier,
      async ({ sim }, a, b) => {
        const [meshA, meshB] = [await a.open({ limits: { pingMs: 1500 } }), await b.open()];
        const [atA, heard] = [meshA.open("p"), listen(meshB.open("p"))];
        meshA.add(b.peer);
        await sim.sleep(1000);
        for (let n = 0; n < 12; n++) expect(atA.send("b", new Uint8Array(MAX_MESH_MESSAGE_BYTES))).toBe(true);
        await sim.sleep(60_000);
        expect([heard.length, heard.includes("down a"), a.troubles]).toEqual([13, false, []]);
      },
      { link: { bandwidthBps: 8e6, latencyMs: 1 } },
    ));

  it("refuses what does not fit into the queue, tells when it has left, and loses nothing that it took", () =>
    meshScene(
      carrier,
      async ({ sim }, a, b) => {
        const maxQueuedBytes = 2 * 1024 * 1024;
        const [meshA, meshB] = [await a.open({ limits: { maxQueuedBytes } }), await b.open()];
        const atA = meshA.open("p");
        let drains = 0;
        atA.onDrain = () => drains++;
        let came = 0;
        meshB.open("p").onMessage = (_, message) => {
          expect(new DataView(message.buffer, message.byteOffset).getUint32(0)).toBe(came++);
        };
        meshA.add(b.peer);
        await sim.sleep(500);
        const message = new Uint8Array(10_000);
        let taken = 0;
        const fill = () => {
          for (;;) {
            new DataView(message.buffer).setUint32(0, taken);
            if (!atA.send("b", message)) return;
            taken++;
          }
        };
        for (let round = 0; round < 3; round++) {
          fill();
          expect(atA.pendingBytes("b")).toBeLessThanOrEqual(maxQueuedBytes);
          const before = drains;
          while (drains === before) await sim.sleep(10);
          expect(atA.pendingBytes("b")).toBe(0);
        }
        expect(taken).toBeGreaterThan(600);
        await sim.sleep(10_000);
        expect(came).toBe(taken);
      },
      { link: { bandwidthBps: 1e8, latencyMs: 1 } },
    ));

  it("serves thousands of ports over one link", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const count = 3000;
      const [meshA, meshB] = [await a.open(), await b.open()];
      const ups = { a: 0, b: 0 };
      let came = 0;
      const ports = Array.from({ length: count }, (_, n) => meshA.open(`log ${n}`));
      for (const port of ports) port.onUp = () => ups.a++;
      meshA.add(b.peer);
      await sim.sleep(500);
      for (let n = count - 1; n >= 0; n--) {
        const port = meshB.open(`log ${n}`);
        port.onUp = () => ups.b++;
        port.onMessage = (_, message) => (came += meshText(message) === `${n}` ? 1 : count);
      }
      await sim.sleep(1000);
      expect(ups).toEqual({ a: count, b: count });
      for (const [n, port] of ports.entries()) expect(port.send("b", meshBytes(`${n}`))).toBe(true);
      await sim.sleep(1000);
      expect(came).toBe(count);
    }));

  it("sends what waits before it closes, and then hears nothing", () =>
    meshScene(carrier, async ({ sim }, a, b) => {
      const [meshA, meshB] = [await a.open(), await b.open()];
      const [atA, heardB] = [meshA.open("p"), listen(meshB.open("p"))];
      const heardA = listen(atA);
      meshA.add(b.peer);
      await sim.sleep(500);
      for (let n = 0; n < 100; n++) atA.send("b", new Uint8Array(10_000));
      await meshA.close();
      await sim.sleep(2000);
      expect(heardB.length).toBe(102);
      expect(heardB.at(-1)).toBe("down a");
      expect(heardA).toEqual(["up b"]);
      expect([atA.isUp("b"), atA.send("b", meshBytes("late")), meshB.peers()]).toEqual([false, false, []]);
      expect(() => meshA.open("q")).toThrow("closed");
      await meshA.close();
    }));

  it("gives up the links that it made, and hears those who keep one to it", () =>
    meshScene(carrier, async ({ sim }, a, b, c) => {
      const [meshA] = [await a.open(), await b.open(), await c.open()];
      meshA.add(b.peer);
      c.mesh?.add(a.peer);
      await sim.sleep(500);
      meshA.remove("b");
      meshA.remove("c");
      await sim.sleep(8000);
      expect(meshA.peers()).toEqual([c.peer]);
    }));
});
