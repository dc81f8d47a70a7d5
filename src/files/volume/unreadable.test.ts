// Content that the disk does not give: an error of the store's read, met at every place where the volume reads content.
import { describe, expect, test } from "vitest";
import { type Bench, ok, pattern, ROOT, reason, SMALL, withVolume } from "../../../test/volume/fixture.ts";
import { CoterieError, type Range, type Store, type World } from "../../world/index.ts";
import { fsck } from "./fsck.ts";
import { chunkKey } from "./keys.ts";
import { openVolume } from "./open.ts";
import type { Handle } from "./types.ts";

const CHUNK = 4096;

/** The world with a disk that does not give the values of some chunks. */
function worldOver(t: Bench, isLost: (key: Uint8Array) => boolean): World {
  const check = (key: Uint8Array): void => {
    if (isLost(key)) throw new CoterieError("STORE_IO", "input/output error");
  };
  const reading = (store: Store): Store =>
    new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== "function") return value;
        if (property === "range") {
          return function* (range: Range) {
            for (const entry of target.range(range)) {
              if (range.keysOnly !== true) check(entry.key);
              yield entry;
            }
          };
        }
        return (...args: unknown[]) => {
          if (property === "get" || property === "borrow") check(args[0] as Uint8Array);
          return value.apply(target, args);
        };
      },
    });
  const open = async (name: string, options?: object) => reading(await t.world.storage.open(name, options));
  return { ...t.world, storage: { open } };
}

/** Opens the volume anew over a disk that lost some chunks of a file. */
async function lose(t: Bench, file: Handle, ...indexes: number[]): Promise<World> {
  await t.volume.close();
  const lost = new Set(indexes.map((index) => String(chunkKey(file.inode, index))));
  const world = worldOver(t, (key) => lost.has(String(key)));
  t.volume = await openVolume(world, "main", SMALL);
  return world;
}

describe("content that cannot be read", () => {
  test("is a fault of what needs it, is logged, and keeps nothing else from being read or written", () =>
    withVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(5 * CHUNK);
      t.write(file, 0, data);
      await lose(t, file, 1, 3);
      expect(reason(t.volume.read(t.as(ROOT), file, CHUNK, 1))).toBe("IO");
      expect(t.read(file, 2 * CHUNK, CHUNK)).toEqual(data.subarray(2 * CHUNK, 3 * CHUNK));
      for (const stability of ["file-sync", "unstable"] as const) {
        expect(reason(t.volume.write(t.as(ROOT), file, 3 * CHUNK + 5, pattern(9), stability))).toBe("IO");
      }
      expect(reason(t.set(file, { size: CHUNK + 1 }))).toBe("IO");
      expect(t.lines.map(({ fields }) => fields)).toContainEqual(
        expect.objectContaining({ record: "chunk", inode: file.inode, chunk: 1 }),
      );
      t.write(file, 3 * CHUNK, pattern(CHUNK, 2));
      expect(t.read(file, 3 * CHUNK, CHUNK)).toEqual(pattern(CHUNK, 2));
      ok(t.set(file, { size: CHUNK }));
      await t.settle();
      expect(await t.findings()).toEqual([]);
    }, SMALL));

  test("is not needed to know that it is there: a write over it in a file with holes is whole", () =>
    withVolume(async (t) => {
      for (const stability of ["file-sync", "unstable"] as const) {
        const file = t.file(t.root, stability);
        for (const index of [1, 2, 3, 9]) t.write(file, index * CHUNK, pattern(CHUNK, index));
        await lose(t, file, 2);
        ok(t.volume.write(t.as(ROOT), file, CHUNK, pattern(3 * CHUNK, 7), stability));
        t.write(t.file(t.root, `after-${stability}`), 0, pattern(10));
        expect(t.read(file, CHUNK, 3 * CHUNK)).toEqual(pattern(3 * CHUNK, 7));
        expect(t.attributes(file).used).toBe(4 * CHUNK);
        ok(t.volume.commit(t.as(ROOT), file));
        await t.settle();
        await t.reopen();
      }
      expect(await t.findings()).toEqual([]);
    }, SMALL));

  test("does not keep the reaper from others, and goes where it lies behind the end", () =>
    withVolume(async (t) => {
      const file = t.file(t.root, "f");
      const other = t.file(t.root, "other");
      for (const each of [file, other]) t.write(each, 0, pattern(40 * CHUNK));
      await t.settle();
      ok(t.set(file, { size: 10 * CHUNK }));
      ok(t.set(file, { size: 30 * CHUNK }));
      ok(t.remove(t.root, "other"));
      await lose(t, file, 20, 35);
      await t.reaped();
      expect(t.attributes(file).used).toBe(11 * CHUNK);
      expect(reason(t.volume.read(t.as(ROOT), file, 20 * CHUNK, 1))).toBe("IO");
      expect(t.read(file, 21 * CHUNK, CHUNK)).toEqual(new Uint8Array(CHUNK));
    }, SMALL));

  test("is told by fsck, which goes on with the rest", () =>
    withVolume(async (t) => {
      const file = t.file(t.root, "f");
      t.write(file, 0, pattern(150 * CHUNK));
      const world = await lose(t, file, 70, 140);
      await t.volume.close();
      const { findings, counts } = await fsck(world, "main");
      expect(findings.map(({ kind, chunk }) => [kind, chunk])).toEqual([
        ["damaged", 70],
        ["damaged", 140],
      ]);
      expect(counts.chunks).toBe(150);
    }, SMALL));
});
