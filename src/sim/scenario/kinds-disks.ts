/** Faults of disks: slow, full, failing. */
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

export const slowDisk = diskFault("slow-disk", "timing", "syncs take long", (random) => ({
  syncMs: 10 + random.below(991),
}));

export const fullDisk = diskFault("full-disk", "omission", "nothing more fits: STORE_FULL", () => ({
  capacityBytes: 0,
}));

export const failingDisk = diskFault(
  "failing-disk",
  "omission",
  "syncs fail at random: STORE_IO",
  (random) => ({
    ioError: Math.ceil(100 * Math.max(0.05, random.unit())) / 100,
  }),
);
