/**
 * Cuts a stream into frames. It is fed chunks as they came, and pulled for frames. A frame that lies in one chunk is handed out in
 * place; one that does not is gathered in a buffer of its own, which grows with what came and not with what was
 * announced: a peer is only believed that it sends as much again as the last one took.
 */
import { readUint32 } from "../../marshal/index.ts";
import { FRAME_HEAD_BYTES, paddedBytes } from "./frame.ts";

/**
 * `frame`: one is ready, its message in `bytes` from `start` to `end`. `more`: feed the next chunk. `oversize`, `padding`: the stream
 * is of no use any more.
 */
export type FrameState = "frame" | "more" | "oversize" | "padding";

const FIRST_BUFFER_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);

export class FrameReader {
  /** The most bytes that a message may have. */
  maxMessageBytes: number;
  port = 0;
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** The chunk that was fed last, once it is used up, if nothing in it was handed out; empty if something was. */
  spent: Uint8Array = EMPTY;

  #chunk: Uint8Array = EMPTY;
  #at = 0;
  #isShared = false;
  readonly #head = new Uint8Array(FRAME_HEAD_BYTES);
  #headBytes = 0;
  #body: Uint8Array = EMPTY;
  #have = 0;
  /** What the last message that was gathered took. */
  #usualBytes = FIRST_BUFFER_BYTES;

  constructor(maxMessageBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /** The next chunk; the one before must be used up. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#isShared = false;
    this.spent = EMPTY;
  }

  /** Goes on to the next frame. Nobody writes to its bytes again. */
  next(): FrameState {
    const chunk = this.#chunk;
    const start = this.#at + FRAME_HEAD_BYTES;
    if (this.#headBytes > 0 || start > chunk.length) return this.#gather();
    const length = readUint32(chunk, start - 4);
    if (length > this.maxMessageBytes) return "oversize";
    if (start + paddedBytes(length) > chunk.length) return this.#gather();
    this.port = readUint32(chunk, start - FRAME_HEAD_BYTES);
    return this.#share(start, length);
  }

  #share(start: number, length: number): FrameState {
    this.#isShared = true;
    this.#at = start + paddedBytes(length);
    return this.#give(this.#chunk, start, length);
  }

  #give(bytes: Uint8Array, start: number, length: number): FrameState {
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
    const end = start + paddedBytes(length);
    for (let at = this.end; at < end; at++) if (bytes[at] !== 0) return "padding";
    return "frame";
  }

  #gather(): FrameState {
    const chunk = this.#chunk;
    const head = this.#head;
    while (this.#headBytes < FRAME_HEAD_BYTES && this.#at < chunk.length) {
      head[this.#headBytes++] = chunk[this.#at++] as number;
    }
    if (this.#headBytes < FRAME_HEAD_BYTES) return this.#more();
    const length = readUint32(head, 4);
    if (length > this.maxMessageBytes) return "oversize";
    const needed = paddedBytes(length);
    this.port = readUint32(head, 0);
    if (this.#have === 0 && needed <= chunk.length - this.#at) {
      this.#headBytes = 0;
      return this.#share(this.#at, length);
    }
    if (!this.#take(needed)) return this.#more();
    const body = this.#body;
    this.#body = EMPTY;
    this.#usualBytes = Math.max(needed, FIRST_BUFFER_BYTES);
    this.#have = 0;
    this.#headBytes = 0;
    return this.#give(body, 0, length);
  }

  /** False: the chunk ends before the message does. */
  #take(needed: number): boolean {
    const count = Math.min(needed - this.#have, this.#chunk.length - this.#at);
    const have = this.#have + count;
    if (have > this.#body.length) {
      const room = Math.max(have, Math.min(needed, Math.max(this.#usualBytes, 4 * this.#have)));
      const grown = new Uint8Array(room);
      grown.set(this.#body.subarray(0, this.#have));
      this.#body = grown;
    }
    this.#body.set(this.#chunk.subarray(this.#at, this.#at + count), this.#have);
    this.#at += count;
    this.#have = have;
    return have === needed;
  }

  #more(): FrameState {
    if (!this.#isShared) this.spent = this.#chunk;
    this.#chunk = EMPTY;
    this.#at = 0;
    return "more";
  }
}
