/** Our client, as a library and as commands, on nfs-ganesha, which nobody here wrote. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/node-process.ts";
import { listTree } from "../support/tree-compare.ts";
import { Ganesha, MOUNT_PORT, NFS_PORT } from "./ganesha/server.ts";
import { requirePeer, requireRoot } from "./require-peer.ts";

const peersAreThere =
  requirePeer("nfs-ganesha", "nfs-ganesha nfs-ganesha-vfs", "ganesha.nfsd") &&
  requirePeer("rpcbind", "rpcbind", "rpcbind") &&
  requirePeer("ip", "iproute2", "ip") &&
  requireRoot("nfs-ganesha and network namespaces");

const server = [
  "--server",
  `127.0.0.1:${NFS_PORT}`,
  "--mount-port",
  `${MOUNT_PORT}`,
  "--export",
  "/export",
  "--timeout",
  "30s",
];

describe.runIf(peersAreThere)("on nfs-ganesha", () => {
  const base = mkdtempSync(join(tmpdir(), "coterie-ganesha-"));
  const ganesha = new Ganesha(base);
  const coterie = (...args: string[]) => runProcess([...args, ...server], { under: ganesha.command([]) });

  beforeAll(() => ganesha.start());
  afterAll(async () => {
    await ganesha.stop();
    rmSync(base, { recursive: true, force: true });
  });

  test("a tree goes in and out by put and get, and lies there as it should", async () => {
    const tree = join(base, "tree");
    cpSync(resolve("src/world"), join(tree, "world"), { recursive: true, preserveTimestamps: true });
    mkdirSync(join(tree, "empty"));
    writeFileSync(Buffer.concat([Buffer.from(`${tree}/name-`), Buffer.from([0xff])]), "x");
    writeFileSync(join(tree, "large"), Buffer.alloc(9_000_001, "0123456789abcdef"));
    writeFileSync(join(tree, "read-only"), "x", { mode: 0o444 });
    symlinkSync("world/time.ts", join(tree, "link"));
    const expected = listTree(tree);

    const put = await coterie("put", "-r", "--json", tree, "/tree");
    expect(put).toMatchObject({ code: 0, err: "" });
    expect(listTree(join(ganesha.directory, "tree"))).toEqual(expected);
    const again = await coterie("put", "-r", "--json", "--checksum", tree, "/tree");
    expect(JSON.parse(again.out)).toMatchObject({ files: 0, bytes: 0, failed: 0 });
    const get = await coterie("get", "-r", "--json", "/tree", join(base, "back"));
    expect(get).toMatchObject({ code: 0, err: "" });
    expect(listTree(join(base, "back"))).toEqual(expected);
  }, 60_000);

  test("the other commands do what they say", async () => {
    expect(await coterie("mkdir", "-p", "/a/b/c")).toMatchObject({ code: 0, err: "" });
    const note = join(base, "note");
    writeFileSync(note, "to be read\n");
    expect(await coterie("put", note, "/a/b/")).toMatchObject({ code: 0 });
    expect((await coterie("cat", "/a/b/note")).out).toBe("to be read\n");
    expect(await coterie("mv", "/a/b/note", "/a/b/c")).toMatchObject({ code: 0 });
    const listed = (await coterie("ls", "--json", "/a/b/c")).out;
    expect(JSON.parse(listed)).toMatchObject({ name: "note", type: "file", size: 11, uid: 0 });
    expect(JSON.parse((await coterie("stat", "--json", "/a/b")).out)).toMatchObject({ type: "directory" });
    expect(JSON.parse((await coterie("df", "--json")).out).totalBytes).toBeGreaterThan(0);
    expect((await coterie("rm", "/a")).code).toBe(1);
    expect(await coterie("rm", "-r", "/a")).toMatchObject({ code: 0, err: "" });
    expect((await coterie("ls", "/a")).err).toContain("FILES_NOENT");
    const byRpcbind = ["ls", "/", "--rpcbind", "--server", "127.0.0.1", "--export", "/export"];
    const { out } = await runProcess(byRpcbind, { under: ganesha.command([]) });
    expect(out).toBe("tree\n");
  }, 60_000);

  test("the library: exclusive create, links, a large directory, and a restart before the COMMIT", async () => {
    const script = resolve(import.meta.dirname, "ganesha/library.ts");
    const words = ganesha.command([process.execPath, "--import", import.meta.resolve("tsx"), script]);
    const child = spawn(words[0], words.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== "RESTART") lines.push(line);
      else {
        await ganesha.killServer();
        ganesha.startServer();
        child.stdin.write("restarted\n");
      }
    }
    expect(JSON.parse(lines.join(""))).toEqual({
      exclusive: "NFS3ERR_EXIST",
      mode: 0o100640,
      followed: "through a link",
      nlink: 2,
      listed: 3000,
      identical: true,
      rewritten: true,
      names: ["deep", "link", "moved", "once", "rewritten"],
    });
  }, 60_000);
});
