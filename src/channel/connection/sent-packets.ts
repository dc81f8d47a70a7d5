/**
 * The packets that were sent and want an acknowledgment, oldest first: a ring of records in parallel arrays, so that a packet
 * costs no object. A record is named by an index that only grows; the packet numbers in them grow too, with gaps where packets
 * held only acknowledgments.
 *
 * A record stays while its packet is in flight, and for a while after it was declared lost, so that an acknowledgment that
 * comes late is recognised (the loss was spurious).
 */

/** What became of a packet, and what must be sent anew when it is lost. */
export const ACKNOWLEDGED = 1;
export const LOST = 2;
/** Declared lost by the timer, with everything else in flight, and not for what came after it. */
export const EXPIRED = 4;
export const HAS_END = 8;
export const HAS_CREDIT = 16;
export const HAS_DONE = 32;
export const IS_PATH_PROBE = 64;
export const RESOLVED = ACKNOWLEDGED | LOST;

const FIRST_CAPACITY = 16;
/** Records that there can be: nothing that wants an acknowledgment is sent beyond. */
export const MAX_TRACKED_PACKETS = 65_536;

export class SentPackets {
  /** Index of the oldest record, and the one that the next will have. */
  head = 0;
  tail = 0;
  private mask = -1;
  private numbers = new Float64Array(0);
  private sentAt = new Float64Array(0);
  private starts = new Float64Array(0);
  private ends = new Float64Array(0);
  private sizes = new Int32Array(0);
  private flagBits = new Uint8Array(0);
  /** For an acknowledged record: how many before it, itself included, are known to be acknowledged. */
  private runs = new Int32Array(0);

  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  get isFull(): boolean {
    return this.tail - this.head >= MAX_TRACKED_PACKETS;
  }

  /** Records a packet of `bytes`, which carries the stream from `start` to `end`. */
  push(number: number, sentAtMs: number, bytes: number, start: number, end: number, flags: number): void {
    if (this.tail - this.head > this.mask) this.grow();
    const slot = this.tail++ & this.mask;
    this.numbers[slot] = number;
    this.sentAt[slot] = sentAtMs;
    this.starts[slot] = start;
    this.ends[slot] = end;
    this.sizes[slot] = bytes;
    this.flagBits[slot] = flags;
    this.runs[slot] = 1;
  }

  number(index: number): number {
    return this.numbers[index & this.mask] as number;
  }

  sentAtMs(index: number): number {
    return this.sentAt[index & this.mask] as number;
  }

  bytes(index: number): number {
    return this.sizes[index & this.mask] as number;
  }

  start(index: number): number {
    return this.starts[index & this.mask] as number;
  }

  end(index: number): number {
    return this.ends[index & this.mask] as number;
  }

  flags(index: number): number {
    return this.flagBits[index & this.mask] as number;
  }

  setFlags(index: number, flags: number): void {
    this.flagBits[index & this.mask] = flags;
  }

  /** The first record from `index` down that is not acknowledged, past runs that are known to be. */
  skipAcknowledged(index: number): number {
    let at = index;
    while (at >= this.head && (this.flags(at) & ACKNOWLEDGED) !== 0)
      at -= this.runs[at & this.mask] as number;
    return at;
  }

  /** All records from `index` up to `top` are acknowledged: later looks jump over them. */
  noteRun(index: number, top: number): void {
    this.runs[top & this.mask] = top - index + 1;
  }

  /** Index of the newest record whose number is at most `number`; `head - 1` when there is none. */
  lastUpTo(number: number): number {
    let low = this.head;
    let high = this.tail;
    if (high > low && this.number(high - 1) <= number) return high - 1;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      if (this.number(middle) <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Forgets the oldest record. */
  shift(): void {
    this.head++;
  }

  /** Gives the memory back: nothing is in flight, and the connection may be idle for long. */
  release(): void {
    if (!this.isEmpty || this.mask < FIRST_CAPACITY) return;
    this.resize(0);
  }

  private grow(): void {
    this.resize(Math.max(FIRST_CAPACITY, (this.mask + 1) * 2));
  }

  private resize(capacity: number): void {
    this.numbers = this.moved(this.numbers, new Float64Array(capacity));
    this.sentAt = this.moved(this.sentAt, new Float64Array(capacity));
    this.starts = this.moved(this.starts, new Float64Array(capacity));
    this.ends = this.moved(this.ends, new Float64Array(capacity));
    this.sizes = this.moved(this.sizes, new Int32Array(capacity));
    this.flagBits = this.moved(this.flagBits, new Uint8Array(capacity));
    this.runs = this.moved(this.runs, new Int32Array(capacity));
    this.mask = capacity - 1;
  }

  private moved<Column extends Float64Array | Int32Array | Uint8Array>(from: Column, to: Column): Column {
    const mask = to.length - 1;
    for (let index = this.head; index < this.tail; index++)
      to[index & mask] = from[index & this.mask] as number;
    return to;
  }
}
