/**
 * The content file: the large values' blocks, beside lmdb, which would copy each page of them twice and keep the file
 * system's cache busy with its own. The database says which blocks hold what; nothing in the file does.
 *
 * A write is complete when `sync` has returned after it; until then nothing may point to it.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
  writev,
  writevSync,
} from "node:fs";
import { join } from "node:path";
import { CoterieError } from "../world/index.ts";

export const CONTENT_FILE = "content";

/** Bytes for a place in the file. */
export interface ContentWrite {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/**
 * What one system call takes at most: buffers, and bytes. Linux keeps what a call writes in pieces of its cache that are as large
 * as the call, up to 2 MiB, and goes over a whole piece whenever a few bytes of it are written: in a file that was written by calls of
 * 8 MiB a random block costs 25 to 35 µs, by calls of 128 KiB 5 µs.
 */
const MAX_BUFFERS = 512;
const MAX_BYTES = 128 * 1024;
/** A stretch up to this is a copy into the system's cache of some microseconds, which is quicker than waking a thread. */
const SMALL_STRETCH_BYTES = 64 * 1024;
/** What `extend` writes at a time. */
const ZEROS = new Uint8Array(MAX_BYTES);

/** Writes that follow each other in the file. */
interface Stretch {
  position: number;
  length: number;
  buffers: Uint8Array[];
}

export class ContentFile {
  readonly path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /** Undefined when there is none, and it is only to be read. */
  static open(directory: string, readOnly: boolean): ContentFile | undefined {
    const path = join(directory, CONTENT_FILE);
    try {
      return new ContentFile(path, openSync(path, readOnly ? "r" : "r+"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return readOnly ? undefined : new ContentFile(path, openSync(path, "wx+", 0o600));
    }
  }

  get bytes(): number {
    return fstatSync(this.#fd).size;
  }

  /** Fills `into`. @throws CoterieError STORE_IO when the disk does not give all of it. */
  read(into: Uint8Array, position: number): void {
    for (let at = 0; at < into.length; ) {
      const count = readSync(this.#fd, into, at, into.length - at, position + at);
      if (count === 0) {
        throw new CoterieError("STORE_IO", `${this.path} ends before ${position + into.length} bytes`, {
          details: { path: this.path, position },
        });
      }
      at += count;
    }
  }

  write(writes: readonly ContentWrite[]): void {
    for (const stretch of stretches(writes)) {
      while (stretch.length > 0) advance(stretch, writevSync(this.#fd, stretch.buffers, stretch.position));
    }
  }

  /**
   * The same, but large stretches on other threads, all asked for at once, so that none waits for a turn of the event loop
   * between. Waking a thread for each small stretch, of which a checkpoint has hundreds, costs many times what they
   * cost. The bytes must stay as they are until it resolves.
   */
  async writeOnThread(writes: readonly ContentWrite[]): Promise<void> {
    const large: Promise<void>[] = [];
    const small: Stretch[] = [];
    for (const stretch of stretches(writes)) {
      if (stretch.length <= SMALL_STRETCH_BYTES) small.push(stretch);
      else large.push(this.#writeLarge(stretch));
    }
    try {
      for (const stretch of small) {
        while (stretch.length > 0) advance(stretch, writevSync(this.#fd, stretch.buffers, stretch.position));
      }
    } finally {
      // Also when one has failed: nobody writes any more when this settles.
      await Promise.allSettled(large);
    }
    await Promise.all(large);
  }

  async #writeLarge(stretch: Stretch): Promise<void> {
    while (stretch.length > 0) advance(stretch, await this.#writev(stretch));
  }

  sync(): void {
    fdatasyncSync(this.#fd);
  }

  syncOnThread(): Promise<void> {
    return new Promise((resolve, reject) =>
      fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error))),
    );
  }

  /** Makes the file longer by writing zeros, so that later writes into it need no more space of the disk. */
  extend(fromBytes: number, toBytes: number): void {
    for (let at = fromBytes; at < toBytes; ) {
      at += writeSync(this.#fd, ZEROS, 0, Math.min(ZEROS.length, toBytes - at), at);
    }
  }

  cut(bytes: number): void {
    ftruncateSync(this.#fd, bytes);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #writev({ buffers, position }: Stretch): Promise<number> {
    return new Promise((resolve, reject) =>
      writev(this.#fd, buffers, position, (error, written) =>
        error === null ? resolve(written) : reject(error),
      ),
    );
  }
}

function* stretches(writes: readonly ContentWrite[]): Generator<Stretch> {
  let open: Stretch | undefined;
  for (const { position, bytes } of writes) {
    for (let from = 0; from < bytes.length; ) {
      const at = position + from;
      if (open === undefined || isFull(open) || open.position + open.length !== at) {
        if (open !== undefined) yield open;
        open = { position: at, length: 0, buffers: [] };
      }
      const to = Math.min(bytes.length, from + MAX_BYTES - open.length);
      open.buffers.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
      open.length += to - from;
      from = to;
    }
  }
  if (open !== undefined) yield open;
}

function isFull({ length, buffers }: Stretch): boolean {
  return length >= MAX_BYTES || buffers.length >= MAX_BUFFERS;
}

/** Takes what was written off the front: a disk that fills up takes a part. */
function advance(stretch: Stretch, written: number): void {
  stretch.position += written;
  stretch.length -= written;
  if (stretch.length === 0) return;
  let left = written;
  const buffers: Uint8Array[] = [];
  for (const buffer of stretch.buffers) {
    if (left < buffer.length) buffers.push(buffer.subarray(left));
    left = Math.max(0, left - buffer.length);
  }
  stretch.buffers = buffers;
}
