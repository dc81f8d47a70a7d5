/**
 * An open file, in the shape of `FileHandle` of node:fs/promises. The server knows nothing of it: the descriptor, its
 * position and its flags are kept here, and each operation names the file by the server's file handle and an
 * offset, so that a server which restarts in between makes no difference.
 */
import type { WallTime } from "../../world/index.ts";
import type { Budget } from "./budget.ts";
import { FilesError } from "./errors.ts";
import type { OpenMode } from "./flags.ts";
import { pathText } from "./names.ts";
import type { OpenFile } from "./open-file.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { Session } from "./session.ts";
import { type AttributeChanges, changeAttributes } from "./set-attributes.ts";
import { Stats } from "./stats.ts";

/** Bytes that one descriptor may read ahead, if the client's budget allows. */
export const READ_AHEAD_BYTES = 8 * 1024 * 1024;
/** Sizes of the pieces that `chunks` and `readFile` read. */
const CHUNK_BYTES = 1024 * 1024;

const utf8 = new TextEncoder();

export interface FileHandleParts {
  readonly fd: number;
  readonly file: OpenFile;
  readonly mode: OpenMode;
  readonly session: Session;
  readonly readBudget: Budget;
  /** Takes the descriptor back. */
  readonly release: () => void;
}

/**
 * An open file, in the shape of `FileHandle` of `node:fs/promises`. Positions and lengths are in bytes.
 * Methods reject with `FilesError`.
 */
export class FileHandle {
  /** The descriptor's number, which means something in this client alone. */
  readonly fd: number;
  readonly #file: OpenFile;
  readonly #mode: OpenMode;
  readonly #session: Session;
  readonly #readAhead: ReadAhead;
  readonly #release: () => void;
  #position = 0;
  #open = true;

  /** Made by `NfsClient.open`. */
  constructor(parts: FileHandleParts) {
    this.fd = parts.fd;
    this.#file = parts.file;
    this.#mode = parts.mode;
    this.#session = parts.session;
    this.#release = parts.release;
    const blockBytes = parts.session.limits.readBytes;
    this.#readAhead = new ReadAhead({
      fetch: (offset, length) => this.#file.read(offset, length),
      blockBytes,
      maxBlocks: Math.max(1, Math.floor(READ_AHEAD_BYTES / blockBytes)),
      budget: parts.readBudget,
      size: () => this.#file.size,
      version: () => this.#file.version,
    });
  }

  /**
   * Reads `length` bytes (default: what fits) into `buffer` at `offset`. `position`: where in the file; null or absent:
   * at the descriptor's position, which moves on. `bytesRead` is less than asked for only at the end of the file.
   */
  async read(
    buffer: Uint8Array,
    offset = 0,
    length = buffer.length - offset,
    position: number | null = null,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    this.#require("read", this.#mode.read);
    if (offset < 0 || length < 0 || offset + length > buffer.length) {
      throw new RangeError(`read: ${length} bytes at ${offset} do not fit in ${buffer.length}`);
    }
    const at = position ?? this.#position;
    if (position === null) this.#position += length;
    const bytesRead = await this.pread(buffer.subarray(offset, offset + length), at);
    if (position === null && bytesRead < length) this.#position = at + bytesRead;
    return { bytesRead, buffer };
  }

  /** Fills `buffer` from `position` of the file; returns how many bytes there were. */
  async pread(buffer: Uint8Array, position: number): Promise<number> {
    this.#require("read", this.#mode.read);
    requireOffset("read", position);
    if (buffer.length === 0) return 0;
    return this.#readAhead.read(buffer, position);
  }

  /**
   * Writes `data` (text as UTF-8) at `position`; null or absent: at the descriptor's position, which moves on; a
   * descriptor opened for appending writes at the file's end in any case. Taken when it resolves; durable after
   * `sync` or `close`.
   */
  async write(
    data: Uint8Array | string,
    position: number | null = null,
  ): Promise<{ bytesWritten: number; buffer: Uint8Array | string }> {
    const bytes = typeof data === "string" ? utf8.encode(data) : data;
    const at = position ?? this.#position;
    if (position === null && !this.#mode.append) this.#position += bytes.length;
    await this.pwrite(bytes, at);
    return { bytesWritten: bytes.length, buffer: data };
  }

  /** Writes all of `data` at `position` of the file. */
  async pwrite(data: Uint8Array, position: number): Promise<void> {
    this.#require("write", this.#mode.write);
    requireOffset("write", position);
    await this.#file.write(this.#mode.append ? this.#file.size : position, data);
  }

  /** From the descriptor's position to the end of the file. */
  async readFile(): Promise<Uint8Array>;
  async readFile(encoding: "utf8"): Promise<string>;
  async readFile(encoding?: "utf8"): Promise<Uint8Array | string> {
    const { size } = await this.stat();
    let content = new Uint8Array(Math.max(0, size - this.#position));
    let filled = 0;
    for (;;) {
      const { bytesRead } = await this.read(content, filled);
      filled += bytesRead;
      if (filled < content.length) break;
      // As long as expected: it may have grown meanwhile.
      const more = new Uint8Array(64 * 1024);
      const extra = (await this.read(more)).bytesRead;
      if (extra === 0) break;
      const grown = new Uint8Array(content.length + Math.max(extra, content.length));
      grown.set(content);
      grown.set(more.subarray(0, extra), filled);
      content = grown;
      filled += extra;
    }
    const whole = content.subarray(0, filled);
    return encoding === undefined ? whole : new TextDecoder().decode(whole);
  }

  /** Writes at the descriptor's position. */
  async writeFile(data: Uint8Array | string): Promise<void> {
    await this.write(data);
  }

  /** The content of `start` to `end` (excluded; default: the end of the file) in pieces of at most 1 MiB. */
  async *chunks(range: { start?: number; end?: number } = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const end = range.end ?? Number.POSITIVE_INFINITY;
    for (let at = range.start ?? 0; at < end; ) {
      const wanted = Math.min(CHUNK_BYTES, end - at);
      const chunk = new Uint8Array(wanted);
      const count = await this.pread(chunk, at);
      if (count > 0) yield chunk.subarray(0, count);
      if (count < wanted) return;
      at += count;
    }
  }

  /** As the server has it after everything written here has reached it. */
  async stat(): Promise<Stats> {
    this.#require("stat", true);
    return new Stats(await this.#file.attributes("stat"));
  }

  chmod(mode: number): Promise<void> {
    return this.#change("chmod", { mode });
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#change("chown", { uid, gid });
  }

  /** "now": the server's clock. */
  utimes(accessed: WallTime | "now", modified: WallTime | "now"): Promise<void> {
    return this.#change("utimes", { accessed, modified });
  }

  /** Several attributes in one call. */
  setAttributes(changes: Omit<AttributeChanges, "size">): Promise<void> {
    return this.#change("setattr", changes);
  }

  async truncate(size = 0): Promise<void> {
    this.#require("truncate", this.#mode.write);
    requireOffset("truncate", size);
    await this.#change("truncate", { size });
    this.#file.truncated(size);
  }

  /** Everything written so far is on the server's disk when it resolves. */
  async sync(): Promise<void> {
    this.#require("sync", true);
    await this.#file.sync();
  }

  datasync(): Promise<void> {
    return this.sync();
  }

  /** Makes what was written durable, then gives the descriptor back, even when that fails. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#readAhead.discard();
    try {
      if (this.#mode.write) await this.#file.sync();
    } finally {
      this.#release();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #change(operation: string, changes: AttributeChanges): Promise<void> {
    this.#require(operation, true);
    await this.#file.settle();
    await changeAttributes(this.#session, this.#file.handle, changes, operation, this.#file.path);
  }

  #require(operation: string, allowed: boolean): void {
    if (!this.#open || !allowed) {
      throw new FilesError("FILES_BADF", operation, pathText(this.#file.path));
    }
  }
}

function requireOffset(operation: string, offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`${operation}: ${offset} is not an offset in a file`);
  }
}

/** Does `run` with a file, and closes it. */
export async function closing<T>(file: FileHandle, run: (file: FileHandle) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await run(file);
  } catch (error) {
    // The first failure is the one to tell; closing would tell it again.
    await file.close().catch(() => {});
    throw error;
  }
  await file.close();
  return result;
}
