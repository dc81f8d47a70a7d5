/**
 * Seeded random numbers, one independent generator for each purpose.
 *
 * A stream is named by the seed and a label ("link 10.0.0.1>10.0.0.2"), never by the order in which streams are
 * made, so that a new consumer does not shift what the others draw. Generator: sfc32 (Chris Doty-Humphrey's
 * PractRand), 128 bits of state; seeding: the label hashed into the state by two rounds of xmur-like mixing.
 */
import type { Random } from "../world/index.ts";

const WARM_UP = 15;

/**
 * Random numbers of a seed and a label (sfc32): the same two give the same numbers on every machine. Not for
 * secrets.
 */
export class Prng implements Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: string, label: string) {
    const text = `${seed.length}:${seed}:${label}`;
    this.#a = hash(text, 0x9e3779b9);
    this.#b = hash(text, 0x243f6a88);
    this.#c = hash(text, 0xb7e15162);
    for (let i = 0; i < WARM_UP; i++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      let word = this.uint32();
      const end = Math.min(at + 4, length);
      for (let i = at; i < end; i++, word >>>= 8) result[i] = word & 0xff;
    }
    return result;
  }

  /** 0 (included) to 1 (excluded). */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number of 0 to `bound - 1`; the bias of at most bound / 2^32 does not matter to faults. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /**
   * Exponentially distributed with the mean 1. Von Neumann's way (1951), which only compares uniform numbers: the
   * same on every machine and engine, as a logarithm need not be.
   */
  exponential(): number {
    for (let whole = 0; ; whole++) {
      const first = this.unit();
      let isOdd = true;
      let last = first;
      for (let next = this.unit(); next < last; next = this.unit()) {
        last = next;
        isOdd = !isOdd;
      }
      if (isOdd) return whole + first;
    }
  }

  /** True with the given probability; draws nothing for 0 and 1, so that a fault that is off costs nothing. */
  chance(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.unit() < probability);
  }
}

/** MurmurHash3's mixing of one character at a time, and its finalizer. */
function hash(text: string, basis: number): number {
  let h = basis | 0;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0xcc9e2d51);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
