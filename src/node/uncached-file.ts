/**
 * Reads a file past the system's cache, from the device itself: O_DIRECT of open(2), on Linux. It wants memory, position and
 * length aligned to the device's blocks. Node tells no addresses, but the memory of an array buffer stays where it is: so the
 * place in a buffer where reading works is found by trying.
 *
 * What is dirty in the cache is written to the device first. A cache of the device's own, and one of a virtual machine's
 * host, are out of reach.
 */
import { constants } from "node:fs";
import * as fs from "node:fs/promises";

const ALIGNMENT_BYTES = 4096;
const WINDOW_BYTES = 1024 * 1024;
/** Allocators give memory at multiples of this. */
const STEP_BYTES = 16;

export class UncachedFile {
  readonly #handle: fs.FileHandle;
  readonly #window: Uint8Array;
  readonly #at: number;

  private constructor(handle: fs.FileHandle, window: Uint8Array, at: number) {
    this.#handle = handle;
    this.#window = window;
    this.#at = at;
  }

  /** Undefined where files cannot be read so: on other systems, on some file systems, and for empty files. */
  static async open(path: string | Buffer): Promise<UncachedFile | undefined> {
    const handle = await openDirect(path);
    if (handle === undefined) return undefined;
    const window = new Uint8Array(WINDOW_BYTES + ALIGNMENT_BYTES);
    let at: number | undefined;
    try {
      at = await findAligned(handle, window);
    } finally {
      if (at === undefined) await handle.close();
    }
    return at === undefined ? undefined : new UncachedFile(handle, window, at);
  }

  /** Fills `buffer` from `position`; returns how many bytes there were, fewer only at the end. One at a time. */
  async read(buffer: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const from = position + done;
      const start = from - (from % ALIGNMENT_BYTES);
      const wanted = from - start + buffer.length - done;
      const length = Math.min(WINDOW_BYTES, Math.ceil(wanted / ALIGNMENT_BYTES) * ALIGNMENT_BYTES);
      const { bytesRead } = await this.#handle.read(this.#window, this.#at, length, start);
      const piece = this.#window.subarray(this.#at + (from - start), this.#at + bytesRead);
      const taken = Math.min(piece.length, buffer.length - done);
      buffer.set(piece.subarray(0, taken), done);
      done += taken;
      if (bytesRead < length) break;
    }
    return done;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function openDirect(path: string | Buffer): Promise<fs.FileHandle | undefined> {
  const { O_RDONLY, O_DIRECT } = constants;
  if (O_DIRECT === undefined) return undefined;
  try {
    return await fs.open(path, O_RDONLY | O_DIRECT);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** Where in `window` reading works; undefined when it does nowhere, or there is nothing to read. */
async function findAligned(handle: fs.FileHandle, window: Uint8Array): Promise<number | undefined> {
  for (let at = 0; at < ALIGNMENT_BYTES; at += STEP_BYTES) {
    try {
      const { bytesRead } = await handle.read(window, at, ALIGNMENT_BYTES, 0);
      return bytesRead === 0 ? undefined : at;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return undefined;
}

function isRefusal(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EINVAL" || code === "EOPNOTSUPP" || code === "ENOTSUP";
}
