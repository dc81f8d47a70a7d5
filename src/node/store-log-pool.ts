/**
 * The files of a write-ahead log that keeps values: `wal-0`, `wal-1` and so on. Two of them are the log, which the database's mark names; the
 * map of segments (store-segments.ts) names those that hold values; the others are *spare*. A spare file is as long as a file of the log
 * becomes, so to take it up costs no zeros, and needs no space of a disk that has become full since.
 *
 * A file may become the log only after the commit by which nothing points into it any more, and only with the commit that says so in the
 * mark. What a former use left in it has lower numbers than the mark, or another salt.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  openSync,
  read,
  readdirSync,
  readSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { CoterieError } from "../world/index.ts";

/** Spare files that are kept at most: what a log that removes much at once takes up again. */
export const MAX_SPARES = 32;
/** Where the disk has less room than this, others may want it: hardly any are kept. */
const TIGHT_BYTES = 1024 * 1024 * 1024;
const FEW_SPARES = 1;
/** What one call writes of zeros: small, for the reason that store-content.ts gives. */
const ZEROS = new Uint8Array(16 * 1024);
/** How many of them are written before the event loop gets its turn. */
const CALLS_A_TURN = 16;
const NAME = /^wal-(0|[1-9][0-9]{0,8})$/;

export function logFileName(number: number): string {
  return `wal-${number}`;
}

/** The numbers of the files that a directory has, in order. */
export function logFilesIn(directory: string): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(directory)) {
    const number = NAME.exec(name)?.[1];
    if (number !== undefined) numbers.push(Number(number));
  }
  return numbers.sort((a, b) => a - b);
}

/** One file: the log's while it is written, a segment while values in it are wanted. */
export class WalFile {
  readonly number: number;
  readonly path: string;
  readonly fd: number;
  sizeBytes: number;

  /** `how`: "log" makes what is missing, "read" needs no permission to write. @throws the system's error. */
  constructor(directory: string, number: number, how: "log" | "read") {
    this.number = number;
    this.path = join(directory, logFileName(number));
    const { O_RDWR, O_CREAT, O_RDONLY } = constants;
    this.fd = openSync(this.path, how === "log" ? O_RDWR | O_CREAT : O_RDONLY, 0o600);
    this.sizeBytes = fstatSync(this.fd).size;
  }

  /** Fills `into`. @throws CoterieError STORE_IO when the disk does not give all of it. */
  read(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length; ) {
      const count = readSync(this.fd, into, at, into.length - at, position + at);
      if (count === 0) throw this.#endsEarly(position + into.length);
      at += count;
    }
  }

  /** The same on a thread of the pool. */
  async readOnThread(into: Uint8Array): Promise<void> {
    for (let at = 0; at < into.length; ) {
      const count = await new Promise<number>((resolve, reject) =>
        read(this.fd, into, at, into.length - at, at, (error, bytes) =>
          error === null ? resolve(bytes) : reject(error),
        ),
      );
      if (count === 0) throw this.#endsEarly(into.length);
      at += count;
    }
  }

  /** Makes the file so long by zeros, a piece at a time; true when it is, or there is nothing to do. */
  grow(bytes: number): boolean {
    for (let call = 0; call < CALLS_A_TURN && this.sizeBytes < bytes; call++) {
      this.sizeBytes += writeSync(this.fd, ZEROS, 0, ZEROS.length, this.sizeBytes);
    }
    return this.sizeBytes >= bytes;
  }

  close(): void {
    closeSync(this.fd);
  }

  #endsEarly(bytes: number): CoterieError {
    return new CoterieError("STORE_IO", `${this.path} ends before ${bytes} bytes`, {
      details: { path: this.path },
    });
  }
}

export interface LogPoolOptions {
  readonly directory: string;
  /** How long a file of the log becomes. */
  readonly fileBytes: number;
  /** The numbers of the log's files and of the segments. */
  readonly taken: Iterable<number>;
  /** Nothing may run on another thread: something is to be measured. */
  readonly isInline: boolean;
  /** Resolves in a later turn. */
  readonly turn: () => Promise<void>;
}

export class LogPool {
  readonly #options: LogPoolOptions;
  /** Numbers of spare files, the one that came free first before the others, with their sizes. */
  readonly #spares = new Map<number, number>();
  /** Numbers of files that are there. */
  readonly #known: Set<number>;
  /** What `prepare` made and nobody took. */
  #prepared: WalFile | undefined;

  constructor(options: LogPoolOptions) {
    this.#options = options;
    this.#known = new Set(options.taken);
    for (const number of logFilesIn(options.directory)) {
      if (this.#known.has(number)) continue;
      this.#known.add(number);
      // Its length is looked at when it is taken.
      this.put(number, options.fileBytes);
    }
  }

  /** Bytes of the files that hold nothing. */
  get spareBytes(): number {
    let bytes = this.#prepared?.sizeBytes ?? 0;
    for (const size of this.#spares.values()) bytes += size;
    return bytes;
  }

  /** A file holds nothing any more; `sizeBytes` undefined: it is not there. */
  put(number: number, sizeBytes: number | undefined): void {
    const most = this.#isDiskTight() ? FEW_SPARES : MAX_SPARES;
    if (sizeBytes === undefined || this.#spares.size >= most) this.#remove(number);
    else this.#spares.set(number, sizeBytes);
  }

  /**
   * Makes sure of a spare file for the log, which is as long as it becomes and has its name on the disk. Undefined where the disk has no
   * room for one. The same one until it is taken.
   */
  async prepare(): Promise<WalFile | undefined> {
    if (this.#prepared !== undefined) return this.#prepared;
    const [number = this.#unknown()] = this.#spares.keys();
    const isNew = !this.#spares.delete(number);
    this.#known.add(number);
    let file: WalFile | undefined;
    try {
      file = new WalFile(this.#options.directory, number, "log");
      await this.#make(file, isNew);
      this.#prepared = file;
      return file;
    } catch {
      file?.close();
      this.#remove(number);
      return undefined;
    }
  }

  /** What was prepared is the log's from now on. */
  take(): void {
    this.#prepared = undefined;
  }

  /** Gives the disk back what holds nothing; false when that is nothing. */
  giveBack(): boolean {
    const numbers = [...this.#spares.keys()];
    this.#spares.clear();
    for (const number of numbers) this.#remove(number);
    return numbers.length > 0;
  }

  close(): void {
    this.#prepared?.close();
    this.#prepared = undefined;
  }

  async #make(file: WalFile, isNew: boolean): Promise<void> {
    const { directory, fileBytes, isInline, turn } = this.#options;
    if (!isNew && file.sizeBytes >= fileBytes) return;
    while (!file.grow(fileBytes)) if (!isInline) await turn();
    if (isInline) fdatasyncSync(file.fd);
    else await onThread(fdatasync, file.fd);
    // A file system may write much of what others have changed with a directory.
    const fd = openSync(directory, "r");
    try {
      if (isInline) fsyncSync(fd);
      else await onThread(fsync, fd);
    } finally {
      closeSync(fd);
    }
  }

  #isDiskTight(): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.#options.directory);
      return bavail * bsize < TIGHT_BYTES;
    } catch {
      return true;
    }
  }

  #unknown(): number {
    for (let number = 0; ; number++) if (!this.#known.has(number)) return number;
  }

  #remove(number: number): void {
    try {
      unlinkSync(join(this.#options.directory, logFileName(number)));
    } catch {
      // What is left is spare when the store is opened again.
    }
    this.#known.delete(number);
  }
}

/** Removes the files that a log of two files has no use for. */
export function removeLogFiles(directory: string, kept: readonly number[]): void {
  for (const number of logFilesIn(directory)) {
    if (kept.includes(number)) continue;
    try {
      unlinkSync(join(directory, logFileName(number)));
    } catch {
      // They take room, and are in nobody's way.
    }
  }
}

function onThread(sync: typeof fdatasync | typeof fsync, fd: number): Promise<void> {
  return new Promise((resolve, reject) => sync(fd, (error) => (error === null ? resolve() : reject(error))));
}
