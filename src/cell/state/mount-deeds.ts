/** Commands that join volumes into one tree: in a directory of the one, the root of another is seen. */

import { CELL_MAX_MOUNTS, type cell_mount } from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import { hex, mountKey, type Records } from "./records.ts";
import { unknownVolume } from "./volume-deeds.ts";

export function mount(records: Records, wanted: cell_mount, revision: bigint): Refused | undefined {
  for (const id of [wanted.in_volume, wanted.volume]) {
    if (!records.volumes.has(hex(id))) return unknownVolume(id);
  }
  if (records.mounts.has(mountKey(wanted))) {
    return new Refused("CELL_MOUNT_TAKEN", `something is mounted at ${wanted.path} already`);
  }
  const above = parents(records);
  const other = above.get(hex(wanted.volume));
  if (other !== undefined) return new Refused("CELL_MOUNT_TAKEN", "the volume is mounted elsewhere");
  for (let at: string | undefined = hex(wanted.in_volume); at !== undefined; at = above.get(at)) {
    if (at === hex(wanted.volume))
      return new Refused("CELL_MOUNT_TAKEN", "the volume would be within itself");
  }
  if (records.mounts.size >= CELL_MAX_MOUNTS)
    return new Refused("CELL_FULL", `${CELL_MAX_MOUNTS} mount points`);
  records.mounts.set(mountKey(wanted), { ...wanted, revision });
  return undefined;
}

/** With a revision, only that mount is taken away, and none that came there after it. */
export function unmount(records: Records, place: cell_mount): Refused | undefined {
  const kept = records.mounts.get(mountKey(place));
  const isMeant = place.revision === 0n || place.revision === kept?.revision;
  if (kept !== undefined && isMeant) {
    records.mounts.delete(mountKey(place));
    return undefined;
  }
  return new Refused("CELL_MOUNT_UNKNOWN", `nothing is mounted at ${place.path}`);
}

/** The volume that each mounted one is seen in. A volume is mounted once at most, so this is a forest. */
function parents(records: Records): Map<string, string> {
  return new Map([...records.mounts.values()].map((each) => [hex(each.volume), hex(each.in_volume)]));
}
