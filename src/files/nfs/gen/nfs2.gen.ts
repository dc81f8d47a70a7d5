// Generated from nfs2.x by coterie idl compile; do not edit.
import type { Caller, CallOptions, Contract, Handler, Procedure, Service, Xdr, XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { XdrError, xdrVoid } from "../../../marshal/index.ts";

export const NFS_PORT = 2049;

/** most bytes of one READ, WRITE or READDIR */
export const MAXDATA = 8192;

export const MAXPATHLEN = 1024;

export const MAXNAMLEN = 255;

export const COOKIESIZE = 4;

export const FHSIZE = 32;

/** Bits of `mode` that tell the type once more. */
export const NFSMODE_FMT = 61440;

export const NFSMODE_DIR = 16384;

export const NFSMODE_CHR = 8192;

export const NFSMODE_BLK = 24576;

export const NFSMODE_REG = 32768;

export const NFSMODE_LNK = 40960;

export const NFSMODE_SOCK = 49152;

export const NFSMODE_FIFO = 4096;

export const stat = {
  NFS_OK: 0,
  NFSERR_PERM: 1,
  NFSERR_NOENT: 2,
  NFSERR_IO: 5,
  NFSERR_NXIO: 6,
  NFSERR_ACCES: 13,
  NFSERR_EXIST: 17,
  NFSERR_NODEV: 19,
  NFSERR_NOTDIR: 20,
  NFSERR_ISDIR: 21,
  NFSERR_FBIG: 27,
  NFSERR_NOSPC: 28,
  NFSERR_ROFS: 30,
  NFSERR_NAMETOOLONG: 63,
  NFSERR_NOTEMPTY: 66,
  NFSERR_DQUOT: 69,
  NFSERR_STALE: 70,
  NFSERR_WFLUSH: 99,
} as const;
export type stat = (typeof stat)[keyof typeof stat];

function check_stat(value: number): stat {
  switch (value) {
    case 0:
    case 1:
    case 2:
    case 5:
    case 6:
    case 13:
    case 17:
    case 19:
    case 20:
    case 21:
    case 27:
    case 28:
    case 30:
    case 63:
    case 66:
    case 69:
    case 70:
    case 99:
      return value as stat;
  }
  throw new XdrError("XDR_RANGE", `stat: ${value} is none of its values`);
}

export function encode_stat(w: XdrWriter, v: stat): void {
  w.int(check_stat(v));
}

export function decode_stat(r: XdrReader): stat {
  return check_stat(r.int());
}

export const xdr_stat: Xdr<stat> = { encode: encode_stat, decode: decode_stat };

/** 6 to 8 are not in the RFC; servers and clients have long agreed on them (rpcsvc/nfs_prot.x). */
export const ftype = {
  NFNON: 0,
  NFREG: 1,
  NFDIR: 2,
  NFBLK: 3,
  NFCHR: 4,
  NFLNK: 5,
  NFSOCK: 6,
  NFBAD: 7,
  NFFIFO: 8,
} as const;
export type ftype = (typeof ftype)[keyof typeof ftype];

function check_ftype(value: number): ftype {
  if (value >= 0 && value <= 8) return value as ftype;
  throw new XdrError("XDR_RANGE", `ftype: ${value} is none of its values`);
}

export function encode_ftype(w: XdrWriter, v: ftype): void {
  w.int(check_ftype(v));
}

export function decode_ftype(r: XdrReader): ftype {
  return check_ftype(r.int());
}

export const xdr_ftype: Xdr<ftype> = { encode: encode_ftype, decode: decode_ftype };

export type fhandle = Uint8Array;

export function encode_fhandle(w: XdrWriter, v: fhandle): void {
  w.opaqueFixed(v, 32);
}

export function decode_fhandle(r: XdrReader): fhandle {
  return r.opaqueFixed(32);
}

export const xdr_fhandle: Xdr<fhandle> = { encode: encode_fhandle, decode: decode_fhandle };

export type filename = Uint8Array;

export function encode_filename(w: XdrWriter, v: filename): void {
  w.opaque(v, 255);
}

export function decode_filename(r: XdrReader): filename {
  return r.opaque(255);
}

export const xdr_filename: Xdr<filename> = { encode: encode_filename, decode: decode_filename };

export type path = Uint8Array;

export function encode_path(w: XdrWriter, v: path): void {
  w.opaque(v, 1024);
}

export function decode_path(r: XdrReader): path {
  return r.opaque(1024);
}

export const xdr_path: Xdr<path> = { encode: encode_path, decode: decode_path };

export type nfscookie = Uint8Array;

export function encode_nfscookie(w: XdrWriter, v: nfscookie): void {
  w.opaqueFixed(v, 4);
}

export function decode_nfscookie(r: XdrReader): nfscookie {
  return r.opaqueFixed(4);
}

export const xdr_nfscookie: Xdr<nfscookie> = { encode: encode_nfscookie, decode: decode_nfscookie };

export interface nfstime {
  seconds: number;
  useconds: number;
}

export function encode_nfstime(w: XdrWriter, v: nfstime): void {
  w.uint(v.seconds);
  w.uint(v.useconds);
}

export function decode_nfstime(r: XdrReader): nfstime {
  return {
    seconds: r.uint(),
    useconds: r.uint(),
  };
}

export const xdr_nfstime: Xdr<nfstime> = { encode: encode_nfstime, decode: decode_nfstime };

export interface fattr {
  type: ftype;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  size: number;
  blocksize: number;
  rdev: number;
  blocks: number;
  fsid: number;
  fileid: number;
  atime: nfstime;
  mtime: nfstime;
  ctime: nfstime;
}

export function encode_fattr(w: XdrWriter, v: fattr): void {
  encode_ftype(w, v.type);
  w.uint(v.mode);
  w.uint(v.nlink);
  w.uint(v.uid);
  w.uint(v.gid);
  w.uint(v.size);
  w.uint(v.blocksize);
  w.uint(v.rdev);
  w.uint(v.blocks);
  w.uint(v.fsid);
  w.uint(v.fileid);
  encode_nfstime(w, v.atime);
  encode_nfstime(w, v.mtime);
  encode_nfstime(w, v.ctime);
}

export function decode_fattr(r: XdrReader): fattr {
  return {
    type: decode_ftype(r),
    mode: r.uint(),
    nlink: r.uint(),
    uid: r.uint(),
    gid: r.uint(),
    size: r.uint(),
    blocksize: r.uint(),
    rdev: r.uint(),
    blocks: r.uint(),
    fsid: r.uint(),
    fileid: r.uint(),
    atime: decode_nfstime(r),
    mtime: decode_nfstime(r),
    ctime: decode_nfstime(r),
  };
}

export const xdr_fattr: Xdr<fattr> = { encode: encode_fattr, decode: decode_fattr };

/** All ones in a field leaves the attribute as it is. */
export interface sattr {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  atime: nfstime;
  mtime: nfstime;
}

export function encode_sattr(w: XdrWriter, v: sattr): void {
  w.uint(v.mode);
  w.uint(v.uid);
  w.uint(v.gid);
  w.uint(v.size);
  encode_nfstime(w, v.atime);
  encode_nfstime(w, v.mtime);
}

export function decode_sattr(r: XdrReader): sattr {
  return {
    mode: r.uint(),
    uid: r.uint(),
    gid: r.uint(),
    size: r.uint(),
    atime: decode_nfstime(r),
    mtime: decode_nfstime(r),
  };
}

export const xdr_sattr: Xdr<sattr> = { encode: encode_sattr, decode: decode_sattr };

export type attrstat =
  | { status: 0; attributes: fattr }
  | { status: Exclude<stat, 0> };

export function encode_attrstat(w: XdrWriter, v: attrstat): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_fattr(w, v.attributes);
      return;
    default:
      return;
  }
}

export function decode_attrstat(r: XdrReader): attrstat {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, attributes: decode_fattr(r) };
    default:
      return { status: d };
  }
}

export const xdr_attrstat: Xdr<attrstat> = { encode: encode_attrstat, decode: decode_attrstat };

export interface sattrargs {
  file: fhandle;
  attributes: sattr;
}

export function encode_sattrargs(w: XdrWriter, v: sattrargs): void {
  encode_fhandle(w, v.file);
  encode_sattr(w, v.attributes);
}

export function decode_sattrargs(r: XdrReader): sattrargs {
  return {
    file: decode_fhandle(r),
    attributes: decode_sattr(r),
  };
}

export const xdr_sattrargs: Xdr<sattrargs> = { encode: encode_sattrargs, decode: decode_sattrargs };

export interface diropargs {
  dir: fhandle;
  name: filename;
}

export function encode_diropargs(w: XdrWriter, v: diropargs): void {
  encode_fhandle(w, v.dir);
  encode_filename(w, v.name);
}

export function decode_diropargs(r: XdrReader): diropargs {
  return {
    dir: decode_fhandle(r),
    name: decode_filename(r),
  };
}

export const xdr_diropargs: Xdr<diropargs> = { encode: encode_diropargs, decode: decode_diropargs };

export interface diropokres {
  file: fhandle;
  attributes: fattr;
}

export function encode_diropokres(w: XdrWriter, v: diropokres): void {
  encode_fhandle(w, v.file);
  encode_fattr(w, v.attributes);
}

export function decode_diropokres(r: XdrReader): diropokres {
  return {
    file: decode_fhandle(r),
    attributes: decode_fattr(r),
  };
}

export const xdr_diropokres: Xdr<diropokres> = { encode: encode_diropokres, decode: decode_diropokres };

export type diropres =
  | { status: 0; diropok: diropokres }
  | { status: Exclude<stat, 0> };

export function encode_diropres(w: XdrWriter, v: diropres): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_diropokres(w, v.diropok);
      return;
    default:
      return;
  }
}

export function decode_diropres(r: XdrReader): diropres {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, diropok: decode_diropokres(r) };
    default:
      return { status: d };
  }
}

export const xdr_diropres: Xdr<diropres> = { encode: encode_diropres, decode: decode_diropres };

export type readlinkres =
  | { status: 0; data: path }
  | { status: Exclude<stat, 0> };

export function encode_readlinkres(w: XdrWriter, v: readlinkres): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_path(w, v.data);
      return;
    default:
      return;
  }
}

export function decode_readlinkres(r: XdrReader): readlinkres {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, data: decode_path(r) };
    default:
      return { status: d };
  }
}

export const xdr_readlinkres: Xdr<readlinkres> = { encode: encode_readlinkres, decode: decode_readlinkres };

export interface readargs {
  file: fhandle;
  offset: number;
  count: number;
  /** unused */
  totalcount: number;
}

export function encode_readargs(w: XdrWriter, v: readargs): void {
  encode_fhandle(w, v.file);
  w.uint(v.offset);
  w.uint(v.count);
  w.uint(v.totalcount);
}

export function decode_readargs(r: XdrReader): readargs {
  return {
    file: decode_fhandle(r),
    offset: r.uint(),
    count: r.uint(),
    totalcount: r.uint(),
  };
}

export const xdr_readargs: Xdr<readargs> = { encode: encode_readargs, decode: decode_readargs };

export interface readokres {
  attributes: fattr;
  data: Uint8Array;
}

export function encode_readokres(w: XdrWriter, v: readokres): void {
  encode_fattr(w, v.attributes);
  w.opaque(v.data, 8192);
}

export function decode_readokres(r: XdrReader): readokres {
  return {
    attributes: decode_fattr(r),
    data: r.opaque(8192),
  };
}

export const xdr_readokres: Xdr<readokres> = { encode: encode_readokres, decode: decode_readokres };

export type readres =
  | { status: 0; reply: readokres }
  | { status: Exclude<stat, 0> };

export function encode_readres(w: XdrWriter, v: readres): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_readokres(w, v.reply);
      return;
    default:
      return;
  }
}

export function decode_readres(r: XdrReader): readres {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, reply: decode_readokres(r) };
    default:
      return { status: d };
  }
}

export const xdr_readres: Xdr<readres> = { encode: encode_readres, decode: decode_readres };

export interface writeargs {
  file: fhandle;
  /** unused */
  beginoffset: number;
  offset: number;
  /** unused */
  totalcount: number;
  data: Uint8Array;
}

export function encode_writeargs(w: XdrWriter, v: writeargs): void {
  encode_fhandle(w, v.file);
  w.uint(v.beginoffset);
  w.uint(v.offset);
  w.uint(v.totalcount);
  w.opaque(v.data, 8192);
}

export function decode_writeargs(r: XdrReader): writeargs {
  return {
    file: decode_fhandle(r),
    beginoffset: r.uint(),
    offset: r.uint(),
    totalcount: r.uint(),
    data: r.opaque(8192),
  };
}

export const xdr_writeargs: Xdr<writeargs> = { encode: encode_writeargs, decode: decode_writeargs };

export interface createargs {
  where: diropargs;
  attributes: sattr;
}

export function encode_createargs(w: XdrWriter, v: createargs): void {
  encode_diropargs(w, v.where);
  encode_sattr(w, v.attributes);
}

export function decode_createargs(r: XdrReader): createargs {
  return {
    where: decode_diropargs(r),
    attributes: decode_sattr(r),
  };
}

export const xdr_createargs: Xdr<createargs> = { encode: encode_createargs, decode: decode_createargs };

export interface renameargs {
  from: diropargs;
  to: diropargs;
}

export function encode_renameargs(w: XdrWriter, v: renameargs): void {
  encode_diropargs(w, v.from);
  encode_diropargs(w, v.to);
}

export function decode_renameargs(r: XdrReader): renameargs {
  return {
    from: decode_diropargs(r),
    to: decode_diropargs(r),
  };
}

export const xdr_renameargs: Xdr<renameargs> = { encode: encode_renameargs, decode: decode_renameargs };

export interface linkargs {
  from: fhandle;
  to: diropargs;
}

export function encode_linkargs(w: XdrWriter, v: linkargs): void {
  encode_fhandle(w, v.from);
  encode_diropargs(w, v.to);
}

export function decode_linkargs(r: XdrReader): linkargs {
  return {
    from: decode_fhandle(r),
    to: decode_diropargs(r),
  };
}

export const xdr_linkargs: Xdr<linkargs> = { encode: encode_linkargs, decode: decode_linkargs };

export interface symlinkargs {
  from: diropargs;
  to: path;
  attributes: sattr;
}

export function encode_symlinkargs(w: XdrWriter, v: symlinkargs): void {
  encode_diropargs(w, v.from);
  encode_path(w, v.to);
  encode_sattr(w, v.attributes);
}

export function decode_symlinkargs(r: XdrReader): symlinkargs {
  return {
    from: decode_diropargs(r),
    to: decode_path(r),
    attributes: decode_sattr(r),
  };
}

export const xdr_symlinkargs: Xdr<symlinkargs> = { encode: encode_symlinkargs, decode: decode_symlinkargs };

export interface readdirargs {
  dir: fhandle;
  cookie: nfscookie;
  count: number;
}

export function encode_readdirargs(w: XdrWriter, v: readdirargs): void {
  encode_fhandle(w, v.dir);
  encode_nfscookie(w, v.cookie);
  w.uint(v.count);
}

export function decode_readdirargs(r: XdrReader): readdirargs {
  return {
    dir: decode_fhandle(r),
    cookie: decode_nfscookie(r),
    count: r.uint(),
  };
}

export const xdr_readdirargs: Xdr<readdirargs> = { encode: encode_readdirargs, decode: decode_readdirargs };

export interface entry {
  fileid: number;
  name: filename;
  cookie: nfscookie;
  nextentry: entry | null;
}

function encode_entry_node(w: XdrWriter, v: entry): void {
  w.uint(v.fileid);
  encode_filename(w, v.name);
  encode_nfscookie(w, v.cookie);
}

export function encode_entry(w: XdrWriter, v: entry): void {
  let node: entry | null = v;
  while (node !== null) {
    encode_entry_node(w, node);
    node = node.nextentry;
    w.bool(node !== null);
  }
}

export function decode_entry(r: XdrReader): entry {
  const first = decode_entry_node(r);
  let last = first;
  while (r.bool()) {
    const next = decode_entry_node(r);
    last.nextentry = next;
    last = next;
  }
  return first;
}

function decode_entry_node(r: XdrReader): entry {
  return {
    fileid: r.uint(),
    name: decode_filename(r),
    cookie: decode_nfscookie(r),
    nextentry: null,
  };
}

export const xdr_entry: Xdr<entry> = { encode: encode_entry, decode: decode_entry };

export interface dirlist {
  entries: entry | null;
  eof: boolean;
}

export function encode_dirlist(w: XdrWriter, v: dirlist): void {
  if (v.entries === null) w.bool(false);
  else {
    w.bool(true);
    encode_entry(w, v.entries);
  }
  w.bool(v.eof);
}

export function decode_dirlist(r: XdrReader): dirlist {
  return {
    entries: r.bool() ? decode_entry(r) : null,
    eof: r.bool(),
  };
}

export const xdr_dirlist: Xdr<dirlist> = { encode: encode_dirlist, decode: decode_dirlist };

export type readdirres =
  | { status: 0; reply: dirlist }
  | { status: Exclude<stat, 0> };

export function encode_readdirres(w: XdrWriter, v: readdirres): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_dirlist(w, v.reply);
      return;
    default:
      return;
  }
}

export function decode_readdirres(r: XdrReader): readdirres {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, reply: decode_dirlist(r) };
    default:
      return { status: d };
  }
}

export const xdr_readdirres: Xdr<readdirres> = { encode: encode_readdirres, decode: decode_readdirres };

export interface statfsokres {
  /** best size of a transfer, in bytes */
  tsize: number;
  /** bytes of a block */
  bsize: number;
  blocks: number;
  bfree: number;
  /** blocks free for those who are not root */
  bavail: number;
}

export function encode_statfsokres(w: XdrWriter, v: statfsokres): void {
  w.uint(v.tsize);
  w.uint(v.bsize);
  w.uint(v.blocks);
  w.uint(v.bfree);
  w.uint(v.bavail);
}

export function decode_statfsokres(r: XdrReader): statfsokres {
  return {
    tsize: r.uint(),
    bsize: r.uint(),
    blocks: r.uint(),
    bfree: r.uint(),
    bavail: r.uint(),
  };
}

export const xdr_statfsokres: Xdr<statfsokres> = { encode: encode_statfsokres, decode: decode_statfsokres };

export type statfsres =
  | { status: 0; reply: statfsokres }
  | { status: Exclude<stat, 0> };

export function encode_statfsres(w: XdrWriter, v: statfsres): void {
  encode_stat(w, v.status);
  switch (v.status) {
    case 0:
      encode_statfsokres(w, v.reply);
      return;
    default:
      return;
  }
}

export function decode_statfsres(r: XdrReader): statfsres {
  const d = decode_stat(r);
  switch (d) {
    case 0:
      return { status: d, reply: decode_statfsokres(r) };
    default:
      return { status: d };
  }
}

export const xdr_statfsres: Xdr<statfsres> = { encode: encode_statfsres, decode: decode_statfsres };

export const NFS_V2_procedures = {
  NFSPROC_NULL: { name: "NFSPROC_NULL", number: 0, idempotent: true, args: xdrVoid, result: xdrVoid },
  NFSPROC_GETATTR: { name: "NFSPROC_GETATTR", number: 1, idempotent: true, args: xdr_fhandle, result: xdr_attrstat },
  NFSPROC_SETATTR: { name: "NFSPROC_SETATTR", number: 2, idempotent: true, args: xdr_sattrargs, result: xdr_attrstat },
  NFSPROC_ROOT: { name: "NFSPROC_ROOT", number: 3, idempotent: true, args: xdrVoid, result: xdrVoid },
  NFSPROC_LOOKUP: { name: "NFSPROC_LOOKUP", number: 4, idempotent: true, args: xdr_diropargs, result: xdr_diropres },
  NFSPROC_READLINK: { name: "NFSPROC_READLINK", number: 5, idempotent: true, args: xdr_fhandle, result: xdr_readlinkres },
  NFSPROC_READ: { name: "NFSPROC_READ", number: 6, idempotent: true, args: xdr_readargs, result: xdr_readres },
  NFSPROC_WRITECACHE: { name: "NFSPROC_WRITECACHE", number: 7, idempotent: true, args: xdrVoid, result: xdrVoid },
  NFSPROC_WRITE: { name: "NFSPROC_WRITE", number: 8, idempotent: true, args: xdr_writeargs, result: xdr_attrstat },
  NFSPROC_CREATE: { name: "NFSPROC_CREATE", number: 9, idempotent: false, args: xdr_createargs, result: xdr_diropres },
  NFSPROC_REMOVE: { name: "NFSPROC_REMOVE", number: 10, idempotent: false, args: xdr_diropargs, result: xdr_stat },
  NFSPROC_RENAME: { name: "NFSPROC_RENAME", number: 11, idempotent: false, args: xdr_renameargs, result: xdr_stat },
  NFSPROC_LINK: { name: "NFSPROC_LINK", number: 12, idempotent: false, args: xdr_linkargs, result: xdr_stat },
  NFSPROC_SYMLINK: { name: "NFSPROC_SYMLINK", number: 13, idempotent: false, args: xdr_symlinkargs, result: xdr_stat },
  NFSPROC_MKDIR: { name: "NFSPROC_MKDIR", number: 14, idempotent: false, args: xdr_createargs, result: xdr_diropres },
  NFSPROC_RMDIR: { name: "NFSPROC_RMDIR", number: 15, idempotent: false, args: xdr_diropargs, result: xdr_stat },
  NFSPROC_READDIR: { name: "NFSPROC_READDIR", number: 16, idempotent: true, args: xdr_readdirargs, result: xdr_readdirres },
  NFSPROC_STATFS: { name: "NFSPROC_STATFS", number: 17, idempotent: true, args: xdr_fhandle, result: xdr_statfsres },
} satisfies Record<string, Procedure>;

/** Program NFS_PROGRAM, version NFS_V2. */
export const NFS_V2_contract = {
  name: "NFS_V2",
  program: 100003,
  version: 2,
  procedures: [
    NFS_V2_procedures.NFSPROC_NULL,
    NFS_V2_procedures.NFSPROC_GETATTR,
    NFS_V2_procedures.NFSPROC_SETATTR,
    NFS_V2_procedures.NFSPROC_ROOT,
    NFS_V2_procedures.NFSPROC_LOOKUP,
    NFS_V2_procedures.NFSPROC_READLINK,
    NFS_V2_procedures.NFSPROC_READ,
    NFS_V2_procedures.NFSPROC_WRITECACHE,
    NFS_V2_procedures.NFSPROC_WRITE,
    NFS_V2_procedures.NFSPROC_CREATE,
    NFS_V2_procedures.NFSPROC_REMOVE,
    NFS_V2_procedures.NFSPROC_RENAME,
    NFS_V2_procedures.NFSPROC_LINK,
    NFS_V2_procedures.NFSPROC_SYMLINK,
    NFS_V2_procedures.NFSPROC_MKDIR,
    NFS_V2_procedures.NFSPROC_RMDIR,
    NFS_V2_procedures.NFSPROC_READDIR,
    NFS_V2_procedures.NFSPROC_STATFS,
  ],
} satisfies Contract;

/** What serves NFS_V2: a method for each procedure. */
export interface NFS_V2_Server<Context = unknown> {
  /** @idempotent */
  NFSPROC_NULL(context: Context): void | Promise<void>;
  /** @idempotent */
  NFSPROC_GETATTR(args: fhandle, context: Context): attrstat | Promise<attrstat>;
  /** @idempotent */
  NFSPROC_SETATTR(args: sattrargs, context: Context): attrstat | Promise<attrstat>;
  /** @idempotent */
  NFSPROC_ROOT(context: Context): void | Promise<void>;
  /** @idempotent */
  NFSPROC_LOOKUP(args: diropargs, context: Context): diropres | Promise<diropres>;
  /** @idempotent */
  NFSPROC_READLINK(args: fhandle, context: Context): readlinkres | Promise<readlinkres>;
  /** @idempotent */
  NFSPROC_READ(args: readargs, context: Context): readres | Promise<readres>;
  /** @idempotent */
  NFSPROC_WRITECACHE(context: Context): void | Promise<void>;
  /** @idempotent */
  NFSPROC_WRITE(args: writeargs, context: Context): attrstat | Promise<attrstat>;
  NFSPROC_CREATE(args: createargs, context: Context): diropres | Promise<diropres>;
  NFSPROC_REMOVE(args: diropargs, context: Context): stat | Promise<stat>;
  NFSPROC_RENAME(args: renameargs, context: Context): stat | Promise<stat>;
  NFSPROC_LINK(args: linkargs, context: Context): stat | Promise<stat>;
  NFSPROC_SYMLINK(args: symlinkargs, context: Context): stat | Promise<stat>;
  NFSPROC_MKDIR(args: createargs, context: Context): diropres | Promise<diropres>;
  NFSPROC_RMDIR(args: diropargs, context: Context): stat | Promise<stat>;
  /** @idempotent */
  NFSPROC_READDIR(args: readdirargs, context: Context): readdirres | Promise<readdirres>;
  /** @idempotent */
  NFSPROC_STATFS(args: fhandle, context: Context): statfsres | Promise<statfsres>;
}

/** Joins an implementation of NFS_V2 with its contract. */
export function serve_NFS_V2<Context = unknown>(
  implementation: NFS_V2_Server<Context>,
): Service<Context> {
  const handlers: (Handler<Context> | undefined)[] = [];
  handlers[0] = (_args: undefined, context: Context) => implementation.NFSPROC_NULL(context);
  handlers[1] = (args: fhandle, context: Context) => implementation.NFSPROC_GETATTR(args, context);
  handlers[2] = (args: sattrargs, context: Context) => implementation.NFSPROC_SETATTR(args, context);
  handlers[3] = (_args: undefined, context: Context) => implementation.NFSPROC_ROOT(context);
  handlers[4] = (args: diropargs, context: Context) => implementation.NFSPROC_LOOKUP(args, context);
  handlers[5] = (args: fhandle, context: Context) => implementation.NFSPROC_READLINK(args, context);
  handlers[6] = (args: readargs, context: Context) => implementation.NFSPROC_READ(args, context);
  handlers[7] = (_args: undefined, context: Context) => implementation.NFSPROC_WRITECACHE(context);
  handlers[8] = (args: writeargs, context: Context) => implementation.NFSPROC_WRITE(args, context);
  handlers[9] = (args: createargs, context: Context) => implementation.NFSPROC_CREATE(args, context);
  handlers[10] = (args: diropargs, context: Context) => implementation.NFSPROC_REMOVE(args, context);
  handlers[11] = (args: renameargs, context: Context) => implementation.NFSPROC_RENAME(args, context);
  handlers[12] = (args: linkargs, context: Context) => implementation.NFSPROC_LINK(args, context);
  handlers[13] = (args: symlinkargs, context: Context) => implementation.NFSPROC_SYMLINK(args, context);
  handlers[14] = (args: createargs, context: Context) => implementation.NFSPROC_MKDIR(args, context);
  handlers[15] = (args: diropargs, context: Context) => implementation.NFSPROC_RMDIR(args, context);
  handlers[16] = (args: readdirargs, context: Context) => implementation.NFSPROC_READDIR(args, context);
  handlers[17] = (args: fhandle, context: Context) => implementation.NFSPROC_STATFS(args, context);
  return { contract: NFS_V2_contract, handlers };
}

/** Calls NFS_V2 through a caller, which knows where it is served. */
export class NFS_V2_Client {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @idempotent */
  NFSPROC_NULL(options?: CallOptions): Promise<void> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_NULL, undefined, options);
  }

  /** @idempotent */
  NFSPROC_GETATTR(args: fhandle, options?: CallOptions): Promise<attrstat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_GETATTR, args, options);
  }

  /** @idempotent */
  NFSPROC_SETATTR(args: sattrargs, options?: CallOptions): Promise<attrstat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_SETATTR, args, options);
  }

  /** @idempotent */
  NFSPROC_ROOT(options?: CallOptions): Promise<void> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_ROOT, undefined, options);
  }

  /** @idempotent */
  NFSPROC_LOOKUP(args: diropargs, options?: CallOptions): Promise<diropres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_LOOKUP, args, options);
  }

  /** @idempotent */
  NFSPROC_READLINK(args: fhandle, options?: CallOptions): Promise<readlinkres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_READLINK, args, options);
  }

  /** @idempotent */
  NFSPROC_READ(args: readargs, options?: CallOptions): Promise<readres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_READ, args, options);
  }

  /** @idempotent */
  NFSPROC_WRITECACHE(options?: CallOptions): Promise<void> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_WRITECACHE, undefined, options);
  }

  /** @idempotent */
  NFSPROC_WRITE(args: writeargs, options?: CallOptions): Promise<attrstat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_WRITE, args, options);
  }

  NFSPROC_CREATE(args: createargs, options?: CallOptions): Promise<diropres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_CREATE, args, options);
  }

  NFSPROC_REMOVE(args: diropargs, options?: CallOptions): Promise<stat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_REMOVE, args, options);
  }

  NFSPROC_RENAME(args: renameargs, options?: CallOptions): Promise<stat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_RENAME, args, options);
  }

  NFSPROC_LINK(args: linkargs, options?: CallOptions): Promise<stat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_LINK, args, options);
  }

  NFSPROC_SYMLINK(args: symlinkargs, options?: CallOptions): Promise<stat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_SYMLINK, args, options);
  }

  NFSPROC_MKDIR(args: createargs, options?: CallOptions): Promise<diropres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_MKDIR, args, options);
  }

  NFSPROC_RMDIR(args: diropargs, options?: CallOptions): Promise<stat> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_RMDIR, args, options);
  }

  /** @idempotent */
  NFSPROC_READDIR(args: readdirargs, options?: CallOptions): Promise<readdirres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_READDIR, args, options);
  }

  /** @idempotent */
  NFSPROC_STATFS(args: fhandle, options?: CallOptions): Promise<statfsres> {
    return this.#caller.call(NFS_V2_contract, NFS_V2_procedures.NFSPROC_STATFS, args, options);
  }
}
