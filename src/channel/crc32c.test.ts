import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";

/** One bit at a time, as the polynomial says. */
function naive(data: Uint8Array, seed = 0): number {
  let crc = ~seed >>> 0;
  for (const byte of data) {
    crc = (crc ^ byte) >>> 0;
    for (let bit = 0; bit < 8; bit++) crc = ((crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)) >>> 0;
  }
  return ~crc >>> 0;
}

describe("CRC32C", () => {
  it("gives the values of RFC 3720, appendix B.4", () => {
    const command = Uint8Array.from([
      0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ]);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at))).toBe(0x46dd794e);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, at) => 31 - at))).toBe(0x113fdb5c);
    expect(crc32c(command)).toBe(0xd9963a56);
  });

  it("gives what bit by bit gives, in whatever pieces, from wherever to wherever", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(200),
        fc.nat(200),
        fc.nat(),
        (data, a, b, seed) => {
          const from = Math.min(a, b, data.length);
          const to = Math.min(Math.max(a, b), data.length);
          expect(crc32c(data, seed)).toBe(naive(data, seed));
          expect(crc32c(data, seed, from, to)).toBe(naive(data.subarray(from, to), seed));
          expect(crc32c(data, crc32c(data, seed, 0, from), from)).toBe(naive(data, seed));
        },
      ),
    );
  });

  it("finds every flip of one or two bits in a packet", () => {
    const packet = Uint8Array.from({ length: 150 }, (_, at) => at * 7);
    const right = crc32c(packet);
    const flip = (bit: number) => {
      packet[bit >> 3] = (packet[bit >> 3] as number) ^ (1 << (bit & 7));
    };
    for (let one = 0; one < packet.length * 8; one++) {
      flip(one);
      expect(crc32c(packet)).not.toBe(right);
      const two = (one * 31 + 1) % (packet.length * 8);
      if (two !== one) {
        flip(two);
        expect(crc32c(packet)).not.toBe(right);
        flip(two);
      }
      flip(one);
    }
  });
});
