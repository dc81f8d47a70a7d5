/**
 * A digest that tells a retried call from another one: MurmurHash3's 32-bit mixing (Appleby, public domain) over
 * the message's words, not against an enemy. Two of them with different seeds give 64 bits, in one walk over the bytes.
 */

/** Of the bytes, after what the seeds stand for. */
export interface Digest {
  readonly high: number;
  readonly low: number;
}

/** With this as the seed, whatever comes before. */
export const FIRST_SEED: Digest = { high: 0x9e3779b9, low: 0x2545f491 };

export function digest(bytes: Uint8Array, seed: Digest = FIRST_SEED): Digest {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const whole = length & ~3;
  let high = seed.high | 0;
  let low = seed.low | 0;
  for (let i = 0; i < whole; i += 4) {
    const word = scattered(view.getInt32(i));
    high = mix(high, word);
    low = mix(low, word);
  }
  let rest = 0;
  for (let i = whole; i < length; i++) rest = (rest << 8) | (bytes[i] as number);
  const last = scattered(rest);
  return { high: finished(mix(high, last) ^ length), low: finished(mix(low, last) ^ length) };
}

function scattered(word: number): number {
  const spread = Math.imul(word, 0xcc9e2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
}

function mix(hash: number, word: number): number {
  const next = hash ^ word;
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function finished(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const most = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return (most ^ (most >>> 16)) >>> 0;
}
