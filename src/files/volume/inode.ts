/**
 * A decoded inode: the truth of the volume's memory about one object. It is changed in place by operations that
 * encode it into their batch; outsiders see it through `attributes()`, which makes an immutable picture once per
 * change.
 *
 * A file with unstable writes has two sizes: the one that clients see, and the one that is stored, which covers
 * only content that was written out. The same holds for the count of chunks.
 */
import type { WallTime } from "../../world/index.ts";
import type { DirtyFile } from "./dirty.ts";
import type { Attributes, FileType, Handle } from "./types.ts";

/** `deadFrom` of a file none of whose chunks waits to be reaped. */
export const NONE = 0xffff_ffff;
/** What one entry counts in a directory's size: about what its two records take. */
const ENTRY_BYTES = 64;
const BLOCK_BYTES = 512;

export class Inode {
  readonly handle: Handle;
  readonly type: FileType;
  mode = 0;
  links = 0;
  uid = 0;
  gid = 0;
  accessed: WallTime;
  modified: WallTime;
  changed: WallTime;

  /** File: bytes, as seen and as stored. Symbolic link: both are the target's length. */
  size = 0;
  storedSize = 0;
  /** File: how many chunks the store holds, dead ones included. */
  storedChunks = 0;
  /** File: counts its big truncations. Chunks carry the epoch that they were written in. */
  epoch = 0;
  /** File: chunks from this index on whose epoch is older than `epoch` are dead, and will be reaped. */
  deadFrom = NONE;
  /** File: the verifier of the exclusive create that made it, until its attributes are set. */
  verifier: Uint8Array | undefined = undefined;

  /** Directory: the inode number of the directory that holds it; the root's is its own. */
  parent = 0;
  /** Directory: the cookie that the next entry gets. */
  nextCookie = 0;
  /** Directory: how many entries it has. */
  entries = 0;

  major = 0;
  minor = 0;

  /** Unstable writes, while there are any. */
  dirty: DirtyFile | undefined = undefined;
  /** The number of the last applied batch that changed it or its content, but for unstable writes written out. */
  sequence = 0;
  /**
   * The number of the last batch that wrote unstable writes out. Only a commit waits for it: what such a batch holds was
   * seen before it, and a crash takes it back as it would have taken it back then, with another verifier.
   */
  flushed = 0;
  private picture: Attributes | undefined = undefined;

  constructor(handle: Handle, type: FileType, now: WallTime) {
    this.handle = handle;
    this.type = type;
    this.accessed = now;
    this.modified = now;
    this.changed = now;
  }

  /** To be called after every change. */
  touch(): void {
    this.picture = undefined;
  }

  attributes(chunkBytes: number): Attributes {
    this.picture ??= {
      handle: this.handle,
      type: this.type,
      mode: this.mode,
      links: this.links,
      uid: this.uid,
      gid: this.gid,
      size: this.type === "directory" ? (this.entries + 2) * ENTRY_BYTES : this.size,
      used: this.usedBytes(chunkBytes),
      major: this.major,
      minor: this.minor,
      accessed: this.accessed,
      modified: this.modified,
      changed: this.changed,
    };
    return this.picture;
  }

  private usedBytes(chunkBytes: number): number {
    if (this.type === "directory") return (this.entries + 2) * ENTRY_BYTES;
    if (this.type !== "file") return 0;
    const chunks = this.storedChunks + (this.dirty === undefined ? 0 : this.dirty.freshChunks);
    return Math.min(chunks * chunkBytes, Math.ceil(this.size / BLOCK_BYTES) * BLOCK_BYTES);
  }

  /** True when every chunk below the stored size is in the store, so that a missing one is damage. */
  isDense(chunkBytes: number): boolean {
    return this.deadFrom === NONE && this.storedChunks === Math.ceil(this.storedSize / chunkBytes);
  }

  /** Takes over what `stored` says, keeping unstable writes. */
  reset(stored: Inode, dirtyEnd: number): void {
    this.mode = stored.mode;
    this.links = stored.links;
    this.uid = stored.uid;
    this.gid = stored.gid;
    this.accessed = stored.accessed;
    this.modified = stored.modified;
    this.changed = stored.changed;
    this.storedSize = stored.storedSize;
    this.size = Math.max(stored.storedSize, dirtyEnd);
    this.storedChunks = stored.storedChunks;
    this.epoch = stored.epoch;
    this.deadFrom = stored.deadFrom;
    this.verifier = stored.verifier;
    this.parent = stored.parent;
    this.nextCookie = stored.nextCookie;
    this.entries = stored.entries;
    this.touch();
  }
}
