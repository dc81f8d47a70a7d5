/**
 * Unstable writes: content that clients see and that is not in the store yet, gathered per chunk, so that many
 * small writes become one. A chunk's slot has the layout of its value in the store: writing it out copies
 * nothing.
 */
import type { Inode } from "./inode.ts";
import type { Slot, SlotPool } from "./slots.ts";

const GRAIN_BYTES = 4096;

export class DirtyChunk {
  readonly index: number;
  private readonly pool: SlotPool;
  private readonly headBytes: number;
  /** Room for the value's head, and the content. */
  private slot: Slot;
  /** Bytes of content; zeros follow up to the chunk's size. What the slot holds after them is anything. */
  length: number;
  /** True when the store holds nothing under the chunk's key. */
  fresh: boolean;

  constructor(
    pool: SlotPool,
    headBytes: number,
    index: number,
    capacity: number,
    fresh: boolean,
    stored: Uint8Array | undefined,
  ) {
    this.pool = pool;
    this.headBytes = headBytes;
    this.index = index;
    this.fresh = fresh;
    this.length = stored === undefined ? 0 : stored.length;
    this.slot = pool.take(headBytes + Math.max(capacity, this.length));
    if (stored !== undefined) this.slot.bytes.set(stored, headBytes);
  }

  /** Memory that it takes, in bytes. */
  get capacity(): number {
    return this.slot.bytes.length;
  }

  /** Puts `data` at `at` bytes into the chunk, which is of `chunkBytes` at most. */
  write(at: number, data: Uint8Array, chunkBytes: number): void {
    const end = at + data.length;
    if (this.headBytes + end > this.capacity) this.grow(end, chunkBytes);
    const { headBytes } = this;
    const { bytes } = this.slot;
    if (at > this.length) bytes.fill(0, headBytes + this.length, headBytes + at);
    bytes.set(data, headBytes + at);
    if (end > this.length) this.length = end;
  }

  private grow(end: number, chunkBytes: number): void {
    const capacity = Math.min(chunkBytes, Math.max(2 * this.capacity, roundUp(end)));
    const before = this.slot;
    this.slot = this.copy(this.headBytes + capacity);
    before.release();
  }

  private copy(bytes: number): Slot {
    const slot = this.pool.take(bytes);
    slot.bytes.set(this.slot.bytes.subarray(0, this.headBytes + this.length));
    return slot;
  }

  /** Forgets the content from `length` on. */
  cut(length: number): void {
    if (length < this.length) this.length = length;
  }

  /** The content, which further writes change. */
  content(): Uint8Array {
    return this.slot.bytes.subarray(this.headBytes, this.headBytes + this.length);
  }

  /** A slot to seal and store, which the caller uses: a copy when that saves at least half of the memory. */
  toStore(): Slot {
    const bytes = this.headBytes + this.length;
    return bytes * 2 <= this.capacity ? this.copy(bytes) : this.slot.retain();
  }

  /** Lets go of its memory, and must not be used again. */
  release(): void {
    this.slot.release();
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

  /** Takes a chunk out and lets go of its memory; returns the bytes that it took. */
  delete(chunk: DirtyChunk): number {
    const { capacity } = chunk;
    this.chunks.delete(chunk.index);
    this.bytes -= capacity;
    if (chunk.fresh) this.freshChunks--;
    chunk.release();
    return capacity;
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
