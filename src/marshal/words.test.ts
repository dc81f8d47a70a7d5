import fc from "fast-check";
import { expect, test } from "vitest";
import { readHyper, readUint32, writeHyper, writeUint32 } from "./words.ts";
import { XdrReader } from "./xdr-reader.ts";

test("words are those of XDR, wherever they lie", () => {
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.maxSafeNat(), fc.nat(7), (word, number, at) => {
      const bytes = new Uint8Array(at + 12);
      writeUint32(bytes, at, word);
      writeHyper(bytes, at + 4, number);
      const reader = new XdrReader(bytes.subarray(at));
      expect([reader.uint(), reader.uhyper()]).toEqual([word, BigInt(number)]);
      expect([readUint32(bytes, at), readHyper(bytes, at + 4)]).toEqual([word, number]);
    }),
  );
});

test("a hyper is exact below 2^53, and infinite from there on", () => {
  const bytes = new Uint8Array(8);
  for (const value of [0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    writeHyper(bytes, 0, value);
    expect(readHyper(bytes, 0)).toBe(value);
  }
  for (const first of [0x20, 0x7f, 0x80, 0xff]) {
    expect(readHyper(Uint8Array.of(0, first, 0, 0, 0, 0, 0, 0), 0)).toBe(Number.POSITIVE_INFINITY);
    expect(readHyper(Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 1), 0)).toBe(Number.POSITIVE_INFINITY);
  }
});
