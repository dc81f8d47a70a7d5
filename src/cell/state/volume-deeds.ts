/**
 * Commands about volumes: the volume location database. A volume is moved in two steps: the replicas that it shall have are
 * noted, its own log makes them its voters, and then they are noted as the ones that it has. Whoever looks for the volume in between
 * finds it among either.
 *
 * Another move may take the place of one that waits for a node which does not come back. The volume's log may just be making voters
 * of those that the first one wanted, so they count as ones that it has until the second is done; and it is done only by word of itself.
 */

import {
  CELL_MAX_REPLICAS,
  CELL_MAX_VOLUMES,
  type cell_copies_change,
  type cell_move,
  type cell_placing,
  type cell_quota_change,
  type cell_renaming,
  cell_standing,
  type cell_volume_making,
} from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import { badName, ROOT_VOLUME } from "./names.ts";
import { type CellVolume, hex, nodesOf, type Records, sameNames, volumeNamed } from "./records.ts";

export function makeVolume(
  records: Records,
  making: cell_volume_making,
  revision: bigint,
): Refused | undefined {
  const { id, name, replicas } = making;
  const refused =
    badName("volume", name) ??
    takenName(records, name) ??
    badReplicas(records, replicas) ??
    badCopies(making.copies);
  if (refused !== undefined) return refused;
  if (records.volumes.has(hex(id)))
    return new Refused("CELL_VOLUME_KNOWN", `the cell has a volume ${hex(id)}`);
  if (records.volumes.size >= CELL_MAX_VOLUMES)
    return new Refused("CELL_FULL", `${CELL_MAX_VOLUMES} volumes`);
  records.volumes.set(hex(id), { ...making, id: id.slice(), founders: replicas, wanted: [], revision });
  return undefined;
}

/** The cell's own move: in the place of another only where that wants a node which shall have nothing any more. */
export function moveVolume(records: Records, move: cell_move, revision: bigint): Refused | undefined {
  const kept = records.volumes.get(hex(move.volume));
  if (kept === undefined) return unknownVolume(move.volume);
  const isInVain = kept.wanted.some((name) => !isActive(records, name));
  return kept.wanted.length === 0 || isInVain ? want(records, kept, move.replicas, revision) : moving(kept);
}

/** A move to where somebody wants the replicas: from then on it should have as many, so that nobody adds any. */
export function placeVolume(
  records: Records,
  { volume, replicas }: cell_placing,
  revision: bigint,
): Refused | undefined {
  const kept = records.volumes.get(hex(volume));
  if (kept === undefined) return unknownVolume(volume);
  return want(records, { ...kept, copies: replicas.length }, replicas, revision);
}

function want(
  records: Records,
  volume: CellVolume,
  wanted: readonly string[],
  revision: bigint,
): Refused | undefined {
  const replicas = nodesOf(volume);
  if (replicas.length > CELL_MAX_REPLICAS) return moving(volume);
  const refused = badReplicas(records, wanted, replicas);
  if (refused !== undefined) return refused;
  records.volumes.set(hex(volume.id), { ...volume, replicas, wanted: [...wanted], revision });
  return undefined;
}

/**
 * A second telling of the same is nothing new: whoever carried the move out may have to tell it again. Nor is it that of a move whose
 * place another has taken.
 */
export function volumeMoved(
  records: Records,
  { volume: id, replicas }: cell_move,
  revision: bigint,
): Refused | undefined {
  return change(records, id, (volume) =>
    sameNames(volume.wanted, replicas)
      ? { ...volume, replicas: volume.wanted, wanted: [], revision }
      : volume,
  );
}

export function limitVolume(
  records: Records,
  { volume, quota_bytes }: cell_quota_change,
  revision: bigint,
): Refused | undefined {
  return change(records, volume, (kept) => ({ ...kept, quota_bytes, revision }));
}

export function copyVolume(
  records: Records,
  { volume, copies }: cell_copies_change,
  revision: bigint,
): Refused | undefined {
  return badCopies(copies) ?? change(records, volume, (kept) => ({ ...kept, copies, revision }));
}

function badCopies(copies: number): Refused | undefined {
  const isGood = copies >= 1 && copies <= CELL_MAX_REPLICAS;
  return isGood ? undefined : new Refused("CELL_REPLICAS", `${copies} copies`);
}

export function renameVolume(
  records: Records,
  { volume, name }: cell_renaming,
  revision: bigint,
): Refused | undefined {
  const named = volumeNamed(records, name);
  if (name !== ROOT_VOLUME && records.volumes.get(hex(volume))?.name === ROOT_VOLUME) return rootStays();
  const refused =
    badName("volume", name) ??
    (named && hex(named.id) !== hex(volume) ? takenName(records, name) : undefined);
  return refused ?? change(records, volume, (kept) => ({ ...kept, name, revision }));
}

export function dropVolume(records: Records, id: Uint8Array): Refused | undefined {
  const kept = records.volumes.get(hex(id));
  if (kept === undefined) return unknownVolume(id);
  if (kept.name === ROOT_VOLUME) return rootStays();
  if (kept.wanted.length > 0) return moving(kept);
  for (const mount of records.mounts.values()) {
    if (hex(mount.volume) === hex(id) || hex(mount.in_volume) === hex(id)) {
      return new Refused("CELL_VOLUME_MOUNTED", `"${kept.name}" is in the mount ${mount.path}`);
    }
  }
  records.volumes.delete(hex(id));
  return undefined;
}

function moving({ name }: CellVolume): Refused {
  return new Refused("CELL_VOLUME_MOVING", `"${name}" is being moved`);
}

function rootStays(): Refused {
  return new Refused("CELL_VOLUME_ROOT", `"${ROOT_VOLUME}" is the volume at /`);
}

function takenName(records: Records, name: string): Refused | undefined {
  const taken = volumeNamed(records, name) !== undefined;
  return taken ? new Refused("CELL_VOLUME_KNOWN", `the cell has a volume "${name}"`) : undefined;
}

/** Draining nodes may keep what they have (`present`), and get nothing. */
function badReplicas(
  records: Records,
  replicas: readonly string[],
  present: readonly string[] = [],
): Refused | undefined {
  if (replicas.length === 0 || replicas.length > CELL_MAX_REPLICAS) {
    return new Refused("CELL_REPLICAS", `${replicas.length} replicas`);
  }
  if (new Set(replicas).size < replicas.length) return new Refused("CELL_REPLICAS", "a node is named twice");
  for (const name of replicas) {
    const node = records.nodes.get(name);
    if (node === undefined) return new Refused("CELL_NODE_UNKNOWN", `the cell has no node "${name}"`);
    if (!isActive(records, name) && !present.includes(name)) {
      return new Refused("CELL_REPLICAS", `"${name}" is being drained`);
    }
  }
  return undefined;
}

function isActive(records: Records, name: string): boolean {
  return records.nodes.get(name)?.standing === cell_standing.CELL_ACTIVE;
}

function change(
  records: Records,
  id: Uint8Array,
  to: (volume: CellVolume) => CellVolume,
): Refused | undefined {
  const kept = records.volumes.get(hex(id));
  if (kept === undefined) return unknownVolume(id);
  records.volumes.set(hex(id), to(kept));
  return undefined;
}

export function unknownVolume(id: Uint8Array): Refused {
  return new Refused("CELL_VOLUME_UNKNOWN", `the cell has no volume ${hex(id)}`);
}
