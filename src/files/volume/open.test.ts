// Opening and making volumes, and what is refused.

import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Bench, bytes, ok, pattern, ROOT, reason, withVolume } from "../../../test/volume/fixture.ts";
import { writeUint32 } from "../../marshal/index.ts";
import { FORMAT_VERSION } from "./format.ts";
import { fsck } from "./fsck.ts";
import { COUNTERS_KEY, Kind, numberKey, SUPERBLOCK_KEY } from "./keys.ts";
import { openVolume } from "./open.ts";
import { decodeInode, RecordWriter } from "./records.ts";
import { MAX_LINKS } from "./types.ts";

async function withSuperblock(t: Bench, change: (value: Uint8Array) => Uint8Array): Promise<void> {
  await t.volume.close();
  await t.tamper((store) => {
    const value = change((store.get(SUPERBLOCK_KEY) as Uint8Array).slice());
    store.apply([{ key: SUPERBLOCK_KEY, value }]);
  });
}

/** The checksum made right again. */
function sealed(value: Uint8Array): Uint8Array {
  const end = value.length - 4;
  writeUint32(value, end, crc32(value.subarray(0, end), crc32(SUPERBLOCK_KEY)));
  return value;
}

describe("openVolume", () => {
  test("makes a volume where there is none, durably, and opens it again", () =>
    withVolume(
      async (t) => {
        const { id, root, verifier } = t.volume;
        expect([id.length, verifier.length]).toEqual([16, 8]);
        expect(t.attributes(root)).toMatchObject({
          type: "directory",
          mode: 0o750,
          uid: 12,
          gid: 34,
          links: 2,
        });
        await t.crash();
        expect(t.volume.id).toEqual(id);
        expect(t.volume.root).toEqual(root);
        expect(t.volume.verifier).not.toEqual(verifier);
      },
      { rootMode: 0o750, rootUid: 12, rootGid: 34 },
    ));

  test("gives everybody a sticky root unless told otherwise", () =>
    withVolume((t) => {
      expect(t.attributes(t.root)).toMatchObject({ mode: 0o1777, uid: 0, gid: 0 });
    }));

  test("keeps the chunk size that the volume was made with", () =>
    withVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        t.write(f, 0, pattern(40_000));
        await t.volume.close();
        const again = await openVolume(t.world, "main", { chunkBytes: 65_536 });
        expect(ok(again.read(t.as(ROOT), f, 0, 50_000)).data).toEqual(pattern(40_000));
        await again.close();
        expect((await fsck(t.world, "main")).findings).toEqual([]);
      },
      { chunkBytes: 4096 },
    ));

  test.each([0, 1000, 2048, 5000, 2 ** 21])("refuses chunks of %d bytes", (chunkBytes) =>
    withVolume(async (t) => {
      await expect(openVolume(t.world, "other", { chunkBytes })).rejects.toThrow(RangeError);
    }),
  );

  test.each([
    ["newer", FORMAT_VERSION + 1],
    ["older", 1],
  ])("refuses a %s format, says so, and leaves it untouched", (age, version) =>
    withVolume(async (t) => {
      const other = (value: Uint8Array) => {
        writeUint32(value, 16, version);
        return sealed(value);
      };
      await withSuperblock(t, other);
      for (const open of [openVolume(t.world, "main"), fsck(t.world, "main")]) {
        await expect(open).rejects.toMatchObject({
          code: "VOLUME_FORMAT",
          message: expect.stringContaining(`format ${version}, which is ${age}`),
        });
      }
    }),
  );

  test("refuses a store that holds something else", () =>
    withVolume(async (t) => {
      const store = await t.node.world.storage.open("other");
      store.apply([{ key: bytes("mine"), value: bytes("data") }]);
      await store.close();
      await expect(openVolume(t.world, "other")).rejects.toMatchObject({ code: "VOLUME_FOREIGN" });
      await withSuperblock(t, () => bytes("something else entirely"));
      await expect(openVolume(t.world, "main")).rejects.toMatchObject({ code: "VOLUME_FOREIGN" });
    }));

  test("refuses a damaged superblock or damaged counters", () =>
    withVolume(async (t) => {
      await withSuperblock(t, (value) => value.fill(0, 30, 31));
      await expect(openVolume(t.world, "main")).rejects.toMatchObject({ code: "VOLUME_DAMAGED" });
      await t.tamper((store) => {
        const value = sealed((store.get(SUPERBLOCK_KEY) as Uint8Array).slice());
        store.apply([
          { key: SUPERBLOCK_KEY, value },
          { key: COUNTERS_KEY, value: bytes("counters") },
        ]);
      });
      await expect(openVolume(t.world, "main")).rejects.toMatchObject({ code: "VOLUME_DAMAGED" });
    }));

  test("cannot be open twice", () =>
    withVolume(async (t) => {
      await expect(openVolume(t.world, "main")).rejects.toMatchObject({ code: "STORE_LOCKED" });
    }));

  test("fsck of a volume that is not there", () =>
    withVolume(async (t) => {
      await expect(fsck(t.world, "other")).rejects.toMatchObject({ code: "VOLUME_MISSING" });
    }));

  test("is deterministic: the same operations give the same store", async () => {
    const stores: string[] = [];
    for (let i = 0; i < 2; i++) {
      await withVolume(async (t) => {
        const d = t.directory(t.root, "d");
        const f = t.file(d, "f");
        t.write(f, 0, pattern(100_000));
        ok(t.link(f, t.root, "g"));
        ok(t.remove(d, "f"));
        await t.volume.close();
        await t.tamper((store) => {
          stores.push(JSON.stringify([...store.range({})].map(({ key, value }) => [[...key], [...value]])));
        });
      });
    }
    expect(stores[0]).toBe(stores[1]);
  });
});

describe("bounds", () => {
  test("a file has at most so many links", () =>
    withVolume(async (t) => {
      const f = t.file(t.root, "f");
      await t.volume.close();
      await t.tamper((store) => {
        const key = numberKey(Kind.inode, f.inode);
        const inode = decodeInode(f.inode, store.get(key) as Uint8Array);
        if (inode === undefined) throw new Error("no inode");
        inode.links = MAX_LINKS - 1;
        store.apply([new RecordWriter(crc32).inode(inode)]);
      });
      await t.open();
      expect(ok(t.link(f, t.root, "g")).links).toBe(MAX_LINKS);
      expect(reason(t.link(f, t.root, "h"))).toBe("MLINK");
    }));

  test("numbers run out one day: NOSPC, and nothing happened", () =>
    withVolume(async (t) => {
      await t.volume.close();
      await t.tamper((store) => {
        store.apply([new RecordWriter(crc32).counters({ nextInode: 2 ** 48 - 1, inodes: 1 })]);
      });
      await t.open();
      const last = t.file(t.root, "last");
      expect(last.inode).toBe(2 ** 48 - 1);
      expect(reason(t.create(t.root, "more", { type: "fifo", initial: {} }))).toBe("NOSPC");
      await t.reopen();
      expect(t.names(t.root)).toEqual(["last"]);
      t.write(last, 0, pattern(10));
      await t.reopen();
      expect(t.read(last)).toEqual(pattern(10));
    }));
});

describe("a full disk", () => {
  const MIB = 1024 * 1024;
  const disk = { capacityBytes: 12 * MIB };
  const limits = { reservedBytes: 2 * MIB };

  test.each(["file-sync", "unstable"] as const)("refuses %s writes, lets files go, and works again", (how) =>
    withVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        let written = 0;
        let refused: string | undefined;
        while (refused === undefined) {
          const outcome = t.volume.write(t.as(ROOT), f, written, pattern(MIB), how);
          if ("reason" in outcome) refused = outcome.reason;
          else written += MIB;
          await t.settle();
          expect(written).toBeLessThan(12 * MIB);
        }
        expect(refused).toBe("NOSPC");
        expect(written).toBeGreaterThan(5 * MIB);
        ok(t.volume.commit(t.as(ROOT), f));
        await t.settle();
        for (let i = 0; ; i++) {
          const made = t.create(t.root, `g${i}`, { type: "file", how: "guarded", initial: {} });
          if ("reason" in made) {
            expect(made.reason).toBe("NOSPC");
            break;
          }
          const grown = t.volume.write(t.as(ROOT), made.handle, 0, pattern(4096), how);
          if ("reason" in grown) expect(grown.reason).toBe("NOSPC");
          await t.settle();
        }
        expect(t.node.disk.usedBytes).toBeLessThan(11.1 * MIB);
        expect(Buffer.compare(t.read(f, written - MIB, MIB), pattern(MIB))).toBe(0);
        expect(t.volume.statistics().freeBytes).toBeLessThan(2 * MIB);
        ok(t.remove(t.root, "f"));
        await t.settle();
        await t.reaped();
        expect(t.volume.statistics().freeBytes).toBeGreaterThan(7 * MIB);
        const g = t.file(t.root, "g");
        t.write(g, 0, pattern(MIB));
        await t.settle();
        expect(await t.findings()).toEqual([]);
      },
      { disk, limits },
    ),
  );

  test("that refuses at the sync: settle rejects with STORE_FULL, commits fail, nothing is half there", () =>
    withVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        await t.settle();
        const { verifier } = t.volume;
        t.node.disk.options = { ...t.node.disk.options, capacityBytes: 1000 };
        t.writeUnstable(f, 0, pattern(MIB / 2));
        ok(t.volume.commit(t.as(ROOT), f));
        await expect(t.volume.settle(1)).rejects.toMatchObject({ code: "STORE_FULL" });
        expect(t.volume.verifier).not.toEqual(verifier);
        expect(t.attributes(f).size).toBe(0);
        ok(t.remove(t.root, "f"));
        await t.settle();
        expect(await t.findings()).toEqual([]);
      },
      { disk, limits: { reservedBytes: 0 } },
    ));

  test("a store that takes no more before a sync: NOSPC, and what was seen stays", () =>
    withVolume(
      async (t) => {
        const f = t.file(t.root, "f");
        t.write(f, 0, pattern(MIB));
        await t.settle();
        let outcome: ReturnType<typeof t.volume.write> | undefined;
        let seen = t.attributes(f);
        for (let i = 0; i < 400; i++) {
          outcome = t.volume.write(t.as(ROOT), f, 0, pattern(MIB, i), "file-sync");
          if ("reason" in outcome) break;
          seen = t.attributes(f);
        }
        expect(outcome).toMatchObject({ reason: "NOSPC" });
        expect(t.attributes(f)).toEqual(seen);
        const { verifier } = t.volume;
        t.writeUnstable(f, 0, pattern(MIB, 5));
        expect(reason(t.volume.commit(t.as(ROOT), f))).toBe("NOSPC");
        expect(t.read(f, 0, 10)).toEqual(pattern(MIB, 5).subarray(0, 10));
        expect(t.volume.verifier).toEqual(verifier);
        await t.settle();
        ok(t.volume.commit(t.as(ROOT), f));
        await t.settle();
        expect(await t.findings()).toEqual([]);
      },
      { limits: { maxCachedBytes: MIB } },
    ));
});
