/**
 * What a copy needs of either side, this machine's files or the cell's. Paths and names are bytes, so that names of
 * any encoding survive.
 */
import type { WallTime } from "../../world/index.ts";

export interface TreeStat {
  /** `other`: fifos, sockets and devices, which are not copied. */
  readonly type: "file" | "directory" | "symlink" | "other";
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  readonly accessed: WallTime;
  readonly modified: WallTime;
}

export interface TreeEntry {
  readonly name: Uint8Array;
  /** Undefined when it is gone meanwhile. */
  readonly stat: TreeStat | undefined;
}

export interface TreeFile {
  /** Fills `buffer` from `position`; returns how many bytes there were, fewer only at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  write(data: Uint8Array, position: number): Promise<void>;
  stat(): Promise<TreeStat>;
  truncate(size: number): Promise<void>;
  /** What was written is durable when it resolves. */
  sync(): Promise<void>;
  setAttributes(stat: TreeStat): Promise<void>;
  close(): Promise<void>;
}

export interface Tree {
  /** Undefined when nothing has the name. `follow` (default false): what a symbolic link leads to. */
  stat(path: Uint8Array, follow?: boolean): Promise<TreeStat | undefined>;
  entries(path: Uint8Array): AsyncIterable<TreeEntry>;
  openRead(path: Uint8Array): Promise<TreeFile>;
  /** To write and to read back; `exists` says whether the file is there, and is kept. */
  openWrite(path: Uint8Array, exists: boolean): Promise<TreeFile>;
  mkdir(path: Uint8Array, mode: number): Promise<void>;
  rename(from: Uint8Array, to: Uint8Array): Promise<void>;
  remove(path: Uint8Array): Promise<void>;
  readlink(path: Uint8Array): Promise<Uint8Array>;
  symlink(target: Uint8Array, path: Uint8Array): Promise<void>;
  /** Mode and times; the times alone of a symbolic link itself. */
  setAttributes(path: Uint8Array, stat: TreeStat): Promise<void>;
}

/** Local systems and NFS v3 round times differently: two times are the same up to this. */
const TIME_TOLERANCE_NS = 2000;

export function sameTime(left: WallTime, right: WallTime): boolean {
  const seconds = left.seconds - right.seconds;
  return (
    Math.abs(seconds) <= 1 &&
    Math.abs(seconds * 1e9 + left.nanoseconds - right.nanoseconds) < TIME_TOLERANCE_NS
  );
}
