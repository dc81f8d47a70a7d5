/** The volume: its operations in one place, each a few lines in the file of its concept. */
import type { Store, WallTime, World } from "../../world/index.ts";
import { Core } from "./core.ts";
import { create } from "./create.ts";
import { entries, lookup, parentOf } from "./directories.ts";
import { commit, read, readlink, readPieces, write, writeFault } from "./file-operations.ts";
import { Flusher } from "./flusher.ts";
import type { Superblock } from "./format.ts";
import type { VolumeLimits } from "./limits.ts";
import { link, remove, rename, rmdir } from "./names-operations.ts";
import { accessBits } from "./permissions.ts";
import { Reaper, type ReapStep } from "./reaper.ts";
import { setAttributes } from "./set-attributes.ts";
import {
  type Attributes,
  type Changes,
  type Context,
  type DirectoryEntry,
  Fault,
  type Handle,
  type NewObject,
  type Outcome,
  RESERVED_PREFIX,
  type ReadPieces,
  type ReadResult,
  type Stability,
  type Statistics,
  type Upkeep,
  type Volume,
} from "./types.ts";

/** What an inode takes at least, for telling how many more there could be. */
export const INODE_BYTES = 512;

/** A volume over a store. */
export class StoredVolume implements Volume {
  readonly id: Uint8Array;
  readonly root: Handle;
  private readonly core: Core;
  private readonly reaper: Reaper;
  private readonly flusher: Flusher;

  constructor(
    world: World,
    store: Store,
    superblock: Superblock,
    limits: VolumeLimits,
    upkeep: Upkeep = "own",
  ) {
    this.id = superblock.id;
    this.root = superblock.root;
    this.core = new Core(world, store, superblock, limits, upkeep);
    this.reaper = new Reaper(this.core);
    this.flusher = new Flusher(this.core);
    this.core.onUndone = () => this.reaper.load();
    this.core.loadCounters();
    this.reaper.load();
  }

  get verifier(): Uint8Array {
    this.core.recover();
    return this.core.verifier;
  }

  attributes(handle: Handle): Outcome<Attributes> {
    const inode = this.core.load(handle);
    return inode instanceof Fault ? inode : inode.attributes(this.core.chunkBytes);
  }

  setAttributes(context: Context, handle: Handle, changes: Changes, guard?: WallTime): Outcome<Attributes> {
    return setAttributes(this.core, this.reaper, context, handle, changes, guard);
  }

  lookup(context: Context, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    return lookup(this.core, context, directory, name);
  }

  access(context: Context, handle: Handle, wanted: number): Outcome<number> {
    const inode = this.core.load(handle);
    return inode instanceof Fault ? inode : accessBits(inode, context.credentials, wanted);
  }

  readlink(_context: Context, handle: Handle): Outcome<Uint8Array> {
    return readlink(this.core, handle);
  }

  read(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadResult> {
    return read(this.core, context, handle, offset, length);
  }

  readPieces(context: Context, handle: Handle, offset: number, length: number): Outcome<ReadPieces> {
    return readPieces(this.core, context, handle, offset, length);
  }

  write(
    context: Context,
    handle: Handle,
    offset: number,
    data: Uint8Array,
    stability: Stability,
  ): Outcome<Attributes> {
    return write(this.core, this.flusher, context, handle, offset, data, stability);
  }

  /** Why a write of bytes `from` to `to` would not be made, as far as that can be said beforehand. */
  writeFault(context: Context, handle: Handle, from: number, to: number): Fault | undefined {
    return writeFault(this.core, context, handle, from, to);
  }

  commit(context: Context, handle: Handle): Outcome<Attributes> {
    return commit(this.core, this.flusher, context, handle);
  }

  create(context: Context, directory: Handle, name: Uint8Array, object: NewObject): Outcome<Attributes> {
    return create(this.core, this.reaper, context, directory, name, object);
  }

  remove(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    return remove(this.core, this.reaper, context, directory, name);
  }

  rmdir(context: Context, directory: Handle, name: Uint8Array): Outcome<void> {
    return rmdir(this.core, context, directory, name);
  }

  rename(
    context: Context,
    fromDirectory: Handle,
    fromName: Uint8Array,
    toDirectory: Handle,
    toName: Uint8Array,
  ): Outcome<void> {
    return rename(this.core, this.reaper, context, fromDirectory, fromName, toDirectory, toName);
  }

  link(context: Context, handle: Handle, directory: Handle, name: Uint8Array): Outcome<Attributes> {
    return link(this.core, context, handle, directory, name);
  }

  entries(context: Context, directory: Handle, cookie: number): Outcome<Iterable<DirectoryEntry>> {
    return entries(this.core, context, directory, cookie);
  }

  parent(handle: Handle): Outcome<Handle> {
    const directory = this.core.loadDirectory(handle);
    if (directory instanceof Fault) return directory;
    const parent = parentOf(this.core, directory);
    return parent instanceof Fault ? parent : parent.handle;
  }

  statistics(): Statistics {
    const { usedBytes, freeBytes } = this.core.store.usage();
    const available = Math.max(0, freeBytes - this.core.limits.reservedBytes - this.core.dirtyBytes);
    const freeInodes = Math.floor(available / INODE_BYTES);
    return {
      totalBytes: usedBytes + freeBytes,
      freeBytes: available,
      totalInodes: this.core.counters.inodes + freeInodes,
      freeInodes,
    };
  }

  settle<T>(value: T): T | Promise<T> {
    return this.core.durability.settle(value);
  }

  attached(key: Uint8Array): Uint8Array | undefined {
    return key[0] === RESERVED_PREFIX ? this.core.store.get(key) : undefined;
  }

  attachedAll(): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
    return this.core.store.range({
      from: Uint8Array.of(RESERVED_PREFIX),
      to: Uint8Array.of(RESERVED_PREFIX + 1),
    });
  }

  /** True when no removed or cut-off content waits to be taken away. */
  get isReaped(): boolean {
    return this.reaper.idle;
  }

  /** What is to be taken away next, where a log decides when. */
  dueReaping(): ReapStep | undefined {
    return this.reaper.due();
  }

  /** Takes it away; false, and nothing is done, when the volume has changed so that the step is none any more. */
  reap(step: ReapStep): boolean {
    return this.reaper.reap(step);
  }

  /** How often a damaged record was met. */
  get damageMet(): number {
    return this.core.damageMet;
  }

  /** Makes all unstable writes part of the store. */
  flush(): void {
    this.core.recover();
    this.flusher.flushAll();
  }

  async close(): Promise<void> {
    try {
      this.stop();
      this.flush();
    } finally {
      await this.core.store.close();
    }
  }

  /** Closes it without a look at what is not stable. */
  async abandon(): Promise<void> {
    this.stop();
    await this.core.store.close();
  }

  private stop(): void {
    this.reaper.stop();
    this.flusher.stop();
  }
}
