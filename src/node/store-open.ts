/** Opens one store: its lock, its database, and what a crash left in its log. */
import { randomInt } from "node:crypto";
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CoterieError, isCoterieError, type Log } from "../world/index.ts";
import { storeError } from "./errors.ts";
import { NodeStore } from "./store.ts";
import type { CommitMode } from "./store-commit-mode.ts";
import { StoreDatabase } from "./store-database.ts";
import { NO_DEMAND } from "./store-demand.ts";
import { syncDirectories } from "./store-file.ts";
import { lockStore, lockStoreToRead, type StoreLock } from "./store-lock.ts";
import { LOG_FILES, type LogMark, recoverLog, StoreLog } from "./store-log.ts";
import { Overlays } from "./store-overlay.ts";
import { StorePipeline } from "./store-pipeline.ts";
import { Recovery } from "./store-recovery.ts";
import { Scratch } from "./store-scratch.ts";
import { CHECKPOINT_BYTES, slices } from "./store-slices.ts";
import { SpaceGuard } from "./store-space.ts";
import { StoreViews } from "./store-views.ts";
import type { NodeTimers } from "./timers.ts";

export interface OpenOptions {
  readonly timers: NodeTimers;
  readonly log: Log;
  readonly mode: CommitMode;
  readonly maxBytes: number;
  readonly maxUnsyncedBytes: number;
  /** What views may keep. */
  readonly maxViewBytes: number;
  /** What one file of the log holds at most. */
  readonly logBytes: number;
  readonly onClose: () => void;
}

const NO_MARK: LogMark = { sequence: 0, salt: 0 };
/**
 * Free space that making a store's files needs. lmdb maps its lock file into memory, and where the disk has no page
 * for a mapped file the system ends the process with SIGBUS, which nothing here could turn into an error.
 */
const LEAST_FREE_BYTES = 256 * 1024;

/**
 * Opens the store in a directory that is there. `firstMade`: the uppermost directory that was made for it, if any.
 * What the log holds is brought into the database before anything else.
 */
export async function openStore(
  path: string,
  firstMade: string | undefined,
  options: OpenOptions,
): Promise<NodeStore> {
  requireRoom(path);
  const lock = await lockStore(path);
  try {
    const database = await StoreDatabase.open(path, { maxBytes: options.maxBytes, readOnly: false });
    try {
      return writableStore(database, lock, firstMade, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Opens a store that is only read. Its log's groups stay where they are, and are read from memory. While somebody writes it they
 * do not stay, and what is left of them would look like damage.
 */
export async function openStoreReadOnly(path: string, options: OpenOptions): Promise<NodeStore> {
  if (statSync(join(path, "data.mdb"), { throwIfNoEntry: false }) === undefined) {
    throw new CoterieError("STORE_MISSING", `there is no store ${path}`, { details: { path } });
  }
  const lock = await lockStoreToRead(path);
  try {
    const database = await StoreDatabase.open(path, { maxBytes: options.maxBytes, readOnly: true });
    try {
      return readableStore(database, lock, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readableStore(database: StoreDatabase, lock: StoreLock, options: OpenOptions): NodeStore {
  const { maxBytes, maxUnsyncedBytes, onClose } = options;
  const views = new StoreViews(database, options.maxViewBytes, options.log);
  const overlays = new Overlays();
  overlays.logged = recover(database, database.mark() ?? NO_MARK).found;
  const space = new SpaceGuard(database, maxBytes, views);
  const release = (): void => {
    lock.release();
    onClose();
  };
  return new NodeStore({ database, space, overlays, views, pipeline: undefined, release, maxUnsyncedBytes });
}

function writableStore(
  database: StoreDatabase,
  lock: StoreLock,
  firstMade: string | undefined,
  options: OpenOptions,
): NodeStore {
  const { timers, log, mode, maxBytes, maxUnsyncedBytes, logBytes, onClose } = options;
  const views = new StoreViews(database, options.maxViewBytes, log);
  const space = new SpaceGuard(database, maxBytes, views);
  const mark = bringInLog(database, space, log);
  const overlays = new Overlays();
  const writeAhead = new StoreLog(database.path, logBytes, mark.salt, crc32, (key) => database.borrow(key));
  try {
    syncDirectories(database.path, firstMade);
  } catch (error) {
    writeAhead.close();
    throw error;
  }
  const pipeline = new StorePipeline({
    overlays,
    database,
    writeAhead,
    space,
    views,
    mode,
    timers,
    log,
    ...mark,
  });
  const release = (): void => {
    writeAhead.close();
    lock.release();
    onClose();
  };
  return new NodeStore({ database, space, overlays, views, pipeline, release, maxUnsyncedBytes });
}

/**
 * Brings what the log holds into the database, and draws a new salt, so that no record of before is one any more.
 * Returns the log's new mark.
 */
function bringInLog(database: StoreDatabase, space: SpaceGuard, log: Log): LogMark {
  const before = database.mark();
  const { sequence, found } = recover(database, before ?? NO_MARK);
  const mark = { sequence, salt: randomInt(1, 2 ** 32) };
  let reserved = found.demand;
  try {
    space.reserve(reserved, false);
  } catch (error) {
    // A full disk must not keep a store from being opened: what the log holds had its space reserved before.
    const isFull = isCoterieError(storeError(error, "open", database.path), "STORE_FULL");
    if (!isFull || before === undefined) throw error;
    if (found.isEmpty) return before;
    reserved = NO_DEMAND;
  }
  for (const { changes, isLast } of slices(found, new Scratch(CHECKPOINT_BYTES))) {
    database.commitInline(changes, isLast ? mark : undefined);
  }
  space.settle(reserved);
  if (!found.isEmpty) {
    log.info("store log brought in", { path: database.path, changes: found.size });
  }
  return mark;
}

/** What the log of a database with this mark holds beyond it, and the last group's number. */
function recover(database: StoreDatabase, mark: LogMark): { found: Recovery; sequence: number } {
  const { path } = database;
  const { records, damaged } = recoverLog(path, mark, crc32);
  if (damaged) {
    const files = LOG_FILES.map((name) => join(path, name));
    throw new CoterieError(
      "STORE_CORRUPT",
      `the write-ahead log of the store ${path} is damaged: restore the store from a backup, or remove ${files.join(" and ")} to go on without the changes in them`,
      { details: { path, files } },
    );
  }
  return { found: new Recovery(database, records), sequence: records.at(-1)?.sequence ?? mark.sequence };
}

/** Only where the lock file is missing: once it is there it has its pages. */
function requireRoom(path: string): void {
  if (statSync(join(path, "lock.mdb"), { throwIfNoEntry: false }) !== undefined) return;
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  throw new CoterieError("STORE_FULL", `cannot make the store ${path}: the disk is full`, {
    details: { path },
  });
}
