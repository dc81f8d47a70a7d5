/** Faults of disks: slow, full, failing, and damaging what they hold without a word. */
import type { Prng } from "../prng.ts";
import { defineFault } from "./define.ts";
import type { DiskChange, FaultClass, FaultKind } from "./types.ts";

interface Place {
  readonly node: number;
}

/** A kind whose parameters are changes of a disk's options, by the same names. */
function diskFault<Change extends DiskChange>(
  kind: string,
  faultClass: FaultClass,
  summary: string,
  drawChange: (random: Prng) => Change,
): FaultKind {
  return defineFault<Place & Change>({
    kind,
    class: faultClass,
    summary,
    draw: ({ random, nodes }) => ({ node: random.below(nodes), ...drawChange(random) }),
    apply(scene, { kind: _, atMs: __, durationMs: ___, node, ...change }) {
      return scene.overlays.disk(node, change as DiskChange);
    },
  });
}

/** From 5 to 100 percent, in whole ones. */
function drawProbability(random: Prng): number {
  return Math.ceil(100 * Math.max(0.05, random.unit())) / 100;
}

export const slowDisk = diskFault("slow-disk", "timing", "syncs take long", (random) => ({
  syncMs: 10 + random.below(991),
  bytesPerSecond: Math.round(10 ** (4 + 3 * random.unit())),
}));

export const fullDisk = diskFault("full-disk", "omission", "nothing more fits: STORE_FULL", () => ({
  capacityBytes: 0,
}));

export const failingDisk = diskFault(
  "failing-disk",
  "omission",
  "syncs fail at random: STORE_IO",
  (random) => ({
    ioError: drawProbability(random),
  }),
);

export const corruptWrite = diskFault(
  "corrupt-write",
  "byzantine",
  "what is written is damaged at times",
  (random) => ({
    corruptWrite: drawProbability(random),
  }),
);

export const corruptRead = diskFault(
  "corrupt-read",
  "byzantine",
  "what is read is damaged at times",
  (random) => ({
    corruptRead: drawProbability(random),
  }),
);

export const corruptBlock = defineFault<Place>({
  kind: "corrupt-block",
  class: "byzantine",
  summary: "a block of what a disk holds is damaged, and stays so",
  instant: true,
  draw: ({ random, nodes }) => ({ node: random.below(nodes) }),
  apply(scene, { node }) {
    scene.node(node).disk.corrupt();
  },
});
