import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDisk, readMemory } from "../../test/support/idl.ts";
import { randomValue, Xorshift } from "../../test/support/random-values.ts";
import { fromJson, loadModel, type Type, toJson } from "./index.ts";

const text = `
  enum colour { RED = 1, BLUE = 2 };
  struct row { int n; row *next; };
  union u switch (colour c) { case RED: hyper h; default: void; };
  typedef int *maybe;
  struct all {
    bool b; unsigned hyper big; double d; opaque data<8>; string s<>; colour c; row *rows; u either; int many<3>;
    int pair[2]; maybe *twice; quadruple q; string brief<3>; few odd;
  };
  union few switch (int toString) { case 1: int n; };
`;
const model = loadModel("a.x", { readFile: readMemory({ "a.x": text }) });

function typeOf(name: string): Type {
  const type = model.types.find((each) => each.name === name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return { kind: "named", type };
}

const value = {
  b: true,
  big: 2n ** 63n,
  d: Number.NaN,
  data: Uint8Array.of(0, 255),
  s: "text",
  c: 2,
  rows: { n: 1, next: { n: 2, next: null } },
  either: { c: 1, h: 5n },
  many: [1, 2],
  pair: [3, 4],
  twice: { value: null },
  q: new TextEncoder().encode("sixteen letters!"),
  brief: "abc",
  odd: { toString: 1, n: 7 },
};

const json = {
  b: true,
  big: "9223372036854775808",
  d: "NaN",
  data: { hex: "00ff" },
  s: "text",
  c: "BLUE",
  rows: [{ n: 1 }, { n: 2 }],
  either: { c: "RED", h: 5 },
  many: [1, 2],
  pair: [3, 4],
  twice: { value: null },
  q: "sixteen letters!",
  brief: "abc",
  odd: { toString: 1, n: 7 },
};

function whole(place: string, found: number): string {
  return `$.${place}: expected a whole number of -2147483648 to 2147483647, found ${found}`;
}

test("a value of every kind, as JSON and back", () => {
  expect(toJson(typeOf("all"), value)).toEqual(json);
  expect(fromJson(typeOf("all"), JSON.parse(JSON.stringify(json)))).toEqual(value);
});

test("random values of all types survive the way to JSON text and back", () => {
  const all = loadModel("test/peers/rpcgen/constructs.x", { readFile: readDisk });
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: all.types.length - 1 }), (seed, index) => {
      const type = { kind: "named", type: all.types[index] } as Type;
      const random = randomValue(type, new Xorshift(seed));
      expect(fromJson(type, JSON.parse(JSON.stringify(toJson(type, random) ?? null)))).toEqual(random);
    }),
    { seed: 7, numRuns: 500 },
  );
});

describe("JSON that does not fit is refused where it does not", () => {
  test.each([
    ["bool", "b", 1, "$.b: expected true or false, found 1"],
    [
      "hyper",
      "big",
      "12x",
      '$.big: expected a whole number of at most 2^53 - 1, or a string of digits, found "12x"',
    ],
    ["double", "d", "1", '$.d: expected a number, found "1"'],
    [
      "opaque",
      "data",
      { hex: "0" },
      '$.data: expected a string, or {"hex": "…"} with two digits for each byte, found {"hex":"0"}',
    ],
    ["string", "s", 5, "$.s: expected a string, found 5"],
    ["enum", "c", "GREEN", '$.c: expected a value of enum colour, found "GREEN"'],
    ["list", "rows", { n: 1 }, '$.rows: expected an array of at least one node, found {"n":1}'],
    ["node", "rows", [{ n: 1 }, { m: 1 }], "$.rows[1].n: expected a whole number, found nothing"],
    [
      "union",
      "either",
      { c: "RED" },
      "$.either.h: expected a whole number of at most 2^53 - 1, or a string of digits, found nothing",
    ],
    ["array", "many", 3, "$.many: expected an array, found 3"],
    ["element", "pair", [1, 2.5], "$.pair[1]: expected a whole number, found 2.5"],
    ["unknown field", "surplus", 1, "$.surplus: expected a field of all, found 1"],
    ["number out of range", "pair", [1, 2 ** 31], whole("pair[1]", 2147483648)],
    ["64-bit number out of range", "big", -1, "$.big: expected a number of 0 to 2^64 - 1, found -1"],
    [
      "bigint where a number of 32 bits belongs",
      "pair",
      [1, 2n],
      "$.pair[1]: expected a whole number, found 2",
    ],
    ["string over its bound", "brief", "äö", "$.brief: expected at most 3 bytes, found 4"],
    [
      "string that UTF-8 cannot say",
      "s",
      "\ud800",
      '$.s: expected a string without half surrogate pairs, found "\\ud800"',
    ],
    [
      "number that lost digits",
      "big",
      2 ** 53,
      "$.big: expected a whole number of at most 2^53 - 1, or a string of digits, found 9007199254740992",
    ],
    ["opaque over its bound", "data", "123456789", "$.data: expected at most 8 bytes, found 9"],
    ["array over its bound", "many", [1, 2, 3, 4], "$.many: expected at most 3 elements, found 4"],
    ["fixed array of another length", "pair", [1], "$.pair: expected 2 elements, found 1"],
    ["quadruple of another length", "q", "short", "$.q: expected 16 bytes, found 5"],
    [
      "property of another case",
      "either",
      { c: "BLUE", h: 5 },
      "$.either.h: expected u to have no such property in this case, found 5",
    ],
    [
      "case that the union has not",
      "odd",
      { toString: 2, n: 1 },
      "$.odd.toString: expected a case of union few, found 2",
    ],
    [
      "discriminant that is inherited",
      "odd",
      { n: 1 },
      "$.odd.toString: expected a whole number, found nothing",
    ],
    [
      "second property of what is wrapped",
      "twice",
      { value: null, x: 1 },
      '$.twice.x: expected the one property "value", found 1',
    ],
  ])("%s", (_, field, wrong, message) => {
    expect(() => fromJson(typeOf("all"), { ...json, [field]: wrong })).toThrow(
      expect.objectContaining({ code: "IDL_JSON", message }),
    );
  });

  test("and so is what nests without an end", () => {
    const deep = loadModel("a.x", { readFile: readMemory({ "a.x": "struct t { t kids<>; };" }) });
    const type = { kind: "named", type: deep.types[0] } as Type;
    let nested: unknown = { kids: [] };
    for (let i = 0; i < 600; i++) nested = { kids: [nested] };
    expect(() => fromJson(type, nested)).toThrow(expect.objectContaining({ code: "IDL_JSON" }));
    expect(() => toJson(type, nested)).toThrow(expect.objectContaining({ code: "IDL_JSON" }));
  });
});
