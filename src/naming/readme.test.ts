import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createNodeWorld } from "../node/index.ts";
import * as naming from "./index.ts";

const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8").replace(/ +/g, " ");

test("the chapter's example runs, and finds what it registered", async () => {
  const body = (/```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "").replace(/^import .*\n/gm, "");
  const names = ["createNodeWorld", "RpcbindClient", "RpcbindServer", "locate"] as const;
  const run = new Function(...names, `return (async () => { ${body}\n return { nfsPort, registered }; })();`);
  const { RpcbindClient, RpcbindServer, locate } = naming;
  const { nfsPort, registered } = await run(createNodeWorld, RpcbindClient, RpcbindServer, locate);
  expect(nfsPort).toBe(2049);
  expect(registered).toHaveLength(7);
});

test("the table of limits tells the defaults that the code has", () => {
  expect(readme).toContain(`| \`MAX_REGISTRATIONS\` | ${naming.MAX_REGISTRATIONS} |`);
  expect(readme).toContain(`| \`RPCBIND_TIMEOUT_MS\` | ${naming.RPCBIND_TIMEOUT_MS / 1000} s |`);
  expect(readme).toContain(`| \`REFRESH_MS\` | ${naming.REFRESH_MS / 1000} s |`);
  expect(readme).toContain(`| \`PROBE_MS\` | ${naming.PROBE_MS / 1000} s |`);
});
