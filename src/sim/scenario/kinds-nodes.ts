/** Faults of nodes: crashes with and without a restart, pauses, clocks. A fault that finds its node down already does nothing. */
import type { RestartOptions } from "../node.ts";
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

/** Crashes a node that is up. The undo is its next life, unless somebody else has begun one. */
function crashFor(
  scene: FaultScene,
  { node: index, power }: Crash,
  options: RestartOptions,
): Undo | undefined {
  const node = scene.node(index);
  if (!node.isUp) return undefined;
  const life = node.incarnation;
  node.crash({ power });
  return () => {
    if (!node.isUp && node.incarnation === life) void node.restart(options);
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
    if (scene.node(node).isUp) scene.node(node).crash({ power });
  },
});

export const crashRestart = defineFault<Crash>({
  kind: "crash-restart",
  class: "fail-restart",
  summary: "a node crashes, and starts again on its disk; what was not synced may be lost",
  down: true,
  draw: drawCrash,
  apply: (scene, fault) => crashFor(scene, fault, {}),
});

export const diskLost = defineFault<Crash>({
  kind: "disk-lost",
  class: "fail-restart",
  summary: "a node crashes, and starts again on an empty disk",
  down: true,
  draw: drawCrash,
  apply: (scene, fault) => crashFor(scene, fault, { freshDisk: true }),
});

interface Place {
  readonly node: number;
}

export const pause = defineFault<Place>({
  kind: "pause",
  class: "timing",
  summary: "a node stands still, then goes on with all that was due meanwhile",
  down: true,
  draw: ({ random, nodes }) => ({ node: random.below(nodes) }),
  apply(scene, { node: index }) {
    const node = scene.node(index);
    if (!node.isUp || node.isPaused) return undefined;
    const life = node.incarnation;
    node.pause();
    return () => {
      if (node.incarnation === life && node.isPaused) node.resume();
    };
  },
});

export const clockStep = defineFault<Place & { readonly stepMs: number }>({
  kind: "clock-step",
  class: "timing",
  summary: "a node's wall clock jumps, and is set right in the end",
  draw: ({ random, nodes }) => ({
    node: random.below(nodes),
    stepMs: (1 + random.below(60_000)) * (random.chance(0.5) ? 1 : -1),
  }),
  apply(scene, { node, stepMs }) {
    const { clock } = scene.node(node);
    clock.step(stepMs);
    return () => clock.step(-stepMs);
  },
});

export const clockDrift = defineFault<Place & { readonly driftPpm: number }>({
  kind: "clock-drift",
  class: "timing",
  summary: "a node's clocks and timers run too fast or too slow",
  draw: ({ random, nodes }) => ({
    node: random.below(nodes),
    // From good quartz to a broken one: 10 ppm to 10 percent.
    driftPpm: Math.round(10 ** (1 + 4 * random.unit())) * (random.chance(0.5) ? 1 : -1),
  }),
  apply: (scene, { node, driftPpm }) => scene.overlays.clock(node, { driftPpm }),
});

export const clockJitter = defineFault<
  Place & { readonly readJitterMs: number; readonly granularityMs: number }
>({
  kind: "clock-jitter",
  class: "timing",
  summary: "a node's clocks are read late, and in coarse steps",
  draw: ({ random, nodes }) => ({
    node: random.below(nodes),
    readJitterMs: 1 + random.below(50),
    granularityMs: random.below(20),
  }),
  apply: (scene, { node, readJitterMs, granularityMs }) =>
    scene.overlays.clock(node, { readJitterMs, granularityMs }),
});
