/**
 * Verified content in memory: what is here needs no checksum again. The bytes of a cached chunk are not changed
 * while it is here; a write puts new ones in their place.
 *
 * Bounded by bytes: a queue in order of arrival in which whatever was used since it came to the front gets a
 * second turn. The bound is kept between operations: `trim` makes room before one begins, and what that one reads
 * stays until the next, so that it may hand the content on without a copy.
 */
import type { Slot } from "./slots.ts";

interface CachedChunk {
  readonly inode: number;
  readonly index: number;
  /** What is stored of the chunk; zeros follow up to the chunk's size. */
  content: Uint8Array;
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

  get(inode: number, index: number): Uint8Array | undefined {
    const chunk = this.files.get(inode)?.get(index);
    if (chunk === undefined) return undefined;
    chunk.used = true;
    return chunk.content;
  }

  /** `content` lies in `slot`, which the cache uses from now on too. */
  set(inode: number, index: number, content: Uint8Array, slot: Slot): void {
    slot.retain();
    let file = this.files.get(inode);
    if (file === undefined) {
      file = new Map();
      this.files.set(inode, file);
    }
    const known = file.get(index);
    if (known === undefined) {
      const chunk = { inode, index, content, slot, used: false, live: true };
      file.set(index, chunk);
      this.queue.push(chunk);
      this.liveChunks++;
      this.held += slot.bytes.length + OVERHEAD_BYTES;
    } else {
      this.held += slot.bytes.length - known.slot.bytes.length;
      known.slot.release();
      known.content = content;
      known.slot = slot;
      known.used = true;
    }
    if (this.queue.length > 2 * this.liveChunks + SLACK) this.compact();
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
