import { describe, expect, test } from "vitest";
import { callEntry, callOf3, formatEntry, noChange, where } from "../../../test/support/volume-entries.ts";
import type { StateSource } from "../../paxos/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import type { Store, World } from "../../world/index.ts";
import { VolumeMachine } from "./machine.ts";
import { StateStores } from "./state-stores.ts";

const NAME = "volume-x";

async function open(world: World): Promise<{ machine: VolumeMachine; home: Store }> {
  const home = await world.storage.open("log-x");
  return { machine: await VolumeMachine.open(world, await StateStores.open(world, NAME, home)), home };
}

function create(name: string): Uint8Array {
  return callEntry(callOf3(8, { where: where(name), how: { mode: 1, obj_attributes: noChange } }), 1, 1001);
}

function fill(machine: VolumeMachine, files: number): void {
  machine.apply(1, formatEntry());
  for (let at = 0; at < files; at++) machine.apply(at + 2, create(`file ${at}`));
}

function chunksOf(source: StateSource): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let chunk = source.next(); chunk !== undefined; chunk = source.next()) chunks.push(chunk);
  source.close();
  return chunks;
}

function contentOf(machine: VolumeMachine): string {
  const view = machine.view();
  const records = Array.from(view.range({}), ({ key, value }) => Buffer.concat([key, value]).toString("hex"));
  view.close();
  return records.join("\n");
}

/** The power fails, and the node runs `life` when it is back. */
async function reborn(node: SimNode, life: (world: World) => Promise<void>): Promise<void> {
  let isNext = false;
  let isDone = false;
  await node.start(async (world) => {
    if (!isNext) return;
    await life(world);
    isDone = true;
  });
  isNext = true;
  node.crash({ power: true });
  await node.restart();
  expect(isDone).toBe(true);
}

/** A donor with a volume, and a node that is to have it. */
function withDonor(
  body: (parts: { donor: VolumeMachine; node: SimNode; sim: Simulation }) => Promise<void>,
): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const [giver, node] = [sim.node("giver"), sim.node("taker")];
  return sim.run(async () => {
    const { machine: donor } = await open(giver.world);
    fill(donor, 30);
    await body({ donor, node, sim });
  });
}

describe("the machine of a volume's log", () => {
  test("says how far its store is, in a later life too, and only what is durable counts there", async () => {
    await withDonor(async ({ node }) => {
      const first = await open(node.world);
      expect(first.machine.durablePosition()).toBe(0);
      fill(first.machine, 4);
      await first.machine.persist();
      first.machine.apply(6, create("not durable"));
      expect(first.machine.durablePosition()).toBe(6);
      await reborn(node, async (world) => {
        const { machine } = await open(world);
        expect([5, 6]).toContain(machine.durablePosition());
        machine.apply(machine.index + 1, create("again"));
      });
    });
  });

  test("takes a state over whole, and goes on from there", async () => {
    await withDonor(async ({ donor, node }) => {
      const { machine, home } = await open(node.world);
      fill(machine, 2);
      const sink = machine.take(40);
      for (const chunk of chunksOf(donor.snapshot())) await sink.add(chunk);
      expect(machine.durablePosition()).toBe(3);
      await sink.finish();
      expect(machine.durablePosition()).toBe(40);
      expect(contentOf(machine)).toBe(contentOf(donor));
      const entry = create("after");
      for (const each of [donor, machine]) each.apply(41, entry);
      expect(contentOf(machine)).toBe(contentOf(donor));
      await machine.close();
      await home.close();
      const again = await open(node.world);
      expect(again.machine.durablePosition()).toBe(41);
      expect(contentOf(again.machine)).toBe(contentOf(donor));
    });
  });

  test("keeps its own state until the other is whole, whenever the power fails", async () => {
    for (const crashAfter of [0, 1, 2, 3, 5, 8, 13, 21]) {
      await withDonor(async ({ donor, node, sim }) => {
        const { machine } = await open(node.world);
        fill(machine, 2);
        await machine.persist();
        const before = contentOf(machine);
        const after = contentOf(donor);
        let isFinished = false;
        const taking = (async () => {
          const sink = machine.take(40);
          for (const chunk of chunksOf(donor.snapshot())) await sink.add(chunk);
          await sink.finish();
          isFinished = true;
        })();
        taking.catch(() => {});
        await new Promise<void>((resolve) => sim.at(sim.nowMs + crashAfter, resolve));
        await reborn(node, async (world) => {
          const { machine: next } = await open(world);
          const content = contentOf(next);
          const isOld = content === before && next.durablePosition() === 3;
          const isNew = content === after && next.durablePosition() === 40;
          expect([isOld, isNew]).toContain(true);
          if (isFinished) expect(isNew).toBe(true);
          // What was left of the other goes, and a state can be taken over again.
          const sink = next.take(50);
          for (const chunk of chunksOf(donor.snapshot())) await sink.add(chunk);
          await sink.finish();
          expect([next.durablePosition(), contentOf(next)]).toEqual([50, after]);
        });
      });
    }
  });

  test("forgets a state that was given up, and takes another over all of it", async () => {
    await withDonor(async ({ donor, node }) => {
      const { machine } = await open(node.world);
      fill(machine, 2);
      const first = machine.take(40);
      const chunks = chunksOf(donor.snapshot());
      await first.add(chunks[0] as Uint8Array);
      first.abandon();
      for (let at = 0; at < 10; at++)
        donor.apply(32 + at, callEntry(callOf3(12, { object: where(`file ${at}`) }), 31, 1002));
      const second = machine.take(41);
      for (const chunk of chunksOf(donor.snapshot())) await second.add(chunk);
      await second.finish();
      expect(contentOf(machine)).toBe(contentOf(donor));
    });
  });

  test("finishes no state that ends in the middle", async () => {
    await withDonor(async ({ donor, node }) => {
      const { machine } = await open(node.world);
      fill(machine, 2);
      const before = contentOf(machine);
      const sink = machine.take(40);
      const [chunk = new Uint8Array(0)] = chunksOf(donor.snapshot());
      await sink.add(chunk.subarray(0, chunk.length - 1));
      await expect(sink.finish()).rejects.toMatchObject({ code: "REPLICA_FORMAT" });
      expect([machine.durablePosition(), contentOf(machine)]).toEqual([3, before]);
    });
  });
});
