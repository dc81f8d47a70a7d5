/**
 * Record marking (RFC 5531 section 11): how messages are told apart in a byte stream. A record is one or more
 * fragments, each behind four bytes that hold its length and, in the highest bit, whether it is the last.
 *
 * The reader is fed chunks as the network cut them and pulled for records, so its owner can stop between two
 * records and go on later. A record that lies in one chunk as one fragment is handed out in place, without a copy.
 * What a peer announces costs no memory: a buffer grows with what arrived.
 */

/** The highest bit of a fragment's header: it is the record's last. */
export const LAST_FRAGMENT = 0x8000_0000;
/** Fragments that one record may have, empty ones included. */
export const MAX_FRAGMENTS = 4096;

/** Bytes of a refused record that are kept: xid and message type, which is what an answer needs. */
const HEAD_BYTES = 8;
const FIRST_BUFFER_BYTES = 64 * 1024;

/**
 * `record`: one is ready in `bytes` from `start` to `end`. `more`: feed the next chunk. `oversize`: a record is over
 * the bound, and its first bytes are in `bytes` from `start` to `end`. `fragments`: it has too many fragments. After
 * the last two the stream is of no use any more.
 */
export type RecordState = "record" | "more" | "oversize" | "fragments";

const empty = new Uint8Array(0);

export class RecordReader {
  bytes: Uint8Array = empty;
  start = 0;
  end = 0;
  private readonly maxRecordBytes: number;
  private chunk: Uint8Array = empty;
  /** Whether a record was handed out that lies in the chunk. */
  private isShared = false;
  private at = 0;
  private partial: Uint8Array = empty;
  /** The buffer of the last record, if it did not lie in one chunk. */
  private gathered: Uint8Array = empty;
  private have = 0;
  private header = 0;
  private headerBytes = 0;
  private inFragment = false;
  private fragmentLeft = 0;
  private last = false;
  private fragments = 0;
  private failed: RecordState | undefined;

  constructor(maxRecordBytes: number) {
    if (maxRecordBytes < HEAD_BYTES || maxRecordBytes >= LAST_FRAGMENT) {
      throw new RangeError(`maxRecordBytes ${maxRecordBytes} is not of ${HEAD_BYTES} to 2^31 - 1`);
    }
    this.maxRecordBytes = maxRecordBytes;
  }

  /**
   * The chunk that was fed last, once it is used up (`next` said `more`), if it was copied and no record lies in it;
   * empty if not. Nobody needs its bytes any more.
   */
  spent: Uint8Array = empty;
  /** What the last record that was gathered took: whoever sent one of that size is believed to send another. */
  private usualBytes = 0;

  /** The next chunk of the stream; the one before must be used up (`next` said `more`). */
  feed(chunk: Uint8Array): void {
    this.chunk = chunk;
    this.at = 0;
    this.isShared = false;
    this.spent = empty;
  }

  /** Goes on to the next record. Its bytes are not written to again unless `recycle` says that they may be. */
  next(): RecordState {
    const { chunk, at } = this;
    if (this.fragments === 0 && this.headerBytes === 0 && chunk.length - at >= 4) {
      const length =
        (((chunk[at] as number) & 0x7f) << 24) |
        ((chunk[at + 1] as number) << 16) |
        ((chunk[at + 2] as number) << 8) |
        (chunk[at + 3] as number);
      const end = at + 4 + length;
      if ((chunk[at] as number) >= 0x80 && end <= chunk.length && length <= this.maxRecordBytes) {
        this.isShared = true;
        this.bytes = chunk;
        this.start = at + 4;
        this.end = end;
        this.at = end;
        return "record";
      }
    }
    return this.gather();
  }

  private gather(): RecordState {
    for (;;) {
      if (this.failed !== undefined) return this.fail();
      if (!this.inFragment && !this.readHeader()) return this.more();
      if (this.failed === undefined) {
        this.take(Math.min(this.fragmentLeft, this.chunk.length - this.at));
        if (this.fragmentLeft > 0) return this.more();
        this.inFragment = false;
        if (this.last) return this.complete();
      }
    }
  }

  /** Nobody needs the last record's bytes any more: if they were gathered here, their buffer serves again. */
  recycle(): void {
    if (this.gathered === this.bytes && this.partial === empty) this.partial = this.gathered;
    this.gathered = empty;
  }

  /** Gives back the buffer that waits for the next record. */
  trim(): void {
    if (this.have > 0) return;
    this.partial = empty;
    this.usualBytes = 0;
  }

  private more(): RecordState {
    if (!this.isShared) this.spent = this.chunk;
    this.chunk = empty;
    this.at = 0;
    return "more";
  }

  /** False: the chunk ends inside the header. */
  private readHeader(): boolean {
    while (this.headerBytes < 4) {
      if (this.at === this.chunk.length) return false;
      this.header = (this.header * 256 + (this.chunk[this.at++] as number)) >>> 0;
      this.headerBytes++;
    }
    this.last = this.header >= LAST_FRAGMENT;
    this.fragmentLeft = this.header & 0x7fff_ffff;
    this.header = 0;
    this.headerBytes = 0;
    this.inFragment = true;
    if (++this.fragments > MAX_FRAGMENTS) this.failed = "fragments";
    else if (this.have + this.fragmentLeft > this.maxRecordBytes) this.failed = "oversize";
    return true;
  }

  private take(count: number): void {
    if (count === 0) return;
    const needed = this.have + count;
    if (needed > this.partial.length) this.grow(needed);
    this.partial.set(this.chunk.subarray(this.at, this.at + count), this.have);
    this.have = needed;
    this.at += count;
    this.fragmentLeft -= count;
  }

  private grow(needed: number): void {
    const announced = this.have + this.fragmentLeft;
    const likely = Math.max(FIRST_BUFFER_BYTES, this.have * 4, this.usualBytes);
    const room = Math.max(needed, Math.min(announced, likely));
    const grown = new Uint8Array(room);
    grown.set(this.partial.subarray(0, this.have));
    this.partial = grown;
  }

  private complete(): RecordState {
    this.bytes = this.partial;
    this.gathered = this.partial;
    this.start = 0;
    this.end = this.have;
    this.partial = empty;
    this.usualBytes = this.have;
    this.have = 0;
    this.fragments = 0;
    return "record";
  }

  private fail(): RecordState {
    if (this.failed === "oversize" && this.have < HEAD_BYTES) {
      this.take(Math.min(HEAD_BYTES - this.have, this.fragmentLeft, this.chunk.length - this.at));
      if (this.have < HEAD_BYTES && this.fragmentLeft > 0) return this.more();
    }
    this.bytes = this.partial;
    this.start = 0;
    this.end = this.have;
    this.chunk = empty;
    this.at = 0;
    return this.failed as RecordState;
  }
}
