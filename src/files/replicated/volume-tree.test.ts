/** Three volumes as one tree, by the services that a node gives: b is seen at /mnt/b of a, and c at /c of b. */
import { expect, test } from "vitest";
import { noChange } from "../../../test/support/volume-entries.ts";
import { ShelvedVolume } from "../../../test/support/volume-shelf.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { NO_REPLY, type RpcCall } from "../../rpc/index.ts";
import { Simulation } from "../../sim/index.ts";
import { type mountres3, mountstat3 } from "../nfs/gen/mount.gen.ts";
import { type attrstat, type diropres, NFS_V2_contract, type readdirres } from "../nfs/gen/nfs2.gen.ts";
import {
  type CREATE3res,
  type entry3,
  type FSSTAT3res,
  type fattr3,
  type GETATTR3res,
  type LINK3res,
  type LOOKUP3res,
  NFS_V3_contract,
  nfsstat3,
  type PATHCONF3res,
  type READDIR3res,
  type READDIRPLUS3res,
  type RENAME3res,
} from "../nfs/gen/nfs3.gen.ts";
import { createVolumeServices } from "./front.ts";
import { cover_procedure } from "./gen/volume-covers.gen.ts";
import type { MountPlace } from "./volume-tree.ts";

const { NFS3_OK, NFS3ERR_XDEV, NFS3ERR_STALE, NFS3ERR_JUKEBOX, NFS3ERR_ACCES } = nfsstat3;
const bytes = (name: string) => new TextEncoder().encode(name);
const at = (dir: Uint8Array, name: string) => ({ dir, name: bytes(name) });
const ROOT = { flavor: "sys", stamp: 0, machine: "m", uid: 0, gid: 0, gids: [] };
const UNCHECKED = { mode: 0, obj_attributes: noChange } as const;

interface Forest {
  readonly a: ShelvedVolume;
  readonly b: ShelvedVolume;
  readonly c: ShelvedVolume;
  /** The handle of /mnt in a, and of the directory beneath b. */
  readonly mnt: Uint8Array;
  readonly beneath: Uint8Array;
  /** What a client is told by the node; without a word of it, undefined. */
  nfs3<Result>(procedure: number, args: unknown): Promise<Result>;
  nfs2<Result>(procedure: number, args: unknown): Promise<Result>;
  mount(path: string): Promise<mountres3>;
  /** Forgets a volume, as a cell that does not have it any more. */
  drop(volume: ShelvedVolume): void;
}

async function mkdir(volume: ShelvedVolume, dir: Uint8Array, name: string): Promise<Uint8Array> {
  const made = await volume.call<CREATE3res>(3, 9, { where: at(dir, name), attributes: noChange });
  if (made.status !== NFS3_OK || !made.resok.obj.handle_follows) throw new Error(`mkdir: ${made.status}`);
  return made.resok.obj.handle;
}

async function cover(
  above: ShelvedVolume,
  directory: Uint8Array,
  volume: ShelvedVolume,
): Promise<MountPlace> {
  const view = new DataView(directory.buffer, directory.byteOffset);
  const place = { inode: view.getUint32(20), generation: view.getUint32(24) };
  expect(await above.cover(cover_procedure.COVER_PLACE, { ...place, volume: volume.id, revision: 1 })).toBe(
    "",
  );
  return { ...place, volume: above.id };
}

function inForest(body: (forest: Forest) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const { world } = sim.node("n");
  return sim.run(async () => {
    const [a, b, c] = [
      await ShelvedVolume.open(world, 1),
      await ShelvedVolume.open(world, 2),
      await ShelvedVolume.open(world, 3),
    ] as const;
    const mnt = await mkdir(a, a.root, "mnt");
    const beneath = await mkdir(a, mnt, "b");
    const places = new Map([
      [2, await cover(a, beneath, b)],
      [3, await cover(b, await mkdir(b, b.root, "c"), c)],
    ]);
    const volumes = new Map([a, b, c].map((volume) => [volume.id[0] as number, volume]));
    const services = createVolumeServices({
      root: () => a,
      find: (id) => volumes.get(id[0] as number),
      placeOf: (id) => places.get(id[0] as number),
      exports: [{ from: "*", access: "rw", squash: "none" }],
    });
    const call = async (program: number, version: number, procedure: number, args: unknown, own: unknown) => {
      const service = services.find(
        (each) => each.contract.program === program && each.contract.version === version,
      );
      if (service === undefined) throw new Error("no such service");
      const w = new XdrWriter(256);
      (own as Codec).args.encode(w, args);
      const message = w.detach(0);
      const decoded = service.contract.procedures[procedure]?.args.decode(new XdrReader(message));
      const remote = { host: "10.0.0.9", port: 700 };
      const facts = { credential: ROOT, remote, transport: "tcp", message };
      return (service.handlers[procedure] as (args: unknown, call: RpcCall) => unknown)(
        decoded,
        facts as unknown as RpcCall,
      );
    };
    const nfs = async (version: 2 | 3, procedure: number, args: unknown) => {
      const own = (version === 3 ? NFS_V3_contract : NFS_V2_contract).procedures[
        procedure
      ] as unknown as Codec;
      const answer = await call(100_003, version, procedure, args, own);
      if (answer === NO_REPLY) return undefined;
      const r = new XdrReader(answer as Uint8Array);
      const result = own.result.decode(r);
      r.finish();
      return result;
    };
    const mountService = services.find(
      (each) => each.contract.program === 100_005 && each.contract.version === 3,
    );
    await body({
      a,
      b,
      c,
      mnt,
      beneath,
      nfs3: (procedure, args) => nfs(3, procedure, args) as Promise<never>,
      nfs2: (procedure, args) => nfs(2, procedure, args) as Promise<never>,
      mount: (path) =>
        call(100_005, 3, 1, bytes(path), mountService?.contract.procedures[1]) as Promise<mountres3>,
      drop: (volume) => void volumes.delete(volume.id[0] as number),
    });
  });
}

interface Codec {
  readonly args: { encode(w: XdrWriter, args: unknown): void };
  readonly result: { decode(r: XdrReader): unknown };
}

async function attributes({ nfs3 }: Forest, object: Uint8Array): Promise<fattr3> {
  const told = await nfs3<GETATTR3res>(1, { object });
  if (told.status !== NFS3_OK) throw new Error(`getattr: ${told.status}`);
  return told.resok.obj_attributes;
}

test("LOOKUP leads into the volume that is seen there, and tells what it is", async () => {
  await inForest(async (forest) => {
    const { a, b, mnt, nfs3 } = forest;
    const found = await nfs3<LOOKUP3res>(3, { what: at(mnt, "b") });
    const root = await attributes(forest, b.root);
    const around = await attributes(forest, mnt);
    expect(found).toEqual({
      status: NFS3_OK,
      resok: {
        object: b.root,
        obj_attributes: { attributes_follow: true, attributes: root },
        dir_attributes: { attributes_follow: true, attributes: around },
      },
    });
    expect(root.fsid).not.toBe((await attributes(forest, a.root)).fsid);
    // By the handle that a client had before: `.` leads in, too.
    expect(await nfs3(3, { what: at(forest.beneath, ".") })).toMatchObject({ resok: { object: b.root } });
  });
});

test("`..` of a root that is seen in another volume leads out of it, to the directory that holds the mount point", async () => {
  await inForest(async (forest) => {
    const { a, b, c, mnt, nfs3 } = forest;
    expect(await nfs3(3, { what: at(b.root, "..") })).toEqual({
      status: NFS3_OK,
      resok: {
        object: mnt,
        obj_attributes: { attributes_follow: true, attributes: await attributes(forest, mnt) },
        dir_attributes: { attributes_follow: true, attributes: await attributes(forest, b.root) },
      },
    });
    expect(await nfs3(3, { what: at(c.root, "..") })).toMatchObject({ resok: { object: b.root } });
    expect(await nfs3(3, { what: at(a.root, "..") })).toMatchObject({ resok: { object: a.root } });
    const inside = await mkdir(b, b.root, "inside");
    expect(await nfs3(3, { what: at(inside, "..") })).toMatchObject({ resok: { object: b.root } });
  });
});

test("listings show the number beneath, as RFC 1813 has it, and of `..` that of the directory outside", async () => {
  await inForest(async (forest) => {
    const { b, mnt, beneath, nfs3 } = forest;
    const page = { cookie: 0n, cookieverf: new Uint8Array(8) };
    const numbers = (first: entry3 | null) => {
      const found = new Map<string, bigint>();
      for (let entry = first; entry !== null; entry = entry.nextentry) {
        found.set(new TextDecoder().decode(entry.name as unknown as Uint8Array), entry.fileid);
      }
      return found;
    };
    const outside = await attributes(forest, mnt);
    const listed = await nfs3<READDIR3res>(16, { dir: mnt, ...page, count: 4096 });
    if (listed.status !== NFS3_OK) throw new Error(`readdir: ${listed.status}`);
    expect(numbers(listed.resok.reply.entries).get("b")).toBe((await attributes(forest, beneath)).fileid);

    for (const cookie of [0n, 1n]) {
      const inner = await nfs3<READDIR3res>(16, { dir: b.root, ...page, cookie, count: 4096 });
      if (inner.status !== NFS3_OK) throw new Error(`readdir: ${inner.status}`);
      const shown = numbers(inner.resok.reply.entries);
      expect(shown.get("..")).toBe(outside.fileid);
      if (cookie === 0n) expect(shown.get(".")).toBe((await attributes(forest, b.root)).fileid);
      expect([...shown.keys()].at(-1)).toBe("c");
    }
    const plus = await nfs3<READDIRPLUS3res>(17, { dir: b.root, ...page, dircount: 4096, maxcount: 8192 });
    if (plus.status !== NFS3_OK) throw new Error(`readdirplus: ${plus.status}`);
    expect(plus.resok.reply.entries?.nextentry).toMatchObject({
      fileid: outside.fileid,
      name_attributes: { attributes_follow: true, attributes: outside },
      name_handle: { handle_follows: true, handle: mnt },
    });
  });
});

test("version 2 crosses the border both ways", async () => {
  await inForest(async (forest) => {
    const { b, mnt, nfs2 } = forest;
    const told = await nfs2<attrstat>(1, b.root);
    const outside = await nfs2<attrstat>(1, mnt);
    if (told.status !== 0 || outside.status !== 0) throw new Error("getattr");
    expect(await nfs2<diropres>(4, at(mnt, "b"))).toEqual({
      status: 0,
      diropok: { file: b.root, attributes: told.attributes },
    });
    expect(await nfs2<diropres>(4, at(b.root, ".."))).toEqual({
      status: 0,
      diropok: { file: mnt, attributes: outside.attributes },
    });
    const listed = await nfs2<readdirres>(16, { dir: b.root, cookie: new Uint8Array(4), count: 4096 });
    if (listed.status !== 0) throw new Error("readdir");
    expect(listed.reply.entries?.nextentry?.fileid).toBe(outside.attributes.fileid);
    expect(await nfs2(11, { from: at(b.root, "c"), to: at(mnt, "c") })).toBe(1);
    expect(await nfs2(12, { from: b.root, to: at(mnt, "c") })).toBe(1);
  });
});

test("RENAME and LINK from one volume to another are XDEV, so that mv copies; to what is no volume, STALE", async () => {
  await inForest(async ({ a, b, mnt, nfs3 }) => {
    const made = await nfs3<CREATE3res>(8, { where: at(mnt, "file"), how: UNCHECKED });
    if (made.status !== NFS3_OK || !made.resok.obj.handle_follows) throw new Error("create");
    const file = made.resok.obj.handle;
    const renamed = await nfs3<RENAME3res>(14, { from: at(mnt, "file"), to: at(b.root, "file") });
    const linked = await nfs3<LINK3res>(15, { file, link: at(b.root, "file") });
    expect([renamed.status, linked.status]).toEqual([NFS3ERR_XDEV, NFS3ERR_XDEV]);
    const nowhere = new Uint8Array(32).fill(250);
    expect(await nfs3(14, { from: at(mnt, "file"), to: at(nowhere, "x") })).toMatchObject({
      status: NFS3ERR_STALE,
    });
    expect(await nfs3(14, { from: at(mnt, "file"), to: at(a.root, "x") })).toMatchObject({ status: NFS3_OK });
    expect(await nfs3(13, { object: at(mnt, "b") })).toMatchObject({ status: NFS3ERR_ACCES });
  });
});

test("MOUNT finds directories beyond mount points, and each volume tells of itself", async () => {
  await inForest(async ({ b, c, mount, nfs3 }) => {
    const inside = await mkdir(c, c.root, "inside");
    const found = async (path: string) => {
      const reply = await mount(path);
      return reply.fhs_status === mountstat3.MNT3_OK ? reply.mountinfo.fhandle : reply.fhs_status;
    };
    expect(await found("/mnt/b")).toEqual(b.root);
    expect(await found("/mnt/b/")).toEqual(b.root);
    expect(await found("/mnt//b/c/inside")).toEqual(inside);
    expect(await found("/mnt/b/nowhere")).toBe(mountstat3.MNT3ERR_NOENT);
    expect(await nfs3<FSSTAT3res>(18, { fsroot: c.root })).toMatchObject({ status: NFS3_OK });
    expect(await nfs3<PATHCONF3res>(20, { object: c.root })).toMatchObject({ status: NFS3_OK });
  });
});

test("a volume that is away does not keep the one around it from being listed, and is asked for again", async () => {
  await inForest(async ({ b, mnt, nfs3, nfs2, mount }) => {
    b.answer = "later";
    expect(await nfs3(3, { what: at(mnt, "b") })).toMatchObject({ status: NFS3ERR_JUKEBOX });
    expect(await nfs2(4, at(mnt, "b"))).toBeUndefined();
    expect(await mount("/mnt/b/c")).toBe(NO_REPLY);
    const page = { dir: mnt, cookie: 0n, cookieverf: new Uint8Array(8), dircount: 4096, maxcount: 8192 };
    expect(await nfs3(17, page)).toMatchObject({ status: NFS3_OK });
    b.answer = undefined;
    expect(await nfs3(3, { what: at(mnt, "b") })).toMatchObject({ resok: { object: b.root } });
    // The root is known by now: what it is, the client asks again.
    b.answer = "later";
    expect(await nfs3(3, { what: at(mnt, "b") })).toMatchObject({
      status: NFS3_OK,
      resok: { object: b.root, obj_attributes: { attributes_follow: false } },
    });
    expect(await nfs2(4, at(mnt, "b"))).toBeUndefined();
  });
});

test("where a volume is gone and its mark is still there, clients ask again", async () => {
  await inForest(async (forest) => {
    forest.drop(forest.b);
    expect(await forest.nfs3(3, { what: at(forest.mnt, "b") })).toMatchObject({ status: NFS3ERR_JUKEBOX });
  });
});
