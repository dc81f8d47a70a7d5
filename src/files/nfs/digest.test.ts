import fc from "fast-check";
import { expect, test } from "vitest";
import { digest as digestOf } from "./digest.ts";

/** Of 0, 4, 41 and 4,226 bytes. */
const VECTORS = [
  { high: 387082432, low: 640395474 },
  { high: 1078886979, low: 2877592679 },
  { high: 1264245765, low: 389139623 },
  { high: 59132763, low: 2807936727 },
];

/** One half. */
function digest(bytes: Uint8Array, seed: number): number {
  return digestOf(bytes, { high: seed, low: 0 }).high;
}

test("is a function of the bytes and the seed, of two halves of 32 bits that know nothing of each other", () => {
  const word = fc.nat(0xffff_ffff);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), word, word, (bytes, high, low) => {
      const value = digestOf(bytes, { high, low });
      expect(value).toEqual(digestOf(bytes.slice(), { high, low }));
      expect(value).toEqual({ high: value.high >>> 0, low: value.low >>> 0 });
      expect(digestOf(bytes, { high: low, low: high })).toEqual({ high: value.low, low: value.high });
    }),
    { seed: 2 },
  );
});

test("is what it always was: nodes of two versions know a call by it, and so do stores", () => {
  const of = (length: number) => digestOf(Uint8Array.from({ length }, (_, at) => (at * 37) & 0xff));
  expect([0, 4, 41, 4226].map(of)).toEqual(VECTORS);
});

test("one changed bit anywhere, or one more byte, changes it", () => {
  const bytes = Uint8Array.from({ length: 41 }, (_, i) => (i * 37) & 0xff);
  const seen = new Set([digest(bytes, 1), digest(bytes, 2)]);
  for (let i = 0; i < bytes.length * 8; i++) {
    const changed = bytes.slice();
    changed[i >> 3] = (changed[i >> 3] as number) ^ (1 << (i & 7));
    seen.add(digest(changed, 1));
  }
  for (let length = 0; length < bytes.length; length++) seen.add(digest(bytes.subarray(0, length), 1));
  expect(seen.size).toBe(2 + bytes.length * 8 + bytes.length);
});

test("spreads messages that differ in a counter only", () => {
  const buckets = new Array<number>(64).fill(0);
  const bytes = new Uint8Array(120);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 64_000; i++) {
    view.setUint32(0, i);
    const bucket = digest(bytes, 7) & 63;
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  expect(Math.min(...buckets)).toBeGreaterThan(850);
  expect(Math.max(...buckets)).toBeLessThan(1150);
});
