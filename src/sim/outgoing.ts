/**
 * What one end of a simulated stream has written and its peer has not read: some of it is under way or unread, up to a window; what is
 * beyond that waits here, by reference.
 */
import type { Prng } from "./prng.ts";

/** Bytes under way or unread in one direction. */
export const WINDOW_BYTES = 256 * 1024;
const SEGMENT_BYTES = 64 * 1024;
/** How often a segment is cut at a random place, so that no reader comes to rely on where writes begin. */
const CUT_CHANCE = 1 / 8;

export class Outgoing {
  /** Bytes that wait. */
  pendingBytes = 0;
  #waiting: Uint8Array[] = [];
  /** Sent and not yet read by the peer. */
  #unreadBytes = 0;

  write(data: Uint8Array): void {
    this.#waiting.push(data);
    this.pendingBytes += data.length;
  }

  /** Something waits, and the window lets it through. */
  get maySend(): boolean {
    return this.pendingBytes > 0 && this.#unreadBytes < WINDOW_BYTES;
  }

  /** The next bytes to send, copied: from here on the writer may do with its buffer what it likes. */
  takeSegment(random: Prng): Uint8Array {
    const first = this.#waiting[0] as Uint8Array;
    let length = Math.min(first.length, SEGMENT_BYTES, WINDOW_BYTES - this.#unreadBytes);
    if (length > 1 && random.chance(CUT_CHANCE)) length = 1 + random.below(length - 1);
    const bytes = first.slice(0, length);
    if (length === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(length);
    this.pendingBytes -= length;
    this.#unreadBytes += length;
    return bytes;
  }

  /** The peer has read so much, and this end has heard of it. */
  read(bytes: number): void {
    this.#unreadBytes -= bytes;
  }

  /** Nothing is sent any more. */
  clear(): void {
    this.#waiting = [];
    this.pendingBytes = 0;
  }
}
