/**
 * The newest entries of the log at a replica, for those who follow it: a chain, each entry on the position of the one before it. Bounded
 * in bytes; whoever needs what is no longer here is sent the state.
 */
import { type Logged, weightOf } from "./message.ts";

export class KeptEntries {
  readonly #maxBytes: number;
  /** From `#first` on. */
  #entries: Logged[] = [];
  #first = 0;
  #bytes = 0;
  /** The position before the first that is kept, and that of the last. */
  #before: number;
  #position: number;

  constructor(maxBytes: number, position: number) {
    this.#maxBytes = maxBytes;
    this.#before = position;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  /** The entry's bytes are copied. */
  push(index: number, entry: Uint8Array): void {
    const logged = { index, entry: entry.slice() };
    this.#entries.push(logged);
    this.#position = index;
    this.#bytes += weightOf(entry);
    while (this.#bytes > this.#maxBytes) this.#drop();
  }

  #drop(): void {
    const { index, entry } = this.#entries[this.#first++] as Logged;
    this.#bytes -= weightOf(entry);
    this.#before = index;
    if (this.#first < 64 || 2 * this.#first < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** What comes next is the first to be kept: a snapshot took the place of everything before, or nobody wants it. */
  restart(position: number): void {
    if (this.#entries.length > 0) this.#entries = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#before = position;
    this.#position = position;
  }

  /** Entries after a position, the first of any size, all of them of so many bytes at most; undefined: that place is not here. */
  after(position: number, maxBytes: number, maxCount: number): readonly Logged[] | undefined {
    let at = position === this.#before ? this.#first : this.#placeAfter(position);
    if (at === undefined) return undefined;
    const found: Logged[] = [];
    for (let bytes = 0; at < this.#entries.length && found.length < maxCount; at++) {
      const logged = this.#entries[at] as Logged;
      bytes += weightOf(logged.entry);
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(logged);
    }
    return found;
  }

  #placeAfter(position: number): number | undefined {
    let [low, high] = [this.#first, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as Logged).index < position) low = middle + 1;
      else high = middle;
    }
    return this.#entries[low]?.index === position ? low + 1 : undefined;
  }
}
