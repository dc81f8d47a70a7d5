import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runProgram } from "../../test/support/readme.ts";
import { blocksOf } from "../../test/support/tutorial.ts";

const blocks = blocksOf(readFileSync(new URL("./README.md", import.meta.url), "utf8"));
const programs = blocks.flatMap(({ kind, text }, at) =>
  kind === "ts" ? [{ text, printed: blocks[at + 1]?.text }] : [],
);

it("has two examples", () => expect(programs.length).toBe(2));

it.each(programs)("does what its README says", async ({ text, printed }) => {
  expect(await runProgram(text)).toBe(printed);
});
