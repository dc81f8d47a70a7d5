/**
 * Groups whose mesh multicasts, over networks that lose, double and reorder datagrams, while members crash, pause and are cut off:
 * what all saw is held against the group's spec. Nothing of the group knows how its bundles travel, so this is a test of links too.
 */
import { describe, expect, it } from "vitest";
import { type Mesh, openMesh } from "../channel/index.ts";
import { Simulation } from "../sim/index.ts";
import type { World } from "../world/index.ts";
import type { Group } from "./group.ts";
import { openGroup } from "./open-group.ts";
import { GroupSpec } from "./spec.ts";
import { memberName, type Order } from "./types.ts";

const SEEDS = Number(process.env.COTERIE_SEEDS ?? 3);
const FIRST_SEED = Number(process.env.COTERIE_SEED ?? 1);
const MEMBERS = 4;
const PORT = 700;
const MULTICAST = { group: "239.255.20.2", port: 701 };
const ORDERS: readonly Order[] = ["fifo", "causal", "total", "causal-total", "sync", "unordered"];

interface Life {
  readonly group: Group;
  readonly mesh: Mesh;
  delivered: number;
}

interface Outcome {
  readonly delivered: number;
  readonly castBytes: number;
}

async function run(seed: number): Promise<Outcome> {
  const link = { latencyMs: 1, jitterMs: 2, loss: 0.02, duplicate: 0.02, reorder: 0.05, reorderMs: 5 };
  const sim = new Simulation({ seed, link });
  const { random } = sim;
  const nodes = Array.from({ length: MEMBERS }, (_, i) => sim.node(`n${i}`));
  const founders = nodes.map(({ ip }, i) => ({ name: `n${i}`, address: { host: ip, port: PORT } }));
  const spec = new GroupSpec();
  const lives: (Life | undefined)[] = [];
  let delivered = 0;
  let isTalking = true;

  const program = (index: number) => async (world: World) => {
    lives[index] = undefined;
    const mesh = await openMesh(world, {
      name: `n${index}`,
      bind: { host: "0.0.0.0", port: PORT },
      advertise: founders[index]?.address as { host: string; port: number },
      carrier: { kind: "tcp", isTrustedNetwork: true },
      multicast: MULTICAST,
    });
    const group = await openGroup(world, mesh, {
      name: "test",
      founders,
      trace: (member, event) => {
        spec.observe(member, event);
      },
    });
    const life: Life = { group, mesh, delivered: 0 };
    lives[index] = life;
    group.onDeliver = () => {
      life.delivered++;
      delivered++;
    };
    const say = (): void => {
      const draw = world.random.uint32();
      const order = draw % 40 === 0 ? "sync" : (ORDERS[draw % 4] as Order);
      const guarantee = draw % 3 === 0 ? "atomic" : "reliable";
      const most = draw % 30 === 0 ? 60_000 : 3000;
      if (isTalking) group.multicast(world.random.bytes(world.random.uint32() % most), { order, guarantee });
      world.timers.after(5 + (draw % 30), say);
    };
    say();
  };

  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 3000; turn++) {
      if (isSo()) return;
      await sim.sleep(20);
    }
    throw new Error(`${seed}: it does not come to rest: ${lives.map((life) => viewOf(life))}`);
  };
  const viewOf = (life: Life | undefined) => life?.group.view?.members.map(({ node }) => node).join(" ");
  const areTogether = () =>
    lives.length === MEMBERS &&
    lives.every((life) => viewOf(life)?.split(" ").length === MEMBERS && viewOf(life) === viewOf(lives[0]));

  const fault = async (): Promise<void> => {
    const node = nodes[random.below(MEMBERS)] as (typeof nodes)[number];
    switch (random.below(4)) {
      case 0:
        node.crash({ power: random.chance(0.5) });
        for (const [member, life] of lives.entries())
          if (nodes[member] === node && life !== undefined)
            spec.observe(memberName(life.group.self), { kind: "crash" });
        await sim.sleep(random.below(2000));
        await node.restart();
        return;
      case 1:
        node.pause();
        await sim.sleep(random.below(2000));
        node.resume();
        return;
      case 2: {
        const cut = sim.partition(
          [node],
          nodes.filter((each) => each !== node),
          { oneWay: random.chance(0.3) },
        );
        await sim.sleep(random.below(3000));
        cut.heal();
        return;
      }
      default:
        sim.network.breakStreams(node, nodes[random.below(MEMBERS)] as (typeof nodes)[number]);
    }
  };

  let castBytes = 0;
  await sim.run(async () => {
    const ear = await sim.node("ear").world.net.datagram({
      bind: { host: "0.0.0.0", port: MULTICAST.port },
      groups: [MULTICAST.group],
    });
    ear.onMessage = (data) => {
      if (data.length > 200) castBytes += data.length;
    };
    await Promise.all(nodes.map((node, i) => node.start(program(i))));
    await until(areTogether);
    for (let n = 0; n < 5; n++) {
      await sim.sleep(500 + random.below(1500));
      await fault();
    }
    sim.heal();
    await until(areTogether);
    isTalking = false;
    await sim.sleep(3000);
    await until(areTogether);
  });
  const { violation } = spec;
  if (violation !== undefined) throw new Error(`seed ${seed}: ${violation.property}: ${violation.text}`);
  const last = spec.finish(lives.map((life) => memberName((life as Life).group.self)));
  if (last !== undefined) throw new Error(`seed ${seed}: ${last.property}: ${last.text}`);
  return { delivered, castBytes };
}

describe("a group over IP multicast", () => {
  it(
    "keeps what groups promise, whatever happens to members and datagrams",
    async () => {
      let [delivered, castBytes] = [0, 0];
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        const outcome = await run(seed);
        delivered += outcome.delivered;
        castBytes += outcome.castBytes;
      }
      // They were not idle, and most of what they said came in datagrams.
      expect(delivered).toBeGreaterThan(500 * SEEDS);
      expect(castBytes).toBeGreaterThan(300_000 * SEEDS);
    },
    40_000 * SEEDS,
  );
});
