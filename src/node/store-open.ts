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
import { type LogFiles, type LogMark, logPaths, recoverLog, StoreLog, TWO_FILES } from "./store-log.ts";
import { LogPool, removeLogFiles } from "./store-log-pool.ts";
import { Overlays } from "./store-overlay.ts";
import { StorePipeline } from "./store-pipeline.ts";
import { Recovery } from "./store-recovery.ts";
import { Scratch } from "./store-scratch.ts";
import { SegmentKeeper } from "./store-segment-keeper.ts";
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
  /** Values stay in the log's files. */
  readonly isLog: boolean;
  /** From which size on. */
  readonly leastPlacedBytes: number;
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
  const { timers, log, mode, maxBytes, maxUnsyncedBytes, logBytes, isLog, onClose } = options;
  const views = new StoreViews(database, options.maxViewBytes, log);
  const space = new SpaceGuard(database, maxBytes, views);
  const mark = bringInLog(database, space, log, isLog);
  const overlays = new Overlays();
  const read = (key: Uint8Array) => database.borrow(key);
  const writeAhead = new StoreLog(database.path, logBytes, mark.salt, crc32, read, mark.files);
  let keeper: SegmentKeeper | undefined;
  try {
    keeper = keeperOf(database, space, mark, options);
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
    keeper,
    isLog: isLog && keeper !== undefined,
    mode,
    timers,
    log,
    ...mark,
  });
  const release = (): void => {
    keeper?.close();
    writeAhead.close();
    lock.release();
    onClose();
  };
  return new NodeStore({ database, space, overlays, views, pipeline, release, maxUnsyncedBytes });
}

/** What keeps values in files of the log; undefined, and nothing left of it, where there are none and shall be none. */
function keeperOf(
  database: StoreDatabase,
  space: SpaceGuard,
  { files }: LogMark,
  { log, mode, timers, maxBytes, logBytes, isLog, leastPlacedBytes }: OpenOptions,
): SegmentKeeper | undefined {
  if (files === undefined) {
    removeLogFiles(database.path, TWO_FILES);
    return undefined;
  }
  const isInline = mode.isInlineAlways;
  const pool = new LogPool({
    directory: database.path,
    fileBytes: logBytes,
    taken: [...files, ...Array.from(database.segments.values(), ({ number }) => number)],
    isInline,
    turn: () => new Promise((resolve) => timers.soon(resolve)),
  });
  database.segments.pool = pool;
  return new SegmentKeeper({
    database,
    pool,
    space,
    log,
    isLog,
    leastPlacedBytes,
    maxBytes,
    fileBytes: logBytes,
    isInline,
    crc32,
  });
}

/**
 * The files of a log that begins anew: none that hold values. Those that held the log are left where they are needed, for what they
 * hold is wanted until the commit that says so.
 */
function filesAnew({ segments }: StoreDatabase, isLog: boolean, before: LogMark): LogFiles | undefined {
  if (!isLog && segments.areNone) return undefined;
  const numbers = (before.files ?? TWO_FILES).filter((number) => !segments.has(number));
  for (let number = 0; numbers.length < 2; number++) {
    if (!segments.has(number) && !numbers.includes(number)) numbers.push(number);
  }
  return [numbers[0] as number, numbers[1] as number];
}

/**
 * Brings what the log holds into the database, and draws a new salt, so that no record of before is one any more.
 * Returns the log's new mark.
 */
function bringInLog(database: StoreDatabase, space: SpaceGuard, log: Log, isLog: boolean): LogMark {
  const before = database.mark();
  const { sequence, found } = recover(database, before ?? NO_MARK);
  const files = filesAnew(database, isLog, before ?? NO_MARK);
  const mark = { sequence, salt: randomInt(1, 2 ** 32), ...(files === undefined ? {} : { files }) };
  let reserved = found.demand;
  try {
    space.reserve(reserved, false);
  } catch (error) {
    // A full disk must not keep a store from being opened: what the log holds had its space reserved before.
    const isFull = isCoterieError(storeError(error, "open", database.path), "STORE_FULL");
    if (!isFull || before === undefined) throw error;
    if (found.isEmpty && !before.files?.some((number) => database.segments.has(number))) return before;
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
    const files = logPaths(path, mark);
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
