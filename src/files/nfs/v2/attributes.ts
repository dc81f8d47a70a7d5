/**
 * Attributes of NFS v2 (RFC 1094 sections 2.3.5 and 2.3.6), whose numbers have 32 bits and whose times have
 * microseconds. What does not fit is shown as the nearest that does: a file of 5 GiB as one of 4 GiB less a byte.
 */
import type { WallTime } from "../../../world/index.ts";
import type { Attributes, Changes, FileType } from "../../volume/types.ts";
import {
  type fattr,
  ftype,
  NFSMODE_BLK,
  NFSMODE_CHR,
  NFSMODE_DIR,
  NFSMODE_FIFO,
  NFSMODE_LNK,
  NFSMODE_REG,
  NFSMODE_SOCK,
  type nfstime,
  type sattr,
} from "../gen/nfs2.gen.ts";

const MAX_UINT32 = 0xffff_ffff;
/** A field of `sattr` with this value leaves the attribute as it is. */
export const UNCHANGED = MAX_UINT32;
const BLOCK_BYTES = 4096;
/** `fattr.blocks` counts what the file takes in these, whatever `blocksize` says: so Unix had it. */
const COUNTED_BYTES = 512;
/** Microseconds that cannot be: by old custom they ask for the server's time in both times. */
const SERVER_TIME_USECONDS = 1_000_000;

export const types: Readonly<Record<FileType, { readonly type: ftype; readonly format: number }>> = {
  file: { type: ftype.NFREG, format: NFSMODE_REG },
  directory: { type: ftype.NFDIR, format: NFSMODE_DIR },
  symlink: { type: ftype.NFLNK, format: NFSMODE_LNK },
  block: { type: ftype.NFBLK, format: NFSMODE_BLK },
  character: { type: ftype.NFCHR, format: NFSMODE_CHR },
  fifo: { type: ftype.NFFIFO, format: NFSMODE_FIFO },
  socket: { type: ftype.NFSOCK, format: NFSMODE_SOCK },
};

export function toFattr(attributes: Attributes, fsid: number): fattr {
  const { type, format } = types[attributes.type];
  return {
    type,
    mode: format | attributes.mode,
    nlink: attributes.links,
    uid: attributes.uid,
    gid: attributes.gid,
    size: clamp(attributes.size),
    blocksize: BLOCK_BYTES,
    rdev: ((attributes.major << 8) | attributes.minor) >>> 0,
    blocks: clamp(Math.ceil(attributes.used / COUNTED_BYTES)),
    fsid,
    fileid: toFileid(attributes.handle.inode),
    atime: toTime(attributes.accessed),
    mtime: toTime(attributes.modified),
    ctime: toTime(attributes.changed),
  };
}

/** Inode numbers of more than 32 bits are folded: handles, not file numbers, tell files apart. */
export function toFileid(inode: number): number {
  return (inode ^ Math.floor(inode / 0x1_0000_0000)) >>> 0;
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), MAX_UINT32);
}

function toTime(time: WallTime): nfstime {
  return { seconds: clamp(time.seconds), useconds: Math.floor(time.nanoseconds / 1000) };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The changes that `sattr` asks for, or null when a time in it is none. */
export function toChanges(wanted: sattr): Changes | null {
  const changes: Mutable<Changes> = {};
  if (wanted.mode !== UNCHANGED && wanted.mode !== 0xffff) changes.mode = wanted.mode & 0o7777;
  if (wanted.uid !== UNCHANGED) changes.uid = wanted.uid;
  if (wanted.gid !== UNCHANGED) changes.gid = wanted.gid;
  if (wanted.size !== UNCHANGED) changes.size = wanted.size;
  if (wanted.mtime.useconds === SERVER_TIME_USECONDS) {
    return { ...changes, accessed: "now", modified: "now" };
  }
  const { atime, mtime } = wanted;
  if (atime.seconds !== UNCHANGED) changes.accessed = fromTime(atime);
  if (mtime.seconds !== UNCHANGED) changes.modified = fromTime(mtime);
  return isTime(atime) && isTime(mtime) ? changes : null;
}

function isTime(time: nfstime): boolean {
  return time.seconds === UNCHANGED || time.useconds < 1_000_000;
}

function fromTime(time: nfstime): WallTime {
  return { seconds: time.seconds, nanoseconds: time.useconds * 1000 };
}
