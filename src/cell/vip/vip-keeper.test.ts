/** The floating address in the simulator: machines that keep it for as long as they were told, whatever becomes of the process. */
import { expect, test } from "vitest";
import { CellRig, type RigNode } from "../../../test/support/cell-rig.ts";
import { vipClaim } from "../state/vip-setting.ts";
import { type AddressDoor, type AddressOutcome, VipKeeper } from "./vip-keeper.ts";
import { TAKE_OVER_MS, VALID_SECONDS } from "./vip-step.ts";

const ADDRESS = "10.0.0.99";
const done: AddressOutcome = { kind: "done" };
/** How long the system takes, for each thing that it is asked for. */
const SYSTEM_MS = 30;

class Scene {
  readonly rig: CellRig;
  readonly keepers = new Map<string, VipKeeper>();
  /** Until when each machine has the address. */
  readonly #until = new Map<string, number>();
  readonly served: string[] = [];
  readonly announced: string[] = [];
  /** Moments at which two machines had it. */
  readonly conflicts: string[] = [];

  constructor(seed: number, count = 3) {
    this.rig = new CellRig(seed, count);
  }

  door(name: string): AddressDoor {
    const { sim } = this.rig;
    return {
      address: ADDRESS,
      hold: async (validSeconds) => {
        await sim.sleep(SYSTEM_MS);
        this.#until.set(name, sim.nowMs + validSeconds * 1000);
        const { holders } = this;
        if (holders.length > 1) this.conflicts.push(`${sim.nowMs}: ${holders.join(", ")}`);
        return done;
      },
      release: async () => {
        await sim.sleep(SYSTEM_MS);
        this.#until.delete(name);
        return done;
      },
      announce: async () => void this.announced.push(name),
    };
  }

  get holders(): string[] {
    return [...this.#until].flatMap(([name, until]) => (until > this.rig.sim.nowMs ? [name] : []));
  }

  async start(node: RigNode): Promise<void> {
    await this.rig.start(node);
    await this.keep(node);
  }

  async keep(node: RigNode): Promise<void> {
    const { world } = node.sim;
    const serve = async () => void this.served.push(node.name);
    const options = { member: node.member, door: this.door(node.name), serve };
    this.keepers.set(node.name, await VipKeeper.start(world, options));
  }

  async begin(): Promise<void> {
    await Promise.all(this.rig.nodes.map((node) => this.start(node)));
    await this.held();
  }

  /** Until a machine has it, other than `but`; gives the node, and how long it took. */
  async held(but?: RigNode): Promise<{ node: RigNode; tookMs: number }> {
    const beganMs = this.rig.sim.nowMs;
    const found = () => this.holders.filter((name) => name !== but?.name);
    await this.rig.until("a machine has the address", () => found().length > 0);
    return { node: this.rig.node(found()[0] as string), tookMs: this.rig.sim.nowMs - beganMs };
  }
}

function scenario(what: string, run: (scene: Scene) => Promise<void>): void {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`${what} (seed ${seed})`, async () => {
      const scene = new Scene(seed);
      await scene.rig.sim.run(async () => {
        await scene.begin();
        await run(scene);
      });
      expect(scene.conflicts).toEqual([]);
    });
  }
}

scenario("one machine has the address, keeps it, and tells the network once", async (scene) => {
  const { node } = await scene.held();
  await scene.rig.sim.sleep(60_000);
  expect(scene.holders).toEqual([node.name]);
  expect(scene.served).toEqual([node.name]);
  expect(scene.announced).toEqual([node.name]);
});

scenario(
  "a holder that is killed, cut off or stands still loses it, and takes it away when it goes on",
  async (scene) => {
    const { sim } = scene.rig;
    const first = (await scene.held()).node;
    first.sim.crash();
    const second = await scene.held(first);
    expect(second.tookMs).toBeLessThan(TAKE_OVER_MS + 8000);
    await first.sim.restart();
    await scene.keep(first);

    second.node.sim.pause();
    const third = await scene.held(second.node);
    expect(scene.holders).toEqual([third.node.name]);
    second.node.sim.resume();
    await sim.sleep(5000);
    expect(scene.holders).toHaveLength(1);

    const { node } = await scene.held();
    const partition = sim.isolate([node.sim]);
    await scene.held(node);
    await sim.sleep(1000 * VALID_SECONDS);
    expect(scene.holders).not.toContain(node.name);
    partition.heal();
    await sim.sleep(20_000);
    expect(scene.holders).toHaveLength(1);
  },
);

scenario("a node that ends in order gives it back, and another has it within a moment", async (scene) => {
  const { node } = await scene.held();
  await scene.keepers.get(node.name)?.close();
  expect(scene.holders).toEqual([]);
  const leader = scene.rig.nodes.find(({ member }) => member.log.isLeader);
  expect(vipClaim((leader as RigNode).member.state)?.holder).not.toBe(node.name);
  await node.member.close();
  expect((await scene.held(node)).tookMs).toBeLessThan(TAKE_OVER_MS);
});

test("a restart between the claim and the end of the other's time does not shorten it", async () => {
  const scene = new Scene(7);
  await scene.rig.sim.run(async () => {
    await scene.begin();
    const { node: first } = await scene.held();
    first.sim.pause();
    const claimant = () =>
      scene.rig.nodes.find(
        ({ name, member }) => name !== first.name && vipClaim(member.state)?.holder === name,
      );
    await scene.rig.until("another claimed it", () => claimant() !== undefined);
    const second = claimant() as RigNode;
    second.sim.crash();
    await second.sim.restart();
    await scene.keep(second);
    await scene.held(first);
  });
  expect(scene.conflicts).toEqual([]);
});

test("what hinders is told by its code before anything is claimed", async () => {
  const scene = new Scene(8, 1);
  await scene.rig.sim.run(async () => {
    const [node] = scene.rig.nodes as [RigNode];
    await scene.rig.start(node);
    for (const [why, code] of [
      ["permission", "VIP_NOT_PERMITTED"],
      ["unsupported", "VIP_UNSUPPORTED"],
      ["interface", "VIP_ADDRESS"],
      ["other", "VIP_FAILED"],
    ] as const) {
      const outcome: AddressOutcome = { kind: "failed", why, message: "it says no" };
      const door = { ...scene.door(node.name), release: async () => outcome };
      const options = { member: node.member, door, serve: async () => {} };
      await expect(VipKeeper.start(node.sim.world, options)).rejects.toMatchObject({ code });
    }
  });
});
