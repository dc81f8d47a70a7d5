/** What is told of nodes that do not run: what brings them back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../../test/support/cli-host.ts";
import { createNodeWorld } from "../../node/index.ts";

const directory = mkdtempSync(join(tmpdir(), "coterie-trials-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** More than Linux numbers processes by: nobody's. */
const NO_PROCESS = 2 ** 22 + 1;

/** As a killed node leaves its directory: it says where it ran. */
function killedNode(name: string): void {
  const node = join(directory, "nodes", name);
  mkdirSync(node, { recursive: true });
  writeFileSync(join(node, "running.json"), JSON.stringify({ pid: NO_PROCESS, host: "127.0.0.1", port: 1 }));
}

const cell = { format: 1, cell: "c0", name: "test", nodes: ["node-1", "node-2"] };
writeFileSync(join(directory, "cell.json"), JSON.stringify(cell));
killedNode("node-1");
mkdirSync(join(directory, "nodes", "node-2"));

test.each([
  ["pause", "node-1"],
  ["restart", "node-1"],
  ["pause", "node-2"],
  ["restart", "node-2"],
])("%s of %s, which does not run, says what does", async (command, node) => {
  const told = await runCli([command, node, "--dir", directory], { world: () => createNodeWorld() });
  expect(told).toMatchObject({ status: 3, out: "" });
  expect(told.err).toContain(
    `error CELL_UNREACHABLE: ${node} does not run; if it was killed or paused, \`coterie resume ${node}\` lets it go on.`,
  );
});
