/** What clients of a replicated volume are asked to do: few names and files, so that they meet, and a file of each client's own. */
import type { WorkloadDraw } from "../../src/sim/index.ts";

interface Step {
  readonly atMs: number;
  readonly client: number;
  /** The node that is asked first. */
  readonly node: number;
}

export type VolumeOperation =
  | (Step & { readonly kind: "create" | "lookup" | "remove"; readonly name: number })
  | (Step & { readonly kind: "rename"; readonly name: number; readonly to: number })
  /** Of the file that the client met last under the name. */
  | (Step & { readonly kind: "link"; readonly name: number; readonly to: number })
  | (Step & { readonly kind: "write" | "read"; readonly name: number })
  /**
   * Writes blocks of the client's own file unstably, each by another node, and commits them. If some may be lost then it writes all
   * again; or (`isGivenUp`) it reads what became of them, and leaves it at that.
   */
  | (Step & {
      readonly kind: "save";
      readonly blocks: readonly number[];
      readonly commitNode: number;
      readonly isGivenUp?: boolean;
    })
  /**
   * Writes blocks of the client's own file unstably, each by another node, and has it cut to nothing by one more, by CREATE or SETATTR, without
   * a COMMIT: nothing of them comes back.
   */
  | (Step & {
      readonly kind: "cut";
      readonly blocks: readonly number[];
      readonly cutNode: number;
      readonly isByCreate: boolean;
    })
  /** Reads the client's own file. */
  | (Step & { readonly kind: "check" })
  /** Takes a snapshot, in which the client's own file is as it was committed. */
  | (Step & { readonly kind: "snapshot" })
  /** Of a snapshot or clone that is known: `which`, from the newest on. */
  | (Step & { readonly kind: "clone"; readonly which: number })
  | (Step & { readonly kind: "drop"; readonly which: number })
  | (Step & { readonly kind: "look" | "put"; readonly which: number; readonly name: number });

export const NAMES = 3;
export const CLIENTS = 4;
/** Of a client's own file. */
export const BLOCKS = 10;

export function drawOperations(draw: WorkloadDraw): VolumeOperation[] {
  return [...onNames(draw), ...onLayers(draw)].sort((a, b) => a.atMs - b.atMs);
}

function onNames({ random, nodes, quietMs }: WorkloadDraw): VolumeOperation[] {
  return Array.from({ length: 20 + random.below(120) }, (): VolumeOperation => {
    const step = {
      atMs: random.below(quietMs),
      client: random.below(CLIENTS),
      node: random.below(nodes),
    };
    const name = random.below(NAMES);
    const to = random.below(NAMES);
    const kind = random.unit();
    if (kind < 0.12) return { ...step, kind: "create", name };
    if (kind < 0.2) return { ...step, kind: "lookup", name };
    if (kind < 0.24) return { ...step, kind: "remove", name };
    if (kind < 0.3) return { ...step, kind: "rename", name, to };
    if (kind < 0.34) return { ...step, kind: "link", name, to };
    if (kind < 0.6) return { ...step, kind: "write", name };
    if (kind < 0.8) return { ...step, kind: "read", name };
    if (kind < 0.85) return { ...step, kind: "check" };
    const blocks = Array.from({ length: 1 + random.below(6) }, () => random.below(BLOCKS));
    return { ...step, kind: "save", blocks, commitNode: random.below(nodes) };
  });
}

function onLayers({ random, nodes, quietMs }: WorkloadDraw): VolumeOperation[] {
  // Half of the runs know nothing of snapshots: a volume without any is another one inside.
  const count = random.chance(0.5) ? 5 + random.below(50) : 0;
  return Array.from({ length: count }, (): VolumeOperation => {
    const step = {
      atMs: random.below(quietMs),
      client: random.below(CLIENTS),
      node: random.below(nodes),
    };
    const which = random.below(3);
    const name = random.below(NAMES);
    const kind = random.unit();
    if (kind < 0.25) return { ...step, kind: "snapshot" };
    if (kind < 0.35) return { ...step, kind: "clone", which };
    if (kind < 0.5) return { ...step, kind: "drop", which };
    return { ...step, kind: kind < 0.75 ? "look" : "put", which, name };
  });
}

/** The same with less to do. */
export function simplify(operation: VolumeOperation): VolumeOperation[] {
  return (operation.kind === "save" || operation.kind === "cut") && operation.blocks.length > 1
    ? [{ ...operation, blocks: operation.blocks.slice(0, 1) }]
    : [];
}
