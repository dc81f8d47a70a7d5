/**
 * What holds a store's entries: lmdb, and beside it the content file for the blocks of large values (store-value.ts).
 * Reads that return bytes of their own, one transaction for many changes, and sizes.
 *
 * Durability: `overlappingSync` is off, so lmdb works as its original does: a commit writes the pages, calls
 * fdatasync, and then writes the meta page through a descriptor opened with O_DSYNC. When a commit has returned
 * or its promise has resolved, it has reached the disk; a crash in the middle leaves the meta page before it. Blocks
 * are written and synced before the transaction that points to them begins.
 */
import { closeSync, fdatasyncSync, fstatSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Change, CoterieError, type Entry, type Range } from "../world/index.ts";
import { checkDataFile } from "./store-file.ts";
import { type ContentSpace, corrupt, LargeValues, Placing } from "./store-large-values.ts";
import {
  commitRecords,
  commitRecordsOnThread,
  type DatabaseOptions,
  type Lmdb,
  openLmdb,
  rangeOptions,
} from "./store-lmdb.ts";
import type { LogMark } from "./store-log.ts";
import { isPatch, isPlaced, type LoggedChange, type Patch, patched } from "./store-log-format.ts";
import {
  decodeMark,
  encodeMark,
  encodeSegments,
  FORMAT,
  isOfFormat,
  MARK_KEY,
  regionKey,
  regionsIn,
  SEGMENT_FORMAT,
  SEGMENTS_KEY,
  segmentsIn,
} from "./store-mark.ts";
import { PLACED_RECORD_BYTES, Segments, type SegmentTarget, type SegmentUse } from "./store-segments.ts";
import { DatabaseSnapshot, keysAlone, wholeEntries } from "./store-snapshot.ts";
import {
  bodyBytes,
  isMarked,
  type LoggedPlace,
  loggedPlaceOf,
  plainRecord,
  valueLength,
} from "./store-value.ts";

export interface Space {
  /** Bytes of pages that hold something. */
  readonly liveBytes: number;
  /** Those of the tree, without the pages of long values. */
  readonly treeBytes: number;
  /** Where lmdb's last page ends. */
  readonly endBytes: number;
  readonly fileBytes: number;
  readonly content: ContentSpace;
  readonly segments: SegmentSpace;
}

/** Files of the log with values in them, and those that are spare or come free when nobody reads an older state. */
export interface SegmentSpace {
  readonly usedBytes: number;
  readonly freeBytes: number;
}

/** A commit: what goes to the content file, and what to lmdb. */
interface Transaction {
  readonly placing: Placing;
  readonly use: SegmentUse;
  readonly records: Change[];
}

/** A borrowed value's memory is kept up to this size. */
const LARGEST_KEPT_BYTES = 1024 * 1024;

/** Instead of a value that the disk does not give. */
const LOST = new Uint8Array(0);

/** What `extend` writes at a time. */
const ZEROS = new Uint8Array(256 * 1024);

interface Pages {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

export class StoreDatabase {
  readonly path: string;
  readonly #db: Lmdb;
  /** A second descriptor of lmdb's file. */
  readonly #fd: number;
  readonly #large: LargeValues;
  /** The files of the log that hold values. */
  readonly segments: Segments;
  /** What `borrow` gave out last. */
  #lent = new Uint8Array(0);
  /** Is called after each commit. */
  afterCommit: () => void = () => {};
  /** Is called before something that snapshots see is overwritten because it cannot be read. */
  beforeOverwriting: () => void = () => {};
  /** lmdb's last commit failed, and may be on the disk all the same, or has not ended. */
  #isUnsure = false;

  private constructor(path: string, db: Lmdb, options: DatabaseOptions) {
    this.path = path;
    this.#db = db;
    this.segments = new Segments(path);
    this.#large = new LargeValues(path, options.readOnly, this.segments);
    try {
      this.#fd = openSync(join(path, "data.mdb"), options.readOnly ? "r" : "r+");
    } catch (error) {
      this.#large.close();
      throw error;
    }
  }

  static async open(path: string, options: DatabaseOptions): Promise<StoreDatabase> {
    checkDataFile(path, options.readOnly);
    const db = await openLmdb(path, options);
    let database: StoreDatabase | undefined;
    try {
      database = new StoreDatabase(path, db, options);
      database.#load();
      // A file that lmdb has just made: it would sync its meta pages with the first commit only, together with much else.
      if (!options.readOnly && database.mark() === undefined) fdatasyncSync(database.#fd);
      return database;
    } catch (error) {
      await (database ?? db).close();
      throw error;
    }
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const record = this.#db.getBinary(key);
    if (record === undefined || !isMarked(record)) return record;
    return this.#large.read(record, (bytes) => new Uint8Array(bytes));
  }

  /** How many bytes the value has. */
  size(key: Uint8Array): number | undefined {
    const record = this.#view(key);
    return record && valueLength(record);
  }

  has(key: Uint8Array): boolean {
    return this.#view(key) !== undefined;
  }

  /** The value in memory of the database's own, good until the next read. */
  borrow(key: Uint8Array): Uint8Array | undefined {
    const record = this.#view(key);
    if (record === undefined || !isMarked(record)) return record;
    return this.#large.read(record, (bytes) => this.#lend(bytes));
  }

  /** Where in a file of the log the value lies; undefined when it lies elsewhere, or there is none. */
  placeOf(key: Uint8Array): LoggedPlace | undefined {
    return loggedPlaceOf(this.#view(key));
  }

  /** The range's entries; its limit is the caller's affair. */
  range(range: Range): Iterable<Entry> {
    const options = rangeOptions(range, MARK_KEY);
    return range.keysOnly
      ? keysAlone(this.#db.getKeys(options))
      : wholeEntries(this.#db.getRange(options), this.#large);
  }

  /** What is committed now, to be read for as long as it is not closed. Not after `close`. */
  snapshot(): DatabaseSnapshot {
    const { liveBytes, endBytes } = this.space();
    return new DatabaseSnapshot(this.#db, this.#large, endBytes - liveBytes);
  }

  /** Bytes that are not used again because of snapshots, of which the oldest is given; at least. */
  keptBytes(oldest: DatabaseSnapshot): number {
    const { liveBytes, endBytes } = this.space();
    return Math.max(0, endBytes - liveBytes - oldest.freeBytes) + this.#large.keptBytes;
  }

  /** How far the log has been brought into the database; undefined in a database that never had a log. */
  mark(): LogMark | undefined {
    const value = this.#db.getBinary(MARK_KEY);
    return value && decodeMark(value);
  }

  /**
   * Commits changes, and how far they bring the log if it is known, on this thread; all is on the disk when it returns. A
   * patch is written where the value's blocks lie: it must be in the log, from which a crash in the middle has it made again.
   * `target`: the file in which the placed ones of the changes lie, and stay.
   */
  commitInline(
    changes: Iterable<LoggedChange>,
    mark: LogMark | undefined,
    target?: SegmentTarget | undefined,
  ): void {
    if (this.#isUnsure) this.#requireCommits();
    const { placing, use, records } = this.#begin(changes, mark, target);
    try {
      this.#large.write(placing);
      this.#isUnsure = true;
      commitRecords(this.#db, records);
      this.#isUnsure = false;
      this.#large.settle();
      this.segments.settle(use);
    } catch (error) {
      this.#large.undo(placing);
      throw error;
    }
    this.afterCommit();
  }

  /** The same on other threads. The arrays must live and stay unchanged until it resolves. One commit at a time. */
  async commitOnThread(
    changes: Iterable<LoggedChange>,
    mark: LogMark | undefined,
    target?: SegmentTarget | undefined,
  ): Promise<void> {
    if (this.#isUnsure) this.#requireCommits();
    const { placing, use, records } = this.#begin(changes, mark, target);
    try {
      await this.#large.writeOnThread(placing);
      this.#isUnsure = true;
      await commitRecordsOnThread(this.#db, records);
      this.#isUnsure = false;
      this.#large.settle();
      this.segments.settle(use);
    } catch (error) {
      this.#large.undo(placing);
      throw error;
    }
    this.afterCommit();
  }

  /**
   * After a failure at the last write of a commit lmdb takes no more of them, and what the disk has then may point to the blocks
   * that a further commit would begin by writing. A failure before that leaves lmdb as it was.
   */
  #requireCommits(): void {
    this.#db.transactionSync(() => {});
  }

  space(): Space {
    const { root, lastPageNumber } = this.#db.getStats() as { root: Pages; lastPageNumber: number };
    const treePages = root.treeBranchPageCount + root.treeLeafPageCount;
    return {
      liveBytes: (treePages + root.overflowPages) * root.pageSize,
      treeBytes: treePages * root.pageSize,
      endBytes: (lastPageNumber + 1) * root.pageSize,
      fileBytes: fstatSync(this.#fd).size,
      content: this.#large.space,
      segments: {
        usedBytes: this.segments.usedBytes,
        freeBytes: this.segments.heldBytes + (this.segments.pool?.spareBytes ?? 0),
      },
    };
  }

  /** Makes the file longer by writing zeros, so that later writes into it need no more space of the disk. */
  extend(fromBytes: number, toBytes: number): void {
    for (let at = fromBytes; at < toBytes; ) {
      at += writeSync(this.#fd, ZEROS, 0, Math.min(ZEROS.length, toBytes - at), at);
    }
  }

  /** The same of the content file. */
  extendContent(fromBytes: number, toBytes: number): void {
    this.#large.extend(fromBytes, toBytes);
  }

  /** Gives the disk back what the content file has beyond its last block and `keptBytes`, when it is much. Not during a commit. */
  cutContent(keptBytes: number): void {
    this.#large.cut(keptBytes);
  }

  /** Bytes that the file system still has for whoever may write here. */
  diskBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  async close(): Promise<void> {
    await this.#db.close();
    closeSync(this.#fd);
    this.#large.close();
    this.segments.close();
  }

  #view(key: Uint8Array): Uint8Array | undefined {
    const buffer = this.#db.getBinaryFast(key);
    // The buffer is longer than the value; its `length`, which lmdb-js puts on it, is the value's.
    return buffer && new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  #lend(bytes: number): Uint8Array {
    if (bytes > LARGEST_KEPT_BYTES) return new Uint8Array(bytes);
    if (this.#lent.length < bytes) this.#lent = new Uint8Array(bytes);
    return this.#lent.subarray(0, bytes);
  }

  /** Finds blocks for the large values, and makes free what the changes replace: for the commits after this one. */
  #begin(
    changes: Iterable<LoggedChange>,
    mark: LogMark | undefined,
    target: SegmentTarget | undefined,
  ): Transaction {
    const transaction: Transaction = {
      placing: new Placing(),
      use: this.segments.begin(target),
      records: [],
    };
    const { placing, use, records } = transaction;
    try {
      for (const change of changes) this.#add(change, transaction);
    } catch (error) {
      this.#large.abandon(placing);
      throw error;
    }
    this.#large.release(placing);
    for (const [region, bits] of this.#large.changedRegions()) {
      records.push({ key: regionKey(region), value: bits });
    }
    const map = this.segments.mapAfter(use);
    if (map !== undefined) records.push({ key: SEGMENTS_KEY, value: encodeSegments(map) });
    if (mark !== undefined) records.push({ key: MARK_KEY, value: encodeMark(mark) });
    return transaction;
  }

  #add(change: LoggedChange, { placing, use, records }: Transaction): void {
    const { key } = change;
    const anew = isPatch(change) && this.#large.isKept ? this.#readable(change) : undefined;
    const before = this.#large.areNone && this.segments.areNone ? undefined : this.#view(key);
    const run = this.#large.runOf(before);
    const logged = loggedPlaceOf(before);
    if (isPatch(change) && anew === undefined && before !== undefined && run !== undefined) {
      const record = this.#large.overwrite(change, before, run, placing);
      if (record !== undefined) {
        if (this.#large.isKept) this.beforeOverwriting();
        if (record !== before) records.push({ key, value: record });
        return;
      }
    }
    if (isPlaced(change)) {
      const record = placing.room(PLACED_RECORD_BYTES);
      use.place(change.value, change.place, record);
      records.push({ key, value: record });
    } else {
      const value = anew ?? (isPatch(change) ? this.#patchedOrLost(change, logged) : change.value);
      // What the disk does not give stays what it is: an error of its reads, until it is written whole.
      if (value === LOST) return;
      records.push({ key, value: value && this.#recordOf(value, placing) });
    }
    if (run !== undefined) placing.released.push(run);
    if (logged !== undefined) use.release(logged);
  }

  /** What comes of a patch of a value that lies there; LOST where the disk does not give a value that lies in the log. */
  #patchedOrLost(patch: Patch, logged: LoggedPlace | undefined): Uint8Array {
    try {
      return this.#patched(patch);
    } catch (error) {
      if (logged === undefined) throw error;
      return LOST;
    }
  }

  #patched(patch: Patch): Uint8Array {
    const before = this.borrow(patch.key);
    if (before === undefined) throw corrupt(this.path, "its log changes a value that is missing");
    return patched(before, [patch]);
  }

  /** What comes of a patch; undefined where the disk does not give the value, which is lost to snapshots anyway. */
  #readable(patch: Patch): Uint8Array | undefined {
    try {
      return this.#patched(patch);
    } catch {
      return undefined;
    }
  }

  #recordOf(value: Uint8Array, placing: Placing): Uint8Array {
    return bodyBytes(value.length) === 0 ? plainRecord(value) : this.#large.place(value, placing);
  }

  /** Reads the map of blocks. @throws CoterieError STORE_FORMAT, STORE_CORRUPT. */
  #load(): void {
    if (!isOfFormat(this.#db)) {
      throw new CoterieError(
        "STORE_FORMAT",
        `the store ${this.path} has another format than ${FORMAT} or ${SEGMENT_FORMAT}`,
        {
          details: { path: this.path, format: FORMAT },
        },
      );
    }
    const strange = () => corrupt(this.path, "its map of blocks has a strange key");
    this.#large.load(regionsIn(this.#db, strange));
    this.segments.load(segmentsIn(this.#db, () => corrupt(this.path, "its map of segments is none")));
  }
}
