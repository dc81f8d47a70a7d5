import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNodeWorld } from "../../node/index.ts";
import { RpcClient, RpcServer } from "../../rpc/index.ts";
import { openVolume } from "../volume/index.ts";
import { MNTPATHLEN, MOUNT_V3_Client } from "./gen/mount.gen.ts";
import { MAXDATA } from "./gen/nfs2.gen.ts";
import {
  createNfsServices,
  MAX_EXPORT_RULES,
  MAX_KEPT_REPLIES,
  MAX_KNOWN_HOSTS,
  MAX_KNOWN_MOUNTS,
  MAX_TCP_TRANSFER_BYTES,
  MAX_UDP_TRANSFER_BYTES,
} from "./index.ts";

const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8").replace(/ +/g, " ");

test("the chapter's example serves a volume that can be mounted", async () => {
  const directory = mkdtempSync(join(tmpdir(), "coterie-nfs-readme-"));
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const whole = example.replace(/^import .*\n/gm, "");
  expect(whole).toContain("// mount -o");
  const body = whole.replace(/^\/\/ mount -o.*$/m, "const mounted = await mount(world, address);");
  const mount = async (
    world: ConstructorParameters<typeof RpcClient>[0],
    address: { host: string; port: number },
  ) => {
    const rpc = new RpcClient(world, address);
    const reply = await new MOUNT_V3_Client(rpc).MOUNTPROC3_MNT(new TextEncoder().encode("/"));
    await rpc.close();
    return reply.fhs_status;
  };
  const names = ["directory", "createNodeWorld", "openVolume", "RpcServer", "createNfsServices", "mount"];
  const run = new Function(...names, `return (async () => { ${body}\n return mounted; })();`);
  try {
    expect(await run(directory, createNodeWorld, openVolume, RpcServer, createNfsServices, mount)).toBe(0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("the table of limits tells the defaults that the code has", () => {
  const rows = new Map(
    [...readme.matchAll(/^\| (.+?) \| (.+?) \| .+ \|$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(rows.get("`MAX_TCP_TRANSFER_BYTES`")).toBe(`${MAX_TCP_TRANSFER_BYTES / 2 ** 20} MiB`);
  expect(rows.get("`MAX_UDP_TRANSFER_BYTES`")).toBe(`${MAX_UDP_TRANSFER_BYTES / 1024} KiB`);
  expect(rows.get("`MAXDATA` (v2)")).toBe(`${MAXDATA / 1024} KiB`);
  expect(rows.get("`maxKeptReplies`")).toBe(MAX_KEPT_REPLIES.toLocaleString("en"));
  expect(rows.get("`MAX_KNOWN_HOSTS`")).toBe(String(MAX_KNOWN_HOSTS));
  expect(rows.get("`MAX_KNOWN_MOUNTS`")).toBe(String(MAX_KNOWN_MOUNTS));
  expect(rows.get("`MAX_EXPORT_RULES`")).toBe(String(MAX_EXPORT_RULES));
  expect(rows.get("`MNTPATHLEN`")).toBe(`${MNTPATHLEN} bytes`);
});
