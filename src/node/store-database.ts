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
import type { Change, Entry, Range, StoreUsage } from "../world/index.ts";
import { checkDataFile, syncDirectories } from "./store-file.ts";

export interface DatabaseOptions {
  readonly maxBytes: number;
  readonly readOnly: boolean;
  /** The uppermost directory that was made for the store, if any. */
  readonly firstMade: string | undefined;
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
    if (!options.readOnly) syncDirectories(path, options.firstMade);
    return new StoreDatabase(path, db, options);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#db.getBinary(key);
  }

  /** The range's entries; its limit is the caller's affair. */
  range(range: Range): Iterable<Entry> {
    const { from, to, reverse } = range;
    const [start, end] = reverse ? [to, from] : [from, to];
    return this.#db.getRange({
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      reverse: reverse ?? false,
      exclusiveStart: reverse === true,
      inclusiveEnd: reverse === true,
    });
  }

  /** Commits on this thread; everything is on the disk when it returns. */
  commitInline(changes: Iterable<Change>): void {
    this.#db.transactionSync(() => write(this.#db, changes));
  }

  /** Commits on lmdb's own thread. The arrays must live and stay unchanged until it resolves. */
  async commitOnThread(changes: Iterable<Change>): Promise<void> {
    try {
      await this.#db.batch(() => enqueue(this.#db, changes));
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

  usage(): StoreUsage {
    const { liveBytes, fileBytes } = this.space();
    const disk = statfsSync(this.path);
    // lmdb reuses pages that it freed, and never shrinks its file.
    const diskBytes = disk.bavail * disk.bsize + Math.max(0, fileBytes - liveBytes);
    return { usedBytes: liveBytes, freeBytes: Math.max(0, Math.min(diskBytes, this.#maxBytes - liveBytes)) };
  }

  async close(): Promise<void> {
    await this.#db.close();
    closeSync(this.#fd);
  }
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
