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
    int pair[2]; maybe *twice; quadruple q;
  };
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
};

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
    ["hyper", "big", "12x", '$.big: expected a whole number, or a string of digits, found "12x"'],
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
      "$.either.h: expected a whole number, or a string of digits, found nothing",
    ],
    ["array", "many", 3, "$.many: expected an array, found 3"],
    ["element", "pair", [1, 2.5], "$.pair[1]: expected a whole number, found 2.5"],
    ["unknown field", "surplus", 1, "$.surplus: expected a field of all, found 1"],
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
