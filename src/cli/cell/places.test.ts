import { expect, test } from "vitest";
import { type SimNode, Simulation } from "../../sim/index.ts";
import type { World } from "../../world/index.ts";
import { findPlaces, requireFree } from "./places.ts";

async function onMachine(run: (world: World, machine: SimNode) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const machine = sim.node("machine");
  await sim.run(() => machine.start((world) => run(world, machine)));
}

/** Keeps a port, as another program would. */
function take(world: World, host: string, port: number) {
  return world.net.listen({ bind: { host, port }, onStream: () => {} });
}

test("services follow the port that was asked for, past those that are taken", () =>
  onMachine(async (world, { ip }) => {
    await take(world, ip, 2050);
    const places = await findPlaces(world, ip, 2049, 3);
    expect(places.map(({ service }) => service)).toEqual([2049, 2051, 2052]);
    const all = places.flatMap(({ service, mesh }) => [service, mesh]);
    expect(new Set(all).size).toBe(6);
    // All were given back.
    await requireFree(world, ip, all);
  }));

test("the port that was asked for is taken, and that is told", () =>
  onMachine(async (world, { ip }) => {
    await take(world, ip, 2049);
    await expect(findPlaces(world, ip, 2049, 3)).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
    await expect(requireFree(world, ip, [2048, 2049])).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
  }));

test("any ports are below those that the system takes for connections", () =>
  onMachine(async (world, { ip }) => {
    const places = await findPlaces(world, ip, 0, 5);
    for (const port of places.flatMap(({ service, mesh }) => [service, mesh])) {
      expect(port).toBeGreaterThanOrEqual(10_000);
      expect(port).toBeLessThan(32_000);
    }
  }));

test("there is no port above the last", () =>
  onMachine(async (world, { ip }) => {
    await expect(findPlaces(world, ip, 65_535, 2)).rejects.toMatchObject({ code: "NET_ADDRESS_IN_USE" });
  }));
