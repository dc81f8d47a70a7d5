/** CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK through real RPC messages in the simulated world. */
import { describe, expect, test } from "vitest";
import { at, bytes, made, type Site, sattr, sys, withSite } from "../../../../test/support/nfs-site.ts";
import {
  type createhow3,
  createmode3,
  ftype3,
  type mknoddata3,
  nfsstat3,
  type wcc_data,
} from "../gen/nfs3.gen.ts";

const { NFS3_OK, NFS3ERR_EXIST, NFS3ERR_NOENT } = nfsstat3;

const guarded: createhow3 = { mode: createmode3.GUARDED, obj_attributes: sattr({ mode: 0o644 }) };

/** Whole data from both sides of the operation, of which `before` is what GETATTR had said. */
async function expectChange(site: Site, dir: Uint8Array, run: () => Promise<wcc_data>): Promise<void> {
  const earlier = await site.nfs3().NFSPROC3_GETATTR({ object: dir });
  await site.simulation.sleep(10);
  const { before, after } = await run();
  const later = await site.nfs3().NFSPROC3_GETATTR({ object: dir });
  if (earlier.status !== NFS3_OK || later.status !== NFS3_OK) throw new Error("no attributes");
  const { size, mtime, ctime } = earlier.resok.obj_attributes;
  expect(before).toEqual({ attributes_follow: true, attributes: { size, mtime, ctime } });
  expect(after).toEqual({ attributes_follow: true, attributes: later.resok.obj_attributes });
  expect(later.resok.obj_attributes.mtime).not.toEqual(mtime);
}

/** A failure tells the same from both sides, since nothing has changed. */
function expectUnchanged({ before, after }: wcc_data): void {
  if (!before.attributes_follow || !after.attributes_follow) throw new Error("attributes are missing");
  const { size, mtime, ctime } = after.attributes;
  expect(before.attributes).toEqual({ size, mtime, ctime });
}

async function names(site: Site, dir: Uint8Array): Promise<string[]> {
  const list = { dir, cookie: 0n, cookieverf: new Uint8Array(8), count: 65_536 };
  const reply = await site.nfs3().NFSPROC3_READDIR(list);
  if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
  const found: string[] = [];
  for (let entry = reply.resok.reply.entries; entry !== null; entry = entry.nextentry) {
    found.push(new TextDecoder().decode(entry.name));
  }
  return found.slice(2).sort();
}

async function lookup(site: Site, name: string) {
  const reply = await site.nfs3().NFSPROC3_LOOKUP({ what: at(site.root, name) });
  if (reply.status !== NFS3_OK) throw new Error(`${name}: status ${reply.status}`);
  if (!reply.resok.obj_attributes.attributes_follow) throw new Error("no attributes");
  return { handle: reply.resok.object, attributes: reply.resok.obj_attributes.attributes };
}

describe("CREATE", () => {
  test("GUARDED makes a file, once", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3(sys(5, 6));
      const where = at(site.root, "f");
      await expectChange(site, site.root, async () => {
        const reply = await nfs.NFSPROC3_CREATE({ where, how: guarded });
        if (reply.status !== NFS3_OK || !reply.resok.obj_attributes.attributes_follow)
          throw new Error("no file");
        const expected = { type: ftype3.NF3REG, mode: 0o644, uid: 5, gid: 6, nlink: 1 };
        expect(reply.resok.obj_attributes.attributes).toMatchObject(expected);
        return reply.resok.dir_wcc;
      });
      const again = await nfs.NFSPROC3_CREATE({ where, how: guarded });
      if (again.status !== NFS3ERR_EXIST) throw new Error(`status ${again.status}`);
      expectUnchanged(again.resfail.dir_wcc);
    });
  });

  test("UNCHECKED takes the file that is there and sets its size, if that is given", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const where = at(site.root, "f");
      const create = async (size?: number) => {
        const obj_attributes = sattr(size === undefined ? {} : { size });
        return made(
          await nfs.NFSPROC3_CREATE({ where, how: { mode: createmode3.UNCHECKED, obj_attributes } }),
        );
      };
      const first = await create(7);
      expect(await create()).toEqual(first);
      expect((await lookup(site, "f")).attributes.size).toBe(7n);
      expect(await create(0)).toEqual(first);
      expect((await lookup(site, "f")).attributes.size).toBe(0n);
    });
  });

  test("EXCLUSIVE gives the same verifier its file again, and refuses every other", async () => {
    await withSite({}, async (site) => {
      const where = at(site.root, "f");
      const create = (verf: Uint8Array) =>
        site.nfs3().NFSPROC3_CREATE({ where, how: { mode: createmode3.EXCLUSIVE, verf } });
      const verifier = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      const first = made(await create(verifier));
      expect(made(await create(verifier))).toEqual(first);
      expect((await create(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9))).status).toBe(NFS3ERR_EXIST);
      expect((await create(Uint8Array.of(9, 2, 3, 4, 5, 6, 7, 8))).status).toBe(NFS3ERR_EXIST);
    });
  });

  test("a name that cannot be, a directory that is none, a directory closed to the caller", async () => {
    await withSite({}, async (site) => {
      const file = made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
      const attributes = sattr({ mode: 0o755 });
      const dir = made(await site.nfs3().NFSPROC3_MKDIR({ where: at(site.root, "d"), attributes }));
      const create = async (where: ReturnType<typeof at>) =>
        (await site.nfs3(sys(9)).NFSPROC3_CREATE({ where, how: guarded })).status;
      expect(await create(at(site.root, ""))).toBe(nfsstat3.NFS3ERR_INVAL);
      expect(await create(at(site.root, "a/b"))).toBe(nfsstat3.NFS3ERR_INVAL);
      expect(await create(at(site.root, new Uint8Array(256).fill(1)))).toBe(nfsstat3.NFS3ERR_NAMETOOLONG);
      expect(await create(at(file, "x"))).toBe(nfsstat3.NFS3ERR_NOTDIR);
      expect(await create(at(dir, "x"))).toBe(nfsstat3.NFS3ERR_ACCES);
    });
  });
});

describe("MKDIR and RMDIR", () => {
  test("make and take away a directory", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const where = at(site.root, "d");
      await expectChange(site, site.root, async () => {
        const reply = await nfs.NFSPROC3_MKDIR({ where, attributes: sattr({ mode: 0o750 }) });
        if (reply.status !== NFS3_OK || !reply.resok.obj_attributes.attributes_follow)
          throw new Error("no directory");
        expect(reply.resok.obj_attributes.attributes).toMatchObject({
          type: ftype3.NF3DIR,
          mode: 0o750,
          nlink: 2,
        });
        return reply.resok.dir_wcc;
      });
      expect((await nfs.NFSPROC3_MKDIR({ where, attributes: sattr() })).status).toBe(NFS3ERR_EXIST);
      const { handle } = await lookup(site, "d");
      await nfs.NFSPROC3_CREATE({ where: at(handle, "f"), how: guarded });
      const full = await nfs.NFSPROC3_RMDIR({ object: where });
      if (full.status !== nfsstat3.NFS3ERR_NOTEMPTY) throw new Error(`status ${full.status}`);
      expectUnchanged(full.resfail.dir_wcc);
      await nfs.NFSPROC3_REMOVE({ object: at(handle, "f") });
      await expectChange(site, site.root, async () => {
        const reply = await nfs.NFSPROC3_RMDIR({ object: where });
        if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
        return reply.resok.dir_wcc;
      });
      expect((await nfs.NFSPROC3_GETATTR({ object: handle })).status).toBe(nfsstat3.NFS3ERR_STALE);
    });
  });

  test("RMDIR of a file is NOTDIR, REMOVE of a directory ISDIR, of nothing NOENT", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded });
      await nfs.NFSPROC3_MKDIR({ where: at(site.root, "d"), attributes: sattr() });
      expect((await nfs.NFSPROC3_RMDIR({ object: at(site.root, "f") })).status).toBe(nfsstat3.NFS3ERR_NOTDIR);
      expect((await nfs.NFSPROC3_REMOVE({ object: at(site.root, "d") })).status).toBe(nfsstat3.NFS3ERR_ISDIR);
      const missing = await nfs.NFSPROC3_REMOVE({ object: at(site.root, "x") });
      if (missing.status !== NFS3ERR_NOENT) throw new Error(`status ${missing.status}`);
      expectUnchanged(missing.resfail.dir_wcc);
    });
  });
});

test("SYMLINK's target is kept, an empty or overlong one refused", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const link = async (name: string, symlink_data: Uint8Array) => {
      const symlink = { symlink_attributes: sattr({ mode: 0o777 }), symlink_data };
      return nfs.NFSPROC3_SYMLINK({ where: at(site.root, name), symlink });
    };
    const reply = await link("l", bytes("/elsewhere"));
    if (reply.status !== NFS3_OK || !reply.resok.obj_attributes.attributes_follow) throw new Error("no link");
    expect(reply.resok.obj_attributes.attributes).toMatchObject({ type: ftype3.NF3LNK, size: 10n });
    expect((await link("l", bytes("again"))).status).toBe(NFS3ERR_EXIST);
    expect((await link("long", new Uint8Array(4097).fill(97))).status).toBe(nfsstat3.NFS3ERR_NAMETOOLONG);
  });
});

test("MKNOD makes devices, fifos and sockets; devices are root's to make", async () => {
  await withSite({}, async (site) => {
    const device = { dev_attributes: sattr({ mode: 0o600 }), spec: { specdata1: 8, specdata2: 17 } };
    const pipe_attributes = sattr({ mode: 0o644 });
    const kinds: [string, mknoddata3, object][] = [
      ["c", { type: ftype3.NF3CHR, device }, { mode: 0o600, rdev: device.spec }],
      ["b", { type: ftype3.NF3BLK, device }, { mode: 0o600, rdev: device.spec }],
      ["s", { type: ftype3.NF3SOCK, pipe_attributes }, { mode: 0o644 }],
      ["p", { type: ftype3.NF3FIFO, pipe_attributes }, { mode: 0o644 }],
    ];
    for (const [name, what, expected] of kinds) {
      const reply = await site.nfs3().NFSPROC3_MKNOD({ where: at(site.root, name), what });
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      expect((await lookup(site, name)).attributes).toMatchObject({ ...expected, type: what.type });
    }
    const refused = await site.nfs3(sys(9)).NFSPROC3_MKNOD({
      where: at(site.root, "mine"),
      what: { type: ftype3.NF3CHR, device },
    });
    expect(refused.status).toBe(nfsstat3.NFS3ERR_PERM);
    const file = { where: at(site.root, "r"), what: { type: ftype3.NF3REG } };
    expect((await site.nfs3().NFSPROC3_MKNOD(file)).status).toBe(nfsstat3.NFS3ERR_BADTYPE);
  });
});

test("REMOVE takes the name and, with the last one, the file for ever", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const object = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
    await expectChange(site, site.root, async () => {
      const reply = await nfs.NFSPROC3_REMOVE({ object: at(site.root, "f") });
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      return reply.resok.dir_wcc;
    });
    expect((await nfs.NFSPROC3_GETATTR({ object })).status).toBe(nfsstat3.NFS3ERR_STALE);
    const next = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
    expect(next).not.toEqual(object);
    expect((await nfs.NFSPROC3_GETATTR({ object })).status).toBe(nfsstat3.NFS3ERR_STALE);
  });
});

describe("RENAME", () => {
  test("moves between directories and tells of both", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const object = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
      const dir = made(await nfs.NFSPROC3_MKDIR({ where: at(site.root, "d"), attributes: sattr() }));
      let todir: wcc_data | undefined;
      await expectChange(site, site.root, async () => {
        const reply = await nfs.NFSPROC3_RENAME({ from: at(site.root, "f"), to: at(dir, "g") });
        if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
        todir = reply.resok.todir_wcc;
        return reply.resok.fromdir_wcc;
      });
      expect(todir?.before.attributes_follow && todir.after.attributes_follow).toBe(true);
      expect(await names(site, site.root)).toEqual(["d"]);
      expect(await names(site, dir)).toEqual(["g"]);
      const found = await nfs.NFSPROC3_LOOKUP({ what: at(dir, "g") });
      expect(found.status === NFS3_OK && found.resok.object).toEqual(object);
    });
  });

  test("replaces what it may, and refuses what it may not", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const create = (name: string) => nfs.NFSPROC3_CREATE({ where: at(site.root, name), how: guarded });
      const mkdir = (dir: Uint8Array, name: string) =>
        nfs.NFSPROC3_MKDIR({ where: at(dir, name), attributes: sattr() });
      const rename = (from: string, to: string) =>
        nfs.NFSPROC3_RENAME({ from: at(site.root, from), to: at(site.root, to) });
      const f = made(await create("f"));
      await create("g");
      expect((await rename("f", "g")).status).toBe(NFS3_OK);
      expect((await lookup(site, "g")).handle).toEqual(f);
      const d = made(await mkdir(site.root, "d"));
      await mkdir(site.root, "e");
      expect((await rename("g", "d")).status).toBe(nfsstat3.NFS3ERR_ISDIR);
      expect((await rename("d", "g")).status).toBe(nfsstat3.NFS3ERR_NOTDIR);
      expect((await rename("d", "e")).status).toBe(NFS3_OK);
      const inside = made(await mkdir(d, "inside"));
      const under = await nfs.NFSPROC3_RENAME({ from: at(site.root, "e"), to: at(inside, "x") });
      expect(under.status).toBe(nfsstat3.NFS3ERR_INVAL);
      const missing = await rename("missing", "x");
      if (missing.status !== NFS3ERR_NOENT) throw new Error(`status ${missing.status}`);
      expectUnchanged(missing.resfail.fromdir_wcc);
      expectUnchanged(missing.resfail.todir_wcc);
    });
  });
});

test("LINK gives a file a second name", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const file = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
    await expectChange(site, site.root, async () => {
      const reply = await nfs.NFSPROC3_LINK({ file, link: at(site.root, "g") });
      if (reply.status !== NFS3_OK || !reply.resok.file_attributes.attributes_follow)
        throw new Error("no link");
      expect(reply.resok.file_attributes.attributes.nlink).toBe(2);
      return reply.resok.linkdir_wcc;
    });
    const taken = await nfs.NFSPROC3_LINK({ file, link: at(site.root, "f") });
    if (taken.status !== NFS3ERR_EXIST) throw new Error(`status ${taken.status}`);
    expectUnchanged(taken.resfail.linkdir_wcc);
    await nfs.NFSPROC3_REMOVE({ object: at(site.root, "f") });
    expect((await lookup(site, "g")).handle).toEqual(file);
    const directory = await nfs.NFSPROC3_LINK({ file: site.root, link: at(site.root, "h") });
    expect([nfsstat3.NFS3ERR_ISDIR, nfsstat3.NFS3ERR_PERM, nfsstat3.NFS3ERR_INVAL]).toContain(
      directory.status,
    );
  });
});

test("through a read-only export nothing changes, and ROFS says why", async () => {
  const exports = [{ from: "*", access: "ro", squash: "none" }] as const;
  await withSite({ nfs: { exports } }, async (site) => {
    const nfs = site.nfs3();
    const dir = site.root;
    const where = at(dir, "x");
    const io = { file: dir, offset: 0n, count: 0 };
    const replies = await Promise.all([
      nfs.NFSPROC3_SETATTR({ object: dir, new_attributes: sattr({ mode: 0 }), guard: { check: false } }),
      nfs.NFSPROC3_WRITE({ ...io, stable: 2, data: new Uint8Array(0) }),
      nfs.NFSPROC3_CREATE({ where, how: guarded }),
      nfs.NFSPROC3_MKDIR({ where, attributes: sattr() }),
      nfs.NFSPROC3_SYMLINK({ where, symlink: { symlink_attributes: sattr(), symlink_data: bytes("t") } }),
      nfs.NFSPROC3_MKNOD({ where, what: { type: ftype3.NF3FIFO, pipe_attributes: sattr() } }),
      nfs.NFSPROC3_REMOVE({ object: where }),
      nfs.NFSPROC3_RMDIR({ object: where }),
      nfs.NFSPROC3_RENAME({ from: where, to: where }),
      nfs.NFSPROC3_LINK({ file: dir, link: where }),
    ]);
    expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => nfsstat3.NFS3ERR_ROFS));
    const access = await nfs.NFSPROC3_ACCESS({ object: dir, access: 0x3f });
    expect(access.status === NFS3_OK && access.resok.access).toBe(0x03);
    expect(await names(site, dir)).toEqual([]);
  });
});

test("names of any bytes are kept as they are", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const strange = [
      Uint8Array.of(0xff, 0xfe),
      Uint8Array.of(0xc3),
      bytes("ä"),
      bytes("a\u0308"),
      bytes("..."),
    ];
    const handles: Uint8Array[] = [];
    for (const name of strange) {
      handles.push(made(await nfs.NFSPROC3_CREATE({ where: at(site.root, name), how: guarded })));
    }
    for (const [index, name] of strange.entries()) {
      const reply = await nfs.NFSPROC3_LOOKUP({ what: at(site.root, name) });
      expect(reply.status === NFS3_OK && reply.resok.object).toEqual(handles[index]);
    }
    expect(new Set(handles.map(String)).size).toBe(strange.length);
  });
});
