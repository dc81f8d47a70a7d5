/** One link of a group loses everything for a second: its stream is stuck for long after that, and the group is not. */
import { expect, it } from "vitest";
import { openMesh } from "../channel/index.ts";
import { Simulation } from "../sim/index.ts";
import type { Group } from "./group.ts";
import { openGroup } from "./open-group.ts";

const PORT = 700;
const LOSS_MS = 1000;

it.each([1, 2, 3])("is whole soon after the network is, and stays so (seed %i)", async (seed) => {
  const sim = new Simulation({ seed, link: { latencyMs: 1, jitterMs: 1 } });
  const nodes = Array.from({ length: 5 }, (_, i) => sim.node(`n${i}`));
  const founders = nodes.map(({ ip }, i) => ({ name: `n${i}`, address: { host: ip, port: PORT } }));
  const groups: Group[] = [];
  const installedMs: number[] = [];
  await sim.run(async () => {
    for (const [i, node] of nodes.entries())
      await node.start(async (world) => {
        const bind = { host: node.ip, port: PORT };
        const carrier = { kind: "tcp", isTrustedNetwork: true } as const;
        const mesh = await openMesh(world, { name: `n${i}`, bind, carrier });
        const group = await openGroup(world, mesh, { name: "stuck", founders });
        group.onView = () => installedMs.push(sim.nowMs);
        groups.push(group);
      });
    await sim.sleep(3000);
    const [a, b] = [nodes[1], nodes[3]] as const;
    if (a === undefined || b === undefined) throw new Error("five nodes");
    sim.network.setLink(a, b, { loss: 1 });
    await sim.sleep(LOSS_MS);
    sim.network.setLink(a, b, { loss: 0 });
    const healedMs = sim.nowMs;
    await sim.sleep(60_000);
    // Who suspected whom was true for a while: one of the two had to go, and came back.
    expect(Math.max(...installedMs)).toBeGreaterThan(healedMs - LOSS_MS);
    expect(Math.max(...installedMs)).toBeLessThan(healedMs + 3000);
    expect(groups.map(({ view }) => view?.members.length)).toEqual([5, 5, 5, 5, 5]);
  });
});
