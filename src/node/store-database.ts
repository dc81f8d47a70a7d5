/**
 * lmdb as a store needs it: reads that return bytes of their own, one transaction for many changes, and sizes.
 *
 * Durability: `overlappingSync` is off, so lmdb works as its original does: a commit writes the pages, calls
 * fdatasync, and then writes the meta page through a descriptor opened with O_DSYNC. When a commit has returned
 * or its promise has resolved, it has reached the disk; a crash in the middle leaves the meta page before it.
 */
import { closeSync, fstatSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Database, RootDatabase } from "lmdb";
import { type Change, type Entry, MAX_KEY_BYTES, type Range } from "../world/index.ts";
import { checkDataFile } from "./store-file.ts";
import type { LogMark } from "./store-log.ts";

export interface DatabaseOptions {
  readonly maxBytes: number;
  readonly readOnly: boolean;
}

/** The address space asked for at least, so that a small limit is ours to enforce and not lmdb's to hit. */
const LEAST_MAP_BYTES = 64 * 1024 * 1024;

export interface Space {
  /** Bytes of pages that hold something. */
  readonly liveBytes: number;
  /** Where lmdb's last page ends. */
  readonly endBytes: number;
  readonly fileBytes: number;
}

/**
 * The key of the log's mark: longer than any key of a store's user, and after all of them. Its value: the number of
 * the last group that the database holds, u64, then the log's salt, u32.
 */
const MARK_KEY = new Uint8Array(MAX_KEY_BYTES + 1).fill(0xff);
const MARK_BYTES = 12;

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
  readonly #db: RootDatabase<Uint8Array, Uint8Array>;
  readonly #maxBytes: number;
  /** A second descriptor of lmdb's file. */
  readonly #fd: number;

  private constructor(path: string, db: RootDatabase<Uint8Array, Uint8Array>, options: DatabaseOptions) {
    this.path = path;
    this.#db = db;
    this.#maxBytes = options.maxBytes;
    this.#fd = openSync(join(path, "data.mdb"), options.readOnly ? "r" : "r+");
  }

  /** lmdb is loaded here: its native part takes some 30 ms that a command without a store need not spend. */
  static async open(path: string, options: DatabaseOptions): Promise<StoreDatabase> {
    const { open } = await import("lmdb");
    checkDataFile(path, options.readOnly);
    const db = open<Uint8Array, Uint8Array>({
      path,
      noSubdir: false,
      keyEncoding: "binary",
      encoding: "binary",
      overlappingSync: false,
      // Every batch has one promise that way. With it there is a second one, which nobody can reach, and its
      // rejection by a failed commit would end the process.
      eventTurnBatching: false,
      readOnly: options.readOnly,
      mapSize: Math.max(2 * options.maxBytes, LEAST_MAP_BYTES),
      maxDbs: 1,
    });
    return new StoreDatabase(path, db, options);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#db.getBinary(key);
  }

  /** The value in lmdb-js's own buffer, good until the next read. */
  borrow(key: Uint8Array): Uint8Array | undefined {
    const buffer = this.#db.getBinaryFast(key);
    // The buffer is longer than the value; its `length`, which lmdb-js puts on it, is the value's.
    return buffer && new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** The range's entries; its limit is the caller's affair. */
  range(range: Range): Iterable<Entry> {
    const { from, to = MARK_KEY, reverse } = range;
    const [start, end] = reverse ? [to, from] : [from, to];
    return this.#db.getRange({
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      reverse: reverse ?? false,
      exclusiveStart: reverse === true,
      inclusiveEnd: reverse === true,
    });
  }

  /** How far the log has been brought into the database; undefined in a database that never had a log. */
  mark(): LogMark | undefined {
    const value = this.#db.getBinary(MARK_KEY);
    if (value === undefined || value.length < MARK_BYTES) return undefined;
    const view = new DataView(value.buffer, value.byteOffset, MARK_BYTES);
    return { sequence: Number(view.getBigUint64(0)), salt: view.getUint32(8) };
  }

  /** Commits changes, and how far they bring the log if it is known, on this thread; all is on the disk when it returns. */
  commitInline(changes: Iterable<Change>, mark: LogMark | undefined): void {
    this.#db.transactionSync(() => {
      write(this.#db, changes);
      if (mark !== undefined) write(this.#db, [markChange(mark)]);
    });
  }

  /** The same on lmdb's own thread. The arrays must live and stay unchanged until it resolves. */
  async commitOnThread(changes: Iterable<Change>, mark: LogMark | undefined): Promise<void> {
    try {
      await this.#db.batch(() => {
        enqueue(this.#db, changes);
        if (mark !== undefined) enqueue(this.#db, [markChange(mark)]);
      });
    } catch (error) {
      // lmdb rejects with a wrapper, and again with the cause.
      const cause = (error as { commitError?: Promise<unknown> }).commitError;
      if (cause !== undefined) await cause;
      throw error;
    }
  }

  space(): Space {
    const { root, lastPageNumber } = this.#db.getStats() as { root: Pages; lastPageNumber: number };
    const pages = root.treeBranchPageCount + root.treeLeafPageCount + root.overflowPages;
    return {
      liveBytes: pages * root.pageSize,
      endBytes: (lastPageNumber + 1) * root.pageSize,
      fileBytes: fstatSync(this.#fd).size,
    };
  }

  /** Makes the file longer by writing zeros, so that later writes into it need no more space of the disk. */
  extend(fromBytes: number, toBytes: number): void {
    for (let at = fromBytes; at < toBytes; ) {
      at += writeSync(this.#fd, ZEROS, 0, Math.min(ZEROS.length, toBytes - at), at);
    }
  }

  /** Bytes that the file system still has for whoever may write here. */
  diskBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  async close(): Promise<void> {
    await this.#db.close();
    closeSync(this.#fd);
  }
}

function markChange({ sequence, salt }: LogMark): Change {
  const value = new Uint8Array(MARK_BYTES);
  const view = new DataView(value.buffer);
  view.setBigUint64(0, BigInt(sequence));
  view.setUint32(8, salt);
  return { key: MARK_KEY, value };
}

function write(db: Database<Uint8Array, Uint8Array>, changes: Iterable<Change>): void {
  for (const { key, value } of changes) {
    if (value === undefined) db.removeSync(key);
    else db.putSync(key, value);
  }
}

function enqueue(db: Database<Uint8Array, Uint8Array>, changes: Iterable<Change>): void {
  for (const { key, value } of changes) {
    if (value === undefined) void db.remove(key);
    else void db.put(key, value);
  }
}
