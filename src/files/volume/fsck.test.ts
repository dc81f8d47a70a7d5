// fsck finds what is wrong, names it, and changes nothing; the volume never gives wrong bytes for damaged ones.

import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type Bench,
  bytes,
  ok,
  pattern,
  ROOT,
  reason,
  SMALL,
  textOf,
  withCleanVolume,
  withVolume,
} from "../../../test/volume/fixture.ts";
import type { Change, Entry, Store } from "../../world/index.ts";
import { ChunkFormat } from "./chunk-format.ts";
import { fsck } from "./fsck.ts";
import { Inode } from "./inode.ts";
import { COUNTERS_KEY, chunkKey, entryKey, Kind, listingKey, numberKey, readNumber } from "./keys.ts";
import { decodeCounters, decodeEntry, decodeInode, RecordWriter } from "./records.ts";
import { Fault, type Handle } from "./types.ts";

const CHUNK = 4096;
const FORMAT = new ChunkFormat(crc32, CHUNK);
const NOW = { seconds: 1, nanoseconds: 2 };

interface Sample {
  readonly directory: Handle;
  readonly file: Handle;
  readonly sparse: Handle;
  readonly link: Handle;
  readonly device: Handle;
}

/** Something of everything. */
function populate(t: Bench): Sample {
  const directory = t.directory(t.root, "dir");
  const file = t.file(directory, "file");
  t.write(file, 0, pattern(2 * CHUNK + 10));
  ok(t.link(file, t.root, "hard"));
  const sparse = t.file(t.root, "sparse");
  t.write(sparse, 5 * CHUNK, pattern(10, 2));
  const link = ok(
    t.create(t.root, "link", { type: "symlink", initial: {}, target: bytes("dir/file") }),
  ).handle;
  const device = ok(t.create(t.root, "dev", { type: "block", initial: {}, major: 1, minor: 2 })).handle;
  return { directory, file, sparse, link, device };
}

function allEntries(store: Store): Entry[] {
  return [...store.range({})].map(({ key, value }) => ({ key: key.slice(), value: value.slice() }));
}

/** The entries of the closed volume. */
async function snapshot(t: Bench): Promise<Entry[]> {
  let entries: Entry[] = [];
  await t.tamper((store) => {
    entries = allEntries(store);
  });
  return entries;
}

function put(store: Store, ...changes: Change[]): void {
  store.apply(changes);
}

/** Changes an inode's record into another intact one. */
function editInode(store: Store, handle: Handle, edit: (inode: Inode) => void): void {
  const value = store.get(numberKey(Kind.inode, handle.inode)) as Uint8Array;
  const inode = decodeInode(handle.inode, value) as Inode;
  edit(inode);
  put(store, new RecordWriter(crc32).inode(inode));
}

describe("fsck", () => {
  test("finds nothing in a sound volume, and counts what is there", () =>
    withVolume(async (t) => {
      populate(t);
      await t.volume.close();
      const report = await fsck(t.world, "main");
      expect(report.findings).toEqual([]);
      expect(report.counts).toEqual({
        inodes: 6,
        directories: 2,
        files: 2,
        entries: 6,
        chunks: 4,
        contentBytes: 2 * CHUNK + 20,
      });
      expect(report.volume).toBe(Buffer.from(t.volume.id).toString("hex"));
    }, SMALL));

  test("finds nothing wrong with what waits to be reaped", () =>
    withVolume(async (t) => {
      const f = t.file(t.root, "f");
      const g = t.file(t.root, "g");
      t.write(f, 0, pattern(20 * CHUNK));
      t.write(g, 0, pattern(20 * CHUNK));
      await t.settle();
      ok(t.remove(t.root, "f"));
      ok(t.set(g, { size: CHUNK }));
      expect(t.volume.isReaped).toBe(false);
      expect(await t.findings()).toEqual([]);
      const kinds = (await snapshot(t)).map(({ key }) => key[0]);
      expect(kinds.filter((kind) => kind === Kind.orphan)).toHaveLength(2);
    }, SMALL));

  const wrongs: readonly [string, string, (store: Store, s: Sample, t: Bench) => void][] = [
    ["a link count", "links", (store, s) => editInode(store, s.file, (inode) => inode.links++)],
    [
      "a directory's link count",
      "links",
      (store, s) => editInode(store, s.directory, (inode) => inode.links--),
    ],
    [
      "a count of entries",
      "entries",
      (store, s) => editInode(store, s.directory, (inode) => inode.entries++),
    ],
    [
      "a parent",
      "parent",
      (store, s) => editInode(store, s.directory, (i) => (i.parent = s.directory.inode)),
    ],
    [
      "a cookie that was not given",
      "entries",
      (store, s) => editInode(store, s.directory, (i) => (i.nextCookie = 3)),
    ],
    ["a count of chunks", "content", (store, s) => editInode(store, s.file, (inode) => inode.storedChunks++)],
    ["a size", "content", (store, s) => editInode(store, s.file, (inode) => (inode.storedSize = 100))],
    [
      "no content",
      "content",
      (store, s) => put(store, { key: chunkKey(s.sparse.inode, 5), value: undefined }),
    ],
    [
      "a lost chunk",
      "content",
      (store, s) => put(store, { key: chunkKey(s.file.inode, 1), value: undefined }),
    ],
    [
      "dead chunks without a record",
      "orphan",
      (store, s) => editInode(store, s.file, (i) => (i.deadFrom = 9)),
    ],
    [
      "a record without dead chunks",
      "orphan",
      (store, s) => put(store, new RecordWriter(crc32).orphan(s.file.inode, "truncated")),
    ],
    [
      "a living file to be removed",
      "orphan",
      (store, s) => put(store, new RecordWriter(crc32).orphan(s.file.inode, "removed")),
    ],
    [
      "a lost inode",
      "dangling",
      (store, s) => put(store, { key: numberKey(Kind.inode, s.file.inode), value: undefined }),
    ],
    [
      "another generation",
      "dangling",
      (store, s) => {
        const other = new Inode({ inode: s.device.inode, generation: 1 }, "fifo", NOW);
        other.links = 1;
        put(store, new RecordWriter(crc32).inode(other));
      },
    ],
    [
      "a lost name",
      "listing",
      (store, s) => put(store, { key: entryKey(s.directory.inode, bytes("file")), value: undefined }),
    ],
    [
      "a lost listing",
      "listing",
      (store, s) => put(store, { key: listingKey(s.directory.inode, 3), value: undefined }),
    ],
    [
      "a listing of another",
      "listing",
      (store, s) =>
        put(store, new RecordWriter(crc32).listing(s.directory.inode, 3, s.device, bytes("file"))),
    ],
    [
      "a nameless file",
      "unreachable",
      (store, s, t) => {
        put(store, { key: entryKey(t.root.inode, bytes("sparse")), value: undefined });
        expect(s.sparse.inode).toBeGreaterThan(0);
      },
    ],
    [
      "a nameless directory",
      "unreachable",
      (store, _s, t) => put(store, { key: entryKey(t.root.inode, bytes("dir")), value: undefined }),
    ],
    [
      "a lost target",
      "target",
      (store, s) => put(store, { key: numberKey(Kind.target, s.link.inode), value: undefined }),
    ],
    [
      "another target",
      "target",
      (store, s) => put(store, new RecordWriter(crc32).target(s.link.inode, bytes("x"))),
    ],
    ["a target of nothing", "stray", (store) => put(store, new RecordWriter(crc32).target(999, bytes("x")))],
    [
      "names in nothing",
      "stray",
      (store, s) => put(store, new RecordWriter(crc32).entry(999, bytes("x"), s.file, 3)),
    ],
    [
      "content of nothing",
      "stray",
      (store) => {
        const key = chunkKey(999, 0);
        const value = pattern(40);
        FORMAT.seal(key, value, 0);
        put(store, { key, value });
      },
    ],
    ["an unknown key", "stray", (store) => put(store, { key: Uint8Array.of(0x77), value: bytes("?") })],
    [
      "the count of inodes",
      "counters",
      (store) => put(store, new RecordWriter(crc32).counters({ nextInode: 100, inodes: 1 })),
    ],
    [
      "the next inode",
      "counters",
      (store) => put(store, new RecordWriter(crc32).counters({ nextInode: 3, inodes: 6 })),
    ],
    ["no counters", "damaged", (store) => put(store, { key: COUNTERS_KEY, value: undefined })],
    [
      "a name that nobody may use",
      "entries",
      (store, s) =>
        put(
          store,
          new RecordWriter(crc32).entry(s.directory.inode, bytes("a/b"), s.file, 3),
          new RecordWriter(crc32).listing(s.directory.inode, 3, s.file, bytes("a/b")),
        ),
    ],
    [
      "a content too large for a chunk",
      "damaged",
      (store, s) => {
        const key = chunkKey(s.file.inode, 0);
        const value = pattern(FORMAT.largestBytes + 1);
        FORMAT.seal(key, value, 0);
        put(store, { key, value });
      },
    ],
    [
      "the root",
      "dangling",
      (store, _s, t) => put(store, { key: numberKey(Kind.inode, t.root.inode), value: undefined }),
    ],
  ];
  test.each(wrongs)("names what is wrong: %s", (_, kind, harm) =>
    withVolume(async (t) => {
      const sample = populate(t);
      await t.volume.close();
      await t.tamper((store) => harm(store, sample, t));
      const { findings } = await fsck(t.world, "main");
      expect(findings.map((finding) => finding.kind)).toContain(kind);
    }, SMALL),
  );

  test("sees directories that hold each other and hang from nothing", () =>
    withVolume(async (t) => {
      const a = t.directory(t.root, "a");
      const b = t.directory(a, "b");
      await t.volume.close();
      await t.tamper((store) => {
        const writer = new RecordWriter(crc32);
        const old = decodeEntry(store.get(entryKey(t.root.inode, bytes("a"))) as Uint8Array);
        put(
          store,
          { key: entryKey(t.root.inode, bytes("a")), value: undefined },
          { key: listingKey(t.root.inode, old?.cookie as number), value: undefined },
          writer.entry(b.inode, bytes("loop"), a, 3),
          writer.listing(b.inode, 3, a, bytes("loop")),
        );
        editInode(store, t.root, (inode) => {
          inode.entries--;
          inode.links--;
        });
        editInode(store, a, (inode) => (inode.parent = b.inode));
        editInode(store, b, (inode) => {
          inode.entries = 1;
          inode.links = 3;
          inode.nextCookie = 4;
        });
      });
      const { findings } = await fsck(t.world, "main");
      expect(findings.map(({ kind, inode }) => [kind, inode])).toEqual([
        ["unreachable", a.inode],
        ["unreachable", b.inode],
      ]);
    }, SMALL));

  test("says where, as far as that is known", () =>
    withVolume(async (t) => {
      const { file, directory } = populate(t);
      await t.volume.close();
      await t.tamper((store) => {
        const key = chunkKey(file.inode, 1);
        const value = (store.get(key) as Uint8Array).slice();
        value[100] = (value[100] as number) ^ 1;
        put(store, { key, value });
        const name = entryKey(directory.inode, bytes("file"));
        const entry = (store.get(name) as Uint8Array).slice();
        entry[3] = (entry[3] as number) ^ 0x80;
        put(store, { key: name, value: entry });
      });
      const { findings } = await fsck(t.world, "main");
      expect(findings).toContainEqual({ kind: "damaged", inode: file.inode, chunk: 1, detail: "content" });
      expect(findings).toContainEqual({
        kind: "damaged",
        inode: directory.inode,
        path: "/dir/file",
        detail: "directory entry",
      });
    }, SMALL));

  test("changes nothing, keeps to its bound of findings, and can leave content out", () =>
    withVolume(async (t) => {
      const { file } = populate(t);
      await t.volume.close();
      await t.tamper((store) => {
        for (let i = 0; i < 20; i++) put(store, { key: Uint8Array.of(0x77, i), value: bytes("?") });
        editInode(store, file, (inode) => inode.storedChunks++);
      });
      const before = await snapshot(t);
      const bounded = await fsck(t.world, "main", { maxFindings: 5 });
      expect([bounded.findings.length, bounded.omitted]).toEqual([5, 16]);
      const quick = await fsck(t.world, "main", { content: false });
      expect(quick.findings).toHaveLength(20);
      expect(await snapshot(t)).toEqual(before);
    }, SMALL));

  test("reports its progress and stops when told to", () =>
    withVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        t.write(f, 0, pattern(300 * CHUNK));
        await t.volume.close();
        let calls = 0;
        await fsck(t.world, "main", { onProgress: () => calls++ });
        expect(calls).toBeGreaterThan(2);
        const controller = new AbortController();
        const stopped = fsck(t.world, "main", {
          signal: controller.signal,
          onProgress: () => controller.abort(new Error("enough")),
        });
        await expect(stopped).rejects.toThrow("enough");
        expect((await fsck(t.world, "main")).findings).toEqual([]);
      },
      { chunkBytes: CHUNK },
    ));
});

/** Everything that a client can see, where faults stand for themselves. */
function see(t: Bench, sample: Sample): Record<string, unknown> {
  const seen: Record<string, unknown> = {};
  const note = (what: string, value: unknown) => {
    seen[what] = value instanceof Fault ? value.reason : value;
  };
  for (const [name, handle] of Object.entries({ root: t.root, ...sample })) {
    note(`attributes ${name}`, t.volume.attributes(handle));
  }
  for (const handle of [sample.file, sample.sparse]) {
    for (let at = 0; at < 6; at++) {
      note(`read ${handle.inode} ${at}`, t.volume.read(t.as(ROOT), handle, at * CHUNK, CHUNK));
    }
  }
  note("readlink", t.volume.readlink(t.as(ROOT), sample.link));
  for (const [directory, name] of [
    [t.root, "dir"],
    [sample.directory, "file"],
    [t.root, "hard"],
    [t.root, "link"],
    [t.root, "dev"],
    [t.root, "sparse"],
  ] as const) {
    note(`lookup ${name}`, t.lookup(directory, name));
  }
  for (const directory of [t.root, sample.directory]) {
    try {
      note(
        `list ${directory.inode}`,
        t.names(directory).map((name) => name),
      );
    } catch {
      note(`list ${directory.inode}`, "IO");
    }
  }
  return seen;
}

describe("damage", () => {
  test("of any record is IO or harmless, never something else, and fsck finds it", { timeout: 60_000 }, () =>
    withVolume(async (t) => {
      const sample = populate(t);
      await t.settle();
      const right = see(t, sample);
      await t.volume.close();
      const entries = await snapshot(t);
      let harmed = 0;
      for (const { key, value } of entries) {
        if (key[0] === Kind.superblock) continue;
        const steps = Math.max(1, Math.floor(value.length / 12));
        for (let at = 0; at < value.length; at += steps) {
          const wrong = value.slice();
          wrong[at] = (wrong[at] as number) ^ (1 << (at % 8));
          await t.tamper((store) => put(store, { key, value: wrong }));
          const { findings } = await fsck(t.world, "main");
          expect(findings.map(({ kind }) => kind)).toContain("damaged");
          if (key[0] === Kind.counters) {
            await expect(t.open()).rejects.toMatchObject({ code: "VOLUME_DAMAGED" });
            continue;
          }
          await t.open();
          for (const [what, found] of Object.entries(see(t, sample))) {
            if (found === "IO") harmed++;
            else if (JSON.stringify(found) !== JSON.stringify(right[what])) {
              throw new Error(`byte ${at} of ${textOf(key)}: ${what} is ${JSON.stringify(found)}`);
            }
          }
          await t.volume.close();
        }
        await t.tamper((store) => put(store, { key, value }));
      }
      expect(harmed).toBeGreaterThan(100);
      expect((await fsck(t.world, "main")).findings).toEqual([]);
    }, SMALL),
  );

  test("of a record in another's place is found", () =>
    withVolume(async (t) => {
      const { file, sparse } = populate(t);
      await t.volume.close();
      await t.tamper((store) => {
        const value = store.get(chunkKey(file.inode, 0)) as Uint8Array;
        put(store, { key: chunkKey(file.inode, 1), value });
        put(store, { key: chunkKey(sparse.inode, 5), value });
      });
      await t.open();
      expect(t.read(file, 0, CHUNK)).toEqual(pattern(2 * CHUNK + 10).subarray(0, CHUNK));
      expect(reason(t.volume.read(t.as(ROOT), file, CHUNK, 1))).toBe("IO");
      expect(reason(t.volume.read(t.as(ROOT), sparse, 5 * CHUNK, 1))).toBe("IO");
      expect(reason(t.volume.read(t.as(ROOT), file, 0, 3 * CHUNK))).toBe("IO");
    }, SMALL));

  test("of one chunk leaves the others, is logged once with its name, and is healed by writing it whole", () =>
    withCleanVolume(async (t) => {
      const { file } = populate(t);
      await t.volume.close();
      await t.tamper((store) => {
        const key = chunkKey(file.inode, 1);
        const value = (store.get(key) as Uint8Array).slice(0, 50);
        put(store, { key, value });
      });
      await t.open();
      for (let i = 0; i < 3; i++) expect(reason(t.volume.read(t.as(ROOT), file, CHUNK, 1))).toBe("IO");
      const lines = t.lines.filter(({ level }) => level === "error");
      expect(lines).toEqual([
        { level: "error", event: "volume.damaged", fields: { record: "chunk", inode: file.inode, chunk: 1 } },
      ]);
      expect(t.read(file, 2 * CHUNK)).toEqual(pattern(2 * CHUNK + 10).subarray(2 * CHUNK));
      const part = bytes("part");
      for (const how of ["file-sync", "unstable"] as const) {
        expect(reason(t.volume.write(t.as(ROOT), file, CHUNK + 1, part, how))).toBe("IO");
        expect(reason(t.volume.write(t.as(ROOT), file, 2 * CHUNK - 2, part, how))).toBe("IO");
      }
      expect(reason(t.set(file, { size: CHUNK + 5 }))).toBe("IO");
      t.write(file, CHUNK, pattern(CHUNK, 9));
      expect(t.read(file, CHUNK, CHUNK)).toEqual(pattern(CHUNK, 9));
    }, SMALL));

  test("a chunk that is missing where there must be one is damage, not zeros", () =>
    withVolume(async (t) => {
      const { file } = populate(t);
      await t.volume.close();
      await t.tamper((store) => put(store, { key: chunkKey(file.inode, 1), value: undefined }));
      await t.open();
      expect(reason(t.volume.read(t.as(ROOT), file, CHUNK, 1))).toBe("IO");
    }, SMALL));

  test("of the orphan queue is logged, and the reaper goes on with the rest", () =>
    withVolume(async (t) => {
      const files = ["a", "b"].map((name) => t.file(t.root, name));
      for (const f of files) t.write(f, 0, pattern(20 * CHUNK));
      await t.settle();
      for (const name of ["a", "b"]) ok(t.remove(t.root, name));
      await t.volume.close();
      await t.tamper((store) => {
        put(store, { key: numberKey(Kind.orphan, files[0]?.inode as number), value: bytes("wrong") });
      });
      await t.open();
      await t.reaped();
      expect(t.lines.map(({ fields }) => fields.record)).toContain("orphan");
      await t.volume.close();
      const left = (await snapshot(t)).filter(({ key }) => key[0] === Kind.chunk);
      expect(new Set(left.map(({ key }) => readNumber(key, 1)))).toEqual(new Set([files[0]?.inode]));
    }, SMALL));

  test("the counters are whole after everything", () =>
    withVolume(async (t) => {
      populate(t);
      await t.volume.close();
      const counters = (await snapshot(t)).find(({ key }) => key[0] === Kind.counters);
      expect(decodeCounters(counters?.value as Uint8Array)).toEqual({ nextInode: 7, inodes: 6 });
    }));
});
