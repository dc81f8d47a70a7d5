/** The generated encoders are the oracle: what the server writes by hand is theirs, byte for byte. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XdrReader, XdrWriter } from "../../../marshal/index.ts";
import type { Attributes, DirectoryEntry, FileType } from "../../volume/types.ts";
import * as gen from "../gen/nfs3.gen.ts";
import { Handles } from "../handles.ts";
import { type ListResult, ResultWriter } from "./results.ts";
import { typeOf, Wire } from "./wire.ts";

const volumeId = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const handles = new Handles(volumeId);
const writer = new ResultWriter(new Wire(handles));
const fsid = 0xa0a1a2a3a4a5a6a7n;

const types: readonly FileType[] = ["file", "directory", "symlink", "block", "character", "fifo", "socket"];
const uint32 = fc.nat(0xffff_ffff);
const number53 = fc.maxSafeNat();
const time = fc.record({
  seconds: fc.integer({ min: -5, max: 0x1_0000_0005 }),
  nanoseconds: fc.nat(999_999_999),
});
const handle = fc.record({ inode: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), generation: uint32 });
const attributes: fc.Arbitrary<Attributes> = fc.record({
  handle,
  type: fc.constantFrom(...types),
  mode: fc.nat(0o7777),
  links: uint32,
  uid: uint32,
  gid: uint32,
  size: number53,
  used: number53,
  major: uint32,
  minor: uint32,
  accessed: time,
  modified: time,
  changed: time,
});
const maybe = fc.option(attributes, { nil: null });
const failure = fc.constantFrom(
  ...Object.values(gen.nfsstat3).filter((status) => status !== gen.nfsstat3.NFS3_OK),
) as fc.Arbitrary<Exclude<gen.nfsstat3, 0>>;
const data = fc.uint8Array({ maxLength: 70 });
const eight = fc.uint8Array({ minLength: 8, maxLength: 8 });
const OK = gen.nfsstat3.NFS3_OK;

const toTime = (value: { seconds: number; nanoseconds: number }): gen.nfstime3 => ({
  seconds: Math.min(Math.max(value.seconds, 0), 0xffff_ffff),
  nseconds: value.nanoseconds,
});

function toFattr(a: Attributes): gen.fattr3 {
  return {
    type: typeOf(a.type),
    mode: a.mode,
    nlink: a.links,
    uid: a.uid,
    gid: a.gid,
    size: BigInt(a.size),
    used: BigInt(a.used),
    rdev: { specdata1: a.major, specdata2: a.minor },
    fsid,
    fileid: BigInt(a.handle.inode),
    atime: toTime(a.accessed),
    mtime: toTime(a.modified),
    ctime: toTime(a.changed),
  };
}

function postOp(a: Attributes | null): gen.post_op_attr {
  return a === null ? { attributes_follow: false } : { attributes_follow: true, attributes: toFattr(a) };
}

function wcc(before: Attributes | null, after: Attributes | null): gen.wcc_data {
  const size = before === null ? undefined : BigInt(before.size);
  return {
    before:
      before === null || size === undefined
        ? { attributes_follow: false }
        : {
            attributes_follow: true,
            attributes: { size, mtime: toTime(before.modified), ctime: toTime(before.changed) },
          },
    after: postOp(after),
  };
}

/** Both write the same bytes, and the generated decoder takes them to their end. */
function expectSame<T, R>(
  ours: (w: XdrWriter, value: T) => void,
  value: T,
  theirs: { encode(w: XdrWriter, value: R): void; decode(r: XdrReader): R },
  oracle: R,
): void {
  const our = new XdrWriter();
  ours(our, value);
  const their = new XdrWriter();
  theirs.encode(their, oracle);
  expect(our.encoded()).toEqual(their.encoded());
  const r = new XdrReader(our.encoded());
  theirs.decode(r);
  r.finish();
}

function check<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Key in keyof Values]: fc.Arbitrary<Values[Key]> },
  run: (...values: Values) => void,
): void {
  fc.assert(
    fc.property(
      ...(arbitraries as unknown as [fc.Arbitrary<Values[0]>]),
      run as unknown as (value: Values[0]) => void,
    ),
    { seed: 11, numRuns: 200 },
  );
}

describe("each result is written as the compiled interface has it", () => {
  test("GETATTR", () => {
    check([attributes, failure], (a, status) => {
      const resok = { obj_attributes: toFattr(a) };
      expectSame(writer.getattr, { status: OK, attributes: a }, gen.xdr_GETATTR3res, { status: OK, resok });
      expectSame(writer.getattr, { status, attributes: a }, gen.xdr_GETATTR3res, { status });
    });
  });

  test("SETATTR, REMOVE, RMDIR", () => {
    check([maybe, maybe, failure], (before, after, status) => {
      const obj_wcc = wcc(before, after);
      const good = { status: OK, before, after };
      expectSame(writer.wcc, good, gen.xdr_SETATTR3res, { status: OK, resok: { obj_wcc } });
      expectSame(writer.wcc, { ...good, status }, gen.xdr_SETATTR3res, { status, resfail: { obj_wcc } });
      const removed = { status: OK, resok: { dir_wcc: obj_wcc } };
      expectSame(writer.wcc, good, gen.xdr_REMOVE3res, removed);
      expectSame(writer.wcc, good, gen.xdr_RMDIR3res, removed);
    });
  });

  test("LOOKUP", () => {
    check([attributes, maybe, failure], (object, directory, status) => {
      const dir_attributes = postOp(directory);
      const resok = {
        object: handles.toBytes(object.handle),
        obj_attributes: postOp(object),
        dir_attributes,
      };
      expectSame(writer.lookup, { status: OK, object, directory }, gen.xdr_LOOKUP3res, { status: OK, resok });
      const resfail = { dir_attributes };
      expectSame(writer.lookup, { status, object: null, directory }, gen.xdr_LOOKUP3res, { status, resfail });
    });
  });

  test("ACCESS", () => {
    check([maybe, uint32, failure], (a, granted, status) => {
      const obj_attributes = postOp(a);
      const good = { status: OK, attributes: a, granted };
      expectSame(writer.access, good, gen.xdr_ACCESS3res, {
        status: OK,
        resok: { obj_attributes, access: granted },
      });
      expectSame(writer.access, { ...good, status }, gen.xdr_ACCESS3res, {
        status,
        resfail: { obj_attributes },
      });
    });
  });

  test("READLINK", () => {
    check([maybe, data, failure], (a, target, status) => {
      const symlink_attributes = postOp(a);
      const good = { status: OK, attributes: a, target };
      const resok = { symlink_attributes, data: target };
      expectSame(writer.readlink, good, gen.xdr_READLINK3res, { status: OK, resok });
      const resfail = { symlink_attributes };
      expectSame(writer.readlink, { ...good, status }, gen.xdr_READLINK3res, { status, resfail });
    });
  });

  test("READ", () => {
    check([maybe, fc.array(data, { maxLength: 4 }), fc.boolean(), failure], (a, pieces, eof, status) => {
      const file_attributes = postOp(a);
      const content = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      const good = { status: OK, attributes: a, pieces, length: content.length, eof };
      const resok = { file_attributes, count: content.length, eof, data: content };
      expectSame(writer.read, good, gen.xdr_READ3res, { status: OK, resok });
      const resfail = { file_attributes };
      expectSame(writer.read, { ...good, status }, gen.xdr_READ3res, { status, resfail });
    });
  });

  test("WRITE and COMMIT", () => {
    const committed = fc.constantFrom(...Object.values(gen.stable_how));
    check([maybe, maybe, uint32, committed, eight, failure], (before, after, count, how, verf, status) => {
      const file_wcc = wcc(before, after);
      const good = { status: OK, before, after, count, committed: how, verifier: verf };
      const resok = { file_wcc, count, committed: how, verf };
      expectSame(writer.write, good, gen.xdr_WRITE3res, { status: OK, resok });
      const resfail = { file_wcc };
      expectSame(writer.write, { ...good, status }, gen.xdr_WRITE3res, { status, resfail });
      expectSame(writer.commit, good, gen.xdr_COMMIT3res, { status: OK, resok: { file_wcc, verf } });
      expectSame(writer.commit, { ...good, status }, gen.xdr_COMMIT3res, { status, resfail });
    });
  });

  test("CREATE, MKDIR, SYMLINK, MKNOD", () => {
    check([maybe, maybe, maybe, failure], (object, before, after, status) => {
      const dir_wcc = wcc(before, after);
      const obj: gen.post_op_fh3 =
        object === null
          ? { handle_follows: false }
          : { handle_follows: true, handle: handles.toBytes(object.handle) };
      const resok = { obj, obj_attributes: postOp(object), dir_wcc };
      const result = { status: OK, object, before, after };
      for (const xdr of [gen.xdr_CREATE3res, gen.xdr_MKDIR3res, gen.xdr_SYMLINK3res, gen.xdr_MKNOD3res]) {
        expectSame(writer.make, result, xdr, { status: OK, resok });
        expectSame(writer.make, { ...result, status, object: null }, xdr, { status, resfail: { dir_wcc } });
      }
    });
  });

  test("RENAME and LINK", () => {
    check([maybe, maybe, maybe, maybe, failure], (fromBefore, fromAfter, toBefore, toAfter, status) => {
      const both = { fromdir_wcc: wcc(fromBefore, fromAfter), todir_wcc: wcc(toBefore, toAfter) };
      const renamed = { fromBefore, fromAfter, toBefore, toAfter };
      expectSame(writer.rename, { status: OK, ...renamed }, gen.xdr_RENAME3res, { status: OK, resok: both });
      expectSame(writer.rename, { status, ...renamed }, gen.xdr_RENAME3res, { status, resfail: both });
      const linked = { attributes: fromBefore, before: toBefore, after: toAfter };
      const link = { file_attributes: postOp(fromBefore), linkdir_wcc: wcc(toBefore, toAfter) };
      expectSame(writer.link, { status: OK, ...linked }, gen.xdr_LINK3res, { status: OK, resok: link });
      expectSame(writer.link, { status, ...linked }, gen.xdr_LINK3res, { status, resfail: link });
    });
  });

  test("READDIR and READDIRPLUS", () => {
    const entry: fc.Arbitrary<DirectoryEntry> = fc.record({ name: data, handle, cookie: number53 });
    const entries = fc.array(fc.record({ entry, attributes: maybe }), { maxLength: 5 });
    check([maybe, entries, fc.boolean(), fc.boolean(), failure], (a, listed, eof, showsObjects, status) => {
      const result: ListResult = { status: OK, attributes: a, entries: listed, eof, showsObjects };
      const frame = { dir_attributes: postOp(a), cookieverf: new Uint8Array(8) };
      let plain: gen.entry3 | null = null;
      let plus: gen.entryplus3 | null = null;
      for (const { entry: each, attributes: seen } of listed.toReversed()) {
        const { name } = each;
        const common = { fileid: BigInt(each.handle.inode), name, cookie: BigInt(each.cookie) };
        plain = { ...common, nextentry: plain };
        const name_handle: gen.post_op_fh3 =
          showsObjects && seen !== null
            ? { handle_follows: true, handle: handles.toBytes(each.handle) }
            : { handle_follows: false };
        plus = { ...common, name_attributes: postOp(seen), name_handle, nextentry: plus };
      }
      const resfail = { dir_attributes: postOp(a) };
      const resok = { ...frame, reply: { entries: plain, eof } };
      expectSame(writer.readdir, result, gen.xdr_READDIR3res, { status: OK, resok });
      expectSame(writer.readdir, { ...result, status }, gen.xdr_READDIR3res, { status, resfail });
      const plusOk = { ...frame, reply: { entries: plus, eof } };
      expectSame(writer.readdirplus, result, gen.xdr_READDIRPLUS3res, { status: OK, resok: plusOk });
      expectSame(writer.readdirplus, { ...result, status }, gen.xdr_READDIRPLUS3res, { status, resfail });
    });
  });

  test("FSSTAT, FSINFO, PATHCONF", () => {
    const statistics = fc.record({
      totalBytes: number53,
      freeBytes: number53,
      totalInodes: number53,
      freeInodes: number53,
    });
    check([maybe, statistics, failure], (a, s, status) => {
      const obj_attributes = postOp(a);
      const resfail = { obj_attributes };
      const fsstat = { status: OK, attributes: a, statistics: s };
      const [tbytes, fbytes] = [BigInt(s.totalBytes), BigInt(s.freeBytes)];
      const [tfiles, ffiles] = [BigInt(s.totalInodes), BigInt(s.freeInodes)];
      const counts = { tbytes, fbytes, abytes: fbytes, tfiles, ffiles, afiles: ffiles, invarsec: 0 };
      expectSame(writer.fsstat, fsstat, gen.xdr_FSSTAT3res, {
        status: OK,
        resok: { obj_attributes, ...counts },
      });
      expectSame(writer.fsstat, { status, attributes: a, statistics: null }, gen.xdr_FSSTAT3res, {
        status,
        resfail,
      });
      const fsinfo = { status: OK, attributes: a, maxTransferBytes: 32_768 };
      const sizes = {
        rtmax: 32_768,
        rtpref: 32_768,
        rtmult: 4096,
        wtmax: 32_768,
        wtpref: 32_768,
        wtmult: 4096,
      };
      const rest = { dtpref: 32_768, maxfilesize: 2n ** 43n, time_delta: { seconds: 0, nseconds: 1 } };
      expectSame(writer.fsinfo, fsinfo, gen.xdr_FSINFO3res, {
        status: OK,
        resok: { obj_attributes, ...sizes, ...rest, properties: 0x1b },
      });
      expectSame(writer.fsinfo, { ...fsinfo, status }, gen.xdr_FSINFO3res, { status, resfail });
      const limits = { linkmax: 65_000, name_max: 255, no_trunc: true, chown_restricted: true };
      const cases = { case_insensitive: false, case_preserving: true };
      expectSame(writer.pathconf, { status: OK, attributes: a }, gen.xdr_PATHCONF3res, {
        status: OK,
        resok: { obj_attributes, ...limits, ...cases },
      });
      expectSame(writer.pathconf, { status, attributes: a }, gen.xdr_PATHCONF3res, { status, resfail });
    });
  });
});
