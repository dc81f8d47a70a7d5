/** Opens one store: its lock, its database, and what a crash left in its log. */
import { randomInt } from "node:crypto";
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Change, CoterieError, isCoterieError, type Log } from "../world/index.ts";
import { storeError } from "./errors.ts";
import { NodeStore } from "./store.ts";
import type { CommitMode } from "./store-commit-mode.ts";
import { StoreDatabase } from "./store-database.ts";
import { type Demand, NO_DEMAND } from "./store-demand.ts";
import { syncDirectories } from "./store-file.ts";
import { lockStore, lockStoreToRead, type StoreLock } from "./store-lock.ts";
import { LOG_FILES, type LogMark, recoverLog, StoreLog } from "./store-log.ts";
import { isPatch, type Patch, patched } from "./store-log-format.ts";
import { keyString, Overlay, Overlays } from "./store-overlay.ts";
import { StorePipeline } from "./store-pipeline.ts";
import { Scratch } from "./store-scratch.ts";
import { slices } from "./store-slices.ts";
import { SpaceGuard } from "./store-space.ts";
import type { NodeTimers } from "./timers.ts";

export interface OpenOptions {
  readonly timers: NodeTimers;
  readonly log: Log;
  readonly mode: CommitMode;
  readonly maxBytes: number;
  readonly maxUnsyncedBytes: number;
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
  const overlays = new Overlays();
  overlays.logged = recover(database, database.mark() ?? NO_MARK).overlay;
  const space = new SpaceGuard(database, maxBytes);
  const release = (): void => {
    lock.release();
    onClose();
  };
  return new NodeStore({ database, space, overlays, pipeline: undefined, release, maxUnsyncedBytes });
}

function writableStore(
  database: StoreDatabase,
  lock: StoreLock,
  firstMade: string | undefined,
  options: OpenOptions,
): NodeStore {
  const { timers, log, mode, maxBytes, maxUnsyncedBytes, logBytes, onClose } = options;
  const space = new SpaceGuard(database, maxBytes);
  const mark = bringInLog(database, space, log);
  const overlays = new Overlays();
  const writeAhead = new StoreLog(database.path, logBytes, mark.salt, crc32, (key) => database.borrow(key));
  try {
    syncDirectories(database.path, firstMade);
  } catch (error) {
    writeAhead.close();
    throw error;
  }
  const pipeline = new StorePipeline({ overlays, database, writeAhead, space, mode, timers, log, ...mark });
  const release = (): void => {
    writeAhead.close();
    lock.release();
    onClose();
  };
  return new NodeStore({ database, space, overlays, pipeline, release, maxUnsyncedBytes });
}

/**
 * Brings what the log holds into the database, and draws a new salt, so that no record of before is one any more.
 * Returns the log's new mark.
 */
function bringInLog(database: StoreDatabase, space: SpaceGuard, log: Log): LogMark {
  const before = database.mark();
  const { sequence, overlay } = recover(database, before ?? NO_MARK);
  const mark = { sequence, salt: randomInt(1, 2 ** 32) };
  let reserved: Demand = overlay;
  try {
    space.reserve(overlay, false);
  } catch (error) {
    // A full disk must not keep a store from being opened: what the log holds had its space reserved before.
    const isFull = isCoterieError(storeError(error, "open", database.path), "STORE_FULL");
    if (!isFull || before === undefined) throw error;
    if (overlay.isEmpty) return before;
    reserved = NO_DEMAND;
  }
  for (const { changes, isLast } of slices(overlay.changes, new Scratch(0))) {
    database.commitInline(changes, isLast ? mark : undefined);
  }
  space.settle(reserved);
  if (!overlay.isEmpty) {
    log.info("store log brought in", { path: database.path, changes: overlay.changes.size });
  }
  return mark;
}

/** The changes that the log of a database with this mark holds beyond it, and the last one's number. */
function recover(database: StoreDatabase, mark: LogMark): { overlay: Overlay; sequence: number } {
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
  const overlay = new Overlay();
  for (const { changes } of records) {
    overlay.add(changes.map((change) => (isPatch(change) ? whole(database, overlay, change) : change)));
  }
  return { overlay, sequence: records.at(-1)?.sequence ?? mark.sequence };
}

/** A patch as the value that comes of it, over what was found so far, or over the database. */
function whole(database: StoreDatabase, overlay: Overlay, patch: Patch): Change {
  const { key } = patch;
  const found = overlay.find(keyString(key));
  const before = found === undefined ? database.borrow(key) : found.value;
  if (before !== undefined) return { key, value: patched(before, [patch]) };
  const { path } = database;
  throw new CoterieError("STORE_CORRUPT", `the log of the store ${path} changes a value that is missing`, {
    details: { path },
  });
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
