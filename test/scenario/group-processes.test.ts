/**
 * Five members as real processes, each on a machine of its own, that send messages of all orders and guarantees while processes are killed
 * and stopped and links are cut, as a seed says. What happened at each is held against the group's spec; in the end all are in one view and
 * have the same. Half a minute here; `npm run soak -- group-processes` takes ten, COTERIE_MINUTES as long as it says.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { memberName } from "../../src/group/index.ts";
import { requireRoot } from "../peers/require-peer.ts";
import { drawHarms, GroupNemesis, HARMS } from "../support/group-nemesis.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { WatchedGroup } from "../support/watched-group.ts";

const MEMBERS = 5;
const LOAD = "load 20";
const minutes = Number(process.env.COTERIE_MINUTES ?? (process.env.COTERIE_SOAK === "1" ? 10 : 0.5));
const seed = Number(process.env.COTERIE_SEED ?? 20_261_121);
const canRun = requireRoot("network namespaces");
const base = mkdtempSync(join(tmpdir(), "coterie-group-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test.runIf(canRun)(
  `processes of a group keep its promises for ${minutes} minutes (seed ${seed})`,
  {
    timeout: 240_000 + 2 * minutes * 60_000,
  },
  async () => {
    const group = new WatchedGroup({ members: MEMBERS, folder: base });
    const { traces, processes } = group;
    const nemesis = new GroupNemesis(group.site, processes, (index) => processes.at(index)?.say(LOAD));
    try {
      await group.start();
      processes.say(LOAD);
      const harms = drawHarms(seededRandom(seed), MEMBERS, minutes * 60_000);
      await Promise.race([nemesis.run(harms), group.failed]);
      processes.say("stop");
      const states = await group.states();
      traces.finish(traces.alive());
      expect(traces.spec.violation).toBeUndefined();
      expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1);
      const views = traces.spec.views();
      expect(views.at(-1)?.members.map(memberName).toSorted()).toEqual(traces.alive().toSorted());
      const { events, deliveries, outs } = traces;
      const done = Object.fromEntries(nemesis.done);
      console.log(
        JSON.stringify({
          views: views.length,
          events,
          deliveries,
          outs,
          suspicions: group.suspicions.length,
          ...done,
        }),
      );
      // A run in which nothing happened would prove nothing.
      expect(nemesis.done.size).toBeGreaterThan(HARMS.length / 2);
      expect(views.length).toBeGreaterThan(3);
      expect(deliveries).toBeGreaterThan(1000);
    } finally {
      nemesis.stop();
      await group.close();
    }
  },
);
