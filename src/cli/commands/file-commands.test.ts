/** The commands that work on the cell alone. `put` and `get` are tried by test/scenario/copy.test.ts too. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../../test/support/cli-host.ts";
import { type NodeCell, nodeCell } from "../../../test/support/node-cell.ts";
import type { NfsClient } from "../../files/index.ts";

type Cli = (...args: string[]) => Promise<CliResult>;

let cell: NodeCell;
beforeAll(async () => {
  cell = await nodeCell();
});
afterAll(() => cell.close());

const local = mkdtempSync(join(tmpdir(), "coterie-commands-"));
afterAll(() => rmSync(local, { recursive: true, force: true }));
const at = (name: string) => join(local, name);

/** The commands act as whoever runs this, root or not, and so does the client that prepares for them. */
const uid = process.getuid?.() ?? 65_534;
const gid = process.getgid?.() ?? 65_534;

/** Each scenario begins with an empty cell. */
function scenario(run: (cli: Cli, client: NfsClient) => Promise<void>): () => Promise<void> {
  return async () => {
    const credential = { flavor: "sys", stamp: 0, machine: "test", uid, gid, gids: [] } as const;
    const client = await cell.connect({ credential });
    for (const name of await client.readdir("/")) await client.rm(`/${name}`, { recursive: true });
    const environment = { COTERIE_SERVER: `127.0.0.1:${cell.port}` };
    await run((...args) => runCli(args, { world: () => cell.world(), environment }), client);
    await client.close();
  };
}

const time = { seconds: 1_795_254_915, nanoseconds: 123_456_789 };

async function furnish(client: NfsClient): Promise<void> {
  await client.mkdir("/d", { mode: 0o750 });
  await client.writeFile("/d/b", "bee\n", { mode: 0o644 });
  await client.writeFile("/d/a", new Uint8Array(2048));
  // After the write, which takes set-user-ID from a file unless root writes.
  await client.chmod("/d/a", 0o4711);
  await client.writeFile(Uint8Array.from([0x2f, 0x64, 0x2f, 0xe9, 0x0a]), "");
  await client.symlink("b", "/d/c");
  await client.utimes("/d/b", time, time);
}

describe("ls", () => {
  test(
    "lists names in order, in text that a terminal can take",
    scenario(async (cli, client) => {
      await furnish(client);
      expect(await cli("ls", "/d")).toMatchObject({ status: 0, err: "", out: "a\nb\nc\n\\xe9\\x0a\n" });
      expect((await cli("ls")).out).toBe("d\n");
      expect((await cli("ls", "-d", "d")).out).toBe("/d\n");
      expect((await cli("ls", "/d/b")).out).toBe("/d/b\n");
      expect((await cli("ls", "-U", "/d")).out.split("\n").sort().join()).toBe(",\\xe9\\x0a,a,b,c");
      expect((await cli("ls", "/d", "/")).out).toContain("/d:\na\n");
    }),
  );

  test(
    "a link to a directory is listed as that directory, one that leads nowhere as itself",
    scenario(async (cli, client) => {
      await furnish(client);
      await client.symlink("d", "/to-d");
      await client.symlink("nowhere", "/lost");
      await client.symlink("circle", "/circle");
      expect((await cli("ls", "/to-d")).out).toBe("a\nb\nc\n\\xe9\\x0a\n");
      expect(await cli("ls", "/lost")).toMatchObject({ status: 0, err: "", out: "/lost\n" });
      expect((await cli("ls", "-l", "/circle")).out).toContain("/circle -> circle\n");
    }),
  );

  test(
    "-l shows what ls -l shows",
    scenario(async (cli, client) => {
      await furnish(client);
      const lines = (await cli("ls", "-l", "/d")).out.trimEnd().split("\n");
      expect(lines[0]).toMatch(/^mode +links +uid +gid +size +modified +name$/);
      expect(lines[1]).toMatch(new RegExp(`^-rws--x--x +1 +${uid} +${gid} +2048 `));
      expect(lines[2]).toMatch(new RegExp(`^-rw-r--r-- +1 +${uid} +${gid} +4  2026-11-21 09:55:15  b$`));
      expect(lines[3]).toMatch(/^lrwxrwxrwx .* c -> b$/);
      expect((await cli("ls", "-l", "--human", "/d")).out).toContain("2 KiB");
    }),
  );

  test(
    "--json is one object a line, with bytes for names that are not UTF-8",
    scenario(async (cli, client) => {
      await furnish(client);
      const rows = (await cli("ls", "--json", "/d")).out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(rows.map(({ name }) => name)).toEqual(["a", "b", "c", "\udce9\n"]);
      expect(rows[1]).toMatchObject({
        type: "file",
        mode: "0644",
        size: 4,
        modified: "2026-11-21T09:55:15.123456789Z",
      });
      expect(rows[2]).toMatchObject({ type: "symlink", target: "b" });
      expect(rows[3].nameBytes).toBe("6Qo=");
    }),
  );

  test(
    "4,000 entries are listed whole",
    scenario(async (cli, client) => {
      await client.mkdir("/many");
      for (let from = 0; from < 4000; from += 1000) {
        await Promise.all(
          Array.from({ length: 1000 }, (_, at) => client.mknod(`/many/${from + at}`, "fifo")),
        );
      }
      const { out } = await cli("ls", "-l", "/many");
      expect(out.split("\n").length).toBe(4002);
    }),
  );
});

describe("the others", () => {
  test(
    "cat prints bytes, or pieces of them in JSON",
    scenario(async (cli, client) => {
      const content = Uint8Array.from({ length: 1_500_000 }, (_, at) => at & 0xff);
      await client.writeFile("/f", content);
      expect(Buffer.compare((await cli("cat", "/f")).bytes, content)).toBe(0);
      const pieces = (await cli("cat", "--json", "/f")).out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(pieces.map(({ offset }) => offset)).toEqual([0, 1_048_576]);
      const joined = Buffer.concat(pieces.map(({ data }) => Buffer.from(data, "base64")));
      expect(Buffer.compare(joined, content)).toBe(0);
      const missing = await cli("cat", "/nothing");
      expect(missing).toMatchObject({ status: 1, out: "" });
      expect(missing.err).toContain("FILES_NOENT");
    }),
  );

  test(
    "mkdir, mv and rm change what is there",
    scenario(async (cli, client) => {
      expect(await cli("mkdir", "-m", "700", "/a")).toMatchObject({ status: 0, out: "", err: "" });
      expect((await client.stat("/a")).permissions).toBe(0o700);
      expect((await cli("mkdir", "/a")).err).toContain("FILES_EXIST");
      expect(await cli("mkdir", "-p", "/a/b/c")).toMatchObject({ status: 0 });
      await client.writeFile("/f", "");
      await client.writeFile("/g", "");
      expect(await cli("mv", "/f", "/g", "/a/b")).toMatchObject({ status: 0 });
      expect(await cli("mv", "/a/b/f", "/a/b/h")).toMatchObject({ status: 0 });
      expect((await client.readdir("/a/b")).sort()).toEqual(["c", "g", "h"]);
      expect((await cli("mv", "/a/b/g", "/a/b/h", "/nowhere")).status).toBe(2);
      expect((await cli("mv", "/a/b/g", "/nowhere/")).status).toBe(2);
      expect((await cli("rm", "/a")).status).toBe(1);
      expect((await cli("rm", "-r", "/")).status).toBe(2);
      for (const path of ["/..", "/a/..", "/a/../", "/a/.", "/a/./", "."]) {
        expect(await cli("rm", "-rf", path), path).toMatchObject({ status: 2, out: "" });
      }
      expect((await client.readdir("/a/b")).sort()).toEqual(["c", "g", "h"]);
      expect((await cli("rm", "/nothing")).status).toBe(1);
      expect(await cli("rm", "-f", "/nothing")).toMatchObject({ status: 0, err: "" });
      expect(await cli("rm", "-r", "/a")).toMatchObject({ status: 0 });
      expect(await client.readdir("/")).toEqual([]);
    }),
  );

  test(
    "three dots are a name, and nothing is none",
    scenario(async (cli, client) => {
      await client.writeFile("/...", "");
      expect(await cli("rm", "/...")).toMatchObject({ status: 0, err: "" });
      await client.writeFile("/f", "");
      await client.mkdir("/d");
      const uses = [
        ["ls"],
        ["cat"],
        ["rm", "-r"],
        ["mkdir", "-p"],
        ["mv", "/d/f"],
        ["put", at("f")],
        ["stat"],
        ["df"],
      ];
      for (const words of uses) {
        expect(await cli(...words, ""), words.join(" ")).toMatchObject({ status: 2, out: "" });
      }
      expect(await client.readdir("/")).toEqual(["f", "d"]);
    }),
  );

  test(
    "a name that is not UTF-8 is named by \\xNN, as it is shown",
    scenario(async (cli, client) => {
      await furnish(client);
      expect(await cli("mv", "/d/\\xe9\\x0a", "/d/plain")).toMatchObject({ status: 0, err: "" });
      expect(await client.readdir("/d")).toContain("plain");
    }),
  );

  test(
    "stat and df tell",
    scenario(async (cli, client) => {
      await furnish(client);
      const { out } = await cli("stat", "/d/b");
      expect(out).toContain("-rw-r--r-- (0644)");
      expect(out).toContain("2026-11-21T09:55:15.123456789Z");
      expect((await cli("stat", "/d/c")).out).toContain("/d/c -> b");
      expect(JSON.parse((await cli("stat", "-L", "--json", "/d/c")).out)).toMatchObject({ type: "file" });
      const space = JSON.parse((await cli("df", "--json")).out);
      expect(space.usedBytes).toBe(space.totalBytes - space.freeBytes);
      expect((await cli("df")).out).toMatch(/^ +size +used +available +use +files +path\n/);
    }),
  );

  test(
    "a server that does not answer is status 3, an address that is none is status 2",
    scenario(async (cli) => {
      const nobody = await nodeCell();
      await nobody.close();
      const silent = await cli("ls", "--server", `127.0.0.1:${nobody.port}`, "--timeout", "200ms");
      expect(silent).toMatchObject({ status: 3, out: "" });
      expect(silent.err).toContain("RPC_TIMEOUT");
      expect(await cli("ls", "--server", "a:b:c:zz")).toMatchObject({ status: 2 });
    }),
  );
});

describe("put and get", () => {
  test(
    "a file goes into a directory that is there, or gets the name that is given",
    scenario(async (cli, client) => {
      writeFileSync(at("f"), "content");
      writeFileSync(at("g"), "more");
      await client.mkdir("/d");
      expect(await cli("put", at("f"), "/d")).toMatchObject({ status: 0, err: "" });
      expect(await cli("put", at("f"), "/d/")).toMatchObject({ status: 0 });
      expect(await cli("put", at("f"), "/d/named")).toMatchObject({ status: 0 });
      expect(await cli("put", at("f"), at("g"), "/d")).toMatchObject({ status: 0 });
      expect((await client.readdir("/d")).sort()).toEqual(["f", "g", "named"]);
      expect(await cli("put", at("f"), "/nowhere/")).toMatchObject({ status: 2 });
      expect(await cli("put", at("f"), at("g"), "/d/f")).toMatchObject({ status: 2 });
      expect(await cli("get", "/d/named", local)).toMatchObject({ status: 0 });
      expect(readFileSync(at("named"), "utf8")).toBe("content");
      expect(await cli("get", "/d/f", at("under-another-name"))).toMatchObject({ status: 0 });
      expect(readFileSync(at("under-another-name"), "utf8")).toBe("content");
    }),
  );

  test(
    "a link to a directory is as good as the directory, and stays a link",
    scenario(async (cli, client) => {
      mkdirSync(at("real"));
      symlinkSync("real", at("link"));
      writeFileSync(at("one"), "1");
      await client.mkdir("/real");
      await client.symlink("real", "/link");
      expect(await cli("put", at("one"), "/link")).toMatchObject({ status: 0, err: "" });
      expect(await client.readdir("/real")).toEqual(["one"]);
      expect(await cli("get", "/real/one", at("link"))).toMatchObject({ status: 0, err: "" });
      expect(await cli("get", "-r", "/real", at("link"))).toMatchObject({ status: 0, err: "" });
      expect(readFileSync(at("real/one"), "utf8")).toBe("1");
      expect(readlinkSync(at("link"))).toBe("real");
      expect(await client.readlink("/link")).toBe("real");
    }),
  );

  test(
    "a directory becomes exactly the directory that is named, also the second time",
    scenario(async (cli, client) => {
      mkdirSync(at("tree/sub"), { recursive: true });
      writeFileSync(at("tree/sub/f"), "x");
      expect((await cli("put", at("tree"), "/t")).err).toContain("COPY_DIRECTORY");
      for (const expected of [{ files: 1 }, { files: 0, unchanged: 1 }]) {
        const { out } = await cli("put", "-r", "--json", at("tree"), "/t");
        expect(JSON.parse(out)).toMatchObject({ ...expected, directories: 2, failed: 0 });
      }
      expect(await client.readdir("/t")).toEqual(["sub"]);
      // With a slash behind it, or beside others, it goes into the target.
      await client.mkdir("/into");
      expect(await cli("put", "-r", at("tree"), "/into/")).toMatchObject({ status: 0 });
      expect(await cli("put", "-r", at("tree/sub"), at("f"), "/into")).toMatchObject({ status: 0 });
      expect((await client.readdir("/into")).sort()).toEqual(["f", "sub", "tree"]);
      // The content of the whole cell, or of a directory, goes into what is named.
      expect(await cli("get", "-r", "/", at("all"))).toMatchObject({ status: 0, err: "" });
      expect(readFileSync(at("all/t/sub/f"), "utf8")).toBe("x");
      expect(await cli("put", "-r", at("tree/."), "/into/")).toMatchObject({ status: 0 });
      expect(await client.readFile("/into/sub/f", "utf8")).toBe("x");
    }),
  );

  test(
    "on a terminal a line shows the share that is done, elsewhere nothing does",
    scenario(async (cli, client) => {
      mkdirSync(at("shown"));
      for (let index = 0; index < 4; index++)
        writeFileSync(at(`shown/${index}`), Buffer.alloc(4_000_000, index));
      const environment = { COTERIE_SERVER: `127.0.0.1:${cell.port}` };
      const world = () => cell.world();
      const drawn = await runCli(["put", "-r", "-j", "1", at("shown"), "/shown"], {
        world,
        environment,
        isTerminal: true,
      });
      expect(drawn).toMatchObject({ status: 0 });
      expect(drawn.out).toContain("copied 4 files, 1 directory: 15.3 MiB");
      expect((await client.stat("/shown/3")).size).toBe(4_000_000);
      expect((await cli("put", "-r", at("shown"), "/again")).err).toBe("");
    }),
  );

  test(
    "what failed is told, and the rest is done",
    scenario(async (cli, client) => {
      mkdirSync(at("partly/f"), { recursive: true });
      writeFileSync(at("partly/g"), "g");
      await client.mkdir("/partly");
      await client.writeFile("/partly/f", "a file");
      const { status, out, err } = await cli("put", "-r", at("partly"), "/partly");
      expect(status).toBe(1);
      expect(err).toContain("COPY_IN_THE_WAY");
      expect(err).toContain("COPY_FAILED");
      expect(out).toContain("copied 1 file");
      expect(await client.readFile("/partly/g", "utf8")).toBe("g");
    }),
  );

  test(
    "an unfinished file of an earlier attempt is gone when the copy is done",
    scenario(async (cli, client) => {
      writeFileSync(at("f"), "content");
      const { partName } = await import("../files/part-file.ts");
      const { createLocalFiles } = await import("../../node/index.ts");
      const part = new TextDecoder().decode(
        partName(new TextEncoder().encode("f"), createLocalFiles().digest),
      );
      await client.writeFile(`/${part}`, "cont");
      expect(await cli("put", at("f"), "/")).toMatchObject({ status: 0, err: "" });
      expect(await client.readdir("/")).toEqual(["f"]);
      expect(await client.readFile("/f", "utf8")).toBe("content");
    }),
  );
});
