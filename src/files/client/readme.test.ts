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

test("the table of limits has the defaults that the code has", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8").replace(/ +/g, " ");
  const row = (name: string) =>
    readme.split("\n").find((line) => line.startsWith("|") && line.includes(name)) ?? "";
  const files = await import("./open-files.ts");
  const session = await import("./session.ts");
  const open = await import("./open-file.ts");
  const servers = await import("./servers.ts");
  const silence = await import("./silence.ts");
  const link = await import("./cell-link.ts");
  const patience = await import("./patience.ts");
  const seconds = (...timesMs: number[]) => timesMs.map((ms) => `${ms / 1000} s`).join(", ");
  const mib = (bytes: number) => `${bytes / 2 ** 20} MiB`;
  expect(row("maxOpenFiles")).toContain(` ${files.DEFAULT_MAX_OPEN_FILES} `);
  expect(row("maxUnsavedBytes")).toContain(mib(files.DEFAULT_MAX_UNSAVED_BYTES));
  expect(row("maxReadAheadBytes")).toContain(mib(files.DEFAULT_MAX_READ_AHEAD_BYTES));
  expect(row("MAX_SERVERS")).toContain(`| ${servers.MAX_SERVERS} `);
  expect(row("CHOOSE_MS")).toContain(seconds(link.CHOOSE_MS));
  const { ASK_AFTER_MS, LEAVE_AFTER_MS, SLOW_AFTER_MS } = silence;
  expect(row("ASK_AFTER_MS")).toContain(seconds(ASK_AFTER_MS, LEAVE_AFTER_MS, SLOW_AFTER_MS));
  expect(row("MAX_PATIENCE")).toContain(`(${silence.MAX_PATIENCE})`);
  expect(row("PUT_OFF_MS")).toContain(seconds(patience.ASK_AGAIN_MS, patience.PUT_OFF_MS));
  expect(row("RESEND_MS")).toContain(seconds(link.RESEND_MS));
  expect(row("ROUND_FIRST_MS")).toContain(`${servers.ROUND_FIRST_MS} ms, ${seconds(servers.ROUND_LAST_MS)}`);
  expect(row("MAX_TRANSFER_BYTES")).toContain(mib(session.MAX_TRANSFER_BYTES));
  expect(row("MAX_PAGE_BYTES")).toContain(`${session.MAX_PAGE_BYTES / 1024} KiB`);
  expect(row("MAX_WRITES_IN_FLIGHT")).toContain(` ${open.MAX_WRITES_IN_FLIGHT} `);
  expect(row("COMMIT_BYTES")).toContain(mib(open.COMMIT_BYTES));
  expect(row("MAX_LOST_COMMITS")).toContain(`${open.MAX_LOST_COMMITS}, ${open.MAX_SYNC_ROUNDS}`);
});
