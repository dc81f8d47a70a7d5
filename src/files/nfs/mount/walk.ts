/** From a path to the directory that it names. */
import {
  type Attributes,
  type Context,
  Fault,
  isFault,
  type Outcome,
  type Volume,
} from "../../volume/types.ts";

const SLASH = 0x2f;

/**
 * Looks up each part from the root; libnfs writes the root itself as nothing. Links are not followed: what they mean
 * is the client's to say.
 */
export function walk(volume: Volume, context: Context, path: Uint8Array): Outcome<Attributes> {
  if (path.length > 0 && path[0] !== SLASH) return new Fault("NOENT");
  let here = volume.attributes(volume.root);
  let start = 0;
  while (start < path.length && !isFault(here)) {
    let end = path.indexOf(SLASH, start);
    if (end < 0) end = path.length;
    if (end > start) here = volume.lookup(context, here.handle, path.subarray(start, end));
    start = end + 1;
  }
  if (isFault(here)) return here;
  return here.type === "directory" ? here : new Fault("NOTDIR");
}
