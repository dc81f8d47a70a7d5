/** A generator for tests: the same seed, the same numbers. SplitMix32, good enough for choices and file contents. */
import type { Random } from "../../src/world/index.ts";

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uint32 = () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    uint32,
    bytes: (length) => Uint8Array.from({ length }, () => uint32() & 0xff),
  };
}
