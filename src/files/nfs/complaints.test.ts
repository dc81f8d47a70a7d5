/** What users of other NFS servers complain of, each as a test: none of it happens here. */
import { describe, expect, test } from "vitest";
import { at, bytes, made, type Site, sattr, sys, text, withSite } from "../../../test/support/nfs-site.ts";
import { XdrWriter } from "../../marshal/index.ts";
import type { Stream } from "../../world/index.ts";
import * as v2 from "./gen/nfs2.gen.ts";
import * as gen from "./gen/nfs3.gen.ts";

const { NFS3_OK } = gen.nfsstat3;
/** How many runs of random kills; more with COTERIE_SOAK=1. */
const seeds = process.env.COTERIE_SOAK === "1" ? 1000 : 15;
const guarded: gen.createhow3 = { mode: gen.createmode3.GUARDED, obj_attributes: sattr({ mode: 0o644 }) };

test("a handle is good after a restart, and that of a removed file stale for ever", async () => {
  await withSite({}, async (site) => {
    const kept = made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, "kept"), how: guarded }));
    const gone = made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, "gone"), how: guarded }));
    await site.nfs3().NFSPROC3_REMOVE({ object: at(site.root, "gone") });
    for (let life = 0; life < 3; life++) {
      await site.restart();
      const nfs = site.nfs3();
      expect((await nfs.NFSPROC3_GETATTR({ object: kept })).status).toBe(NFS3_OK);
      expect((await nfs.NFSPROC3_GETATTR({ object: gone })).status).toBe(gen.nfsstat3.NFS3ERR_STALE);
      // New files may take the old one's inode: the old handle is none of theirs.
      const where = at(site.root, `new-${life}`);
      expect(made(await nfs.NFSPROC3_CREATE({ where, how: guarded }))).not.toEqual(gone);
    }
  });
});

/** Sends one encoded call on a connection of its own, and resolves with the reply without its record mark. */
async function send(site: Site, call: Uint8Array): Promise<Uint8Array> {
  const stream: Stream = await site.client.world.net.connect({ to: { host: site.server.ip, port: 2049 } });
  return new Promise((resolve, reject) => {
    let received = new Uint8Array(0);
    stream.onData = (chunk) => {
      received = Uint8Array.from([...received, ...chunk]);
      if (received.length < 4) return;
      const length = new DataView(received.buffer).getUint32(0) & 0x7fff_ffff;
      if (received.length < 4 + length) return;
      stream.destroy();
      resolve(received.slice(4, 4 + length));
    };
    stream.onEnd = () => {};
    stream.onClose = () => reject(new Error("closed without a reply"));
    stream.onDrain = () => {};
    const record = new Uint8Array(4 + call.length);
    new DataView(record.buffer).setUint32(0, 0x8000_0000 + call.length);
    record.set(call, 4);
    stream.write(record);
  });
}

interface Encoder<T> {
  encode(w: XdrWriter, value: T): void;
}

let nextXid = 1000;

function encodeCall<T>(version: number, procedure: number, args: Encoder<T>, value: T): Uint8Array {
  const w = new XdrWriter();
  for (const word of [nextXid++, 0, 2, 100003, version, procedure]) w.uint(word);
  const credential = new XdrWriter();
  credential.uint(1);
  credential.opaque(bytes("test"));
  for (const word of [0, 0, 0]) credential.uint(word);
  w.uint(1);
  w.opaque(credential.encoded());
  for (const word of [0, 0]) w.uint(word);
  args.encode(w, value);
  return w.encoded().slice();
}

/** The status with which the procedure's result begins, after the header of a successful reply. */
function statusOf(reply: Uint8Array): number {
  const view = new DataView(reply.buffer, reply.byteOffset);
  expect(view.getUint32(4)).toBe(1);
  expect(view.getUint32(20)).toBe(0);
  return view.getUint32(24);
}

/** Calls of NFS v3 that must not run twice, each with what a second run would say. */
async function calls(site: Site): Promise<[string, Uint8Array, number][]> {
  const nfs = site.nfs3();
  const { root } = site;
  const file = made(await nfs.NFSPROC3_CREATE({ where: at(root, "file"), how: guarded }));
  await nfs.NFSPROC3_CREATE({ where: at(root, "to-remove"), how: guarded });
  await nfs.NFSPROC3_CREATE({ where: at(root, "to-rename"), how: guarded });
  await nfs.NFSPROC3_MKDIR({ where: at(root, "to-rmdir"), attributes: sattr() });
  const known = await nfs.NFSPROC3_GETATTR({ object: file });
  if (known.status !== NFS3_OK) throw new Error("no attributes");
  const guard = { check: true, obj_ctime: known.resok.obj_attributes.ctime } as const;
  const symlink = { symlink_attributes: sattr(), symlink_data: bytes("t") };
  const fifo = { type: gen.ftype3.NF3FIFO, pipe_attributes: sattr() } as const;
  const setattr = { object: file, new_attributes: sattr({ mode: 0o600 }), guard };
  const EXIST = gen.nfsstat3.NFS3ERR_EXIST;
  const NOENT = gen.nfsstat3.NFS3ERR_NOENT;
  const v = <T>(procedure: number, xdr: Encoder<T>, value: T) => encodeCall(3, procedure, xdr, value);
  const renamed = { from: at(root, "to-rename"), to: at(root, "renamed") };
  return [
    ["SETATTR", v(2, gen.xdr_SETATTR3args, setattr), gen.nfsstat3.NFS3ERR_NOT_SYNC],
    ["CREATE", v(8, gen.xdr_CREATE3args, { where: at(root, "created"), how: guarded }), EXIST],
    ["MKDIR", v(9, gen.xdr_MKDIR3args, { where: at(root, "made"), attributes: sattr() }), EXIST],
    ["SYMLINK", v(10, gen.xdr_SYMLINK3args, { where: at(root, "symlink"), symlink }), EXIST],
    ["MKNOD", v(11, gen.xdr_MKNOD3args, { where: at(root, "fifo"), what: fifo }), EXIST],
    ["REMOVE", v(12, gen.xdr_REMOVE3args, { object: at(root, "to-remove") }), NOENT],
    ["RMDIR", v(13, gen.xdr_RMDIR3args, { object: at(root, "to-rmdir") }), NOENT],
    ["RENAME", v(14, gen.xdr_RENAME3args, renamed), NOENT],
    ["LINK", v(15, gen.xdr_LINK3args, { file, link: at(root, "linked") }), EXIST],
  ];
}

describe("a retry gets the first run's answer, not EEXIST or ENOENT", () => {
  test("while the server lives, on another connection", async () => {
    await withSite({}, async (site) => {
      for (const [name, call] of await calls(site)) {
        const first = await send(site, call);
        expect(statusOf(first), name).toBe(NFS3_OK);
        expect(await send(site, call), name).toEqual(first);
      }
    });
  });

  test("after kill -9 and a restart", async () => {
    await withSite({}, async (site) => {
      for (const [name, call, second] of await calls(site)) {
        expect(statusOf(await send(site, call)), name).toBe(NFS3_OK);
        await site.restart();
        expect(statusOf(await send(site, call)), name).toBe(NFS3_OK);
        const other = call.slice();
        new DataView(other.buffer).setUint32(0, nextXid++);
        expect(statusOf(await send(site, other)), name).toBe(second);
      }
    });
  });

  test("after a restart, in version 2", async () => {
    await withSite({}, async (site) => {
      const keep = { seconds: 0xffff_ffff, useconds: 0xffff_ffff };
      const attributes = {
        mode: 0o644,
        uid: 0xffff_ffff,
        gid: 0xffff_ffff,
        size: 0,
        atime: keep,
        mtime: keep,
      };
      const where = at(site.root, "d");
      const mkdir = encodeCall(2, 14, v2.xdr_createargs, { where, attributes });
      const rmdir = encodeCall(2, 15, v2.xdr_diropargs, where);
      for (const call of [mkdir, rmdir]) {
        expect(statusOf(await send(site, call))).toBe(v2.stat.NFS_OK);
        await site.restart();
        expect(statusOf(await send(site, call))).toBe(v2.stat.NFS_OK);
      }
      const other = mkdir.slice();
      new DataView(other.buffer).setUint32(0, nextXid++);
      expect(statusOf(await send(site, other))).toBe(v2.stat.NFS_OK);
      expect(statusOf(await send(site, rmdir))).toBe(v2.stat.NFS_OK);
      expect((await site.nfs2().NFSPROC_LOOKUP(where)).status).toBe(v2.stat.NFS_OK);
    });
  });

  test("and the replayed CREATE names the file that the first made", async () => {
    await withSite({}, async (site) => {
      const call = encodeCall(3, 8, gen.xdr_CREATE3args, { where: at(site.root, "f"), how: guarded });
      const handle = (reply: Uint8Array) => reply.slice(36, 68);
      const first = await send(site, call);
      await site.restart();
      expect(handle(await send(site, call))).toEqual(handle(first));
      const found = await site.nfs3().NFSPROC3_LOOKUP({ what: at(site.root, "f") });
      expect(found.status === NFS3_OK && found.resok.object).toEqual(handle(first));
    });
  });

  test("killed at any moment, a call that is retried until it is answered has run once", async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      await withSite({ seed, disk: { syncMs: 2, syncJitterMs: 3 } }, async (site) => {
        const nfs = site.nfs3();
        const { random } = site.simulation;
        let killing = true;
        const killer = (async () => {
          while (killing) {
            await site.simulation.sleep(1 + random.unit() * 30);
            if (killing) await site.restart();
          }
        })();
        for (let i = 0; i < 12; i++) {
          const where = at(site.root, `f${i}`);
          expect(
            (await nfs.NFSPROC3_CREATE({ where, how: guarded })).status,
            `seed ${seed} create ${i}`,
          ).toBe(NFS3_OK);
          const to = at(site.root, `g${i}`);
          expect((await nfs.NFSPROC3_RENAME({ from: where, to })).status, `seed ${seed} rename ${i}`).toBe(
            NFS3_OK,
          );
          expect((await nfs.NFSPROC3_REMOVE({ object: to })).status, `seed ${seed} remove ${i}`).toBe(
            NFS3_OK,
          );
        }
        killing = false;
        await killer;
      });
    }
  });
});

describe("an error of the disk is told, not swallowed", () => {
  async function withFailingDisk(run: (site: Site, file: Uint8Array) => Promise<void>): Promise<void> {
    await withSite({}, async (site) => {
      const file = made(await site.nfs3().NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
      site.failDisk(1);
      await run(site, file);
    });
  }

  test("by COMMIT, and the verifier changes so that the client writes again", async () => {
    await withSite({}, async (site) => {
      const nfs = site.nfs3();
      const file = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
      const data = bytes("precious");
      const write = () => nfs.NFSPROC3_WRITE({ file, offset: 0n, count: data.length, stable: 0, data });
      const written = await write();
      if (written.status !== NFS3_OK) throw new Error(`status ${written.status}`);
      const before = written.resok.verf.slice();
      site.failDisk(1);
      const commit = () => nfs.NFSPROC3_COMMIT({ file, offset: 0n, count: 0 });
      expect((await commit()).status).toBe(gen.nfsstat3.NFS3ERR_IO);
      site.failDisk(0);
      const later = await commit();
      if (later.status !== NFS3_OK) throw new Error(`status ${later.status}`);
      expect(later.resok.verf).not.toEqual(before);
      const again = await write();
      if (again.status !== NFS3_OK) throw new Error(`status ${again.status}`);
      const committed = await commit();
      expect(committed.status === NFS3_OK && committed.resok.verf).toEqual(again.resok.verf);
      await site.restart();
      const read = await site.nfs3().NFSPROC3_READ({ file, offset: 0n, count: 100 });
      expect(read.status === NFS3_OK && text(read.resok.data)).toBe("precious");
    });
  });

  test("by a stable WRITE", async () => {
    await withFailingDisk(async (site, file) => {
      const data = bytes("x");
      const reply = await site.nfs3().NFSPROC3_WRITE({ file, offset: 0n, count: 1, stable: 2, data });
      expect(reply.status).toBe(gen.nfsstat3.NFS3ERR_IO);
    });
  });

  test("by CREATE and its like, which then have not happened and may be asked again", async () => {
    await withFailingDisk(async (site) => {
      const where = at(site.root, "g");
      const nfs = site.nfs3();
      expect((await nfs.NFSPROC3_CREATE({ where, how: guarded })).status).toBe(gen.nfsstat3.NFS3ERR_IO);
      expect((await nfs.NFSPROC3_REMOVE({ object: at(site.root, "f") })).status).toBe(
        gen.nfsstat3.NFS3ERR_IO,
      );
      expect((await site.nfs2().NFSPROC_REMOVE(at(site.root, "f"))).valueOf()).toBe(v2.stat.NFSERR_IO);
      site.failDisk(0);
      expect((await nfs.NFSPROC3_LOOKUP({ what: where })).status).toBe(gen.nfsstat3.NFS3ERR_NOENT);
      expect((await nfs.NFSPROC3_LOOKUP({ what: at(site.root, "f") })).status).toBe(NFS3_OK);
      expect((await nfs.NFSPROC3_CREATE({ where, how: guarded })).status).toBe(NFS3_OK);
    });
  });

  test("a full disk is NOSPC, and removing still works", async () => {
    const limits = { reservedBytes: 256 * 1024 };
    await withSite({ disk: { capacityBytes: 4 * 1024 * 1024 }, volume: { limits } }, async (site) => {
      const nfs = site.nfs3();
      const file = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
      const data = new Uint8Array(256 * 1024).fill(1);
      let status: gen.nfsstat3 = NFS3_OK;
      for (let i = 0; i < 64 && status === NFS3_OK; i++) {
        const args = { file, offset: BigInt(i * data.length), count: data.length, stable: 2, data } as const;
        status = (await nfs.NFSPROC3_WRITE(args)).status;
      }
      expect(status).toBe(gen.nfsstat3.NFS3ERR_NOSPC);
      expect((await nfs.NFSPROC3_REMOVE({ object: at(site.root, "f") })).status).toBe(NFS3_OK);
    });
  });
});

test("all eight bytes of an exclusive create's verifier count, also after a restart", async () => {
  await withSite({}, async (site) => {
    const where = at(site.root, "f");
    const create = (verf: Uint8Array) =>
      site.nfs3().NFSPROC3_CREATE({ where, how: { mode: gen.createmode3.EXCLUSIVE, verf } });
    const verifier = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const first = made(await create(verifier));
    await site.restart();
    expect(made(await create(verifier))).toEqual(first);
    for (let i = 0; i < 8; i++) {
      const other = verifier.slice();
      other[i] = 0xff;
      expect((await create(other)).status).toBe(gen.nfsstat3.NFS3ERR_EXIST);
    }
  });
});

test("a read across the end of a file is short, well-formed and says so", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const file = made(await nfs.NFSPROC3_CREATE({ where: at(site.root, "f"), how: guarded }));
    const sizes = [1, 3, 4095, 4096, 32_767, 32_768, 32_769];
    for (const size of sizes) {
      const data = Uint8Array.from({ length: size }, (_, i) => i * 7);
      await nfs.NFSPROC3_SETATTR({
        object: file,
        new_attributes: sattr({ size: 0 }),
        guard: { check: false },
      });
      await nfs.NFSPROC3_WRITE({ file, offset: 0n, count: size, stable: 2, data });
      for (const offset of [0, size - 1, size, size + 1]) {
        for (const count of [1, size - offset, size - offset + 1, 100_000].filter((each) => each > 0)) {
          const reply = await nfs.NFSPROC3_READ({ file, offset: BigInt(offset), count });
          if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
          expect(reply.resok.data).toEqual(data.subarray(offset, offset + count));
          expect(reply.resok.count).toBe(reply.resok.data.length);
          expect(reply.resok.eof).toBe(offset + count >= size);
        }
      }
    }
  });
});

test("a large directory is listed whole, in no more pages than it needs", async () => {
  await withSite({}, async (site) => {
    const nfs = site.nfs3();
    const count = 20_000;
    const names = Array.from({ length: count }, (_, i) => `file-${i}`);
    for (let i = 0; i < count; i += 200) {
      const batch = names.slice(i, i + 200);
      await Promise.all(
        batch.map((name) => nfs.NFSPROC3_CREATE({ where: at(site.root, name), how: guarded })),
      );
    }
    const found: string[] = [];
    let pages = 0;
    for (let cookie = 0n, eof = false; !eof; pages++) {
      const list = {
        dir: site.root,
        cookie,
        cookieverf: new Uint8Array(8),
        dircount: 2 ** 20,
        maxcount: 2 ** 20,
      };
      const reply = await nfs.NFSPROC3_READDIRPLUS(list);
      if (reply.status !== NFS3_OK) throw new Error(`status ${reply.status}`);
      for (let each = reply.resok.reply.entries; each !== null; each = each.nextentry) {
        found.push(text(each.name));
        cookie = each.cookie;
      }
      eof = reply.resok.reply.eof;
    }
    expect(found.slice(2).toSorted()).toEqual(names.toSorted());
    expect(pages).toBeLessThanOrEqual(4);
  });
});

test("root is squashed unless it proves itself, and cannot read what is not nobody's", async () => {
  await withSite({ nfs: { exports: [{ from: "*", access: "rw" }] } }, async (site) => {
    const who = async (uid: number) => {
      const name = `by-${uid}`;
      const reply = await site.nfs3(sys(uid)).NFSPROC3_CREATE({ where: at(site.root, name), how: guarded });
      if (reply.status !== NFS3_OK || !reply.resok.obj_attributes.attributes_follow)
        throw new Error("no file");
      return reply.resok.obj_attributes.attributes.uid;
    };
    expect(await who(0)).toBe(65534);
    expect(await who(1000)).toBe(1000);
    const nobody = await site
      .nfs3({ flavor: "none" })
      .NFSPROC3_CREATE({ where: at(site.root, "n"), how: guarded });
    if (nobody.status !== NFS3_OK || !nobody.resok.obj_attributes.attributes_follow)
      throw new Error("no file");
    expect(nobody.resok.obj_attributes.attributes).toMatchObject({ uid: 65534, gid: 65534 });
  });
});
