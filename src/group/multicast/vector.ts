/**
 * Precedence vectors as bytes: by rank, how many ordered messages of each member a message's sender had delivered; of a sync, then also
 * how many items of each it had received. Only the low 32 bits of a count travel: what is compared is near each other.
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { isCausal, isSync } from "./mode.ts";

/** What a causal message says of its past: by rank, counts of ordered messages; of items, for a barrier. */
export interface Past {
  readonly ordered: Float64Array;
  readonly items: Float64Array;
}

/** Entries of a message's vector in a view of so many. */
export function vectorLengthOf(mode: number, members: number): number {
  if (!isCausal(mode)) return 0;
  return isSync(mode) ? 2 * members : members;
}

/** @returns where what follows begins. */
export function writeVector(out: Uint8Array, at: number, { ordered, items }: Past, entries: number): number {
  writeUint32(out, at, entries);
  let next = at + 4;
  for (let i = 0; i < entries; i++) {
    const count = (i < ordered.length ? ordered[i] : items[i - ordered.length]) as number;
    writeUint32(out, next, count % 0x1_0000_0000);
    next += 4;
  }
  return next;
}

/** How much a count is over the one in a vector's entry. */
export function ahead(count: number, bytes: Uint8Array, vectorAt: number, entry: number): number {
  return ((count % 0x1_0000_0000) - readUint32(bytes, vectorAt + 4 * entry)) | 0;
}
