import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schemaOf } from "../../../test/support/memory-people.ts";
import { isCoterieError } from "../../world/index.ts";
import { type Codec, jsonCodec, Typed } from "./codec.ts";
import { validate } from "./schema.ts";

const there = (value: unknown) => jsonCodec.decode(jsonCodec.encode(value));

describe("JSON with bytes", () => {
  it("carries what JSON carries, and bytes anywhere", () => {
    const bytes = new Uint8Array([0, 255, 7]);
    for (const value of [
      undefined,
      null,
      0,
      "",
      "ü€😀",
      [],
      {},
      bytes,
      [bytes, new Uint8Array(0)],
      { "~bytes": 1, "~": 2, "~~x": 3 },
      { "~bytes": bytes, "~~bytes": { "~bytes": [bytes] } },
      JSON.parse('{"__proto__": {"x": 1}}'),
    ])
      expect(there(value)).toEqual(value);
    expect(there({ at: new Date(0), left: undefined })).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(there({ at: new Date(0), bytes })).toEqual({ at: "1970-01-01T00:00:00.000Z", bytes });
  });

  it("carries any value of JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.uint8Array(), (value, bytes) => {
        expect(there(value)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(there({ value, bytes })).toEqual({ value: JSON.parse(JSON.stringify(value)), bytes });
      }),
    );
  });

  it("refuses what has no JSON, and what nests too deeply", () => {
    for (const value of [1n, () => 1, Symbol("x")]) expect(() => jsonCodec.encode(value)).toThrow(TypeError);
    let deep: unknown = 1;
    for (let n = 0; n < 300; n++) deep = [deep];
    expect(() => jsonCodec.encode(deep)).toThrow(RangeError);
  });

  it("survives any bytes: they are a value, or an error with a code", () => {
    const typed = new Typed(undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(0, 1, 2), (bytes, first) => {
        if (bytes.length > 0) bytes[0] = first;
        try {
          typed.decode(bytes);
        } catch (error) {
          expect(isCoterieError(error, "GROUP_INVALID_MESSAGE"), String(error)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a typed value", () => {
  it("is validated on both sides, with another codec too", () => {
    const codec: Codec<unknown> = {
      encode: (value) => new TextEncoder().encode(String(value)),
      decode: (bytes) => new TextDecoder().decode(bytes),
    };
    const text = new Typed(
      schemaOf<string>("short", (value) => String(value).length < 5),
      codec,
    );
    expect(text.decode(text.encode("tea"))).toBe("tea");
    expect(() => text.encode("coffee")).toThrow("not short");
    expect(() => text.decode(codec.encode("coffee"))).toThrow("here.1: not short");
  });

  it("tells a few issues, and how many more there are", () => {
    const issues = Array.from({ length: 5 }, (_, n) => ({ message: `bad ${n}` }));
    const schema = { "~standard": { version: 1 as const, vendor: "test", validate: () => ({ issues }) } };
    expect(() => validate(schema, 1, "never")).toThrow("bad 0; bad 1; bad 2; and 2 more");
  });

  it("refuses schemas that take their time", () => {
    const late = {
      "~standard": { version: 1 as const, vendor: "test", validate: () => Promise.reject(new Error("late")) },
    };
    expect(() => new Typed(late).encode(1)).toThrow(TypeError);
  });
});
