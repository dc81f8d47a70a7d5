/**
 * The donor's side of a state transfer. The state was captured at one point in time, and is read piece by piece as the joiner asks for
 * more, while the member goes on. What was sent and not confirmed is kept, a few pieces, and sent again when it is asked for again.
 */
import type { Control } from "../wire/messages.ts";

export type Chunk = Extract<Control, { kind: "chunk" }>;
export type Pull = Extract<Control, { kind: "pull" }>;
export type Crc32 = (data: Uint8Array, seed?: number) => number;

/** Bytes of a chunk, at most. */
export const CHUNK_BYTES = 64 * 1024;
/** Chunks that a joiner may ask for at once. */
export const MAX_CREDIT = 64;

/** Where the state comes from: pieces of any size, one after the other. */
export type StatePieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export class Giver {
  readonly #view: number;
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #crc32: Crc32;
  readonly #send: (chunk: Chunk) => void;
  /** Made and not confirmed; the first has the index `#first`. */
  readonly #kept: Chunk[] = [];
  #first = 0;
  #rest: Uint8Array | undefined;
  #offset = 0;
  #crc = 0;
  #isAtEnd = false;
  #isBusy = false;
  #wanted = 0;
  isDone = false;

  constructor(view: number, pieces: StatePieces, crc32: Crc32, send: (chunk: Chunk) => void) {
    this.#view = view;
    this.#crc32 = crc32;
    this.#send = send;
    this.#pieces =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  /** The joiner has the chunks before `next`, and wants so many more. Rejects when the source does. */
  async pull({ next, credit }: Pull): Promise<void> {
    while (this.#first < next && this.#kept.length > 0) {
      this.#kept.shift();
      this.#first++;
    }
    if (credit === 0) this.isDone = true;
    // Nothing before what is kept can be asked for, nor anything that is far ahead.
    if (this.isDone || next !== this.#first) return;
    for (const chunk of this.#kept.slice(0, credit)) this.#send(chunk);
    this.#wanted = next + Math.min(credit, MAX_CREDIT);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (!this.#isAtEnd && !this.isDone && this.#first + this.#kept.length < this.#wanted)
        await this.#make();
    } finally {
      this.#isBusy = false;
    }
  }

  /** Nobody wants it any more. */
  stop(): void {
    if (this.isDone && this.#kept.length === 0) return;
    this.isDone = true;
    this.#kept.length = 0;
    void Promise.resolve(this.#pieces.return?.()).catch(() => {});
  }

  async #make(): Promise<void> {
    const bytes = await this.#read();
    const { length } = bytes;
    if (this.#rest === undefined) this.#rest = await this.#piece();
    this.#isAtEnd = this.#rest === undefined;
    this.#crc = this.#crc32(bytes, this.#crc);
    const chunk: Chunk = {
      kind: "chunk",
      view: this.#view,
      index: this.#first + this.#kept.length,
      isLast: this.#isAtEnd,
      offset: this.#offset,
      crc: this.#crc,
      bytes,
    };
    this.#offset += length;
    if (this.isDone) return;
    this.#kept.push(chunk);
    this.#send(chunk);
  }

  /** The bytes of the next chunk: none for a state without bytes. */
  async #read(): Promise<Uint8Array> {
    const from = this.#rest ?? (await this.#piece());
    this.#rest = undefined;
    if (from === undefined) return new Uint8Array(0);
    if (from.length > CHUNK_BYTES) this.#rest = from.subarray(CHUNK_BYTES);
    return from.subarray(0, CHUNK_BYTES);
  }

  /** The next piece that is not empty. */
  async #piece(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#pieces.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }
}
