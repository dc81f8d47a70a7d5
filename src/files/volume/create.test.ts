// Making objects of every type, in every way of RFC 1813.
import { describe, expect, test } from "vitest";
import { ANN, BOB, bytes, ok, pattern, ROOT, reason, withCleanVolume } from "../../../test/volume/fixture.ts";
import type { NewObject } from "./types.ts";

const verifier = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

describe("create", () => {
  test("guarded refuses a name that is there", () =>
    withCleanVolume((t) => {
      const object: NewObject = { type: "file", how: "guarded", initial: {} };
      ok(t.create(t.root, "f", object));
      expect(reason(t.create(t.root, "f", object))).toBe("EXIST");
    }));

  test("unchecked opens a file that is there, and cuts it when a size is given", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o640 }, ANN);
      t.write(f, 0, pattern(100));
      const open = (initial: object, who = ANN) =>
        t.create(t.root, "f", { type: "file", how: "unchecked", initial }, who);
      const same = ok(open({ mode: 0o777 }));
      expect(same).toMatchObject({ handle: f, mode: 0o640, size: 100 });
      expect(reason(open({ size: 0 }, BOB))).toBe("ACCES");
      expect(ok(open({ size: 0 }))).toMatchObject({ handle: f, size: 0 });
      t.directory(t.root, "d");
      expect(reason(t.create(t.root, "d", { type: "file", how: "unchecked", initial: {} }))).toBe("EXIST");
    }));

  test("exclusive gives the same file to the same verifier, all 8 bytes of it, until attributes are set", () =>
    withCleanVolume(async (t) => {
      const exclusive = (bytes8: Uint8Array, who = ANN) =>
        t.create(t.root, "f", { type: "file", how: "exclusive", verifier: bytes8 }, who);
      const made = ok(exclusive(verifier));
      expect(made).toMatchObject({ mode: 0o600, size: 0 });
      expect([made.accessed, made.modified]).toEqual([made.changed, made.changed]);
      expect(ok(exclusive(verifier.slice()))).toEqual(made);
      for (let i = 0; i < 8; i++) {
        const other = verifier.slice();
        other[i] = 0xff;
        expect(reason(exclusive(other))).toBe("EXIST");
      }
      await t.reopen();
      expect(ok(exclusive(verifier)).handle).toEqual(made.handle);
      t.write(made.handle, 0, bytes("x"), ANN);
      expect(ok(exclusive(verifier)).handle).toEqual(made.handle);
      ok(t.set(made.handle, { mode: 0o644 }, ANN));
      expect(reason(exclusive(verifier))).toBe("EXIST");
      expect(
        reason(t.create(t.root, "g", { type: "file", how: "exclusive", verifier: bytes("short") })),
      ).toBe("INVAL");
      t.directory(t.root, "d");
      expect(reason(t.create(t.root, "d", { type: "file", how: "exclusive", verifier }))).toBe("EXIST");
    }));

  test("initial attributes: size and times for all, owner and foreign groups for root alone", () =>
    withCleanVolume((t) => {
      const modified = { seconds: 7, nanoseconds: 8 };
      const initial = { mode: 0o6755, uid: 42, gid: 43, size: 9000, modified };
      const byRoot = ok(t.create(t.root, "r", { type: "file", how: "guarded", initial }));
      expect(byRoot).toMatchObject({ mode: 0o6755, uid: 42, gid: 43, size: 9000, used: 0, modified });
      expect(t.read(byRoot.handle)).toEqual(new Uint8Array(9000));
      const byAnn = ok(t.create(t.root, "a", { type: "file", how: "guarded", initial }, ANN));
      expect(byAnn).toMatchObject({ mode: 0o6755, uid: ANN.uid, gid: ANN.gid });
      const inGroup = { mode: 0o644, gid: 200 };
      const other = ok(t.create(t.root, "b", { type: "file", how: "guarded", initial: inGroup }, ANN));
      expect(other).toMatchObject({ gid: 200 });
      const huge = { size: 2 ** 50 };
      expect(reason(t.create(t.root, "c", { type: "file", how: "guarded", initial: huge }))).toBe("FBIG");
      expect(reason(t.lookup(t.root, "c"))).toBe("NOENT");
    }));

  test("symbolic links keep their bytes", () =>
    withCleanVolume(async (t) => {
      const target = Uint8Array.from([0xff, 0x2f, 0x0a]);
      const made = ok(t.create(t.root, "l", { type: "symlink", initial: {}, target }));
      expect(made).toMatchObject({ type: "symlink", size: 3, used: 0 });
      await t.reopen();
      expect(ok(t.volume.readlink(t.as(BOB), made.handle))).toEqual(target);
      expect(reason(t.volume.read(t.as(ROOT), made.handle, 0, 1))).toBe("INVAL");
      expect(reason(t.volume.readlink(t.as(ROOT), t.root))).toBe("INVAL");
      const longest = ok(t.create(t.root, "m", { type: "symlink", initial: {}, target: pattern(4096) }));
      expect(ok(t.volume.readlink(t.as(ROOT), longest.handle))).toEqual(pattern(4096));
      const over: NewObject = { type: "symlink", initial: {}, target: pattern(4097) };
      expect(reason(t.create(t.root, "n", over))).toBe("NAMETOOLONG");
      ok(t.remove(t.root, "l"));
    }));

  test("devices, fifos and sockets are metadata; devices are root's to make", () =>
    withCleanVolume(async (t) => {
      const device: NewObject = { type: "block", initial: { mode: 0o660 }, major: 8, minor: 4_000_000_000 };
      expect(reason(t.create(t.root, "sda", device, ANN))).toBe("PERM");
      const made = ok(t.create(t.root, "sda", device));
      const others = (["fifo", "socket"] as const).map((type) =>
        ok(t.create(t.root, type, { type, initial: {} }, ANN)),
      );
      const character = ok(
        t.create(t.root, "null", { type: "character", initial: { mode: 0o666 }, major: 1, minor: 3 }),
      );
      await t.reopen();
      expect(t.attributes(made.handle)).toMatchObject({ type: "block", major: 8, minor: 4_000_000_000 });
      expect(t.attributes(character.handle)).toMatchObject({ type: "character", major: 1, minor: 3 });
      for (const other of others) expect(t.attributes(other.handle)).toEqual(other);
      expect(reason(t.volume.read(t.as(ROOT), made.handle, 0, 1))).toBe("INVAL");
      expect(reason(t.volume.write(t.as(ROOT), made.handle, 0, bytes("x"), "file-sync"))).toBe("INVAL");
    }));

  test("inodes are counted, and numbers never used twice", () =>
    withCleanVolume((t) => {
      const used = () => {
        const { totalInodes, freeInodes } = t.volume.statistics();
        return totalInodes - freeInodes;
      };
      expect(used()).toBe(1);
      const seen = new Set<number>();
      for (let i = 0; i < 20; i++) {
        seen.add(t.file(t.root, "f").inode);
        ok(t.remove(t.root, "f"));
      }
      expect(seen.size).toBe(20);
      t.directory(t.root, "d");
      expect(used()).toBe(2);
    }));
});
