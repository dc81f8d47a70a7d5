/**
 * This machine's own files, for the commands that copy to and from a volume, and for a node's few files beside
 * its store. Paths and names are bytes where they come from the system, so a name of any encoding survives.
 * Failures are `CoterieError`s with the `LOCAL_…` codes of the command line's table, which name the path.
 */
import type { WallTime } from "../world/index.ts";

/** Text is UTF-8; bytes are taken as they are. */
export type LocalPath = string | Uint8Array;

/** What a name stands for; `other` is a device, a fifo or a socket. */
export type LocalType = "file" | "directory" | "symlink" | "other";

/** What the system knows of a file. */
export interface LocalStat {
  readonly type: LocalType;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly accessed: WallTime;
  readonly modified: WallTime;
  /** Tell two names of one file apart from two files. */
  readonly device: bigint;
  readonly inode: bigint;
  readonly links: number;
}

/** A name in a directory, without the directory. Names are bytes. */
export interface LocalEntry {
  readonly name: Uint8Array;
  readonly type: LocalType;
}

/**
 * How to open: `read`; `write` creates or empties; `update` creates or keeps what is there, to resume, and follows no
 * symbolic link; `new` fails when the name exists.
 */
export type LocalMode = "read" | "write" | "update" | "new";

/** An open file of this machine. Positions and sizes are in bytes. Methods reject with LOCAL_… codes. */
export interface LocalFile {
  /** Bytes read into `buffer` at `position`; 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `data` at `position`. */
  write(data: Uint8Array, position: number): Promise<void>;
  stat(): Promise<LocalStat>;
  truncate(size: number): Promise<void>;
  setMode(mode: number): Promise<void>;
  setTimes(accessed: WallTime, modified: WallTime): Promise<void>;
  /** Durable on the disk when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A way to read a file once more, from the device where that can be. */
export interface LocalReader {
  /** False where what is read may come from the system's cache. */
  readonly isUncached: boolean;
  /** Fills `buffer` from `position`; returns how many bytes there were, fewer only at the end. One at a time. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** SHA-256, fed in pieces. */
export interface Digest {
  update(data: Uint8Array): void;
  /** The digest in hexadecimal; the object is used up. */
  hex(): string;
}

/** The space of a file system. */
export interface DiskSpace {
  readonly totalBytes: number;
  /** What this user may still use. */
  readonly freeBytes: number;
}

/**
 * This machine's files, as commands use them. Paths may be bytes of any encoding. Methods reject with LOCAL_…
 * codes.
 */
export interface LocalFiles {
  /** Undefined when nothing has the name. `follow` (default false): what a symbolic link leads to. */
  stat(path: LocalPath, options?: { readonly follow?: boolean }): Promise<LocalStat | undefined>;
  open(path: LocalPath, mode: LocalMode, permissions?: number): Promise<LocalFile>;
  /** Opens a file to read what the disk holds, past the system's cache where that can be. */
  openUncached(path: LocalPath): Promise<LocalReader>;
  /** A directory's entries in the system's order, without `.` and `..`, as many at a time as fit the memory. */
  entries(path: LocalPath): AsyncIterable<LocalEntry>;
  /** Makes a directory; `parents` makes those above too and lets one that exists be. */
  mkdir(path: LocalPath, options?: { readonly mode?: number; readonly parents?: boolean }): Promise<void>;
  rename(from: LocalPath, to: LocalPath): Promise<void>;
  /** Gives a file a second name, which must not be there. Some file systems have no such names: LOCAL_PERMISSION or LOCAL_IO. */
  link(path: LocalPath, name: LocalPath): Promise<void>;
  remove(path: LocalPath): Promise<void>;
  rmdir(path: LocalPath): Promise<void>;
  symlink(target: LocalPath, path: LocalPath): Promise<void>;
  readlink(path: LocalPath): Promise<Uint8Array>;
  setMode(path: LocalPath, mode: number): Promise<void>;
  /** Of the link itself when `path` is a symbolic link. Exact to about a microsecond, before 1970 to a millisecond. */
  setTimes(path: LocalPath, accessed: WallTime, modified: WallTime): Promise<void>;
  /** Makes a directory this process's own among ours, until it is released or ends; undefined when another has it. */
  claimDirectory(path: string): Promise<{ release(): void } | undefined>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: LocalPath): Promise<void>;
  /** All of a small file. */
  readAll(path: LocalPath, maxBytes: number): Promise<Uint8Array>;
  /** Replaces a small file at once and durably: written beside it, synced, renamed over it, directory synced. */
  replace(path: LocalPath, data: Uint8Array, permissions?: number): Promise<void>;
  /** The disk under a path that exists. */
  space(path: LocalPath): Promise<DiskSpace>;
  /** `name` in `directory`, as bytes. */
  join(directory: LocalPath, name: LocalPath): Uint8Array;
  /** The absolute form of a path. */
  absolute(path: string): string;
  digest(): Digest;
}
