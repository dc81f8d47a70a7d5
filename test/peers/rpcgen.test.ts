/**
 * rpcgen and libtirpc, which nobody here wrote, beside our compiler and runtime: the same `.x` file, the same values,
 * the same bytes. The `.x` files of /usr/include/rpcsvc are read in place.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { NamedType } from "../../src/idl/index.ts";
import { type Contract, type Xdr, XdrError, XdrReader, XdrWriter } from "../../src/marshal/index.ts";
import { type CompiledFile, codecOf, load, ModuleFolder, ROOT } from "../support/idl.ts";
import { randomValue, Xorshift } from "../support/random-values.ts";
import { requirePeer } from "./require-peer.ts";
import { argumentStructs, harnessSource } from "./rpcgen/c-harness.ts";

const RPCSVC = "/usr/include/rpcsvc";
const hasRpcgen =
  requirePeer("rpcgen", "rpcsvc-proto", "rpcgen") &&
  requirePeer("rpcsvc", "rpcsvc-proto", `${RPCSVC}/nfs_prot.x`);
const hasCompiler =
  requirePeer("gcc", "gcc", "gcc") && requirePeer("libtirpc", "libtirpc-dev", "/usr/include/tirpc/rpc/rpc.h");
/** Values of each type and direction; `COTERIE_SOAK=1` takes many more. */
const ROUNDS = process.env.COTERIE_SOAK === "1" ? 2000 : 60;

const folder = new ModuleFolder();
const build = mkdtempSync(join(tmpdir(), "coterie-rpcgen-"));
afterAll(() => {
  folder.remove();
  rmSync(build, { recursive: true, force: true });
});

const sources = hasRpcgen ? readdirSync(RPCSVC).filter((name) => name.endsWith(".x")) : [];

describe.runIf(hasRpcgen)("the .x files of rpcsvc", () => {
  test("are all there", () => {
    expect(sources.length).toBeGreaterThanOrEqual(17);
  });

  test("compile, and so do libtirpc's, and TypeScript accepts all that comes out", {
    timeout: 120_000,
  }, () => {
    const others = ["/usr/include/tirpc/rpc/rpcb_prot.x", "/usr/include/tirpc/rpcsvc/crypt.x"].filter(
      () => hasCompiler,
    );
    for (const path of [...sources.map((name) => `${RPCSVC}/${name}`), ...others, OWN]) {
      const { model } = folder.compile(path, { includeFolders: ["/usr/include"] });
      expect(model.types.length + model.versions.length, path).toBeGreaterThan(0);
    }
    expect(folder.typeCheck()).toBe("");
  });
});

const OWN = join(ROOT, "test/peers/rpcgen/constructs.x");

/**
 * What rpcgen 1.4.3 needs help with. It cannot read nis.x itself (a joined line in its C text), so it gets the file
 * without C text; nis_callback.x wants headers that rpcgen makes of nis.x.
 */
const PREPARE: Readonly<Record<string, (text: string) => string>> = {
  nis: (text) => text.replace(/\\\n/g, "").replace(/^%.*$/gm, ""),
  nis_callback: (text) => text.replace("<rpcsvc/nis.h>", '"nis.h"').replace('"nis_clnt.h"', '"nis.h"'),
};

/** What else to link. */
const OBJECTS: Readonly<Record<string, readonly string[]>> = { nis_callback: ["nis_xdr.c"] };

interface Peer {
  readonly types: readonly NamedType[];
  /** Runs commands of the harness; the answers, undefined where XDR failed in C. */
  run(commands: readonly Uint8Array[]): (Uint8Array | undefined)[];
}

function rpcgen(name: string): void {
  for (const [flag, output] of [
    ["-h", `${name}.h`],
    ["-c", `${name}_xdr.c`],
  ] as const) {
    rmSync(join(build, output), { force: true });
    execFileSync("rpcgen", ["-N", "-C", flag, "-o", output, `${name}.x`], { cwd: build, stdio: "pipe" });
  }
}

function buildPeer(file: CompiledFile, source: string): Peer {
  const { name, model } = file;
  for (const other of sources) copyFileSync(`${RPCSVC}/${other}`, join(build, other));
  for (const [other, prepare] of Object.entries(PREPARE)) {
    writeFileSync(join(build, `${other}.x`), prepare(readFileSync(`${RPCSVC}/${other}.x`, "utf8")));
  }
  if (source === OWN) copyFileSync(OWN, join(build, `${name}.x`));
  if (OBJECTS[name] !== undefined) rpcgen("nis");
  rpcgen(name);
  const types = [...model.types, ...argumentStructs(model)];
  writeFileSync(join(build, `${name}_main.c`), harnessSource(`${name}.h`, types));
  const files = [`${name}_main.c`, `${name}_xdr.c`, ...(OBJECTS[name] ?? [])];
  const flags = ["-w", "-I/usr/include/tirpc", "-I.", "-o", name];
  execFileSync("gcc", [...flags, ...files, "-ltirpc"], { cwd: build, stdio: "pipe" });
  return { types, run: (commands) => runHarness(join(build, name), commands) };
}

function runHarness(program: string, commands: readonly Uint8Array[]): (Uint8Array | undefined)[] {
  const { status, stdout } = spawnSync(program, { input: Buffer.concat(commands), maxBuffer: 2 ** 30 });
  expect(status).toBe(0);
  const answers: (Uint8Array | undefined)[] = [];
  for (let at = 0; at < stdout.length; ) {
    const length = stdout.readUInt32BE(at);
    at += 4;
    if (length === 0xffff_ffff) answers.push(undefined);
    else {
      answers.push(stdout.subarray(at, at + length));
      at += length;
    }
  }
  expect(answers.length).toBe(commands.length);
  return answers;
}

function command(letter: "g" | "d", type: number, word: number, bytes = new Uint8Array(0)): Uint8Array {
  const head = Buffer.alloc(9);
  head.write(letter);
  head.writeUInt32BE(type, 1);
  head.writeUInt32BE(word, 5);
  return Buffer.concat([head, bytes]);
}

function encode(codec: Xdr<unknown>, value: unknown): Uint8Array {
  const writer = new XdrWriter();
  codec.encode(writer, value);
  return writer.encoded();
}

function decode(codec: Xdr<unknown>, bytes: Uint8Array): unknown {
  const reader = new XdrReader(bytes);
  const value = codec.decode(reader);
  reader.finish();
  return value;
}

/** Codecs of types and of argument tuples, by the name that C has for them. */
function codecs(module: Readonly<Record<string, unknown>>, file: CompiledFile): Map<string, Xdr<unknown>> {
  const found = new Map(file.model.types.map((type) => [type.name, codecOf(module, type)]));
  for (const version of file.model.versions) {
    const contract = module[`${version.name}_contract`] as Contract;
    for (const { name, args } of contract.procedures) {
      const fields = version.procedures.find((procedure) => procedure.name === name)?.args ?? [];
      const names = fields.map((field, index) => field.name || `arg${index + 1}`);
      found.set(`${name.toLowerCase()}_${version.number}_argument`, {
        encode: (w, value) =>
          args.encode(
            w,
            names.map((key) => (value as Record<string, unknown>)[key]),
          ),
        decode: (r) =>
          Object.fromEntries((args.decode(r) as unknown[]).map((value, index) => [names[index], value])),
      });
    }
  }
  return found;
}

const compared = [...sources.map((name) => `${RPCSVC}/${name}`), OWN];

describe.runIf(hasRpcgen && hasCompiler)("rpcgen's C and our TypeScript", () => {
  test.each(compared)(
    "%s: the same bytes for the same values, both ways",
    { timeout: 120_000 },
    async (source) => {
      const file = folder.compile(source, { includeFolders: ["/usr/include"] });
      const peer = buildPeer(file, source);
      const ours = codecs(await load(file), file);
      const cases = peer.types.flatMap((type, index) =>
        Array.from({ length: ROUNDS }, (_, round) => ({
          type,
          index,
          seed: (index + 1) * 100_003 + round * 7919,
        })),
      );
      const fromC = peer.run(cases.map(({ index, seed }) => command("g", index, seed)));
      const values = cases.map(({ type, seed }) => randomValue({ kind: "named", type }, new Xorshift(seed)));
      const mine = cases.map(({ type }, at) =>
        Buffer.from(encode(ours.get(type.name) as Xdr<unknown>, values[at])),
      );
      for (const [at, { type, seed }] of cases.entries()) {
        const where = `${type.name}, seed ${seed}`;
        // The value of this seed, encoded by C and by us.
        expect(Buffer.from(fromC[at] ?? []).equals(mine[at] as Buffer), where).toBe(true);
        // C's bytes, decoded by us.
        const decoded = decode(ours.get(type.name) as Xdr<unknown>, fromC[at] as Uint8Array);
        if (at % 10 === 0) expect(plain(decoded), where).toEqual(plain(values[at]));
        expect(
          Buffer.from(encode(ours.get(type.name) as Xdr<unknown>, decoded)).equals(mine[at] as Buffer),
          where,
        ).toBe(true);
      }
      // Our bytes, decoded by C and encoded again.
      const back = peer.run(
        cases.map(({ index }, at) => command("d", index, mine[at]?.length ?? 0, mine[at])),
      );
      for (const [at, { type, seed }] of cases.entries()) {
        expect(Buffer.from(back[at] ?? [0xff]).equals(mine[at] as Buffer), `${type.name}, seed ${seed}`).toBe(
          true,
        );
      }
    },
  );

  test("refuse the same bytes: what C refuses, we refuse", async () => {
    const file = folder.compile(OWN);
    const peer = buildPeer(file, OWN);
    const ours = codecs(await load(file), file);
    const random = new Xorshift(99);
    const mutated = Array.from({ length: ROUNDS * 20 }, () => {
      const index = random.next() % peer.types.length;
      const type = peer.types[index] as NamedType;
      const bytes = Uint8Array.from(
        encode(ours.get(type.name) as Xdr<unknown>, randomValue({ kind: "named", type }, random)),
      );
      for (let flips = random.next() % 3; flips >= 0; flips--)
        bytes[random.next() % bytes.length] = random.next();
      return { index, type, bytes };
    });
    const answers = peer.run(mutated.map(({ index, bytes }) => command("d", index, bytes.length, bytes)));
    let refused = 0;
    for (const [at, { type, bytes }] of mutated.entries()) {
      if (answers[at] !== undefined) continue;
      refused++;
      expect(() => decode(ours.get(type.name) as Xdr<unknown>, bytes), type.name).toThrow(XdrError);
    }
    expect(refused).toBeGreaterThan(ROUNDS);
  });
});

/** Buffers and typed arrays as lists of numbers, for comparison. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
