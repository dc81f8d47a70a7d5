/** Fuzzing of the compiler: whatever the text, it compiles or fails with an `IdlError` that points into it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileIdl, IdlError, idlErrors } from "../../src/idl/index.ts";
import { ROOT, readMemory } from "../support/idl.ts";
import { Xorshift } from "../support/random-values.ts";

/** `COTERIE_IDL_MUTATIONS` and `COTERIE_IDL_SEED` choose; `COTERIE_SOAK=1` alone means a hundred thousand. */
const MUTATIONS = Number(
  process.env.COTERIE_IDL_MUTATIONS ?? (process.env.COTERIE_SOAK === "1" ? 100_000 : 1500),
);
const SEED = Number(process.env.COTERIE_IDL_SEED ?? 4506);
const SOURCES = ["test/peers/rpcgen/constructs.x", "x/nfs3.x", "x/mount.x", "x/rpcbind.x"];

/** Tokens, comments and white space: what the mutations move about. */
const PIECE = /\/\*.*?\*\/|[A-Za-z_]\w*|\d\w*|\n[#%].*|\s+|./gs;

function compileOutcome(text: string): string {
  try {
    compileIdl("a.x", { readFile: readMemory({ "a.x": text }) });
    return "compiled";
  } catch (error) {
    if (!(error instanceof IdlError) || !(error.code in idlErrors)) {
      throw new Error(`${String(error)}\n${text}`, { cause: error });
    }
    const lines = text.split("\n");
    const { file, line, column } = error.at;
    if (file === "a.x") {
      expect(line, error.message).toBeLessThanOrEqual(lines.length);
      expect(column, error.message).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    }
    return error.code;
  }
}

test(`mutated interface definitions (${MUTATIONS}, seed ${SEED})`, { timeout: 3_600_000 }, () => {
  const random = new Xorshift(SEED);
  const files = SOURCES.map((source) => readFileSync(join(ROOT, source), "utf8").match(PIECE) ?? []);
  const outcomes = new Map<string, number>();
  for (let round = 0; round < MUTATIONS; round++) {
    // Part of a file, so that faults far apart are met too.
    const file = files[random.next() % files.length] as string[];
    const start = random.next() % 2 === 0 ? 0 : random.next() % file.length;
    const pieces = file.slice(start, start + 20 + (random.next() % 2000));
    for (let changes = random.next() % 4; changes > 0; changes--) {
      const at = random.next() % pieces.length;
      const other = file[random.next() % file.length] as string;
      if (random.next() % 3 === 0) pieces.splice(at, 1);
      else if (random.next() % 2 === 0) pieces.splice(at, 1, other);
      else pieces.splice(at, 0, other);
      if (pieces.length === 0) pieces.push(other);
    }
    const outcome = compileOutcome(pieces.join(""));
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  // The mutations reach every stage.
  const stages = ["compiled", "IDL_DUPLICATE", "IDL_PREPROCESSOR", "IDL_SYNTAX", "IDL_UNDEFINED"];
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining(stages));
});

test.each([
  ["nothing", ""],
  ["a newline", "\n"],
  ["half a comment", "/"],
  ["a joined end", "\\\n"],
  ["a lone backslash", "\\"],
  ["a directive at the end", "#"],
  ["a C line at the end", "%"],
  ["a joined C line at the end", "%a\\"],
  ["a joined directive at the end", "#define A \\"],
  ["a zero byte", "\0"],
  ["a thousand parentheses in a condition", `#if ${"(".repeat(1000)}1${")".repeat(1000)}\n#endif`],
  ["a thousand signs in a condition", `#if ${"-".repeat(1000)}1\n#endif`],
  ["a number of ten thousand digits", `const A = ${"9".repeat(10_000)};`],
  ["a length of ten thousand digits", `typedef int a<${"9".repeat(10_000)}>;`],
  ["a fixed array as long as can be", "typedef int a[4294967295];"],
  ["a shift that is too far", "#if 1 << 1000000\n#endif"],
  [
    "ten thousand constants in a chain",
    Array.from({ length: 10_000 }, (_, i) => `const A${i} = A${i + 1};`).join("\n"),
  ],
  [
    "two thousand structs in a chain",
    `${Array.from({ length: 2000 }, (_, i) => `struct s${i} { s${i + 1} a; };`).join("\n")}struct s2000 { int a; };`,
  ],
  ["names of Object.prototype", "struct constructor { toString a; }; typedef hasOwnProperty b<valueOf>;"],
])("%s is compiled or refused", (_, text) => {
  expect(compileOutcome(text)).toMatch(/^(compiled|IDL_[A-Z]+)$/);
});
