/** What the server says of a file, in the shape of `Stats` of node:fs; times are `WallTime`s. */
import type { WallTime } from "../../world/index.ts";
import { type fattr3, ftype3, type nfstime3 } from "../nfs/gen/nfs3.gen.ts";
import type { FileType } from "../volume/types.ts";
import type { FilePath } from "./names.ts";
import type { Session } from "./session.ts";

const types: Readonly<Record<ftype3, readonly [type: FileType, modeBits: number]>> = {
  [ftype3.NF3REG]: ["file", 0o100000],
  [ftype3.NF3DIR]: ["directory", 0o040000],
  [ftype3.NF3BLK]: ["block", 0o060000],
  [ftype3.NF3CHR]: ["character", 0o020000],
  [ftype3.NF3LNK]: ["symlink", 0o120000],
  [ftype3.NF3SOCK]: ["socket", 0o140000],
  [ftype3.NF3FIFO]: ["fifo", 0o010000],
};

/** What is known of a file, in the shape of `fs.Stats` with `bigint`s. */
export class Stats {
  readonly type: FileType;
  /** Identifies the file system. */
  readonly dev: bigint;
  readonly ino: bigint;
  /** Type bits and permission bits, as stat(2) has them. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes that it takes on the server's disk. */
  readonly used: number;
  /** Device numbers of a block or character device. */
  readonly rdev: { readonly major: number; readonly minor: number };
  readonly atime: WallTime;
  readonly mtime: WallTime;
  readonly ctime: WallTime;

  constructor(attributes: fattr3) {
    const [type, bits] = types[attributes.type];
    this.type = type;
    this.dev = attributes.fsid;
    this.ino = attributes.fileid;
    this.mode = bits | (attributes.mode & 0o7777);
    this.nlink = attributes.nlink;
    this.uid = attributes.uid;
    this.gid = attributes.gid;
    this.size = Number(attributes.size);
    this.used = Number(attributes.used);
    this.rdev = { major: attributes.rdev.specdata1, minor: attributes.rdev.specdata2 };
    this.atime = wallTime(attributes.atime);
    this.mtime = wallTime(attributes.mtime);
    this.ctime = wallTime(attributes.ctime);
  }

  /** Permission bits alone, 0 to 0o7777. */
  get permissions(): number {
    return this.mode & 0o7777;
  }

  get mtimeMs(): number {
    return this.mtime.seconds * 1000 + this.mtime.nanoseconds / 1e6;
  }

  isFile(): boolean {
    return this.type === "file";
  }
  isDirectory(): boolean {
    return this.type === "directory";
  }
  isSymbolicLink(): boolean {
    return this.type === "symlink";
  }
  isBlockDevice(): boolean {
    return this.type === "block";
  }
  isCharacterDevice(): boolean {
    return this.type === "character";
  }
  isFIFO(): boolean {
    return this.type === "fifo";
  }
  isSocket(): boolean {
    return this.type === "socket";
  }
}

function wallTime(time: nfstime3): WallTime {
  return { seconds: time.seconds, nanoseconds: time.nseconds };
}

/** The file system, as FSSTAT tells it. */
export interface FileSystemStats {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Free for this caller. */
  readonly availableBytes: number;
  readonly totalFiles: number;
  readonly freeFiles: number;
  readonly availableFiles: number;
}

/** Asks for the space of the file system that holds the object of this handle. */
export async function fileSystemStats(
  session: Session,
  handle: Uint8Array,
  path: FilePath,
): Promise<FileSystemStats> {
  const { resok } = await session.ask(() => session.nfs.NFSPROC3_FSSTAT({ fsroot: handle }), "statfs", path);
  return {
    totalBytes: Number(resok.tbytes),
    freeBytes: Number(resok.fbytes),
    availableBytes: Number(resok.abytes),
    totalFiles: Number(resok.tfiles),
    freeFiles: Number(resok.ffiles),
    availableFiles: Number(resok.afiles),
  };
}
