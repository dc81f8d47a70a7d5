/**
 * What the volume's operations share: the store, the inodes in memory, the batch under construction, and the one
 * way in which a batch is applied. An operation checks everything first, then changes inodes in place and puts
 * them into the batch, then calls `finish`; when the store refuses the batch, what was touched is read again.
 *
 * All changes go through here, so memory and store agree; when the store undid changes because the disk failed
 * (`store.failures` grew), memory is dropped whole.
 */
import { type Change, isCoterieError, type Store, type World } from "../../world/index.ts";
import { HalvingCache } from "./cache.ts";
import { ChunkCache } from "./chunk-cache.ts";
import { ChunkFormat } from "./chunk-format.ts";
import { DamageLog } from "./damage.ts";
import type { DirtyFile } from "./dirty.ts";
import { Durability } from "./durability.ts";
import { IO, NOSPC, NOTDIR, STALE } from "./faults.ts";
import type { Superblock } from "./format.ts";
import { generationOf } from "./generation.ts";
import { Inode } from "./inode.ts";
import { COUNTERS_KEY, entryKey, Kind, MAX_INODES, numberKey } from "./keys.ts";
import type { VolumeLimits } from "./limits.ts";
import { hex } from "./names.ts";
import {
  type Counters,
  decodeCounters,
  decodeEntry,
  decodeInode,
  type EntryRecord,
  isIntact,
  RecordWriter,
} from "./records.ts";
import { releaseAll, type Slot, SlotPool } from "./slots.ts";
import {
  type Attributes,
  type Context,
  Fault,
  type FileType,
  type Handle,
  RESERVED_PREFIX,
  type Upkeep,
} from "./types.ts";

/** How much may be written between two looks at the free space. */
const SPACE_CHECK_BYTES = 1024 * 1024;
/** What a change without content counts as. */
const RECORDS_BYTES = 1024;

export class Core {
  readonly world: World;
  readonly store: Store;
  readonly superblock: Superblock;
  readonly limits: VolumeLimits;
  readonly upkeep: Upkeep;
  readonly chunkBytes: number;
  readonly format: ChunkFormat;
  readonly writer: RecordWriter;
  readonly durability: Durability;
  readonly inodes: HalvingCache<Inode>;
  readonly slots: SlotPool;
  readonly chunks: ChunkCache;
  /** Files with unstable writes, the oldest first. Their inodes stay in memory. */
  readonly dirtyFiles = new Map<number, DirtyFile>();
  dirtyBytes = 0;
  counters: Counters = { nextInode: 0, inodes: 0 };
  verifier: Uint8Array;
  /** Called after the store undid changes, when memory has been dropped. */
  onUndone: () => void = () => {};

  private batch: Change[] = [];
  private touched: Inode[] = [];
  /** What the batch's content lies in. */
  private lent: Slot[] = [];
  private failuresSeen: number;
  /** Unstable writes became part of the batch, or were cut off by it. */
  private tookDirty = false;
  private unchecked = Number.POSITIVE_INFINITY;
  private readonly damage: DamageLog;

  constructor(world: World, store: Store, superblock: Superblock, limits: VolumeLimits, upkeep: Upkeep) {
    this.upkeep = upkeep;
    this.world = world;
    this.store = store;
    this.superblock = superblock;
    this.limits = limits;
    this.chunkBytes = superblock.chunkBytes;
    this.writer = new RecordWriter(world.crc32);
    this.durability = new Durability(store);
    this.inodes = new HalvingCache(limits.maxCachedInodes);
    this.format = new ChunkFormat(world.crc32, this.chunkBytes);
    this.slots = new SlotPool(this.format.largestBytes);
    this.chunks = new ChunkCache(limits.maxCachedBytes);
    this.failuresSeen = store.failures;
    this.verifier = world.random.bytes(8);
    this.damage = new DamageLog(world.log);
  }

  // Reading

  /** The inode that a handle names. */
  load(handle: Handle): Inode | Fault {
    if (this.store.failures !== this.failuresSeen) this.recover();
    const inode = this.resident(handle.inode);
    if (inode instanceof Fault) return inode;
    if (inode === undefined || inode.handle.generation !== handle.generation) return STALE;
    this.durability.saw(inode.sequence);
    return inode;
  }

  loadDirectory(handle: Handle): Inode | Fault {
    const inode = this.load(handle);
    return inode instanceof Fault || inode.type === "directory" ? inode : NOTDIR;
  }

  /** The inode that a record of the volume names: its absence is damage. */
  referred(number: number, generation: number): Inode | Fault {
    const inode = this.resident(number);
    if (inode instanceof Fault) return inode;
    if (inode === undefined || inode.handle.generation !== generation) {
      this.reportDamage("reference", { inode: number });
      return IO;
    }
    this.durability.saw(inode.sequence);
    return inode;
  }

  /** The inode of a number, if there is one. */
  resident(number: number): Inode | Fault | undefined {
    return this.inodes.get(number) ?? this.fetch(number);
  }

  private fetch(number: number): Inode | Fault | undefined {
    const dirty = this.dirtyFiles.get(number);
    if (dirty !== undefined) {
      this.inodes.set(number, dirty.inode);
      return dirty.inode;
    }
    if (!(number >= 0 && number < MAX_INODES)) return undefined;
    const reads = this.store.unsettledReads;
    const inode = this.readInode(number);
    if (inode === undefined || inode instanceof Fault) return inode;
    if (this.store.unsettledReads !== reads) inode.sequence = this.durability.applied;
    this.inodes.set(number, inode);
    return inode;
  }

  private readInode(number: number): Inode | Fault | undefined {
    const key = numberKey(Kind.inode, number);
    const value = this.store.borrow(key);
    if (value === undefined) return undefined;
    const inode = isIntact(this.world.crc32, key, value) ? decodeInode(number, value) : undefined;
    if (inode !== undefined) return inode;
    this.reportDamage("inode", { inode: number });
    return IO;
  }

  entry(directory: Inode, name: Uint8Array): EntryRecord | Fault | undefined {
    const key = entryKey(directory.handle.inode, name);
    const value = this.store.borrow(key);
    if (value === undefined) return undefined;
    const entry = isIntact(this.world.crc32, key, value) ? decodeEntry(value) : undefined;
    if (entry !== undefined) return entry;
    this.reportDamage("entry", { inode: directory.handle.inode, name: hex(name) });
    return IO;
  }

  reportDamage(record: string, fields: Readonly<Record<string, unknown>>): void {
    this.damage.report(record, fields);
  }

  /** How often a damaged record was met. */
  get damageMet(): number {
    return this.damage.met;
  }

  // Changing

  /** Makes an inode, with the next number and a generation that no other inode of this number ever had. */
  newInode(type: FileType, context: Context): Inode | Fault {
    const number = this.counters.nextInode;
    if (number >= MAX_INODES) return NOSPC;
    this.counters.nextInode = number + 1;
    this.counters.inodes++;
    const generation = generationOf(number, context.now, this.superblock.seed);
    return new Inode({ inode: number, generation }, type, context.now);
  }

  putCounters(): void {
    this.batch.push(this.writer.counters(this.counters));
  }

  put(inode: Inode): void {
    inode.touch();
    this.inodes.set(inode.handle.inode, inode);
    this.batch.push(this.writer.inode(inode));
    this.touched.push(inode);
  }

  push(change: Change): void {
    this.batch.push(change);
  }

  /** A change that lies in `slot`, which the batch uses up. */
  pushLent(change: Change, slot: Slot): void {
    this.batch.push(change);
    this.lent.push(slot);
  }

  pushRemoval(key: Uint8Array): void {
    this.batch.push({ key, value: undefined });
  }

  /** Takes the last link's inode away. */
  forget(inode: Inode): void {
    this.inodes.delete(inode.handle.inode);
    this.pushRemoval(numberKey(Kind.inode, inode.handle.inode));
    this.touched.push(inode);
    this.counters.inodes--;
    this.putCounters();
  }

  noteDirtyTaken(): void {
    this.tookDirty = true;
  }

  /** True when files may still grow by `bytes`, as far as this volume decides that. */
  hasRoom(bytes: number): boolean {
    if (this.upkeep === "log") return true;
    this.unchecked += bytes + RECORDS_BYTES;
    if (this.unchecked < SPACE_CHECK_BYTES) return true;
    const room = this.store.usage().freeBytes >= this.limits.reservedBytes + this.dirtyBytes + bytes;
    this.unchecked = room ? 0 : Number.POSITIVE_INFINITY;
    return room;
  }

  /** Applies the batch with what `context` attaches to it; the operation's outcome is `result`. */
  finish<T>(context: Context, result: T): T | Fault {
    const batch = this.batch;
    try {
      if (context.attach !== undefined) attach(batch, context.attach(result));
      if (batch.length > 0) this.apply(batch, this.lent);
    } catch (error) {
      this.undo();
      if (this.upkeep === "own" && isCoterieError(error, "STORE_FULL")) return NOSPC;
      throw error;
    }
    if (batch.length === 0) return result;
    const sequence = ++this.durability.applied;
    for (const inode of this.touched) inode.sequence = sequence;
    this.durability.wait();
    this.beginBatch();
    return result;
  }

  /** `finish` for the operations that give an inode's attributes. */
  finishWith(context: Context, inode: Inode): Attributes | Fault {
    return this.finish(context, inode.attributes(this.chunkBytes));
  }

  /** Applies a batch of the background, which no reply waits for, which changes `inode`, and uses up `lent`. */
  applyQuietly(batch: readonly Change[], inode: Inode | undefined, lent: readonly Slot[] = []): void {
    try {
      this.apply(batch, lent);
    } catch (error) {
      releaseAll(lent);
      throw error;
    }
    this.durability.applied++;
    if (inode !== undefined) inode.sequence = this.durability.applied;
  }

  private apply(batch: readonly Change[], lent: readonly Slot[]): void {
    if (lent.length === 0) this.store.apply(batch);
    else this.store.applyLent(batch, () => releaseAll(lent));
  }

  private beginBatch(): void {
    this.batch = [];
    this.touched = [];
    this.lent = [];
    this.tookDirty = false;
  }

  /** Takes an operation's changes in memory back after the store refused its batch. */
  private undo(): void {
    for (const inode of this.touched) {
      const number = inode.handle.inode;
      this.chunks.deleteFrom(number, 0);
      this.inodes.delete(number);
      const stored = inode.dirty === undefined ? undefined : this.readInode(number);
      if (stored instanceof Inode) inode.reset(stored, inode.dirty?.end(this.chunkBytes) ?? 0);
    }
    if (this.tookDirty) this.renewVerifier();
    releaseAll(this.lent);
    this.beginBatch();
    this.loadCounters();
  }

  /** Drops everything that memory knows: the store undid changes that were not durable. */
  recover(): void {
    if (this.store.failures === this.failuresSeen) return;
    this.failuresSeen = this.store.failures;
    this.inodes.clear();
    this.chunks.clear();
    for (const file of this.dirtyFiles.values()) {
      for (const chunk of file.chunks.values()) chunk.release();
      file.inode.dirty = undefined;
    }
    this.dirtyFiles.clear();
    this.dirtyBytes = 0;
    this.unchecked = Number.POSITIVE_INFINITY;
    this.renewVerifier();
    this.loadCounters();
    this.durability.undone();
    this.world.log.warn("volume.undone", { failures: this.failuresSeen });
    this.onUndone();
  }

  private renewVerifier(): void {
    this.verifier = this.world.random.bytes(8);
  }

  loadCounters(): void {
    const value = this.store.get(COUNTERS_KEY);
    const intact = value !== undefined && isIntact(this.world.crc32, COUNTERS_KEY, value);
    const counters = intact ? decodeCounters(value) : undefined;
    if (counters === undefined) this.reportDamage("counters", {});
    // Without the counters no inode can be made; everything else goes on.
    this.counters = counters ?? { nextInode: MAX_INODES, inodes: 0 };
  }
}

function attach(batch: Change[], changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.key[0] !== RESERVED_PREFIX) throw new RangeError("attach: a key outside the reserved prefix");
    batch.push(change);
  }
}
