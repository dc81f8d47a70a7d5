// Content: holes, cuts, chunk borders, large files, unstable writes.
import { describe, expect, test } from "vitest";
import {
  bytes,
  ok,
  pattern,
  ROOT,
  reason,
  SMALL,
  withCleanVolume,
  withVolume,
} from "../../../test/volume/fixture.ts";
import type { Range, Store } from "../../world/index.ts";
import { chunkKey, Kind } from "./keys.ts";
import { openVolume } from "./open.ts";
import { indexOfKey } from "./truncate.ts";

const CHUNK = 4096;
/** A part of a chunk of the usual size that is more than one begins with. */
const LARGE = 5000;

describe("read and write", () => {
  test("across chunk borders, at every alignment", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const model = new Uint8Array(5 * CHUNK);
      let seed = 0;
      for (const offset of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 7]) {
        for (const length of [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3]) {
          const data = pattern(length, ++seed);
          model.set(data, offset);
          t.write(f, offset, data);
          expect(t.read(f, offset, length)).toEqual(data);
        }
      }
      const { size } = t.attributes(f);
      expect(t.read(f)).toEqual(model.subarray(0, size));
    }, SMALL));

  test("reads end at the end, with eof exactly there", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const read = (offset: number, length: number) => ok(t.volume.read(t.as(ROOT), f, offset, length));
      expect(read(0, 10)).toEqual({ data: new Uint8Array(0), eof: true });
      t.write(f, 0, pattern(5000));
      expect(read(0, 4999)).toMatchObject({ eof: false });
      expect(read(0, 5000)).toMatchObject({ data: pattern(5000), eof: true });
      expect(read(4990, 100)).toEqual({ data: pattern(5000).subarray(4990), eof: true });
      expect(read(5000, 1)).toEqual({ data: new Uint8Array(0), eof: true });
      expect(read(2 ** 52, 1)).toEqual({ data: new Uint8Array(0), eof: true });
      expect(read(10, 0)).toEqual({ data: new Uint8Array(0), eof: false });
      expect(reason(t.volume.read(t.as(ROOT), t.root, 0, 1))).toBe("ISDIR");
    }, SMALL));

  test("what a reader holds does not change under it", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      t.writeUnstable(f, 0, pattern(100, 1));
      const unstable = t.read(f);
      t.writeUnstable(f, 0, pattern(100, 2));
      const committed = t.read(f);
      ok(t.volume.commit(t.as(ROOT), f));
      const stable = t.read(f);
      t.write(f, 50, pattern(50, 3));
      t.writeUnstable(f, 0, pattern(50, 4));
      expect(unstable).toEqual(pattern(100, 1));
      expect(committed).toEqual(pattern(100, 2));
      expect(stable).toEqual(pattern(100, 2));
    }, SMALL));

  test("holes read as zeros and take no space", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 10 * CHUNK + 5, bytes("end"));
      expect(t.attributes(f)).toMatchObject({ size: 10 * CHUNK + 8, used: CHUNK });
      t.writeUnstable(f, 3 * CHUNK, bytes("middle"));
      expect(t.attributes(f).used).toBe(2 * CHUNK);
      await t.reopen();
      const model = new Uint8Array(10 * CHUNK + 8);
      model.set(bytes("end"), 10 * CHUNK + 5);
      model.set(bytes("middle"), 3 * CHUNK);
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      expect(t.attributes(f).used).toBe(2 * CHUNK);
    }, SMALL));

  test("files reach beyond 4 GiB, up to 8 TiB", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const at = 2 ** 32 + 12_345;
      t.write(f, at, bytes("beyond"));
      t.writeUnstable(f, 2 ** 43 - 4, bytes("last"));
      expect(reason(t.volume.write(t.as(ROOT), f, 2 ** 43 - 4, bytes("over."), "unstable"))).toBe("FBIG");
      await t.reopen();
      expect(t.attributes(f).size).toBe(2 ** 43);
      expect(t.read(f, at, 6)).toEqual(bytes("beyond"));
      expect(t.read(f, at - 12_345, 10)).toEqual(new Uint8Array(10));
      expect(ok(t.volume.read(t.as(ROOT), f, 2 ** 43 - 4, 100))).toEqual({ data: bytes("last"), eof: true });
      ok(t.set(f, { size: at + 3 }));
      expect(t.read(f, at, 100)).toEqual(bytes("bey"));
    }));

  test("nothing written changes nothing", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const before = t.attributes(f);
      expect(t.write(f, 1000, new Uint8Array(0))).toEqual(before);
    }));

  test("write sets the times of content and attributes", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      const before = t.attributes(f);
      const after = t.write(f, 0, bytes("x"));
      expect(after.modified).toEqual(after.changed);
      expect(after.changed).not.toEqual(before.changed);
      const later = t.writeUnstable(f, 0, bytes("y"));
      expect(later.changed).not.toEqual(after.changed);
      expect(t.attributes(f)).toEqual(later);
    }));
});

describe("truncation", () => {
  test.each(["stable", "unstable"] as const)(
    "what was cut off reads as zeros when it grows again (%s)",
    (how) =>
      withCleanVolume(async (t) => {
        const f = t.file(t.root, "f");
        const size = 2 * CHUNK + 100;
        const put = how === "stable" ? t.write.bind(t) : t.writeUnstable.bind(t);
        for (const cut of [size - 1, 2 * CHUNK + 1, 2 * CHUNK, 2 * CHUNK - 1, CHUNK, 1, 0]) {
          put(f, 0, pattern(size, cut));
          ok(t.set(f, { size: cut }));
          ok(t.set(f, { size }));
          const model = pattern(size, cut).fill(0, cut);
          expect(Buffer.compare(t.read(f), model)).toBe(0);
          await t.reopen();
          expect(Buffer.compare(t.read(f), model)).toBe(0);
        }
      }, SMALL),
  );

  test("of many chunks is one batch, and the rest is reaped behind it, over restarts", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      ok(t.set(f, { size: 10 * CHUNK + 1 }));
      expect(t.volume.isReaped).toBe(false);
      ok(t.set(f, { size: 40 * CHUNK }));
      t.write(f, 20 * CHUNK, bytes("new"));
      const model = pattern(40 * CHUNK).fill(0, 10 * CHUNK + 1);
      model.set(bytes("new"), 20 * CHUNK);
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      await t.settle();
      await t.crash();
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      await t.reaped();
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      expect(t.attributes(f).used).toBe(12 * CHUNK);
    }, SMALL));

  test("unstable writes over what waits to be reaped stay", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      ok(t.set(f, { size: 0 }));
      t.writeUnstable(f, 5 * CHUNK, pattern(3 * CHUNK, 2));
      await t.reaped();
      const model = new Uint8Array(8 * CHUNK);
      model.set(pattern(3 * CHUNK, 2), 5 * CHUNK);
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      expect(t.attributes(f).used).toBe(3 * CHUNK);
      ok(t.volume.commit(t.as(ROOT), f));
      await t.reopen();
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      expect(t.attributes(f).used).toBe(3 * CHUNK);
    }, SMALL));

  test("a second one behind a first that is still being reaped", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      ok(t.set(f, { size: 10 * CHUNK }));
      t.write(f, 10 * CHUNK, pattern(30 * CHUNK, 2));
      ok(t.set(f, { size: 20 * CHUNK }));
      ok(t.set(f, { size: 30 * CHUNK }));
      const model = new Uint8Array(30 * CHUNK);
      model.set(pattern(10 * CHUNK));
      model.set(pattern(30 * CHUNK, 2).subarray(0, 10 * CHUNK), 10 * CHUNK);
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      await t.reaped();
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      expect(t.attributes(f).used).toBe(20 * CHUNK);
    }, SMALL));

  test("a removed file's content goes in the background, over restarts", () =>
    withVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      await t.settle();
      const before = t.volume.statistics().freeBytes;
      ok(t.remove(t.root, "f"));
      await t.settle();
      expect(t.volume.isReaped).toBe(false);
      await t.crash();
      await t.reaped();
      await t.settle();
      expect(t.volume.statistics().freeBytes).toBeGreaterThan(before + 39 * CHUNK);
      expect(await t.findings()).toEqual([]);
    }, SMALL));
});

describe("the reaper", () => {
  test("goes on where it left off, and passes over nothing that it has removed", () =>
    withCleanVolume(async (t) => {
      t.write(t.file(t.root, "large"), 0, pattern(200 * CHUNK));
      await t.settle();
      await t.volume.close();
      const starts: number[] = [];
      const open = async (name: string): Promise<Store> => {
        const store = await t.world.storage.open(name);
        const range = store.range.bind(store);
        return Object.assign(store, {
          range: (asked: Range) => {
            if (asked.from?.[0] === Kind.chunk) starts.push(indexOfKey(asked.from));
            return range(asked);
          },
        });
      };
      t.volume = await openVolume({ ...t.world, storage: { open } }, "main", SMALL);
      ok(t.remove(t.root, "large"));
      await t.reaped();
      expect(starts.length).toBeGreaterThan(5);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      expect(new Set(starts).size).toBe(starts.length);
    }, SMALL));

  test("comes to an end of more removed files than it reads at once, after a crash", () =>
    withCleanVolume(async (t) => {
      const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
      for (const name of names) t.write(t.file(t.root, name), 0, pattern(4 * CHUNK));
      await t.settle();
      for (const name of names) ok(t.remove(t.root, name));
      await t.settle();
      await t.crash();
      await t.reaped();
      await t.volume.close();
      let left = 0;
      await t.tamper((store) => {
        for (const { key } of store.range({})) if (key[0] === Kind.chunk || key[0] === Kind.orphan) left++;
      });
      expect(left).toBe(0);
      await t.open();
    }, SMALL));

  test("does not take the word of a damaged chunk that it is dead: it stays, and is damage to who reads it", () =>
    withVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      ok(t.set(f, { size: 10 * CHUNK }));
      ok(t.set(f, { size: 40 * CHUNK }));
      t.write(f, 20 * CHUNK, pattern(CHUNK, 2));
      await t.volume.close();
      // Of the epoch that was cut off, were it to be believed.
      await t.tamper((store) => {
        const key = chunkKey(f.inode, 20);
        const value = (store.get(key) as Uint8Array).slice().fill(0, 0, 4);
        store.apply([{ key, value }]);
      });
      await t.open();
      await t.reaped();
      expect(reason(t.volume.read(t.as(ROOT), f, 20 * CHUNK, 1))).toBe("IO");
      expect(t.lines.map(({ fields }) => fields)).toContainEqual(
        expect.objectContaining({ record: "chunk", inode: f.inode, chunk: 20 }),
      );
      expect(t.read(f, 21 * CHUNK, CHUNK)).toEqual(new Uint8Array(CHUNK));
      expect(t.attributes(f).used).toBe(11 * CHUNK);
      expect((await t.findings()).map(({ kind }) => kind)).toEqual(["damaged"]);
    }, SMALL));

  test("takes away what lies behind a file's end, damaged or not", () =>
    withVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(40 * CHUNK));
      ok(t.set(f, { size: 10 * CHUNK }));
      await t.volume.close();
      await t.tamper((store) => {
        for (const index of [15, 25]) {
          const key = chunkKey(f.inode, index);
          const value = (store.get(key) as Uint8Array).slice(0, index).fill(0xff);
          store.apply([{ key, value }]);
        }
      });
      await t.open();
      await t.reaped();
      expect(t.attributes(f).used).toBe(10 * CHUNK);
      expect(await t.findings()).toEqual([]);
    }, SMALL));

  test("tries again when the disk refuses", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const g = t.file(t.root, "g");
      t.write(f, 0, pattern(40 * CHUNK));
      t.write(g, 0, pattern(40 * CHUNK));
      await t.settle();
      ok(t.remove(t.root, "f"));
      ok(t.set(g, { size: 5 * CHUNK }));
      await t.settle();
      for (let i = 0; i < 5; i++) {
        t.node.disk.failNext.push("STORE_IO");
        await t.sim.sleep(700);
      }
      await t.reaped();
      expect(t.lines.map(({ event }) => event)).toContain("volume.reaping-failed");
      expect(t.attributes(g).used).toBe(5 * CHUNK);
      expect(Buffer.compare(t.read(g), pattern(40 * CHUNK).subarray(0, 5 * CHUNK))).toBe(0);
    }, SMALL));
});

describe("unstable writes", () => {
  test("are seen at once, and gone after a crash, with another verifier, unless committed", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const g = t.file(t.root, "g");
      await t.settle();
      const { verifier } = t.volume;
      t.writeUnstable(f, 0, pattern(3 * CHUNK));
      t.writeUnstable(g, 100, pattern(3 * CHUNK));
      expect(Buffer.compare(t.read(f), pattern(3 * CHUNK))).toBe(0);
      expect(t.attributes(f)).toMatchObject({ size: 3 * CHUNK, used: 3 * CHUNK });
      ok(t.volume.commit(t.as(ROOT), f));
      await t.settle();
      expect(t.volume.verifier).toEqual(verifier);
      await t.crash();
      expect(t.volume.verifier).not.toEqual(verifier);
      expect(Buffer.compare(t.read(f), pattern(3 * CHUNK))).toBe(0);
      expect(t.attributes(g)).toMatchObject({ size: 0, used: 0 });
    }, SMALL));

  test("do not reach the store by way of another change of the file", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.write(f, 0, pattern(10));
      t.writeUnstable(f, 0, pattern(5 * CHUNK, 2));
      expect(ok(t.set(f, { mode: 0o640 })).size).toBe(5 * CHUNK);
      ok(t.link(f, t.root, "g"));
      await t.settle();
      await t.crash();
      expect(t.attributes(f)).toMatchObject({ size: 10, mode: 0o640, links: 2 });
      expect(t.read(f)).toEqual(pattern(10));
    }, SMALL));

  test("small ones are gathered into their chunks", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      const data = pattern(3 * CHUNK + 10);
      for (let at = 0; at < data.length; at += 100) t.writeUnstable(f, at, data.subarray(at, at + 100));
      ok(t.volume.commit(t.as(ROOT), f));
      await t.reopen();
      expect(t.read(f)).toEqual(data);
      expect(t.attributes(f).used).toBe(3 * CHUNK + 512);
    }, SMALL));

  test("are written out when they are old, and when they are many", async () => {
    const limits = { maxDirtyBytes: 10 * CHUNK, maxDirtyHardBytes: 20 * CHUNK, maxDirtyAgeMs: 1000 };
    await withCleanVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        await t.settle();
        t.writeUnstable(f, 0, pattern(CHUNK));
        await t.sim.sleep(1100);
        await t.crash();
        expect(t.read(f)).toEqual(pattern(CHUNK));
        t.writeUnstable(f, 0, pattern(11 * CHUNK, 2));
        await t.sim.sleep(500);
        await t.crash();
        const kept = t.read(f);
        expect(kept.subarray(0, CHUNK)).toEqual(pattern(11 * CHUNK, 2).subarray(0, CHUNK));
      },
      { chunkBytes: CHUNK, limits },
    );
  });

  test("beyond the hard bound are stable", () =>
    withCleanVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        t.writeUnstable(f, 0, pattern(5 * CHUNK));
        await t.settle();
        await t.crash();
        expect(t.read(f)).toEqual(pattern(5 * CHUNK));
      },
      { chunkBytes: CHUNK, limits: { maxDirtyHardBytes: 4 * CHUNK } },
    ));

  test("mixed with stable ones in one chunk", () =>
    withCleanVolume(async (t) => {
      const f = t.file(t.root, "f");
      t.writeUnstable(f, 0, pattern(100, 1));
      t.write(f, 50, pattern(100, 2));
      t.writeUnstable(f, 120, pattern(100, 3));
      const model = new Uint8Array(220);
      model.set(pattern(100, 1));
      model.set(pattern(100, 2), 50);
      model.set(pattern(100, 3), 120);
      expect(Buffer.compare(t.read(f), model)).toBe(0);
      await t.reopen();
      expect(Buffer.compare(t.read(f), model)).toBe(0);
    }, SMALL));

  test("that a stable one makes longer are counted no more when they are stored", () =>
    withCleanVolume(async (t) => {
      for (let i = 0; i < 50; i++) {
        const f = t.file(t.root, `f${i}`);
        t.writeUnstable(f, 0, pattern(10));
        t.write(f, 5, pattern(3 * LARGE));
      }
      await t.settle();
      const { freeBytes } = t.volume.statistics();
      await t.reopen();
      expect(t.volume.statistics().freeBytes).toBe(freeBytes);
    }, {}));

  test("of a file that is removed are forgotten", () =>
    withCleanVolume((t) => {
      const f = t.file(t.root, "f");
      t.writeUnstable(f, 0, pattern(10 * CHUNK));
      ok(t.remove(t.root, "f"));
      expect(reason(t.volume.commit(t.as(ROOT), f))).toBe("STALE");
    }, SMALL));
});
