/**
 * The unfinished file of a copy: a name of its own beside the final one, so that nobody sees half a file, and an
 * interrupted copy can be taken up where it stopped.
 */
import type { Digest } from "../../node/index.ts";

/** Permissions while a file is written; its own come when it is complete. */
export const DRAFT_MODE = 0o600;
/** A file is copied, checked and taken up in blocks of this size. */
export const BLOCK_BYTES = 8 * 1024 * 1024;
/** What the names of unfinished files begin with. */
export const PART_PREFIX = ".coterie-part-";
/** Characters of a digest that tell the parts in one directory apart. */
const NAME_DIGITS = 24;

const encoder = new TextEncoder();

/** The name of the unfinished file for `name`: the same in every attempt, short however long `name` is. */
export function partName(name: Uint8Array, newDigest: () => Digest): Uint8Array {
  const digest = newDigest();
  digest.update(name);
  return encoder.encode(PART_PREFIX + digest.hex().slice(0, NAME_DIGITS));
}

const prefixBytes = encoder.encode(PART_PREFIX);

/** True for the name of an unfinished file: copies leave them out. */
export function isPartName(name: Uint8Array): boolean {
  return name.length > prefixBytes.length && prefixBytes.every((byte, at) => name[at] === byte);
}

const SLASH = 0x2f;

/** The last name of a path that ends in one. */
export function nameOf(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(SLASH) + 1);
}

/** The directory of a path: with the slash, or `.` for a name alone. */
export function parentOf(path: Uint8Array): Uint8Array {
  const slash = path.lastIndexOf(SLASH);
  return slash < 0 ? Uint8Array.of(0x2e) : path.subarray(0, slash + 1);
}
