/**
 * What waits to leave over one pipe. Frames are written one behind the other into slabs, and the slabs leave at the end of the turn, in
 * one write if they are one. While the pipe is full they wait here. Slabs are taken from a pool that all links of
 * a mesh share, so that an idle link has none. A turn's first slab is a small one, whose frames move into one of full size when they
 * outgrow it: who sends a few bytes to each of a hundred peers needs a hundred small slabs, and writes are cut where they were anyway.
 *
 * Within a turn, full slabs leave early, up to `MAX_EARLY_BYTES`: a sender that sends until the queue is full comes to an end
 * however quick the network is, and what came in has its turn.
 */
import { assert } from "../../world/index.ts";
import { frameBytes, writeFrame } from "./frame.ts";
import type { Pipe } from "./pipe.ts";
import { MAX_MESH_MESSAGE_BYTES } from "./types.ts";

export const SLAB_BYTES = 256 * 1024;
export const SMALL_SLAB_BYTES = 16 * 1024;
/** Has room for any message. */
const LARGEST_SLAB_BYTES = frameBytes(MAX_MESH_MESSAGE_BYTES);
/** Bytes of slabs of each size that a pool keeps. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;
/** Leave before the end of a turn. */
export const MAX_EARLY_BYTES = 1024 * 1024;

export class SlabPool {
  readonly #sizes = [SMALL_SLAB_BYTES, SLAB_BYTES, LARGEST_SLAB_BYTES].map((bytes) => ({
    bytes,
    spare: [] as Uint8Array[],
  }));

  /** Of the smallest size with room for so many bytes, which are one frame's at most. */
  take(needed: number): Uint8Array {
    const size = this.#sizes.find(({ bytes }) => needed <= bytes);
    assert(size !== undefined, "a frame is no larger than the largest slab");
    return size.spare.pop() ?? new Uint8Array(size.bytes);
  }

  give(slab: Uint8Array): void {
    const size = this.#sizes.find(({ bytes }) => slab.length === bytes);
    if (size !== undefined && size.spare.length * size.bytes < MAX_SPARE_BYTES) size.spare.push(slab);
  }
}

interface FullSlab {
  readonly slab: Uint8Array;
  readonly bytes: number;
}

export class SendQueue {
  readonly #pipe: Pick<Pipe, "write" | "pendingBytes">;
  readonly #pool: SlabPool;
  readonly #full: FullSlab[] = [];
  #slab: Uint8Array | undefined;
  #at = 0;
  /** Bytes of all slabs here. */
  #queuedBytes = 0;
  #earlyBytes = 0;
  /** What the pipe keeps until it drains. */
  #lent: Uint8Array | undefined;
  #leftBytes = 0;

  constructor(pipe: Pick<Pipe, "write" | "pendingBytes">, pool: SlabPool) {
    this.#pipe = pipe;
    this.#pool = pool;
  }

  /** Bytes that have not left. */
  get pendingBytes(): number {
    return this.#queuedBytes + (this.#lent === undefined ? 0 : this.#pipe.pendingBytes);
  }

  /** Bytes that have left since there is this queue. */
  get leftBytes(): number {
    return this.#leftBytes - (this.#lent === undefined ? 0 : this.#pipe.pendingBytes);
  }

  /** Copies a message into a frame at the end of the queue. */
  add(port: number, message: Uint8Array): void {
    const bytes = frameBytes(message.length);
    let slab = this.#slab;
    if (slab === undefined || this.#at + bytes > slab.length) slab = this.#room(bytes);
    writeFrame(slab, this.#at, port, message);
    this.#at += bytes;
    this.#queuedBytes += bytes;
  }

  /** A slab with room for so many bytes more: the present one as one of full size, or the next. */
  #room(bytes: number): Uint8Array {
    const small = this.#slab;
    if (small === undefined || this.#at + bytes > SLAB_BYTES) return this.#nextSlab(bytes);
    const slab = this.#pool.take(SLAB_BYTES);
    slab.set(small.subarray(0, this.#at));
    this.#pool.give(small);
    this.#slab = slab;
    return slab;
  }

  #nextSlab(bytes: number): Uint8Array {
    this.#close();
    if (this.#lent === undefined && this.#earlyBytes < MAX_EARLY_BYTES) {
      this.#earlyBytes += this.#queuedBytes;
      this.#writeFull();
    }
    // Behind others of this turn comes no small one: it would be outgrown as well.
    const isFirst = this.#earlyBytes === 0 && this.#full.length === 0;
    this.#slab = this.#pool.take(isFirst ? bytes : Math.max(bytes, SLAB_BYTES));
    return this.#slab;
  }

  /** What is in the present slab is complete. */
  #close(): void {
    const slab = this.#slab;
    if (slab === undefined) return;
    if (this.#at > 0) this.#full.push({ slab, bytes: this.#at });
    else this.#pool.give(slab);
    this.#slab = undefined;
    this.#at = 0;
  }

  /** At the end of a turn: writes what the pipe takes. */
  flush(): void {
    this.#earlyBytes = 0;
    if (this.#lent !== undefined) return;
    this.#close();
    this.#writeFull();
  }

  /** Writes all, though the pipe be full: nothing else follows. */
  flushAll(): void {
    this.#close();
    for (const { slab, bytes } of this.#full.splice(0)) this.#pipe.write(slab.subarray(0, bytes));
    this.#queuedBytes = 0;
  }

  #writeFull(): void {
    let written = 0;
    for (const { slab, bytes } of this.#full) {
      written++;
      this.#queuedBytes -= bytes;
      this.#leftBytes += bytes;
      if (this.#pipe.write(slab.subarray(0, bytes))) this.#pool.give(slab);
      else {
        this.#lent = slab;
        break;
      }
    }
    this.#full.splice(0, written);
  }

  /** The pipe has let go of what it kept. */
  drained(): void {
    if (this.#lent !== undefined) this.#pool.give(this.#lent);
    this.#lent = undefined;
    this.flush();
  }

  /** The pipe is gone. What it kept is left to the garbage collector: nobody says when it is done with it. */
  drop(): void {
    this.#close();
    for (const { slab } of this.#full.splice(0)) this.#pool.give(slab);
    this.#queuedBytes = 0;
    this.#lent = undefined;
  }
}
