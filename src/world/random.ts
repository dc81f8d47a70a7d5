/** Randomness, seeded in the simulated world and from the system's generator in the real one. */
export interface Random {
  /** A whole number of 0 to 4,294,967,295, uniform. */
  uint32(): number;
  /** `length` random bytes, unpredictable in the real world. */
  bytes(length: number): Uint8Array;
}

/** A number of 0 (included) to 1 (excluded), with 32 random bits. */
export function randomUnit(random: Random): number {
  return random.uint32() / 0x1_0000_0000;
}

/** A whole number of 0 to `bound - 1`; `bound` is at most 2^32. Unbiased: it draws again in the uneven tail. */
export function randomBelow(random: Random, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 0x1_0000_0000) {
    throw new RangeError(`randomBelow: bound ${bound} is not a whole number of 1 to 2^32`);
  }
  const even = 0x1_0000_0000 - (0x1_0000_0000 % bound);
  for (;;) {
    const value = random.uint32();
    if (value < even) return value % bound;
  }
}
