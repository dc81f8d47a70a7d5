/**
 * A run of messages that grows at its end and shrinks at both, of which many views share one array: what follows the first
 * messages is a view, not a copy. Only the view that reaches the array's end may append in place.
 */
export interface Entry {
  /** Which `put` it was, from 1: tells equal messages apart. */
  readonly id: number;
  readonly message: string;
}

/** A dead beginning of so many entries is given up at the next append. */
const COMPACT = 1024;

export class Span {
  static readonly empty = new Span([], 0, 0);

  readonly #entries: Entry[];
  readonly #from: number;
  readonly #to: number;

  private constructor(entries: Entry[], from: number, to: number) {
    this.#entries = entries;
    this.#from = from;
    this.#to = to;
  }

  get length(): number {
    return this.#to - this.#from;
  }

  at(index: number): Entry | undefined {
    return index < this.length ? this.#entries[this.#from + index] : undefined;
  }

  get last(): Entry | undefined {
    return this.length === 0 ? undefined : this.#entries[this.#to - 1];
  }

  /** The first place of the message, or -1. */
  find(message: string): number {
    for (let at = this.#from; at < this.#to; at++) {
      if (this.#entries[at]?.message === message) return at - this.#from;
    }
    return -1;
  }

  dropFirst(count: number): Span {
    return count >= this.length ? Span.empty : new Span(this.#entries, this.#from + count, this.#to);
  }

  dropLast(): Span {
    return this.length <= 1 ? Span.empty : new Span(this.#entries, this.#from, this.#to - 1);
  }

  append(entry: Entry): Span {
    const shared =
      this.#to === this.#entries.length && this.#from < COMPACT + this.length && this !== Span.empty;
    const entries = shared ? this.#entries : this.#entries.slice(this.#from, this.#to);
    const from = shared ? this.#from : 0;
    entries.push(entry);
    return new Span(entries, from, entries.length);
  }

  concat(other: Span): Span {
    if (other.length === 0) return this;
    if (this.length === 0) return other;
    const entries = [...this, ...other];
    return new Span(entries, 0, entries.length);
  }

  /** Whether all of `other` is in this; both are in the order of their ids. */
  contains(other: Span): boolean {
    if (other.length > this.length) return false;
    if (other.length === 0) return true;
    if (this.#entries === other.#entries) return this.#from <= other.#from && other.#to <= this.#to;
    let at = this.#from;
    for (const { id } of other) {
      while (at < this.#to && (this.#entries[at] as Entry).id < id) at++;
      if (at === this.#to || this.#entries[at]?.id !== id) return false;
    }
    return true;
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (let at = this.#from; at < this.#to; at++) yield this.#entries[at] as Entry;
  }
}
