import { describe, expect, test } from "vitest";
import { simulatedCell } from "../../../test/support/simulated-cell.ts";
import { type FilesError, hasErrno, type NfsClient, Stats } from "./index.ts";

/** Runs `scenario` with a client of a simulated server. */
async function withClient(scenario: (client: NfsClient) => Promise<void>): Promise<void> {
  const cell = simulatedCell({ seed: 7 });
  await cell.sim.run(async () => {
    await cell.start();
    const client = await cell.connect();
    await scenario(client);
    await client.close();
  });
}

async function failure(promise: Promise<unknown>): Promise<FilesError> {
  try {
    await promise;
  } catch (error) {
    return error as FilesError;
  }
  throw new Error("it did not fail");
}

const text = new TextDecoder();

describe("files", () => {
  test("are written and read, whole and by descriptor", () =>
    withClient(async (client) => {
      await client.writeFile("/a", "hello");
      expect(await client.readFile("/a", "utf8")).toBe("hello");
      const file = await client.open("/a", "r+");
      expect(file.fd).toBe(3);
      const buffer = new Uint8Array(3);
      expect((await file.read(buffer)).bytesRead).toBe(3);
      await file.write("LO!");
      expect(await file.read(buffer)).toMatchObject({ bytesRead: 0 });
      expect((await file.read(buffer, 0, 3, 2)).bytesRead).toBe(3);
      expect(text.decode(buffer)).toBe("lLO");
      await file.close();
      expect(await client.readFile("/a", "utf8")).toBe("helLO!");
    }));

  test("of several MiB go through in pieces, sparse, from any number of descriptors", () =>
    withClient(async (client) => {
      const content = Uint8Array.from(
        { length: 5_000_003 },
        (_, index) => (index * 31 + (index >> 8)) & 0xff,
      );
      await client.writeFile("/big", content);
      expect(Buffer.compare(await client.readFile("/big"), content)).toBe(0);
      const one = await client.open("/big", "r+");
      const other = await client.open("/big", "r");
      await one.pwrite(Uint8Array.of(9, 9, 9), 7_000_000);
      expect((await other.stat()).size).toBe(7_000_003);
      const hole = new Uint8Array(10).fill(1);
      expect(await other.pread(hole, 6_000_000)).toBe(10);
      expect([...hole]).toEqual(new Array(10).fill(0));
      await one.close();
      await other.close();
    }));

  test("a reader here sees what a writer here has not yet sent", () =>
    withClient(async (client) => {
      const writer = await client.open("/a", "w");
      const reader = await client.open("/a", "r");
      for (const word of ["one", "two", "three"]) {
        await writer.write(word);
        const buffer = new Uint8Array(word.length);
        expect((await reader.read(buffer)).bytesRead).toBe(word.length);
        expect(text.decode(buffer)).toBe(word);
      }
      expect((await client.stat("/a")).size).toBe(11);
      await reader.close();
      await writer.close();
    }));

  test("flags mean what they mean in node:fs", () =>
    withClient(async (client) => {
      expect((await failure(client.open("/a", "r"))).errno).toBe("ENOENT");
      expect((await failure(client.open("/a", "r+"))).errno).toBe("ENOENT");
      await (await client.open("/a", "wx", 0o640)).close();
      const made = await client.stat("/a");
      expect(made.mode).toBe(0o100640);
      expect((await failure(client.open("/a", "wx"))).errno).toBe("EEXIST");
      expect((await failure(client.open("/a", "ax"))).errno).toBe("EEXIST");
      await client.appendFile("/a", "12");
      await client.appendFile("/a", "34");
      expect(await client.readFile("/a", "utf8")).toBe("1234");
      const read = await client.open("/a", "r");
      expect((await failure(read.write("x"))).code).toBe("FILES_BADF");
      await read.close();
      expect((await failure(read.read(new Uint8Array(1)))).code).toBe("FILES_BADF");
      const write = await client.open("/a", "w");
      expect((await failure(write.read(new Uint8Array(1)))).code).toBe("FILES_BADF");
      await write.close();
      expect((await client.stat("/a")).size).toBe(0);
      expect((await failure(client.open("/", "r"))).errno).toBe("EISDIR");
      await expect(client.open("/a", "rx" as never)).rejects.toThrow(TypeError);
    }));

  test("appends in a row keep their order, none lost", () =>
    withClient(async (client) => {
      const log = await client.open("/log", "a+");
      await Promise.all(Array.from({ length: 50 }, (_, index) => log.write(`${index}\n`)));
      expect((await log.readFile("utf8")).trim().split("\n").map(Number)).toEqual([...Array(50).keys()]);
      await log.close();
    }));

  test("are truncated and grown, whatever of them was not yet sent", () =>
    withClient(async (client) => {
      const file = await client.open("/a", "w+");
      await file.write("0123456789");
      await file.truncate(4);
      await file.truncate(6);
      await file.pwrite(new TextEncoder().encode("z"), 8);
      expect(await client.readFile("/a", "utf8")).toBe("0123\0\0\0\0z");
      await client.truncate("/a", 2);
      await file.close();
      expect(await client.readFile("/a", "utf8")).toBe("01");
    }));

  test("a path that ends in a slash is no file's", () =>
    withClient(async (client) => {
      await client.writeFile("/a", "hello");
      await client.mkdir("/d");
      expect((await failure(client.readFile("/a/"))).errno).toBe("ENOTDIR");
      expect((await failure(client.writeFile("/a/", "x"))).errno).toBe("ENOTDIR");
      expect((await failure(client.readFile("/d/"))).errno).toBe("EISDIR");
      expect((await failure(client.readFile("/new/"))).errno).toBe("ENOENT");
      expect((await failure(client.writeFile("/new/", "x"))).errno).toBe("EISDIR");
      expect((await client.readdir("/")).sort()).toEqual(["a", "d"]);
      expect(await client.readFile("/a", "utf8")).toBe("hello");
    }));

  test("the bound on open files is kept, and descriptors are used again", () =>
    withClient(async (client) => {
      await client.writeFile("/a", "");
      const files = await Promise.all(Array.from({ length: 1024 }, () => client.open("/a")));
      expect((await failure(client.open("/a"))).code).toBe("FILES_MFILE");
      await files[100]?.close();
      expect((await client.open("/a")).fd).toBe(files[100]?.fd);
    }));
});

describe("attributes", () => {
  test("are set and told to the nanosecond", () =>
    withClient(async (client) => {
      await client.writeFile("/a", "x", { mode: 0o600 });
      await client.chmod("/a", 0o4751);
      await client.chown("/a", 12, 34);
      const accessed = { seconds: 1_000_000_000, nanoseconds: 1 };
      const modified = { seconds: 4_000_000_000, nanoseconds: 999_999_999 };
      await client.utimes("/a", accessed, modified);
      const stats = await client.stat("/a");
      expect(stats).toBeInstanceOf(Stats);
      expect(stats).toMatchObject({ uid: 12, gid: 34, size: 1, nlink: 1, atime: accessed, mtime: modified });
      expect(stats.isFile()).toBe(true);
      await expect(client.utimes("/a", { seconds: -1, nanoseconds: 0 }, modified)).rejects.toThrow(
        RangeError,
      );
    }));

  test("what a user may do is the server's to say", async () => {
    const cell = simulatedCell({ seed: 8 });
    await cell.sim.run(async () => {
      await cell.start();
      const root = await cell.connect();
      await root.writeFile("/secret", "x", { mode: 0o600 });
      const user = await cell.connect({
        credential: { flavor: "sys", stamp: 0, machine: "m", uid: 1000, gid: 1000, gids: [] },
      });
      expect((await failure(user.readFile("/secret"))).errno).toBe("EACCES");
      expect((await failure(user.open("/secret", "r+"))).errno).toBe("EACCES");
      expect((await failure(user.writeFile("/secret", ""))).errno).toBe("EACCES");
      expect(await user.access("/secret")).toBe(0);
      expect(await root.access("/secret", 1)).toBe(1);
      await user.close();
      await root.close();
    });
  });

  test("space is told", () =>
    withClient(async (client) => {
      const space = await client.statfs("/");
      expect(space.freeBytes).toBeGreaterThan(0);
      expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes);
    }));
});

describe("names and paths", () => {
  test("names of any encoding, by text and by bytes", () =>
    withClient(async (client) => {
      const latin1 = Uint8Array.from([0x2f, 0x63, 0xe9]);
      await client.writeFile(latin1, "x");
      expect(await client.readdir("/")).toEqual(["c\udce9"]);
      expect(await client.readFile("/c\udce9", "utf8")).toBe("x");
      expect((await client.readdir("/", { encoding: "buffer" })).map((name) => [...name])).toEqual([
        [0x63, 0xe9],
      ]);
      await client.rename("/c\udce9", "/cé");
      expect(await client.readdir("/")).toEqual(["cé"]);
    }));

  test("symbolic links are followed here: relative, absolute, with `..`, in the middle and at the end", () =>
    withClient(async (client) => {
      await client.mkdir("/d/e", { recursive: true });
      await client.writeFile("/d/e/f", "deep");
      await client.symlink("e", "/d/relative");
      await client.symlink("/d/e/f", "/absolute");
      await client.symlink("../../absolute", "/d/e/up");
      expect(await client.readFile("/d/relative/f", "utf8")).toBe("deep");
      expect(await client.readFile("/absolute", "utf8")).toBe("deep");
      expect(await client.readFile("/d/relative/up", "utf8")).toBe("deep");
      expect((await client.lstat("/absolute")).isSymbolicLink()).toBe(true);
      expect(await client.readlink("/absolute")).toBe("/d/e/f");
      expect(await client.readFile("/d/relative/../../absolute", "utf8")).toBe("deep");
      expect((await client.stat("/../../d/..")).isDirectory()).toBe(true);
      await client.symlink("/d/e/new", "/dangling");
      expect((await failure(client.stat("/dangling"))).errno).toBe("ENOENT");
      await client.writeFile("/dangling", "made");
      expect(await client.readFile("/d/e/new", "utf8")).toBe("made");
      expect((await failure(client.open("/absolute", "wx"))).errno).toBe("EEXIST");
    }));

  test("links that lead in a circle end after 40", () =>
    withClient(async (client) => {
      await client.symlink("b", "/a");
      await client.symlink("a", "/b");
      expect((await failure(client.stat("/a"))).code).toBe("FILES_LOOP");
      for (let index = 0; index < 42; index++) await client.symlink(`${index + 1}`, `/${index}`);
      await client.writeFile("/42", "end");
      expect(await client.readFile("/2", "utf8")).toBe("end");
      expect((await failure(client.readFile("/1"))).code).toBe("FILES_LOOP");
    }));

  test("errors name the operation, the path, the status and its POSIX name", () =>
    withClient(async (client) => {
      await client.writeFile("/a", "");
      const error = await failure(client.stat("/a/b"));
      expect(error).toMatchObject({
        code: "FILES_NOTDIR",
        errno: "ENOTDIR",
        status: "NFS3ERR_NOTDIR",
        path: "/a/b",
        details: { operation: "stat", path: "/a/b", status: "NFS3ERR_NOTDIR" },
      });
      expect(error.message).toMatch(/^stat \/a\/b: /);
      expect(hasErrno(error, "ENOTDIR")).toBe(true);
      expect((await failure(client.mkdir("/a"))).errno).toBe("EEXIST");
      expect((await failure(client.rmdir("/a"))).errno).toBe("ENOTDIR");
      expect((await failure(client.unlink("/nothing"))).errno).toBe("ENOENT");
      expect((await failure(client.readlink("/a"))).errno).toBe("EINVAL");
      expect((await failure(client.readdir("/a"))).errno).toBe("ENOTDIR");
      expect((await failure(client.writeFile(`/${"n".repeat(256)}`, ""))).errno).toBe("ENAMETOOLONG");
      expect((await failure(client.rmdir("/"))).code).toBe("FILES_INVAL");
    }));

  test("an export that is not there is said so", async () => {
    const cell = simulatedCell({ seed: 9 });
    await cell.sim.run(async () => {
      await cell.start();
      expect((await failure(cell.connect({ export: "/nowhere" }))).code).toBe("FILES_MOUNT");
    });
  });
});

describe("directories", () => {
  test("are made, listed, renamed and removed, and trees of them", () =>
    withClient(async (client) => {
      await client.mkdir("/x/y/z", { recursive: true });
      await client.mkdir("/x/y/z", { recursive: true });
      expect((await failure(client.mkdir("/q/r"))).errno).toBe("ENOENT");
      await client.writeFile("/x/y/f", "1");
      await client.link("/x/y/f", "/x/g");
      expect((await client.stat("/x/g")).nlink).toBe(2);
      await client.mknod("/x/fifo", "fifo", { mode: 0o600 });
      await client.symlink("/x/y", "/x/link");
      expect((await failure(client.rmdir("/x"))).errno).toBe("ENOTEMPTY");
      await client.rename("/x", "/w");
      expect(await client.readFile("/w/y/f", "utf8")).toBe("1");
      expect((await failure(client.stat("/x/y"))).errno).toBe("ENOENT");
      const entries = await client.readdir("/w", { withFileTypes: true });
      expect(Object.fromEntries(entries.map((entry) => [entry.name, entry.stats?.type]))).toEqual({
        y: "directory",
        g: "file",
        fifo: "fifo",
        link: "symlink",
      });
      await client.rm("/w", { recursive: true });
      await client.rm("/w", { recursive: true, force: true });
      expect(await client.readdir("/")).toEqual([]);
    }));

  test("a path that ends in no name removes nothing", () =>
    withClient(async (client) => {
      await client.mkdir("/d");
      await client.writeFile("/beside", "kept");
      for (const path of ["/", "/d/..", "/d/../"]) {
        for (const force of [false, true]) {
          const error = await failure(client.rm(path, { recursive: true, force }));
          expect(error.code, path).toBe("FILES_INVAL");
        }
      }
      expect((await client.readdir("/")).sort()).toEqual(["beside", "d"]);
    }));

  test("of many entries are read page by page, each entry once, while others come and go", () =>
    withClient(async (client) => {
      await client.mkdir("/many");
      const count = 5000;
      for (let from = 0; from < count; from += 500) {
        await Promise.all(
          Array.from({ length: 500 }, (_, index) =>
            client.symlink("x", `/many/${from + index}-${"n".repeat(60)}`),
          ),
        );
      }
      const seen = new Map<string, number>();
      let read = 0;
      for await (const entry of client.opendir("/many")) {
        seen.set(entry.name, (seen.get(entry.name) ?? 0) + 1);
        expect(entry.stats?.isSymbolicLink()).toBe(true);
        if (++read % 1000 === 0) {
          await client.unlink(`/many/${read - 1000}-${"n".repeat(60)}`);
          await client.symlink("y", `/many/new-${read}`);
        }
      }
      for (let index = 0; index < count; index++) {
        if (index % 1000 !== 0) expect(seen.get(`${index}-${"n".repeat(60)}`)).toBe(1);
      }
      expect(Math.max(...seen.values())).toBe(1);
      await client.rm("/many", { recursive: true });
    }));

  test("a directory that is renamed here is looked up anew at once, elsewhere soon", async () => {
    const cell = simulatedCell({ seed: 10 });
    await cell.sim.run(async () => {
      await cell.start();
      const one = await cell.connect();
      const other = await cell.connect();
      await one.mkdir("/a/b", { recursive: true });
      await one.writeFile("/a/b/f", "old");
      expect(await other.readFile("/a/b/f", "utf8")).toBe("old");
      await one.rename("/a", "/c");
      await one.mkdir("/a/b", { recursive: true });
      await one.writeFile("/a/b/f", "new");
      expect(await one.readFile("/a/b/f", "utf8")).toBe("new");
      await cell.sim.sleep(3001);
      expect(await other.readFile("/a/b/f", "utf8")).toBe("new");
      // A remembered directory that is gone is not the end: the path is walked again.
      await one.rm("/a", { recursive: true });
      await one.mkdir("/a/b", { recursive: true });
      await one.writeFile("/a/b/f", "third");
      expect(await other.readFile("/a/b/f", "utf8")).toBe("third");
      await one.close();
      await other.close();
    });
  });

  test("what one client closed, another that opens it then sees", async () => {
    const cell = simulatedCell({ seed: 11 });
    await cell.sim.run(async () => {
      await cell.start();
      const [one, other] = [await cell.connect(), await cell.connect()];
      for (let round = 0; round < 20; round++) {
        await one.writeFile("/shared", `round ${round}`);
        expect(await other.readFile("/shared", "utf8")).toBe(`round ${round}`);
      }
      await one.close();
      await other.close();
    });
  });
});
