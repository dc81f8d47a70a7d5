/** GETATTR, SETATTR, LOOKUP, ACCESS, READLINK through real RPC messages in the simulated world. */
import { expect, test } from "vitest";
import {
  at,
  bytes,
  handleOf,
  made,
  type Site,
  sattr,
  sys,
  withSite,
} from "../../../../test/support/nfs-site.ts";
import { ftype3, nfsstat3, time_how, type wcc_data } from "../gen/nfs3.gen.ts";
import { HANDLE_BYTES } from "../handles.ts";

const { NFS3_OK } = nfsstat3;

async function file(site: Site, name: string, changes: Parameters<typeof sattr>[0] = { mode: 0o644 }) {
  const how = { mode: 1, obj_attributes: sattr(changes) } as const;
  return made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, name), how }));
}

test("NULL answers", async () => {
  await withSite({}, async (site) => {
    await expect(site.nfs3().NFSPROC3_NULL()).resolves.toBeUndefined();
  });
});

test("GETATTR tells what was made", async () => {
  await withSite({ startSeconds: 1_800_000_000 }, async (site) => {
    const object = await file(site, "f", { mode: 0o640, uid: 5, gid: 6, size: 10 });
    const reply = await site.nfs3().NFSPROC3_GETATTR({ object });
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    const a = reply.resok.obj_attributes;
    expect(a).toMatchObject({
      type: ftype3.NF3REG,
      mode: 0o640,
      nlink: 1,
      uid: 5,
      gid: 6,
      size: 10n,
      used: 0n,
    });
    expect(a.mtime.seconds).toBe(1_800_000_000);
    const root = await site.nfs3().NFSPROC3_GETATTR({ object: site.root });
    if (root.status !== NFS3_OK) throw new Error(`status ${root.status}`);
    expect(root.resok.obj_attributes).toMatchObject({ type: ftype3.NF3DIR, fsid: a.fsid });
    expect(root.resok.obj_attributes.fileid).not.toBe(a.fileid);
  });
});

test("a handle that nobody made is BADHANDLE, one of another volume STALE, in every procedure", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    await file(site, "y");
    const foreign = site.root.slice().fill(9, 0, 4);
    const cases: [Uint8Array, nfsstat3][] = [
      [new Uint8Array(12), nfsstat3.NFS3ERR_BADHANDLE],
      [site.root.slice().fill(1, HANDLE_BYTES - 1), nfsstat3.NFS3ERR_BADHANDLE],
      [foreign, nfsstat3.NFS3ERR_STALE],
    ];
    for (const [object, status] of cases) {
      const where = at(object, "x");
      const created = { mode: 1, obj_attributes: sattr() } as const;
      const list = { dir: object, cookie: 0n, cookieverf: new Uint8Array(8) };
      const io = { file: object, offset: 0n, count: 1 };
      const replies = await Promise.all([
        nfs.NFSPROC3_GETATTR({ object }),
        nfs.NFSPROC3_SETATTR({ object, new_attributes: sattr({ mode: 0 }), guard: { check: false } }),
        nfs.NFSPROC3_LOOKUP({ what: where }),
        nfs.NFSPROC3_ACCESS({ object, access: 63 }),
        nfs.NFSPROC3_READLINK({ symlink: object }),
        nfs.NFSPROC3_READ(io),
        nfs.NFSPROC3_WRITE({ ...io, stable: 2, data: new Uint8Array(1) }),
        nfs.NFSPROC3_CREATE({ where, how: created }),
        nfs.NFSPROC3_MKDIR({ where, attributes: sattr() }),
        nfs.NFSPROC3_SYMLINK({ where, symlink: { symlink_attributes: sattr(), symlink_data: bytes("t") } }),
        nfs.NFSPROC3_MKNOD({ where, what: { type: ftype3.NF3FIFO, pipe_attributes: sattr() } }),
        nfs.NFSPROC3_REMOVE({ object: where }),
        nfs.NFSPROC3_RMDIR({ object: where }),
        nfs.NFSPROC3_RENAME({ from: where, to: at(site.root, "y") }),
        nfs.NFSPROC3_RENAME({ from: at(site.root, "y"), to: where }),
        nfs.NFSPROC3_LINK({ file: object, link: at(site.root, "z") }),
        nfs.NFSPROC3_READDIR({ ...list, count: 4096 }),
        nfs.NFSPROC3_READDIRPLUS({ ...list, dircount: 4096, maxcount: 4096 }),
        nfs.NFSPROC3_FSSTAT({ fsroot: object }),
        nfs.NFSPROC3_FSINFO({ fsroot: object }),
        nfs.NFSPROC3_PATHCONF({ object }),
        nfs.NFSPROC3_COMMIT(io),
      ]);
      expect(replies.map((reply) => reply.status)).toEqual(replies.map(() => status));
    }
  });
});

function expectWcc(wcc: wcc_data): { before: bigint; after: bigint; mode: number } {
  if (!wcc.before.attributes_follow || !wcc.after.attributes_follow)
    throw new Error("attributes are missing");
  return {
    before: wcc.before.attributes.size,
    after: wcc.after.attributes.size,
    mode: wcc.after.attributes.mode,
  };
}

test("SETATTR changes what is given, and tells what was before and after", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const object = await file(site, "f", { size: 5 });
    const atime = { set_it: time_how.SET_TO_CLIENT_TIME, atime: { seconds: 7, nseconds: 8 } } as const;
    const new_attributes = sattr({ mode: 0o600, size: 9, atime });
    const reply = await nfs.NFSPROC3_SETATTR({ object, new_attributes, guard: { check: false } });
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    expect(expectWcc(reply.resok.obj_wcc)).toEqual({ before: 5n, after: 9n, mode: 0o600 });
    const { after } = reply.resok.obj_wcc;
    expect(after.attributes_follow && after.attributes.atime).toEqual({ seconds: 7, nseconds: 8 });
  });
});

test("SETATTR with a guard that does not fit does nothing, and NOT_SYNC says so", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const object = await file(site, "f", { size: 5 });
    const known = await nfs.NFSPROC3_GETATTR({ object });
    if (known.status !== NFS3_OK) throw new Error(`status ${known.status}`);
    const { ctime } = known.resok.obj_attributes;
    const new_attributes = sattr({ size: 1 });
    const wrong = {
      check: true,
      obj_ctime: { seconds: ctime.seconds, nseconds: ctime.nseconds ^ 1 },
    } as const;
    const refused = await nfs.NFSPROC3_SETATTR({ object, new_attributes, guard: wrong });
    if (refused.status !== nfsstat3.NFS3ERR_NOT_SYNC) throw new Error(`status ${refused.status}`);
    expect(expectWcc(refused.resfail.obj_wcc)).toMatchObject({ before: 5n, after: 5n });
    const right = { check: true, obj_ctime: ctime } as const;
    const done = await nfs.NFSPROC3_SETATTR({ object, new_attributes, guard: right });
    if (done.status !== NFS3_OK) throw new Error(`status ${done.status}`);
    expect(expectWcc(done.resok.obj_wcc)).toMatchObject({ before: 5n, after: 1n });
  });
});

test("SETATTR refuses: another's file, no time, a size for a directory", async () => {
  await withSite({}, async (site) => {
    const object = await file(site, "f");
    const guard = { check: false } as const;
    const mine = site.nfs3(sys(1000));
    const status = async (promise: Promise<{ status: nfsstat3 }>) => (await promise).status;
    const chmod = { object, new_attributes: sattr({ mode: 0 }), guard };
    expect(await status(mine.NFSPROC3_SETATTR(chmod))).toBe(nfsstat3.NFS3ERR_PERM);
    const mtime = { set_it: time_how.SET_TO_CLIENT_TIME, mtime: { seconds: 1, nseconds: 1e9 } } as const;
    const never = { object, new_attributes: sattr({ mtime }), guard };
    expect(await status(site.nfs3().NFSPROC3_SETATTR(never))).toBe(nfsstat3.NFS3ERR_INVAL);
    const truncate = { object: site.root, new_attributes: sattr({ size: 0 }), guard };
    expect(await status(site.nfs3().NFSPROC3_SETATTR(truncate))).toBe(nfsstat3.NFS3ERR_INVAL);
  });
});

test("LOOKUP finds names, itself by a dot and the directory above by two", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const object = await file(site, "f");
    const directory = made(await nfs.NFSPROC3_MKDIR({ where: at(site.root, "d"), attributes: sattr() }));
    const find = async (dir: Uint8Array, name: string) => {
      const reply = await nfs.NFSPROC3_LOOKUP({ what: at(dir, name) });
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      expect(reply.resok.dir_attributes.attributes_follow).toBe(true);
      expect(reply.resok.obj_attributes.attributes_follow).toBe(true);
      return reply.resok.object;
    };
    expect(await find(site.root, "f")).toEqual(object);
    expect(await find(directory, ".")).toEqual(directory);
    expect(await find(directory, "..")).toEqual(site.root);
    expect(await find(site.root, "..")).toEqual(site.root);
  });
});

test("LOOKUP's failures tell the directory's attributes", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const object = await file(site, "f");
    const failed = async (dir: Uint8Array, name: string | Uint8Array, who = nfs) => {
      const reply = await who.NFSPROC3_LOOKUP({ what: at(dir, name) });
      if (reply.status === NFS3_OK) throw new Error("found");
      expect(reply.resfail.dir_attributes.attributes_follow).toBe(true);
      return reply.status;
    };
    expect(await failed(site.root, "missing")).toBe(nfsstat3.NFS3ERR_NOENT);
    expect(await failed(object, "x")).toBe(nfsstat3.NFS3ERR_NOTDIR);
    expect(await failed(site.root, new Uint8Array(256).fill(97))).toBe(nfsstat3.NFS3ERR_NAMETOOLONG);
    const attributes = sattr({ mode: 0o700 });
    const closed = made(await nfs.NFSPROC3_MKDIR({ where: at(site.root, "closed"), attributes }));
    expect(await failed(closed, "x", site.nfs3(sys(1000)))).toBe(nfsstat3.NFS3ERR_ACCES);
  });
});

test("ACCESS answers by mode bits, for the caller", async () => {
  await withSite({}, async (site) => {
    const object = await file(site, "f", { mode: 0o754, uid: 1, gid: 2 });
    const granted = async (uid: number, gid: number, access: number) => {
      const reply = await site.nfs3(sys(uid, gid)).NFSPROC3_ACCESS({ object, access });
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      expect(reply.resok.obj_attributes.attributes_follow).toBe(true);
      return reply.resok.access;
    };
    expect(await granted(1, 9, 0x3f)).toBe(0x2d);
    expect(await granted(3, 2, 0x3f)).toBe(0x21);
    expect(await granted(3, 9, 0x3f)).toBe(0x01);
    expect(await granted(1, 9, 0x04)).toBe(0x04);
  });
});

test("READLINK gives what SYMLINK took, byte for byte", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const target = Uint8Array.of(0x2e, 0x2e, 0x2f, 0xff, 0xc3);
    const symlink = { symlink_attributes: sattr(), symlink_data: target };
    const reply = await nfs.NFSPROC3_SYMLINK({ where: at(site.root, "l"), symlink });
    if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
    const read = await nfs.NFSPROC3_READLINK({ symlink: handleOf(reply.resok.obj) });
    if (read.status !== NFS3_OK) throw new Error(`status ${read.status}`);
    expect(read.resok.data).toEqual(target);
    const notLink = await nfs.NFSPROC3_READLINK({ symlink: await file(site, "f") });
    expect(notLink.status).toBe(nfsstat3.NFS3ERR_INVAL);
  });
});
