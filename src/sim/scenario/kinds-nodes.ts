/** Faults of nodes: crashes with and without a restart. A fault that finds its node down already does nothing. */
import type { SimNode } from "../node.ts";
import { defineFault } from "./define.ts";
import type { FaultDraw, FaultScene, Undo } from "./types.ts";

interface Crash {
  readonly node: number;
  /** The machine loses its power: nothing answers for it, and peers find out by themselves. */
  readonly power: boolean;
}

function drawCrash({ random, nodes }: FaultDraw): Crash {
  return { node: random.below(nodes), power: random.chance(0.5) };
}

function victim(scene: FaultScene, index: number): SimNode {
  return scene.nodes[index] as SimNode;
}

/** The undo of a crash: the next life, unless somebody else has begun one. */
function restart(node: SimNode, life: number): Undo {
  return () => {
    if (!node.isUp && node.incarnation === life) void node.restart();
  };
}

export const crash = defineFault<Crash>({
  kind: "crash",
  class: "fail-stop",
  summary: "a node stops, and stays down",
  down: "for-ever",
  instant: true,
  draw: drawCrash,
  apply(scene, { node, power }) {
    if (victim(scene, node).isUp) victim(scene, node).crash({ power });
    return undefined;
  },
});

export const crashRestart = defineFault<Crash>({
  kind: "crash-restart",
  class: "fail-restart",
  summary: "a node crashes, and starts again on its disk; what was not synced may be lost",
  down: true,
  draw: drawCrash,
  apply(scene, { node: index, power }) {
    const node = victim(scene, index);
    if (!node.isUp) return undefined;
    node.crash({ power });
    return restart(node, node.incarnation);
  },
});
