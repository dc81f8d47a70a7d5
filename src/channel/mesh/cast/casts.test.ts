/** Meshes that multicast, in simulated networks: what is saved, what is repaired, and who gets copies over the link. */
import { describe, expect, it } from "vitest";
import {
  MESH_PORT,
  MeshScene,
  meshBytes,
  meshText,
  overTcp,
  type Process,
  withMulticast,
} from "../../../../test/support/mesh-scene.ts";
import type { SimNode, Simulation } from "../../../sim/index.ts";
import { MeshSpec, type WatchedPort } from "../spec.ts";
import type { MeshPort } from "../types.ts";
import { MAX_KEPT_BYTES } from "./caster.ts";
import { SUSPENDED_MS } from "./outgoing.ts";

const over = withMulticast(overTcp);
const GROUP = over.multicast as NonNullable<typeof over.multicast>;
/** Messages that are worth casting are longer than this. */
const SMALL = 60;

/** Counts what is multicast: one more node, which hears all. */
class Ear {
  readonly datagrams: Uint8Array[] = [];

  static async at(node: SimNode): Promise<Ear> {
    const ear = new Ear();
    const bind = { host: "0.0.0.0", port: GROUP.port };
    const socket = await node.world.net.datagram({ bind, reuse: true, groups: [GROUP.group] });
    socket.onMessage = (data) => ear.datagrams.push(data);
    return ear;
  }

  /** Bytes since the last call, of datagrams that are no beacons. */
  take(): number {
    const bytes = this.datagrams.reduce((sum, { length }) => sum + (length > SMALL ? length : 0), 0);
    this.datagrams.length = 0;
    return bytes;
  }
}

/** Bytes that a process writes into streams which it opened. */
function countWritten({ node }: Process): () => number {
  const { net } = node.world;
  const connect = net.connect.bind(net);
  let written = 0;
  net.connect = async (options) => {
    const stream = await connect(options);
    const write = stream.write.bind(stream);
    stream.write = (data) => {
      written += data.length;
      return write(data);
    };
    return stream;
  };
  return () => {
    const since = written;
    written = 0;
    return since;
  };
}

interface Stage {
  readonly scene: MeshScene;
  readonly spec: MeshSpec;
  readonly ports: readonly WatchedPort[];
  readonly ear: Ear;
}

const NAMES = ["a", "b", "c", "d"];
const OTHERS = NAMES.slice(1);

/** Four meshes, all linked from `a`, and one ear. `place` may put nodes into networks before. */
function play(act: (stage: Stage) => Promise<void>, place?: (sim: Simulation) => void): Promise<void> {
  const scene = new MeshScene(over, NAMES, { seed: 3, link: { latencyMs: 1, jitterMs: 1 } }, place);
  return scene.sim.run(async () => {
    const spec = new MeshSpec();
    const ports: WatchedPort[] = [];
    for (const each of scene.processes) {
      const mesh = await each.open();
      ports.push(spec.watch(mesh.open("p"), "p"));
      if (each.name === "a") for (const name of OTHERS) mesh.add(scene.get(name).peer);
    }
    const ear = await Ear.at(scene.sim.node("ear"));
    await scene.sim.sleep(1000);
    await act({ scene, spec, ports, ear });
  });
}

/** `a` says so many messages to all others, of so many bytes, and something small to each in between. */
async function sayAll({ scene, spec, ports }: Stage, count: number, bytes: number): Promise<number> {
  const [a] = ports as [WatchedPort];
  const { random } = scene.sim;
  for (let n = 0; n < count; n++) {
    spec.broadcast(a, OTHERS, new Uint8Array(bytes).fill(n));
    if (random.chance(0.5)) spec.send(a, OTHERS[random.below(3)] as string, meshBytes(`${n}`));
    // No more than is cast from the beginning, 16 MiB/s.
    if (n % 4 === 0 || bytes > 10_000) await scene.sim.sleep(1 + (4 * bytes) / 10_000);
  }
  return count * bytes;
}

describe("a mesh that multicasts", () => {
  it("sends several peers one copy, in the order of all that it sends them", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      const written = countWritten(scene.get("a"));
      await scene.get("a").mesh?.close();
      const mesh = await scene.get("a").open();
      const a = spec.watch(mesh.open("p"), "p");
      for (const name of OTHERS) mesh.add(scene.get(name).peer);
      await scene.sim.sleep(1000);
      written();
      ear.take();
      for (const bytes of [300, 1400, 5000, 65_536]) {
        const said = await sayAll({ ...stage, ports: [a] }, 40, bytes);
        await scene.sim.sleep(500);
        const multicast = ear.take();
        expect(multicast).toBeGreaterThan(said);
        expect(multicast).toBeLessThan(1.1 * said + 40 * 100);
        // Not even a tenth of one copy for each.
        expect(written()).toBeLessThan(0.1 * 3 * said + 40 * 200);
      }
      expect(spec.delivered).toBeGreaterThan(3 * 160);
    }));

  it("sends over the links what is small, or larger than a cast, or for one peer", () =>
    play(async ({ scene, spec, ports, ear }) => {
      const [a] = ports as [WatchedPort];
      ear.take();
      spec.broadcast(a, OTHERS, new Uint8Array(200));
      spec.broadcast(a, OTHERS, new Uint8Array(65_537));
      spec.broadcast(a, ["b"], new Uint8Array(1000));
      await scene.sim.sleep(500);
      expect(ear.take()).toBe(0);
      spec.settled();
      // One that is named twice gets it twice, as over links.
      const heard: number[] = [];
      const open = (name: string) => scene.get(name).mesh?.open("q") as MeshPort;
      const [from, ...others] = ["a", "b", "c"].map(open) as [MeshPort, MeshPort, MeshPort];
      for (const port of others) port.onMessage = (_, { length }) => heard.push(length);
      await scene.sim.sleep(100);
      from.broadcast(["b", "c", "b"], new Uint8Array(999));
      await scene.sim.sleep(500);
      expect([heard, ear.take() > 999]).toEqual([[999, 999, 999], true]);
    }));

  it("repairs over the links what is lost, doubled, reordered or damaged on its way", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      for (const name of OTHERS)
        scene.sim.network.setLink(scene.get("a").node, scene.get(name).node, {
          loss: 0.03,
          duplicate: 0.1,
          reorder: 0.2,
          corrupt: 0.02,
          reorderMs: 8,
        });
      const said = await sayAll(stage, 400, 1300);
      await scene.sim.sleep(3000);
      spec.settled();
      // It went on to multicast all the time.
      expect(ear.take()).toBeGreaterThan(0.9 * said);
      expect(spec.downs).toBe(0);
    }));

  it("lets go of what all have, and so never comes to its end", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      ear.take();
      const said = await sayAll(stage, 150, 65_536);
      expect(said).toBeGreaterThan(MAX_KEPT_BYTES);
      await scene.sim.sleep(1000);
      expect(ear.take()).toBeGreaterThan(said);
      spec.settled();
    }));

  it("keeps no more than it may for a peer that says nothing: then all goes over the links", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      const b = scene.get("b").node;
      ear.take();
      b.pause();
      const said = await sayAll(stage, 180, 65_536);
      await scene.sim.sleep(1000);
      const cast = ear.take();
      expect(cast).toBeGreaterThan(0.9 * MAX_KEPT_BYTES);
      expect(cast).toBeLessThan(1.1 * MAX_KEPT_BYTES);
      expect(said).toBeGreaterThan(1.3 * MAX_KEPT_BYTES);
      b.resume();
      await scene.sim.sleep(10_000);
      spec.settled();
    }));

  it("gives copies to whom multicast does not reach", () =>
    play(
      async (stage) => {
        const { scene, spec, ear } = stage;
        ear.take();
        const said = await sayAll(stage, 50, 2000);
        await scene.sim.sleep(1000);
        spec.settled();
        expect(spec.delivered).toBeGreaterThan(150);
        expect(ear.take()).toBeGreaterThan(said);
      },
      (sim) => {
        const [near, far] = [sim.network.lan("near"), sim.network.lan("far")];
        sim.network.router("router", [near, far]);
        for (const name of ["a", "b", "c", "ear"]) sim.node(name, { lan: near });
        sim.node("d", { lan: far });
      },
    ));

  it("casts no more to a peer that loses much of it, and tries again after a while", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      const a = scene.get("a").node;
      for (const name of ["c", "d"])
        scene.sim.network.setLink(a, scene.get(name).node, { loss: 0.6, retransmitMs: 5 });
      await sayAll(stage, 60, 1000);
      await scene.sim.sleep(2000);
      ear.take();
      // Only `b` hears it still, and one peer is sent over its link.
      await sayAll(stage, 10, 1000);
      expect(ear.take()).toBe(0);
      for (const name of ["c", "d"]) scene.sim.network.setLink(a, scene.get(name).node, { loss: 0 });
      await scene.sim.sleep(SUSPENDED_MS + 6000);
      ear.take();
      const said = await sayAll(stage, 20, 1000);
      await scene.sim.sleep(1000);
      expect(ear.take()).toBeGreaterThan(said);
      spec.settled();
    }));

  it("sends over the links what is more than the network takes", () =>
    play(async ({ scene, spec, ports, ear }) => {
      const [a] = ports as [WatchedPort];
      ear.take();
      for (let n = 0; n < 64; n++) spec.broadcast(a, OTHERS, new Uint8Array(60_000).fill(n));
      await scene.sim.sleep(3000);
      spec.settled();
      const cast = ear.take();
      expect(cast).toBeGreaterThan(60_000);
      expect(cast).toBeLessThan(300_000);
    }));

  it("has its peers get the last message before it leaves, though all multicast be lost", () =>
    play(async ({ scene, ports }) => {
      const a = scene.get("a");
      const heard: string[] = [];
      for (const { port } of ports.slice(1)) {
        port.onMessage = (_, message) => heard.push(`${port.self} ${meshText(message.subarray(0, 4))}`);
        port.onDown = () => heard.push(`${port.self} down`);
      }
      for (const name of OTHERS)
        scene.sim.network.setLink(a.node, scene.get(name).node, { loss: 1, retransmitMs: 5 });
      (ports[0] as WatchedPort).port.broadcast(OTHERS, meshBytes("last".padEnd(1000)));
      await a.mesh?.close();
      await scene.sim.sleep(1000);
      expect(heard.toSorted()).toEqual(["b down", "b last", "c down", "c last", "d down", "d last"]);
    }));

  it("takes nothing from strangers: neither what they make up, nor what they play back", () =>
    play(async (stage) => {
      const { scene, spec, ear } = stage;
      const stranger = await scene.sim.node("m").world.net.datagram({ bind: { host: "0.0.0.0", port: 0 } });
      const { random } = scene.sim;
      let sent = 0;
      const attack = (): void => {
        const heard = ear.datagrams.at(-1 - random.below(20));
        if (heard === undefined) return;
        const bytes = heard.slice();
        if (random.chance(0.7)) bytes[random.below(bytes.length)] = random.below(256);
        if (random.chance(0.3)) bytes.set(random.bytes(bytes.length - 20), 20);
        stranger.send(bytes, { host: GROUP.group, port: GROUP.port });
        sent++;
      };
      for (let n = 0; n < 40; n++) {
        await sayAll(stage, 5, 1500);
        for (let each = 0; each < 20; each++) attack();
      }
      await scene.sim.sleep(1000);
      spec.settled();
      expect([sent > 500, spec.downs]).toEqual([true, 0]);
      expect(scene.processes.flatMap(({ troubles }) => troubles)).toEqual([]);
    }));

  it("lets peers be of the mesh that multicast nothing, or elsewhere", async () => {
    const scene = new MeshScene(overTcp, NAMES, { seed: 4 });
    await scene.sim.run(async () => {
      const heard: string[] = [];
      const ports: MeshPort[] = [];
      for (const each of scene.processes) {
        const multicast = { a: GROUP, b: { ...GROUP, port: 999 }, c: GROUP }[each.name];
        const mesh = await each.open(multicast === undefined ? {} : { multicast });
        const port = mesh.open("p");
        port.onMessage = (from, { length }) => heard.push(`${from} to ${port.self}: ${length}`);
        ports.push(port);
        for (const other of scene.processes) if (other !== each) mesh.add(other.peer);
      }
      await scene.sim.sleep(6000);
      for (const port of ports)
        port.broadcast(
          NAMES.filter((name) => name !== port.self),
          new Uint8Array(1000),
        );
      await scene.sim.sleep(1000);
      expect(heard.length).toBe(12);
      expect(new Set(heard).size).toBe(12);
      expect(scene.processes.flatMap(({ troubles }) => troubles)).toEqual([]);
    });
  });

  it("is refused what is no group, or no port", async () => {
    const scene = new MeshScene(overTcp, ["a"], { seed: 4 });
    const [a] = scene.processes as [Process];
    await scene.sim.run(async () => {
      for (const change of [{ group: "10.0.0.1" }, { port: 0 }, { hops: 0 }, { maxBytesPerSecond: 0 }])
        await expect(a.open({ multicast: { ...GROUP, ...change } })).rejects.toThrow(RangeError);
      const mesh = await a.open({ multicast: GROUP });
      expect(mesh.self.address.port).toBe(MESH_PORT);
      await mesh.close();
      // All is given back: it can be opened again.
      await (await a.open({ multicast: GROUP })).close();
    });
  });
});
