import fc from "fast-check";
import { expect, test } from "vitest";
import { digest } from "./digest.ts";

test("is a function of the bytes and the seed, and 32 bits wide", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(0xffff_ffff), (bytes, seed) => {
      const value = digest(bytes, seed);
      expect(value).toBe(digest(bytes.slice(), seed));
      expect(value).toBe(value >>> 0);
    }),
    { seed: 2 },
  );
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
