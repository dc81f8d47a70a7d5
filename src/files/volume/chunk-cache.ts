/**
 * Stored content in memory. Blocks that were verified need no checksum again. The bytes of a cached chunk are not
 * changed while anybody else uses their slot; a write puts new ones in their place then.
 *
 * Bounded by bytes: a queue in order of arrival in which whatever was used since it came to the front gets a
 * second turn. The bound is kept between operations: `trim` makes room before one begins, and what that one reads
 * stays until the next, so that it may hand the content on without a copy.
 */
import type { Slot } from "./slots.ts";

export interface CachedChunk {
  readonly inode: number;
  readonly index: number;
  /** What the store holds. */
  value: Uint8Array;
  /** What is stored of the chunk, a part of the value; zeros follow up to the chunk's size. */
  content: Uint8Array;
  /** The set of the blocks whose checksums nobody has looked at: a bit each. */
  unverified: number;
  /** Where the content lies. */
  slot: Slot;
  used: boolean;
  live: boolean;
}

/** What an entry costs besides its content, so that many small files are bounded too. */
const OVERHEAD_BYTES = 256;
/** Places of forgotten chunks that the queue may keep beyond as many as there are live ones. */
const SLACK = 4096;

export class ChunkCache {
  private readonly maxBytes: number;
  private readonly files = new Map<number, Map<number, CachedChunk>>();
  private queue: CachedChunk[] = [];
  private head = 0;
  private liveChunks = 0;
  private held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Content and overhead, in bytes. */
  get bytes(): number {
    return this.held;
  }

  get(inode: number, index: number): CachedChunk | undefined {
    const chunk = this.files.get(inode)?.get(index);
    if (chunk === undefined) return undefined;
    chunk.used = true;
    return chunk;
  }

  /** `value`, with its `content`, lies in `slot`, which the cache uses from now on too. It counts as verified. */
  set(inode: number, index: number, value: Uint8Array, content: Uint8Array, slot: Slot): CachedChunk {
    slot.retain();
    let file = this.files.get(inode);
    if (file === undefined) {
      file = new Map();
      this.files.set(inode, file);
    }
    const known = file.get(index);
    if (known !== undefined) {
      this.replace(known, value, content, slot);
      return known;
    }
    const chunk = { inode, index, value, content, unverified: 0, slot, used: false, live: true };
    file.set(index, chunk);
    this.queue.push(chunk);
    this.liveChunks++;
    this.held += slot.bytes.length + OVERHEAD_BYTES;
    if (this.queue.length > 2 * this.liveChunks + SLACK) this.compact();
    return chunk;
  }

  private replace(chunk: CachedChunk, value: Uint8Array, content: Uint8Array, slot: Slot): void {
    this.held += slot.bytes.length - chunk.slot.bytes.length;
    chunk.slot.release();
    chunk.value = value;
    chunk.content = content;
    chunk.unverified = 0;
    chunk.slot = slot;
    chunk.used = true;
  }

  /** Forgets what is over the bound: to be called when nobody looks at what `get` gave. */
  trim(): void {
    while (this.held > this.maxBytes) this.evict();
  }

  /** Forgets the chunks of a file from `index` on. */
  deleteFrom(inode: number, index: number): void {
    const file = this.files.get(inode);
    if (file === undefined) return;
    for (const chunk of file.values()) if (chunk.index >= index) this.remove(chunk);
  }

  clear(): void {
    for (const file of this.files.values()) for (const chunk of file.values()) this.remove(chunk);
    this.queue = [];
    this.head = 0;
  }

  private remove(chunk: CachedChunk): void {
    this.held -= chunk.slot.bytes.length + OVERHEAD_BYTES;
    this.liveChunks--;
    chunk.live = false;
    chunk.slot.release();
    const file = this.files.get(chunk.inode);
    file?.delete(chunk.index);
    if (file?.size === 0) this.files.delete(chunk.inode);
  }

  private evict(): void {
    const chunk = this.queue[this.head++] as CachedChunk;
    if (!chunk.live) return;
    if (chunk.used) {
      chunk.used = false;
      this.queue.push(chunk);
    } else {
      this.remove(chunk);
    }
  }

  private compact(): void {
    const queue: CachedChunk[] = [];
    for (let i = this.head; i < this.queue.length; i++) {
      const chunk = this.queue[i] as CachedChunk;
      if (chunk.live) queue.push(chunk);
    }
    this.queue = queue;
    this.head = 0;
  }
}
