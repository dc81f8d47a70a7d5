import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import type { CliContext } from "./context.ts";
import { locateNode } from "./locate.ts";
import { directoryFiles, makeNodeDirectory, nodeDirectory, requireNoOther } from "./node-directory.ts";

const folder = mkdtempSync(join(tmpdir(), "coterie-dir-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Only what these functions look at. */
function context(environment: Record<string, string> = {}): CliContext {
  return new FakeHost({ environment }) as unknown as CliContext;
}

describe("the node's directory", () => {
  test.each([
    ["/opt/x", { COTERIE_DIR: "/srv/y" }, "/opt/x"],
    [undefined, { COTERIE_DIR: "/srv/y", HOME: "/home/me" }, "/srv/y"],
    [undefined, { XDG_DATA_HOME: "/data", HOME: "/home/me" }, "/data/coterie"],
    [undefined, { XDG_DATA_HOME: "relative", HOME: "/home/me" }, "/home/me/.local/share/coterie"],
    [undefined, { HOME: "/home/me" }, "/home/me/.local/share/coterie"],
    ["../x", {}, join(process.cwd(), "../x")],
  ])("--dir %s under %o is %s", (option, environment, expected) => {
    expect(nodeDirectory(context(environment as Record<string, string>), option)).toBe(expected);
  });

  test("must be named where there is no home", () => {
    expect(() => nodeDirectory(context(), undefined)).toThrow("name the node's with --dir");
    expect(() => nodeDirectory(context(), "")).toThrow("--dir needs a directory");
  });

  test("is not a file, and may be missing or a link", async () => {
    writeFileSync(join(folder, "file"), "");
    symlinkSync(folder, join(folder, "link"));
    const { local } = context();
    const refused = { code: "LOCAL_TYPE", message: `${join(folder, "file")} is not a directory` };
    await expect(requireNoOther(local, join(folder, "file"))).rejects.toMatchObject(refused);
    for (const name of ["missing", "link", "."]) await requireNoOther(local, join(folder, name));
  });

  test("is made for its owner alone", async () => {
    const path = join(folder, "deep/node");
    await makeNodeDirectory(context().local, path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("has small files that are there or not, replaced and removed", async () => {
    const path = join(folder, "files");
    const files = directoryFiles(context().local, path);
    expect(await files.names()).toEqual([]);
    mkdirSync(path);
    expect(await files.read("a", 10)).toBeUndefined();
    await files.replace("a", new Uint8Array([1, 2]));
    expect(await files.read("a", 10)).toEqual(new Uint8Array([1, 2]));
    expect(await files.names()).toEqual(["a"]);
    await files.remove("a");
    await files.remove("a");
    expect(await files.names()).toEqual([]);
  });
});

describe("a running node", () => {
  const path = join(folder, "running");
  mkdirSync(path);
  const run = (host: string, port: number) =>
    writeFileSync(join(path, "running.json"), JSON.stringify({ pid: 1, host, port }));

  test("is where the options or the environment say", async () => {
    expect(await locateNode(context(), { host: "10.0.0.1", port: 7 })).toEqual({ host: "10.0.0.1", port: 7 });
    expect(await locateNode(context({ COTERIE_PORT: "8" }), {})).toEqual({ host: "127.0.0.1", port: 8 });
    await expect(locateNode(context({ COTERIE_PORT: "x" }), {})).rejects.toMatchObject({ code: "CLI_USAGE" });
  });

  test("is where its directory says, at an address that can be reached", async () => {
    run("192.168.1.2", 9);
    expect(await locateNode(context(), { dir: path })).toEqual({ host: "192.168.1.2", port: 9 });
    run("0.0.0.0", 9);
    expect(await locateNode(context(), { dir: path })).toEqual({ host: "127.0.0.1", port: 9 });
    run("::", 9);
    expect(await locateNode(context(), { dir: path })).toEqual({ host: "::1", port: 9 });
  });

  test("is not another one: a directory that was named and says nothing is an error", async () => {
    const none = join(folder, "none");
    const refused = { code: "CELL_UNREACHABLE", message: `no node runs on ${none}` };
    await expect(locateNode(context(), { dir: none })).rejects.toMatchObject(refused);
    await expect(locateNode(context({ COTERIE_DIR: none }), {})).rejects.toMatchObject(refused);
    // What the command line says is stronger than the environment.
    await expect(locateNode(context({ COTERIE_PORT: "8" }), { dir: none })).rejects.toMatchObject(refused);
    run("127.0.0.1", 9);
    expect(await locateNode(context({ COTERIE_PORT: "8" }), { dir: path })).toMatchObject({ port: 9 });
    expect(await locateNode(context({ COTERIE_PORT: "8", COTERIE_DIR: path }), {})).toMatchObject({
      port: 8,
    });
  });

  test("is looked for at the default when nothing says more", async () => {
    expect(await locateNode(context({ HOME: join(folder, "none") }), {})).toEqual({
      host: "127.0.0.1",
      port: 2049,
    });
  });
});
