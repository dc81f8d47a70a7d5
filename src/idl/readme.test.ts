import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMemory } from "../../test/support/idl.ts";
import { block, runExample } from "../../test/support/readme.ts";
import { compileIdl } from "./index.ts";

test("the README's example compiles, and prints what the README says", async () => {
  const path = join(import.meta.dirname, "README.md");
  const source = { "phone.x": block(readFileSync(path, "utf8"), "x") };
  const module = compileIdl("phone.x", { readFile: readMemory(source) });
  const { expected, printed } = await runExample(path, { "gen/phone.gen.ts": module });
  expect(printed).toBe(expected);
});
