import { afterEach, describe, expect, test } from "vitest";
import { VOLUME_ID, VolumeCell } from "../../../test/support/volume-cell.ts";
import type { SimNode } from "../../sim/index.ts";
import { NfsClient } from "../client/index.ts";
import { MOUNT_V3_Client } from "../nfs/gen/mount.gen.ts";
import { type NFS_V3_Client, stable_how } from "../nfs/gen/nfs3.gen.ts";
import { LayerCalls } from "./index.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Bench {
  readonly cell: VolumeCell;
  /** By way of a node. */
  client(at: number): Promise<NfsClient>;
  layers(at: number): LayerCalls;
}

let closing: NfsClient[] = [];

afterEach(() => {
  closing = [];
});

function inCell(
  body: (bench: Bench) => Promise<void>,
  options?: ConstructorParameters<typeof VolumeCell>[0],
) {
  const cell = new VolumeCell(options);
  return cell.run(async () => {
    await cell.begin();
    await body({
      cell,
      async client(at) {
        const host = cell.nodes[at]?.ip ?? "";
        const client = await NfsClient.connect(cell.client.world, { host, credential: { flavor: "none" } });
        closing.push(client);
        return client;
      },
      layers: (at) => new LayerCalls(cell.client.world, cell.replica(at)),
    });
    for (const client of closing) await client.close();
  });
}

function pass(cell: VolumeCell, ms: number): Promise<void> {
  return new Promise((resolve) => cell.client.world.timers.after(ms, resolve));
}

/** Waits until all replicas have applied the same entries and nothing is done in the background, a minute at most. */
async function settled(cell: VolumeCell): Promise<void> {
  const isSettled = () =>
    new Set(cell.replicas.map((each) => each?.status().log.applied)).size === 1 &&
    cell.replicas.every((each) => each?.status().isReaping === false);
  for (let i = 0; i < 600 && !isSettled(); i++) await pass(cell, 100);
  expect(isSettled()).toBe(true);
}

async function expectSame(cell: VolumeCell): Promise<void> {
  await settled(cell);
  const digests = await Promise.all(cell.nodes.map((_, at) => cell.replica(at).digest()));
  expect(new Set(digests.map((digest) => JSON.stringify(digest))).size).toBe(1);
}

async function rootOf(cell: VolumeCell): Promise<Uint8Array> {
  const reply = await new MOUNT_V3_Client(cell.rpc(0)).MOUNTPROC3_MNT(new TextEncoder().encode("/"));
  if (reply.fhs_status !== 0) throw new Error(`mount: ${reply.fhs_status}`);
  return reply.mountinfo.fhandle;
}

async function found(nfs: NFS_V3_Client, root: Uint8Array, ...path: string[]): Promise<Uint8Array> {
  let handle = root;
  for (const name of path) {
    const found = await nfs.NFSPROC3_LOOKUP({ what: { dir: handle, name: new TextEncoder().encode(name) } });
    if (found.status !== 0) throw new Error(`${name}: ${found.status}`);
    handle = found.resok.object;
  }
  return handle;
}

async function writeUnstably(
  nfs: NFS_V3_Client,
  file: Uint8Array,
  offset: number,
  words: string,
): Promise<void> {
  const data = new TextEncoder().encode(words);
  const args = { file, offset: BigInt(offset), count: data.length, stable: stable_how.UNSTABLE, data };
  const written = await nfs.NFSPROC3_WRITE(args);
  if (written.status !== 0) throw new Error(`write: ${written.status}`);
}

/** Pieces of files on a node's disk, in the volume, its snapshots and clones. */
function contentOn(cell: VolumeCell, at: number): Uint8Array[] {
  const [LAYERS, VERSION, CHUNK] = [0xe0, 0x11, 0x15];
  const name = `volume-${Buffer.from(VOLUME_ID).toString("hex")}-0`;
  const entries = [...(cell.nodes[at]?.disk.files.get(name)?.durable.values() ?? [])];
  expect(entries.length).toBeGreaterThan(3);
  return entries.flatMap(({ key, value }) => {
    const isChunk = key[0] === CHUNK || (key[0] === LAYERS && key[1] === VERSION && key[10] === CHUNK);
    return isChunk && value !== undefined ? [value] : [];
  });
}

describe("a snapshot of a replicated volume", () => {
  test("shows, by way of every node, what was there when it was taken", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const [a, b, c] = [await client(0), await client(1), await client(2)];
      await a.mkdir("/d");
      await a.writeFile("/d/f", "before");
      await layers(1).takeSnapshot("monday");
      await b.writeFile("/d/f", "after it");
      await b.writeFile("/new", "x");
      expect(await c.readFile("/.snapshots/monday/d/f", "utf8")).toBe("before");
      expect(await c.readFile("/d/f", "utf8")).toBe("after it");
      expect(await a.readdir("/.snapshots/monday")).toEqual(["d"]);
      await b.rm("/d/f");
      await b.rmdir("/d");
      expect(await a.readFile("/.snapshots/monday/d/f", "utf8")).toBe("before");
      expect(await layers(2).list()).toMatchObject({
        snapshots: [{ name: "monday", of: undefined }],
        clones: [],
      });
      await expectSame(cell);
    });
  });

  test("has what another node has answered and nobody has committed", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", "....");
      const nfs = cell.nfs(1);
      const file = await found(nfs, await rootOf(cell), "f");
      // The first one waits for the log to know of the session.
      await writeUnstably(nfs, file, 0, "a");
      await pass(cell, 100);
      const [n1, n2, n3] = cell.nodes as [SimNode, SimNode, SimNode];
      for (const other of [n1, n3]) cell.sim.network.setLink(n2, other, { latencyMs: 300 }, { oneWay: true });
      await writeUnstably(nfs, file, 1, "b");
      await writeUnstably(nfs, file, 2, "c");
      expect(cell.replica(1).status()).toMatchObject({ queuedBytes: 2, sessions: [{ node: "n2" }] });
      await layers(0).takeSnapshot("s");
      await writeUnstably(nfs, file, 3, "d");
      expect(await a.readFile("/.snapshots/s/f", "utf8")).toBe("abc.");
      expect(cell.replica(1).status().epoch).toBe(0);
    });
  });

  test("is in no listing of the root, and only read", async () => {
    await inCell(async ({ client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", "1");
      await layers(0).takeSnapshot("s");
      expect(await a.readdir("/")).toEqual(["f"]);
      expect((await a.readdir("/.snapshots")).sort()).toEqual(["s"]);
      for (const change of [
        () => a.writeFile("/.snapshots/s/f", "2"),
        () => a.writeFile("/.snapshots/s/g", "2"),
        () => a.rm("/.snapshots/s/f"),
        () => a.mkdir("/.snapshots/s/d"),
        () => a.rename("/.snapshots/s/f", "/.snapshots/s/g"),
        () => a.mkdir("/.snapshots/x"),
        () => a.rmdir("/.snapshots/s"),
        () => a.rmdir("/.snapshots"),
        () => a.rename("/.snapshots", "/shown"),
        () => a.rename("/f", "/.snapshots"),
      ]) {
        await expect(change(), change.toString()).rejects.toMatchObject({ errno: "EROFS" });
      }
      expect(await a.readFile("/.snapshots/s/f", "utf8")).toBe("1");
    });
  });

  test("is another file system to clients, and so is each, with handles that stay", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", "1");
      await layers(0).takeSnapshot("s");
      await layers(0).takeSnapshot("t");
      const paths = ["/f", "/.snapshots/s/f", "/.snapshots/t/f"];
      const stats = await Promise.all(paths.map((path) => a.stat(path)));
      expect(new Set(stats.map(({ dev }) => dev)).size).toBe(3);
      expect(new Set(stats.map(({ ino }) => ino)).size).toBe(1);
      const hidden = await a.stat("/.snapshots");
      expect(hidden.dev).toEqual(stats[0]?.dev);
      expect(hidden.isDirectory()).toBe(true);
      const opened = await a.open("/.snapshots/s/f", "r");
      cell.nodes[0]?.crash({ power: true });
      await cell.start(0);
      const { bytesRead, buffer } = await opened.read(new Uint8Array(1), 0, 1, 0);
      expect([bytesRead, text(buffer)]).toEqual([1, "1"]);
    });
  });

  test("is gone when it is dropped: its handles are stale, its space is taken back everywhere alike", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", new Uint8Array(400_000).fill(7));
      await layers(0).takeSnapshot("s");
      await a.rm("/f");
      await settled(cell);
      const opened = await a.open("/.snapshots/s/f", "r");
      const [{ retiredBytes = 0 } = {}] = (await layers(0).list()).snapshots;
      expect(retiredBytes).toBeGreaterThan(400_000);
      await layers(2).dropSnapshot("s");
      await expect(opened.read(new Uint8Array(1), 0, 1, 0)).rejects.toMatchObject({ errno: "ESTALE" });
      await expect(a.readdir("/.snapshots/s")).rejects.toMatchObject({ errno: "ENOENT" });
      await expectSame(cell);
      expect(await layers(1).list()).toEqual({ snapshots: [], clones: [], isReclaiming: false });
      await cell.replica(1).close();
      expect(contentOn(cell, 1)).toEqual([]);
    });
  });

  test("cannot be what it cannot be", async () => {
    await inCell(async ({ layers }) => {
      const at = layers(0);
      await at.takeSnapshot("s");
      await expect(at.takeSnapshot("s")).rejects.toMatchObject({ code: "LAYERS_EXISTS" });
      await expect(at.dropSnapshot("t")).rejects.toMatchObject({ code: "LAYERS_MISSING" });
      await expect(at.makeClone("c", "t")).rejects.toMatchObject({ code: "LAYERS_MISSING" });
      for (const name of ["", ".", "..", "a/b", "\0", "x".repeat(256), "é".repeat(128)])
        await expect(at.takeSnapshot(name), name).rejects.toMatchObject({ code: "LAYERS_NAME" });
      await at.takeSnapshot("é".repeat(127));
      for (let i = 0; i < 254; i++) await at.takeSnapshot(`s${i}`);
      await expect(at.takeSnapshot("one more")).rejects.toMatchObject({ code: "LAYERS_TOO_MANY" });
    });
  });

  test("is found among more than a replica keeps open, in pages too", async () => {
    await inCell(async ({ client, layers }) => {
      const a = await client(0);
      for (let i = 0; i < 40; i++) {
        await a.writeFile("/f", `${i}`);
        await layers(0).takeSnapshot(`s${i}`);
      }
      expect(await a.readdir("/.snapshots")).toHaveLength(40);
      for (const i of [0, 39, 1, 38, 20, 0]) {
        expect(await a.readFile(`/.snapshots/s${i}/f`, "utf8")).toBe(`${i}`);
      }
    });
  });

  test("can be mounted by its path", async () => {
    await inCell(async ({ cell, client, layers }) => {
      await (await client(0)).writeFile("/f", "1");
      await layers(0).takeSnapshot("s");
      const host = cell.nodes[1]?.ip ?? "";
      const path = "/.snapshots/s";
      const mounted = await NfsClient.connect(cell.client.world, {
        host,
        export: path,
        credential: { flavor: "none" },
      });
      closing.push(mounted);
      expect(await mounted.readdir("/")).toEqual(["f"]);
    });
  });

  test("a node that forwards, and has no quorum, says that nothing was done", async () => {
    await inCell(
      async ({ cell, layers }) => {
        cell.nodes[1]?.crash({ power: true });
        cell.nodes[2]?.crash({ power: true });
        await expect(layers(0).list()).rejects.toMatchObject({ code: "REPLICA_UNANSWERED" });
        await expect(layers(0).takeSnapshot("s")).rejects.toMatchObject({ code: "REPLICA_UNANSWERED" });
      },
      { replica: { timeoutMs: 3000, limits: { patienceMs: 4000 } } },
    );
  });
});

describe("a clone of a replicated volume", () => {
  test("begins as its snapshot and goes its own way, by way of every node", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const [a, b, c] = [await client(0), await client(1), await client(2)];
      await a.writeFile("/f", "origin");
      await layers(0).takeSnapshot("s");
      await a.writeFile("/f", "changed");
      await layers(1).makeClone("trial", "s");
      expect(await b.readFile("/.clones/trial/f", "utf8")).toBe("origin");
      await b.writeFile("/.clones/trial/f", "in the clone");
      await c.writeFile("/.clones/trial/more", "and more");
      expect(await a.readFile("/.clones/trial/f", "utf8")).toBe("in the clone");
      expect(await a.readdir("/.clones/trial")).toEqual(["f", "more"]);
      expect(await c.readFile("/f", "utf8")).toBe("changed");
      expect(await c.readFile("/.snapshots/s/f", "utf8")).toBe("origin");
      expect(await c.readdir("/")).toEqual(["f"]);
      await expectSame(cell);
    });
  });

  test("has unstable writes of its own, which are none of the volume's", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", "......");
      await layers(0).takeSnapshot("s");
      await layers(0).makeClone("c", "s");
      const nfs = cell.nfs(1);
      const root = await rootOf(cell);
      const handles = [await found(nfs, root, "f"), await found(nfs, root, ".clones", "c", "f")];
      for (let round = 0; round < 3; round++) {
        for (const [at, file] of handles.entries()) {
          await writeUnstably(nfs, file, 2 * round + at, at === 0 ? "V" : "C");
        }
        // The first ones wait for the log to know of the session.
        await pass(cell, 100);
      }
      expect(cell.replica(1).status().sessions).toMatchObject([{ node: "n2" }]);
      for (const file of handles)
        expect((await cell.nfs(2).NFSPROC3_COMMIT({ file, offset: 0n, count: 0 })).status).toBe(0);
      expect(await a.readFile("/f", "utf8")).toBe("V.V.V.");
      expect(await a.readFile("/.clones/c/f", "utf8")).toBe(".C.C.C");
      expect(await a.readFile("/.snapshots/s/f", "utf8")).toBe("......");
      expect(cell.replica(0).status().epoch).toBe(0);
      await expectSame(cell);
    });
  });

  test("keeps its snapshot until it is dropped, and has snapshots of its own", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      const at = layers(0);
      await a.writeFile("/f", "1");
      await at.takeSnapshot("s");
      await at.makeClone("c", "s");
      await expect(at.dropSnapshot("s")).rejects.toMatchObject({ code: "LAYERS_IN_USE" });
      await a.writeFile("/.clones/c/f", "2");
      await at.takeSnapshot("of c", "c");
      await a.writeFile("/.clones/c/f", "3");
      expect(await a.readdir("/.clones/c/.snapshots")).toEqual(["of c"]);
      expect(await a.readdir("/.snapshots")).toEqual(["s"]);
      expect(await a.readFile("/.clones/c/.snapshots/of c/f", "utf8")).toBe("2");
      await expect(at.dropClone("c")).rejects.toMatchObject({ code: "LAYERS_IN_USE" });
      expect((await at.list()).snapshots.map(({ name, of }) => [name, of])).toEqual([
        ["s", undefined],
        ["of c", "c"],
      ]);
      await at.dropSnapshot("of c");
      await at.dropClone("c");
      await at.dropSnapshot("s");
      await expectSame(cell);
      expect(await layers(2).list()).toEqual({ snapshots: [], clones: [], isReclaiming: false });
      expect(await a.readFile("/f", "utf8")).toBe("1");
    });
  });

  test("content that was removed in it is taken away at all replicas alike", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await layers(0).takeSnapshot("s");
      await layers(0).makeClone("c", "s");
      await a.writeFile("/.clones/c/big", new Uint8Array(5_000_000).fill(3));
      await a.rm("/.clones/c/big");
      await expectSame(cell);
      await cell.replica(2).close();
      expect(contentOn(cell, 2)).toEqual([]);
    });
  });

  test("goes with the state to a replica that lost its disk", async () => {
    await inCell(
      async ({ cell, client, layers }) => {
        const a = await client(0);
        await a.writeFile("/f", new Uint8Array(100_000).fill(1));
        await layers(0).takeSnapshot("s");
        await a.writeFile("/f", "changed");
        await layers(0).makeClone("c", "s");
        await a.writeFile("/.clones/c/g", "cloned");
        cell.nodes[2]?.crash({ power: true });
        for (const file of cell.nodes[2]?.disk.files.keys() ?? []) cell.nodes[2]?.disk.files.delete(file);
        for (let i = 0; i < 30; i++) await a.writeFile(`/n${i}`, "x");
        await cell.start(2);
        await pass(cell, 2000);
        await cell.replica(0).reconfigure(cell.nodes.map(({ name }) => name));
        await expectSame(cell);
        const c = await client(2);
        expect((await c.readFile("/.snapshots/s/f")).length).toBe(100_000);
        expect(await c.readFile("/.clones/c/g", "utf8")).toBe("cloned");
      },
      { replica: { logLimits: { snapshotEntries: 20, keptEntries: 5 } } },
    );
  });
});

describe("a damaged record", () => {
  test("of a snapshot is read elsewhere, and given to nobody", async () => {
    await inCell(async ({ cell, client, layers }) => {
      const a = await client(0);
      await a.writeFile("/f", new Uint8Array(20_000).fill(1));
      await layers(0).takeSnapshot("s");
      await a.writeFile("/f", new Uint8Array(20_000).fill(2));
      await settled(cell);
      await cell.replica(0).close();
      cell.nodes[0]?.crash();
      const content = contentOn(cell, 0);
      for (const value of content) value[value.length - 1] = (value[value.length - 1] as number) ^ 1;
      expect(content.length).toBeGreaterThan(2);
      await cell.start(0);
      expect((await a.readFile("/.snapshots/s/f"))[9]).toBe(1);
      expect((await a.readFile("/f"))[9]).toBe(2);
    });
  });
});
