/**
 * Directories in which the root of another volume is seen. Who asks a volume for such a directory by its name is told of the other volume
 * by a mark instead of a handle: the volume does not know the other one's root. Whoever serves several volumes puts the handle there.
 */
import type { Handle } from "../volume/types.ts";
import { HANDLE_BYTES } from "./handles.ts";

/** The volume's part of a handle. */
export const VOLUME_ID_BYTES = 16;

export interface MountPoints {
  /** The id of the volume that is seen in a directory. */
  volumeAt(directory: Handle): Uint8Array | undefined;
  /** None is seen anywhere. */
  readonly isEmpty: boolean;
}

/** The mark of a volume's root: its id where a handle has it, and then zeros, which no handle has. */
export function rootMark(volume: Uint8Array): Uint8Array {
  const mark = new Uint8Array(HANDLE_BYTES);
  mark.set(volume);
  return mark;
}

/** The id of the volume whose root the bytes of a handle mark. */
export function markedVolume(handle: Uint8Array): Uint8Array | undefined {
  const isMark =
    handle.length === HANDLE_BYTES && handle.subarray(VOLUME_ID_BYTES).every((byte) => byte === 0);
  return isMark ? handle.subarray(0, VOLUME_ID_BYTES) : undefined;
}
