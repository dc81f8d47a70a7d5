import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DynamicCodecs } from "../../src/idl/index.ts";
import { DEFAULT_MAX_DEPTH, XdrReader, XdrWriter } from "../../src/marshal/index.ts";
import { codecOf, load, ModuleFolder, ROOT } from "../support/idl.ts";
import { randomValue, Xorshift } from "../support/random-values.ts";
import { checkDecoding, encode, fuzzXdr, type Target } from "./xdr.ts";

/** `COTERIE_XDR_MUTATIONS` and `COTERIE_XDR_SEED` choose; `COTERIE_SOAK=1` alone means a million. */
const MUTATIONS = Number(
  process.env.COTERIE_XDR_MUTATIONS ?? (process.env.COTERIE_SOAK === "1" ? 1_000_000 : 20_000),
);
const SEED = Number(process.env.COTERIE_XDR_SEED ?? 20_061);
const SOURCES = [
  "test/peers/rpcgen/constructs.x",
  "x/nfs3.x",
  "x/nfs2.x",
  "x/mount.x",
  "x/rpcbind.x",
  "x/rpc.x",
];

const folder = new ModuleFolder();
afterAll(() => folder.remove());
const targets = new Map<string, Target>();
const dynamic = new Map<string, Target>();

beforeAll(async () => {
  for (const source of SOURCES) {
    const file = folder.compile(join(ROOT, source));
    const module = await load(file);
    const codecs = new DynamicCodecs(file.model);
    for (const type of file.model.types) {
      targets.set(type.name, { type, codec: codecOf(module, type) });
      dynamic.set(type.name, { type, codec: codecs.of({ kind: "named", type }) });
    }
  }
});

function target(name: string): Target {
  const found = targets.get(name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
}

describe(`mutated messages (${MUTATIONS}, seed ${SEED})`, () => {
  test("give a value that encodes to the same bytes, or an XdrError", { timeout: 3_600_000 }, () => {
    const report = fuzzXdr([...targets.values()], MUTATIONS, SEED);
    // The mutations reach both outcomes, and every way to refuse.
    expect(report.decoded).toBeGreaterThan(MUTATIONS / 10);
    const codes = ["XDR_PADDING", "XDR_RANGE", "XDR_SHORT", "XDR_TEXT"];
    expect(Object.keys(report.refused).sort()).toEqual(expect.arrayContaining(codes));
  });

  test("are taken for the same by codecs made at run time", () => {
    const random = new Xorshift(SEED + 1);
    for (const [name, generated] of targets) {
      for (let round = 0; round < 20; round++) {
        const value = randomValue({ kind: "named", type: generated.type }, random);
        const bytes = encode(generated.codec, value);
        const other = dynamic.get(name) as Target;
        expect(Buffer.compare(encode(other.codec, value), bytes), name).toBe(0);
        const at = random.next() % (bytes.length + 1);
        bytes[at] = random.next();
        expect(checkDecoding(other, bytes), `${name} ${Buffer.from(bytes).toString("hex")}`).toBe(
          checkDecoding(generated, bytes),
        );
      }
    }
  });
});

describe("the corpus: messages that once mattered, or might", () => {
  const path = join(ROOT, "test/corpus/xdr");
  const entries = readdirSync(path)
    .sort()
    .map((name) => {
      const [type = "", outcome = "", ...hex] = readFileSync(join(path, name), "utf8").trim().split(/\s+/);
      return { name, type, outcome, bytes: Buffer.from(hex.join(""), "hex") };
    });

  test("is there", () => expect(entries.length).toBeGreaterThan(20));

  test.each(entries)("$name: $type is $outcome", ({ type, outcome, bytes }) => {
    expect(checkDecoding(target(type), bytes)).toBe(outcome);
    expect(checkDecoding(dynamic.get(type) as Target, bytes)).toBe(outcome);
  });
});

describe("long and deep values", () => {
  /** `row`: a number, and a link to the next. */
  function rows(count: number): Uint8Array {
    const w = new XdrWriter(count * 8);
    for (let i = 0; i < count; i++) {
      w.int(i);
      w.bool(i < count - 1);
    }
    return w.encoded();
  }

  test("a list of a million nodes is neither deep nor slow", () => {
    expect(checkDecoding(target("row"), rows(1_000_000))).toBe("ok");
  });

  test("a list that refers to itself is refused, and does not fill the memory", () => {
    interface Row {
      column: number;
      next: Row | null;
    }
    const row: Row = { column: 1, next: null };
    row.next = row;
    const w = new XdrWriter(64, DEFAULT_MAX_DEPTH, 1 << 20);
    expect(() => target("row").codec.encode(w, row)).toThrow(expect.objectContaining({ code: "XDR_SIZE" }));
  });

  test("recursion that is no list is bounded, decoding and encoding", () => {
    const chain = (depth: number) => {
      const w = new XdrWriter();
      for (let i = 0; i < depth; i++) {
        w.int(1);
        w.bool(i < depth - 1);
      }
      return w.encoded();
    };
    expect(checkDecoding(target("chain"), chain(DEFAULT_MAX_DEPTH))).toBe("ok");
    expect(checkDecoding(target("chain"), chain(DEFAULT_MAX_DEPTH + 1))).toBe("XDR_DEPTH");
    expect(checkDecoding(target("chain"), chain(1_000_000))).toBe("XDR_DEPTH");
    const deep = new XdrReader(chain(2000), 0, 2000 * 8, 3000);
    const value = target("chain").codec.decode(deep);
    const w = new XdrWriter();
    expect(() => target("chain").codec.encode(w, value)).toThrow(
      expect.objectContaining({ code: "XDR_DEPTH" }),
    );
    // The failure leaves the writer able to go as deep as before.
    w.reset();
    target("chain").codec.encode(w, target("chain").codec.decode(new XdrReader(chain(DEFAULT_MAX_DEPTH))));
  });

  test("an enormous count is refused before anything is allocated for it", () => {
    const w = new XdrWriter();
    w.uint(0xffff_fff0);
    w.raw(new Uint8Array(64));
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 1000; round++)
      expect(checkDecoding(target("colours"), w.encoded())).toBe("XDR_SHORT");
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20);
  });
});
