/**
 * Faults that strike in the midst of a protocol: not at a time, but when somebody says a certain thing. Between the messages of one view
 * change lie a few milliseconds; faults at random times hit them once in a thousand runs, and these at once.
 *
 * A fault of these kinds lies in wait from `atMs` for `durationMs`. When a node sends a message of the step, for the first time or after
 * `skip` others, it strikes `delayMs` later, for `holdMs`, and not again. All of it is plain data, so plans are repeated and made small as ever.
 */
import type { Mesh } from "../../src/channel/index.ts";
import { group_kind } from "../../src/group/wire/gen/group.gen.ts";
import { defineFault, type FaultKind, type Simulation } from "../../src/sim/index.ts";

/** Steps of a view and its end, by the message that takes them, and how often each is drawn beside the others. */
const STEPS: readonly (readonly [step: string, kind: number, weight: number])[] = [
  ["bundle", group_kind.GROUP_BUNDLE, 3],
  ["ack", group_kind.GROUP_ACK, 1],
  ["confirm", group_kind.GROUP_CONFIRM, 1],
  ["suspicions", group_kind.GROUP_SUSPICIONS, 1],
  ["prepare", group_kind.GROUP_PREPARE, 2],
  ["promise", group_kind.GROUP_PROMISE, 2],
  ["propose", group_kind.GROUP_PROPOSE, 4],
  ["accepted", group_kind.GROUP_ACCEPTED, 4],
  ["decide", group_kind.GROUP_DECIDE, 5],
  ["fetch", group_kind.GROUP_FETCH, 1],
];
const KIND_OF = new Map(STEPS.map(([step, kind]) => [step, kind]));
export const STEP_NAMES: readonly string[] = STEPS.map(([step]) => step);
const WEIGHTED_STEPS = STEPS.flatMap(([step, , weight]) => Array.from({ length: weight }, () => step));

interface AtStep {
  readonly step: string;
  /** So many such steps are let pass. */
  readonly skip?: number;
  readonly delayMs?: number;
  readonly holdMs: number;
  /** Nodes, by index. What they are to the one that takes the step, the kind says. */
  readonly group?: readonly number[];
}

type Undo = () => void;
type Draw = Parameters<FaultKind["draw"]>[0];
type Scene = Parameters<FaultKind["apply"]>[0];

/** What lies in wait in one run. */
export class Ambush {
  readonly #waiting = new Set<{ readonly kind: number; skip: number; strike(node: number): void }>();
  readonly #lastMs = new Map<string, number>();
  readonly #sim: Simulation;
  /** A node that stood still for so long goes on: called before it does anything. */
  onWake: (node: number, stoodMs: number) => void = () => {};

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** The mesh of a node, with an eye on what its groups send. */
  watch(mesh: Mesh, node: number): Mesh {
    const open = mesh.open.bind(mesh);
    mesh.open = (name) => {
      const port = open(name);
      const [send, broadcast] = [port.send.bind(port), port.broadcast.bind(port)];
      port.send = (to, message) => {
        this.#saw(node, message);
        return send(to, message);
      };
      port.broadcast = (to, message) => {
        this.#saw(node, message);
        broadcast(to, message);
      };
      return port;
    };
    return mesh;
  }

  wait(kind: number, skip: number, strike: (node: number) => void): Undo {
    const each = {
      kind,
      skip,
      strike: (node: number) => {
        this.#waiting.delete(each);
        strike(node);
      },
    };
    this.#waiting.add(each);
    return () => this.#waiting.delete(each);
  }

  #saw(node: number, message: Uint8Array): void {
    if (this.#waiting.size === 0 || message.length < 4) return;
    const kind = new DataView(message.buffer, message.byteOffset).getUint32(0);
    // What is said to several in one instant is one step.
    const name = `${node} ${kind}`;
    if (this.#lastMs.get(name) === this.#sim.nowMs) return;
    this.#lastMs.set(name, this.#sim.nowMs);
    for (const each of [...this.#waiting]) if (each.kind === kind && each.skip-- <= 0) each.strike(node);
  }
}

const ambushes = new WeakMap<Simulation, Ambush>();

/** That of this run. */
export function ambushOf(sim: Simulation): Ambush {
  let ambush = ambushes.get(sim);
  if (ambush === undefined) {
    ambush = new Ambush(sim);
    ambushes.set(sim, ambush);
  }
  return ambush;
}

function drawAtStep({ random, nodes }: Draw): AtStep {
  const step = WEIGHTED_STEPS[random.below(WEIGHTED_STEPS.length)] as string;
  const [skip, delayMs] = [random.below(step === "bundle" ? 12 : 5), random.below(40)];
  const everybody = Array.from({ length: nodes }, (_, node) => node);
  const some = everybody.filter(() => random.chance(0.5));
  const group = random.chance(0.4) ? everybody : some;
  return {
    step,
    ...(random.chance(0.4) && skip > 0 ? { skip } : {}),
    ...(random.chance(0.4) && delayMs > 0 ? { delayMs } : {}),
    holdMs: 1 + random.below(random.chance(0.5) ? 100 : 3000),
    ...(random.chance(0.6) && group.length > 0 ? { group } : {}),
  };
}

function kindAtStep(
  kind: string,
  faultClass: "fail-restart" | "timing" | "partition",
  summary: string,
  strike: (scene: Scene, sender: number, fault: AtStep & { readonly way?: string }) => readonly Undo[],
  draw: (draw: Draw) => object = () => ({}),
): FaultKind {
  return defineFault<AtStep>({
    kind,
    class: faultClass,
    summary,
    draw: (what) => ({ ...drawAtStep(what), ...draw(what) }),
    apply(scene, fault) {
      const { sim } = scene;
      let undos: readonly Undo[] = [];
      let isOver = false;
      const end = () => {
        for (const undo of undos) undo();
        undos = [];
      };
      const begin = (sender: number) => {
        if (isOver) return;
        undos = strike(scene, sender, fault);
        sim.at(sim.nowMs + fault.holdMs, end);
      };
      const disarm = ambushOf(sim).wait(KIND_OF.get(fault.step) ?? -1, fault.skip ?? 0, (sender) => {
        // Not within the call: a process does not crash in the middle of what it says.
        sim.at(sim.nowMs + (fault.delayMs ?? 0), () => begin(sender));
      });
      return () => {
        isOver = true;
        disarm();
        end();
      };
    },
  });
}

function others({ nodes }: Scene, sender: number, { group }: AtStep): number[] {
  return (group ?? nodes.map((_, node) => node)).filter((node) => node !== sender && node < nodes.length);
}

/** Whom a fault of nodes is about: the group without the sender; without a group, the sender alone. */
function struck(scene: Scene, sender: number, fault: AtStep): number[] {
  return fault.group === undefined ? [sender] : others(scene, sender, fault);
}

const drawWay = ({ random }: Draw) => ({ way: ["out", "in", "both", "side"][random.below(4)] as string });

/** Cuts between who takes the step and the group; or (`side`) nothing comes out of the two any more to the rest. */
const cutAtStep = kindAtStep(
  "cut-at-step",
  "partition",
  "who takes a step of a protocol is not heard just then, or hears nobody, with others or alone",
  (scene, sender, fault) => {
    const group = others(scene, sender, fault);
    const { overlays, nodes } = scene;
    if (fault.way === "side") {
      const side = [sender, ...group];
      const rest = nodes.map((_, node) => node).filter((node) => !side.includes(node));
      return rest.length === 0 ? [] : [overlays.cut(side, rest, true)];
    }
    if (group.length === 0) return [];
    return [
      fault.way === "in"
        ? overlays.cut(group, [sender], true)
        : overlays.cut([sender], group, fault.way !== "both"),
    ];
  },
  drawWay,
);

/**
 * Who says something and the sequencer, which is the first node where nobody has gone, hear everybody and are not heard by the others: what
 * the sequencer says of it only the two of them know.
 */
export const ASIDE = kindAtStep(
  "aside",
  "partition",
  "who sends a bundle, and the first node, are not heard by the others from then on",
  (scene, sender) => {
    const side = [...new Set([0, sender])];
    const rest = scene.nodes.map((_, node) => node).filter((node) => !side.includes(node));
    return rest.length === 0 ? [] : [scene.overlays.cut(side, rest, true)];
  },
  ({ random }) => ({
    step: "bundle",
    skip: random.below(20),
    delayMs: random.below(12),
    holdMs: 1500 + random.below(2500),
  }),
);

/** Without a group, who takes the step; else those of the group without it. */
const crashAtStep = kindAtStep(
  "crash-at-step",
  "fail-restart",
  "who takes a step of a protocol crashes just then, or others do, and they start again on their disks",
  (scene, sender, fault) =>
    struck(scene, sender, fault).flatMap((index) => {
      const node = scene.node(index);
      if (!node.isUp) return [];
      const life = node.incarnation;
      node.crash({ power: true });
      return [
        () => {
          if (!node.isUp && node.incarnation === life) void node.restart();
        },
      ];
    }),
);

/** The same, standing still. */
const pauseAtStep = kindAtStep(
  "pause-at-step",
  "timing",
  "who takes a step of a protocol stands still just then, or others do, and go on",
  (scene, sender, fault) => struck(scene, sender, fault).flatMap((index) => pauseNode(scene, index)),
);

function pauseNode(scene: Scene, index: number): Undo[] {
  const { sim } = scene;
  const node = scene.node(index);
  if (!node.isUp || node.isPaused) return [];
  const [life, sinceMs] = [node.incarnation, sim.nowMs];
  node.pause();
  return [
    () => {
      if (node.incarnation !== life || !node.isPaused) return;
      ambushOf(sim).onWake(index, sim.nowMs - sinceMs);
      node.resume();
    },
  ];
}

/** As the kind `pause`, and whoever looks on is told when it ends. */
const standstill = defineFault<{ readonly node: number }>({
  kind: "standstill",
  class: "timing",
  summary: "a node stands still, then goes on with all that was due meanwhile",
  down: true,
  draw: ({ random, nodes }) => ({ node: random.below(nodes) }),
  apply: (scene, { node }) => pauseNode(scene, node)[0],
});

/** Of those who are to coordinate, the first two: each takes the other for dead, at about the same time. */
const rift = defineFault<{ readonly node: number; readonly peer: number }>({
  kind: "rift",
  class: "partition",
  summary: "the first two nodes do not hear each other, and everybody else hears both",
  draw: ({ random, nodes }) =>
    nodes < 2 ? undefined : { node: 0, peer: nodes > 2 && random.chance(0.2) ? 2 : 1 },
  apply: (scene, { node, peer }) => scene.overlays.cut([node], [peer], false),
});

export const FAULTS_AT_STEPS: readonly FaultKind[] = [cutAtStep, crashAtStep, pauseAtStep, standstill, rift];
