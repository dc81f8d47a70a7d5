import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-idl-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("coterie idl compile", () => {
  test("writes a module for each file, which imports the runtime that it is told", async () => {
    const a = put("a.x", "struct s { int n; };");
    const b = put("b.x", "const N = SIZE;\n#ifdef FLAG\nconst M = 1;\n#endif");
    const out = join(folder, "deep/gen");
    const flags = ["--out", out, "--runtime", "../marshal.js", "-D", "SIZE=7", "-D", "FLAG"];
    const result = await runCli(["idl", "compile", a, b, ...flags]);
    expect(result).toMatchObject({ status: 0, err: "" });
    expect(result.out).toContain("a.gen.ts  1 types, 0 constants, 0 program versions");
    expect(readdirSync(out)).toEqual(["a.gen.ts", "b.gen.ts"]);
    const text = readFileSync(join(out, "a.gen.ts"), "utf8");
    expect(text).toMatch(/^\/\/ Generated from a\.x by coterie idl compile; do not edit\.\n/);
    expect(text).toContain('from "../marshal.js"');
    expect(readFileSync(join(out, "b.gen.ts"), "utf8")).toContain(
      "export const N = 7;\n\nexport const M = 1;",
    );
  });

  test("imports the package unless told otherwise, finds included files, and answers in JSON", async () => {
    mkdirSync(join(folder, "inc"));
    put("inc/t.x", "typedef int t;");
    const a = put("a.x", "#include <t.x>\nstruct s { t n; };");
    const result = await runCli(["idl", "compile", a, "-I", join(folder, "inc"), "-o", folder, "--json"]);
    const output = `${folder}/a.gen.ts`;
    expect(JSON.parse(result.out)).toEqual({ source: a, output, constants: 0, types: 2, versions: 0 });
    expect(readFileSync(output, "utf8")).toContain('from "coterie/marshal"');
  });

  test("says where a file is wrong, and then writes nothing at all", async () => {
    const good = put("good.x", "const A = 1;");
    const bad = put("bad.x", "const A = 1;\nconst B 2;\n");
    const out = join(folder, "gen");
    const result = await runCli(["idl", "compile", good, bad, "--out", out]);
    expect(result.status).toBe(1);
    expect(result.err).toContain(`${bad}:2:9: expected '=' after the constant's name, found '2'`);
    expect(readdirSync(folder).sort()).toEqual(["bad.x", "good.x"]);
    const json = await runCli(["idl", "compile", bad, "--out", out, "--json"]);
    expect(JSON.parse(json.err).error).toMatchObject({
      code: "IDL_SYNTAX",
      details: { file: bad, line: 2, column: 9, expected: "'=' after the constant's name", found: "'2'" },
    });
  });

  test("refuses two files that would become the same module, and writes neither", async () => {
    mkdirSync(join(folder, "one"));
    mkdirSync(join(folder, "two"));
    const files = [put("one/p.x", "const A = 1;"), put("two/p.x", "const B = 1;")];
    const out = join(folder, "gen");
    const result = await runCli(["idl", "compile", ...files, "--out", out]);
    expect(result.status).toBe(2);
    expect(result.err).toContain(`${files[0]} and ${files[1]} would both become ${out}/p.gen.ts`);
    expect(readdirSync(folder).sort()).toEqual(["one", "two"]);
  });

  test.each([
    ["no --out", ["a.x"]],
    ["no file", ["--out", "gen"]],
    ["a macro that is no name", ["a.x", "--out", "gen", "-D", "1=2"]],
  ])("refuses %s as misuse", async (_, args) => {
    expect((await runCli(["idl", "compile", ...args])).status).toBe(2);
  });

  test("tells of a file that is not there", async () => {
    const result = await runCli(["idl", "compile", join(folder, "none.x"), "--out", folder]);
    expect(result.status).toBe(1);
    expect(result.err).toContain("none.x:1:1: cannot be read");
  });
});
