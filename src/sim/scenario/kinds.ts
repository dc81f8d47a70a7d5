/** The kinds of fault that every scenario has, by name. */
import { corruptBlock, corruptRead, corruptWrite, failingDisk, fullDisk, slowDisk } from "./kinds-disks.ts";
import {
  bandwidth,
  corrupt,
  duplicate,
  loss,
  oneWayPartition,
  partialPartition,
  partition,
  reorder,
  reset,
  slowLink,
  smallMtu,
} from "./kinds-links.ts";
import { clockDrift, clockJitter, clockStep, crash, crashRestart, diskLost, pause } from "./kinds-nodes.ts";
import type { FaultKind, FaultWeights, Scenario } from "./types.ts";

/** In the order of the fault catalogue. */
export const FAULT_KINDS: readonly FaultKind[] = [
  crash,
  crashRestart,
  diskLost,
  loss,
  smallMtu,
  reset,
  fullDisk,
  failingDisk,
  duplicate,
  reorder,
  slowLink,
  bandwidth,
  slowDisk,
  pause,
  clockStep,
  clockDrift,
  clockJitter,
  partition,
  oneWayPartition,
  partialPartition,
  corrupt,
  corruptRead,
  corruptWrite,
  corruptBlock,
];

/** Every kind, each as often as the others. */
export const EVERY_FAULT: FaultWeights = Object.fromEntries(FAULT_KINDS.map(({ kind }) => [kind, 1]));

/** The kinds that a scenario's plan may name: its own come before those of the same name here. */
export function kindsOf(scenario: Pick<Scenario<never>, "kinds">): ReadonlyMap<string, FaultKind> {
  return new Map([...FAULT_KINDS, ...(scenario.kinds ?? [])].map((kind) => [kind.kind, kind]));
}
