// Renaming and linking: what POSIX says of each case.
import { describe, expect, test } from "vitest";
import { ANN, BOB, bytes, ok, ROOT, reason, withCleanVolume } from "../../../test/volume/fixture.ts";

describe("rename", () => {
  test("moves a file between directories, and its change time alone", () =>
    withCleanVolume((t) => {
      const a = t.directory(t.root, "a");
      const b = t.directory(t.root, "b");
      const f = t.file(a, "f");
      const before = t.attributes(f);
      ok(t.rename(a, "f", b, "g"));
      expect(reason(t.lookup(a, "f"))).toBe("NOENT");
      expect(ok(t.lookup(b, "g")).handle).toEqual(f);
      const after = t.attributes(f);
      expect(after.modified).toEqual(before.modified);
      expect(after.changed).not.toEqual(before.changed);
      expect(t.attributes(a).changed).toEqual(after.changed);
      expect(t.attributes(b).modified).toEqual(after.changed);
    }));

  test("replaces a file, which is gone unless it has another name", () =>
    withCleanVolume((t) => {
      const old = t.file(t.root, "old");
      const kept = t.file(t.root, "kept");
      ok(t.link(kept, t.root, "other"));
      const f = t.file(t.root, "f");
      ok(t.rename(t.root, "f", t.root, "old"));
      expect(reason(t.volume.attributes(old))).toBe("STALE");
      ok(t.rename(t.root, "old", t.root, "kept"));
      expect(t.attributes(kept).links).toBe(1);
      expect(ok(t.lookup(t.root, "kept")).handle).toEqual(f);
      expect(t.names(t.root)).toEqual(["kept", "other"]);
    }));

  test("onto another name of the same file does nothing", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      ok(t.link(f, t.root, "g"));
      const before = t.attributes(f);
      ok(t.rename(t.root, "f", t.root, "g"));
      ok(t.rename(t.root, "f", t.root, "f"));
      expect(t.names(t.root)).toEqual(["f", "g"]);
      expect(t.attributes(f)).toEqual(before);
    }));

  test("takes a directory along with its .. and its parents' links", () =>
    withCleanVolume((t) => {
      const a = t.directory(t.root, "a");
      const b = t.directory(t.root, "b");
      const d = t.directory(a, "d");
      ok(t.rename(a, "d", b, "d"));
      expect(ok(t.volume.parent(d))).toEqual(b);
      expect([t.attributes(a).links, t.attributes(b).links]).toEqual([2, 3]);
      const e = t.directory(a, "e");
      ok(t.rename(b, "d", a, "e"));
      expect(reason(t.volume.attributes(e))).toBe("STALE");
      expect([t.attributes(a).links, t.attributes(b).links]).toEqual([3, 2]);
      const s = t.directory(a, "s");
      ok(t.rename(a, "e", a, "s"));
      expect(reason(t.volume.attributes(s))).toBe("STALE");
      expect(t.attributes(a).links).toBe(3);
    }));

  test("refuses what would make no sense", () =>
    withCleanVolume((t) => {
      const a = t.directory(t.root, "a");
      const b = t.directory(a, "b");
      const c = t.directory(b, "c");
      t.file(t.root, "f");
      expect(reason(t.rename(t.root, "a", c, "x"))).toBe("INVAL");
      expect(reason(t.rename(t.root, "a", a, "x"))).toBe("INVAL");
      expect(reason(t.rename(t.root, "f", t.root, "a"))).toBe("ISDIR");
      expect(reason(t.rename(t.root, "a", t.root, "f"))).toBe("NOTDIR");
      expect(reason(t.rename(b, "c", t.root, "a"))).toBe("NOTEMPTY");
      expect(reason(t.rename(t.root, "none", t.root, "x"))).toBe("NOENT");
      expect(reason(t.rename(t.root, "f", t.root, "y".repeat(256)))).toBe("NAMETOOLONG");
      expect(reason(t.rename(t.root, "f", t.root, "a/b"))).toBe("INVAL");
    }));

  test("needs the right to change both directories, and the moved one's ..", () =>
    withCleanVolume((t) => {
      const a = t.directory(t.root, "a", { mode: 0o777 });
      const b = t.directory(t.root, "b", { mode: 0o755 });
      t.file(a, "f", {}, ANN);
      expect(reason(t.rename(a, "f", b, "f", ANN))).toBe("ACCES");
      const c = t.directory(t.root, "c", { mode: 0o777 });
      t.directory(a, "d", { mode: 0o755 }, BOB);
      expect(reason(t.rename(a, "d", c, "d", ANN))).toBe("ACCES");
      ok(t.rename(a, "d", a, "e", ANN));
      ok(t.rename(a, "e", c, "e", BOB));
    }));
});

describe("link", () => {
  test("counts names, and the file lives while it has one", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, bytes("hello"));
      const linked = ok(t.link(f, t.root, "g"));
      expect(linked.links).toBe(2);
      ok(t.remove(t.root, "f"));
      expect(t.attributes(f).links).toBe(1);
      expect(t.read(f)).toEqual(bytes("hello"));
      ok(t.remove(t.root, "g"));
      expect(reason(t.volume.attributes(f))).toBe("STALE");
      expect(reason(t.link(f, t.root, "h"))).toBe("STALE");
    }));

  test("refuses directories, names that are taken, and more than the most links", () =>
    withCleanVolume(
      (t) => {
        const d = t.directory(t.root, "d");
        const f = t.file(t.root, "f");
        expect(reason(t.link(d, t.root, "e"))).toBe("PERM");
        expect(reason(t.link(f, t.root, "d"))).toBe("EXIST");
        expect(reason(t.link(f, f, "x"))).toBe("NOTDIR");
        const locked = t.directory(t.root, "locked", { mode: 0o755 });
        expect(reason(t.link(f, locked, "x", ANN))).toBe("ACCES");
      },
      { seed: 7 },
    ));

  test("every object but a directory can have several names", () =>
    withCleanVolume((t) => {
      const link = ok(t.create(t.root, "l", { type: "symlink", initial: {}, target: bytes("a/b") })).handle;
      ok(t.link(link, t.root, "m"));
      ok(t.remove(t.root, "l"));
      expect(ok(t.volume.readlink(t.as(ROOT), link))).toEqual(bytes("a/b"));
      ok(t.remove(t.root, "m"));
    }));
});
