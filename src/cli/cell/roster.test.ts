import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLocalFiles } from "../../node/index.ts";
import { readCell, writeCell } from "./cell-directory.ts";
import { Roster } from "./roster.ts";

const local = createLocalFiles();
let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "coterie-roster-"));
});
afterEach(() => rmSync(path, { recursive: true }));

async function roster(...nodes: string[]): Promise<Roster> {
  const cell = { path, cell: "00", name: "home", nodes, created: "", madeBy: "1.0.0" };
  await writeCell(local, cell);
  return new Roster(local, cell);
}

const kept = async () => (await readCell(local, path))?.nodes;

test("changes are seen at once, and reach the disk in their order", async () => {
  const nodes = await roster("node-1", "node-2");
  const changes = [nodes.add("node-3"), nodes.remove("node-1"), nodes.add("node-4")];
  expect(nodes.cell.nodes).toEqual(["node-2", "node-3", "node-4"]);
  await Promise.all(changes);
  expect(await kept()).toEqual(["node-2", "node-3", "node-4"]);
});

test("the last node stays, and nothing else of the file changes", async () => {
  const nodes = await roster("node-1");
  await nodes.remove("node-1");
  expect(await kept()).toEqual(["node-1"]);
  await nodes.add("node-2");
  expect(await readCell(local, path)).toMatchObject({ cell: "00", name: "home", madeBy: "1.0.0" });
});

test("a change that could not be written keeps none of the later ones from being so", async () => {
  const nodes = await roster("node-1");
  rmSync(path, { recursive: true });
  await expect(nodes.add("node-2")).rejects.toMatchObject({ code: "LOCAL_NOT_FOUND" });
  await local.mkdir(path, { mode: 0o700, parents: true });
  await nodes.add("node-3");
  expect(await kept()).toEqual(["node-1", "node-2", "node-3"]);
});
