import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CALC_V1_Client, serve_CALC_V1 } from "../../test/peers/tirpc/calc.gen.ts";
import { createNodeWorld } from "../node/index.ts";
import { RpcClient, RpcServer } from "./index.ts";

const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8").replace(/ +/g, " ");

test("the chapter's example runs, and gives what it seems to", async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example.replace(/^import .*\n/gm, "");
  const run = new Function(
    "createNodeWorld",
    "RpcClient",
    "RpcServer",
    "CALC_V1_Client",
    "serve_CALC_V1",
    `return (async () => { ${body}\n return { sum, product }; })();`,
  );
  expect(await run(createNodeWorld, RpcClient, RpcServer, CALC_V1_Client, serve_CALC_V1)).toEqual({
    sum: { ok: true, value: 9n },
    product: { ok: true, value: 24n },
  });
});

test("the table of limits tells the defaults that the code has", async () => {
  const { defaultServerLimits: limits } = await import("./types.ts");
  const client = await import("./client-core.ts");
  const rows = new Map(
    [...readme.matchAll(/^\| (.+?) \| (.+?) \| .+ \|$/gm)].map(([, bound, value]) => [bound, value]),
  );
  const mib = (bytes: number) => `${bytes / 2 ** 20} MiB`;
  expect(rows.get("`maxRecordBytes` (server)")).toBe(mib(limits.maxRecordBytes));
  expect(rows.get("`maxRecordBytes` (client)")).toBe(mib(client.DEFAULT_MAX_REPLY_BYTES));
  expect(rows.get("`maxConnections`")).toBe(String(limits.maxConnections));
  expect(rows.get("`maxCallsPerConnection` in flight")).toBe(String(limits.maxCallsPerConnection));
  expect(rows.get("`maxCalls` in flight, whole server")).toBe(String(limits.maxCalls));
  expect(rows.get("`maxPendingReplyBytes`")).toBe(mib(limits.maxPendingReplyBytes));
  expect(rows.get("`idleMs` with nothing asked or answered")).toBe(`${limits.idleMs / 60_000} minutes`);
  expect(rows.get("`closeMs`")).toBe(`${limits.closeMs / 1000} s`);
  expect(rows.get("`maxCachedReplies`, `maxCachedReplyBytes`")).toBe(
    `${limits.maxCachedReplies}, ${mib(limits.maxCachedReplyBytes)}`,
  );
  expect(rows.get("`cachedReplyMs`")).toBe(`${limits.cachedReplyMs / 60_000} minutes`);
  const { tcp, udp } = client.DEFAULT_MAX_IN_FLIGHT;
  expect(rows.get("`maxInFlight` (client)")).toBe(`${tcp} over TCP, ${udp} over UDP`);
  expect(rows.get("`maxQueued` (client)")).toBe(client.DEFAULT_MAX_QUEUED.toLocaleString("en"));
  expect(rows.get("`timeoutMs` (client)")).toBe(`${client.DEFAULT_TIMEOUT_MS / 1000} s`);
});
