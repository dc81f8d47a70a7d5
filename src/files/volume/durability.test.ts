// What a reply waits for: what it wrote, and what it saw of others' writes.
import { describe, expect, test } from "vitest";
import {
  type Bench,
  bytes,
  ok,
  pattern,
  ROOT,
  reason,
  withCleanVolume,
  withVolume,
} from "../../../test/volume/fixture.ts";
import type { Handle } from "./types.ts";

/** Whether the reply may leave at once. */
function leavesAtOnce(bench: Bench): boolean {
  const settled = bench.volume.settle("reply");
  if (settled instanceof Promise) {
    settled.catch(() => {});
    return false;
  }
  expect(settled).toBe("reply");
  return true;
}

describe("settle", () => {
  test("gives the value back when it is durable, and at once when it was already", () =>
    withCleanVolume(async (t) => {
      expect(leavesAtOnce(t)).toBe(true);
      t.file(t.root, "f");
      const settled = t.volume.settle(42);
      expect(settled).toBeInstanceOf(Promise);
      expect(await settled).toBe(42);
      ok(t.lookup(t.root, "f"));
      expect(leavesAtOnce(t)).toBe(true);
    }));

  test("does not wait for others' writes that the operation did not see", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const d = t.directory(t.root, "d");
      await t.settle();
      t.file(d, "g");
      expect(leavesAtOnce(t)).toBe(false);
      t.attributes(f);
      t.read(f);
      expect(leavesAtOnce(t)).toBe(true);
      await t.sim.sleep(1);
    }));

  const sights: readonly [
    string,
    (t: Bench, f: Handle, d: Handle) => void,
    (t: Bench, f: Handle, d: Handle) => void,
  ][] = [
    ["attributes", (t, f) => ok(t.set(f, { mode: 0o600 })), (t, f) => t.attributes(f)],
    ["content", (t, f) => t.write(f, 0, pattern(10)), (t, f) => t.read(f)],
    ["a name", (t, _f, d) => t.file(d, "new"), (t, _f, d) => ok(t.lookup(d, "new"))],
    ["a listing", (t, _f, d) => t.file(d, "new"), (t, _f, d) => t.names(d)],
    ["that a name is gone", (t) => ok(t.remove(t.root, "f")), (t) => reason(t.lookup(t.root, "f"))],
    ["that a file is gone", (t) => ok(t.remove(t.root, "f")), (t, f) => reason(t.volume.attributes(f))],
    [
      "that a name is taken",
      (t) => t.file(t.root, "new"),
      (t) => reason(t.create(t.root, "new", { type: "directory", initial: {} })),
    ],
    [
      "a target",
      (t) => ok(t.create(t.root, "l", { type: "symlink", initial: {}, target: bytes("x") })),
      (t) => {
        const { handle } = ok(t.lookup(t.root, "l"));
        ok(t.volume.readlink(t.as(ROOT), handle));
      },
    ],
  ];
  test.each(sights)("waits for others' writes that the operation saw: %s", (_, change, see) =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const d = t.directory(t.root, "d");
      await t.settle();
      change(t, f, d);
      expect(leavesAtOnce(t)).toBe(false);
      see(t, f, d);
      expect(leavesAtOnce(t)).toBe(false);
      await t.sim.sleep(1);
      if (!_.includes("gone")) see(t, f, d);
      expect(leavesAtOnce(t)).toBe(true);
    }),
  );

  test("an unstable write waits for nothing, its commit does", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      await t.settle();
      t.writeUnstable(f, 0, pattern(10));
      expect(leavesAtOnce(t)).toBe(true);
      ok(t.volume.commit(t.as(ROOT), f));
      expect(leavesAtOnce(t)).toBe(false);
    }));

  test("a commit does not wait for other files", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const d = t.directory(t.root, "d");
      t.write(f, 0, pattern(10));
      await t.settle();
      t.file(d, "g");
      expect(leavesAtOnce(t)).toBe(false);
      ok(t.volume.commit(t.as(ROOT), f));
      expect(leavesAtOnce(t)).toBe(true);
      await t.sim.sleep(1);
    }));

  test("a commit alone waits for what the background wrote out and has not made durable", () =>
    withCleanVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        await t.settle();
        t.writeUnstable(f, 0, pattern(10));
        t.node.disk.options = { ...t.node.disk.options, syncMs: 50 };
        await t.sim.sleep(20);
        // It was seen before it was written out: seeing it now tells nobody more.
        expect(t.read(f)).toEqual(pattern(10));
        t.attributes(f);
        t.writeUnstable(f, 5000, pattern(10));
        expect(leavesAtOnce(t)).toBe(true);
        ok(t.volume.commit(t.as(ROOT), f));
        expect(leavesAtOnce(t)).toBe(false);
        await t.sim.sleep(200);
        expect(t.volume.settle(1)).toBe(1);
      },
      { limits: { maxDirtyAgeMs: 10 } },
    ));

  test("an unstable write waits for the batch under way when there are too many, and for none when there are few", () =>
    withCleanVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        await t.settle();
        t.node.disk.options = { ...t.node.disk.options, syncMs: 50 };
        t.writeUnstable(f, 0, pattern(40_000));
        expect(leavesAtOnce(t)).toBe(true);
        await t.sim.sleep(1);
        t.writeUnstable(f, 100_000, pattern(10));
        expect(leavesAtOnce(t)).toBe(false);
        expect(t.read(f, 0, 10)).toEqual(pattern(10));
        expect(leavesAtOnce(t)).toBe(true);
        await t.sim.sleep(1000);
        t.writeUnstable(f, 200_000, pattern(10));
        expect(leavesAtOnce(t)).toBe(true);
      },
      { chunkBytes: 4096, limits: { maxDirtyBytes: 16_384, maxFlushBytes: 8192 } },
    ));
});

describe("when the disk refuses", () => {
  test.each(["STORE_IO", "STORE_FULL"])("settle rejects with %s and the change is undone", (code) =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f", { mode: 0o644 });
      await t.settle();
      const { verifier } = t.volume;
      ok(t.set(f, { mode: 0o600 }));
      t.file(t.root, "g");
      t.write(f, 0, pattern(10));
      t.node.disk.failNext.push(code);
      await expect(t.volume.settle(1)).rejects.toMatchObject({ code });
      expect(t.volume.verifier).not.toEqual(verifier);
      expect(t.attributes(f)).toMatchObject({ mode: 0o644, size: 0 });
      expect(reason(t.lookup(t.root, "g"))).toBe("NOENT");
      expect(t.read(f)).toHaveLength(0);
      t.file(t.root, "g");
      await t.settle();
      expect(t.names(t.root)).toEqual(["f", "g"]);
    }),
  );

  test("a commit fails, and so does nothing silently: the verifier changes", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      await t.settle();
      const { verifier } = t.volume;
      t.writeUnstable(f, 0, pattern(10));
      t.node.disk.failNext.push("STORE_IO");
      ok(t.volume.commit(t.as(ROOT), f));
      await expect(t.volume.settle(1)).rejects.toMatchObject({ code: "STORE_IO" });
      expect(t.volume.verifier).not.toEqual(verifier);
    }));

  test("so it does when it was the background that wrote", () =>
    withCleanVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        await t.settle();
        const { verifier } = t.volume;
        t.writeUnstable(f, 0, pattern(10));
        t.node.disk.failNext.push("STORE_IO");
        await t.sim.sleep(50);
        expect(t.volume.verifier).not.toEqual(verifier);
        expect(t.lines.map(({ event }) => event)).toContain("volume.flush-failed");
        t.writeUnstable(f, 0, pattern(10));
        ok(t.volume.commit(t.as(ROOT), f));
        await t.settle();
        await t.crash();
        expect(t.read(f)).toEqual(pattern(10));
      },
      { limits: { maxDirtyAgeMs: 10 } },
    ));

  test("a failure between an operation and its settle is not missed", () =>
    withVolume(async (t) => {
      t.node.disk.failNext.push("STORE_IO");
      t.file(t.root, "f");
      const first = t.volume.settle(1);
      t.file(t.root, "g");
      await expect(first).rejects.toMatchObject({ code: "STORE_IO" });
      await expect(t.volume.settle(2)).rejects.toMatchObject({ code: "STORE_IO" });
      expect(await t.volume.settle(3)).toBe(3);
    }));
});

describe("attach", () => {
  const record = (value: string) => [{ key: Uint8Array.of(0xf0, 1), value: bytes(value) }];

  test("is kept in the operation's own batch, and only of those that succeed", () =>
    withCleanVolume(async (t) => {
      const seen: unknown[] = [];
      const attach = (value: string) => (result: unknown) => {
        seen.push(result);
        return record(value);
      };
      const with1 = { ...t.as(ROOT), attach: attach("one") };
      const made = ok(t.volume.create(with1, t.root, bytes("f"), { type: "fifo", initial: {} }));
      expect(seen).toEqual([made]);
      const again = { ...t.as(ROOT), attach: attach("two") };
      reason(t.volume.create(again, t.root, bytes("f"), { type: "fifo", initial: {} }));
      expect(seen).toHaveLength(1);
      await t.settle();
      await t.crash();
      expect(t.volume.attached(Uint8Array.of(0xf0, 1))).toEqual(bytes("one"));
      expect([...t.volume.attachedAll()].map(({ value }) => value)).toEqual([bytes("one")]);
      const removing = { ...t.as(ROOT), attach: attach("three") };
      ok(t.volume.remove(removing, t.root, bytes("f")));
      expect(seen[1]).toBeUndefined();
      expect(t.volume.attached(Uint8Array.of(0xf0, 1))).toEqual(bytes("three"));
      expect(t.volume.attached(Uint8Array.of(0x01))).toBeUndefined();
    }));

  test("a key outside the reserved ones, or an attach that throws, undoes the operation", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f", { mode: 0o644 });
      const bad = { ...t.as(ROOT), attach: () => [{ key: Uint8Array.of(1), value: bytes("x") }] };
      expect(() => t.volume.setAttributes(bad, f, { mode: 0 })).toThrow(RangeError);
      const thrower = {
        ...t.as(ROOT),
        attach: () => {
          throw new Error("no");
        },
      };
      expect(() => t.volume.create(thrower, t.root, bytes("g"), { type: "fifo", initial: {} })).toThrow("no");
      expect(t.attributes(f).mode).toBe(0o644);
      expect(t.names(t.root)).toEqual(["f"]);
      t.file(t.root, "h");
    }));

  test("of an operation that changes nothing is kept all the same", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const context = { ...t.as(ROOT), attach: () => record("kept") };
      ok(t.volume.rename(context, t.root, bytes("f"), t.root, bytes("f")));
      expect(t.volume.attached(Uint8Array.of(0xf0, 1))).toEqual(bytes("kept"));
      ok(t.volume.attributes(f));
    }));
});
