/**
 * A store's write-ahead log: two files that are written in turn, each from its beginning. A group of changes is one
 * record, appended and synced: one sequential write and one `fdatasync`, whatever the number of keys. While the
 * groups of one file are on their way into the database the other file takes new ones; when they have got there
 * the first is free again; or, where it keeps values (store-segments.ts), another takes its place.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { LogFile } from "./store-log-file.ts";
import { type Crc32, hasRecordAfter, type LogRecord, readRecords } from "./store-log-format.ts";
import { logFileName, WalFile } from "./store-log-pool.ts";
import type { Beneath } from "./store-overlay.ts";

/** The numbers of the log's files, in no order. */
export type LogFiles = readonly [number, number];

/** Those of a log that keeps no values. */
export const TWO_FILES: LogFiles = [0, 1];

/** Where in the groups' order the database is, and what the log's checksums begin with. */
export interface LogMark {
  /** The number of the last group that the database holds. */
  readonly sequence: number;
  readonly salt: number;
  /** The log's files, where it may keep values: then others take their places. */
  readonly files?: LogFiles;
}

/** What the database holds of a key; the bytes are good until the next call. */
export type ReadDatabase = (key: Uint8Array) => Uint8Array | undefined;

export interface RecoveredLog {
  /** The groups that the database does not hold yet, in order. */
  readonly records: readonly LogRecord[];
  /** True when intact groups were found that do not follow on these: one before them is damaged. */
  readonly damaged: boolean;
}

/** Reads what the log in a store's directory has beyond the database's mark. It changes nothing. */
export function recoverLog(directory: string, mark: LogMark, crc32: Crc32): RecoveredLog {
  const files = logPaths(directory, mark).map(readIfThere);
  const [older = [], newer = []] = files
    .map((bytes) => readRecords(bytes, crc32, mark.salt))
    .sort((a, b) => (a[0]?.sequence ?? 0) - (b[0]?.sequence ?? 0));
  // A group that the older file refused may be there all the same; the newer file has the one that took its number.
  const end = newer[0]?.sequence ?? Number.POSITIVE_INFINITY;
  const records: LogRecord[] = [];
  let last = mark.sequence;
  for (const record of [...older.filter(({ sequence }) => sequence < end), ...newer]) {
    if (record.sequence !== last + 1) continue;
    records.push(record);
    last = record.sequence;
  }
  return { records, damaged: files.some((bytes) => hasRecordAfter(bytes, last, crc32, mark.salt)) };
}

/** The paths of the log's files. */
export function logPaths(directory: string, { files = TWO_FILES }: LogMark): string[] {
  return files.map((number) => join(directory, logFileName(number)));
}

function readIfThere(file: string): Buffer {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.alloc(fstatSync(fd).size);
    let length = 0;
    for (let count = -1; length < bytes.length && count !== 0; length += count) {
      count = readSync(fd, bytes, length, bytes.length - length, length);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

export class StoreLog {
  #active: LogFile;
  #other: LogFile;
  /** Its files are always the same two. */
  readonly #isFixed: boolean;

  /**
   * Opens the files of a log whose groups the database holds all, creating what is missing. `database` reads a key of
   * it. Beneath the file that is written lies the one that is on its way into the database, and beneath that the
   * database, wherever that way has got to: patches that it has already may be made once more.
   */
  constructor(
    directory: string,
    maxBytes: number,
    salt: number,
    crc32: Crc32,
    database: ReadDatabase,
    files: LogFiles | undefined = undefined,
  ) {
    this.#isFixed = files === undefined;
    const [first, second] = files ?? TWO_FILES;
    const beneath = (file: () => LogFile): Beneath => {
      return (name, key) => {
        const change = file() === this.#active ? this.#other.find(name) : undefined;
        return change === undefined ? database(key) : change.value;
      };
    };
    const one: LogFile = new LogFile(
      new WalFile(directory, first, "log"),
      maxBytes,
      salt,
      crc32,
      beneath(() => one),
    );
    this.#active = one;
    try {
      const two: LogFile = new LogFile(
        new WalFile(directory, second, "log"),
        maxBytes,
        salt,
        crc32,
        beneath(() => two),
      );
      this.#other = two;
    } catch (error) {
      this.#active.close();
      throw error;
    }
  }

  /** The file that is written. */
  get active(): LogFile {
    return this.#active;
  }

  /** Writes go to the other file from now on, which is free. Returns the one that was written. */
  rotate(): LogFile {
    const full = this.#active;
    this.#active = this.#other;
    this.#other = full;
    return full;
  }

  /** What the mark says of the files, once `next` has taken the place of the one that was full. */
  files(next: WalFile | undefined): Pick<LogMark, "files"> {
    if (this.#isFixed) return {};
    return { files: [this.#active.file.number, (next ?? this.#other.file).number] };
  }

  close(): void {
    this.#active.close();
    this.#other.close();
  }
}
