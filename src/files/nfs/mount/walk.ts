/** From a path to the directory that it names. */
import {
  type Attributes,
  type Context,
  Fault,
  isFault,
  type Outcome,
  type Volume,
} from "../../volume/types.ts";
import type { MountPoints } from "../mount-points.ts";

const SLASH = 0x2f;

/** Where a path leads, and what is left of it at a directory in which another volume is seen. */
export interface Walked {
  readonly directory: Attributes;
  readonly rest: Uint8Array;
}

/**
 * Looks up each part from the root; libnfs writes the root itself as nothing. Links are not followed: what they mean
 * is the client's to say. It ends at a directory in which another volume is seen.
 */
export function walk(
  volume: Volume,
  context: Context,
  path: Uint8Array,
  mounts?: MountPoints,
): Outcome<Walked> {
  if (path.length > 0 && path[0] !== SLASH) return new Fault("NOENT");
  let here = volume.attributes(volume.root);
  let start = 0;
  while (start < path.length && !isFault(here) && mounts?.volumeAt(here.handle) === undefined) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    if (end > start) here = volume.lookup(context, here.handle, path.subarray(start, end));
    start = end + 1;
  }
  if (isFault(here)) return here;
  if (here.type !== "directory") return new Fault("NOTDIR");
  return { directory: here, rest: path.subarray(start) };
}
