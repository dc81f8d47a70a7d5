import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inRange, isLoopback, parseAddress, parseRange } from "./addresses.ts";

function within(address: string, range: string): boolean {
  const parsed = parseAddress(address);
  const parsedRange = parseRange(range);
  if (parsed === undefined || parsedRange === undefined) throw new Error(`${address} ${range} do not parse`);
  return inRange(parsed, parsedRange);
}

describe("parseAddress", () => {
  test.each([
    ["127.0.0.1", 32, 0x7f000001n],
    ["255.255.255.255", 32, 0xffffffffn],
    ["::", 128, 0n],
    ["::1", 128, 1n],
    ["fe80::1%eth0", 128, (0xfe80n << 112n) | 1n],
    ["1:2:3:4:5:6:7:8", 128, 0x00010002000300040005000600070008n],
    ["1::8", 128, (1n << 112n) | 8n],
    ["64:ff9b::10.0.0.1", 128, (0x64n << 112n) | (0xff9bn << 96n) | 0x0a000001n],
    ["::ffff:10.0.0.1", 32, 0x0a000001n],
    ["::FFFF:a00:1", 32, 0x0a000001n],
  ])("%s", (text, bits, value) => {
    expect(parseAddress(text)).toEqual({ bits, value });
  });

  test.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.-4",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
  ])("%j is no address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("ranges", () => {
  test.each([
    ["10.1.2.3", "10.0.0.0/8", true],
    ["11.1.2.3", "10.0.0.0/8", false],
    ["10.1.2.3", "10.1.2.3", true],
    ["10.1.2.4", "10.1.2.3", false],
    ["10.1.2.4", "0.0.0.0/0", true],
    ["::1", "0.0.0.0/0", false],
    ["10.1.2.3", "*", true],
    ["2001:db8::1", "*", true],
    ["2001:db8:1::1", "2001:db8::/32", true],
    ["2001:db9::1", "2001:db8::/32", false],
    ["::ffff:10.1.2.3", "10.0.0.0/8", true],
    ["192.168.1.127", "192.168.1.0/25", true],
    ["192.168.1.128", "192.168.1.0/25", false],
  ])("%s in %s: %s", (address, range, expected) => {
    expect(within(address, range)).toBe(expected);
  });

  test.each([
    "10.0.0.0/33",
    "10.0.0.1/8",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0.0/x",
    "::/129",
    "hosts",
    "/8",
    "",
  ])("%j is no range", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  test("a range holds exactly the addresses whose leading bits are its own", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.nat(0xffff_ffff),
        fc.integer({ min: 0, max: 32 }),
        (a, b, prefix) => {
          const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
          const dotted = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join(".");
          const base = (a & mask) >>> 0;
          const same = (b & mask) >>> 0 === base;
          expect(within(dotted(b), `${dotted(base)}/${prefix}`)).toBe(same);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});

test("loopback", () => {
  const loopback = (text: string) => {
    const address = parseAddress(text);
    return address !== undefined && isLoopback(address);
  };
  expect(loopback("127.0.0.1")).toBe(true);
  expect(loopback("127.8.9.1")).toBe(true);
  expect(loopback("::1")).toBe(true);
  expect(loopback("::ffff:127.0.0.1")).toBe(true);
  expect(loopback("128.0.0.1")).toBe(false);
  expect(loopback("::2")).toBe(false);
  expect(loopback("10.0.0.1")).toBe(false);
});
