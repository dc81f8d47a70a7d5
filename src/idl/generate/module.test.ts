import { appendFileSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load, ModuleFolder, readMemory } from "../../../test/support/idl.ts";
import {
  type Caller,
  type CallOptions,
  type Contract,
  type Service,
  type Xdr,
  XdrReader,
  XdrWriter,
} from "../../marshal/index.ts";

const folder = new ModuleFolder();
afterAll(() => folder.remove());

async function compileText(
  name: string,
  text: string,
  defines = {},
): Promise<Readonly<Record<string, unknown>>> {
  return load(folder.compile(`${name}.x`, { readFile: readMemory({ [`${name}.x`]: text }), defines }));
}

function encode<T>(codec: unknown, value: T): string {
  const w = new XdrWriter();
  (codec as Xdr<T>).encode(w, value);
  return Buffer.from(w.encoded()).toString("hex");
}

function decode(codec: unknown, hex: string): unknown {
  return (codec as Xdr<unknown>).decode(new XdrReader(Buffer.from(hex, "hex")));
}

describe("constants", () => {
  test("are numbers, texts, or bigints where numbers are not exact", async () => {
    const text = `const A = 0x10; const B = 010; const C = -1; const D = A; const E = "a\\"b\\n";
      const F = 9007199254740993; const G = 'a'; enum e { X = 5 }; const H = X;`;
    const { A, B, C, D, E, F, G, H } = await compileText("constants", text);
    expect([A, B, C, D, E, F, G, H]).toEqual([16, 8, -1, 16, 'a"b\n', 9007199254740993n, 97, 5]);
  });

  test("may come from the C side, the RPC library, and names of programs", async () => {
    const text = `%#define C_LIMIT (LOCAL + 1)
      const LOCAL = 4; const A = C_LIMIT; const B = MAXNETNAMELEN; const C = TRUE; const D = P; const E = F;
      program P { version V { void F(void) = 3; } = 2; } = 99;`;
    const module = await compileText("foreign", text.replace(/^ +%/gm, "%"));
    expect([module.A, module.B, module.C, module.D, module.E]).toEqual([5, 255, 1, 99, 3]);
  });

  test("may be chosen from outside", async () => {
    const text = "#ifdef BIG\nconst A = SIZE;\n#else\nconst A = 1;\n#endif";
    expect((await compileText("chosen", text, { BIG: "1", SIZE: "77" })).A).toBe(77);
  });
});

describe("enums", () => {
  test("count on from the last, share numbers, and refuse others both ways", async () => {
    const text = "enum e { A, B, C = -2, D, E = 0 }; enum f { P = 1, Q = 2, R = 3, S = 4 };";
    const module = await compileText("enums", text);
    expect(module.e).toEqual({ A: 0, B: 1, C: -2, D: -1, E: 0 });
    expect(encode(module.xdr_e, -2)).toBe("fffffffe");
    for (const bad of ["00000002", "fffffffd"]) {
      expect(() => decode(module.xdr_e, bad)).toThrow(expect.objectContaining({ code: "XDR_RANGE" }));
    }
    for (const bad of [2, 0.5, Number.NaN]) {
      expect(() => encode(module.xdr_e, bad)).toThrow(expect.objectContaining({ code: "XDR_RANGE" }));
    }
    for (const bad of [0, 5, 1.5, Number.NaN, undefined]) {
      expect(() => encode(module.xdr_f, bad)).toThrow(expect.objectContaining({ code: "XDR_RANGE" }));
    }
  });
});

test("an enum may count on for long, and be asked for its last value first", async () => {
  const values = Array.from({ length: 20_000 }, (_, i) => `E${i}`);
  const text = `const LAST = E19999; typedef opaque o<E999>; enum e { ${values.join(", ")} };`;
  const { LAST, e } = await compileText("long", text);
  expect(LAST).toBe(19_999);
  expect(e).toMatchObject({ E0: 0, E12345: 12_345 });
});

test("arrays of arrays may hold more than can be counted", async () => {
  const depth = 40;
  const of = (i: number) => `typedef ${i === 0 ? "int" : `v${i - 1}`} v${i}[4294967295];`;
  const module = await compileText("huge", Array.from({ length: depth }, (_, i) => of(i)).join("\n"));
  expect(() => decode(module[`xdr_v${depth - 1}`], "00000001")).toThrow(
    expect.objectContaining({ code: "XDR_SHORT" }),
  );
});

describe("names", () => {
  const text = `
    struct string_ { int a; };
    struct number { int constructor; int __proto__; int toString; int class; };
    struct Promise { number inner; };
    typedef int await;
    struct encode_number { int x; };
    struct link { int a; link *next; };
    struct link_node { int b; };
    struct knot { knot kids<>; };
    struct knot_inner { int c; };
    struct XdrWriter { int w; };
    union u switch (int u) { case 1: int u; case 2: number __proto__; default: void; };
    const delete = 7;
    program P {
      version V1 { void constructor(int delete, int context, int options) = 1; int toString(void) = 2; } = 1;
      version SAME { void F(void) = 1; } = 2;
    } = 1;
    program Q { version SAME { void F(void) = 1; } = 1; } = 2;
  `;
  let module: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    module = await compileText("names", text);
  });

  test("that TypeScript or the module needs get an underscore", () => {
    expect(module.delete_).toBe(7);
    const names = ["string_", "number_", "Promise_", "await_", "encode_number", "XdrWriter_"];
    for (const name of names) expect(module, name).toHaveProperty(`xdr_${name}`);
  });

  test("of helpers never stand in the way of a type's", () => {
    expect(decode(module.xdr_link_node, "00000005")).toEqual({ b: 5 });
    expect(decode(module.xdr_knot_inner, "00000006")).toEqual({ c: 6 });
    expect(decode(module.xdr_link, "000000010000000100000002" + "00000000")).toEqual({
      a: 1,
      next: { a: 2, next: null },
    });
    expect(decode(module.xdr_knot, "0000000100000000")).toEqual({ kids: [{ kids: [] }] });
  });

  test("of fields are kept, whatever they mean to JavaScript", () => {
    const hex = "00000001000000020000000300000004";
    const value = decode(module.xdr_number_, hex) as object;
    expect(Object.keys(value)).toEqual(["constructor", "__proto__", "toString", "class"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(encode(module.xdr_number_, value)).toBe(hex);
  });

  test("of an arm give way to the discriminant's", () => {
    expect(decode(module.xdr_u, "0000000100000005")).toEqual({ u: 1, u_: 5 });
    const hex = `00000002${"00000009".repeat(4)}`;
    const value = decode(module.xdr_u, hex);
    expect(encode(module.xdr_u, value)).toBe(hex);
  });

  test("of versions are told apart by their programs' where several share one", () => {
    expect((module.P_SAME_contract as Contract).program).toBe(1);
    expect((module.Q_SAME_contract as Contract).program).toBe(2);
    expect(module.V1_Client).toBeDefined();
  });
});

describe("optional values", () => {
  test("are null when absent; one that is optional twice is wrapped", async () => {
    const text = "typedef int *maybe; typedef maybe *twice; struct s { maybe a; twice b; maybe c<>; };";
    const { xdr_s } = await compileText("optional", text);
    for (const [value, hex] of [
      [{ a: null, b: null, c: [] }, "000000000000000000000000"],
      [
        { a: 7, b: { value: null }, c: [null, 8] },
        "0000000100000007000000010000000000000002000000000000000100000008",
      ],
      [{ a: null, b: { value: 9 }, c: [] }, "0000000000000001000000010000000900000000"],
    ] as const) {
      expect(encode(xdr_s, value)).toBe(hex);
      expect(decode(xdr_s, hex)).toEqual(value);
    }
  });
});

describe("documentation", () => {
  test("goes with what it stands beside, above or after, and nothing else does", () => {
    const text = `/* About a file. */

/*
 * A point
 * in space.
 */
struct point {
  int x; /* to the right */
  /* upwards */
  int y;
  int z;
};
enum e { A, /* first */ B /* last */ };
// counts
const N = 3;
`;
    const file = folder.compile("documented.x", { readFile: readMemory({ "documented.x": text }) });
    const [point, e] = file.model.types;
    expect(point?.doc).toBe("A point\nin space.");
    expect(point?.kind === "struct" && point.fields.map((field) => field.doc)).toEqual([
      "to the right",
      "upwards",
      undefined,
    ]);
    expect(e?.kind === "enum" && e.values.map((value) => value.doc)).toEqual(["first", "last"]);
    expect(file.model.constants[0]?.doc).toBe("counts");
  });
});

describe("programs", () => {
  const text = `
    struct pair { int a; int b; };
    program P {
      version V {
        void NULL(void) = 0;
        /* @idempotent */
        int ADD(int left, int right) = 1;
        string ECHO(string) = 5;
        pair SWAP(pair) = 3; /* @idempotent after it does not count */
        pair *NOT_HERE(void) = 4;
      } = 2;
    } = 300000;
  `;
  let module: Readonly<Record<string, unknown>>;
  beforeAll(async () => {
    module = await compileText("program", text.replace("pair *NOT_HERE", "pair NOT_HERE"));
  });

  test("become contracts, in the order of the numbers, with what may be repeated", () => {
    const contract = module.V_contract as Contract;
    expect(contract).toMatchObject({ name: "V", program: 300000, version: 2 });
    expect(contract.procedures.map(({ name, number, idempotent }) => [name, number, idempotent])).toEqual([
      ["NULL", 0, false],
      ["ADD", 1, true],
      ["SWAP", 3, false],
      ["NOT_HERE", 4, false],
      ["ECHO", 5, false],
    ]);
  });

  test("give a client its methods and a server its handlers, which meet in the middle", async () => {
    type Handler = (args: unknown, context: string) => unknown;
    const serve = module.serve_V as (implementation: unknown) => Service<string>;
    const seen: unknown[] = [];
    const service = serve({
      NULL: (context: string) => seen.push(context),
      ADD: (left: number, right: number, context: string) => {
        seen.push(context);
        return left + right;
      },
      ECHO: async (text: string) => text,
      SWAP: ({ a, b }: { a: number; b: number }) => ({ a: b, b: a }),
      NOT_HERE: () => ({ a: 0, b: 0 }),
    });
    expect(Object.keys(service.handlers)).toEqual(["0", "1", "3", "4", "5"]);

    const caller: Caller = {
      async call(contract, procedure, args, options?: CallOptions) {
        expect(contract).toBe(service.contract);
        seen.push(options);
        const call = new XdrWriter();
        procedure.args.encode(call, args);
        const given = contract.procedures.find((each) => each.number === procedure.number)?.args;
        const handler = service.handlers[procedure.number] as Handler;
        const result = await handler(given?.decode(new XdrReader(call.encoded())), "context");
        const reply = new XdrWriter();
        procedure.result.encode(reply, result as never);
        return procedure.result.decode(new XdrReader(reply.encoded()));
      },
    };
    const Client = module.V_Client as new (
      caller: Caller,
    ) => Record<string, (...args: unknown[]) => Promise<unknown>>;
    const client = new Client(caller);
    const options = { timeoutMs: 5 };
    expect(await client.ADD?.(2, 3, options)).toBe(5);
    expect(await client.ECHO?.("hé")).toBe("hé");
    expect(await client.SWAP?.({ a: 1, b: 2 })).toEqual({ a: 2, b: 1 });
    expect(await client.NULL?.()).toBeUndefined();
    expect(seen).toEqual([options, "context", undefined, undefined, undefined, "context"]);
  });
});

describe("names that mean something where they come to stand", () => {
  test("to TypeScript's types, its classes, or the module's own methods", async () => {
    const text = `
      struct keyof { int keyof; keyof *rest; }; struct infer { readonly r<2>; }; struct readonly { unique u[2]; };
      struct unique { intrinsic i; }; typedef satisfies intrinsic; enum satisfies { SAT };
      struct constructor { constructor *last; }; union valueOf switch (satisfies k) { default: constructor a<>; };
      struct Record { int a; }; struct Context { int a; };
      program P { version V {
        Context GET(Context V_contract, Record V_procedures) = 1;
        void constructor(void) = 2; void constructor_(int) = 3; int new(keyof) = 4;
      } = 1; } = 1;`;
    const module = await compileText("operators", text);
    expect(Object.keys(module)).toEqual(
      expect.arrayContaining(["xdr_keyof_", "xdr_Record_", "xdr_Context_"]),
    );
    const Client = module.V_Client as { readonly prototype: object };
    const methods = ["GET", "constructor__", "constructor_", "new"];
    for (const method of methods) expect(Object.getOwnPropertyNames(Client.prototype)).toContain(method);
    expect(decode(module.xdr_constructor, "0000000100000000")).toEqual({ last: { last: null } });
  });

  test("to the runtime are imported only where they mean it", async () => {
    const text = `const TEXT = "/** XdrReader \\" Caller"; /* A Contract; */ struct s { int Service; int Xdr; int XdrError; };
      union Handler switch (int XdrError) { case 1: int Procedure; };`;
    const { output } = folder.compile("mentions.x", { readFile: readMemory({ "mentions.x": text }) });
    const imported = readFileSync(output, "utf8").match(/import .*/g);
    expect(imported).toEqual([
      expect.stringMatching(/^import type \{ Xdr, XdrReader, XdrWriter \}/),
      expect.stringMatching(/^import \{ XdrError \}/),
    ]);
  });

  test("of arms give way to the discriminant's, and not to another arm's", async () => {
    const text = "union u switch (int k) { case 1: int k; case 2: string k_<>; };";
    const { xdr_u } = await compileText("arms", text);
    expect(decode(xdr_u, "0000000100000007")).toEqual({ k: 1, k__: 7 });
    expect(encode(xdr_u, { k: 1, k__: 7 })).toBe("0000000100000007");
  });
});

test("a default arm that no value is left for does no harm", async () => {
  const text = `enum e { A, B }; union u switch (e k) { case A: case B: int x; default: int y; };
    union v switch (bool k) { case TRUE: int x; case FALSE: void; default: int y; };`;
  const { xdr_u, xdr_v } = await compileText("impossible", text);
  expect(encode(xdr_u, { k: 1, x: 5 })).toBe("0000000100000005");
  expect(decode(xdr_u, "0000000100000005")).toEqual({ k: 1, x: 5 });
  expect(encode(xdr_v, { k: false })).toBe("00000000");
});

test("TypeScript accepts all of these modules, under the project's own settings", () => {
  expect(folder.typeCheck()).toBe("");
});

test("the check of types can fail: a use of generated code that mixes up its types", () => {
  const other = new ModuleFolder();
  try {
    const { output } = other.compile("a.x", { readFile: readMemory({ "a.x": "struct s { int n; };" }) });
    expect(other.typeCheck()).toBe("");
    appendFileSync(output, 'export const wrong: s = { n: "one" };\n');
    expect(other.typeCheck()).toContain("error TS2322");
  } finally {
    other.remove();
  }
});
