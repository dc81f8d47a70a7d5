/**
 * A volume: one file system tree. Its operations are synchronous and deterministic: the same operations with the
 * same contexts on the same store give the same results and the same store, which is what lets a replicated log
 * carry them. Failures that a client can cause or expect are returned, not thrown.
 */
import type { Change, WallTime } from "../../world/index.ts";

/** Names a file for ever: an inode number is used again, its generation is not. */
export interface Handle {
  readonly inode: number;
  readonly generation: number;
  /** Of a file in another layer than the volume that gives the handle: the number of the snapshot or clone that it is in. */
  readonly layer?: number;
}

export type FileType = "file" | "directory" | "symlink" | "block" | "character" | "fifo" | "socket";

export interface Attributes {
  readonly handle: Handle;
  readonly type: FileType;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes that its chunks take: less than `size` for a sparse file. */
  readonly used: number;
  /** Device numbers; zeros unless `type` is block or character. */
  readonly major: number;
  readonly minor: number;
  readonly accessed: WallTime;
  readonly modified: WallTime;
  readonly changed: WallTime;
}

/** Why an operation did not happen; each is the NFS status of the same name. */
export type FaultReason =
  | "PERM"
  | "NOENT"
  | "IO"
  | "ACCES"
  | "EXIST"
  | "XDEV"
  | "NOTDIR"
  | "ISDIR"
  | "INVAL"
  | "FBIG"
  | "NOSPC"
  | "ROFS"
  | "MLINK"
  | "NAMETOOLONG"
  | "NOTEMPTY"
  | "DQUOT"
  | "STALE"
  | "NOT_SYNC"
  | "BAD_COOKIE"
  | "NOTSUPP"
  | "BADTYPE";

/** An operation that failed, as a value. Compare with `isFault`. */
export class Fault {
  readonly reason: FaultReason;
  constructor(reason: FaultReason) {
    this.reason = reason;
  }
}

/** Whether an operation of a volume was refused: `Fault` has the reason. */
export function isFault(value: unknown): value is Fault {
  return value instanceof Fault;
}

export type Outcome<T> = T | Fault;

/** Whose operation it is: the permission checks use it. uid 0 passes them all. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

/** What an operation may not find out by itself. */
export interface Context {
  readonly credentials: Credentials;
  /** Now, by the wall clock. */
  readonly now: WallTime;
  /**
   * Called when the operation has succeeded and before it is applied: the changes it returns become part of the
   * same atomic batch, so that a reply can be remembered exactly when its operation happened. Keys begin with
   * `RESERVED_PREFIX`.
   */
  readonly attach?: (result: unknown) => readonly Change[];
}

/** First byte of the keys that a volume leaves to `Context.attach`. */
export const RESERVED_PREFIX = 0xf0;

/** Attribute changes: what is absent stays. */
export interface Changes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  /** A time, or "now" for the context's. */
  readonly accessed?: WallTime | "now";
  readonly modified?: WallTime | "now";
}

/** What a new object is. Attributes in `initial` that its type lacks are ignored. */
export type NewObject =
  | { readonly type: "file"; readonly initial: Changes; readonly how: "unchecked" | "guarded" }
  /** `verifier`: 8 bytes; a second create with the same one returns the file of the first. */
  | { readonly type: "file"; readonly how: "exclusive"; readonly verifier: Uint8Array }
  | { readonly type: "directory"; readonly initial: Changes }
  | { readonly type: "symlink"; readonly initial: Changes; readonly target: Uint8Array }
  | { readonly type: "fifo" | "socket"; readonly initial: Changes }
  | {
      readonly type: "block" | "character";
      readonly initial: Changes;
      readonly major: number;
      readonly minor: number;
    };

export interface DirectoryEntry {
  readonly name: Uint8Array;
  readonly handle: Handle;
  /**
   * Where reading goes on after this entry. Stable while the entry exists, whatever else changes in the
   * directory; above 2, at most 2^53 - 1.
   */
  readonly cookie: number;
}

export interface ReadResult {
  readonly data: Uint8Array;
  /** True when the data reaches the end of the file. */
  readonly eof: boolean;
}

/** The data of a read as pieces, one after the other. */
export interface ReadPieces {
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces together. */
  readonly length: number;
  readonly eof: boolean;
}

export type Stability = "unstable" | "data-sync" | "file-sync";

export interface Statistics {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** Bits of `access`, as in RFC 1813 ACCESS. */
export const Access = { read: 1, lookup: 2, modify: 4, extend: 8, delete: 16, execute: 32 } as const;

/**
 * Who looks after a volume: itself, in the background; or the log whose state it is. Then nothing changes it but operations, and
 * none of them depends on this machine: neither on its disk's free space nor on its clock.
 */
export type Upkeep = "own" | "log";

export const MAX_NAME_BYTES = 255;
export const MAX_SYMLINK_BYTES = 4096;
/** The largest size of a file, 8 TiB. */
export const MAX_FILE_BYTES = 2 ** 43;
export const MAX_LINKS = 65_000;

/**
 * The operations. Names are bytes, 1 to 255 of any value but `/` and NUL; `.` and `..` are looked up, never
 * created (EXIST, INVAL) nor removed. Every operation on a handle whose file is gone is STALE, for ever.
 */
export interface Volume {
  /** 16 random bytes made with the volume. */
  readonly id: Uint8Array;
  readonly root: Handle;
  /** 8 bytes that change when uncommitted writes may have been lost: at every opening, and when a flush failed. */
  readonly verifier: Uint8Array;

  attributes(handle: Handle): Outcome<Attributes>;
  /** `guard`: NOT_SYNC unless the file's `changed` time is this. */
  setAttributes(context: Context, handle: Handle, changes: Changes, guard?: WallTime): Outcome<Attributes>;
  lookup(context: Context, directory: Handle, name: Uint8Array): Outcome<Attributes>;
  /** The bits of `wanted` (see `Access`) that the credentials have. */
  access(context: Context, handle: Handle, wanted: number): Outcome<number>;
  readlink(context: Context, handle: Handle): Outcome<Uint8Array>;
  /** Short at the end of the file; empty with `eof` past it. IO for a damaged chunk. */
  read(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadResult>;
  /**
   * The same in pieces that lie in memory already, good until the next operation of the volume: a large read need not
   * be put together to be sent.
   */
  readPieces(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadPieces>;
  /**
   * Writes all of `data`, which the volume copies if it keeps it. "unstable" data is readable at once and may be
   * lost by a crash until `commit`, in which case the verifier changes; otherwise it is part of what `settle` waits for.
   */
  write(
    context: Context,
    handle: Handle,
    offset: number,
    data: Uint8Array,
    stability: Stability,
  ): Outcome<Attributes>;
  /** Makes unstable writes of the file part of what `settle` waits for. */
  commit(context: Context, handle: Handle): Outcome<Attributes>;
  create(context: Context, directory: Handle, name: Uint8Array, object: NewObject): Outcome<Attributes>;
  /** Removes a name that is not a directory. */
  remove(context: Context, directory: Handle, name: Uint8Array): Outcome<void>;
  /** Removes an empty directory. */
  rmdir(context: Context, directory: Handle, name: Uint8Array): Outcome<void>;
  rename(
    context: Context,
    fromDirectory: Handle,
    fromName: Uint8Array,
    toDirectory: Handle,
    toName: Uint8Array,
  ): Outcome<void>;
  link(context: Context, handle: Handle, directory: Handle, name: Uint8Array): Outcome<Attributes>;
  /**
   * Entries after `cookie` (0: from the beginning) in cookie order, without `.` and `..`. The caller takes as
   * many as it needs in the same turn. A cookie of an entry that was removed is good: reading goes on after its place.
   * At a damaged entry the iteration throws CoterieError VOLUME_DAMAGED.
   */
  entries(context: Context, directory: Handle, cookie: number): Outcome<Iterable<DirectoryEntry>>;
  /** The directory that holds a directory; the root's is itself. */
  parent(handle: Handle): Outcome<Handle>;
  statistics(): Statistics;

  /**
   * What a server calls last: gives `value` back when everything that the operations since the last `settle`
   * wrote, or read from others' writes, is durable; at once, and not as a promise, when it is already. Rejects
   * with STORE_FULL or STORE_IO when it could not be made durable.
   */
  settle<T>(value: T): T | Promise<T>;
  /** A record that `Context.attach` kept, or all of them in key order. */
  attached(key: Uint8Array): Uint8Array | undefined;
  attachedAll(): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  close(): Promise<void>;
}
