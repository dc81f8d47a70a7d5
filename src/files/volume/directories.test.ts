// Names: creating, looking up, listing, and what keeps a listing in its place.
import { describe, expect, test } from "vitest";
import {
  ANN,
  BOB,
  bytes,
  EVE,
  ok,
  ROOT,
  reason,
  textOf,
  withCleanVolume,
} from "../../../test/volume/fixture.ts";

describe("names", () => {
  test("a new object is found by its name, with its attributes", () =>
    withCleanVolume((t) => {
      const made = ok(t.create(t.root, "a", { type: "file", how: "guarded", initial: { mode: 0o640 } }, ANN));
      expect(made).toMatchObject({
        type: "file",
        mode: 0o640,
        uid: 1001,
        gid: 100,
        links: 1,
        size: 0,
        used: 0,
      });
      expect(made.changed).toEqual({ seconds: 1_800_000_000, nanoseconds: 1 });
      expect(ok(t.lookup(t.root, "a"))).toEqual(made);
      expect(reason(t.lookup(t.root, "b"))).toBe("NOENT");
    }));

  test("any bytes but / and NUL, 1 to 255 of them, are a name", () =>
    withCleanVolume((t) => {
      const file = { type: "file", how: "guarded", initial: {} } as const;
      const odd = Uint8Array.from([0xff, 0xfe, 0x0a, 0x80]);
      ok(t.volume.create(t.as(ROOT), t.root, odd, file));
      ok(t.create(t.root, "x".repeat(255), file));
      const listed = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))].map(({ name }) => [...name]);
      expect(listed[0]).toEqual([...odd]);
      expect(listed[1]).toHaveLength(255);
      expect(reason(t.create(t.root, "x".repeat(256), file))).toBe("NAMETOOLONG");
      expect(reason(t.lookup(t.root, "x".repeat(256)))).toBe("NAMETOOLONG");
      for (const name of ["", "a/b", "a\0b"]) expect(reason(t.create(t.root, name, file))).toBe("INVAL");
    }));

  test(". and .. are looked up, and neither created nor removed", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d");
      const e = t.directory(d, "e");
      expect(ok(t.lookup(e, ".")).handle).toEqual(e);
      expect(ok(t.lookup(e, "..")).handle).toEqual(d);
      expect(ok(t.lookup(t.root, "..")).handle).toEqual(t.root);
      expect(ok(t.volume.parent(e))).toEqual(d);
      expect(ok(t.volume.parent(t.root))).toEqual(t.root);
      for (const name of [".", ".."]) {
        expect(reason(t.create(d, name, { type: "directory", initial: {} }))).toBe("EXIST");
        expect(reason(t.remove(d, name))).toBe("INVAL");
        expect(reason(t.rmdir(d, name))).toBe("INVAL");
        expect(reason(t.rename(d, name, t.root, "x"))).toBe("INVAL");
        expect(reason(t.rename(d, "e", t.root, name))).toBe("INVAL");
        expect(reason(t.link(t.file(t.root, `f${name}`), d, name))).toBe("EXIST");
      }
    }));

  test("what is not a directory has no names", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      expect(reason(t.lookup(f, "a"))).toBe("NOTDIR");
      expect(reason(t.create(f, "a", { type: "fifo", initial: {} }))).toBe("NOTDIR");
      expect(reason(t.remove(f, "a"))).toBe("NOTDIR");
      expect(reason(t.volume.entries(t.as(ROOT), f, 0))).toBe("NOTDIR");
      expect(reason(t.volume.parent(f))).toBe("NOTDIR");
    }));

  test("searching needs x, listing r, and changing w and x", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d", { mode: 0o751 }, ANN);
      t.file(d, "f", {}, ANN);
      ok(t.lookup(d, "f", EVE));
      expect(reason(t.volume.entries(t.as(EVE), d, 0))).toBe("ACCES");
      ok(t.volume.entries(t.as(BOB), d, 0));
      expect(reason(t.create(d, "g", { type: "fifo", initial: {} }, BOB))).toBe("ACCES");
      expect(reason(t.remove(d, "f", BOB))).toBe("ACCES");
      ok(t.set(d, { mode: 0o770 }, ANN));
      ok(t.create(d, "g", { type: "fifo", initial: {} }, BOB));
      expect(reason(t.lookup(d, "f", EVE))).toBe("ACCES");
    }));
});

describe("listing", () => {
  test("gives every name once, in the order of cookies, from any cookie on", () =>
    withCleanVolume((t) => {
      const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
      for (const name of names) t.file(t.root, name);
      const all = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))];
      expect(all.map(({ name }) => textOf(name))).toEqual(names);
      expect(all.every(({ cookie }) => cookie > 2)).toBe(true);
      for (const [i, { cookie }] of all.entries()) {
        const rest = [...ok(t.volume.entries(t.as(ROOT), t.root, cookie))];
        expect(rest.map(({ name }) => textOf(name))).toEqual(names.slice(i + 1));
      }
      for (const { name, handle } of all) {
        expect(ok(t.volume.lookup(t.as(ROOT), t.root, name)).handle).toEqual(handle);
      }
    }));

  test("a cookie stays good when its entry, and others, are removed and added", () =>
    withCleanVolume((t) => {
      for (const name of ["a", "b", "c", "d"]) t.file(t.root, name);
      const cookies = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))].map(({ cookie }) => cookie);
      ok(t.remove(t.root, "b"));
      ok(t.remove(t.root, "a"));
      t.file(t.root, "e");
      const rest = [...ok(t.volume.entries(t.as(ROOT), t.root, cookies[1] as number))];
      expect(rest.map(({ name }) => textOf(name))).toEqual(["c", "d", "e"]);
    }));

  test("a cookie that was never given is refused", () =>
    withCleanVolume((t) => {
      t.file(t.root, "a");
      for (const cookie of [4, 1e9, -1, 0.5, 2 ** 60]) {
        expect(reason(t.volume.entries(t.as(ROOT), t.root, cookie))).toBe("BAD_COOKIE");
      }
      for (const cookie of [0, 1, 2]) {
        expect([...ok(t.volume.entries(t.as(ROOT), t.root, cookie))]).toHaveLength(1);
      }
    }));

  test("an entry that is replaced keeps its cookie, a renamed one gets another", () =>
    withCleanVolume((t) => {
      for (const name of ["a", "b", "c"]) t.file(t.root, name);
      const before = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))];
      ok(t.rename(t.root, "c", t.root, "a"));
      const after = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))];
      expect(after.map(({ name }) => textOf(name))).toEqual(["a", "b"]);
      expect(after[0]?.cookie).toBe(before[0]?.cookie);
      expect(after[0]?.handle).toEqual(before[2]?.handle);
      ok(t.rename(t.root, "a", t.root, "z"));
      const last = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))].at(-1);
      expect(textOf(last?.name as Uint8Array)).toBe("z");
      expect(last?.cookie).toBe((before[2]?.cookie as number) + 1);
    }));

  test("cookies go on from where they were after a restart", () =>
    withCleanVolume(async (t) => {
      t.file(t.root, "a");
      t.file(t.root, "b");
      const [, second] = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))];
      ok(t.remove(t.root, "b"));
      await t.reopen();
      t.file(t.root, "c");
      const [, third] = [...ok(t.volume.entries(t.as(ROOT), t.root, 0))];
      expect(third?.cookie).toBeGreaterThan(second?.cookie as number);
    }));
});

describe("directories", () => {
  test("count their links, entries and size", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d");
      expect(t.attributes(d).links).toBe(2);
      const empty = t.attributes(d).size;
      t.directory(d, "e");
      t.directory(d, "f");
      t.file(d, "g");
      expect(t.attributes(d).links).toBe(4);
      expect(t.attributes(d).size).toBeGreaterThan(empty);
      ok(t.rmdir(d, "e"));
      expect(t.attributes(d).links).toBe(3);
      expect(t.attributes(t.root).links).toBe(3);
    }));

  test("change their times with their names", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d");
      const before = t.attributes(d);
      const made = ok(t.create(d, "f", { type: "fifo", initial: {} }));
      const after = t.attributes(d);
      expect(after.modified).toEqual(made.changed);
      expect(after.changed).toEqual(made.changed);
      expect(after.accessed).toEqual(before.accessed);
    }));

  test("a set-group-ID directory gives its group, and directories in it the bit", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d", { mode: 0o2777, uid: 0, gid: 700 });
      const f = ok(t.create(d, "f", { type: "fifo", initial: { mode: 0o644 } }, ANN));
      const e = ok(t.create(d, "e", { type: "directory", initial: { mode: 0o755 } }, ANN));
      expect([f.gid, f.mode]).toEqual([700, 0o644]);
      expect([e.gid, e.mode]).toEqual([700, 0o2755]);
    }));

  test("only empty ones are removed, and only by rmdir", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d");
      t.file(d, "f");
      expect(reason(t.remove(t.root, "d"))).toBe("ISDIR");
      expect(reason(t.rmdir(t.root, "d"))).toBe("NOTEMPTY");
      expect(reason(t.rmdir(d, "f"))).toBe("NOTDIR");
      ok(t.remove(d, "f"));
      ok(t.rmdir(t.root, "d"));
      expect(reason(t.volume.attributes(d))).toBe("STALE");
      expect(reason(t.create(d, "g", { type: "fifo", initial: {} }))).toBe("STALE");
      expect(reason(t.rmdir(t.root, "d"))).toBe("NOENT");
    }));

  test("the sticky bit keeps others from removing and renaming", () =>
    withCleanVolume((t) => {
      expect(t.attributes(t.root).mode).toBe(0o1777);
      t.file(t.root, "f", {}, ANN);
      t.file(t.root, "g", {}, BOB);
      expect(reason(t.remove(t.root, "f", BOB))).toBe("ACCES");
      expect(reason(t.rename(t.root, "f", t.root, "x", BOB))).toBe("ACCES");
      expect(reason(t.rename(t.root, "g", t.root, "f", BOB))).toBe("ACCES");
      ok(t.rename(t.root, "f", t.root, "x", ANN));
      ok(t.remove(t.root, "x", ANN));
    }));
});

describe("a file that is gone", () => {
  test("is stale for ever, whatever is made after it", () =>
    withCleanVolume(async (t) => {
      const gone = t.file(t.root, "f");
      ok(t.remove(t.root, "f"));
      const again = t.file(t.root, "f");
      expect(again).not.toEqual(gone);
      await t.reopen();
      for (let i = 0; i < 50; i++) t.file(t.root, `g${i}`);
      expect(reason(t.volume.attributes(gone))).toBe("STALE");
      expect(reason(t.volume.read(t.as(ROOT), gone, 0, 1))).toBe("STALE");
      ok(t.volume.attributes(again));
      const forged = { inode: again.inode, generation: (again.generation + 1) >>> 0 };
      expect(reason(t.volume.attributes(forged))).toBe("STALE");
      for (const inode of [0, -1, 2 ** 48, 2 ** 60, Number.NaN]) {
        expect(reason(t.volume.attributes({ inode, generation: 0 }))).toBe("STALE");
      }
    }));

  test("bytes of names are compared as bytes", () =>
    withCleanVolume((t) => {
      t.file(t.root, "A");
      expect(reason(t.lookup(t.root, "a"))).toBe("NOENT");
      expect(ok(t.volume.lookup(t.as(ROOT), t.root, bytes("A"))).type).toBe("file");
    }));
});
