import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_MAX_DEPTH, XdrError, XdrReader, XdrWriter } from "./index.ts";

const SEED = 4506;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function written(write: (w: XdrWriter) => void): string {
  const w = new XdrWriter(1);
  write(w);
  return hex(w.encoded());
}

function reader(text: string): XdrReader {
  return new XdrReader(Buffer.from(text, "hex"));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(XdrError);
    return (error as XdrError).code;
  }
  return "none";
}

describe("RFC 4506's encodings", () => {
  test.each([
    ["4.1 integer", (w: XdrWriter) => w.int(-2), "fffffffe"],
    ["4.2 unsigned integer", (w: XdrWriter) => w.uint(0xdead_beef), "deadbeef"],
    ["4.4 boolean", (w: XdrWriter) => w.bool(true), "00000001"],
    ["4.5 hyper", (w: XdrWriter) => w.hyper(-2n), "fffffffffffffffe"],
    ["4.5 unsigned hyper", (w: XdrWriter) => w.uhyper(2n ** 64n - 1n), "ffffffffffffffff"],
    ["4.6 floating-point", (w: XdrWriter) => w.float(-1.5), "bfc00000"],
    ["4.7 double-precision", (w: XdrWriter) => w.double(-1.5), "bff8000000000000"],
    [
      "4.9 fixed opaque",
      (w: XdrWriter) => w.opaqueFixed(Uint8Array.of(1, 2, 3, 4, 5), 5),
      "0102030405000000",
    ],
    ["4.10 variable opaque", (w: XdrWriter) => w.opaque(Uint8Array.of(1, 2)), "0000000201020000"],
    ["4.10 empty opaque", (w: XdrWriter) => w.opaque(Uint8Array.of()), "00000000"],
    ["4.11 string", (w: XdrWriter) => w.string("sillyprog"), "0000000973696c6c7970726f67000000"],
    ["4.11 string beyond ASCII", (w: XdrWriter) => w.string("é€"), "00000005c3a9e282ac000000"],
    ["4.13 count", (w: XdrWriter) => w.count(3, 3), "00000003"],
    ["rpcgen's short", (w: XdrWriter) => w.short(-32_768), "ffff8000"],
    ["rpcgen's unsigned short", (w: XdrWriter) => w.ushort(65_535), "0000ffff"],
    ["rpcgen's char", (w: XdrWriter) => w.char(-128), "ffffff80"],
    ["rpcgen's unsigned char", (w: XdrWriter) => w.uchar(255), "000000ff"],
  ])("%s", (_, write, expected) => {
    expect(written(write)).toBe(expected);
  });
});

describe("what was written is read again", () => {
  type Case = readonly [
    string,
    fc.Arbitrary<unknown>,
    (w: XdrWriter, v: never) => void,
    (r: XdrReader) => unknown,
  ];
  const int = (min: number, max: number) => fc.integer({ min, max });
  const cases: readonly Case[] = [
    ["int", int(-(2 ** 31), 2 ** 31 - 1), (w, v) => w.int(v), (r) => r.int()],
    ["uint", int(0, 2 ** 32 - 1), (w, v) => w.uint(v), (r) => r.uint()],
    ["short", int(-32_768, 32_767), (w, v) => w.short(v), (r) => r.short()],
    ["ushort", int(0, 65_535), (w, v) => w.ushort(v), (r) => r.ushort()],
    ["char", int(-128, 127), (w, v) => w.char(v), (r) => r.char()],
    ["uchar", int(0, 255), (w, v) => w.uchar(v), (r) => r.uchar()],
    ["bool", fc.boolean(), (w, v) => w.bool(v), (r) => r.bool()],
    ["hyper", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (w, v) => w.hyper(v), (r) => r.hyper()],
    ["uhyper", fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (w, v) => w.uhyper(v), (r) => r.uhyper()],
    ["float", fc.float(), (w, v) => w.float(v), (r) => r.float()],
    ["double", fc.double(), (w, v) => w.double(v), (r) => r.double()],
    ["opaque", fc.uint8Array({ maxLength: 300 }), (w, v) => w.opaque(v), (r) => Uint8Array.from(r.opaque())],
    ["string", fc.string({ unit: "binary", maxLength: 300 }), (w, v) => w.string(v), (r) => r.string()],
    [
      "short string",
      fc.string({ unit: "binary-ascii", maxLength: 97 }),
      (w, v) => w.string(v),
      (r) => r.string(),
    ],
  ];

  test.each(cases)("%s", (_, values, write, read) => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 20 }), (all) => {
        const w = new XdrWriter(1);
        for (const value of all) write(w, value as never);
        expect(w.position % 4).toBe(0);
        const r = new XdrReader(w.encoded());
        for (const value of all) expect(read(r)).toEqual(value);
        r.finish();
      }),
      { seed: SEED },
    );
  });

  test("a string after others in a buffer that was full of other bytes is filled up with zeros", () => {
    const w = new XdrWriter(64);
    w.opaque(new Uint8Array(60).fill(0xff));
    w.reset();
    w.string("a");
    w.string("é");
    w.opaqueFixed(Uint8Array.of(1), 1);
    expect(hex(w.encoded())).toBe("000000016100000000000002c3a9000001000000");
  });
});

describe("values that their type does not allow are refused when encoded", () => {
  test.each([
    ["int over", (w: XdrWriter) => w.int(2 ** 31)],
    ["int fraction", (w: XdrWriter) => w.int(0.5)],
    ["int NaN", (w: XdrWriter) => w.int(Number.NaN)],
    ["int undefined", (w: XdrWriter) => w.int(undefined as unknown as number)],
    ["uint negative", (w: XdrWriter) => w.uint(-1)],
    ["uint over", (w: XdrWriter) => w.uint(2 ** 32)],
    ["short", (w: XdrWriter) => w.short(32_768)],
    ["ushort", (w: XdrWriter) => w.ushort(-1)],
    ["char", (w: XdrWriter) => w.char(128)],
    ["uchar", (w: XdrWriter) => w.uchar(256)],
    ["hyper over", (w: XdrWriter) => w.hyper(2n ** 63n)],
    ["hyper under", (w: XdrWriter) => w.hyper(-(2n ** 63n) - 1n)],
    ["uhyper negative", (w: XdrWriter) => w.uhyper(-1n)],
    ["uhyper over", (w: XdrWriter) => w.uhyper(2n ** 64n)],
    ["bool of 1", (w: XdrWriter) => w.bool(1 as unknown as boolean)],
    ["bool undefined", (w: XdrWriter) => w.bool(undefined as unknown as boolean)],
    ["float undefined", (w: XdrWriter) => w.float(undefined as unknown as number)],
    ["double of a text", (w: XdrWriter) => w.double("1" as unknown as number)],
    ["opaque too long", (w: XdrWriter) => w.opaque(new Uint8Array(5), 4)],
    ["fixed opaque too short", (w: XdrWriter) => w.opaqueFixed(new Uint8Array(3), 4)],
    ["string too long", (w: XdrWriter) => w.string("abc", 2)],
    ["string too long in bytes alone", (w: XdrWriter) => w.string("éé", 3)],
    ["array too long", (w: XdrWriter) => w.count(3, 2)],
    ["fixed array", (w: XdrWriter) => w.vector(3, 2)],
  ])("%s", (_, write) => {
    const w = new XdrWriter();
    expect(codeOf(() => write(w))).toBe("XDR_RANGE");
    // Nothing half-written stays behind.
    expect(w.position).toBe(0);
  });

  test("half a surrogate pair", () => {
    const w = new XdrWriter();
    expect(codeOf(() => w.string("a\ud800b"))).toBe("XDR_TEXT");
    expect(codeOf(() => w.string(`${"x".repeat(200)}\udc00`))).toBe("XDR_TEXT");
    expect(w.position).toBe(0);
    w.string("\ufffd");
    expect(hex(w.encoded())).toBe("00000003efbfbd00");
  });

  test("more than the writer's bound, however it comes", () => {
    const w = new XdrWriter(16, DEFAULT_MAX_DEPTH, 64);
    w.opaque(new Uint8Array(60));
    expect(w.position).toBe(64);
    for (const write of [() => w.uint(1), () => w.opaque(new Uint8Array(1)), () => w.string("x")]) {
      expect(codeOf(write)).toBe("XDR_SIZE");
      expect(w.position).toBe(64);
    }
    w.reset();
    w.uint(1);
  });
});

describe("bytes that are no value are refused when decoded", () => {
  test.each([
    ["int cut short", "000000", (r: XdrReader) => r.int(), "XDR_SHORT"],
    ["hyper cut short", "00000000000000", (r: XdrReader) => r.hyper(), "XDR_SHORT"],
    ["opaque cut short", "0000000501020304", (r: XdrReader) => r.opaque(), "XDR_SHORT"],
    ["opaque without its filling", "00000001ff", (r: XdrReader) => r.opaque(), "XDR_SHORT"],
    ["opaque of 2^32 - 1", "ffffffff00000000", (r: XdrReader) => r.opaque(), "XDR_SHORT"],
    ["opaque over its bound", "00000002ffff0000", (r: XdrReader) => r.opaque(1), "XDR_RANGE"],
    ["filling that is not zero", "00000001ff000001", (r: XdrReader) => r.opaque(), "XDR_PADDING"],
    ["bool of 2", "00000002", (r: XdrReader) => r.bool(), "XDR_RANGE"],
    ["short of 2^15", "00008000", (r: XdrReader) => r.short(), "XDR_RANGE"],
    ["unsigned short of 2^16", "00010000", (r: XdrReader) => r.ushort(), "XDR_RANGE"],
    ["char of 128", "00000080", (r: XdrReader) => r.char(), "XDR_RANGE"],
    ["unsigned char of -1", "ffffffff", (r: XdrReader) => r.uchar(), "XDR_RANGE"],
    ["string that is no UTF-8", "00000001ff000000", (r: XdrReader) => r.string(), "XDR_TEXT"],
    ["count over its bound", "00000003", (r: XdrReader) => r.count(2), "XDR_RANGE"],
    [
      "count that the message has no room for",
      "00000003000000000000",
      (r: XdrReader) => r.count(9),
      "XDR_SHORT",
    ],
    ["count of large elements", "0000000200000000", (r: XdrReader) => r.count(9, 8), "XDR_SHORT"],
    ["bytes after the end", "0000000100", (r: XdrReader) => [r.int(), r.finish()], "XDR_TRAILING"],
    ["a skip beyond the end", "00", (r: XdrReader) => r.skip(2), "XDR_SHORT"],
  ])("%s", (_, bytes, read, code) => {
    expect(codeOf(() => read(reader(bytes)))).toBe(code);
  });

  test("a message is not read beyond its own end in a larger buffer", () => {
    const r = new XdrReader(Buffer.from("0000000100000002", "hex"), 0, 4);
    expect(r.int()).toBe(1);
    expect(r.remaining).toBe(0);
    expect(codeOf(() => r.int())).toBe("XDR_SHORT");
    r.retarget(4, 8);
    expect(r.int()).toBe(2);
    expect(() => new XdrReader(new Uint8Array(4), 0, 5)).toThrow(RangeError);
  });
});

describe("nesting", () => {
  test("is bounded in both directions, and a bound that was met leaves the coder usable", () => {
    const r = new XdrReader(new Uint8Array(4), 0, 4, 2);
    const w = new XdrWriter(4, 2);
    for (const coder of [r, w]) {
      coder.enter();
      coder.enter();
      expect(codeOf(() => coder.enter())).toBe("XDR_DEPTH");
    }
    w.leave();
    w.enter();
    r.retarget(0, 4);
    r.enter();
    r.enter();
  });
});

describe("a writer's buffer", () => {
  test("grows without losing what is in it, and is given away whole", () => {
    const w = new XdrWriter(4);
    for (let i = 0; i < 1000; i++) w.uint(i);
    const taken = w.detach();
    w.uint(7);
    expect(taken.length).toBe(4000);
    const r = new XdrReader(taken);
    for (let i = 0; i < 1000; i++) expect(r.uint()).toBe(i);
    expect(hex(w.encoded())).toBe("00000007");
  });

  test("keeps a place for a number that is known later", () => {
    const w = new XdrWriter(4);
    const at = w.reserve(4);
    w.raw(Uint8Array.of(1, 2, 3, 4));
    w.patchUint(at, w.position);
    expect(hex(w.encoded())).toBe("0000000801020304");
  });
});
