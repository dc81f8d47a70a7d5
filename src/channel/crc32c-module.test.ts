import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { crc32cModule, DISTANCES, MAX_MODULE_BYTES } from "./crc32c-module.ts";
import { CRC32C_POLYNOMIAL, crc32cByTables } from "./crc32c-tables.ts";

const SPAN_BYTES = 79 * 16;

/** x^(8·bytes) modulo the polynomial, its bits in reverse. */
function powerOfX(bytes: number): number {
  let power = 0x8000_0000;
  for (let bit = 0; bit < 8 * bytes; bit++) {
    power = power & 1 ? (power >>> 1) ^ CRC32C_POLYNOMIAL : power >>> 1;
  }
  return power >>> 0;
}

const noise = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, at) => Math.imul(at + seed, 0x9e3779b1) >>> 21);

describe("the module for CRC32C", () => {
  const module = crc32cModule();
  if (module === undefined) throw new Error("this Node.js has no WebAssembly");
  const sum = (data: Uint8Array, seed: number) => {
    module.data.set(data);
    return ~module.run(~seed, data.length) >>> 0;
  };

  it("takes blocks out by a sum of powers that the polynomial divides", () => {
    const furthest = Math.max(...DISTANCES);
    const others = DISTANCES.map((distance) => powerOfX(16 * (furthest - distance)));
    expect(others.reduce((a, b) => a ^ b, powerOfX(16 * furthest))).toBe(0);
    expect(furthest * 16).toBe(SPAN_BYTES);
  });

  it("gives what the tables give, wherever a length lies between blocks, and around where folding begins", () => {
    const middles = [20, 2 * SPAN_BYTES, 3 * SPAN_BYTES, MAX_MODULE_BYTES - 20];
    const lengths = middles.flatMap((middle) => Array.from({ length: 41 }, (_, at) => middle - 20 + at));
    for (const length of lengths) {
      const data = noise(length, length);
      expect([length, sum(data, length)]).toEqual([length, crc32cByTables(data, length, 0, length)]);
    }
  });

  it("keeps nothing of one sum for the next", () => {
    const long = noise(MAX_MODULE_BYTES, 1);
    const short = noise(3000, 2);
    const first = sum(short, 0);
    sum(long, 0);
    expect(sum(short, 0)).toBe(first);
    expect(first).toBe(crc32cByTables(short, 0, 0, short.length));
  });

  it("sees every byte: each one that is altered alters the sum", () => {
    const data = noise(4000, 3);
    const right = sum(data, 0);
    for (let at = 0; at < data.length; at++) {
      data[at] = (data[at] as number) ^ 0x10;
      expect(sum(data, 0)).not.toBe(right);
      data[at] = (data[at] as number) ^ 0x10;
    }
  });
});

describe("CRC32C by module and tables", () => {
  it("is one function of long data, in whatever pieces", () => {
    const data = noise(200_000, 7);
    fc.assert(
      fc.property(fc.nat(data.length), fc.nat(data.length), fc.nat(), (a, b, seed) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const right = crc32cByTables(data, seed, from, data.length);
        expect(crc32c(data, seed, from)).toBe(right);
        expect(crc32c(data, crc32c(data, seed, from, to), to)).toBe(right);
      }),
    );
  });

  it("does without WebAssembly, and without vectors in it", () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
    const none = { value: undefined, configurable: true, writable: true };
    const old = {
      Module: class {
        constructor() {
          throw new Error("no vectors");
        }
      },
    };
    try {
      Object.defineProperty(globalThis, "WebAssembly", none);
      expect(crc32cModule()).toBeUndefined();
      Object.defineProperty(globalThis, "WebAssembly", { ...none, value: old });
      expect(crc32cModule()).toBeUndefined();
    } finally {
      Object.defineProperty(globalThis, "WebAssembly", { ...none, value: WebAssembly, enumerable: false });
    }
    expect(crc32cModule()).toBeDefined();
  });
});
