// Small writes and reads of stored chunks: what they write, what they check, and what damage of a block does to them.
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
import { type Change, CoterieError, type Store, type World } from "../../world/index.ts";
import { chunkKey, Kind } from "./keys.ts";
import { openVolume } from "./open.ts";
import type { Handle } from "./types.ts";

const CHUNK = 16_384;
const BLOCK = 4096;
const HEAD = 20;

/** Opens the bench's volume over a store that notes the changes of chunks. */
async function openNoting(t: Bench): Promise<Change[]> {
  const noted: Change[] = [];
  await t.volume.close();
  const storage: World["storage"] = {
    open: async (name, options) => {
      const store = await t.world.storage.open(name, options);
      const note = (batch: readonly Change[]) =>
        noted.push(...batch.filter(({ key }) => key[0] === Kind.chunk));
      return new Proxy(store, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (String(property).startsWith("apply")) note(args[0] as Change[]);
            return value.apply(target, args);
          };
        },
      });
    },
  };
  t.volume = await openVolume({ ...t.world, storage }, "main");
  return noted;
}

/** Changes one byte of a block's content in the closed volume, or another byte of the chunk's value. */
function damage(t: Bench, file: Handle, block: number, at = HEAD + block * BLOCK + 17): Promise<void> {
  return t.tamper((store: Store) => {
    const key = chunkKey(file.inode, 0);
    const value = (store.get(key) as Uint8Array).slice();
    value[at] = (value[at] as number) ^ 4;
    store.apply([{ key, value }]);
  });
}

describe("a stable write of a part of a chunk", () => {
  test("says that its blocks' checksums and its own bytes are new", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      t.write(file, 0, pattern(3 * CHUNK));
      const noted = await openNoting(t);
      const spansOf = (offset: number, data: Uint8Array) => {
        noted.length = 0;
        t.write(file, offset, data);
        return noted.map(({ spans }) => spans?.map(({ from, to }) => [from, to]));
      };
      const at = (offset: number) => HEAD + offset;
      expect(spansOf(CHUNK + BLOCK, pattern(BLOCK, 2))).toEqual([
        [
          [8, 12],
          [at(BLOCK), at(2 * BLOCK)],
        ],
      ]);
      expect(spansOf(BLOCK - 1, bytes("ab"))).toEqual([
        [
          [4, 12],
          [at(BLOCK - 1), at(BLOCK + 1)],
        ],
      ]);
      expect(spansOf(CHUNK - 1, bytes("ab"))).toEqual([
        [
          [16, 20],
          [at(CHUNK - 1), at(CHUNK)],
        ],
        [
          [4, 8],
          [at(0), at(1)],
        ],
      ]);
      expect(spansOf(0, pattern(CHUNK, 3))).toEqual([undefined]);
      // All four checksums end where the content begins: one span.
      expect(spansOf(0, pattern(CHUNK - 1, 4))).toEqual([[[4, at(CHUNK - 1)]]]);
      await t.settle();
    }));

  test("goes where the chunk lies in memory, but not while the store has that", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(CHUNK);
      t.write(file, 0, data);
      const noted = await openNoting(t);
      const placeOf = (offset: number, text: string) => {
        noted.length = 0;
        t.write(file, offset, bytes(text));
        data.set(bytes(text), offset);
        const [{ value }] = noted as [Change];
        return { buffer: value?.buffer, byteOffset: value?.byteOffset };
      };
      const first = placeOf(10, "one");
      expect(placeOf(BLOCK, "two")).not.toEqual(first);
      await t.settle();
      const third = placeOf(20, "three");
      await t.settle();
      const pieces = ok(t.volume.readPieces(t.as(ROOT), file, 0, 40)).pieces;
      const copy = ok(t.volume.read(t.as(ROOT), file, 0, 40)).data;
      expect(placeOf(30, "four").byteOffset).toBe(third.byteOffset);
      // Pieces are the chunk's own bytes; what was read is the reader's.
      expect(pieces[0]).toEqual(data.subarray(0, 40));
      expect(copy).not.toEqual(data.subarray(0, 40));
      await t.settle();
      expect(t.read(file)).toEqual(data);
      await t.crash();
      expect(t.read(file)).toEqual(data);
    }));

  test.each(["STORE_IO", "STORE_FULL"])("that the disk refuses with %s leaves nothing in memory", (code) =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(CHUNK);
      t.write(file, 0, data);
      await t.settle();
      t.write(file, BLOCK, bytes("refused"));
      t.node.disk.failNext.push(code);
      await expect(t.volume.settle(1)).rejects.toMatchObject({ code });
      expect(t.read(file)).toEqual(data);
      t.write(file, 7, bytes("taken"));
      data.set(bytes("taken"), 7);
      await t.settle();
      await t.crash();
      expect(t.read(file)).toEqual(data);
    }),
  );

  test("that the store does not take leaves nothing in memory", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(2 * CHUNK);
      t.write(file, 0, data);
      let isFull = false;
      await t.volume.close();
      const open: World["storage"]["open"] = async (name, options) => {
        const store = await t.world.storage.open(name, options);
        const refuse = (...[batch, returned]: Parameters<Store["applyLent"]>) => {
          if (isFull) throw new CoterieError("STORE_FULL", "no room");
          store.applyLent(batch, returned);
        };
        return new Proxy(store, {
          get(target, property) {
            if (property === "applyLent") return refuse;
            const value: unknown = Reflect.get(target, property, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      };
      t.volume = await openVolume({ ...t.world, storage: { open } }, "main");
      t.write(file, 5, bytes("a"));
      data[5] = 97;
      await t.settle();
      isFull = true;
      const context = t.as(ROOT);
      const outcome = t.volume.write(context, file, CHUNK - 3, bytes("refused"), "file-sync");
      expect(reason(outcome)).toBe("NOSPC");
      expect(t.read(file)).toEqual(data);
      isFull = false;
      await t.settle();
    }));

  test("that makes a chunk longer covers what lies between, and what the end of it was", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      t.write(file, 0, pattern(100));
      const noted = await openNoting(t);
      t.write(file, 100, pattern(50, 2));
      t.write(file, 2 * BLOCK + 10, pattern(5, 3));
      expect(noted.map(({ spans }) => spans)).toEqual([
        [
          { from: 4, to: 8 },
          { from: HEAD + 100, to: HEAD + 150 },
        ],
        [
          { from: 4, to: 16 },
          { from: HEAD + 150, to: HEAD + 2 * BLOCK + 15 },
        ],
      ]);
      const expected = new Uint8Array(2 * BLOCK + 15);
      expected.set(pattern(100));
      expected.set(pattern(50, 2), 100);
      expected.set(pattern(5, 3), 2 * BLOCK + 10);
      await t.settle();
      await t.crash();
      expect(t.read(file)).toEqual(expected);
    }));

  test("is whole after a truncation gave the file another epoch, and keeps what was there", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(300 * CHUNK);
      t.write(file, 0, data);
      t.set(file, { size: CHUNK });
      await t.reaped();
      const noted = await openNoting(t);
      t.write(file, 10, bytes("x"));
      t.write(file, 20, bytes("x"));
      expect(noted.map(({ spans }) => spans?.length)).toEqual([undefined, 2]);
      await t.settle();
      await t.reopen();
      const expected = data.slice(0, CHUNK);
      expected[10] = expected[20] = 120;
      expect(t.read(file)).toEqual(expected);
    }));
});

describe("damage of one block", () => {
  test("leaves the others to be read and written, stays where it is, and is healed by writing the block", () =>
    withCleanVolume(async (t) => {
      const file = t.file(t.root, "f");
      const data = pattern(CHUNK);
      t.write(file, 0, data);
      await t.volume.close();
      await damage(t, file, 1);
      await t.open();
      const isDamaged = (offset: number, length: number) =>
        expect(reason(t.volume.read(t.as(ROOT), file, offset, length))).toBe("IO");
      expect(t.read(file, 0, BLOCK)).toEqual(data.subarray(0, BLOCK));
      expect(t.read(file, 2 * BLOCK, 2 * BLOCK)).toEqual(data.subarray(2 * BLOCK));
      isDamaged(BLOCK, 1);
      isDamaged(0, CHUNK);
      isDamaged(2 * BLOCK - 1, 2);
      // Beside it, up to its border, writes go on; into a part of it none does.
      t.write(file, 2 * BLOCK, pattern(BLOCK, 2));
      t.write(file, 10, bytes("beside"));
      for (const [offset, text] of [
        [BLOCK - 1, "ab"],
        [BLOCK + 5, "a"],
        [2 * BLOCK - 1, "ab"],
      ] as const) {
        expect(reason(t.volume.write(t.as(ROOT), file, offset, bytes(text), "file-sync"))).toBe("IO");
      }
      // An unstable write takes the chunk over whole.
      expect(reason(t.volume.write(t.as(ROOT), file, 0, bytes("a"), "unstable"))).toBe("IO");
      await t.settle();
      isDamaged(BLOCK, 1);
      await t.reopen();
      isDamaged(BLOCK, 1);
      expect(t.read(file, 0, BLOCK).subarray(10, 16)).toEqual(bytes("beside"));
      expect(t.read(file, 2 * BLOCK, BLOCK)).toEqual(pattern(BLOCK, 2));
      t.write(file, BLOCK, pattern(BLOCK, 3));
      await t.settle();
      await t.reopen();
      expect(t.read(file, BLOCK, BLOCK)).toEqual(pattern(BLOCK, 3));
      expect(t.read(file, 3 * BLOCK, BLOCK)).toEqual(data.subarray(3 * BLOCK));
      const lines = t.lines.filter(({ level }) => level === "error");
      expect(lines.every(({ fields }) => fields.inode === file.inode && fields.chunk === 0)).toBe(true);
      expect(lines.length).toBe(2);
    }));

  test("that a write beside it carries along is not vouched for, and survives a crash as damage", () =>
    withVolume(async (t) => {
      const file = t.file(t.root, "f");
      t.write(file, 0, pattern(CHUNK));
      await t.volume.close();
      await damage(t, file, 3);
      await t.open();
      // The chunk is cached by the read of one block; the write beside it carries the damaged one along.
      t.read(file, 0, 1);
      t.write(file, 5, bytes("small"));
      await t.settle();
      await t.crash();
      expect(reason(t.volume.read(t.as(ROOT), file, 3 * BLOCK, 1))).toBe("IO");
      expect(t.read(file, 5, 5)).toEqual(bytes("small"));
    }));

  test("of the epoch is damage of all that has content, and no write goes over it", () =>
    withVolume(async (t) => {
      const file = t.file(t.root, "f");
      t.write(file, 0, pattern(CHUNK));
      await t.volume.close();
      await damage(t, file, 0, 3);
      await t.open();
      expect(reason(t.volume.read(t.as(ROOT), file, 0, 1))).toBe("IO");
      expect(reason(t.volume.write(t.as(ROOT), file, BLOCK, pattern(BLOCK), "file-sync"))).toBe("IO");
      t.write(file, 0, pattern(CHUNK, 2));
      expect(t.read(file)).toEqual(pattern(CHUNK, 2));
    }));
});
