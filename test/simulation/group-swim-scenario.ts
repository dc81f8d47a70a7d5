/**
 * The scenario of groups with 17 members and SWIM's detector: processes are killed and paused, the network is parted, and the views agree
 * as ever (`group-scenario.ts` checks that). What is the detector's own is checked in addition: where nothing goes wrong nobody is
 * suspected, and a lost link between two members alone makes nobody suspected while others reach both.
 */
import { type DetectorOutput, SwimDetector } from "../../src/group/detector/index.ts";
import type { Scenario } from "../../src/sim/index.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

export const SWIM_MEMBERS = 17;

/** Faults after which a member may rightly be suspected, though it lives. */
const HARMLESS = new Set(["clock-step"]);

export function groupSwimScenario(
  module: GroupModule,
  change: Partial<Scenario<GroupOperation>> = {},
): Scenario<GroupOperation> {
  return groupScenario(module, {
    name: "group-swim",
    nodes: SWIM_MEMBERS,
    faults: {
      "crash-restart": 4,
      pause: 4,
      partition: 3,
      "one-way-partition": 1,
      "partial-partition": 3,
      reset: 2,
      "clock-step": 1,
    },
    faultCount: { min: 0, max: 5 },
    run: async (stage) => {
      const suspected: string[] = [];
      const { run } = groupScenario(probing(module, (by, peer) => suspected.push(`${by}: ${peer}`)));
      await run(stage);
      const isHarmless = stage.plan.faults.every(({ kind }) => HARMLESS.has(kind));
      if (isHarmless && suspected.length > 0)
        stage.fail("no suspicion without a fault", suspected.join(", "));
    },
    ...change,
  });
}

/** Groups as they are, with SWIM's detector. */
function probing({ openGroup }: GroupModule, tell: (by: string, peer: string) => void): GroupModule {
  return {
    openGroup: (world, mesh, options) => {
      const detector = (output: DetectorOutput) => {
        const suspect = (peer: string, why: string): void => {
          tell(mesh.self.name, peer);
          output.suspect(peer, why);
        };
        return new SwimDetector(
          {
            send: (to, bytes) => output.send(to, bytes),
            suspect,
            trust: (peer) => output.trust(peer),
          },
          world.random,
        );
      };
      return openGroup(world, mesh, { ...options, detector });
    },
  };
}
