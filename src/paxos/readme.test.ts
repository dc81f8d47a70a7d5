import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { block, runExample, runProgram } from "../../test/support/readme.ts";

const README = join(import.meta.dirname, "README.md");

test("the README's example prints what the README says", async () => {
  const { expected, printed } = await runExample(README);
  expect(printed).toBe(expected);
});

test("so does its state machine that keeps its state itself", async () => {
  const readme = readFileSync(README, "utf8");
  const section = readme.slice(readme.indexOf("## State machines that keep their state themselves"));
  expect(await runProgram(block(section, "ts"))).toBe(block(section, "text"));
});
