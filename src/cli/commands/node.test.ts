/** `coterie node` on a directory that has no node: what it says depends on what is there. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { createNodeWorld } from "../../node/index.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-node-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function refusal(directory: string): Promise<{ code: string; message: string }> {
  const { status, err, out } = await runCli(["node", "--dir", directory, "--json"]);
  expect({ status, out }).toEqual({ status: 1, out: "" });
  return JSON.parse(err).error;
}

function made(name: string, ...files: string[]): string {
  const directory = join(base, name);
  mkdirSync(directory);
  for (const file of files) writeFileSync(join(directory, file), "{}");
  return directory;
}

test("one that is missing, or has nothing but settings, is told how a node comes into it", async () => {
  const missing = join(base, "missing");
  for (const directory of [missing, made("empty"), made("configured", "coterie.json")]) {
    const { code, message } = await refusal(directory);
    expect(code).toBe("CELL_NODE_ABSENT");
    expect(message).toBe(
      `${directory} has no node yet: join a cell with --join HOST:PORT and --token-file, or make one with \`coterie init\``,
    );
  }
  expect(readdirSync(base)).not.toContain("missing");
  const { out } = await runCli(["explain", "CELL_NODE_ABSENT"]);
  for (const next of ["coterie token", "--join HOST:PORT --token-file FILE", "coterie init", "coterie up"])
    expect(out.replaceAll(/\s+/g, " ")).toContain(next);
});

test("a cell's own directory leads to those of its nodes, and a node by itself to the command that runs it", async () => {
  const cell = join(base, "cell");
  expect(
    (await runCli(["init", "--dir", cell, "--nodes", "2", "--port", "0"], { world: () => createNodeWorld() }))
      .err,
  ).toBe("");
  const ofCell = await refusal(cell);
  expect(ofCell.code).toBe("CELL_NODE_ABSENT");
  expect(ofCell.message).toContain(`\`coterie node --dir ${cell}/nodes/node-1\``);
  const alone = await refusal(made("alone", "format.json"));
  expect(alone).toMatchObject({ code: "CELL_ALONE", message: expect.stringContaining("up --nodes 1") });
});

test("one with something else in it stays as it is", async () => {
  const directory = made("other", "letter");
  const { code, message } = await refusal(directory);
  expect([code, message]).toEqual([
    "CELL_DIRECTORY_FOREIGN",
    `${directory} holds "letter" and is no directory of a node in a cell`,
  ]);
  expect(readdirSync(directory)).toEqual(["letter"]);
});
