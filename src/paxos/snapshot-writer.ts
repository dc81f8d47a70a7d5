/**
 * Snapshots on their way into the store, one at a time: a replica's own, or that of a leader which comes over the network. Chunks
 * of a fixed size under a generation of their own, and last the mark, which makes them what the replica begins with. A crash
 * before that leaves the snapshot of before.
 */
import type { Change } from "../world/index.ts";
import type { Crc32 } from "./entry.ts";
import { type LogStore, type Mark, SEAL_BYTES } from "./log-store.ts";
import { CHUNK_BYTES } from "./machine.ts";
import type { SnapshotMark } from "./message.ts";
import type { PrefixValue } from "./prefix.ts";

/** Cuts a state machine's pieces into chunks, some at a time. */
export class SnapshotWriter {
  readonly prefix: PrefixValue;
  readonly generation: number;
  readonly #store: LogStore;
  readonly #crc32: Crc32;
  readonly #pieces: Iterator<Uint8Array>;
  /** With room for its checksum before it. */
  #chunk = newChunk();
  #filled = 0;
  #piece = new Uint8Array(0);
  #chunks = 0;
  #bytes = 0;
  #checksum = 0;
  #isOver = false;

  /** Takes the first piece at once: the state is that of now. */
  constructor(
    store: LogStore,
    generation: number,
    prefix: PrefixValue,
    pieces: Iterable<Uint8Array>,
    crc32: Crc32,
  ) {
    this.#store = store;
    this.generation = generation;
    this.prefix = prefix;
    this.#crc32 = crc32;
    this.#pieces = pieces[Symbol.iterator]();
    this.#nextPiece();
  }

  #nextPiece(): void {
    const next = this.#pieces.next();
    this.#isOver = next.done === true;
    if (!next.done) this.#piece = next.value as Uint8Array<ArrayBuffer>;
  }

  /** Up to so many chunks more; undefined when there are none left. */
  step(most: number): Change[] | undefined {
    const changes: Change[] = [];
    while (changes.length < most && !this.#isOver) {
      const count = Math.min(this.#piece.length, CHUNK_BYTES - this.#filled);
      this.#chunk.set(this.#piece.subarray(0, count), SEAL_BYTES + this.#filled);
      this.#filled += count;
      this.#piece = this.#piece.subarray(count) as Uint8Array<ArrayBuffer>;
      if (this.#filled === CHUNK_BYTES) changes.push(this.#cut());
      if (this.#piece.length === 0) this.#nextPiece();
    }
    if (changes.length < most && this.#filled > 0) changes.push(this.#cut());
    return changes.length === 0 ? undefined : changes;
  }

  #cut(): Change {
    const isFull = this.#filled === CHUNK_BYTES;
    const value = isFull ? this.#chunk : this.#chunk.slice(0, SEAL_BYTES + this.#filled);
    if (isFull) this.#chunk = newChunk();
    this.#bytes += this.#filled;
    this.#filled = 0;
    this.#checksum = this.#crc32(value.subarray(SEAL_BYTES), this.#checksum);
    return this.#store.newChunkChange(this.generation, this.#chunks++, value);
  }

  /** Once all chunks are written. */
  get mark(): Mark {
    const { prefix, generation } = this;
    return {
      prefix,
      generation,
      given: undefined,
      bytes: this.#bytes,
      chunks: this.#chunks,
      checksum: this.#checksum,
    };
  }
}

function newChunk(): Uint8Array {
  return new Uint8Array(SEAL_BYTES + CHUNK_BYTES);
}

/** Takes a leader's chunks in their order. */
export class SnapshotReceiver {
  readonly offered: SnapshotMark;
  readonly generation: number;
  /** The chunk that is wanted next. */
  next = 0;
  readonly #store: LogStore;
  readonly #crc32: Crc32;
  #bytes = 0;
  #checksum = 0;

  constructor(store: LogStore, generation: number, offered: SnapshotMark, crc32: Crc32) {
    this.#store = store;
    this.generation = generation;
    this.offered = offered;
    this.#crc32 = crc32;
  }

  isOf(slot: number, checksum: number): boolean {
    return this.offered.prefix.slot === slot && this.offered.checksum === checksum;
  }

  /** Undefined for a chunk that is not the next one. */
  take(number: number, bytes: Uint8Array): Change | undefined {
    if (number !== this.next || number >= this.offered.chunks || bytes.length > CHUNK_BYTES) return undefined;
    this.next++;
    this.#bytes += bytes.length;
    this.#checksum = this.#crc32(bytes, this.#checksum);
    return this.#store.chunkChange(this.generation, number, bytes);
  }

  get isComplete(): boolean {
    return this.next === this.offered.chunks;
  }

  /** All chunks are here, and are what was offered. */
  get mark(): Mark | undefined {
    const { offered, generation } = this;
    const isWhole = this.isComplete && this.#bytes === offered.bytes && this.#checksum === offered.checksum;
    return isWhole ? { ...offered, generation, given: undefined } : undefined;
  }
}
