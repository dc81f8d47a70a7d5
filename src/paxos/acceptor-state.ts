/**
 * What an acceptor must not forget: the ballot that it promised, and what it accepted. Slots from `first` to `last` each hold
 * an entry, without a gap. Up to `committed` they are chosen; up to `end` they are chosen or accepted in the
 * promised ballot; beyond lies what was accepted in older ballots.
 *
 * Changes are gathered into numbered writes, which somebody else makes durable. `durableEnd` is `end` as the disk knows it:
 * only this may be told to a leader. `storedEnd` is up to where the disk holds what memory does, which after a promise is
 * less: what somebody else has chosen counts as durable to a leader, and need not be on this disk yet.
 */
import { assert } from "../world/index.ts";

export interface HardState {
  readonly promised: number;
  readonly committed: number;
  readonly first: number;
}

/** What has to be written, all in one batch. */
export interface Write {
  readonly number: number;
  readonly hardState: HardState;
  /** Entries of the slots `from` to `to`, none when `from > to`. */
  readonly from: number;
  readonly to: number;
}

export interface AcceptorOptions {
  readonly hardState: HardState;
  readonly last: number;
  /** Reads an entry that is not in memory. */
  readonly load: (slot: number) => Uint8Array;
  /** Bytes of the newest entries that are kept in memory. */
  readonly cacheBytes: number;
}

interface Outstanding {
  readonly number: number;
  readonly promised: number;
  readonly end: number;
}

export class AcceptorState {
  promised: number;
  committed: number;
  first: number;
  last: number;
  end: number;
  durablePromised: number;
  durableEnd: number;
  storedEnd: number;
  readonly #load: (slot: number) => Uint8Array;
  readonly #cacheBytes: number;
  /** Entries from `#cachedFrom` to `last`. */
  #cached: Uint8Array[] = [];
  #cachedFrom: number;
  #cachedBytes = 0;
  #writes = 0;
  #dirtyFrom = Number.POSITIVE_INFINITY;
  #dirtyTo = 0;
  #isHardDirty = false;
  readonly #outstanding: Outstanding[] = [];

  /** Of the state that a store holds: all of it is durable. */
  constructor(
    { hardState, last, load, cacheBytes }: AcceptorOptions,
    ballotOf: (entry: Uint8Array) => number,
  ) {
    this.promised = hardState.promised;
    this.durablePromised = hardState.promised;
    this.committed = hardState.committed;
    this.first = hardState.first;
    this.last = last;
    this.#load = load;
    this.#cacheBytes = cacheBytes;
    this.#cachedFrom = last + 1;
    this.end = this.committed;
    this.#extend(ballotOf);
    this.durableEnd = this.end;
    this.storedEnd = this.end;
  }

  /** Goes over what was accepted in the promised ballot after what is chosen. */
  #extend(ballotOf: (entry: Uint8Array) => number): void {
    while (this.end < this.last && ballotOf(this.entry(this.end + 1)) === this.promised) this.end++;
  }

  promise(ballot: number): void {
    assert(ballot > this.promised, "a promise is never taken back");
    this.promised = ballot;
    this.end = this.committed;
    this.durableEnd = this.committed;
    this.storedEnd = Math.min(this.storedEnd, this.committed);
    this.#isHardDirty = true;
  }

  /** Accepts in the promised ballot the entry of the slot after `end`. */
  accept(entry: Uint8Array): void {
    const slot = ++this.end;
    assert(slot > this.committed, "what is chosen is not replaced");
    if (slot > this.last) {
      this.last = slot;
      this.#cached.push(entry);
      this.#cachedBytes += entry.length;
    } else if (slot >= this.#cachedFrom) {
      const at = slot - this.#cachedFrom;
      this.#cachedBytes += entry.length - (this.#cached[at] as Uint8Array).length;
      this.#cached[at] = entry;
    } else {
      this.#cache(slot, entry);
    }
    this.#dirtyFrom = Math.min(this.#dirtyFrom, slot);
    this.#dirtyTo = Math.max(this.#dirtyTo, slot);
  }

  /** Puts an entry into a slot that is below all cached ones: those between are read when they are wanted. */
  #cache(slot: number, entry: Uint8Array): void {
    const between = Array.from({ length: this.#cachedFrom - slot - 1 }, (_, i) => this.#load(slot + 1 + i));
    this.#cached = [entry, ...between, ...this.#cached];
    this.#cachedFrom = slot;
    for (const one of [entry, ...between]) this.#cachedBytes += one.length;
  }

  commit(slot: number): void {
    assert(slot >= this.committed && slot <= this.end, "what is chosen is here");
    this.committed = slot;
  }

  entry(slot: number): Uint8Array {
    assert(slot >= this.first && slot <= this.last, "the slot is kept");
    const at = slot - this.#cachedFrom;
    return at >= 0 ? (this.#cached[at] as Uint8Array) : this.#load(slot);
  }

  /** Entries before this slot are not kept any more. They must be chosen. */
  truncate(first: number): void {
    assert(first <= this.committed + 1, "only what is chosen goes");
    if (first <= this.first) return;
    this.first = first;
    this.#isHardDirty = true;
    this.#forget(first - this.#cachedFrom);
  }

  /** A snapshot up to `slot` took the place of all that was kept so far. */
  install(slot: number, ballotOf: (entry: Uint8Array) => number): void {
    assert(slot > this.committed, "a snapshot brings something new");
    this.first = slot + 1;
    this.committed = slot;
    if (this.last <= slot) {
      this.last = slot;
      this.#cached = [];
      this.#cachedFrom = slot + 1;
      this.#cachedBytes = 0;
    } else this.#forget(slot + 1 - this.#cachedFrom);
    this.end = Math.max(this.end, slot);
    this.durableEnd = Math.max(this.durableEnd, slot);
    if (this.end === slot) this.#extend(ballotOf);
    this.#dirtyFrom = Math.max(this.#dirtyFrom, slot + 1);
    this.#isHardDirty = true;
  }

  /** What is known is written again, with what somebody else writes beside it. */
  rewrite(): void {
    this.#isHardDirty = true;
  }

  #forget(count: number): void {
    if (count <= 0) return;
    const gone = this.#cached.splice(0, count);
    this.#cachedFrom += gone.length;
    for (const entry of gone) this.#cachedBytes -= entry.length;
  }

  get isDirty(): boolean {
    return this.#isHardDirty || this.#dirtyFrom <= this.#dirtyTo;
  }

  get hardState(): HardState {
    return { promised: this.promised, committed: this.committed, first: this.first };
  }

  /** What changed since the last call, if anything did. With it goes what is known to be chosen, which alone is not worth a write. */
  takeWrite(): Write | undefined {
    if (!this.isDirty) return undefined;
    const number = ++this.#writes;
    const from = Math.max(this.#dirtyFrom, this.first);
    const write = { number, hardState: this.hardState, from, to: this.#dirtyTo };
    this.#outstanding.push({ number, promised: this.promised, end: this.end });
    this.#dirtyFrom = Number.POSITIVE_INFINITY;
    this.#dirtyTo = 0;
    this.#isHardDirty = false;
    return write;
  }

  /** The write of this number, and all before it, are durable. */
  durable(number: number): void {
    const { length } = this.#outstanding;
    let count = 0;
    while (count < length && (this.#outstanding[count] as Outstanding).number <= number) count++;
    if (count === 0) return;
    const { promised, end } = this.#outstanding[count - 1] as Outstanding;
    this.#outstanding.splice(0, count);
    this.durablePromised = promised;
    if (promised === this.promised) {
      this.durableEnd = Math.max(this.durableEnd, end);
      this.storedEnd = Math.max(this.storedEnd, end);
    }
    this.#trim();
  }

  /** Lets go of cached entries beyond the bound, the oldest first; never of those that may not be in the store yet. */
  #trim(): void {
    let count = 0;
    let bytes = this.#cachedBytes;
    // What was chosen in an older ballot counts as durable in this one, and may be in no write yet.
    const most = Math.min(this.durableEnd, this.committed, this.storedEnd) - this.#cachedFrom + 1;
    while (bytes > this.#cacheBytes && count < most) bytes -= (this.#cached[count++] as Uint8Array).length;
    // A quarter at a time, or every write would move all that stay.
    if (count * 4 >= this.#cached.length) this.#forget(count);
  }
}
