/** Runs the chapter's example as it stands there. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNodeWorld } from "../node/index.ts";
import { RpcServer } from "../rpc/index.ts";
import { createNfsServices, NfsClient, openVolume } from "./index.ts";

test("the chapter's example runs, and reads what it wrote", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example.replace(/^import .*\n/gm, "");
  const directory = mkdtempSync(join(tmpdir(), "coterie-readme-"));
  try {
    const parts = { createNfsServices, NfsClient, openVolume, createNodeWorld, RpcServer, directory };
    const run = new Function(...Object.keys(parts), `return (async () => { ${body}\n return content; })();`);
    expect(await run(...Object.values(parts))).toBe("from one process\n");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
