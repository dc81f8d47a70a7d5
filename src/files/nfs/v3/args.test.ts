/** What the generated encoders write is read as it was meant. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import type { Changes, NewObject } from "../../volume/types.ts";
import * as gen from "../gen/nfs3.gen.ts";
import { Handles } from "../handles.ts";
import { ArgsReader } from "./args.ts";

const handles = new Handles(new Uint8Array(16).fill(7));
const reader = new ArgsReader(handles);

function expectRead<T, R>(theirs: Xdr<T>, value: T, ours: (r: XdrReader) => R, expected: R): void {
  const w = new XdrWriter();
  theirs.encode(w, value);
  const r = new XdrReader(w.encoded());
  expect(ours(r)).toEqual(expected);
  r.finish();
}

const uint32 = fc.nat(0xffff_ffff);
const number53 = fc.maxSafeNat();
const handle = fc.record({ inode: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), generation: uint32 });
const name = fc.uint8Array({ maxLength: 300 });
const time = fc.record({ seconds: uint32, nanoseconds: fc.nat(999_999_999) });
const newTime = fc.option(fc.oneof(fc.constant("now" as const), time), { nil: undefined });
const changes = fc.record(
  {
    mode: fc.nat(0o7777),
    uid: uint32,
    gid: uint32,
    size: number53,
    accessed: newTime,
    modified: newTime,
  },
  { requiredKeys: [] },
);

function toSattr(value: Changes): gen.sattr3 {
  const { mode, uid, gid, size, accessed, modified } = value;
  const client = (when: { seconds: number; nanoseconds: number }) => ({
    seconds: when.seconds,
    nseconds: when.nanoseconds,
  });
  return {
    mode: mode === undefined ? { set_it: false } : { set_it: true, mode },
    uid: uid === undefined ? { set_it: false } : { set_it: true, uid },
    gid: gid === undefined ? { set_it: false } : { set_it: true, gid },
    size: size === undefined ? { set_it: false } : { set_it: true, size: BigInt(size) },
    atime:
      accessed === undefined
        ? { set_it: 0 }
        : accessed === "now"
          ? { set_it: 1 }
          : { set_it: 2, atime: client(accessed) },
    mtime:
      modified === undefined
        ? { set_it: 0 }
        : modified === "now"
          ? { set_it: 1 }
          : { set_it: 2, mtime: client(modified) },
  };
}

/** Without the keys whose value is undefined. */
function given(value: object): Changes {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));
}

const where = fc.record({ directory: handle, name });
const toWhere = (value: { directory: { inode: number; generation: number }; name: Uint8Array }) => ({
  dir: handles.toBytes(value.directory),
  name: value.name,
});

test("SETATTR", () => {
  fc.assert(
    fc.property(handle, changes, fc.option(time, { nil: undefined }), (object, wanted, guard) => {
      const kept = given(wanted);
      const check: gen.sattrguard3 =
        guard === undefined
          ? { check: false }
          : { check: true, obj_ctime: { seconds: guard.seconds, nseconds: guard.nanoseconds } };
      const args = { object: handles.toBytes(object), new_attributes: toSattr(kept), guard: check };
      expectRead(gen.xdr_SETATTR3args, args, reader.setattr, { object, changes: kept, guard });
    }),
    { seed: 21 },
  );
});

test("a time with a thousand million nanoseconds is none", () => {
  const object = { inode: 1, generation: 1 };
  const new_attributes = {
    ...toSattr({}),
    mtime: { set_it: 2, mtime: { seconds: 1, nseconds: 1_000_000_000 } },
  } as const;
  const args = { object: handles.toBytes(object), new_attributes, guard: { check: false } } as const;
  expectRead(gen.xdr_SETATTR3args, args, reader.setattr, { object, changes: null, guard: undefined });
});

test("handles, names, numbers", () => {
  fc.assert(
    fc.property(handle, where, where, number53, uint32, uint32, (file, one, other, big, small, more) => {
      const object = handles.toBytes(file);
      expectRead(gen.xdr_GETATTR3args, { object }, reader.object, file);
      expectRead(gen.xdr_LOOKUP3args, { what: toWhere(one) }, reader.where, one);
      expectRead(gen.xdr_ACCESS3args, { object, access: small }, reader.access, {
        object: file,
        wanted: small,
      });
      const read = { file: object, offset: BigInt(big), count: small };
      expectRead(gen.xdr_READ3args, read, reader.read, { file, offset: big, count: small });
      expectRead(gen.xdr_COMMIT3args, read, reader.commit, file);
      const renamed = { from: toWhere(one), to: toWhere(other) };
      expectRead(gen.xdr_RENAME3args, renamed, reader.rename, { from: one, to: other });
      expectRead(gen.xdr_LINK3args, { file: object, link: toWhere(one) }, reader.link, { file, link: one });
      const list = { dir: object, cookie: BigInt(big), cookieverf: new Uint8Array(8) };
      const common = { directory: file, cookie: big };
      const plain = { ...common, maxBytes: small, maxNameBytes: small, plus: false };
      expectRead(gen.xdr_READDIR3args, { ...list, count: small }, reader.readdir, plain);
      const plus = { ...common, maxBytes: small, maxNameBytes: more, plus: true };
      expectRead(
        gen.xdr_READDIRPLUS3args,
        { ...list, dircount: more, maxcount: small },
        reader.readdirplus,
        plus,
      );
    }),
    { seed: 22 },
  );
});

test("WRITE", () => {
  const stable = fc.constantFrom(...Object.values(gen.stable_how));
  fc.assert(
    fc.property(handle, number53, uint32, stable, name, (file, offset, count, how, data) => {
      const args = { file: handles.toBytes(file), offset: BigInt(offset), count, stable: how, data };
      expectRead(gen.xdr_WRITE3args, args, reader.write, { file, offset, count, stable: how, data });
    }),
    { seed: 23 },
  );
});

test("CREATE, MKDIR, SYMLINK, MKNOD", () => {
  const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(where, changes, eight, name, uint32, uint32, (place, wanted, verf, target, major, minor) => {
      const initial = given(wanted);
      const obj_attributes = toSattr(initial);
      const at = toWhere(place);
      const expectMade = (how: gen.createhow3, object: NewObject) =>
        expectRead(gen.xdr_CREATE3args, { where: at, how }, reader.create, { where: place, object });
      expectMade(
        { mode: gen.createmode3.UNCHECKED, obj_attributes },
        { type: "file", initial, how: "unchecked" },
      );
      expectMade(
        { mode: gen.createmode3.GUARDED, obj_attributes },
        { type: "file", initial, how: "guarded" },
      );
      expectMade(
        { mode: gen.createmode3.EXCLUSIVE, verf },
        { type: "file", how: "exclusive", verifier: verf },
      );
      const directory = { where: place, object: { type: "directory" as const, initial } };
      expectRead(gen.xdr_MKDIR3args, { where: at, attributes: obj_attributes }, reader.mkdir, directory);
      const symlink = { symlink_attributes: obj_attributes, symlink_data: target };
      const link = { where: place, object: { type: "symlink" as const, initial, target } };
      expectRead(gen.xdr_SYMLINK3args, { where: at, symlink }, reader.symlink, link);
      const expectNode = (what: gen.mknoddata3, object: NewObject) =>
        expectRead(gen.xdr_MKNOD3args, { where: at, what }, reader.mknod, { where: place, object });
      const device = { dev_attributes: obj_attributes, spec: { specdata1: major, specdata2: minor } };
      expectNode({ type: gen.ftype3.NF3CHR, device }, { type: "character", initial, major, minor });
      expectNode({ type: gen.ftype3.NF3BLK, device }, { type: "block", initial, major, minor });
      expectNode({ type: gen.ftype3.NF3SOCK, pipe_attributes: obj_attributes }, { type: "socket", initial });
      expectNode({ type: gen.ftype3.NF3FIFO, pipe_attributes: obj_attributes }, { type: "fifo", initial });
    }),
    { seed: 24 },
  );
});

test("MKNOD of what MKNOD does not make is BADTYPE", () => {
  const place = { directory: { inode: 1, generation: 1 }, name: new Uint8Array(1) };
  for (const type of [gen.ftype3.NF3REG, gen.ftype3.NF3DIR, gen.ftype3.NF3LNK]) {
    const args = { where: toWhere(place), what: { type } };
    const object = gen.nfsstat3.NFS3ERR_BADTYPE;
    expectRead(gen.xdr_MKNOD3args, args, reader.mknod, { where: place, object });
  }
});

test("values that a type does not have are refused", () => {
  const refused = (read: (r: XdrReader) => unknown, write: (w: XdrWriter) => void) => {
    const w = new XdrWriter();
    handles.writeVariable(w, { inode: 1, generation: 1 });
    write(w);
    for (let i = 0; i < 40; i++) w.uint(0);
    expect(() => read(new XdrReader(w.encoded()))).toThrow(expect.objectContaining({ code: "XDR_RANGE" }));
  };
  const withName = (value: number) => (w: XdrWriter) => {
    w.opaque(new Uint8Array(1));
    w.uint(value);
  };
  refused(reader.create, withName(3));
  refused(reader.mknod, withName(0));
  refused(reader.mknod, withName(8));
  refused(reader.mkdir, withName(2));
  refused(reader.write, (w) => [0, 0, 0, 3].forEach((value) => void w.uint(value)));
  refused(reader.setattr, (w) => [0, 0, 0, 0, 3].forEach((value) => void w.uint(value)));
});
