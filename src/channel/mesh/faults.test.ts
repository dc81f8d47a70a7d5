/**
 * Processes that talk all the time while others crash, pause, are cut off and come back: what every port did and heard is held against
 * the spec (`spec.ts`), and when the faults are over all are up again.
 */
import { describe, expect, it } from "vitest";
import { CARRIERS, MeshScene, type Process } from "../../../test/support/mesh-scene.ts";
import type { World } from "../../world/index.ts";
import { MeshSpec, type WatchedPort } from "./spec.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 6);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 1);
const NAMES = ["a", "b", "c"];
const PORTS = ["p", "q"];
const ROUNDS = 12;

class Run {
  readonly spec = new MeshSpec();
  readonly scene: MeshScene;
  readonly #watched = new Map<string, WatchedPort[]>();
  /** Between two turns of a talker. */
  #pauseMs = 20;

  readonly #rounds: number;

  constructor(seed: number, carrier: (typeof CARRIERS)[number], rounds: number) {
    this.#rounds = rounds;
    const link = { latencyMs: 2, jitterMs: 5, loss: 0.02, duplicate: 0.02, reorder: 0.02 };
    this.scene = new MeshScene(carrier[1], NAMES, { seed, link });
  }

  async play(): Promise<void> {
    const { sim, processes } = this.scene;
    for (const each of processes) await this.#begin(each);
    for (let round = 0; round < this.#rounds; round++) {
      await sim.sleep(sim.random.below(3000));
      await this.#fault(processes[sim.random.below(processes.length)] as Process);
    }
    sim.heal();
    this.#pauseMs = 2000;
    await sim.sleep(50_000);
    this.#pauseMs = Number.POSITIVE_INFINITY;
    await sim.sleep(6000);
    this.spec.settled();
    for (const each of processes) this.#expectAllUp(each);
  }

  async #begin(process: Process): Promise<void> {
    await process.node.start(async () => {
      const mesh = await process.open();
      const all = PORTS.map((name) => this.#open(process, name));
      this.#watched.set(process.name, all);
      for (const each of this.scene.processes) {
        // Of some pairs only one side keeps the link.
        if (each !== process && (each.name < process.name || each.name === "b")) mesh.add(each.peer);
      }
      this.#talk(process);
    });
  }

  #open(process: Process, name: string): WatchedPort {
    return this.spec.watch((process.mesh as NonNullable<Process["mesh"]>).open(name), name);
  }

  #talk(process: Process): void {
    const { world } = process.node;
    const { random } = world;
    const say = (): void => {
      for (const each of this.#watched.get(process.name) ?? []) {
        if (random.uint32() % 3 === 0) this.#tellAll(each, random);
        const to = NAMES[random.uint32() % NAMES.length] as string;
        if (to === process.name) continue;
        const bytes = random.uint32() % (random.uint32() % 20 === 0 ? 100_000 : 200);
        for (let n = random.uint32() % 4; n > 0; n--) this.spec.send(each, to, random.bytes(bytes));
      }
      later();
    };
    const later = (): void => {
      if (this.#pauseMs < Number.POSITIVE_INFINITY)
        world.timers.after(this.#pauseMs * (0.5 + (random.uint32() % 100) / 100), say);
    };
    later();
  }

  #tellAll(watched: WatchedPort, random: World["random"]): void {
    const { port } = watched;
    const others = NAMES.filter((name) => name !== port.self);
    if (others.some((name) => port.pendingBytes(name) > 8 << 20)) return;
    const most = random.uint32() % 40 === 0 ? 70_000 : 2000;
    for (let n = random.uint32() % 3; n > 0; n--)
      this.spec.broadcast(watched, others, random.bytes(random.uint32() % most));
  }

  async #fault(process: Process): Promise<void> {
    const { sim } = this.scene;
    const { node } = process;
    const others = this.scene.processes.filter((each) => each !== process);
    const other = others[sim.random.below(others.length)] as Process;
    switch (sim.random.below(6)) {
      case 0:
        for (const each of this.#watched.get(process.name) ?? []) this.spec.over(each);
        this.#watched.delete(process.name);
        node.crash({ power: sim.random.chance(0.5) });
        await sim.sleep(sim.random.below(10_000));
        await node.restart();
        return;
      case 1:
        node.pause();
        await sim.sleep(sim.random.below(sim.random.chance(0.3) ? 40_000 : 3000));
        node.resume();
        return;
      case 2:
        sim.partition([node], [other.node], { oneWay: sim.random.chance(0.5) });
        return;
      case 3:
        sim.heal();
        return;
      case 4:
        sim.network.breakStreams(node, other.node);
        return;
      default:
        this.#reopen(process);
    }
  }

  /** Closes a port and opens another of its name. */
  #reopen(process: Process): void {
    const all = this.#watched.get(process.name) ?? [];
    const at = this.scene.sim.random.below(PORTS.length);
    const old = all[at];
    if (old === undefined) return;
    this.spec.over(old);
    old.port.close();
    all[at] = this.#open(process, PORTS[at] as string);
  }

  #expectAllUp(process: Process): void {
    const others = NAMES.filter((name) => name !== process.name);
    for (const { port, name } of this.#watched.get(process.name) ?? []) {
      expect([process.name, name, ...others.filter((each) => port.isUp(each))]).toEqual([
        process.name,
        name,
        ...others,
      ]);
    }
  }
}

async function run(seed: number, carrier: (typeof CARRIERS)[number], rounds = ROUNDS): Promise<Run> {
  const made = new Run(seed, carrier, rounds);
  await made.scene.sim
    .run(() => made.play())
    .catch((error) => {
      throw new Error(`COTERIE_SEED=${seed} COTERIE_SEEDS=1: ${error.message}`, { cause: error });
    });
  return made;
}

describe.each(CARRIERS)("a mesh over %s under faults", (...carrier) => {
  it("keeps what it promises, and is whole again when they are over", async () => {
    const seeds = carrier[0] === "TCP" ? SEEDS : Math.ceil(SEEDS / 5);
    const all = { ups: 0, downs: 0, delivered: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
      const { spec } = await run(seed, carrier);
      all.ups += spec.ups;
      all.downs += spec.downs;
      all.delivered += spec.delivered;
    }
    // The runs were not idle, and had their faults.
    expect(all.delivered).toBeGreaterThan(1000 * seeds);
    expect(all.downs).toBeGreaterThan(5 * seeds);
    expect(all.ups).toBeGreaterThan(all.downs);
  });

  it("does the same again from the same seed", async () => {
    const [one, two] = [await run(7, carrier, 4), await run(7, carrier, 4)];
    expect(one.scene.sim.trace.digest()).toBe(two.scene.sim.trace.digest());
  });
});
