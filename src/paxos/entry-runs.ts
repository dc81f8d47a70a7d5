/**
 * A log's entries in its store. Those that are written together lie together, as a run under one key: the store does for a run what it
 * does for a value, and most runs are read, if ever, from one end to the other. A run's key names the slots at which it begins and ends,
 * and its bytes, so that what all of them take is known without a look at any.
 *
 * What is written over older entries takes away the runs that begin where it does or after it, and writes their other entries
 * again. A run that begins before keeps what is hidden by it then: in a slot is what the last run has that begins there or before.
 */
import { type Change, type Entry, Fifo, type Range } from "../world/index.ts";
import { ENTRY_HEAD_BYTES, entryBytesAt } from "./entry.ts";

/** A run of several entries has no more bytes than this. */
export const RUN_BYTES = 64 * 1024;
/** A read that shows damage is tried so often: it may be the read that was damaged. */
export const READ_TRIES = 3;

/** What runs need of the store of their log. */
export interface RunStore {
  get(key: Uint8Array): Uint8Array | undefined;
  range(range: Range): Iterable<Entry>;
  key(...numbers: readonly number[]): Uint8Array;
  numbersOf(key: Uint8Array): readonly number[];
  /** The keys of all runs. */
  readonly keys: Range;
  /** Whether these bytes are the entry of a slot. */
  isIntact(bytes: Uint8Array, slot: number): boolean;
}

interface Run {
  readonly first: number;
  readonly last: number;
  /** 0 in stores of before, whose keys name only the slots: one of a single entry the one. */
  readonly bytes: number;
}

export class EntryRuns {
  readonly #store: RunStore;
  /** By their first slots, ascending. */
  readonly #runs = new Fifo<Run>();
  /** What was read last. */
  #read: { readonly run: Run; readonly entries: readonly Uint8Array[] } | undefined;

  constructor(store: RunStore) {
    this.#store = store;
    for (const { key } of store.range({ ...store.keys, keysOnly: true })) {
      const [first = 0, last = first, bytes = 0] = store.numbersOf(key);
      this.#runs.push({ first, last, bytes });
    }
  }

  /** The highest slot with an entry, 0 for none. */
  get last(): number {
    return this.#runs.last()?.last ?? 0;
  }

  /** Changes that write the entries of these slots; what is there beyond them is asked for, too, where they take its place. */
  write(from: number, to: number, entry: (slot: number) => Uint8Array): Change[] {
    if (from > to) return [];
    const changes: Change[] = [];
    const until = Math.max(to, this.last);
    for (let run = this.#runs.last(); run !== undefined && run.first >= from; run = this.#runs.last()) {
      this.#runs.splice(this.#runs.length - 1, 1);
      changes.push({ key: this.#keyOf(run), value: undefined });
    }
    for (let slot = from; slot <= until; slot = this.last + 1) changes.push(this.#put(slot, until, entry));
    return changes;
  }

  /** A run of entries from a slot on, as many as it takes. */
  #put(first: number, until: number, entry: (slot: number) => Uint8Array): Change {
    const entries = [entry(first)];
    let bytes = (entries[0] as Uint8Array).length;
    for (let slot = first + 1; slot <= until; slot++) {
      const next = entry(slot);
      if (bytes + next.length > RUN_BYTES) break;
      bytes += next.length;
      entries.push(next);
    }
    const run = { first, last: first + entries.length - 1, bytes };
    this.#runs.push(run);
    return { key: this.#keyOf(run), value: joined(entries, bytes) };
  }

  #keyOf({ first, last, bytes }: Run): Uint8Array {
    if (bytes > 0) return this.#store.key(first, last, bytes);
    return first === last ? this.#store.key(first) : this.#store.key(first, last);
  }

  /** The first slot of the runs that take no more than so many bytes together, the last of which has this slot. */
  firstWithin(slot: number, bytes: number): number {
    let left = bytes;
    let first = slot + 1;
    for (let at = this.#countTo(slot) - 1; at >= 0; at--) {
      const run = this.#runs.at(at);
      left -= run.bytes;
      if (left < 0) break;
      first = run.first;
    }
    return first;
  }

  /** Changes that remove runs, so many at most, of which no entry is in this slot or after it. */
  truncate(first: number, most: number): Change[] {
    const changes: Change[] = [];
    for (let run = this.#runs.peek(); run !== undefined && changes.length < most; run = this.#runs.peek()) {
      if (run.last >= first) break;
      this.#runs.shift();
      changes.push({ key: this.#keyOf(run), value: undefined });
    }
    return changes;
  }

  /** What is in a slot; undefined when that is damaged, or missing. */
  load(slot: number): Uint8Array | undefined {
    const run = this.#runOf(slot);
    if (run === undefined) return undefined;
    for (let tries = 0; tries < READ_TRIES; tries++) {
      this.#read = this.#read?.run === run ? this.#read : { run, entries: this.#entriesOf(run) };
      const entry = this.#read.entries[slot - run.first];
      if (entry !== undefined && this.#store.isIntact(entry, slot)) return entry;
      this.#read = undefined;
    }
    return undefined;
  }

  /** The last one that begins at a slot or before it. */
  #runOf(slot: number): Run | undefined {
    const count = this.#countTo(slot);
    return count === 0 ? undefined : this.#runs.at(count - 1);
  }

  /** How many runs begin at a slot or before it. */
  #countTo(slot: number): number {
    let [low, high] = [0, this.#runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs.at(middle).first <= slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #entriesOf(run: Run): Uint8Array[] {
    const bytes = this.#store.get(this.#keyOf(run)) ?? NOTHING;
    const entries: Uint8Array[] = [];
    for (let at = 0; at + ENTRY_HEAD_BYTES <= bytes.length; ) {
      const end = at + entryBytesAt(bytes, at);
      entries.push(bytes.subarray(at, end));
      at = end;
    }
    return entries;
  }
}

const NOTHING = new Uint8Array(0);

function joined(entries: readonly Uint8Array[], bytes: number): Uint8Array {
  if (entries.length === 1) return entries[0] as Uint8Array;
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const entry of entries) {
    all.set(entry, at);
    at += entry.length;
  }
  return all;
}
