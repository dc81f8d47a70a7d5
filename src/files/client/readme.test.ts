/** Runs the chapter's own example, as it stands there, on a server of this process. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeCell } from "../../../test/support/node-cell.ts";
import * as node from "../../node/index.ts";
import * as files from "../index.ts";

test("the example runs and does what it says", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(example).toContain("NfsClient.connect");
  const body = example.replace(/^import .*$/gm, "").replace("port: 2049", "port");
  const cell = await nodeCell();
  const lines: unknown[][] = [];
  const console = { log: (...words: unknown[]) => void lines.push(words) };
  try {
    const run = new Function(
      "NfsClient",
      "createNodeWorld",
      "console",
      "port",
      `return (async () => {${body}})()`,
    ) as (...parts: unknown[]) => Promise<void>;
    const root = await cell.connect();
    await root.chmod("/", 0o1777);
    await run(files.NfsClient, node.createNodeWorld, console, cell.port);
    expect(lines.map(([name]) => name).sort()).toEqual(["2026", "log"]);
    expect(await root.readFile("/reports/log", "utf8")).toBe("november is written\n");
    expect(await root.readFile("/reports/2026/november.txt", "utf8")).toBe("all is well\n");
    await root.close();
  } finally {
    await cell.close();
  }
});
