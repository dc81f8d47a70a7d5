/**
 * Faulty `.x` files and what the compiler says of them: `test/scenario/idl/*.txt`. A case begins with `== its name`;
 * `-- file` begins a file, the first being the one compiled; `=> CODE message` is the whole error.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileIdl, IdlError, idlErrors } from "../../src/idl/index.ts";
import { ROOT, readMemory } from "../support/idl.ts";

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly expected: string;
}

function parseCase(text: string): Case {
  const [name = "", ...lines] = text.split("\n");
  const files: Record<string, string> = {};
  let file = "";
  let expected = "";
  for (const line of lines) {
    if (line.startsWith("-- ")) {
      file = line.slice(3);
      files[file] = "";
    } else if (line.startsWith("=> ")) expected = line.slice(3);
    else if (expected === "") files[file] += `${line}\n`;
  }
  return { name, files, expected };
}

const folder = join(ROOT, "test/scenario/idl");
const scenarios = readdirSync(folder).map((name) => {
  const cases = readFileSync(join(folder, name), "utf8").split(/^== /m).slice(1).map(parseCase);
  return { name, cases };
});

function compile({ files }: Case): string {
  const [main = ""] = Object.keys(files);
  try {
    compileIdl(main, { readFile: readMemory(files), includeFolders: ["include"] });
    return "no error";
  } catch (error) {
    if (!(error instanceof IdlError)) throw error;
    expect(error.details).toMatchObject({
      file: error.at.file,
      line: error.at.line,
      column: error.at.column,
    });
    return `${error.code} ${error.message}`;
  }
}

describe.each(scenarios)("$name", ({ cases }) => {
  test.each(cases)("$name", (scenario) => {
    expect(scenario.expected).not.toBe("");
    expect(compile(scenario)).toBe(scenario.expected);
  });
});

test("every code of the compiler has a case, but that of JSON values", () => {
  const seen = new Set(scenarios.flatMap(({ cases }) => cases.map(({ expected }) => expected.split(" ")[0])));
  expect([...seen].sort()).toEqual(
    Object.keys(idlErrors)
      .filter((code) => code !== "IDL_JSON")
      .sort(),
  );
});
