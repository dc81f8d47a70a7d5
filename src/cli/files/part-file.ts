/**
 * The unfinished file of a copy: a name of its own beside the final one, so that nobody sees half a file, and an
 * interrupted copy can be taken up where it stopped.
 */
import type { Digest } from "../../node/index.ts";

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
