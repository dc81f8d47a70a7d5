/**
 * The guides of docs/how-to: each `ts NAME` block is a program, and the `text` block behind it is what it prints. Blocks without a
 * name are pieces of one program, which runs to its end on a cell of its own.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeCell } from "../support/node-cell.ts";
import { runProgram } from "../support/readme.ts";
import { blocksOf } from "../support/tutorial.ts";

const FOLDER = new URL("../../docs/how-to/", import.meta.url);
const guides = readdirSync(FOLDER).map((guide) => ({
  guide,
  blocks: blocksOf(readFileSync(new URL(guide, FOLDER), "utf8")),
}));

const programs = guides.flatMap(({ guide, blocks }) =>
  blocks.flatMap(({ kind, name, text }, at) =>
    kind === "ts" && name !== "" ? [{ guide, name, text, after: blocks[at + 1] }] : [],
  ),
);
const inPieces = guides.flatMap(({ guide, blocks }) => {
  const pieces = blocks.filter(({ kind, name }) => kind === "ts" && name === "");
  return pieces.length === 0 ? [] : [{ guide, pieces: pieces.map(({ text }) => text) }];
});

describe("how-to guides", () => {
  it("have programs", () => expect([programs.length, inPieces.length]).toEqual([6, 1]));

  it.each(programs)("$guide: $name", async ({ text, after }) => {
    expect(after?.kind).toBe("text");
    expect(await runProgram(text)).toBe(after?.text);
  });

  it.each(inPieces)("$guide: its pieces, one after the other", async ({ pieces }) => {
    const cell = await nodeCell();
    try {
      const host = 'host: "127.0.0.1",';
      const whole = pieces.join("\n").replace(host, `${host} port: ${cell.port}, mountPort: ${cell.port},`);
      expect(whole).toContain(`port: ${cell.port}`);
      const before = 'const text = "of the guide";\n';
      const end = 'await client.close();\nconsole.log("to the end");\n';
      expect(await runProgram(before + whole + end)).toMatch(/to the end\n$/);
    } finally {
      await cell.close();
    }
  });
});
