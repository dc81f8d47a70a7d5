/**
 * What comes in: the peer's stream, put in order, cut into messages and handed over. Pieces that come in order are read where
 * they lie; others wait in a ring that is as large as what waits needs, at most the window. The one message that is not whole yet
 * lies in a buffer of its own that grows with what came, so that the memory of a connection is bound by the largest message and
 * the window, and a message may be larger than the window.
 */
import { readUint32 } from "../../marshal/index.ts";
import { MAX_MESSAGE_BYTES } from "../channel.ts";
import { CHANNEL_FIRST_LIMIT } from "../gen/channel-frames.gen.ts";
import { RangeSet } from "./ranges.ts";

/** Separate ranges that may wait; a packet that would add another is not taken, and so is sent again. */
export const MAX_WAITING_RANGES = 4096;
/** The least window: what a peer may send before it was told of any. */
export const MIN_WINDOW_BYTES = CHANNEL_FIRST_LIMIT;

/** The buffer of an unfinished message at first, and how many times as large as what came it may be: each byte moves about once. */
export const FIRST_BUFFER_BYTES = 64 * 1024;
export const MAX_BUFFER_SHARE = 16;
const MIN_RING_BYTES = 4096;
const nothing = new Uint8Array(0);

/** What became of a piece: it was used, there is no room for it now, or no correct peer sends it. */
export type Verdict = "taken" | "refused" | "violation";

/** Whom messages are handed to, each a whole one, in order, for good. */
export interface Receiver {
  message(message: Uint8Array): void;
}

export class Inbox {
  /** Everything before this offset of the stream was handed over, or lies in the unfinished message. */
  base = 0;
  /** Messages handed over. */
  delivered = 0;
  /** Where the stream ends; `Infinity` until the peer has said. */
  endOffset = Number.POSITIVE_INFINITY;
  isPaused = false;
  private limit = CHANNEL_FIRST_LIMIT;
  private announced = 0;
  private highest = 0;
  private readonly windowBytes: number;
  private readonly receiver: Receiver;
  private readonly waiting = new RangeSet();
  private ring = nothing;
  /** The unfinished message, its length, how much of it is here, and how much of it and its padding is still to come. */
  private partial = nothing;
  private length = 0;
  private have = 0;
  private left = 0;
  private isTaking = false;
  private isBroken = false;

  constructor(windowBytes: number, receiver: Receiver) {
    if (!(windowBytes >= MIN_WINDOW_BYTES && windowBytes <= MAX_MESSAGE_BYTES)) {
      throw new RangeError(`a receiver's window of ${windowBytes} is not of ${MIN_WINDOW_BYTES} to 64 MiB`);
    }
    this.windowBytes = windowBytes & ~3;
    this.receiver = receiver;
  }

  /** Everything that the peer sent was handed over. */
  get isEnded(): boolean {
    return this.base === this.endOffset;
  }

  /** Bytes held: of the unfinished message, and room for what waits. */
  get heldBytes(): number {
    return this.partial.length + this.ring.length;
  }

  /** The peer does not know yet of messages handed over, or of room. */
  get hasNews(): boolean {
    return this.delivered > this.announced || this.base + this.windowBytes > this.limit;
  }

  /** The peer has used up so much of the window since it was told of room that it should be told again before it stands still. */
  get isWindowOld(): boolean {
    return this.base + this.windowBytes - this.limit >= this.windowBytes / 4;
  }

  /** The limit to tell the peer, together with `delivered`; it then holds. */
  announce(): number {
    this.announced = this.delivered;
    this.limit = this.base + this.windowBytes;
    return this.limit;
  }

  /** A piece of the stream: `length` bytes of `bytes` at `at`. */
  receive(offset: number, bytes: Uint8Array, at: number, length: number): Verdict {
    const end = offset + length;
    if (((offset | length) & 3) !== 0 || !(end <= this.limit) || end > this.endOffset) return "violation";
    if (end > this.highest) this.highest = end;
    if (end <= this.base) return "taken";
    if (offset > this.base || this.isPaused || this.isTaking) return this.keep(offset, bytes, at, length);
    this.take(bytes, at + this.base - offset, at + length);
    if (this.base < end && !this.isBroken) {
      const rest = end - this.base;
      this.keep(this.base, bytes, at + length - rest, rest);
    }
    if (!this.waiting.isEmpty) this.drain();
    return this.verdict();
  }

  /** The peer ends its stream at `offset`. */
  end(offset: number): Verdict {
    if (offset < this.highest || (this.endOffset !== Number.POSITIVE_INFINITY && offset !== this.endOffset)) {
      return "violation";
    }
    this.endOffset = offset;
    return this.verdict();
  }

  resume(): Verdict {
    this.isPaused = false;
    if (!this.isTaking) this.drain();
    return this.verdict();
  }

  /** Lets go of everything; nothing is handed over any more. */
  close(): void {
    this.isPaused = true;
    this.isBroken = true;
    this.waiting.clear();
    this.ring = nothing;
    this.partial = nothing;
  }

  private verdict(): Verdict {
    if (this.isEnded && this.left > 0) this.isBroken = true;
    return this.isBroken ? "violation" : "taken";
  }

  /** Reads the stream on from `base`, which is at `from`, until `to` or a pause. */
  private take(bytes: Uint8Array, from: number, to: number): void {
    this.isTaking = true;
    try {
      let at = from;
      while (at < to && !this.isPaused && !this.isBroken) {
        at = this.left > 0 ? this.takePart(bytes, at, to) : this.takeMessage(bytes, at, to);
      }
    } finally {
      this.isTaking = false;
    }
  }

  private takeMessage(bytes: Uint8Array, at: number, to: number): number {
    const length = readUint32(bytes, at);
    if (length > MAX_MESSAGE_BYTES) {
      this.isBroken = true;
      return at;
    }
    const padded = (length + 3) & ~3;
    const body = at + 4;
    if (padded > to - body) {
      this.base += 4;
      this.length = length;
      this.have = 0;
      this.left = padded;
      return body;
    }
    this.base += 4 + padded;
    this.delivered++;
    this.receiver.message(bytes.slice(body, body + length));
    return body + padded;
  }

  private takePart(bytes: Uint8Array, at: number, to: number): number {
    const count = Math.min(this.left, to - at);
    const useful = Math.min(count, this.length - this.have);
    this.makeRoom(this.have + useful);
    this.partial.set(bytes.subarray(at, at + useful), this.have);
    this.have += useful;
    this.left -= count;
    this.base += count;
    if (this.left === 0) this.finish();
    return at + count;
  }

  private finish(): void {
    const message = this.partial;
    this.partial = nothing;
    this.delivered++;
    this.receiver.message(message);
  }

  /** What a peer announces costs nothing: what comes does. */
  private makeRoom(bytes: number): void {
    if (bytes <= this.partial.length) return;
    const room = Math.min(this.length, Math.max(bytes, FIRST_BUFFER_BYTES, this.have * MAX_BUFFER_SHARE));
    const grown = new Uint8Array(room);
    grown.set(this.partial.subarray(0, this.have));
    this.partial = grown;
  }

  /** Keeps a piece that cannot be read yet. */
  private keep(offset: number, bytes: Uint8Array, at: number, length: number): Verdict {
    if (this.waiting.count >= MAX_WAITING_RANGES && offset > this.base) return "refused";
    const start = Math.max(offset, this.base);
    const end = offset + length;
    this.widen(end);
    const mask = this.ring.length - 1;
    const first = Math.min(end - start, this.ring.length - (start & mask));
    const source = at + start - offset;
    this.ring.set(bytes.subarray(source, source + first), start & mask);
    if (first < end - start) this.ring.set(bytes.subarray(source + first, at + length), 0);
    this.waiting.add(start, end);
    return "taken";
  }

  /** Makes the ring hold everything from `base` to `end`. */
  private widen(end: number): void {
    if (end - this.base <= this.ring.length) return;
    let capacity = Math.max(MIN_RING_BYTES, this.ring.length * 2);
    while (capacity < end - this.base) capacity *= 2;
    const wider = new Uint8Array(capacity);
    for (let index = 0; index < this.waiting.count; index++) {
      this.copyRing(wider, Math.max(this.base, this.waiting.start(index)), this.waiting.end(index));
    }
    this.ring = wider;
  }

  private copyRing(wider: Uint8Array, start: number, end: number): void {
    const mask = this.ring.length - 1;
    for (let at = start; at < end; ) {
      const count = Math.min(
        end - at,
        this.ring.length - (at & mask),
        wider.length - (at & (wider.length - 1)),
      );
      wider.set(this.ring.subarray(at & mask, (at & mask) + count), at & (wider.length - 1));
      at += count;
    }
  }

  /** Reads on with what waited. */
  private drain(): void {
    const { waiting } = this;
    while (!this.isPaused && !this.isBroken) {
      waiting.remove(0, this.base);
      if (waiting.start(0) !== this.base) break;
      const mask = this.ring.length - 1;
      const at = this.base & mask;
      this.take(this.ring, at, Math.min(at + waiting.end(0) - this.base, this.ring.length));
    }
    waiting.remove(0, this.base);
    if (waiting.isEmpty) this.ring = nothing;
  }
}
