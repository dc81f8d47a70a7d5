/**
 * What is to be sent: messages, kept until they are acknowledged, as one stream of bytes (each message a length of 4
 * bytes, its bytes, and padding to a multiple of 4). A packet carries a range of the stream. What packets say of ranges, that
 * they arrived or were lost, is kept here; a message is released when the peer says that it was delivered, which is more.
 */
import { writeUint32 } from "../../marshal/index.ts";
import { assert } from "../../world/index.ts";
import { RangeSet } from "./ranges.ts";

/** Messages that may wait or be unacknowledged at once. */
export const MAX_PENDING_MESSAGES = 65_536;

const LENGTH_BYTES = 4;
const FIRST_CAPACITY = 8;
const nothing = new Uint8Array(0);
/** Shared by all that hold no message: never written to. */
const noMessages: Uint8Array[] = [];
const noStarts: number[] = [];

/** What a message of `length` bytes takes of the stream. */
export function streamBytes(length: number): number {
  return LENGTH_BYTES + ((length + 3) & ~3);
}

export class Outbox {
  /** Numbers of the last message taken, and of the last one acknowledged. */
  sent = 0;
  acknowledged = 0;
  /** Bytes of messages that are not acknowledged. */
  pendingBytes = 0;
  /** Where the stream ends as yet, and up to where it was sent at least once. */
  endOffset = 0;
  nextOffset = 0;
  /** What must be sent again. */
  readonly lost = new RangeSet();
  /** What arrived: everything before an offset, and ranges beyond it. */
  private arrivedTo = 0;
  private readonly arrived = new RangeSet();
  private messages: Uint8Array[] = noMessages;
  private starts: number[] = noStarts;
  private mask = -1;
  /** The message that `nextOffset` lies in. */
  private nextMessage = 1;

  /** Whether another message may wait when `maxBytes` may. */
  hasRoom(maxBytes: number): boolean {
    return this.pendingBytes < maxBytes && this.sent - this.acknowledged < MAX_PENDING_MESSAGES;
  }

  push(message: Uint8Array): number {
    if (this.sent - this.acknowledged > this.mask) this.grow();
    const number = ++this.sent;
    this.messages[number & this.mask] = message;
    this.starts[number & this.mask] = this.endOffset;
    this.endOffset += streamBytes(message.length);
    this.pendingBytes += message.length;
    return number;
  }

  /** Writes the stream from `start` to `end`, both multiples of 4, and returns the place behind. */
  write(out: Uint8Array, at: number, start: number, end: number): number {
    let number = start === this.nextOffset ? this.nextMessage : this.find(start);
    let position = start;
    let to = at;
    while (position < end) {
      const message = this.messages[number & this.mask] as Uint8Array;
      const messageStart = this.starts[number & this.mask] as number;
      if (position === messageStart) {
        writeUint32(out, to, message.length);
        position += LENGTH_BYTES;
        to += LENGTH_BYTES;
      }
      const messageEnd = messageStart + streamBytes(message.length);
      const stop = Math.min(messageEnd, end);
      to = copyPart(out, to, message, position - messageStart - LENGTH_BYTES, stop - position);
      position = stop;
      if (stop === messageEnd) number++;
    }
    if (end > this.nextOffset) {
      this.nextOffset = end;
      this.nextMessage = number;
    }
    return to;
  }

  /** A packet with this range arrived. */
  rangeArrived(start: number, end: number): void {
    if (start > this.arrivedTo) this.arrived.add(start, end);
    else if (end > this.arrivedTo) this.advance(end);
    if (!this.lost.isEmpty) this.lost.remove(start, end);
  }

  private advance(end: number): void {
    const { arrived } = this;
    this.arrivedTo = end;
    if (arrived.isEmpty) return;
    arrived.remove(0, end);
    if (arrived.start(0) > end) return;
    this.arrivedTo = arrived.end(0);
    arrived.remove(0, this.arrivedTo);
  }

  /** A packet with this range was lost: what of it did not arrive in another one must be sent again. */
  rangeLost(start: number, end: number): void {
    this.lost.addExcept(Math.max(start, this.arrivedTo), end, this.arrived);
  }

  /** It is not lost after all. */
  rangeRevived(start: number, end: number): void {
    this.lost.remove(start, end);
  }

  /** Whether the peer can have delivered `count` messages: all of each was sent. */
  canHaveDelivered(count: number): boolean {
    return count <= this.sent && (count <= this.acknowledged || this.endOf(count) <= this.nextOffset);
  }

  /** The peer has delivered every message up to `count`, which is more than before. */
  delivered(count: number): void {
    assert(count > this.acknowledged && count <= this.sent, "what is acknowledged was sent");
    this.rangeArrived(0, this.endOf(count));
    for (let number = this.acknowledged + 1; number <= count; number++) {
      const slot = number & this.mask;
      this.pendingBytes -= (this.messages[slot] as Uint8Array).length;
      this.messages[slot] = nothing;
    }
    this.acknowledged = count;
    if (count === this.sent) this.release();
  }

  /** Lets go of everything: what is not acknowledged is lost. */
  clear(): void {
    this.lost.clear();
    this.release();
  }

  private release(): void {
    this.messages = noMessages;
    this.starts = noStarts;
    this.mask = -1;
  }

  private endOf(number: number): number {
    return number === this.sent ? this.endOffset : (this.starts[(number + 1) & this.mask] as number);
  }

  /** The unacknowledged message that `offset` lies in. */
  private find(offset: number): number {
    let low = this.acknowledged + 1;
    let high = this.sent;
    while (low < high) {
      const middle = low + ((high - low + 1) >> 1);
      if ((this.starts[middle & this.mask] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, (this.mask + 1) * 2);
    const messages = new Array<Uint8Array>(capacity).fill(nothing);
    const starts = new Array<number>(capacity).fill(0);
    for (let number = this.acknowledged + 1; number <= this.sent; number++) {
      messages[number & (capacity - 1)] = this.messages[number & this.mask] as Uint8Array;
      starts[number & (capacity - 1)] = this.starts[number & this.mask] as number;
    }
    this.messages = messages;
    this.starts = starts;
    this.mask = capacity - 1;
  }
}

/** Copies `count` bytes of the padded message from `from` on, and returns the place behind. */
function copyPart(out: Uint8Array, at: number, message: Uint8Array, from: number, count: number): number {
  const end = at + count;
  const left = message.length - from;
  if (from === 0 && left <= count) out.set(message, at);
  else if (left > 0) out.set(message.subarray(from, from + Math.min(left, count)), at);
  for (let i = at + left; i < end; i++) out[i] = 0;
  return end;
}
