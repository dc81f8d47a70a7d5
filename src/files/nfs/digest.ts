/**
 * A digest that tells a retried call from another one: MurmurHash3's 32-bit mixing (Appleby, public domain) over
 * the message's words, not against an enemy. Two of them with different seeds give 64 bits.
 */

export function digest(bytes: Uint8Array, seed: number): number {
  let hash = seed;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) hash = mix(hash, wordAt(bytes, i));
  let rest = 0;
  for (let i = whole; i < bytes.length; i++) rest = (rest << 8) | (bytes[i] as number);
  hash = mix(hash, rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function wordAt(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] as number) << 24) |
    ((bytes[i + 1] as number) << 16) |
    ((bytes[i + 2] as number) << 8) |
    (bytes[i + 3] as number)
  );
}

function mix(hash: number, word: number): number {
  const scattered = Math.imul(word, 0xcc9e2d51);
  const next = hash ^ Math.imul((scattered << 15) | (scattered >>> 17), 0x1b873593);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}
