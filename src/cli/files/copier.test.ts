/** Copies between two trees in memory, which can fail where a test says. */
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { FilesError } from "../../files/index.ts";
import type { Digest } from "../../node/index.ts";
import { Copier, type CopierOptions } from "./copier.ts";
import { measureAll } from "./measure.ts";
import { BLOCK_BYTES, partName } from "./part-file.ts";
import type { Tree, TreeEntry, TreeFile, TreeStat } from "./tree.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const path = (name: string) => new Uint8Array(Buffer.from(name, "latin1"));

function newDigest(): Digest {
  const hash = createHash("sha256");
  return { update: (data) => void hash.update(data), hex: () => hash.digest("hex") };
}

interface Node {
  stat: TreeStat;
  content: Buffer;
  target: Uint8Array;
}

const epoch = { seconds: 1_700_000_000, nanoseconds: 0 };

class MemoryTree implements Tree {
  readonly nodes = new Map<string, Node>();
  readonly log: string[] = [];
  /** Called before each operation; throws to make it fail. */
  fault: (operation: string, path: string) => void = () => {};
  /** Changes what is written on its way. */
  damage: (data: Buffer, path: string) => void = () => {};

  add(name: string, stat: Partial<TreeStat>, content: Uint8Array | string = ""): void {
    const bytes = Buffer.from(content as string);
    const whole: TreeStat = {
      type: "file",
      mode: 0o644,
      size: bytes.length,
      accessed: epoch,
      modified: epoch,
      ...stat,
    };
    this.nodes.set(name, { stat: whole, content: bytes, target: new Uint8Array(0) });
  }

  #do(operation: string, at: Uint8Array): string {
    const name = text(at);
    this.log.push(`${operation} ${name}`);
    this.fault(operation, name);
    return name;
  }

  #node(name: string): Node {
    const node = this.nodes.get(name);
    if (node === undefined) throw new FilesError("FILES_NOENT", "open", name);
    return node;
  }

  async stat(at: Uint8Array): Promise<TreeStat | undefined> {
    return this.nodes.get(this.#do("stat", at))?.stat;
  }

  async *entries(at: Uint8Array): AsyncIterable<TreeEntry> {
    const name = this.#do("entries", at);
    const prefix = name.endsWith("/") ? name : `${name}/`;
    for (const [other, { stat }] of [...this.nodes]) {
      if (other.startsWith(prefix) && !other.slice(prefix.length).includes("/")) {
        yield { name: path(other.slice(prefix.length)), stat };
      }
    }
  }

  async openRead(at: Uint8Array): Promise<TreeFile> {
    return this.#file(this.#do("openRead", at));
  }

  async openWrite(at: Uint8Array, exists: boolean): Promise<TreeFile> {
    const name = this.#do("openWrite", at);
    expect(this.nodes.has(name)).toBe(exists);
    if (!exists) this.add(name, { mode: 0o600 });
    return this.#file(name);
  }

  #file(name: string): TreeFile {
    const node = this.#node(name);
    return {
      read: async (buffer, position) => {
        this.#do("read", path(name));
        return node.content.copy(buffer, 0, position, position + buffer.length);
      },
      write: async (data, position) => {
        this.#do("write", path(name));
        const copy = Buffer.from(data);
        this.damage(copy, name);
        const grown = Buffer.alloc(Math.max(node.content.length, position + copy.length));
        node.content.copy(grown);
        copy.copy(grown, position);
        node.content = grown;
        node.stat = { ...node.stat, size: grown.length };
      },
      stat: async () => node.stat,
      truncate: async (size) => {
        const cut = Buffer.alloc(size);
        node.content.copy(cut);
        node.content = cut;
        node.stat = { ...node.stat, size };
      },
      sync: async () => void this.#do("sync", path(name)),
      setAttributes: async ({ mode, modified, accessed }) => {
        node.stat = { ...node.stat, mode, modified, accessed };
      },
      close: async () => void this.#do("close", path(name)),
    };
  }

  async mkdir(at: Uint8Array, mode: number): Promise<void> {
    this.add(this.#do("mkdir", at), { type: "directory", mode });
  }

  async rename(from: Uint8Array, to: Uint8Array): Promise<void> {
    const name = this.#do("rename", from);
    this.nodes.set(text(to), this.#node(name));
    this.nodes.delete(name);
  }

  async remove(at: Uint8Array): Promise<void> {
    this.nodes.delete(this.#do("remove", at));
  }

  async readlink(at: Uint8Array): Promise<Uint8Array> {
    return this.#node(text(at)).target;
  }

  async symlink(target: Uint8Array, at: Uint8Array): Promise<void> {
    const name = this.#do("symlink", at);
    this.add(name, { type: "symlink", mode: 0o777 });
    this.#node(name).target = target;
  }

  async setAttributes(at: Uint8Array, stat: TreeStat): Promise<void> {
    const node = this.#node(this.#do("setAttributes", at));
    node.stat = { ...node.stat, mode: stat.mode, modified: stat.modified, accessed: stat.accessed };
  }

  /** What is there, without unfinished files. */
  shape(): Record<string, string> {
    const kept = [...this.nodes].filter(([name]) => name !== "/").sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      kept.map(([name, { stat, content, target }]) => [
        name,
        `${stat.type} ${stat.mode.toString(8)} ${stat.modified.seconds} ${content.length} ${newHash(content)} ${text(target)}`,
      ]),
    );
  }
}

function newHash(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 8);
}

let source: MemoryTree;
let target: MemoryTree;

function copier(options: Partial<CopierOptions> = {}): Copier {
  return new Copier({
    source,
    target,
    newDigest,
    jobs: 4,
    recursive: true,
    checksum: false,
    verify: true,
    onBytes: () => {},
    onFile: () => {},
    ...options,
  });
}

async function copy(options: Partial<CopierOptions> = {}) {
  const one = copier(options);
  await one.copy(path("/s"), path("/s"));
  return one.summary;
}

beforeEach(() => {
  source = new MemoryTree();
  target = new MemoryTree();
  target.add("/", { type: "directory" });
  source.add("/s", { type: "directory", mode: 0o555, modified: { seconds: 5, nanoseconds: 0 } });
  source.add("/s/a", { mode: 0o640, modified: { seconds: 1, nanoseconds: 0 } }, "content of a");
  source.add("/s/d", { type: "directory", mode: 0o700, modified: { seconds: 2, nanoseconds: 0 } });
  source.add("/s/d/\xff\xfe", {}, "name of no encoding");
  source.add("/s/d/empty", {});
  source.add("/s/link", { type: "symlink", mode: 0o777 });
  (source.nodes.get("/s/link") as Node).target = path("d/\xff");
});

describe("copying a tree", () => {
  test("makes the same tree: names, modes, times, links and contents", async () => {
    expect(await copy()).toMatchObject({ files: 3, directories: 2, symlinks: 1, failed: 0, bytes: 31 });
    expect(target.shape()).toEqual(source.shape());
  });

  test("a directory's mode and time come when everything in it is done", async () => {
    await copy();
    const of = (name: string) => target.log.lastIndexOf(name);
    expect(of("setAttributes /s")).toBe(target.log.length - 1);
    expect(of("setAttributes /s/d")).toBeGreaterThan(
      target.log.findLastIndex((line) => /rename \/s\/d\//.test(line)),
    );
  });

  test("a second run copies nothing, and a changed file alone is copied again", async () => {
    await copy();
    expect(await copy()).toMatchObject({ files: 0, symlinks: 0, unchanged: 4, bytes: 0 });
    source.add("/s/a", { modified: { seconds: 9, nanoseconds: 0 } }, "another text");
    expect(await copy()).toMatchObject({ files: 1, unchanged: 3, bytes: 12 });
    expect(target.shape()).toEqual(source.shape());
  });

  test("the same size and time are believed, unless --checksum says not to", async () => {
    await copy();
    (target.nodes.get("/s/a") as Node).content = Buffer.from("c0ntent of a");
    expect(await copy()).toMatchObject({ files: 0 });
    expect(await copy({ checksum: true })).toMatchObject({ files: 1, unchanged: 3 });
    expect(target.shape()).toEqual(source.shape());
  });

  test("the same content with another time is only given the time", async () => {
    await copy();
    source.add("/s/a", { modified: { seconds: 77, nanoseconds: 0 } }, "content of a");
    expect(await copy()).toMatchObject({ files: 0, unchanged: 4, bytes: 0 });
    expect(target.shape()).toEqual(source.shape());
  });

  test("never are more files open than jobs", async () => {
    for (let index = 0; index < 40; index++) source.add(`/s/many${index}`, {}, "x".repeat(index));
    let open = 0;
    let most = 0;
    target.fault = (operation) => {
      if (operation === "openWrite") most = Math.max(most, ++open);
      if (operation === "close") open--;
    };
    await copy({ jobs: 3 });
    expect(most).toBe(3);
  });

  test("what is of another type in the way is a failure of that file, and the rest is copied", async () => {
    target.add("/s", { type: "directory" });
    target.add("/s/a", { type: "directory" });
    target.add("/s/d", {}, "a file");
    const summary = await copy();
    expect(summary).toMatchObject({ failed: 2, symlinks: 1 });
    expect(summary.failures.map(({ code }) => code)).toEqual(["COPY_IN_THE_WAY", "COPY_IN_THE_WAY"]);
  });

  test("a full disk ends the copy at once", async () => {
    for (let index = 0; index < 100; index++) source.add(`/s/many${index}`, {}, "x");
    target.fault = (operation, name) => {
      if (operation === "write") throw new FilesError("FILES_NOSPC", "write", name);
    };
    await expect(copy({ jobs: 2 })).rejects.toMatchObject({ code: "FILES_NOSPC" });
    expect(target.log.filter((line) => line.startsWith("openWrite")).length).toBeLessThan(10);
  });

  test("devices, fifos and sockets are left out and counted", async () => {
    source.add("/s/fifo", { type: "other" });
    expect(await copy()).toMatchObject({ skipped: 1, failed: 0 });
  });

  test("a directory needs -r, and a source must be there", async () => {
    await expect(copy({ recursive: false })).rejects.toMatchObject({ code: "COPY_DIRECTORY" });
    source.nodes.clear();
    await expect(copy()).rejects.toMatchObject({ code: "COPY_NO_SOURCE" });
  });
});

describe("from end to end", () => {
  test("a block damaged on its way once is written again", async () => {
    let damaged = 0;
    target.damage = (data) => {
      if (damaged++ === 0) data[3] = (data[3] as number) ^ 1;
    };
    expect(await copy()).toMatchObject({ failed: 0, files: 3 });
    expect(target.shape()).toEqual(source.shape());
  });

  test("one that stays damaged fails, and nobody sees the file", async () => {
    target.damage = (data, name) => {
      if (name.startsWith("/s/.coterie-part-")) data[0] = (data[0] as number) ^ 1;
    };
    const summary = await copy();
    expect(summary.failures).toMatchObject([{ code: "COPY_DIFFERS", path: "/s/a" }]);
    expect(target.nodes.has("/s/a")).toBe(false);
  });

  test("chunks of zeros become holes, also at the end, and damage in one is mended", async () => {
    const mebibyte = 2 ** 20;
    const sparse = Buffer.alloc(BLOCK_BYTES + 3 * mebibyte);
    sparse[5 * mebibyte] = 1;
    for (const [name, content] of Object.entries({
      "/s/sparse": sparse,
      "/s/zeros": Buffer.alloc(BLOCK_BYTES),
    })) {
      source.add(name, {}, content);
    }
    const written = () => target.log.filter((line) => line.startsWith("write ")).length;
    expect(await copy()).toMatchObject({ failed: 0, files: 5 });
    expect(target.shape()).toEqual(source.shape());
    // One chunk of `sparse`, and the two files that are not empty.
    expect(written()).toBe(3);

    target = new MemoryTree();
    target.add("/", { type: "directory" });
    target.fault = (operation, name) => {
      const node = target.nodes.get(name);
      if (operation === "sync" && node?.content.length === BLOCK_BYTES && written() < 4) node.content[77] = 1;
    };
    expect(await copy()).toMatchObject({ failed: 0, files: 5 });
    expect(target.shape()).toEqual(source.shape());
    expect(written()).toBeGreaterThan(3);
  });

  test("without verification nothing is read back", async () => {
    await copy({ verify: false });
    expect(target.log.filter((line) => line.startsWith("read "))).toEqual([]);
  });

  test("a source that changes meanwhile is not put in its place", async () => {
    target.fault = (operation) => {
      const node = source.nodes.get("/s/a") as Node;
      if (operation === "sync") node.stat = { ...node.stat, modified: { seconds: 1234, nanoseconds: 0 } };
    };
    const summary = await copy({ jobs: 1 });
    expect(summary.failures).toMatchObject([{ code: "COPY_CHANGED", path: "/s/a" }]);
    expect(target.nodes.has("/s/a")).toBe(false);
  });
});

test("what there is to copy is added up, and given up when the copy is over first", async () => {
  source.add("/s/.coterie-part-0", {}, "an unfinished file of another copy");
  expect(await measureAll(source, [path("/s"), path("/s/a")], () => false)).toBe(31 + 12);
  expect(await measureAll(source, [path("/s")], () => true)).toBeUndefined();
  source.fault = () => {
    throw new FilesError("FILES_ACCES", "readdir", "/s");
  };
  expect(await measureAll(source, [path("/s")], () => false)).toBeUndefined();
});

describe("an interrupted copy", () => {
  const large = Buffer.alloc(BLOCK_BYTES * 3 + 1000, "0123456789ABCDEFG");
  const part = `/s/${text(partName(path("big"), newDigest))}`;

  async function interrupted(prepare: (node: Node) => void): Promise<number> {
    source.add("/s/big", {}, large);
    target.add("/s", { type: "directory" });
    target.add(part, { mode: 0o600 }, large.subarray(0, BLOCK_BYTES * 2 + 77));
    prepare(target.nodes.get(part) as Node);
    const { bytes, failed } = await copy();
    expect(failed).toBe(0);
    expect(target.shape()).toEqual(source.shape());
    return bytes - 31;
  }

  test("goes on after the blocks that are there", async () => {
    expect(await interrupted(() => {})).toBe(BLOCK_BYTES + 1000);
  });

  test("goes on before the first block that is damaged", async () => {
    expect(
      await interrupted((node) => {
        node.content[BLOCK_BYTES + 5] = 0;
      }),
    ).toBe(BLOCK_BYTES * 2 + 1000);
  });

  test("is not confused by an unfinished file that is longer than the source", async () => {
    expect(
      await interrupted((node) => {
        node.content = Buffer.concat([large, large]);
        node.stat = { ...node.stat, size: node.content.length };
      }),
    ).toBe(1000);
  });
});
