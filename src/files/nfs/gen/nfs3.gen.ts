// Generated from nfs3.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError, xdrVoid } from "../../../marshal/index.ts";

/** largest size of a file handle */
export const NFS3_FHSIZE = 64;

export const NFS3_COOKIEVERFSIZE = 8;

export const NFS3_CREATEVERFSIZE = 8;

export const NFS3_WRITEVERFSIZE = 8;

export const ACCESS3_READ = 1;

export const ACCESS3_LOOKUP = 2;

export const ACCESS3_MODIFY = 4;

export const ACCESS3_EXTEND = 8;

export const ACCESS3_DELETE = 16;

export const ACCESS3_EXECUTE = 32;

export const FSF3_LINK = 1;

export const FSF3_SYMLINK = 2;

export const FSF3_HOMOGENEOUS = 8;

export const FSF3_CANSETTIME = 16;

export type uint64 = bigint;

export function encode_uint64(w: XdrWriter, v: uint64): void {
  w.uhyper(v);
}

export function decode_uint64(r: XdrReader): uint64 {
  return r.uhyper();
}

export const xdr_uint64: Xdr<uint64> = { encode: encode_uint64, decode: decode_uint64 };

export type uint32 = number;

export function encode_uint32(w: XdrWriter, v: uint32): void {
  w.uint(v);
}

export function decode_uint32(r: XdrReader): uint32 {
  return r.uint();
}

export const xdr_uint32: Xdr<uint32> = { encode: encode_uint32, decode: decode_uint32 };

export type nfs_fh3 = Uint8Array;

export function encode_nfs_fh3(w: XdrWriter, v: nfs_fh3): void {
  w.opaque(v, 64);
}

export function decode_nfs_fh3(r: XdrReader): nfs_fh3 {
  return r.opaque(64);
}

export const xdr_nfs_fh3: Xdr<nfs_fh3> = { encode: encode_nfs_fh3, decode: decode_nfs_fh3 };

export type filename3 = Uint8Array;

export function encode_filename3(w: XdrWriter, v: filename3): void {
  w.opaque(v);
}

export function decode_filename3(r: XdrReader): filename3 {
  return r.opaque();
}

export const xdr_filename3: Xdr<filename3> = { encode: encode_filename3, decode: decode_filename3 };

export type nfspath3 = Uint8Array;

export function encode_nfspath3(w: XdrWriter, v: nfspath3): void {
  w.opaque(v);
}

export function decode_nfspath3(r: XdrReader): nfspath3 {
  return r.opaque();
}

export const xdr_nfspath3: Xdr<nfspath3> = { encode: encode_nfspath3, decode: decode_nfspath3 };

export type cookieverf3 = Uint8Array;

export function encode_cookieverf3(w: XdrWriter, v: cookieverf3): void {
  w.opaqueFixed(v, 8);
}

export function decode_cookieverf3(r: XdrReader): cookieverf3 {
  return r.opaqueFixed(8);
}

export const xdr_cookieverf3: Xdr<cookieverf3> = { encode: encode_cookieverf3, decode: decode_cookieverf3 };

export type createverf3 = Uint8Array;

export function encode_createverf3(w: XdrWriter, v: createverf3): void {
  w.opaqueFixed(v, 8);
}

export function decode_createverf3(r: XdrReader): createverf3 {
  return r.opaqueFixed(8);
}

export const xdr_createverf3: Xdr<createverf3> = { encode: encode_createverf3, decode: decode_createverf3 };

export type writeverf3 = Uint8Array;

export function encode_writeverf3(w: XdrWriter, v: writeverf3): void {
  w.opaqueFixed(v, 8);
}

export function decode_writeverf3(r: XdrReader): writeverf3 {
  return r.opaqueFixed(8);
}

export const xdr_writeverf3: Xdr<writeverf3> = { encode: encode_writeverf3, decode: decode_writeverf3 };

export type fileid3 = uint64;

export function encode_fileid3(w: XdrWriter, v: fileid3): void {
  encode_uint64(w, v);
}

export function decode_fileid3(r: XdrReader): fileid3 {
  return decode_uint64(r);
}

export const xdr_fileid3: Xdr<fileid3> = { encode: encode_fileid3, decode: decode_fileid3 };

export type cookie3 = uint64;

export function encode_cookie3(w: XdrWriter, v: cookie3): void {
  encode_uint64(w, v);
}

export function decode_cookie3(r: XdrReader): cookie3 {
  return decode_uint64(r);
}

export const xdr_cookie3: Xdr<cookie3> = { encode: encode_cookie3, decode: decode_cookie3 };

export type uid3 = uint32;

export function encode_uid3(w: XdrWriter, v: uid3): void {
  encode_uint32(w, v);
}

export function decode_uid3(r: XdrReader): uid3 {
  return decode_uint32(r);
}

export const xdr_uid3: Xdr<uid3> = { encode: encode_uid3, decode: decode_uid3 };

export type gid3 = uint32;

export function encode_gid3(w: XdrWriter, v: gid3): void {
  encode_uint32(w, v);
}

export function decode_gid3(r: XdrReader): gid3 {
  return decode_uint32(r);
}

export const xdr_gid3: Xdr<gid3> = { encode: encode_gid3, decode: decode_gid3 };

export type size3 = uint64;

export function encode_size3(w: XdrWriter, v: size3): void {
  encode_uint64(w, v);
}

export function decode_size3(r: XdrReader): size3 {
  return decode_uint64(r);
}

export const xdr_size3: Xdr<size3> = { encode: encode_size3, decode: decode_size3 };

export type offset3 = uint64;

export function encode_offset3(w: XdrWriter, v: offset3): void {
  encode_uint64(w, v);
}

export function decode_offset3(r: XdrReader): offset3 {
  return decode_uint64(r);
}

export const xdr_offset3: Xdr<offset3> = { encode: encode_offset3, decode: decode_offset3 };

export type mode3 = uint32;

export function encode_mode3(w: XdrWriter, v: mode3): void {
  encode_uint32(w, v);
}

export function decode_mode3(r: XdrReader): mode3 {
  return decode_uint32(r);
}

export const xdr_mode3: Xdr<mode3> = { encode: encode_mode3, decode: decode_mode3 };

export type count3 = uint32;

export function encode_count3(w: XdrWriter, v: count3): void {
  encode_uint32(w, v);
}

export function decode_count3(r: XdrReader): count3 {
  return decode_uint32(r);
}

export const xdr_count3: Xdr<count3> = { encode: encode_count3, decode: decode_count3 };

export const nfsstat3 = {
  NFS3_OK: 0,
  NFS3ERR_PERM: 1,
  NFS3ERR_NOENT: 2,
  NFS3ERR_IO: 5,
  NFS3ERR_NXIO: 6,
  NFS3ERR_ACCES: 13,
  NFS3ERR_EXIST: 17,
  NFS3ERR_XDEV: 18,
  NFS3ERR_NODEV: 19,
  NFS3ERR_NOTDIR: 20,
  NFS3ERR_ISDIR: 21,
  NFS3ERR_INVAL: 22,
  NFS3ERR_FBIG: 27,
  NFS3ERR_NOSPC: 28,
  NFS3ERR_ROFS: 30,
  NFS3ERR_MLINK: 31,
  NFS3ERR_NAMETOOLONG: 63,
  NFS3ERR_NOTEMPTY: 66,
  NFS3ERR_DQUOT: 69,
  NFS3ERR_STALE: 70,
  NFS3ERR_REMOTE: 71,
  NFS3ERR_BADHANDLE: 10001,
  NFS3ERR_NOT_SYNC: 10002,
  NFS3ERR_BAD_COOKIE: 10003,
  NFS3ERR_NOTSUPP: 10004,
  NFS3ERR_TOOSMALL: 10005,
  NFS3ERR_SERVERFAULT: 10006,
  NFS3ERR_BADTYPE: 10007,
  NFS3ERR_JUKEBOX: 10008,
} as const;
export type nfsstat3 = (typeof nfsstat3)[keyof typeof nfsstat3];

function check_nfsstat3(value: number): nfsstat3 {
  switch (value) {
    case 0:
    case 1:
    case 2:
    case 5:
    case 6:
    case 13:
    case 17:
    case 18:
    case 19:
    case 20:
    case 21:
    case 22:
    case 27:
    case 28:
    case 30:
    case 31:
    case 63:
    case 66:
    case 69:
    case 70:
    case 71:
    case 10001:
    case 10002:
    case 10003:
    case 10004:
    case 10005:
    case 10006:
    case 10007:
    case 10008:
      return value as nfsstat3;
  }
  throw new XdrError("XDR_RANGE", `nfsstat3: ${value} is none of its values`);
}

export function encode_nfsstat3(w: XdrWriter, v: nfsstat3): void {
  w.int(check_nfsstat3(v));
}

export function decode_nfsstat3(r: XdrReader): nfsstat3 {
  return check_nfsstat3(r.int());
}

export const xdr_nfsstat3: Xdr<nfsstat3> = { encode: encode_nfsstat3, decode: decode_nfsstat3 };

export const ftype3 = {
  NF3REG: 1,
  NF3DIR: 2,
  NF3BLK: 3,
  NF3CHR: 4,
  NF3LNK: 5,
  NF3SOCK: 6,
  NF3FIFO: 7,
} as const;
export type ftype3 = (typeof ftype3)[keyof typeof ftype3];

function check_ftype3(value: number): ftype3 {
  if (value >= 1 && value <= 7) return value as ftype3;
  throw new XdrError("XDR_RANGE", `ftype3: ${value} is none of its values`);
}

export function encode_ftype3(w: XdrWriter, v: ftype3): void {
  w.int(check_ftype3(v));
}

export function decode_ftype3(r: XdrReader): ftype3 {
  return check_ftype3(r.int());
}

export const xdr_ftype3: Xdr<ftype3> = { encode: encode_ftype3, decode: decode_ftype3 };

export interface specdata3 {
  /** major */
  specdata1: uint32;
  /** minor */
  specdata2: uint32;
}

export function encode_specdata3(w: XdrWriter, v: specdata3): void {
  encode_uint32(w, v.specdata1);
  encode_uint32(w, v.specdata2);
}

export function decode_specdata3(r: XdrReader): specdata3 {
  return {
    specdata1: decode_uint32(r),
    specdata2: decode_uint32(r),
  };
}

export const xdr_specdata3: Xdr<specdata3> = { encode: encode_specdata3, decode: decode_specdata3 };

export interface nfstime3 {
  seconds: uint32;
  nseconds: uint32;
}

export function encode_nfstime3(w: XdrWriter, v: nfstime3): void {
  encode_uint32(w, v.seconds);
  encode_uint32(w, v.nseconds);
}

export function decode_nfstime3(r: XdrReader): nfstime3 {
  return {
    seconds: decode_uint32(r),
    nseconds: decode_uint32(r),
  };
}

export const xdr_nfstime3: Xdr<nfstime3> = { encode: encode_nfstime3, decode: decode_nfstime3 };

export interface fattr3 {
  type: ftype3;
  mode: mode3;
  nlink: uint32;
  uid: uid3;
  gid: gid3;
  size: size3;
  used: size3;
  rdev: specdata3;
  fsid: uint64;
  fileid: fileid3;
  atime: nfstime3;
  mtime: nfstime3;
  ctime: nfstime3;
}

export function encode_fattr3(w: XdrWriter, v: fattr3): void {
  encode_ftype3(w, v.type);
  encode_mode3(w, v.mode);
  encode_uint32(w, v.nlink);
  encode_uid3(w, v.uid);
  encode_gid3(w, v.gid);
  encode_size3(w, v.size);
  encode_size3(w, v.used);
  encode_specdata3(w, v.rdev);
  encode_uint64(w, v.fsid);
  encode_fileid3(w, v.fileid);
  encode_nfstime3(w, v.atime);
  encode_nfstime3(w, v.mtime);
  encode_nfstime3(w, v.ctime);
}

export function decode_fattr3(r: XdrReader): fattr3 {
  return {
    type: decode_ftype3(r),
    mode: decode_mode3(r),
    nlink: decode_uint32(r),
    uid: decode_uid3(r),
    gid: decode_gid3(r),
    size: decode_size3(r),
    used: decode_size3(r),
    rdev: decode_specdata3(r),
    fsid: decode_uint64(r),
    fileid: decode_fileid3(r),
    atime: decode_nfstime3(r),
    mtime: decode_nfstime3(r),
    ctime: decode_nfstime3(r),
  };
}

export const xdr_fattr3: Xdr<fattr3> = { encode: encode_fattr3, decode: decode_fattr3 };

export type post_op_attr =
  | { attributes_follow: true; attributes: fattr3 }
  | { attributes_follow: false };

export function encode_post_op_attr(w: XdrWriter, v: post_op_attr): void {
  w.bool(v.attributes_follow);
  switch (v.attributes_follow) {
    case true:
      encode_fattr3(w, v.attributes);
      return;
    case false:
      return;
  }
}

export function decode_post_op_attr(r: XdrReader): post_op_attr {
  const d = r.bool();
  switch (d) {
    case true:
      return { attributes_follow: d, attributes: decode_fattr3(r) };
    case false:
      return { attributes_follow: d };
  }
}

export const xdr_post_op_attr: Xdr<post_op_attr> = { encode: encode_post_op_attr, decode: decode_post_op_attr };

export interface wcc_attr {
  size: size3;
  mtime: nfstime3;
  ctime: nfstime3;
}

export function encode_wcc_attr(w: XdrWriter, v: wcc_attr): void {
  encode_size3(w, v.size);
  encode_nfstime3(w, v.mtime);
  encode_nfstime3(w, v.ctime);
}

export function decode_wcc_attr(r: XdrReader): wcc_attr {
  return {
    size: decode_size3(r),
    mtime: decode_nfstime3(r),
    ctime: decode_nfstime3(r),
  };
}

export const xdr_wcc_attr: Xdr<wcc_attr> = { encode: encode_wcc_attr, decode: decode_wcc_attr };

export type pre_op_attr =
  | { attributes_follow: true; attributes: wcc_attr }
  | { attributes_follow: false };

export function encode_pre_op_attr(w: XdrWriter, v: pre_op_attr): void {
  w.bool(v.attributes_follow);
  switch (v.attributes_follow) {
    case true:
      encode_wcc_attr(w, v.attributes);
      return;
    case false:
      return;
  }
}

export function decode_pre_op_attr(r: XdrReader): pre_op_attr {
  const d = r.bool();
  switch (d) {
    case true:
      return { attributes_follow: d, attributes: decode_wcc_attr(r) };
    case false:
      return { attributes_follow: d };
  }
}

export const xdr_pre_op_attr: Xdr<pre_op_attr> = { encode: encode_pre_op_attr, decode: decode_pre_op_attr };

export interface wcc_data {
  before: pre_op_attr;
  after: post_op_attr;
}

export function encode_wcc_data(w: XdrWriter, v: wcc_data): void {
  encode_pre_op_attr(w, v.before);
  encode_post_op_attr(w, v.after);
}

export function decode_wcc_data(r: XdrReader): wcc_data {
  return {
    before: decode_pre_op_attr(r),
    after: decode_post_op_attr(r),
  };
}

export const xdr_wcc_data: Xdr<wcc_data> = { encode: encode_wcc_data, decode: decode_wcc_data };

export type post_op_fh3 =
  | { handle_follows: true; handle: nfs_fh3 }
  | { handle_follows: false };

export function encode_post_op_fh3(w: XdrWriter, v: post_op_fh3): void {
  w.bool(v.handle_follows);
  switch (v.handle_follows) {
    case true:
      encode_nfs_fh3(w, v.handle);
      return;
    case false:
      return;
  }
}

export function decode_post_op_fh3(r: XdrReader): post_op_fh3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { handle_follows: d, handle: decode_nfs_fh3(r) };
    case false:
      return { handle_follows: d };
  }
}

export const xdr_post_op_fh3: Xdr<post_op_fh3> = { encode: encode_post_op_fh3, decode: decode_post_op_fh3 };

export const time_how = {
  DONT_CHANGE: 0,
  SET_TO_SERVER_TIME: 1,
  SET_TO_CLIENT_TIME: 2,
} as const;
export type time_how = (typeof time_how)[keyof typeof time_how];

function check_time_how(value: number): time_how {
  if (value >= 0 && value <= 2) return value as time_how;
  throw new XdrError("XDR_RANGE", `time_how: ${value} is none of its values`);
}

export function encode_time_how(w: XdrWriter, v: time_how): void {
  w.int(check_time_how(v));
}

export function decode_time_how(r: XdrReader): time_how {
  return check_time_how(r.int());
}

export const xdr_time_how: Xdr<time_how> = { encode: encode_time_how, decode: decode_time_how };

export type set_mode3 =
  | { set_it: true; mode: mode3 }
  | { set_it: Exclude<boolean, true> };

export function encode_set_mode3(w: XdrWriter, v: set_mode3): void {
  w.bool(v.set_it);
  switch (v.set_it) {
    case true:
      encode_mode3(w, v.mode);
      return;
    default:
      return;
  }
}

export function decode_set_mode3(r: XdrReader): set_mode3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { set_it: d, mode: decode_mode3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_mode3: Xdr<set_mode3> = { encode: encode_set_mode3, decode: decode_set_mode3 };

export type set_uid3 =
  | { set_it: true; uid: uid3 }
  | { set_it: Exclude<boolean, true> };

export function encode_set_uid3(w: XdrWriter, v: set_uid3): void {
  w.bool(v.set_it);
  switch (v.set_it) {
    case true:
      encode_uid3(w, v.uid);
      return;
    default:
      return;
  }
}

export function decode_set_uid3(r: XdrReader): set_uid3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { set_it: d, uid: decode_uid3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_uid3: Xdr<set_uid3> = { encode: encode_set_uid3, decode: decode_set_uid3 };

export type set_gid3 =
  | { set_it: true; gid: gid3 }
  | { set_it: Exclude<boolean, true> };

export function encode_set_gid3(w: XdrWriter, v: set_gid3): void {
  w.bool(v.set_it);
  switch (v.set_it) {
    case true:
      encode_gid3(w, v.gid);
      return;
    default:
      return;
  }
}

export function decode_set_gid3(r: XdrReader): set_gid3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { set_it: d, gid: decode_gid3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_gid3: Xdr<set_gid3> = { encode: encode_set_gid3, decode: decode_set_gid3 };

export type set_size3 =
  | { set_it: true; size: size3 }
  | { set_it: Exclude<boolean, true> };

export function encode_set_size3(w: XdrWriter, v: set_size3): void {
  w.bool(v.set_it);
  switch (v.set_it) {
    case true:
      encode_size3(w, v.size);
      return;
    default:
      return;
  }
}

export function decode_set_size3(r: XdrReader): set_size3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { set_it: d, size: decode_size3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_size3: Xdr<set_size3> = { encode: encode_set_size3, decode: decode_set_size3 };

export type set_atime =
  | { set_it: 2; atime: nfstime3 }
  | { set_it: Exclude<time_how, 2> };

export function encode_set_atime(w: XdrWriter, v: set_atime): void {
  encode_time_how(w, v.set_it);
  switch (v.set_it) {
    case 2:
      encode_nfstime3(w, v.atime);
      return;
    default:
      return;
  }
}

export function decode_set_atime(r: XdrReader): set_atime {
  const d = decode_time_how(r);
  switch (d) {
    case 2:
      return { set_it: d, atime: decode_nfstime3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_atime: Xdr<set_atime> = { encode: encode_set_atime, decode: decode_set_atime };

export type set_mtime =
  | { set_it: 2; mtime: nfstime3 }
  | { set_it: Exclude<time_how, 2> };

export function encode_set_mtime(w: XdrWriter, v: set_mtime): void {
  encode_time_how(w, v.set_it);
  switch (v.set_it) {
    case 2:
      encode_nfstime3(w, v.mtime);
      return;
    default:
      return;
  }
}

export function decode_set_mtime(r: XdrReader): set_mtime {
  const d = decode_time_how(r);
  switch (d) {
    case 2:
      return { set_it: d, mtime: decode_nfstime3(r) };
    default:
      return { set_it: d };
  }
}

export const xdr_set_mtime: Xdr<set_mtime> = { encode: encode_set_mtime, decode: decode_set_mtime };

export interface sattr3 {
  mode: set_mode3;
  uid: set_uid3;
  gid: set_gid3;
  size: set_size3;
  atime: set_atime;
  mtime: set_mtime;
}

export function encode_sattr3(w: XdrWriter, v: sattr3): void {
  encode_set_mode3(w, v.mode);
  encode_set_uid3(w, v.uid);
  encode_set_gid3(w, v.gid);
  encode_set_size3(w, v.size);
  encode_set_atime(w, v.atime);
  encode_set_mtime(w, v.mtime);
}

export function decode_sattr3(r: XdrReader): sattr3 {
  return {
    mode: decode_set_mode3(r),
    uid: decode_set_uid3(r),
    gid: decode_set_gid3(r),
    size: decode_set_size3(r),
    atime: decode_set_atime(r),
    mtime: decode_set_mtime(r),
  };
}

export const xdr_sattr3: Xdr<sattr3> = { encode: encode_sattr3, decode: decode_sattr3 };

export interface diropargs3 {
  dir: nfs_fh3;
  name: filename3;
}

export function encode_diropargs3(w: XdrWriter, v: diropargs3): void {
  encode_nfs_fh3(w, v.dir);
  encode_filename3(w, v.name);
}

export function decode_diropargs3(r: XdrReader): diropargs3 {
  return {
    dir: decode_nfs_fh3(r),
    name: decode_filename3(r),
  };
}

export const xdr_diropargs3: Xdr<diropargs3> = { encode: encode_diropargs3, decode: decode_diropargs3 };

export interface GETATTR3args {
  object: nfs_fh3;
}

export function encode_GETATTR3args(w: XdrWriter, v: GETATTR3args): void {
  encode_nfs_fh3(w, v.object);
}

export function decode_GETATTR3args(r: XdrReader): GETATTR3args {
  return {
    object: decode_nfs_fh3(r),
  };
}

export const xdr_GETATTR3args: Xdr<GETATTR3args> = { encode: encode_GETATTR3args, decode: decode_GETATTR3args };

export interface GETATTR3resok {
  obj_attributes: fattr3;
}

export function encode_GETATTR3resok(w: XdrWriter, v: GETATTR3resok): void {
  encode_fattr3(w, v.obj_attributes);
}

export function decode_GETATTR3resok(r: XdrReader): GETATTR3resok {
  return {
    obj_attributes: decode_fattr3(r),
  };
}

export const xdr_GETATTR3resok: Xdr<GETATTR3resok> = { encode: encode_GETATTR3resok, decode: decode_GETATTR3resok };

export type GETATTR3res =
  | { status: 0; resok: GETATTR3resok }
  | { status: Exclude<nfsstat3, 0> };

export function encode_GETATTR3res(w: XdrWriter, v: GETATTR3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_GETATTR3resok(w, v.resok);
      return;
    default:
      return;
  }
}

export function decode_GETATTR3res(r: XdrReader): GETATTR3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_GETATTR3resok(r) };
    default:
      return { status: d };
  }
}

export const xdr_GETATTR3res: Xdr<GETATTR3res> = { encode: encode_GETATTR3res, decode: decode_GETATTR3res };

export type sattrguard3 =
  | { check: true; obj_ctime: nfstime3 }
  | { check: false };

export function encode_sattrguard3(w: XdrWriter, v: sattrguard3): void {
  w.bool(v.check);
  switch (v.check) {
    case true:
      encode_nfstime3(w, v.obj_ctime);
      return;
    case false:
      return;
  }
}

export function decode_sattrguard3(r: XdrReader): sattrguard3 {
  const d = r.bool();
  switch (d) {
    case true:
      return { check: d, obj_ctime: decode_nfstime3(r) };
    case false:
      return { check: d };
  }
}

export const xdr_sattrguard3: Xdr<sattrguard3> = { encode: encode_sattrguard3, decode: decode_sattrguard3 };

export interface SETATTR3args {
  object: nfs_fh3;
  new_attributes: sattr3;
  guard: sattrguard3;
}

export function encode_SETATTR3args(w: XdrWriter, v: SETATTR3args): void {
  encode_nfs_fh3(w, v.object);
  encode_sattr3(w, v.new_attributes);
  encode_sattrguard3(w, v.guard);
}

export function decode_SETATTR3args(r: XdrReader): SETATTR3args {
  return {
    object: decode_nfs_fh3(r),
    new_attributes: decode_sattr3(r),
    guard: decode_sattrguard3(r),
  };
}

export const xdr_SETATTR3args: Xdr<SETATTR3args> = { encode: encode_SETATTR3args, decode: decode_SETATTR3args };

export interface SETATTR3resok {
  obj_wcc: wcc_data;
}

export function encode_SETATTR3resok(w: XdrWriter, v: SETATTR3resok): void {
  encode_wcc_data(w, v.obj_wcc);
}

export function decode_SETATTR3resok(r: XdrReader): SETATTR3resok {
  return {
    obj_wcc: decode_wcc_data(r),
  };
}

export const xdr_SETATTR3resok: Xdr<SETATTR3resok> = { encode: encode_SETATTR3resok, decode: decode_SETATTR3resok };

export interface SETATTR3resfail {
  obj_wcc: wcc_data;
}

export function encode_SETATTR3resfail(w: XdrWriter, v: SETATTR3resfail): void {
  encode_wcc_data(w, v.obj_wcc);
}

export function decode_SETATTR3resfail(r: XdrReader): SETATTR3resfail {
  return {
    obj_wcc: decode_wcc_data(r),
  };
}

export const xdr_SETATTR3resfail: Xdr<SETATTR3resfail> = { encode: encode_SETATTR3resfail, decode: decode_SETATTR3resfail };

export type SETATTR3res =
  | { status: 0; resok: SETATTR3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: SETATTR3resfail };

export function encode_SETATTR3res(w: XdrWriter, v: SETATTR3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_SETATTR3resok(w, v.resok);
      return;
    default:
      encode_SETATTR3resfail(w, v.resfail);
      return;
  }
}

export function decode_SETATTR3res(r: XdrReader): SETATTR3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_SETATTR3resok(r) };
    default:
      return { status: d, resfail: decode_SETATTR3resfail(r) };
  }
}

export const xdr_SETATTR3res: Xdr<SETATTR3res> = { encode: encode_SETATTR3res, decode: decode_SETATTR3res };

export interface LOOKUP3args {
  what: diropargs3;
}

export function encode_LOOKUP3args(w: XdrWriter, v: LOOKUP3args): void {
  encode_diropargs3(w, v.what);
}

export function decode_LOOKUP3args(r: XdrReader): LOOKUP3args {
  return {
    what: decode_diropargs3(r),
  };
}

export const xdr_LOOKUP3args: Xdr<LOOKUP3args> = { encode: encode_LOOKUP3args, decode: decode_LOOKUP3args };

export interface LOOKUP3resok {
  object: nfs_fh3;
  obj_attributes: post_op_attr;
  dir_attributes: post_op_attr;
}

export function encode_LOOKUP3resok(w: XdrWriter, v: LOOKUP3resok): void {
  encode_nfs_fh3(w, v.object);
  encode_post_op_attr(w, v.obj_attributes);
  encode_post_op_attr(w, v.dir_attributes);
}

export function decode_LOOKUP3resok(r: XdrReader): LOOKUP3resok {
  return {
    object: decode_nfs_fh3(r),
    obj_attributes: decode_post_op_attr(r),
    dir_attributes: decode_post_op_attr(r),
  };
}

export const xdr_LOOKUP3resok: Xdr<LOOKUP3resok> = { encode: encode_LOOKUP3resok, decode: decode_LOOKUP3resok };

export interface LOOKUP3resfail {
  dir_attributes: post_op_attr;
}

export function encode_LOOKUP3resfail(w: XdrWriter, v: LOOKUP3resfail): void {
  encode_post_op_attr(w, v.dir_attributes);
}

export function decode_LOOKUP3resfail(r: XdrReader): LOOKUP3resfail {
  return {
    dir_attributes: decode_post_op_attr(r),
  };
}

export const xdr_LOOKUP3resfail: Xdr<LOOKUP3resfail> = { encode: encode_LOOKUP3resfail, decode: decode_LOOKUP3resfail };

export type LOOKUP3res =
  | { status: 0; resok: LOOKUP3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: LOOKUP3resfail };

export function encode_LOOKUP3res(w: XdrWriter, v: LOOKUP3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_LOOKUP3resok(w, v.resok);
      return;
    default:
      encode_LOOKUP3resfail(w, v.resfail);
      return;
  }
}

export function decode_LOOKUP3res(r: XdrReader): LOOKUP3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_LOOKUP3resok(r) };
    default:
      return { status: d, resfail: decode_LOOKUP3resfail(r) };
  }
}

export const xdr_LOOKUP3res: Xdr<LOOKUP3res> = { encode: encode_LOOKUP3res, decode: decode_LOOKUP3res };

export interface ACCESS3args {
  object: nfs_fh3;
  access: uint32;
}

export function encode_ACCESS3args(w: XdrWriter, v: ACCESS3args): void {
  encode_nfs_fh3(w, v.object);
  encode_uint32(w, v.access);
}

export function decode_ACCESS3args(r: XdrReader): ACCESS3args {
  return {
    object: decode_nfs_fh3(r),
    access: decode_uint32(r),
  };
}

export const xdr_ACCESS3args: Xdr<ACCESS3args> = { encode: encode_ACCESS3args, decode: decode_ACCESS3args };

export interface ACCESS3resok {
  obj_attributes: post_op_attr;
  access: uint32;
}

export function encode_ACCESS3resok(w: XdrWriter, v: ACCESS3resok): void {
  encode_post_op_attr(w, v.obj_attributes);
  encode_uint32(w, v.access);
}

export function decode_ACCESS3resok(r: XdrReader): ACCESS3resok {
  return {
    obj_attributes: decode_post_op_attr(r),
    access: decode_uint32(r),
  };
}

export const xdr_ACCESS3resok: Xdr<ACCESS3resok> = { encode: encode_ACCESS3resok, decode: decode_ACCESS3resok };

export interface ACCESS3resfail {
  obj_attributes: post_op_attr;
}

export function encode_ACCESS3resfail(w: XdrWriter, v: ACCESS3resfail): void {
  encode_post_op_attr(w, v.obj_attributes);
}

export function decode_ACCESS3resfail(r: XdrReader): ACCESS3resfail {
  return {
    obj_attributes: decode_post_op_attr(r),
  };
}

export const xdr_ACCESS3resfail: Xdr<ACCESS3resfail> = { encode: encode_ACCESS3resfail, decode: decode_ACCESS3resfail };

export type ACCESS3res =
  | { status: 0; resok: ACCESS3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: ACCESS3resfail };

export function encode_ACCESS3res(w: XdrWriter, v: ACCESS3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_ACCESS3resok(w, v.resok);
      return;
    default:
      encode_ACCESS3resfail(w, v.resfail);
      return;
  }
}

export function decode_ACCESS3res(r: XdrReader): ACCESS3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_ACCESS3resok(r) };
    default:
      return { status: d, resfail: decode_ACCESS3resfail(r) };
  }
}

export const xdr_ACCESS3res: Xdr<ACCESS3res> = { encode: encode_ACCESS3res, decode: decode_ACCESS3res };

export interface READLINK3args {
  symlink: nfs_fh3;
}

export function encode_READLINK3args(w: XdrWriter, v: READLINK3args): void {
  encode_nfs_fh3(w, v.symlink);
}

export function decode_READLINK3args(r: XdrReader): READLINK3args {
  return {
    symlink: decode_nfs_fh3(r),
  };
}

export const xdr_READLINK3args: Xdr<READLINK3args> = { encode: encode_READLINK3args, decode: decode_READLINK3args };

export interface READLINK3resok {
  symlink_attributes: post_op_attr;
  data: nfspath3;
}

export function encode_READLINK3resok(w: XdrWriter, v: READLINK3resok): void {
  encode_post_op_attr(w, v.symlink_attributes);
  encode_nfspath3(w, v.data);
}

export function decode_READLINK3resok(r: XdrReader): READLINK3resok {
  return {
    symlink_attributes: decode_post_op_attr(r),
    data: decode_nfspath3(r),
  };
}

export const xdr_READLINK3resok: Xdr<READLINK3resok> = { encode: encode_READLINK3resok, decode: decode_READLINK3resok };

export interface READLINK3resfail {
  symlink_attributes: post_op_attr;
}

export function encode_READLINK3resfail(w: XdrWriter, v: READLINK3resfail): void {
  encode_post_op_attr(w, v.symlink_attributes);
}

export function decode_READLINK3resfail(r: XdrReader): READLINK3resfail {
  return {
    symlink_attributes: decode_post_op_attr(r),
  };
}

export const xdr_READLINK3resfail: Xdr<READLINK3resfail> = { encode: encode_READLINK3resfail, decode: decode_READLINK3resfail };

export type READLINK3res =
  | { status: 0; resok: READLINK3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: READLINK3resfail };

export function encode_READLINK3res(w: XdrWriter, v: READLINK3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_READLINK3resok(w, v.resok);
      return;
    default:
      encode_READLINK3resfail(w, v.resfail);
      return;
  }
}

export function decode_READLINK3res(r: XdrReader): READLINK3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_READLINK3resok(r) };
    default:
      return { status: d, resfail: decode_READLINK3resfail(r) };
  }
}

export const xdr_READLINK3res: Xdr<READLINK3res> = { encode: encode_READLINK3res, decode: decode_READLINK3res };

export interface READ3args {
  file: nfs_fh3;
  offset: offset3;
  count: count3;
}

export function encode_READ3args(w: XdrWriter, v: READ3args): void {
  encode_nfs_fh3(w, v.file);
  encode_offset3(w, v.offset);
  encode_count3(w, v.count);
}

export function decode_READ3args(r: XdrReader): READ3args {
  return {
    file: decode_nfs_fh3(r),
    offset: decode_offset3(r),
    count: decode_count3(r),
  };
}

export const xdr_READ3args: Xdr<READ3args> = { encode: encode_READ3args, decode: decode_READ3args };

export interface READ3resok {
  file_attributes: post_op_attr;
  count: count3;
  eof: boolean;
  data: Uint8Array;
}

export function encode_READ3resok(w: XdrWriter, v: READ3resok): void {
  encode_post_op_attr(w, v.file_attributes);
  encode_count3(w, v.count);
  w.bool(v.eof);
  w.opaque(v.data);
}

export function decode_READ3resok(r: XdrReader): READ3resok {
  return {
    file_attributes: decode_post_op_attr(r),
    count: decode_count3(r),
    eof: r.bool(),
    data: r.opaque(),
  };
}

export const xdr_READ3resok: Xdr<READ3resok> = { encode: encode_READ3resok, decode: decode_READ3resok };

export interface READ3resfail {
  file_attributes: post_op_attr;
}

export function encode_READ3resfail(w: XdrWriter, v: READ3resfail): void {
  encode_post_op_attr(w, v.file_attributes);
}

export function decode_READ3resfail(r: XdrReader): READ3resfail {
  return {
    file_attributes: decode_post_op_attr(r),
  };
}

export const xdr_READ3resfail: Xdr<READ3resfail> = { encode: encode_READ3resfail, decode: decode_READ3resfail };

export type READ3res =
  | { status: 0; resok: READ3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: READ3resfail };

export function encode_READ3res(w: XdrWriter, v: READ3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_READ3resok(w, v.resok);
      return;
    default:
      encode_READ3resfail(w, v.resfail);
      return;
  }
}

export function decode_READ3res(r: XdrReader): READ3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_READ3resok(r) };
    default:
      return { status: d, resfail: decode_READ3resfail(r) };
  }
}

export const xdr_READ3res: Xdr<READ3res> = { encode: encode_READ3res, decode: decode_READ3res };

export const stable_how = {
  UNSTABLE: 0,
  DATA_SYNC: 1,
  FILE_SYNC: 2,
} as const;
export type stable_how = (typeof stable_how)[keyof typeof stable_how];

function check_stable_how(value: number): stable_how {
  if (value >= 0 && value <= 2) return value as stable_how;
  throw new XdrError("XDR_RANGE", `stable_how: ${value} is none of its values`);
}

export function encode_stable_how(w: XdrWriter, v: stable_how): void {
  w.int(check_stable_how(v));
}

export function decode_stable_how(r: XdrReader): stable_how {
  return check_stable_how(r.int());
}

export const xdr_stable_how: Xdr<stable_how> = { encode: encode_stable_how, decode: decode_stable_how };

export interface WRITE3args {
  file: nfs_fh3;
  offset: offset3;
  count: count3;
  stable: stable_how;
  data: Uint8Array;
}

export function encode_WRITE3args(w: XdrWriter, v: WRITE3args): void {
  encode_nfs_fh3(w, v.file);
  encode_offset3(w, v.offset);
  encode_count3(w, v.count);
  encode_stable_how(w, v.stable);
  w.opaque(v.data);
}

export function decode_WRITE3args(r: XdrReader): WRITE3args {
  return {
    file: decode_nfs_fh3(r),
    offset: decode_offset3(r),
    count: decode_count3(r),
    stable: decode_stable_how(r),
    data: r.opaque(),
  };
}

export const xdr_WRITE3args: Xdr<WRITE3args> = { encode: encode_WRITE3args, decode: decode_WRITE3args };

export interface WRITE3resok {
  file_wcc: wcc_data;
  count: count3;
  committed: stable_how;
  verf: writeverf3;
}

export function encode_WRITE3resok(w: XdrWriter, v: WRITE3resok): void {
  encode_wcc_data(w, v.file_wcc);
  encode_count3(w, v.count);
  encode_stable_how(w, v.committed);
  encode_writeverf3(w, v.verf);
}

export function decode_WRITE3resok(r: XdrReader): WRITE3resok {
  return {
    file_wcc: decode_wcc_data(r),
    count: decode_count3(r),
    committed: decode_stable_how(r),
    verf: decode_writeverf3(r),
  };
}

export const xdr_WRITE3resok: Xdr<WRITE3resok> = { encode: encode_WRITE3resok, decode: decode_WRITE3resok };

export interface WRITE3resfail {
  file_wcc: wcc_data;
}

export function encode_WRITE3resfail(w: XdrWriter, v: WRITE3resfail): void {
  encode_wcc_data(w, v.file_wcc);
}

export function decode_WRITE3resfail(r: XdrReader): WRITE3resfail {
  return {
    file_wcc: decode_wcc_data(r),
  };
}

export const xdr_WRITE3resfail: Xdr<WRITE3resfail> = { encode: encode_WRITE3resfail, decode: decode_WRITE3resfail };

export type WRITE3res =
  | { status: 0; resok: WRITE3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: WRITE3resfail };

export function encode_WRITE3res(w: XdrWriter, v: WRITE3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_WRITE3resok(w, v.resok);
      return;
    default:
      encode_WRITE3resfail(w, v.resfail);
      return;
  }
}

export function decode_WRITE3res(r: XdrReader): WRITE3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_WRITE3resok(r) };
    default:
      return { status: d, resfail: decode_WRITE3resfail(r) };
  }
}

export const xdr_WRITE3res: Xdr<WRITE3res> = { encode: encode_WRITE3res, decode: decode_WRITE3res };

export const createmode3 = {
  UNCHECKED: 0,
  GUARDED: 1,
  EXCLUSIVE: 2,
} as const;
export type createmode3 = (typeof createmode3)[keyof typeof createmode3];

function check_createmode3(value: number): createmode3 {
  if (value >= 0 && value <= 2) return value as createmode3;
  throw new XdrError("XDR_RANGE", `createmode3: ${value} is none of its values`);
}

export function encode_createmode3(w: XdrWriter, v: createmode3): void {
  w.int(check_createmode3(v));
}

export function decode_createmode3(r: XdrReader): createmode3 {
  return check_createmode3(r.int());
}

export const xdr_createmode3: Xdr<createmode3> = { encode: encode_createmode3, decode: decode_createmode3 };

export type createhow3 =
  | { mode: 0 | 1; obj_attributes: sattr3 }
  | { mode: 2; verf: createverf3 };

export function encode_createhow3(w: XdrWriter, v: createhow3): void {
  encode_createmode3(w, v.mode);
  switch (v.mode) {
    case 0:
    case 1:
      encode_sattr3(w, v.obj_attributes);
      return;
    case 2:
      encode_createverf3(w, v.verf);
      return;
  }
}

export function decode_createhow3(r: XdrReader): createhow3 {
  const d = decode_createmode3(r);
  switch (d) {
    case 0:
    case 1:
      return { mode: d, obj_attributes: decode_sattr3(r) };
    case 2:
      return { mode: d, verf: decode_createverf3(r) };
  }
}

export const xdr_createhow3: Xdr<createhow3> = { encode: encode_createhow3, decode: decode_createhow3 };

export interface CREATE3args {
  where: diropargs3;
  how: createhow3;
}

export function encode_CREATE3args(w: XdrWriter, v: CREATE3args): void {
  encode_diropargs3(w, v.where);
  encode_createhow3(w, v.how);
}

export function decode_CREATE3args(r: XdrReader): CREATE3args {
  return {
    where: decode_diropargs3(r),
    how: decode_createhow3(r),
  };
}

export const xdr_CREATE3args: Xdr<CREATE3args> = { encode: encode_CREATE3args, decode: decode_CREATE3args };

export interface CREATE3resok {
  obj: post_op_fh3;
  obj_attributes: post_op_attr;
  dir_wcc: wcc_data;
}

export function encode_CREATE3resok(w: XdrWriter, v: CREATE3resok): void {
  encode_post_op_fh3(w, v.obj);
  encode_post_op_attr(w, v.obj_attributes);
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_CREATE3resok(r: XdrReader): CREATE3resok {
  return {
    obj: decode_post_op_fh3(r),
    obj_attributes: decode_post_op_attr(r),
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_CREATE3resok: Xdr<CREATE3resok> = { encode: encode_CREATE3resok, decode: decode_CREATE3resok };

export interface CREATE3resfail {
  dir_wcc: wcc_data;
}

export function encode_CREATE3resfail(w: XdrWriter, v: CREATE3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_CREATE3resfail(r: XdrReader): CREATE3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_CREATE3resfail: Xdr<CREATE3resfail> = { encode: encode_CREATE3resfail, decode: decode_CREATE3resfail };

export type CREATE3res =
  | { status: 0; resok: CREATE3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: CREATE3resfail };

export function encode_CREATE3res(w: XdrWriter, v: CREATE3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_CREATE3resok(w, v.resok);
      return;
    default:
      encode_CREATE3resfail(w, v.resfail);
      return;
  }
}

export function decode_CREATE3res(r: XdrReader): CREATE3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_CREATE3resok(r) };
    default:
      return { status: d, resfail: decode_CREATE3resfail(r) };
  }
}

export const xdr_CREATE3res: Xdr<CREATE3res> = { encode: encode_CREATE3res, decode: decode_CREATE3res };

export interface MKDIR3args {
  where: diropargs3;
  attributes: sattr3;
}

export function encode_MKDIR3args(w: XdrWriter, v: MKDIR3args): void {
  encode_diropargs3(w, v.where);
  encode_sattr3(w, v.attributes);
}

export function decode_MKDIR3args(r: XdrReader): MKDIR3args {
  return {
    where: decode_diropargs3(r),
    attributes: decode_sattr3(r),
  };
}

export const xdr_MKDIR3args: Xdr<MKDIR3args> = { encode: encode_MKDIR3args, decode: decode_MKDIR3args };

export interface MKDIR3resok {
  obj: post_op_fh3;
  obj_attributes: post_op_attr;
  dir_wcc: wcc_data;
}

export function encode_MKDIR3resok(w: XdrWriter, v: MKDIR3resok): void {
  encode_post_op_fh3(w, v.obj);
  encode_post_op_attr(w, v.obj_attributes);
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_MKDIR3resok(r: XdrReader): MKDIR3resok {
  return {
    obj: decode_post_op_fh3(r),
    obj_attributes: decode_post_op_attr(r),
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_MKDIR3resok: Xdr<MKDIR3resok> = { encode: encode_MKDIR3resok, decode: decode_MKDIR3resok };

export interface MKDIR3resfail {
  dir_wcc: wcc_data;
}

export function encode_MKDIR3resfail(w: XdrWriter, v: MKDIR3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_MKDIR3resfail(r: XdrReader): MKDIR3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_MKDIR3resfail: Xdr<MKDIR3resfail> = { encode: encode_MKDIR3resfail, decode: decode_MKDIR3resfail };

export type MKDIR3res =
  | { status: 0; resok: MKDIR3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: MKDIR3resfail };

export function encode_MKDIR3res(w: XdrWriter, v: MKDIR3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_MKDIR3resok(w, v.resok);
      return;
    default:
      encode_MKDIR3resfail(w, v.resfail);
      return;
  }
}

export function decode_MKDIR3res(r: XdrReader): MKDIR3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_MKDIR3resok(r) };
    default:
      return { status: d, resfail: decode_MKDIR3resfail(r) };
  }
}

export const xdr_MKDIR3res: Xdr<MKDIR3res> = { encode: encode_MKDIR3res, decode: decode_MKDIR3res };

export interface symlinkdata3 {
  symlink_attributes: sattr3;
  symlink_data: nfspath3;
}

export function encode_symlinkdata3(w: XdrWriter, v: symlinkdata3): void {
  encode_sattr3(w, v.symlink_attributes);
  encode_nfspath3(w, v.symlink_data);
}

export function decode_symlinkdata3(r: XdrReader): symlinkdata3 {
  return {
    symlink_attributes: decode_sattr3(r),
    symlink_data: decode_nfspath3(r),
  };
}

export const xdr_symlinkdata3: Xdr<symlinkdata3> = { encode: encode_symlinkdata3, decode: decode_symlinkdata3 };

export interface SYMLINK3args {
  where: diropargs3;
  symlink: symlinkdata3;
}

export function encode_SYMLINK3args(w: XdrWriter, v: SYMLINK3args): void {
  encode_diropargs3(w, v.where);
  encode_symlinkdata3(w, v.symlink);
}

export function decode_SYMLINK3args(r: XdrReader): SYMLINK3args {
  return {
    where: decode_diropargs3(r),
    symlink: decode_symlinkdata3(r),
  };
}

export const xdr_SYMLINK3args: Xdr<SYMLINK3args> = { encode: encode_SYMLINK3args, decode: decode_SYMLINK3args };

export interface SYMLINK3resok {
  obj: post_op_fh3;
  obj_attributes: post_op_attr;
  dir_wcc: wcc_data;
}

export function encode_SYMLINK3resok(w: XdrWriter, v: SYMLINK3resok): void {
  encode_post_op_fh3(w, v.obj);
  encode_post_op_attr(w, v.obj_attributes);
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_SYMLINK3resok(r: XdrReader): SYMLINK3resok {
  return {
    obj: decode_post_op_fh3(r),
    obj_attributes: decode_post_op_attr(r),
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_SYMLINK3resok: Xdr<SYMLINK3resok> = { encode: encode_SYMLINK3resok, decode: decode_SYMLINK3resok };

export interface SYMLINK3resfail {
  dir_wcc: wcc_data;
}

export function encode_SYMLINK3resfail(w: XdrWriter, v: SYMLINK3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_SYMLINK3resfail(r: XdrReader): SYMLINK3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_SYMLINK3resfail: Xdr<SYMLINK3resfail> = { encode: encode_SYMLINK3resfail, decode: decode_SYMLINK3resfail };

export type SYMLINK3res =
  | { status: 0; resok: SYMLINK3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: SYMLINK3resfail };

export function encode_SYMLINK3res(w: XdrWriter, v: SYMLINK3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_SYMLINK3resok(w, v.resok);
      return;
    default:
      encode_SYMLINK3resfail(w, v.resfail);
      return;
  }
}

export function decode_SYMLINK3res(r: XdrReader): SYMLINK3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_SYMLINK3resok(r) };
    default:
      return { status: d, resfail: decode_SYMLINK3resfail(r) };
  }
}

export const xdr_SYMLINK3res: Xdr<SYMLINK3res> = { encode: encode_SYMLINK3res, decode: decode_SYMLINK3res };

export interface devicedata3 {
  dev_attributes: sattr3;
  spec: specdata3;
}

export function encode_devicedata3(w: XdrWriter, v: devicedata3): void {
  encode_sattr3(w, v.dev_attributes);
  encode_specdata3(w, v.spec);
}

export function decode_devicedata3(r: XdrReader): devicedata3 {
  return {
    dev_attributes: decode_sattr3(r),
    spec: decode_specdata3(r),
  };
}

export const xdr_devicedata3: Xdr<devicedata3> = { encode: encode_devicedata3, decode: decode_devicedata3 };

export type mknoddata3 =
  | { type: 4 | 3; device: devicedata3 }
  | { type: 6 | 7; pipe_attributes: sattr3 }
  | { type: Exclude<ftype3, 4 | 3 | 6 | 7> };

export function encode_mknoddata3(w: XdrWriter, v: mknoddata3): void {
  encode_ftype3(w, v.type);
  switch (v.type) {
    case 4:
    case 3:
      encode_devicedata3(w, v.device);
      return;
    case 6:
    case 7:
      encode_sattr3(w, v.pipe_attributes);
      return;
    default:
      return;
  }
}

export function decode_mknoddata3(r: XdrReader): mknoddata3 {
  const d = decode_ftype3(r);
  switch (d) {
    case 4:
    case 3:
      return { type: d, device: decode_devicedata3(r) };
    case 6:
    case 7:
      return { type: d, pipe_attributes: decode_sattr3(r) };
    default:
      return { type: d };
  }
}

export const xdr_mknoddata3: Xdr<mknoddata3> = { encode: encode_mknoddata3, decode: decode_mknoddata3 };

export interface MKNOD3args {
  where: diropargs3;
  what: mknoddata3;
}

export function encode_MKNOD3args(w: XdrWriter, v: MKNOD3args): void {
  encode_diropargs3(w, v.where);
  encode_mknoddata3(w, v.what);
}

export function decode_MKNOD3args(r: XdrReader): MKNOD3args {
  return {
    where: decode_diropargs3(r),
    what: decode_mknoddata3(r),
  };
}

export const xdr_MKNOD3args: Xdr<MKNOD3args> = { encode: encode_MKNOD3args, decode: decode_MKNOD3args };

export interface MKNOD3resok {
  obj: post_op_fh3;
  obj_attributes: post_op_attr;
  dir_wcc: wcc_data;
}

export function encode_MKNOD3resok(w: XdrWriter, v: MKNOD3resok): void {
  encode_post_op_fh3(w, v.obj);
  encode_post_op_attr(w, v.obj_attributes);
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_MKNOD3resok(r: XdrReader): MKNOD3resok {
  return {
    obj: decode_post_op_fh3(r),
    obj_attributes: decode_post_op_attr(r),
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_MKNOD3resok: Xdr<MKNOD3resok> = { encode: encode_MKNOD3resok, decode: decode_MKNOD3resok };

export interface MKNOD3resfail {
  dir_wcc: wcc_data;
}

export function encode_MKNOD3resfail(w: XdrWriter, v: MKNOD3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_MKNOD3resfail(r: XdrReader): MKNOD3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_MKNOD3resfail: Xdr<MKNOD3resfail> = { encode: encode_MKNOD3resfail, decode: decode_MKNOD3resfail };

export type MKNOD3res =
  | { status: 0; resok: MKNOD3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: MKNOD3resfail };

export function encode_MKNOD3res(w: XdrWriter, v: MKNOD3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_MKNOD3resok(w, v.resok);
      return;
    default:
      encode_MKNOD3resfail(w, v.resfail);
      return;
  }
}

export function decode_MKNOD3res(r: XdrReader): MKNOD3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_MKNOD3resok(r) };
    default:
      return { status: d, resfail: decode_MKNOD3resfail(r) };
  }
}

export const xdr_MKNOD3res: Xdr<MKNOD3res> = { encode: encode_MKNOD3res, decode: decode_MKNOD3res };

export interface REMOVE3args {
  object: diropargs3;
}

export function encode_REMOVE3args(w: XdrWriter, v: REMOVE3args): void {
  encode_diropargs3(w, v.object);
}

export function decode_REMOVE3args(r: XdrReader): REMOVE3args {
  return {
    object: decode_diropargs3(r),
  };
}

export const xdr_REMOVE3args: Xdr<REMOVE3args> = { encode: encode_REMOVE3args, decode: decode_REMOVE3args };

export interface REMOVE3resok {
  dir_wcc: wcc_data;
}

export function encode_REMOVE3resok(w: XdrWriter, v: REMOVE3resok): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_REMOVE3resok(r: XdrReader): REMOVE3resok {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_REMOVE3resok: Xdr<REMOVE3resok> = { encode: encode_REMOVE3resok, decode: decode_REMOVE3resok };

export interface REMOVE3resfail {
  dir_wcc: wcc_data;
}

export function encode_REMOVE3resfail(w: XdrWriter, v: REMOVE3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_REMOVE3resfail(r: XdrReader): REMOVE3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_REMOVE3resfail: Xdr<REMOVE3resfail> = { encode: encode_REMOVE3resfail, decode: decode_REMOVE3resfail };

export type REMOVE3res =
  | { status: 0; resok: REMOVE3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: REMOVE3resfail };

export function encode_REMOVE3res(w: XdrWriter, v: REMOVE3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_REMOVE3resok(w, v.resok);
      return;
    default:
      encode_REMOVE3resfail(w, v.resfail);
      return;
  }
}

export function decode_REMOVE3res(r: XdrReader): REMOVE3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_REMOVE3resok(r) };
    default:
      return { status: d, resfail: decode_REMOVE3resfail(r) };
  }
}

export const xdr_REMOVE3res: Xdr<REMOVE3res> = { encode: encode_REMOVE3res, decode: decode_REMOVE3res };

export interface RMDIR3args {
  object: diropargs3;
}

export function encode_RMDIR3args(w: XdrWriter, v: RMDIR3args): void {
  encode_diropargs3(w, v.object);
}

export function decode_RMDIR3args(r: XdrReader): RMDIR3args {
  return {
    object: decode_diropargs3(r),
  };
}

export const xdr_RMDIR3args: Xdr<RMDIR3args> = { encode: encode_RMDIR3args, decode: decode_RMDIR3args };

export interface RMDIR3resok {
  dir_wcc: wcc_data;
}

export function encode_RMDIR3resok(w: XdrWriter, v: RMDIR3resok): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_RMDIR3resok(r: XdrReader): RMDIR3resok {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_RMDIR3resok: Xdr<RMDIR3resok> = { encode: encode_RMDIR3resok, decode: decode_RMDIR3resok };

export interface RMDIR3resfail {
  dir_wcc: wcc_data;
}

export function encode_RMDIR3resfail(w: XdrWriter, v: RMDIR3resfail): void {
  encode_wcc_data(w, v.dir_wcc);
}

export function decode_RMDIR3resfail(r: XdrReader): RMDIR3resfail {
  return {
    dir_wcc: decode_wcc_data(r),
  };
}

export const xdr_RMDIR3resfail: Xdr<RMDIR3resfail> = { encode: encode_RMDIR3resfail, decode: decode_RMDIR3resfail };

export type RMDIR3res =
  | { status: 0; resok: RMDIR3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: RMDIR3resfail };

export function encode_RMDIR3res(w: XdrWriter, v: RMDIR3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_RMDIR3resok(w, v.resok);
      return;
    default:
      encode_RMDIR3resfail(w, v.resfail);
      return;
  }
}

export function decode_RMDIR3res(r: XdrReader): RMDIR3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_RMDIR3resok(r) };
    default:
      return { status: d, resfail: decode_RMDIR3resfail(r) };
  }
}

export const xdr_RMDIR3res: Xdr<RMDIR3res> = { encode: encode_RMDIR3res, decode: decode_RMDIR3res };

export interface RENAME3args {
  from: diropargs3;
  to: diropargs3;
}

export function encode_RENAME3args(w: XdrWriter, v: RENAME3args): void {
  encode_diropargs3(w, v.from);
  encode_diropargs3(w, v.to);
}

export function decode_RENAME3args(r: XdrReader): RENAME3args {
  return {
    from: decode_diropargs3(r),
    to: decode_diropargs3(r),
  };
}

export const xdr_RENAME3args: Xdr<RENAME3args> = { encode: encode_RENAME3args, decode: decode_RENAME3args };

export interface RENAME3resok {
  fromdir_wcc: wcc_data;
  todir_wcc: wcc_data;
}

export function encode_RENAME3resok(w: XdrWriter, v: RENAME3resok): void {
  encode_wcc_data(w, v.fromdir_wcc);
  encode_wcc_data(w, v.todir_wcc);
}

export function decode_RENAME3resok(r: XdrReader): RENAME3resok {
  return {
    fromdir_wcc: decode_wcc_data(r),
    todir_wcc: decode_wcc_data(r),
  };
}

export const xdr_RENAME3resok: Xdr<RENAME3resok> = { encode: encode_RENAME3resok, decode: decode_RENAME3resok };

export interface RENAME3resfail {
  fromdir_wcc: wcc_data;
  todir_wcc: wcc_data;
}

export function encode_RENAME3resfail(w: XdrWriter, v: RENAME3resfail): void {
  encode_wcc_data(w, v.fromdir_wcc);
  encode_wcc_data(w, v.todir_wcc);
}

export function decode_RENAME3resfail(r: XdrReader): RENAME3resfail {
  return {
    fromdir_wcc: decode_wcc_data(r),
    todir_wcc: decode_wcc_data(r),
  };
}

export const xdr_RENAME3resfail: Xdr<RENAME3resfail> = { encode: encode_RENAME3resfail, decode: decode_RENAME3resfail };

export type RENAME3res =
  | { status: 0; resok: RENAME3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: RENAME3resfail };

export function encode_RENAME3res(w: XdrWriter, v: RENAME3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_RENAME3resok(w, v.resok);
      return;
    default:
      encode_RENAME3resfail(w, v.resfail);
      return;
  }
}

export function decode_RENAME3res(r: XdrReader): RENAME3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_RENAME3resok(r) };
    default:
      return { status: d, resfail: decode_RENAME3resfail(r) };
  }
}

export const xdr_RENAME3res: Xdr<RENAME3res> = { encode: encode_RENAME3res, decode: decode_RENAME3res };

export interface LINK3args {
  file: nfs_fh3;
  link: diropargs3;
}

export function encode_LINK3args(w: XdrWriter, v: LINK3args): void {
  encode_nfs_fh3(w, v.file);
  encode_diropargs3(w, v.link);
}

export function decode_LINK3args(r: XdrReader): LINK3args {
  return {
    file: decode_nfs_fh3(r),
    link: decode_diropargs3(r),
  };
}

export const xdr_LINK3args: Xdr<LINK3args> = { encode: encode_LINK3args, decode: decode_LINK3args };

export interface LINK3resok {
  file_attributes: post_op_attr;
  linkdir_wcc: wcc_data;
}

export function encode_LINK3resok(w: XdrWriter, v: LINK3resok): void {
  encode_post_op_attr(w, v.file_attributes);
  encode_wcc_data(w, v.linkdir_wcc);
}

export function decode_LINK3resok(r: XdrReader): LINK3resok {
  return {
    file_attributes: decode_post_op_attr(r),
    linkdir_wcc: decode_wcc_data(r),
  };
}

export const xdr_LINK3resok: Xdr<LINK3resok> = { encode: encode_LINK3resok, decode: decode_LINK3resok };

export interface LINK3resfail {
  file_attributes: post_op_attr;
  linkdir_wcc: wcc_data;
}

export function encode_LINK3resfail(w: XdrWriter, v: LINK3resfail): void {
  encode_post_op_attr(w, v.file_attributes);
  encode_wcc_data(w, v.linkdir_wcc);
}

export function decode_LINK3resfail(r: XdrReader): LINK3resfail {
  return {
    file_attributes: decode_post_op_attr(r),
    linkdir_wcc: decode_wcc_data(r),
  };
}

export const xdr_LINK3resfail: Xdr<LINK3resfail> = { encode: encode_LINK3resfail, decode: decode_LINK3resfail };

export type LINK3res =
  | { status: 0; resok: LINK3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: LINK3resfail };

export function encode_LINK3res(w: XdrWriter, v: LINK3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_LINK3resok(w, v.resok);
      return;
    default:
      encode_LINK3resfail(w, v.resfail);
      return;
  }
}

export function decode_LINK3res(r: XdrReader): LINK3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_LINK3resok(r) };
    default:
      return { status: d, resfail: decode_LINK3resfail(r) };
  }
}

export const xdr_LINK3res: Xdr<LINK3res> = { encode: encode_LINK3res, decode: decode_LINK3res };

export interface READDIR3args {
  dir: nfs_fh3;
  cookie: cookie3;
  cookieverf: cookieverf3;
  /** most bytes of READDIR3resok */
  count: count3;
}

export function encode_READDIR3args(w: XdrWriter, v: READDIR3args): void {
  encode_nfs_fh3(w, v.dir);
  encode_cookie3(w, v.cookie);
  encode_cookieverf3(w, v.cookieverf);
  encode_count3(w, v.count);
}

export function decode_READDIR3args(r: XdrReader): READDIR3args {
  return {
    dir: decode_nfs_fh3(r),
    cookie: decode_cookie3(r),
    cookieverf: decode_cookieverf3(r),
    count: decode_count3(r),
  };
}

export const xdr_READDIR3args: Xdr<READDIR3args> = { encode: encode_READDIR3args, decode: decode_READDIR3args };

export interface entry3 {
  fileid: fileid3;
  name: filename3;
  cookie: cookie3;
  nextentry: entry3 | null;
}

function encode_entry3_node(w: XdrWriter, v: entry3): void {
  encode_fileid3(w, v.fileid);
  encode_filename3(w, v.name);
  encode_cookie3(w, v.cookie);
}

export function encode_entry3(w: XdrWriter, v: entry3): void {
  let node: entry3 | null = v;
  while (node !== null) {
    encode_entry3_node(w, node);
    node = node.nextentry;
    w.bool(node !== null);
  }
}

export function decode_entry3(r: XdrReader): entry3 {
  const first = decode_entry3_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_entry3_node(r);
    last.nextentry = next;
    last = next;
  }
  return first;
}

function decode_entry3_node(r: XdrReader): entry3 {
  return {
    fileid: decode_fileid3(r),
    name: decode_filename3(r),
    cookie: decode_cookie3(r),
    nextentry: null,
  };
}

export const xdr_entry3: Xdr<entry3> = { encode: encode_entry3, decode: decode_entry3 };

export interface dirlist3 {
  entries: entry3 | null;
  eof: boolean;
}

export function encode_dirlist3(w: XdrWriter, v: dirlist3): void {
  if (v.entries === null) w.bool(false);
  else {
    w.bool(true);
    encode_entry3(w, v.entries);
  }
  w.bool(v.eof);
}

export function decode_dirlist3(r: XdrReader): dirlist3 {
  return {
    entries: r.bool() ? decode_entry3(r) : null,
    eof: r.bool(),
  };
}

export const xdr_dirlist3: Xdr<dirlist3> = { encode: encode_dirlist3, decode: decode_dirlist3 };

export interface READDIR3resok {
  dir_attributes: post_op_attr;
  cookieverf: cookieverf3;
  reply: dirlist3;
}

export function encode_READDIR3resok(w: XdrWriter, v: READDIR3resok): void {
  encode_post_op_attr(w, v.dir_attributes);
  encode_cookieverf3(w, v.cookieverf);
  encode_dirlist3(w, v.reply);
}

export function decode_READDIR3resok(r: XdrReader): READDIR3resok {
  return {
    dir_attributes: decode_post_op_attr(r),
    cookieverf: decode_cookieverf3(r),
    reply: decode_dirlist3(r),
  };
}

export const xdr_READDIR3resok: Xdr<READDIR3resok> = { encode: encode_READDIR3resok, decode: decode_READDIR3resok };

export interface READDIR3resfail {
  dir_attributes: post_op_attr;
}

export function encode_READDIR3resfail(w: XdrWriter, v: READDIR3resfail): void {
  encode_post_op_attr(w, v.dir_attributes);
}

export function decode_READDIR3resfail(r: XdrReader): READDIR3resfail {
  return {
    dir_attributes: decode_post_op_attr(r),
  };
}

export const xdr_READDIR3resfail: Xdr<READDIR3resfail> = { encode: encode_READDIR3resfail, decode: decode_READDIR3resfail };

export type READDIR3res =
  | { status: 0; resok: READDIR3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: READDIR3resfail };

export function encode_READDIR3res(w: XdrWriter, v: READDIR3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_READDIR3resok(w, v.resok);
      return;
    default:
      encode_READDIR3resfail(w, v.resfail);
      return;
  }
}

export function decode_READDIR3res(r: XdrReader): READDIR3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_READDIR3resok(r) };
    default:
      return { status: d, resfail: decode_READDIR3resfail(r) };
  }
}

export const xdr_READDIR3res: Xdr<READDIR3res> = { encode: encode_READDIR3res, decode: decode_READDIR3res };

export interface READDIRPLUS3args {
  dir: nfs_fh3;
  cookie: cookie3;
  cookieverf: cookieverf3;
  /** most bytes of file numbers, names and cookies */
  dircount: count3;
  /** most bytes of READDIRPLUS3resok */
  maxcount: count3;
}

export function encode_READDIRPLUS3args(w: XdrWriter, v: READDIRPLUS3args): void {
  encode_nfs_fh3(w, v.dir);
  encode_cookie3(w, v.cookie);
  encode_cookieverf3(w, v.cookieverf);
  encode_count3(w, v.dircount);
  encode_count3(w, v.maxcount);
}

export function decode_READDIRPLUS3args(r: XdrReader): READDIRPLUS3args {
  return {
    dir: decode_nfs_fh3(r),
    cookie: decode_cookie3(r),
    cookieverf: decode_cookieverf3(r),
    dircount: decode_count3(r),
    maxcount: decode_count3(r),
  };
}

export const xdr_READDIRPLUS3args: Xdr<READDIRPLUS3args> = { encode: encode_READDIRPLUS3args, decode: decode_READDIRPLUS3args };

export interface entryplus3 {
  fileid: fileid3;
  name: filename3;
  cookie: cookie3;
  name_attributes: post_op_attr;
  name_handle: post_op_fh3;
  nextentry: entryplus3 | null;
}

function encode_entryplus3_node(w: XdrWriter, v: entryplus3): void {
  encode_fileid3(w, v.fileid);
  encode_filename3(w, v.name);
  encode_cookie3(w, v.cookie);
  encode_post_op_attr(w, v.name_attributes);
  encode_post_op_fh3(w, v.name_handle);
}

export function encode_entryplus3(w: XdrWriter, v: entryplus3): void {
  let node: entryplus3 | null = v;
  while (node !== null) {
    encode_entryplus3_node(w, node);
    node = node.nextentry;
    w.bool(node !== null);
  }
}

export function decode_entryplus3(r: XdrReader): entryplus3 {
  const first = decode_entryplus3_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_entryplus3_node(r);
    last.nextentry = next;
    last = next;
  }
  return first;
}

function decode_entryplus3_node(r: XdrReader): entryplus3 {
  return {
    fileid: decode_fileid3(r),
    name: decode_filename3(r),
    cookie: decode_cookie3(r),
    name_attributes: decode_post_op_attr(r),
    name_handle: decode_post_op_fh3(r),
    nextentry: null,
  };
}

export const xdr_entryplus3: Xdr<entryplus3> = { encode: encode_entryplus3, decode: decode_entryplus3 };

export interface dirlistplus3 {
  entries: entryplus3 | null;
  eof: boolean;
}

export function encode_dirlistplus3(w: XdrWriter, v: dirlistplus3): void {
  if (v.entries === null) w.bool(false);
  else {
    w.bool(true);
    encode_entryplus3(w, v.entries);
  }
  w.bool(v.eof);
}

export function decode_dirlistplus3(r: XdrReader): dirlistplus3 {
  return {
    entries: r.bool() ? decode_entryplus3(r) : null,
    eof: r.bool(),
  };
}

export const xdr_dirlistplus3: Xdr<dirlistplus3> = { encode: encode_dirlistplus3, decode: decode_dirlistplus3 };

export interface READDIRPLUS3resok {
  dir_attributes: post_op_attr;
  cookieverf: cookieverf3;
  reply: dirlistplus3;
}

export function encode_READDIRPLUS3resok(w: XdrWriter, v: READDIRPLUS3resok): void {
  encode_post_op_attr(w, v.dir_attributes);
  encode_cookieverf3(w, v.cookieverf);
  encode_dirlistplus3(w, v.reply);
}

export function decode_READDIRPLUS3resok(r: XdrReader): READDIRPLUS3resok {
  return {
    dir_attributes: decode_post_op_attr(r),
    cookieverf: decode_cookieverf3(r),
    reply: decode_dirlistplus3(r),
  };
}

export const xdr_READDIRPLUS3resok: Xdr<READDIRPLUS3resok> = { encode: encode_READDIRPLUS3resok, decode: decode_READDIRPLUS3resok };

export interface READDIRPLUS3resfail {
  dir_attributes: post_op_attr;
}

export function encode_READDIRPLUS3resfail(w: XdrWriter, v: READDIRPLUS3resfail): void {
  encode_post_op_attr(w, v.dir_attributes);
}

export function decode_READDIRPLUS3resfail(r: XdrReader): READDIRPLUS3resfail {
  return {
    dir_attributes: decode_post_op_attr(r),
  };
}

export const xdr_READDIRPLUS3resfail: Xdr<READDIRPLUS3resfail> = { encode: encode_READDIRPLUS3resfail, decode: decode_READDIRPLUS3resfail };

export type READDIRPLUS3res =
  | { status: 0; resok: READDIRPLUS3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: READDIRPLUS3resfail };

export function encode_READDIRPLUS3res(w: XdrWriter, v: READDIRPLUS3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_READDIRPLUS3resok(w, v.resok);
      return;
    default:
      encode_READDIRPLUS3resfail(w, v.resfail);
      return;
  }
}

export function decode_READDIRPLUS3res(r: XdrReader): READDIRPLUS3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_READDIRPLUS3resok(r) };
    default:
      return { status: d, resfail: decode_READDIRPLUS3resfail(r) };
  }
}

export const xdr_READDIRPLUS3res: Xdr<READDIRPLUS3res> = { encode: encode_READDIRPLUS3res, decode: decode_READDIRPLUS3res };

export interface FSSTAT3args {
  fsroot: nfs_fh3;
}

export function encode_FSSTAT3args(w: XdrWriter, v: FSSTAT3args): void {
  encode_nfs_fh3(w, v.fsroot);
}

export function decode_FSSTAT3args(r: XdrReader): FSSTAT3args {
  return {
    fsroot: decode_nfs_fh3(r),
  };
}

export const xdr_FSSTAT3args: Xdr<FSSTAT3args> = { encode: encode_FSSTAT3args, decode: decode_FSSTAT3args };

export interface FSSTAT3resok {
  obj_attributes: post_op_attr;
  tbytes: size3;
  fbytes: size3;
  abytes: size3;
  tfiles: size3;
  ffiles: size3;
  afiles: size3;
  invarsec: uint32;
}

export function encode_FSSTAT3resok(w: XdrWriter, v: FSSTAT3resok): void {
  encode_post_op_attr(w, v.obj_attributes);
  encode_size3(w, v.tbytes);
  encode_size3(w, v.fbytes);
  encode_size3(w, v.abytes);
  encode_size3(w, v.tfiles);
  encode_size3(w, v.ffiles);
  encode_size3(w, v.afiles);
  encode_uint32(w, v.invarsec);
}

export function decode_FSSTAT3resok(r: XdrReader): FSSTAT3resok {
  return {
    obj_attributes: decode_post_op_attr(r),
    tbytes: decode_size3(r),
    fbytes: decode_size3(r),
    abytes: decode_size3(r),
    tfiles: decode_size3(r),
    ffiles: decode_size3(r),
    afiles: decode_size3(r),
    invarsec: decode_uint32(r),
  };
}

export const xdr_FSSTAT3resok: Xdr<FSSTAT3resok> = { encode: encode_FSSTAT3resok, decode: decode_FSSTAT3resok };

export interface FSSTAT3resfail {
  obj_attributes: post_op_attr;
}

export function encode_FSSTAT3resfail(w: XdrWriter, v: FSSTAT3resfail): void {
  encode_post_op_attr(w, v.obj_attributes);
}

export function decode_FSSTAT3resfail(r: XdrReader): FSSTAT3resfail {
  return {
    obj_attributes: decode_post_op_attr(r),
  };
}

export const xdr_FSSTAT3resfail: Xdr<FSSTAT3resfail> = { encode: encode_FSSTAT3resfail, decode: decode_FSSTAT3resfail };

export type FSSTAT3res =
  | { status: 0; resok: FSSTAT3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: FSSTAT3resfail };

export function encode_FSSTAT3res(w: XdrWriter, v: FSSTAT3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_FSSTAT3resok(w, v.resok);
      return;
    default:
      encode_FSSTAT3resfail(w, v.resfail);
      return;
  }
}

export function decode_FSSTAT3res(r: XdrReader): FSSTAT3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_FSSTAT3resok(r) };
    default:
      return { status: d, resfail: decode_FSSTAT3resfail(r) };
  }
}

export const xdr_FSSTAT3res: Xdr<FSSTAT3res> = { encode: encode_FSSTAT3res, decode: decode_FSSTAT3res };

export interface FSINFO3args {
  fsroot: nfs_fh3;
}

export function encode_FSINFO3args(w: XdrWriter, v: FSINFO3args): void {
  encode_nfs_fh3(w, v.fsroot);
}

export function decode_FSINFO3args(r: XdrReader): FSINFO3args {
  return {
    fsroot: decode_nfs_fh3(r),
  };
}

export const xdr_FSINFO3args: Xdr<FSINFO3args> = { encode: encode_FSINFO3args, decode: decode_FSINFO3args };

export interface FSINFO3resok {
  obj_attributes: post_op_attr;
  rtmax: uint32;
  rtpref: uint32;
  rtmult: uint32;
  wtmax: uint32;
  wtpref: uint32;
  wtmult: uint32;
  dtpref: uint32;
  maxfilesize: size3;
  time_delta: nfstime3;
  properties: uint32;
}

export function encode_FSINFO3resok(w: XdrWriter, v: FSINFO3resok): void {
  encode_post_op_attr(w, v.obj_attributes);
  encode_uint32(w, v.rtmax);
  encode_uint32(w, v.rtpref);
  encode_uint32(w, v.rtmult);
  encode_uint32(w, v.wtmax);
  encode_uint32(w, v.wtpref);
  encode_uint32(w, v.wtmult);
  encode_uint32(w, v.dtpref);
  encode_size3(w, v.maxfilesize);
  encode_nfstime3(w, v.time_delta);
  encode_uint32(w, v.properties);
}

export function decode_FSINFO3resok(r: XdrReader): FSINFO3resok {
  return {
    obj_attributes: decode_post_op_attr(r),
    rtmax: decode_uint32(r),
    rtpref: decode_uint32(r),
    rtmult: decode_uint32(r),
    wtmax: decode_uint32(r),
    wtpref: decode_uint32(r),
    wtmult: decode_uint32(r),
    dtpref: decode_uint32(r),
    maxfilesize: decode_size3(r),
    time_delta: decode_nfstime3(r),
    properties: decode_uint32(r),
  };
}

export const xdr_FSINFO3resok: Xdr<FSINFO3resok> = { encode: encode_FSINFO3resok, decode: decode_FSINFO3resok };

export interface FSINFO3resfail {
  obj_attributes: post_op_attr;
}

export function encode_FSINFO3resfail(w: XdrWriter, v: FSINFO3resfail): void {
  encode_post_op_attr(w, v.obj_attributes);
}

export function decode_FSINFO3resfail(r: XdrReader): FSINFO3resfail {
  return {
    obj_attributes: decode_post_op_attr(r),
  };
}

export const xdr_FSINFO3resfail: Xdr<FSINFO3resfail> = { encode: encode_FSINFO3resfail, decode: decode_FSINFO3resfail };

export type FSINFO3res =
  | { status: 0; resok: FSINFO3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: FSINFO3resfail };

export function encode_FSINFO3res(w: XdrWriter, v: FSINFO3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_FSINFO3resok(w, v.resok);
      return;
    default:
      encode_FSINFO3resfail(w, v.resfail);
      return;
  }
}

export function decode_FSINFO3res(r: XdrReader): FSINFO3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_FSINFO3resok(r) };
    default:
      return { status: d, resfail: decode_FSINFO3resfail(r) };
  }
}

export const xdr_FSINFO3res: Xdr<FSINFO3res> = { encode: encode_FSINFO3res, decode: decode_FSINFO3res };

export interface PATHCONF3args {
  object: nfs_fh3;
}

export function encode_PATHCONF3args(w: XdrWriter, v: PATHCONF3args): void {
  encode_nfs_fh3(w, v.object);
}

export function decode_PATHCONF3args(r: XdrReader): PATHCONF3args {
  return {
    object: decode_nfs_fh3(r),
  };
}

export const xdr_PATHCONF3args: Xdr<PATHCONF3args> = { encode: encode_PATHCONF3args, decode: decode_PATHCONF3args };

export interface PATHCONF3resok {
  obj_attributes: post_op_attr;
  linkmax: uint32;
  name_max: uint32;
  no_trunc: boolean;
  chown_restricted: boolean;
  case_insensitive: boolean;
  case_preserving: boolean;
}

export function encode_PATHCONF3resok(w: XdrWriter, v: PATHCONF3resok): void {
  encode_post_op_attr(w, v.obj_attributes);
  encode_uint32(w, v.linkmax);
  encode_uint32(w, v.name_max);
  w.bool(v.no_trunc);
  w.bool(v.chown_restricted);
  w.bool(v.case_insensitive);
  w.bool(v.case_preserving);
}

export function decode_PATHCONF3resok(r: XdrReader): PATHCONF3resok {
  return {
    obj_attributes: decode_post_op_attr(r),
    linkmax: decode_uint32(r),
    name_max: decode_uint32(r),
    no_trunc: r.bool(),
    chown_restricted: r.bool(),
    case_insensitive: r.bool(),
    case_preserving: r.bool(),
  };
}

export const xdr_PATHCONF3resok: Xdr<PATHCONF3resok> = { encode: encode_PATHCONF3resok, decode: decode_PATHCONF3resok };

export interface PATHCONF3resfail {
  obj_attributes: post_op_attr;
}

export function encode_PATHCONF3resfail(w: XdrWriter, v: PATHCONF3resfail): void {
  encode_post_op_attr(w, v.obj_attributes);
}

export function decode_PATHCONF3resfail(r: XdrReader): PATHCONF3resfail {
  return {
    obj_attributes: decode_post_op_attr(r),
  };
}

export const xdr_PATHCONF3resfail: Xdr<PATHCONF3resfail> = { encode: encode_PATHCONF3resfail, decode: decode_PATHCONF3resfail };

export type PATHCONF3res =
  | { status: 0; resok: PATHCONF3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: PATHCONF3resfail };

export function encode_PATHCONF3res(w: XdrWriter, v: PATHCONF3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_PATHCONF3resok(w, v.resok);
      return;
    default:
      encode_PATHCONF3resfail(w, v.resfail);
      return;
  }
}

export function decode_PATHCONF3res(r: XdrReader): PATHCONF3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_PATHCONF3resok(r) };
    default:
      return { status: d, resfail: decode_PATHCONF3resfail(r) };
  }
}

export const xdr_PATHCONF3res: Xdr<PATHCONF3res> = { encode: encode_PATHCONF3res, decode: decode_PATHCONF3res };

export interface COMMIT3args {
  file: nfs_fh3;
  offset: offset3;
  count: count3;
}

export function encode_COMMIT3args(w: XdrWriter, v: COMMIT3args): void {
  encode_nfs_fh3(w, v.file);
  encode_offset3(w, v.offset);
  encode_count3(w, v.count);
}

export function decode_COMMIT3args(r: XdrReader): COMMIT3args {
  return {
    file: decode_nfs_fh3(r),
    offset: decode_offset3(r),
    count: decode_count3(r),
  };
}

export const xdr_COMMIT3args: Xdr<COMMIT3args> = { encode: encode_COMMIT3args, decode: decode_COMMIT3args };

export interface COMMIT3resok {
  file_wcc: wcc_data;
  verf: writeverf3;
}

export function encode_COMMIT3resok(w: XdrWriter, v: COMMIT3resok): void {
  encode_wcc_data(w, v.file_wcc);
  encode_writeverf3(w, v.verf);
}

export function decode_COMMIT3resok(r: XdrReader): COMMIT3resok {
  return {
    file_wcc: decode_wcc_data(r),
    verf: decode_writeverf3(r),
  };
}

export const xdr_COMMIT3resok: Xdr<COMMIT3resok> = { encode: encode_COMMIT3resok, decode: decode_COMMIT3resok };

export interface COMMIT3resfail {
  file_wcc: wcc_data;
}

export function encode_COMMIT3resfail(w: XdrWriter, v: COMMIT3resfail): void {
  encode_wcc_data(w, v.file_wcc);
}

export function decode_COMMIT3resfail(r: XdrReader): COMMIT3resfail {
  return {
    file_wcc: decode_wcc_data(r),
  };
}

export const xdr_COMMIT3resfail: Xdr<COMMIT3resfail> = { encode: encode_COMMIT3resfail, decode: decode_COMMIT3resfail };

export type COMMIT3res =
  | { status: 0; resok: COMMIT3resok }
  | { status: Exclude<nfsstat3, 0>; resfail: COMMIT3resfail };

export function encode_COMMIT3res(w: XdrWriter, v: COMMIT3res): void {
  encode_nfsstat3(w, v.status);
  switch (v.status) {
    case 0:
      encode_COMMIT3resok(w, v.resok);
      return;
    default:
      encode_COMMIT3resfail(w, v.resfail);
      return;
  }
}

export function decode_COMMIT3res(r: XdrReader): COMMIT3res {
  const d = decode_nfsstat3(r);
  switch (d) {
    case 0:
      return { status: d, resok: decode_COMMIT3resok(r) };
    default:
      return { status: d, resfail: decode_COMMIT3resfail(r) };
  }
}

export const xdr_COMMIT3res: Xdr<COMMIT3res> = { encode: encode_COMMIT3res, decode: decode_COMMIT3res };

export const NFS_V3_procedures = {
  NFSPROC3_NULL: { name: "NFSPROC3_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  NFSPROC3_GETATTR: { name: "NFSPROC3_GETATTR", number: 1, idempotent: true, args: xdr_GETATTR3args, result: xdr_GETATTR3res },
  NFSPROC3_SETATTR: { name: "NFSPROC3_SETATTR", number: 2, idempotent: false, args: xdr_SETATTR3args, result: xdr_SETATTR3res },
  NFSPROC3_LOOKUP: { name: "NFSPROC3_LOOKUP", number: 3, idempotent: true, args: xdr_LOOKUP3args, result: xdr_LOOKUP3res },
  NFSPROC3_ACCESS: { name: "NFSPROC3_ACCESS", number: 4, idempotent: true, args: xdr_ACCESS3args, result: xdr_ACCESS3res },
  NFSPROC3_READLINK: { name: "NFSPROC3_READLINK", number: 5, idempotent: true, args: xdr_READLINK3args, result: xdr_READLINK3res },
  NFSPROC3_READ: { name: "NFSPROC3_READ", number: 6, idempotent: true, args: xdr_READ3args, result: xdr_READ3res },
  NFSPROC3_WRITE: { name: "NFSPROC3_WRITE", number: 7, idempotent: true, args: xdr_WRITE3args, result: xdr_WRITE3res },
  NFSPROC3_CREATE: { name: "NFSPROC3_CREATE", number: 8, idempotent: false, args: xdr_CREATE3args, result: xdr_CREATE3res },
  NFSPROC3_MKDIR: { name: "NFSPROC3_MKDIR", number: 9, idempotent: false, args: xdr_MKDIR3args, result: xdr_MKDIR3res },
  NFSPROC3_SYMLINK: { name: "NFSPROC3_SYMLINK", number: 10, idempotent: false, args: xdr_SYMLINK3args, result: xdr_SYMLINK3res },
  NFSPROC3_MKNOD: { name: "NFSPROC3_MKNOD", number: 11, idempotent: false, args: xdr_MKNOD3args, result: xdr_MKNOD3res },
  NFSPROC3_REMOVE: { name: "NFSPROC3_REMOVE", number: 12, idempotent: false, args: xdr_REMOVE3args, result: xdr_REMOVE3res },
  NFSPROC3_RMDIR: { name: "NFSPROC3_RMDIR", number: 13, idempotent: false, args: xdr_RMDIR3args, result: xdr_RMDIR3res },
  NFSPROC3_RENAME: { name: "NFSPROC3_RENAME", number: 14, idempotent: false, args: xdr_RENAME3args, result: xdr_RENAME3res },
  NFSPROC3_LINK: { name: "NFSPROC3_LINK", number: 15, idempotent: false, args: xdr_LINK3args, result: xdr_LINK3res },
  NFSPROC3_READDIR: { name: "NFSPROC3_READDIR", number: 16, idempotent: true, args: xdr_READDIR3args, result: xdr_READDIR3res },
  NFSPROC3_READDIRPLUS: { name: "NFSPROC3_READDIRPLUS", number: 17, idempotent: true, args: xdr_READDIRPLUS3args, result: xdr_READDIRPLUS3res },
  NFSPROC3_FSSTAT: { name: "NFSPROC3_FSSTAT", number: 18, idempotent: true, args: xdr_FSSTAT3args, result: xdr_FSSTAT3res },
  NFSPROC3_FSINFO: { name: "NFSPROC3_FSINFO", number: 19, idempotent: true, args: xdr_FSINFO3args, result: xdr_FSINFO3res },
  NFSPROC3_PATHCONF: { name: "NFSPROC3_PATHCONF", number: 20, idempotent: true, args: xdr_PATHCONF3args, result: xdr_PATHCONF3res },
  NFSPROC3_COMMIT: { name: "NFSPROC3_COMMIT", number: 21, idempotent: true, args: xdr_COMMIT3args, result: xdr_COMMIT3res },
} satisfies Record<string, Procedure>;

/** Program NFS_PROGRAM, version NFS_V3. */
export const NFS_V3_contract = {
  name: "NFS_V3",
  program: 100003,
  version: 3,
  procedures: [
    NFS_V3_procedures.NFSPROC3_NULL,
    NFS_V3_procedures.NFSPROC3_GETATTR,
    NFS_V3_procedures.NFSPROC3_SETATTR,
    NFS_V3_procedures.NFSPROC3_LOOKUP,
    NFS_V3_procedures.NFSPROC3_ACCESS,
    NFS_V3_procedures.NFSPROC3_READLINK,
    NFS_V3_procedures.NFSPROC3_READ,
    NFS_V3_procedures.NFSPROC3_WRITE,
    NFS_V3_procedures.NFSPROC3_CREATE,
    NFS_V3_procedures.NFSPROC3_MKDIR,
    NFS_V3_procedures.NFSPROC3_SYMLINK,
    NFS_V3_procedures.NFSPROC3_MKNOD,
    NFS_V3_procedures.NFSPROC3_REMOVE,
    NFS_V3_procedures.NFSPROC3_RMDIR,
    NFS_V3_procedures.NFSPROC3_RENAME,
    NFS_V3_procedures.NFSPROC3_LINK,
    NFS_V3_procedures.NFSPROC3_READDIR,
    NFS_V3_procedures.NFSPROC3_READDIRPLUS,
    NFS_V3_procedures.NFSPROC3_FSSTAT,
    NFS_V3_procedures.NFSPROC3_FSINFO,
    NFS_V3_procedures.NFSPROC3_PATHCONF,
    NFS_V3_procedures.NFSPROC3_COMMIT,
  ],
} satisfies Contract;

/** What serves NFS_V3: a method for each procedure. */
export interface NFS_V3_Server<Context = unknown> {
  /** @idempotent */
  NFSPROC3_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  NFSPROC3_GETATTR(args: GETATTR3args, context: Context): GETATTR3res | Promise<GETATTR3res>;
  NFSPROC3_SETATTR(args: SETATTR3args, context: Context): SETATTR3res | Promise<SETATTR3res>;
  /** @idempotent */
  NFSPROC3_LOOKUP(args: LOOKUP3args, context: Context): LOOKUP3res | Promise<LOOKUP3res>;
  /** @idempotent */
  NFSPROC3_ACCESS(args: ACCESS3args, context: Context): ACCESS3res | Promise<ACCESS3res>;
  /** @idempotent */
  NFSPROC3_READLINK(args: READLINK3args, context: Context): READLINK3res | Promise<READLINK3res>;
  /** @idempotent */
  NFSPROC3_READ(args: READ3args, context: Context): READ3res | Promise<READ3res>;
  /** @idempotent */
  NFSPROC3_WRITE(args: WRITE3args, context: Context): WRITE3res | Promise<WRITE3res>;
  NFSPROC3_CREATE(args: CREATE3args, context: Context): CREATE3res | Promise<CREATE3res>;
  NFSPROC3_MKDIR(args: MKDIR3args, context: Context): MKDIR3res | Promise<MKDIR3res>;
  NFSPROC3_SYMLINK(args: SYMLINK3args, context: Context): SYMLINK3res | Promise<SYMLINK3res>;
  NFSPROC3_MKNOD(args: MKNOD3args, context: Context): MKNOD3res | Promise<MKNOD3res>;
  NFSPROC3_REMOVE(args: REMOVE3args, context: Context): REMOVE3res | Promise<REMOVE3res>;
  NFSPROC3_RMDIR(args: RMDIR3args, context: Context): RMDIR3res | Promise<RMDIR3res>;
  NFSPROC3_RENAME(args: RENAME3args, context: Context): RENAME3res | Promise<RENAME3res>;
  NFSPROC3_LINK(args: LINK3args, context: Context): LINK3res | Promise<LINK3res>;
  /** @idempotent */
  NFSPROC3_READDIR(args: READDIR3args, context: Context): READDIR3res | Promise<READDIR3res>;
  /** @idempotent */
  NFSPROC3_READDIRPLUS(args: READDIRPLUS3args, context: Context): READDIRPLUS3res | Promise<READDIRPLUS3res>;
  /** @idempotent */
  NFSPROC3_FSSTAT(args: FSSTAT3args, context: Context): FSSTAT3res | Promise<FSSTAT3res>;
  /** @idempotent */
  NFSPROC3_FSINFO(args: FSINFO3args, context: Context): FSINFO3res | Promise<FSINFO3res>;
  /** @idempotent */
  NFSPROC3_PATHCONF(args: PATHCONF3args, context: Context): PATHCONF3res | Promise<PATHCONF3res>;
  /** @idempotent */
  NFSPROC3_COMMIT(args: COMMIT3args, context: Context): COMMIT3res | Promise<COMMIT3res>;
}

/** Joins an implementation of NFS_V3 with its contract. */
export function serve_NFS_V3<Context = unknown>(
  implementation: NFS_V3_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.NFSPROC3_NULL(context);
  handlers[1] = (args: GETATTR3args, context: Context) => implementation.NFSPROC3_GETATTR(args, context);
  handlers[2] = (args: SETATTR3args, context: Context) => implementation.NFSPROC3_SETATTR(args, context);
  handlers[3] = (args: LOOKUP3args, context: Context) => implementation.NFSPROC3_LOOKUP(args, context);
  handlers[4] = (args: ACCESS3args, context: Context) => implementation.NFSPROC3_ACCESS(args, context);
  handlers[5] = (args: READLINK3args, context: Context) => implementation.NFSPROC3_READLINK(args, context);
  handlers[6] = (args: READ3args, context: Context) => implementation.NFSPROC3_READ(args, context);
  handlers[7] = (args: WRITE3args, context: Context) => implementation.NFSPROC3_WRITE(args, context);
  handlers[8] = (args: CREATE3args, context: Context) => implementation.NFSPROC3_CREATE(args, context);
  handlers[9] = (args: MKDIR3args, context: Context) => implementation.NFSPROC3_MKDIR(args, context);
  handlers[10] = (args: SYMLINK3args, context: Context) => implementation.NFSPROC3_SYMLINK(args, context);
  handlers[11] = (args: MKNOD3args, context: Context) => implementation.NFSPROC3_MKNOD(args, context);
  handlers[12] = (args: REMOVE3args, context: Context) => implementation.NFSPROC3_REMOVE(args, context);
  handlers[13] = (args: RMDIR3args, context: Context) => implementation.NFSPROC3_RMDIR(args, context);
  handlers[14] = (args: RENAME3args, context: Context) => implementation.NFSPROC3_RENAME(args, context);
  handlers[15] = (args: LINK3args, context: Context) => implementation.NFSPROC3_LINK(args, context);
  handlers[16] = (args: READDIR3args, context: Context) => implementation.NFSPROC3_READDIR(args, context);
  handlers[17] = (args: READDIRPLUS3args, context: Context) => implementation.NFSPROC3_READDIRPLUS(args, context);
  handlers[18] = (args: FSSTAT3args, context: Context) => implementation.NFSPROC3_FSSTAT(args, context);
  handlers[19] = (args: FSINFO3args, context: Context) => implementation.NFSPROC3_FSINFO(args, context);
  handlers[20] = (args: PATHCONF3args, context: Context) => implementation.NFSPROC3_PATHCONF(args, context);
  handlers[21] = (args: COMMIT3args, context: Context) => implementation.NFSPROC3_COMMIT(args, context);
  return { contract: NFS_V3_contract, handlers };
}

/** Calls NFS_V3 through a caller, which knows where it is served. */
export class NFS_V3_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  NFSPROC3_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_NULL, undefined, options);
  }

  /** @idempotent */
  NFSPROC3_GETATTR(args: GETATTR3args, options?: CallOptions): Promise<GETATTR3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_GETATTR, args, options);
  }

  NFSPROC3_SETATTR(args: SETATTR3args, options?: CallOptions): Promise<SETATTR3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_SETATTR, args, options);
  }

  /** @idempotent */
  NFSPROC3_LOOKUP(args: LOOKUP3args, options?: CallOptions): Promise<LOOKUP3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_LOOKUP, args, options);
  }

  /** @idempotent */
  NFSPROC3_ACCESS(args: ACCESS3args, options?: CallOptions): Promise<ACCESS3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_ACCESS, args, options);
  }

  /** @idempotent */
  NFSPROC3_READLINK(args: READLINK3args, options?: CallOptions): Promise<READLINK3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_READLINK, args, options);
  }

  /** @idempotent */
  NFSPROC3_READ(args: READ3args, options?: CallOptions): Promise<READ3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_READ, args, options);
  }

  /** @idempotent */
  NFSPROC3_WRITE(args: WRITE3args, options?: CallOptions): Promise<WRITE3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_WRITE, args, options);
  }

  NFSPROC3_CREATE(args: CREATE3args, options?: CallOptions): Promise<CREATE3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_CREATE, args, options);
  }

  NFSPROC3_MKDIR(args: MKDIR3args, options?: CallOptions): Promise<MKDIR3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_MKDIR, args, options);
  }

  NFSPROC3_SYMLINK(args: SYMLINK3args, options?: CallOptions): Promise<SYMLINK3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_SYMLINK, args, options);
  }

  NFSPROC3_MKNOD(args: MKNOD3args, options?: CallOptions): Promise<MKNOD3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_MKNOD, args, options);
  }

  NFSPROC3_REMOVE(args: REMOVE3args, options?: CallOptions): Promise<REMOVE3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_REMOVE, args, options);
  }

  NFSPROC3_RMDIR(args: RMDIR3args, options?: CallOptions): Promise<RMDIR3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_RMDIR, args, options);
  }

  NFSPROC3_RENAME(args: RENAME3args, options?: CallOptions): Promise<RENAME3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_RENAME, args, options);
  }

  NFSPROC3_LINK(args: LINK3args, options?: CallOptions): Promise<LINK3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_LINK, args, options);
  }

  /** @idempotent */
  NFSPROC3_READDIR(args: READDIR3args, options?: CallOptions): Promise<READDIR3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_READDIR, args, options);
  }

  /** @idempotent */
  NFSPROC3_READDIRPLUS(args: READDIRPLUS3args, options?: CallOptions): Promise<READDIRPLUS3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_READDIRPLUS, args, options);
  }

  /** @idempotent */
  NFSPROC3_FSSTAT(args: FSSTAT3args, options?: CallOptions): Promise<FSSTAT3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_FSSTAT, args, options);
  }

  /** @idempotent */
  NFSPROC3_FSINFO(args: FSINFO3args, options?: CallOptions): Promise<FSINFO3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_FSINFO, args, options);
  }

  /** @idempotent */
  NFSPROC3_PATHCONF(args: PATHCONF3args, options?: CallOptions): Promise<PATHCONF3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_PATHCONF, args, options);
  }

  /** @idempotent */
  NFSPROC3_COMMIT(args: COMMIT3args, options?: CallOptions): Promise<COMMIT3res> {
    return this.#caller.call(NFS_V3_contract, NFS_V3_procedures.NFSPROC3_COMMIT, args, options);
  }
}
