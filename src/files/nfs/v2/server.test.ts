/** NFS v2, every procedure, through real RPC messages in the simulated world. */
import { describe, expect, test } from "vitest";
import { bytes, type Site, sys, text, withSite } from "../../../../test/support/nfs-site.ts";
import {
  type attrstat,
  type diropargs,
  type diropres,
  type entry,
  ftype,
  type NFS_V2_Client,
  NFSMODE_CHR,
  NFSMODE_FIFO,
  NFSMODE_REG,
  type sattr,
  stat,
} from "../gen/nfs2.gen.ts";

const { NFS_OK } = stat;
const KEEP = 0xffff_ffff;
const keepTime = { seconds: KEEP, useconds: KEEP };

function change(changes: Partial<sattr> = {}): sattr {
  return { mode: KEEP, uid: KEEP, gid: KEEP, size: KEEP, atime: keepTime, mtime: keepTime, ...changes };
}

function at(dir: Uint8Array, name: string): diropargs {
  return { dir, name: bytes(name) };
}

function made(reply: diropres): Uint8Array {
  if (reply.status !== NFS_OK) throw new Error(`status ${reply.status}`);
  return reply.diropok.file.slice();
}

function attributes(reply: attrstat) {
  if (reply.status !== NFS_OK) throw new Error(`status ${reply.status}`);
  return reply.attributes;
}

function create(nfs: NFS_V2_Client, site: Site, name: string, changes: Partial<sattr> = { mode: 0o644 }) {
  return nfs.NFSPROC_CREATE({ where: at(site.root, name), attributes: change(changes) });
}

function write(nfs: NFS_V2_Client, file: Uint8Array, offset: number, data: Uint8Array) {
  return nfs.NFSPROC_WRITE({ file, beginoffset: 0, offset, totalcount: 0, data });
}

test("NULL, ROOT and WRITECACHE do nothing", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    await expect(nfs.NFSPROC_NULL()).resolves.toBeUndefined();
    await expect(nfs.NFSPROC_ROOT()).resolves.toBeUndefined();
    await expect(nfs.NFSPROC_WRITECACHE()).resolves.toBeUndefined();
  });
});

test("CREATE, GETATTR, LOOKUP tell the same of a file", async () => {
  await withSite({ startSeconds: 1_800_000_000 }, async (site) => {
    const nfs = site.nfs2(sys(5, 6));
    const reply = await create(nfs, site, "f", { mode: 0o640, size: 3 });
    const file = made(reply);
    const known = attributes(await nfs.NFSPROC_GETATTR(file));
    expect(known).toMatchObject({
      type: ftype.NFREG,
      mode: NFSMODE_REG | 0o640,
      nlink: 1,
      uid: 5,
      gid: 6,
      size: 3,
    });
    expect(known.mtime.seconds).toBe(1_800_000_000);
    const found = await nfs.NFSPROC_LOOKUP(at(site.root, "f"));
    expect(found).toEqual({ status: NFS_OK, diropok: { file, attributes: known } });
    expect(made(await create(nfs, site, "f"))).toEqual(file);
    expect((await nfs.NFSPROC_LOOKUP(at(site.root, "x"))).status).toBe(stat.NFSERR_NOENT);
  });
});

test("SETATTR changes what is not all ones", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const file = made(await create(nfs, site, "f", { mode: 0o644, size: 9 }));
    const set = (changes: Partial<sattr>) => nfs.NFSPROC_SETATTR({ file, attributes: change(changes) });
    expect(attributes(await set({ mode: 0o600 }))).toMatchObject({ mode: NFSMODE_REG | 0o600, size: 9 });
    expect(attributes(await set({ size: 2 }))).toMatchObject({ mode: NFSMODE_REG | 0o600, size: 2 });
    const times = attributes(await set({ mtime: { seconds: 7, useconds: 8 } }));
    expect(times.mtime).toEqual({ seconds: 7, useconds: 8 });
    const now = attributes(await set({ mtime: { seconds: 0, useconds: 1_000_000 } }));
    expect(now.mtime).toEqual(now.atime);
    expect(now.mtime.seconds).toBeGreaterThan(1_000_000_000);
    expect((await set({ atime: { seconds: 1, useconds: 1_000_001 } })).status).toBe(stat.NFSERR_IO);
  });
});

test("WRITE is durable before its reply, and READ gives it back", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const file = made(await create(nfs, site, "f"));
    expect(attributes(await write(nfs, file, 0, bytes("hello"))).size).toBe(5);
    await site.restart();
    const read = async (offset: number, count: number) => {
      const reply = await site.nfs2().NFSPROC_READ({ file, offset, count, totalcount: 0 });
      if (reply.status !== NFS_OK) throw new Error(`status ${reply.status}`);
      expect(reply.reply.attributes.size).toBe(5);
      return text(reply.reply.data);
    };
    expect(await read(0, 100)).toBe("hello");
    expect(await read(3, 100)).toBe("lo");
    expect(await read(5, 100)).toBe("");
    expect(await read(KEEP, KEEP)).toBe("");
  });
});

test("READ gives at most 8192 bytes", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const file = made(await create(nfs, site, "f"));
    for (const offset of [0, 8192]) attributes(await write(nfs, file, offset, new Uint8Array(8192).fill(1)));
    const reply = await nfs.NFSPROC_READ({ file, offset: 0, count: KEEP, totalcount: 0 });
    expect(reply.status === NFS_OK && reply.reply.data.length).toBe(8192);
  });
});

test("a file over 4 GiB is shown as large as 32 bits can tell, and no write goes there", async () => {
  await withSite({}, async (site) => {
    const file = made(await create(site.nfs2(), site, "f"));
    const guard = { check: false } as const;
    const keep = { set_it: false } as const;
    const large = { mode: keep, uid: keep, gid: keep, size: { set_it: true, size: 2n ** 33n } } as const;
    const new_attributes = { ...large, atime: { set_it: 0 }, mtime: { set_it: 0 } } as const;
    await site.nfs3().NFSPROC3_SETATTR({ object: file, new_attributes, guard });
    expect(attributes(await site.nfs2().NFSPROC_GETATTR(file)).size).toBe(0xffff_ffff);
    expect((await write(site.nfs2(), file, KEEP, bytes("x"))).status).toBe(stat.NFSERR_FBIG);
    expect((await write(site.nfs2(), file, KEEP - 1, bytes("x"))).status).toBe(NFS_OK);
  });
});

test("SYMLINK and READLINK", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const link = { from: at(site.root, "l"), to: bytes("else/where"), attributes: change() };
    expect(await nfs.NFSPROC_SYMLINK(link)).toBe(NFS_OK);
    expect(await nfs.NFSPROC_SYMLINK(link)).toBe(stat.NFSERR_EXIST);
    const file = made(await nfs.NFSPROC_LOOKUP(at(site.root, "l")));
    const read = await nfs.NFSPROC_READLINK(file);
    expect(read.status === NFS_OK && text(read.data)).toBe("else/where");
    expect((await nfs.NFSPROC_READLINK(site.root)).status).toBe(stat.NFSERR_IO);
  });
});

test("MKDIR, RMDIR, REMOVE, RENAME, LINK", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const where = at(site.root, "d");
    const dir = made(await nfs.NFSPROC_MKDIR({ where, attributes: change({ mode: 0o755 }) }));
    expect(attributes(await nfs.NFSPROC_GETATTR(dir))).toMatchObject({ type: ftype.NFDIR, nlink: 2 });
    const file = made(await create(nfs, site, "f"));
    expect(await nfs.NFSPROC_RENAME({ from: at(site.root, "f"), to: at(dir, "g") })).toBe(NFS_OK);
    expect(await nfs.NFSPROC_RENAME({ from: at(site.root, "f"), to: at(dir, "g") })).toBe(stat.NFSERR_NOENT);
    expect(await nfs.NFSPROC_LINK({ from: file, to: at(site.root, "h") })).toBe(NFS_OK);
    expect(attributes(await nfs.NFSPROC_GETATTR(file)).nlink).toBe(2);
    expect(await nfs.NFSPROC_RMDIR(where)).toBe(stat.NFSERR_NOTEMPTY);
    expect(await nfs.NFSPROC_REMOVE(at(dir, "g"))).toBe(NFS_OK);
    expect(await nfs.NFSPROC_REMOVE(at(dir, "g"))).toBe(stat.NFSERR_NOENT);
    expect(await nfs.NFSPROC_RMDIR(where)).toBe(NFS_OK);
    expect(await nfs.NFSPROC_REMOVE(at(site.root, "h"))).toBe(NFS_OK);
    expect((await nfs.NFSPROC_GETATTR(file)).status).toBe(stat.NFSERR_STALE);
    expect((await nfs.NFSPROC_GETATTR(new Uint8Array(32).fill(1))).status).toBe(stat.NFSERR_STALE);
  });
});

test("CREATE makes special files by the old custom", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs2();
    const kinds: [string, Partial<sattr>, ftype, number][] = [
      ["fifo", { mode: NFSMODE_FIFO | 0o600 }, ftype.NFFIFO, 0],
      ["old-fifo", { mode: NFSMODE_CHR | 0o600 }, ftype.NFFIFO, 0],
      ["device", { mode: NFSMODE_CHR | 0o600, size: 0x0811 }, ftype.NFCHR, 0x0811],
    ];
    for (const [name, changes, type, rdev] of kinds) {
      const known = attributes(await nfs.NFSPROC_GETATTR(made(await create(nfs, site, name, changes))));
      expect(known).toMatchObject({ type, rdev, size: 0 });
      expect(known.mode & 0o7777).toBe(0o600);
    }
    const directory = await create(nfs, site, "no", { mode: 0o040000 });
    expect(directory.status).toBe(stat.NFSERR_IO);
  });
});

describe("READDIR", () => {
  async function readAll(site: Site, count: number): Promise<string[]> {
    const nfs = site.nfs2();
    const found: string[] = [];
    let cookie: Uint8Array = new Uint8Array(4);
    for (;;) {
      const reply = await nfs.NFSPROC_READDIR({ dir: site.root, cookie, count });
      if (reply.status !== NFS_OK) throw new Error(`status ${reply.status}`);
      let size = 8;
      for (let each: entry | null = reply.reply.entries; each !== null; each = each.nextentry) {
        found.push(text(each.name));
        size += 16 + ((each.name.length + 3) & ~3);
        cookie = each.cookie.slice();
      }
      expect(size).toBeLessThanOrEqual(Math.min(Math.max(count, 512), 8192));
      if (reply.reply.eof) return found;
      expect(size).toBeGreaterThan(8);
    }
  }

  test.each([0, 512, 1000, 8192, KEEP])("lists everything once with count %i", async (count) => {
    await withSite({}, async (site) => {
      const names = Array.from({ length: 200 }, (_, i) => `${"n".repeat(i % 40)}${i}`);
      for (const name of names) await create(site.nfs2(), site, name);
      const found = await readAll(site, count);
      expect(found.slice(0, 2)).toEqual([".", ".."]);
      expect(found.slice(2).toSorted()).toEqual(names.toSorted());
    });
  });
});

test("STATFS counts blocks that fit 32 bits", async () => {
  await withSite({ disk: { capacityBytes: 2 ** 50 } }, async (site) => {
    const reply = await site.nfs2().NFSPROC_STATFS(site.root);
    if (reply.status !== NFS_OK) throw new Error(`status ${reply.status}`);
    const { tsize, bsize, blocks, bfree, bavail } = reply.reply;
    expect(tsize).toBe(8192);
    expect(bsize * blocks).toBeGreaterThan(2 ** 39);
    expect(bfree).toBeLessThanOrEqual(blocks);
    expect(bavail).toBe(bfree);
  });
});

test("through a read-only export nothing changes", async () => {
  await withSite({ nfs: { exports: [{ from: "*", access: "ro" }] } }, async (site) => {
    const nfs = site.nfs2();
    const where = at(site.root, "x");
    const made2 = await Promise.all([
      nfs.NFSPROC_SETATTR({ file: site.root, attributes: change() }),
      write(nfs, site.root, 0, bytes("x")),
      nfs.NFSPROC_CREATE({ where, attributes: change() }),
      nfs.NFSPROC_MKDIR({ where, attributes: change() }),
    ]);
    expect(made2.map((reply) => reply.status)).toEqual(made2.map(() => stat.NFSERR_ROFS));
    const done = await Promise.all([
      nfs.NFSPROC_REMOVE(where),
      nfs.NFSPROC_RMDIR(where),
      nfs.NFSPROC_RENAME({ from: where, to: where }),
      nfs.NFSPROC_LINK({ from: site.root, to: where }),
      nfs.NFSPROC_SYMLINK({ from: where, to: bytes("t"), attributes: change() }),
    ]);
    expect(done).toEqual(done.map(() => stat.NFSERR_ROFS));
    expect(attributes(await nfs.NFSPROC_GETATTR(site.root)).type).toBe(ftype.NFDIR);
  });
});
