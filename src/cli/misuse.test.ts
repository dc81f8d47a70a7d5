/** What people type by mistake: each is refused before anything is done, and told with what to read. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../test/support/cli-host.ts";
import { createNodeWorld } from "../node/index.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-misuse-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cli = (...args: string[]): Promise<CliResult> =>
  runCli(args, {
    world: (options) => createNodeWorld(options),
    environment: { COTERIE_DIR: join(folder, "cell") },
  });

async function refused(args: readonly string[], says: string | RegExp): Promise<void> {
  const { status, out, err } = await cli(...args);
  expect({ args, status, out }).toEqual({ args, status: 2, out: "" });
  expect(err).toMatch(/^error CLI_USAGE: [^\n]*\n$/);
  expect(err).toMatch(says);
  const told = await cli(...args, "--json");
  expect({ status: told.status, out: told.out }).toEqual({ status: 2, out: "" });
  expect(JSON.parse(told.err)).toMatchObject({ error: { code: "CLI_USAGE" } });
}

test("misuse that a command finds itself says which help to read, as that which is found before", async () => {
  await refused(["explain"], "Read `coterie help explain`");
  await refused(["operator", "revoke", "123"], "Read `coterie help operator revoke`");
  await refused(["mv", "/a"], "Read `coterie help mv`");
  const { err } = await cli("operator", "revoke", "123", "--json");
  expect(JSON.parse(err).error.details).toEqual({ command: "operator revoke" });
});

describe("an empty value, as of a variable that was never set", () => {
  test.each([
    [["status", "--host", ""], "--host is given an empty value"],
    [
      ["status", "--operator", "", "--host", "127.0.0.1", "--port", "1"],
      "--operator is given an empty value",
    ],
    [["up", "--dir", ""], "--dir is given an empty value"],
    [["up", "--export", "*=ro", "--export", ""], "--export is given an empty value"],
    [["node", "--join", "127.0.0.1:1", "--token-file", ""], "--token-file is given an empty value"],
    [["backup", "root", ""], "the argument file is empty"],
    [["restore", "", "mail"], "the argument file is empty"],
    [["operator", "new", ""], "the argument file is empty"],
    [["idl", "compile", "-o", "out", "a.x", ""], "the argument file is empty"],
    [["sim", "run", ""], "the argument file is empty"],
    [["rpc", "ping", "", "nfs"], "the argument host is empty"],
  ])("%j is refused", async (args, says) => {
    await refused(args, says);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(".part")).toBe(false);
  });
});

test("help of what is not there is the failure alone", async () => {
  await refused(["help", "statsu"], "did you mean status?");
  await refused(["help", "sim", "frob"], "sim has no command frob below it");
  await refused(["help", ""], 'there is no command ""');
  await refused(["statsu", "--help"], "did you mean status?");
  await refused(["sim", "frob", "--help"], "sim has no command frob below it");
  await refused([""], 'there is no command ""');
  const { status, out } = await cli("--");
  expect({ status, isHelp: out.startsWith("Usage: coterie COMMAND") }).toEqual({ status: 0, isHelp: true });
  expect((await cli("help", "sim", "run")).out).toMatch(/^Usage: coterie sim run/);
  expect((await cli("sim", "run", "echo.ts", "--help")).out).toMatch(/^Usage: coterie sim run/);
});

test("numbers that cannot be meant are refused where they stand", async () => {
  await refused(["token", "--uses", "0"], "Expected a whole number of 1 to 4294967295");
  await refused(["token", "--uses", "99999999999"], "Expected a whole number of 1 to 4294967295");
  await refused(["token", "--expires", "0s"], "Expected a duration of 1s to 100 years");
  await refused(["token", "--expires", "99999999999999999999h"], "of up to 100 years");
  await refused(["volume", "create", "mail", "--copies", "0"], "Expected a whole number of 1 to 16");
  await refused(["volume", "copies", "mail", "17"], "Expected a whole number of 1 to 16");
  await refused(["restore", "file", "mail", "--copies", "0"], "Expected a whole number of 1 to 16");
});

test("names that cannot be are told as they were typed, before anything is made", async () => {
  await refused(["operator", "new", join(folder, "a.pem"), "--name", "a".repeat(256)], "1 to 255 bytes");
  for (const name of ["BAD", "a".repeat(60)]) {
    const { status, err } = await cli("restore", join(folder, "b.backup"), name);
    expect({ name, status }).toEqual({ name, status: 1 });
    expect(err).toContain(`error CELL_NAME: "${name}" cannot be the name of a restored volume`);
  }
  expect(readdirSync(folder)).toEqual([]);
});

test("export rules that nobody can read are misuse, like other values", async () => {
  const { status, err } = await cli("exports", "set", "1.2.3.0/24=xx");
  expect(status).toBe(2);
  expect(err).toMatch(/^error NFS_EXPORT_RULE: .*"xx" is no option/);
});

test("fsck says of a cell, and of a node of one, what checks it", async () => {
  const { status } = await cli("init", "--port", "0", "--nodes", "1", "--no-portmap");
  expect(status).toBe(0);
  const directory = join(folder, "cell");
  for (const each of [directory, join(directory, "nodes", "node-1")])
    await refused(["fsck", "--dir", each], "fsck is for a node by itself: `coterie scrub`");
});
