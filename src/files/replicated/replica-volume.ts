/**
 * The volume as procedures see it that run for a log. What they do is durable by the log, so a reply never waits for the disk and
 * every write is a stable one; the verifier is the log's. While somebody only looks, nothing may change: then what would is refused
 * as if the disk were full, which is also how a call is answered for which too few replicas have room. A directory in which another volume
 * is seen stays where it is, and empty.
 */
import type { Store, WallTime, World } from "../../world/index.ts";
import type { MountPoints } from "../nfs/mount-points.ts";
import { ChunkFormat } from "../volume/chunk-format.ts";
import { INVAL, NOTDIR, NOTEMPTY } from "../volume/faults.ts";
import type { Superblock } from "../volume/format.ts";
import { chunkKey } from "../volume/keys.ts";
import type { VolumeLimits } from "../volume/limits.ts";
import type {
  Attributes,
  Changes,
  Context,
  DirectoryEntry,
  Handle,
  NewObject,
  Outcome,
  ReadPieces,
  ReadResult,
  Stability,
  Statistics,
} from "../volume/types.ts";
import { Fault, isFault } from "../volume/types.ts";
import { INODE_BYTES, StoredVolume } from "../volume/volume.ts";
import type { HiddenDirectories } from "./hidden-directories.ts";
import type { Usage } from "./usage.ts";

const REFUSED = new Fault("NOSPC");
/** What Linux's server answers where a local file system says that a mount point is busy: no status of NFS says it. */
const COVERED = new Fault("ACCES");
/** Who looks whether a directory is empty: a node. */
const NODE: Context = { credentials: { uid: 0, gid: 0, groups: [] }, now: { seconds: 0, nanoseconds: 0 } };

export class ReplicaVolume extends StoredVolume {
  isLooking = true;
  /** Where snapshots and clones are shown; undefined in a snapshot. */
  hidden: HiddenDirectories | undefined = undefined;
  /** By how much the files can grow, as far as the nodes told; undefined while that is not known. */
  writableBytes: number | undefined = undefined;
  /** Where other volumes are seen; undefined in a snapshot and in a clone. */
  mounts: MountPoints | undefined = undefined;
  /** What the volume takes and may take, clones and all; undefined in these. */
  usage: Usage | undefined = undefined;
  readonly #store: Store;
  readonly #chunks: ChunkFormat;
  readonly #verifier: () => Uint8Array;

  constructor(
    world: World,
    store: Store,
    superblock: Superblock,
    limits: VolumeLimits,
    verifier: () => Uint8Array,
  ) {
    super(world, store, superblock, limits, "log");
    this.#store = store;
    this.#chunks = new ChunkFormat(world.crc32, superblock.chunkBytes);
    this.#verifier = verifier;
  }

  override get verifier(): Uint8Array {
    return this.#verifier();
  }

  override settle<T>(value: T): T {
    return value;
  }

  /** This node's disk counts no more than others: files grow as long as a majority has room. */
  #diskStatistics(): Statistics {
    const own = super.statistics();
    const freeBytes = this.writableBytes;
    if (freeBytes === undefined) return own;
    const inodes = own.totalInodes - own.freeInodes;
    const freeInodes = Math.floor(freeBytes / INODE_BYTES);
    return {
      totalBytes: own.totalBytes - own.freeBytes + freeBytes,
      freeBytes,
      totalInodes: inodes + freeInodes,
      freeInodes,
    };
  }

  /**
   * How much more content the store would hold after a write of a file. `isShared`: what is overwritten is kept for a snapshot, a chunk at a time.
   */
  growthBy({ inode }: Handle, offset: number, length: number, isShared: boolean): number {
    const { chunkBytes, headBytes } = this.#chunks;
    const end = offset + length;
    let growth = 0;
    let index = Math.floor(offset / chunkBytes);
    for (let start = index * chunkBytes; start < end; index++, start += chunkBytes) {
      const before = Math.max(0, (this.#store.size(chunkKey(inode, index)) ?? 0) - headBytes);
      const after = Math.max(before, Math.min(chunkBytes, end - start));
      growth += isShared ? after : after - before;
    }
    return growth;
  }

  /** As far as the limit leaves room. */
  override statistics(): Statistics {
    const disk = this.#diskStatistics();
    const { quotaBytes = 0, usedBytes = 0 } = this.usage ?? {};
    if (quotaBytes === 0) return disk;
    const freeBytes = Math.min(disk.freeBytes, Math.max(0, quotaBytes - usedBytes));
    return { ...disk, totalBytes: usedBytes + freeBytes, freeBytes };
  }

  override attributes(handle: Handle): Outcome<Attributes> {
    return this.hidden?.attributes(handle) ?? super.attributes(handle);
  }

  override lookup(context: Context, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    return this.hidden?.lookup(context, directory, name) ?? super.lookup(context, directory, name);
  }

  override access(context: Context, handle: Handle, wanted: number): Outcome<number> {
    return this.hidden?.access(handle, wanted) ?? super.access(context, handle, wanted);
  }

  override entries(context: Context, directory: Handle, cookie: number): Outcome<Iterable<DirectoryEntry>> {
    return this.hidden?.entries(directory, cookie) ?? super.entries(context, directory, cookie);
  }

  override parent(handle: Handle): Outcome<Handle> {
    return this.hidden?.parent(handle) ?? super.parent(handle);
  }

  override read(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadResult> {
    return this.hidden?.readFault(handle) ?? super.read(context, handle, offset, length);
  }

  override readPieces(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadPieces> {
    return this.hidden?.readFault(handle) ?? super.readPieces(context, handle, offset, length);
  }

  override readlink(context: Context, handle: Handle): Outcome<Uint8Array> {
    return this.hidden?.readFault(handle, true) ?? super.readlink(context, handle);
  }

  /** Why nothing is changed under these names, or in the directory. */
  #fault(directory: Handle, name?: Uint8Array): Fault | undefined {
    return this.isLooking ? REFUSED : this.hidden?.changeFault(directory, name);
  }

  override setAttributes(
    context: Context,
    handle: Handle,
    changes: Changes,
    guard?: WallTime,
  ): Outcome<Attributes> {
    return this.#fault(handle) ?? super.setAttributes(context, handle, changes, guard);
  }

  override write(
    context: Context,
    handle: Handle,
    offset: number,
    data: Uint8Array,
    _stability: Stability,
  ): Outcome<Attributes> {
    return this.#fault(handle) ?? super.write(context, handle, offset, data, "file-sync");
  }

  override create(
    context: Context,
    directory: Handle,
    name: Uint8Array,
    object: NewObject,
  ): Outcome<Attributes> {
    const fault = this.#fault(directory, name) ?? this.#coveredFault(directory);
    return fault ?? super.create(context, directory, name, object);
  }

  override remove(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    return this.#fault(directory, name) ?? super.remove(context, directory, name);
  }

  override rmdir(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    const fault = this.#fault(directory, name) ?? this.#coveredName(context, directory, name);
    return fault ?? super.rmdir(context, directory, name);
  }

  override rename(
    context: Context,
    fromDirectory: Handle,
    fromName: Uint8Array,
    toDirectory: Handle,
    toName: Uint8Array,
  ): Outcome<void> {
    const fault =
      this.#fault(fromDirectory, fromName) ??
      this.#fault(toDirectory, toName) ??
      this.#coveredFault(toDirectory) ??
      this.#coveredName(context, fromDirectory, fromName) ??
      this.#coveredName(context, toDirectory, toName);
    return fault ?? super.rename(context, fromDirectory, fromName, toDirectory, toName);
  }

  override link(context: Context, handle: Handle, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    const fault = this.#fault(directory, name) ?? this.#coveredFault(directory);
    return fault ?? super.link(context, handle, directory, name);
  }

  /** Why the root of another volume cannot be seen in a directory: nothing may become invisible by it. */
  coverFault(directory: Handle): Fault | undefined {
    const attributes = super.attributes(directory);
    if (isFault(attributes)) return attributes;
    if (attributes.type !== "directory") return NOTDIR;
    if (directory.inode === this.root.inode) return INVAL;
    const entries = super.entries(NODE, directory, 0);
    if (isFault(entries)) return entries;
    return entries[Symbol.iterator]().next().done ? undefined : NOTEMPTY;
  }

  #coveredFault(directory: Handle): Fault | undefined {
    return this.mounts?.volumeAt(directory) === undefined ? undefined : COVERED;
  }

  #coveredName(context: Context, directory: Handle, name: Uint8Array): Fault | undefined {
    if (this.mounts === undefined || this.mounts.isEmpty) return undefined;
    const named = super.lookup(context, directory, name);
    return isFault(named) ? undefined : this.#coveredFault(named.handle);
  }
}
