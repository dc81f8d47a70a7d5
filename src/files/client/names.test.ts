import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  baseName,
  decodeName,
  encodeName,
  joinPath,
  meansDirectory,
  requireName,
  splitPath,
} from "./names.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const shown = (names: Uint8Array[]) => names.map(decodeName);

describe("names", () => {
  test("every sequence of bytes has one string, which leads back to it", () => {
    const name = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter((value) => !value.includes(0));
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(name, (value) => {
        const text = decodeName(value);
        expect([...encodeName(text)]).toEqual([...value]);
        const before = seen.get(text) ?? value.join();
        expect(before).toBe(value.join());
        seen.set(text, value.join());
      }),
      { numRuns: 5000, seed: 383 },
    );
  });

  test("every well-formed string is its own name", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(decodeName(encodeName(text))).toBe(text);
      }),
      { numRuns: 2000, seed: 384 },
    );
  });

  test.each([
    ["UTF-8", bytes(0xc3, 0xa9), "é"],
    ["Latin-1", bytes(0x63, 0xe9), "c\udce9"],
    ["a sequence cut short", bytes(0xe2, 0x82), "\udce2\udc82"],
    ["an overlong slash", bytes(0xc0, 0xaf), "\udcc0\udcaf"],
    ["a surrogate written as UTF-8", bytes(0xed, 0xb2, 0x80), "\udced\udcb2\udc80"],
    ["a byte order mark", bytes(0xef, 0xbb, 0xbf, 0x61), "\ufeffa"],
    ["four bytes", bytes(0xf0, 0x9f, 0x98, 0x80, 0xff), "😀\udcff"],
  ])("%s", (_, raw, text) => {
    expect(decodeName(raw)).toBe(text);
    expect([...encodeName(text)]).toEqual([...raw]);
  });

  test("what no byte stands for is misuse", () => {
    expect(() => encodeName("a\ud800")).toThrow(TypeError);
    expect(() => encodeName("a\udc7f")).toThrow(TypeError);
    expect(() => encodeName("a\0b")).toThrow(TypeError);
  });
});

describe("paths", () => {
  test.each([
    ["/", []],
    ["", []],
    ["a/b", ["a", "b"]],
    ["//a//./b/", ["a", "b"]],
    ["/a/../b", ["a", "..", "b"]],
    [".hidden/...", [".hidden", "..."]],
  ])("%j has the names %j", (path, names) => {
    expect(shown(splitPath(path))).toEqual(names);
  });

  test("are joined as text, or as bytes if a part is", () => {
    expect(joinPath("/a", "b")).toBe("/a/b");
    expect(joinPath("/", "b")).toBe("/b");
    expect(decodeName(joinPath(bytes(0x2f), bytes(0xff)))).toBe("/\udcff");
    expect(decodeName(joinPath("/a", bytes(0x62)) as Uint8Array)).toBe("/a/b");
  });

  test("name an entry, or nothing", () => {
    expect(decodeName(baseName("/a/b/") as Uint8Array)).toBe("b");
    expect(baseName("/")).toBeUndefined();
    expect(() => requireName("/", "mkdir")).toThrow(/names no entry/);
    expect(() => requireName("/a/..", "mkdir")).toThrow(/names no entry/);
  });

  test.each([
    ["/a/", true],
    ["/a/.", true],
    ["/a/..", true],
    ["", true],
    ["/a", false],
    ["/a.", false],
    ["a..", false],
  ])("%j means a directory: %s", (path, expected) => {
    expect(meansDirectory(path)).toBe(expected);
  });
});
