/** A cell on one machine that gets more nodes, also when that was cut short, and loses one for good. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { LocalCell, nodeEvent, type Status } from "../support/local-cell.ts";
import { CoterieProcess, runProcess } from "../support/node-process.ts";

const base = mkdtempSync(join(tmpdir(), "coterie-growth-"));
const cells: LocalCell[] = [];
afterEach(async () => {
  for (const cell of cells.splice(0)) await cell.process.kill();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function fresh(): string {
  return join(mkdtempSync(join(base, "t-")), "cell");
}

async function up(directory: string, ...args: string[]): Promise<LocalCell> {
  const cell = await LocalCell.up(directory, args);
  cells.push(cell);
  return cell;
}

function namesIn(directory: string): string[] {
  return (JSON.parse(readFileSync(join(directory, "cell.json"), "utf8")) as { nodes: string[] }).nodes;
}

/** Asked again until it is so: what nodes know of each other takes a moment to get around. */
async function statusOnce(cell: LocalCell, isSo: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const status = await cell.status("node-1");
    if (isSo(status)) return status;
  }
}

test("a cell of three gets two nodes more, which hold its files; one that is taken out is not missed", async () => {
  const directory = fresh();
  const text = join(base, "kept.txt");
  writeFileSync(text, "kept");
  const first = await up(directory);
  await first.through("node-1", "put", text, "/");
  await first.stop();

  const cell = await up(directory, "--nodes", "5");
  // It serves as before while the others join.
  expect(cell.ready.nodes.map(({ node }) => node)).toEqual(["node-1", "node-2", "node-3"]);
  const ready = await cell.next(({ node, state }) => node === "node-5" && state === "ready");
  await cell.serves("node-5");
  expect(namesIn(directory)).toEqual(["node-1", "node-2", "node-3", "node-4", "node-5"]);
  const all = await statusOnce(cell, ({ volumes }) => volumes[0]?.replicas.length === 5);
  expect(all.nodes.map(({ name }) => name)).toEqual(["node-1", "node-2", "node-3", "node-4", "node-5"]);
  const server = `127.0.0.1:${(ready as unknown as { port: number }).port}`;
  expect((await runProcess(["cat", "--server", server, "--alone", "/kept.txt"])).out).toBe("kept");

  const fewer = await runProcess(["up", "--dir", directory, "--nodes", "4"]);
  expect(fewer.err).toMatch(/^error CELL_RUNNING/);
  await cell.run("drain", "node-2");
  await cell.run("remove", "node-2");
  const ended = await cell.ended("node-2");
  expect(ended.why).toMatch(/^(CELL_DISMISSED|LOG_REMOVED): /);
  await cell.stop();
  expect(namesIn(directory)).toEqual(["node-1", "node-3", "node-4", "node-5"]);

  const three = await runProcess(["up", "--dir", directory, "--nodes", "3"]);
  expect(three.code).toBe(1);
  expect(three.err).toMatch(/^error CELL_NODE_COUNT: .*holds 4 nodes, not 3: `coterie drain node-5`/);
  const again = await up(directory);
  expect((await again.through("node-5", "cat", "/kept.txt")).out).toBe("kept");
});

test("a name that was taken out is not given again, also where its folder is gone", async () => {
  const directory = fresh();
  const cell = await up(directory);
  await cell.run("drain", "node-3");
  await cell.run("remove", "node-3");
  await cell.ended("node-3");
  await cell.stop();
  rmSync(join(directory, "nodes/node-3"), { recursive: true });
  const again = await up(directory, "--nodes", "3");
  await again.serves("node-4");
  expect(namesIn(directory)).toEqual(["node-1", "node-2", "node-4"]);
});

test("joining that was cut short is taken up by the next start", async () => {
  const directory = fresh();
  await (await up(directory)).stop();
  const words = ["up", "--dir", directory, "--json", "--no-portmap", "--nodes", "4"];
  const cutShort = new CoterieProcess(words);
  await nodeEvent(cutShort, ({ node, state }) => node === "node-4" && state === "joining");
  await cutShort.kill();
  expect(namesIn(directory)).toContain("node-4");
  const cell = await up(directory);
  if (!cell.ready.nodes.some(({ node }) => node === "node-4")) await cell.serves("node-4");
  expect((await cell.status("node-1")).nodes.map(({ name }) => name)).toContain("node-4");
});
