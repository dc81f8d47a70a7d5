/**
 * Unstable writes: content that clients see and that is not in the store yet, gathered per chunk, so that many
 * small writes become one. A chunk's buffer has the layout of its value in the store: writing it out copies
 * nothing.
 */
import type { Inode } from "./inode.ts";
import { CHECKSUM_BYTES, CHUNK_HEAD_BYTES } from "./records.ts";

const GRAIN_BYTES = 4096;
const EXTRA_BYTES = CHUNK_HEAD_BYTES + CHECKSUM_BYTES;

export class DirtyChunk {
  readonly index: number;
  /** Head, content, and room for the checksum. */
  private value: Uint8Array;
  /** Bytes of content; zeros follow up to the chunk's size. What the buffer holds after them is anything. */
  length: number;
  /** True when the store holds nothing under the chunk's key. */
  fresh: boolean;

  constructor(index: number, capacity: number, fresh: boolean, stored: Uint8Array | undefined) {
    this.index = index;
    this.fresh = fresh;
    this.length = stored === undefined ? 0 : stored.length;
    this.value = new Uint8Array(Math.max(capacity, this.length) + EXTRA_BYTES);
    if (stored !== undefined) this.value.set(stored, CHUNK_HEAD_BYTES);
  }

  /** Memory that it takes, in bytes. */
  get capacity(): number {
    return this.value.length;
  }

  /** Puts `data` at `at` bytes into the chunk, which is of `chunkBytes` at most. */
  write(at: number, data: Uint8Array, chunkBytes: number): void {
    const end = at + data.length;
    if (end + EXTRA_BYTES > this.value.length) this.grow(end, chunkBytes);
    if (at > this.length) this.value.fill(0, CHUNK_HEAD_BYTES + this.length, CHUNK_HEAD_BYTES + at);
    this.value.set(data, CHUNK_HEAD_BYTES + at);
    if (end > this.length) this.length = end;
  }

  private grow(end: number, chunkBytes: number): void {
    const capacity = Math.min(chunkBytes, Math.max(2 * this.value.length, roundUp(end)));
    const grown = new Uint8Array(capacity + EXTRA_BYTES);
    grown.set(this.value.subarray(0, CHUNK_HEAD_BYTES + this.length));
    this.value = grown;
  }

  /** Forgets the content from `length` on. */
  cut(length: number): void {
    if (length < this.length) this.length = length;
  }

  /** The content, which further writes change. */
  content(): Uint8Array {
    return this.value.subarray(CHUNK_HEAD_BYTES, CHUNK_HEAD_BYTES + this.length);
  }

  /** The value to seal and store: a copy when that saves at least half of the memory. */
  toValue(): Uint8Array {
    const length = this.length + EXTRA_BYTES;
    return length * 2 <= this.value.length ? this.value.slice(0, length) : this.value.subarray(0, length);
  }
}

/** How much room to begin with for content up to `end`. */
export function roundUp(end: number): number {
  return Math.ceil(end / GRAIN_BYTES) * GRAIN_BYTES;
}

export class DirtyFile {
  readonly inode: Inode;
  readonly chunks = new Map<number, DirtyChunk>();
  /** When the first of its writes came, by the monotonic clock. */
  readonly sinceMs: number;
  /** How many of the chunks are `fresh`. */
  freshChunks = 0;
  bytes = 0;

  constructor(inode: Inode, sinceMs: number) {
    this.inode = inode;
    this.sinceMs = sinceMs;
  }

  add(chunk: DirtyChunk): void {
    this.chunks.set(chunk.index, chunk);
    this.bytes += chunk.capacity;
    if (chunk.fresh) this.freshChunks++;
  }

  /** Takes a chunk out; returns the bytes of memory that it took. */
  delete(chunk: DirtyChunk): number {
    this.chunks.delete(chunk.index);
    this.bytes -= chunk.capacity;
    if (chunk.fresh) this.freshChunks--;
    return chunk.capacity;
  }

  /** The store no longer holds, or now holds, something under the chunk's key. */
  markFresh(chunk: DirtyChunk, fresh: boolean): void {
    if (chunk.fresh === fresh) return;
    chunk.fresh = fresh;
    this.freshChunks += fresh ? 1 : -1;
  }

  /** Where its last content ends in the file. */
  end(chunkBytes: number): number {
    let end = 0;
    for (const chunk of this.chunks.values()) end = Math.max(end, chunk.index * chunkBytes + chunk.length);
    return end;
  }
}
