/**
 * What somebody has to do for the cell, and everybody can: found it, make its first volume, keep the voters of its log the nodes that it has, give
 * volumes the replicas that they should have, take out damaged ones until they are made anew, take them from nodes that are drained, carry moves
 * out. The leader of the cell's log does what concerns the cell, the leader of a volume's log what concerns the volume. Two who take themselves for the leader do no harm: the log refuses the second.
 *
 * Each look decides on at most one thing to do for each log, from what is known now; the next look decides again. So nothing has to be
 * remembered, and a leader that dies half-way leaves nothing that the next one would not see.
 */

import { cell_deed, cell_standing, type report_role } from "../gen/cell-admin.gen.ts";
import type { CellCommand, CellState } from "../state/cell-state.ts";
import { ROOT_VOLUME } from "../state/names.ts";
import { type Candidate, choosePlaces } from "../state/placement.ts";
import { type CellNode, type CellVolume, placesOf, sameNames } from "../state/records.ts";
import { soundOf } from "./repair.ts";

export { ROOT_VOLUME } from "../state/names.ts";

/** Replicas of a volume, if nobody says how many and there are as many nodes. */
export const DEFAULT_REPLICAS = 5;

/** What is known of a node beside the cell's state. */
export interface NodeView {
  readonly isUp: boolean;
  readonly freeBytes: number;
}

export interface CellView {
  readonly state: CellState;
  /** Voters of the cell's log. */
  readonly voters: readonly string[];
  readonly isChanging: boolean;
  /** Voters whose store is not the one that the log knows, as they say. */
  readonly lost: readonly string[];
  nodeOf(name: string): NodeView | undefined;
}

/** What the leader of the cell's log should do next. */
export type CellDuty =
  | { readonly kind: "voters"; readonly names: readonly string[] }
  | { readonly kind: "command"; readonly command: CellCommand }
  | undefined;

/** `drawId`: 16 random bytes. `nowSeconds`: since 1970. */
export function cellDuty(view: CellView, drawId: () => Uint8Array, nowSeconds: number): CellDuty {
  const { state } = view;
  const names = state.nodes.map(({ name }) => name);
  if (!view.isChanging && areToBeNamed(names, view)) return { kind: "voters", names };
  if (state.volumes.length === 0) {
    const replicas = choosePlaces(candidates(view), DEFAULT_REPLICAS);
    if (replicas.length === 0) return undefined;
    const made_seconds = BigInt(nowSeconds);
    const copies = DEFAULT_REPLICAS;
    const making = { id: drawId(), name: ROOT_VOLUME, replicas, copies, quota_bytes: 0n, made_seconds };
    return { kind: "command", command: { deed: cell_deed.CELL_MAKE_VOLUME, making } };
  }
  for (const volume of state.volumes) {
    const command = placeAgain(view, volume);
    if (command !== undefined) return { kind: "command", command };
  }
  return undefined;
}

/**
 * Replicas on nodes that are drained go to others, and as many come as the volume should have and nodes can take. Where
 * nobody can take one, a drained node's goes all the same, but for the last. Of more than it should have those go that are not up. A
 * volume that is being moved is left alone, but for a node that is drained before it has a replica: it may never come.
 */
function placeAgain(view: CellView, volume: CellVolume): CellCommand | undefined {
  const { id, wanted, copies } = volume;
  if (wanted.length > 0 && !wanted.some((name) => isDrained(view.state, name))) return undefined;
  const places = placesOf(volume);
  const stay = places.flatMap((name) => {
    const node = view.state.node(name);
    return node === undefined || isDrained(view.state, name) ? [] : [node];
  });
  if (stay.length > copies) return moveTo(id, dearest(view, stay, copies));
  const others = candidates(view).filter(({ name }) => !places.includes(name));
  const found = choosePlaces(others, copies - stay.length, stay);
  const next = [...stay.map(({ name }) => name), ...found];
  if (next.length === 0 || sameNames(next, places)) return undefined;
  return moveTo(id, next);
}

/** So many of the nodes: those that are up, in as many domains as can be, before the others. */
function dearest(view: CellView, nodes: readonly CellNode[], count: number): string[] {
  const names = nodes.map(({ name }) => name);
  const up = choosePlaces(
    candidates(view).filter(({ name }) => names.includes(name)),
    count,
  );
  return [...up, ...names.filter((name) => !up.includes(name))].slice(0, count);
}

function moveTo(volume: Uint8Array, replicas: string[]): CellCommand {
  return { deed: cell_deed.CELL_MOVE_VOLUME, move: { volume, replicas } };
}

function isDrained(state: CellState, name: string): boolean {
  return state.node(name)?.standing === cell_standing.CELL_DRAINING;
}

/** Active nodes that are up, with their room. */
export function candidates({ state, nodeOf }: CellView): Candidate[] {
  return state.nodes.flatMap(({ name, domain, standing }) => {
    const known = nodeOf(name);
    if (standing !== cell_standing.CELL_ACTIVE || known === undefined || !known.isUp) return [];
    const replicas = state.volumes.filter((volume) => volume.replicas.includes(name)).length;
    return [{ name, domain, freeBytes: known.freeBytes, replicas }];
  });
}

export interface VolumeView {
  readonly voters: readonly string[];
  readonly isChanging: boolean;
  readonly isFormatted: boolean;
  /** How much it may take, as its log says. */
  readonly quotaBytes: number;
  /** Replicas whose store is not the one that it was, as they say. */
  readonly lost: readonly string[];
  /** What a node last told of its replica; undefined if nothing. */
  roleOf(name: string): report_role | undefined;
}

/** What the leader of a volume's log should do next. */
export type VolumeDuty =
  | { readonly kind: "format" }
  | { readonly kind: "limit"; readonly quotaBytes: number }
  | { readonly kind: "voters"; readonly names: readonly string[] }
  | { readonly kind: "moved" }
  | undefined;

export function volumeDuty(volume: CellVolume, view: VolumeView): VolumeDuty {
  const { wanted, quota_bytes } = volume;
  if (view.isChanging) return undefined;
  const places = placesOf(volume);
  const sound = soundOf(places, view.voters, view.roleOf);
  const isMovable = wanted.length === 0 || sound.length === places.length;
  // A move waits until all can have it: the old replicas stay, but for those that are damaged.
  const names = isMovable ? sound : soundOf(view.voters, view.voters, view.roleOf);
  if (names.length > 0 && areToBeNamed(names, view)) return { kind: "voters", names };
  if (!view.isFormatted) return { kind: "format" };
  const quotaBytes = Number(quota_bytes);
  if (quotaBytes !== view.quotaBytes) return { kind: "limit", quotaBytes };
  return wanted.length > 0 && isMovable ? { kind: "moved" } : undefined;
}

/** Naming the same voters again makes those that lost their store members anew. */
function areToBeNamed(
  names: readonly string[],
  { voters, lost }: Pick<VolumeView, "voters" | "lost">,
): boolean {
  return !sameNames(names, voters) || names.some((name) => lost.includes(name));
}
