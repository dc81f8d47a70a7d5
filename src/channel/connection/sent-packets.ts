/**
 * The packets that were sent and want an acknowledgment, oldest first: a ring of records in one array of numbers, so that a packet
 * costs no object, and nothing at all while none is in flight. A record is named by an index that only grows; the packet
 * numbers in them grow too, with gaps where packets held only acknowledgments.
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

const FIRST_CAPACITY = 8;
/** Records that there can be: nothing that wants an acknowledgment is sent beyond. */
export const MAX_TRACKED_PACKETS = 65_536;

/** The fields of a record, and how many there are, rounded up to a power of two. */
const NUMBER = 0;
const SENT_AT = 1;
const BYTES = 2;
const START = 3;
const END = 4;
const FLAGS = 5;
/** For an acknowledged record: how many before it, itself included, are known to be acknowledged. */
const RUN = 6;
const FIELD_BITS = 3;

/** Shared by all rings that hold nothing: never written to. */
const noRecords: number[] = [];

export class SentPackets {
  /** Index of the oldest record, and the one that the next will have. */
  head = 0;
  tail = 0;
  private records = noRecords;
  private mask = -1;

  get isEmpty(): boolean {
    return this.head === this.tail;
  }

  get isFull(): boolean {
    return this.tail - this.head >= MAX_TRACKED_PACKETS;
  }

  /** Records a packet of `bytes`, which carries the stream from `start` to `end`. */
  push(number: number, sentAtMs: number, bytes: number, start: number, end: number, flags: number): void {
    if (this.tail - this.head > this.mask) this.grow();
    const { records } = this;
    const at = (this.tail++ & this.mask) << FIELD_BITS;
    records[at + NUMBER] = number;
    records[at + SENT_AT] = sentAtMs;
    records[at + BYTES] = bytes;
    records[at + START] = start;
    records[at + END] = end;
    records[at + FLAGS] = flags;
    records[at + RUN] = 1;
  }

  number(index: number): number {
    return this.field(index, NUMBER);
  }

  sentAtMs(index: number): number {
    return this.field(index, SENT_AT);
  }

  bytes(index: number): number {
    return this.field(index, BYTES);
  }

  start(index: number): number {
    return this.field(index, START);
  }

  end(index: number): number {
    return this.field(index, END);
  }

  flags(index: number): number {
    return this.field(index, FLAGS);
  }

  /** Nothing has to be sent anew when it is lost: it only asked for an answer. */
  isQuestion(index: number): boolean {
    return this.end(index) === 0 && this.flags(index) === 0;
  }

  setFlags(index: number, flags: number): void {
    this.records[((index & this.mask) << FIELD_BITS) + FLAGS] = flags;
  }

  private field(index: number, field: number): number {
    return this.records[((index & this.mask) << FIELD_BITS) + field] as number;
  }

  /** The first record from `index` down that is not acknowledged, past runs that are known to be. */
  skipAcknowledged(index: number): number {
    let at = index;
    while (at >= this.head && (this.flags(at) & ACKNOWLEDGED) !== 0) at -= this.field(at, RUN);
    return at;
  }

  /** All records from `index` up to `top` are acknowledged: later looks jump over them. */
  noteRun(index: number, top: number): void {
    this.records[((top & this.mask) << FIELD_BITS) + RUN] = top - index + 1;
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

  /** Forgets the oldest record, and the memory with the last one. */
  shift(): void {
    this.head++;
    if (!this.isEmpty) return;
    this.records = noRecords;
    this.mask = -1;
  }

  /** Moves the records to a ring twice as large. */
  private grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, (this.mask + 1) * 2);
    const grown = new Array<number>(capacity << FIELD_BITS).fill(0);
    for (let index = this.head; index < this.tail; index++) {
      const from = (index & this.mask) << FIELD_BITS;
      const to = (index & (capacity - 1)) << FIELD_BITS;
      for (let field = 0; field <= RUN; field++) grown[to + field] = this.records[from + field] as number;
    }
    this.records = grown;
    this.mask = capacity - 1;
  }
}
