/** Commands for a cell on the directory of a node by itself, and at its address. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { ToldCell } from "../../../test/support/told-cell.ts";
import { createNodeWorld } from "../../node/index.ts";

const alone = mkdtempSync(join(tmpdir(), "coterie-alone-"));
writeFileSync(join(alone, "format.json"), "{}");
afterAll(() => rmSync(alone, { recursive: true, force: true }));

const cli = (...args: string[]) => runCli(args, { world: () => createNodeWorld() });

test.each([
  ["volume", "list"],
  ["exports", "show"],
  ["drain", "n1"],
  ["remove", "n1"],
  ["cut", "n1"],
  ["heal", "n1"],
  ["authority", "show"],
  ["authority", "rotate"],
  ["operator", "revoke", "4b7a0d1c2e3f405162738495a6b7c8d9"],
  ["trace", "/"],
])("coterie %s %s on a node by itself says that it is one", async (...words) => {
  const told = await cli(...words, "--dir", alone);
  expect(told).toMatchObject({ status: 1, out: "" });
  expect(told.err).toContain(`error CELL_ALONE: ${alone} is a node by itself`);
});

test("a node of a cell is told as one where a node by itself was looked for", async () => {
  const cell = new ToldCell(["n1"]);
  await cell.serving(async () => {
    const told = await cli("doctor", "--port", String(cell.port), "--dir", alone, "--json");
    const node = told.out.split("\n").find((line) => line.includes('"check":"node"'));
    expect(node).toContain(`port ${cell.port} is a node of a cell, and none by itself`);
  });
});
