/**
 * Generations: what makes a handle name one object for ever. Inode numbers are not used again, so any number would
 * do; this one, mixed from a secret of the volume and the time, also tells an object from the one that has
 * its number after an old backup was restored, and is not guessed from the number.
 */
import type { WallTime } from "../../world/index.ts";

export function generationOf(inode: number, now: WallTime, secret: number): number {
  return mix(inode, mix(now.seconds, mix(now.nanoseconds, secret)));
}

/** Mixes a number into 32 bits, evenly (the finalizer of MurmurHash3). */
function mix(value: number, seed: number): number {
  let h = (seed ^ (value % 0x1_0000_0000) ^ Math.imul(Math.floor(value / 0x1_0000_0000), 0x9e37_79b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
