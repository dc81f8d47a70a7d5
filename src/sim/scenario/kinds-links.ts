/** Faults of links: a node's links to all others, or to one of them, are worse for a while. */
import type { Prng } from "../prng.ts";
import { defineFault } from "./define.ts";
import type { FaultClass, FaultDraw, FaultKind, LinkChange } from "./types.ts";

interface Ends {
  readonly node: number;
  /** Without it, all links of the node. */
  readonly peer?: number;
}

/** One link or, as often, all of a node. */
function drawEnds(draw: FaultDraw): Ends | undefined {
  const pair = drawPair(draw);
  if (pair === undefined) return undefined;
  return draw.random.chance(0.5) ? pair : { node: pair.node };
}

/** Two different nodes. */
function drawPair({ random, nodes }: FaultDraw): Required<Ends> | undefined {
  if (nodes < 2) return undefined;
  const node = random.below(nodes);
  return { node, peer: (node + 1 + random.below(nodes - 1)) % nodes };
}

/** From 5 to 100 percent, in whole ones; low ones more often. */
function drawProbability(random: Prng): number {
  return Math.ceil(100 * Math.max(0.05, random.unit() * random.unit())) / 100;
}

/** A kind whose parameters are changes of a link's options, by the same names. */
function linkFault<Change extends LinkChange>(
  kind: string,
  faultClass: FaultClass,
  summary: string,
  drawChange: (random: Prng) => Change,
): FaultKind {
  return defineFault<Ends & Change>({
    kind,
    class: faultClass,
    summary,
    draw(draw) {
      const ends = drawEnds(draw);
      return ends === undefined ? undefined : { ...ends, ...drawChange(draw.random) };
    },
    apply(scene, { kind: _, atMs: __, durationMs: ___, node, peer, ...change }) {
      return scene.overlays.link(change as LinkChange, { node, peer });
    },
  });
}

export const loss = linkFault("loss", "omission", "datagrams are lost, streams wait", (random) => ({
  loss: drawProbability(random),
}));

export const duplicate = linkFault(
  "duplicate",
  "timing",
  "datagrams arrive twice, the copy later",
  (random) => ({
    duplicate: drawProbability(random),
  }),
);

export const reorder = linkFault("reorder", "timing", "datagrams overtake each other", (random) => ({
  reorder: drawProbability(random),
}));

export const corrupt = linkFault("corrupt", "byzantine", "datagrams arrive with bits flipped", (random) => ({
  corrupt: drawProbability(random),
}));

export const smallMtu = linkFault(
  "small-mtu",
  "omission",
  "datagrams that are too large for a link are dropped",
  (random) => ({
    // From the least that IPv4 has to carry to that of Ethernet.
    mtuBytes: 576 + random.below(1500 - 576),
  }),
);

export const slowLink = linkFault("slow-link", "timing", "everything takes longer to arrive", (random) => ({
  latencyMs: 10 + random.below(491),
  jitterMs: random.below(500),
}));

interface Narrow {
  readonly node: number;
  readonly bandwidthBps: number;
  readonly queueBytes: number;
}

export const bandwidth = defineFault<Narrow>({
  kind: "bandwidth",
  class: "timing",
  summary: "what a node's network carries is little, and queues overflow",
  draw: ({ random, nodes }) => ({
    node: random.below(nodes),
    bandwidthBps: Math.round(10 ** (4 + 3 * random.unit())),
    queueBytes: 1500 * (1 + random.below(100)),
  }),
  apply({ overlays, node }, { node: index, bandwidthBps, queueBytes }) {
    const change = { bandwidthBps, queueBytes };
    // In a mesh each pair has a wire of its own.
    return node(index).lan.options.kind === "mesh"
      ? overlays.link(change, { node: index })
      : overlays.lan(index, change);
  },
});

export const reset = defineFault<Required<Ends>>({
  kind: "reset",
  class: "omission",
  summary: "every stream between two nodes is reset",
  instant: true,
  draw: drawPair,
  apply(scene, { node, peer }) {
    scene.sim.network.breakStreams(scene.node(node), scene.node(peer));
  },
});

interface Sides {
  /** One side; all others are the other. */
  readonly group: readonly number[];
}

function drawSides({ random, nodes }: FaultDraw): Sides | undefined {
  if (nodes < 2) return undefined;
  // At least one node on either side.
  const first = random.below(nodes);
  const group: number[] = [first];
  const stays = (first + 1 + random.below(nodes - 1)) % nodes;
  for (let node = 0; node < nodes; node++) {
    if (node !== first && node !== stays && random.chance(0.5)) group.push(node);
  }
  return { group: group.sort((a, b) => a - b) };
}

function others(group: readonly number[], nodes: number): number[] {
  return Array.from({ length: nodes }, (_, node) => node).filter((node) => !group.includes(node));
}

export const partition = defineFault<Sides>({
  kind: "partition",
  class: "partition",
  summary: "two groups of nodes do not hear each other",
  draw: drawSides,
  apply: (scene, { group }) => scene.overlays.cut(group, others(group, scene.nodes.length), false),
});

export const oneWayPartition = defineFault<Sides>({
  kind: "one-way-partition",
  class: "partition",
  summary: "a group of nodes is not heard by the others, and hears them",
  draw: drawSides,
  apply: (scene, { group }) => scene.overlays.cut(group, others(group, scene.nodes.length), true),
});

export const partialPartition = defineFault<Required<Ends>>({
  kind: "partial-partition",
  class: "partition",
  summary: "two nodes do not hear each other, and everybody else hears both",
  draw: drawPair,
  apply: (scene, { node, peer }) => scene.overlays.cut([node], [peer], false),
});
