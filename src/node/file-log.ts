/**
 * A node's log beside its data: JSON lines by pino in `PATH`, and when that is full in `PATH.1`, `PATH.2` and so
 * on, the oldest dropped. The files together never take more than `maxBytes × (keep + 1)` and one line.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import type { Log } from "../world/index.ts";
import type { LogLevel } from "./log.ts";

/** Where `createFileLog` writes, and how much it keeps. */
export interface FileLogOptions {
  readonly path: string;
  /** A file that has reached so many bytes is put aside. Default 4 MiB. */
  readonly maxBytes?: number;
  /** Files put aside that are kept. Default 3. */
  readonly keep?: number;
  /** Lines below it are dropped. Default "info". */
  readonly level?: LogLevel;
  /** Fields of every line, for example the node's name. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Bytes at which a log file is put aside. */
export const DEFAULT_LOG_BYTES = 4 * 1024 * 1024;

/** Log files that were put aside and are kept. */
export const DEFAULT_LOGS_KEPT = 3;

/** A log in a file: every line is in the system's hands when the call returns. */
export interface FileLog extends Log {
  /** Lines that the disk refused; they are not tried again. */
  readonly lost: number;
  /** From now on lines below it are dropped. */
  setLevel(level: LogLevel): void;
  close(): Promise<void>;
}

/** Where pino's lines go: one file that gives way to a new one when it is full. */
class RotatingFile {
  lost = 0;
  #path: string;
  #maxBytes: number;
  #keep: number;
  #descriptor: number;
  #bytes: number;

  constructor(path: string, maxBytes: number, keep: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    this.#descriptor = openSync(path, "a", 0o640);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  /** Called by pino with a whole line. A full disk costs lines of the log, never the node. */
  write(line: string): void {
    if (this.#descriptor < 0) return;
    try {
      if (this.#bytes >= this.#maxBytes) this.#rotate();
      this.#bytes += writeSync(this.#descriptor, line);
    } catch {
      this.lost++;
    }
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /** The new file is opened first: where none can be had, as without a free descriptor, the old ones must stay. */
  #rotate(): void {
    const draft = `${this.#path}.new`;
    const descriptor = openSync(draft, "a", 0o640);
    try {
      for (let i = this.#keep; i > 0; i--) renameIfThere(this.#aside(i - 1), this.#aside(i));
      renameSync(draft, this.#path);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#bytes = fstatSync(descriptor).size;
  }

  #aside(number: number): string {
    return number === 0 ? this.#path : `${this.#path}.${number}`;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Opens the log; the errors of opening are the system's own. */
export async function createFileLog(options: FileLogOptions): Promise<FileLog> {
  const { pino } = await import("pino");
  const file = new RotatingFile(
    options.path,
    options.maxBytes ?? DEFAULT_LOG_BYTES,
    options.keep ?? DEFAULT_LOGS_KEPT,
  );
  const logger = pino(
    {
      level: options.level ?? "info",
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    file,
  );
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
    get lost() {
      return file.lost;
    },
    setLevel(level) {
      logger.level = level;
    },
    async close() {
      file.close();
    },
  };
}
