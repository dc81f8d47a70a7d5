// Attributes: who may change which, and what changes with them.
import { describe, expect, test } from "vitest";
import {
  ANN,
  BOB,
  bytes,
  EVE,
  ok,
  pattern,
  ROOT,
  reason,
  withCleanVolume,
} from "../../../test/volume/fixture.ts";
import { Access } from "./types.ts";

const AT = { seconds: -5, nanoseconds: 999_999_999 };

describe("setAttributes", () => {
  test("the owner changes mode and times, to the nanosecond and before 1970", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f", {}, ANN);
      const set = ok(t.set(f, { mode: 0o4711, accessed: AT, modified: { seconds: 3, nanoseconds: 1 } }, ANN));
      expect(set).toMatchObject({ mode: 0o4711, accessed: AT, modified: { seconds: 3, nanoseconds: 1 } });
      const { changed } = set;
      expect(changed.seconds).toBe(1_800_000_000);
      await t.reopen();
      expect(t.attributes(f)).toEqual(set);
    }));

  test("nobody else does, but who may write may set the times to now", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o664 }, ANN);
      expect(reason(t.set(f, { mode: 0o777 }, BOB))).toBe("PERM");
      expect(reason(t.set(f, { accessed: AT }, BOB))).toBe("PERM");
      expect(reason(t.set(f, { modified: "now" }, EVE))).toBe("ACCES");
      const set = ok(t.set(f, { accessed: "now", modified: "now" }, BOB));
      expect(set.modified).toEqual(set.changed);
      expect(set.accessed).toEqual(set.changed);
    }));

  test("only root gives files away; owners choose among their groups", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", {}, ANN);
      expect(reason(t.set(f, { uid: BOB.uid }, ANN))).toBe("PERM");
      ok(t.set(f, { uid: ANN.uid }, ANN));
      expect(ok(t.set(f, { gid: 200 }, ANN)).gid).toBe(200);
      expect(reason(t.set(f, { gid: 999 }, ANN))).toBe("PERM");
      expect(reason(t.set(f, { gid: 100 }, BOB))).toBe("PERM");
      expect(ok(t.set(f, { uid: BOB.uid, gid: 999 }, ROOT))).toMatchObject({ uid: BOB.uid, gid: 999 });
    }));

  test("giving a file away, or writing it, takes its privileges", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o6775 }, ANN);
      expect(t.attributes(f).mode).toBe(0o6775);
      expect(ok(t.set(f, { gid: 200 }, ANN)).mode).toBe(0o775);
      ok(t.set(f, { mode: 0o6775 }, ANN));
      expect(t.write(f, 0, bytes("x"), ANN).mode).toBe(0o775);
      ok(t.set(f, { mode: 0o6775 }, ANN));
      expect(t.writeUnstable(f, 0, bytes("x"), ANN).mode).toBe(0o775);
      ok(t.set(f, { mode: 0o6775 }, ANN));
      expect(ok(t.set(f, { size: 0 }, ANN)).mode).toBe(0o775);
      ok(t.set(f, { mode: 0o6775 }, ANN));
      expect(t.write(f, 0, bytes("x"), ROOT).mode).toBe(0o6775);
      expect(ok(t.set(f, { uid: 5 }, ROOT)).mode).toBe(0o775);
      expect(ok(t.set(f, { uid: 6, mode: 0o4755 }, ROOT)).mode).toBe(0o4755);
      // Set-group-ID without group execution means locking, not privilege: it stays.
      ok(t.set(f, { mode: 0o2644 }, ROOT));
      expect(ok(t.set(f, { uid: 5 }, ROOT)).mode).toBe(0o2644);
    }));

  test("set-group-ID for a group that is not one's own is dropped", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { uid: ANN.uid, gid: 999 });
      expect(ok(t.set(f, { mode: 0o2755 }, ANN)).mode).toBe(0o755);
    }));

  test("the guard lets a change through only if nothing else changed", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const { changed } = t.attributes(f);
      const set = (guard: typeof changed) => t.volume.setAttributes(t.as(ROOT), f, { mode: 0o600 }, guard);
      expect(reason(set({ ...changed, nanoseconds: changed.nanoseconds + 1 }))).toBe("NOT_SYNC");
      expect(ok(set({ ...changed })).mode).toBe(0o600);
      expect(reason(set(changed))).toBe("NOT_SYNC");
    }));

  test("nothing to change changes nothing", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const before = t.attributes(f);
      expect(ok(t.set(f, {}, EVE))).toEqual(before);
    }));

  test("a size is for files that the caller may write, up to the largest", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o600 }, ANN);
      expect(reason(t.set(f, { size: 1 }, BOB))).toBe("ACCES");
      expect(reason(t.set(t.root, { size: 1 }))).toBe("ISDIR");
      const fifo = ok(t.create(t.root, "p", { type: "fifo", initial: {} })).handle;
      expect(reason(t.set(fifo, { size: 1 }))).toBe("INVAL");
      expect(reason(t.set(f, { size: 2 ** 43 + 1 }))).toBe("FBIG");
      expect(reason(t.set(f, { size: -1 }))).toBe("INVAL");
      const set = ok(t.set(f, { size: 2 ** 43 }, ANN));
      expect([set.size, set.used]).toEqual([2 ** 43, 0]);
      expect(set.modified).toEqual(set.changed);
    }));
});

describe("access", () => {
  const ALL = 0x3f;
  test("says what the mode gives to owner, group and others", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o641 }, ANN);
      const of = (who: typeof ANN) => ok(t.volume.access(t.as(who), f, ALL));
      expect(of(ANN)).toBe(Access.read | Access.modify | Access.extend);
      expect(of(BOB)).toBe(Access.read);
      expect(of(EVE)).toBe(Access.execute);
      expect(of(ROOT)).toBe(Access.read | Access.modify | Access.extend | Access.execute);
      ok(t.set(f, { mode: 0o044 }, ANN));
      expect(of(ANN)).toBe(0);
      expect(of(ROOT) & Access.execute).toBe(0);
      expect(ok(t.volume.access(t.as(BOB), f, Access.modify))).toBe(0);
    }));

  test("of directories: searching, and changing when both w and x are there", () =>
    withCleanVolume((t) => {
      const d = t.directory(t.root, "d", { mode: 0o725 }, ANN);
      const of = (who: typeof ANN) => ok(t.volume.access(t.as(who), d, ALL));
      const change = Access.modify | Access.extend | Access.delete;
      expect(of(ANN)).toBe(Access.read | Access.lookup | change);
      expect(of(BOB)).toBe(0);
      expect(of(EVE)).toBe(Access.read | Access.lookup);
    }));

  test("the owner reads and writes whatever the mode says, and execution includes reading", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o001 }, ANN);
      t.write(f, 0, pattern(10), ANN);
      expect(t.read(f, 0, 10, ANN)).toEqual(pattern(10));
      expect(t.read(f, 0, 10, EVE)).toEqual(pattern(10));
      expect(reason(t.volume.read(t.as(BOB), f, 0, 10))).toBe("ACCES");
      expect(reason(t.volume.write(t.as(EVE), f, 0, pattern(1), "file-sync"))).toBe("ACCES");
      expect(reason(t.volume.commit(t.as(EVE), f))).toBe("ACCES");
    }));
});
