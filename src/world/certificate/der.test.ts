import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DerError, DerReader, element, octets, oid, sequence, small, Tag } from "./der.ts";

describe("DER", () => {
  it("writes identifiers as X.690 section 8.19 does", () => {
    expect([...oid("2.5.4.10")]).toEqual([6, 3, 0x55, 4, 10]);
    expect([...oid("1.2.840.113549")]).toEqual([6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
  });

  it("brings contents of all lengths back", () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_500]) {
      const content = new Uint8Array(length).fill(7);
      const reader = new DerReader(sequence(small(3), octets(content)));
      const inner = reader.enter(Tag.SEQUENCE);
      reader.finish();
      expect([...inner.take(Tag.INTEGER)]).toEqual([3]);
      expect(inner.take(Tag.OCTET_STRING)).toEqual(content);
      expect(inner.isAtEnd).toBe(true);
    }
    expect(() => element(Tag.OCTET_STRING, new Uint8Array(65_536))).toThrow(RangeError);
  });

  it("reads shortest lengths alone, and nothing past the end", () => {
    const wrong = [
      [],
      [4],
      [4, 1],
      [4, 0x80],
      [4, 0x81, 5, 1, 2, 3, 4, 5],
      [4, 0x82, 0, 200],
      [4, 0x83, 0, 0, 1, 0],
    ];
    for (const each of wrong) {
      expect(() => new DerReader(Uint8Array.from(each)).take(4), String(each)).toThrow(DerError);
    }
    const reader = new DerReader(Uint8Array.of(4, 0, 9));
    expect(() => reader.take(5)).toThrow(DerError);
    reader.take(4);
    expect(() => reader.finish()).toThrow(DerError);
  });

  it("fails of any bytes with its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const reader = new DerReader(bytes);
        try {
          for (let tag = reader.peek(); tag !== undefined; tag = reader.peek()) reader.take(tag);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
    );
  });
});
