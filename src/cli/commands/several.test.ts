/** What becomes of the rest when one of several names fails, and what a pipe at either end is for `put` and `get`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliHostOptions, type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { type NodeCell, nodeCell } from "../../../test/support/node-cell.ts";
import type { NfsClient } from "../../files/index.ts";

let cell: NodeCell;
let client: NfsClient;
beforeAll(async () => {
  cell = await nodeCell();
  const [uid, gid] = [process.getuid?.() ?? 65_534, process.getgid?.() ?? 65_534];
  client = await cell.connect({
    credential: { flavor: "sys", stamp: 0, machine: "test", uid, gid, gids: [] },
  });
});
afterAll(async () => {
  await client.close();
  await cell.close();
});

const local = mkdtempSync(join(tmpdir(), "coterie-several-"));
afterAll(() => rmSync(local, { recursive: true, force: true }));
const at = (name: string) => join(local, name);

function cli(args: readonly string[], options: CliHostOptions = {}): Promise<CliResult> {
  const environment = { COTERIE_SERVER: `127.0.0.1:${cell.port}` };
  return runCli(args, { world: () => cell.world(), environment, ...options });
}

/** The codes that standard error tells, a line each. */
function codesOf({ err }: CliResult): string[] {
  const lines = err.split("\n").filter((line) => line !== "");
  return lines.map((line) => /^error (\w+): /.exec(line)?.[1] ?? line);
}

async function emptyCell(): Promise<void> {
  for (const name of await client.readdir("/")) await client.rm(`/${name}`, { recursive: true });
}

describe("a failure at one of several names is told, and the rest is done", () => {
  test("ls, cat and stat", async () => {
    await emptyCell();
    await client.writeFile("/a", "A");
    await client.writeFile("/z", "Z");
    const ls = await cli(["ls", "/a", "/no", "/a/under", "/z"]);
    expect(ls).toMatchObject({ status: 1, out: "/a\n/z\n" });
    expect(codesOf(ls)).toEqual(["FILES_NOENT", "FILES_NOTDIR"]);
    const cat = await cli(["cat", "/a", "/no", "/z"]);
    expect(cat).toMatchObject({ status: 1, out: "AZ" });
    expect(codesOf(cat)).toEqual(["FILES_NOENT"]);
    const stat = await cli(["stat", "--json", "/no", "/z"]);
    expect(stat.status).toBe(1);
    expect(JSON.parse(stat.out)).toMatchObject({ name: "/z", size: 1 });
    expect(JSON.parse(stat.err)).toMatchObject({ error: { code: "FILES_NOENT", details: { path: "/no" } } });
  });

  test("mkdir, mv and rm", async () => {
    await emptyCell();
    await client.writeFile("/f", "");
    await client.writeFile("/g", "");
    const mkdir = await cli(["mkdir", "/a", "/f", "/b"]);
    expect(mkdir.status).toBe(1);
    expect(codesOf(mkdir)).toEqual(["FILES_EXIST"]);
    const mv = await cli(["mv", "/no", "/f", "/g", "/b"]);
    expect(mv.status).toBe(1);
    expect(codesOf(mv)).toEqual(["FILES_NOENT"]);
    expect(await client.readdir("/b")).toEqual(["f", "g"]);
    const rm = await cli(["rm", "--json", "/b", "/no", "/b/f", "/b/g"]);
    expect(rm.status).toBe(1);
    expect(rm.out).toBe('{"removed":"/b/f"}\n{"removed":"/b/g"}\n');
    const failures = rm.err.trimEnd().split("\n");
    expect(failures.map((line) => JSON.parse(line).error.code)).toEqual(["FILES_ISDIR", "FILES_NOENT"]);
  });

  test("put and get, whose results count the failures", async () => {
    await emptyCell();
    writeFileSync(at("one"), "1");
    writeFileSync(at("two"), "2");
    mkdirSync(at("folder"));
    await client.mkdir("/d");
    const put = await cli(["put", at("no"), at("one"), at("folder"), at("one/under"), at("two"), "/d"]);
    expect(put.status).toBe(1);
    expect(put.err.split("\n").map((line) => /[A-Z]+_[A-Z_]+/.exec(line)?.[0])).toEqual([
      "COPY_NO_SOURCE",
      "COPY_DIRECTORY",
      "LOCAL_TYPE",
      "COPY_FAILED",
      undefined,
    ]);
    expect((await client.readdir("/d")).sort()).toEqual(["one", "two"]);
    const get = await cli(["get", "--json", "/d/one", "/d/no", "/d/one/under", "/d/two", at("folder")]);
    expect(get.status).toBe(1);
    const { files, failed, failures } = JSON.parse(get.out);
    expect({ files, failed }).toEqual({ files: 2, failed: 2 });
    expect(failures).toMatchObject([
      { path: "/d/no", code: "COPY_NO_SOURCE" },
      { path: "/d/one/under", code: "FILES_NOTDIR" },
    ]);
    expect(readFileSync(at("folder/two"), "utf8")).toBe("2");
  });

  test("misuse is found before anything is done", async () => {
    await emptyCell();
    await client.mkdir("/d");
    await client.writeFile("/f", "");
    expect(await cli(["mkdir", "/a", ""])).toMatchObject({ status: 2 });
    expect(await cli(["mv", "/f", "/", "/d"])).toMatchObject({ status: 2 });
    expect((await client.readdir("/")).sort()).toEqual(["d", "f"]);
  });

  test("a server that is gone is told once", async () => {
    const nobody = await nodeCell();
    await nobody.close();
    const server = ["--server", `127.0.0.1:${nobody.port}`, "--timeout", "200ms"];
    const silent = await cli(["ls", "/a", "/b", ...server]);
    expect(silent.status).toBe(3);
    expect(codesOf(silent)).toEqual(["RPC_TIMEOUT"]);
  });
});

test("mkdir -p -m gives the mode to the named directory, and the default to those above it", async () => {
  await emptyCell();
  expect(await cli(["mkdir", "-p", "-m", "700", "/x/y/z"])).toMatchObject({ status: 0, err: "" });
  const modes = await Promise.all(["/x", "/x/y", "/x/y/z"].map((path) => client.stat(path)));
  expect(modes.map((stats) => stats.permissions.toString(8))).toEqual(["755", "755", "700"]);
  // One that is there keeps its mode.
  expect(await cli(["mkdir", "-p", "-m", "711", "/x/y"])).toMatchObject({ status: 0, err: "" });
  expect((await client.stat("/x/y")).permissions).toBe(0o755);
  expect(await cli(["mkdir", "-p", "-m", "700", "/"])).toMatchObject({ status: 0, err: "" });
});
