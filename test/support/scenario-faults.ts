/** Faults that scenarios of groups and logs have in common. */
import { defineFault, EVERY_FAULT } from "../../src/sim/index.ts";

const {
  "disk-lost": _1,
  "corrupt-read": _2,
  "corrupt-write": _3,
  "corrupt-block": _4,
  ...sound
} = EVERY_FAULT;

/** Every fault that leaves a disk with what was written to it: a node that loses or forges what it promised may vote twice. */
export const FAULTS_OF_SOUND_DISKS = sound;

/** All machines lose their power at the same time, and come back one by one. */
export function powerLoss(kind: string) {
  return defineFault<{ readonly returnMs: readonly number[] }>({
    kind,
    class: "fail-restart",
    summary: "all nodes crash at once, and start again on their disks",
    instant: true,
    draw: ({ random, nodes }) => ({
      returnMs: Array.from({ length: nodes }, () => 1 + random.below(random.chance(0.5) ? 20 : 2000)),
    }),
    apply({ sim, nodes }, { returnMs }) {
      nodes.forEach((node, at) => {
        if (!node.isUp) return;
        const life = node.incarnation;
        node.crash({ power: true });
        sim.at(sim.nowMs + (returnMs[at] ?? 1), () => {
          if (!node.isUp && node.incarnation === life) void node.restart();
        });
      });
      return undefined;
    },
  });
}
