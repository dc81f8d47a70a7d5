/**
 * A branch as of an era, or as it is. Each key has a history: the eras in which it got its values. The newest one that is not
 * newer than what is read counts; the value lies under that era's key. So a read is two lookups, however many snapshots there are.
 *
 * A key of the trunk without a history has its value where it always had it, and so is era 0 of one that has. In a clone such a key, and one
 * whose versions are all too new, is as in the snapshot that the clone was made of.
 */
import { compareKeys, type Entry, type Range } from "../../world/index.ts";
import {
  endOf,
  HISTORY_HEAD_BYTES,
  historyKey,
  LAYERS_PREFIX,
  OWN_HEAD_BYTES,
  OWN_PREFIX,
  ownKey,
  Part,
  startOf,
  versionKey,
} from "./keys.ts";
import { eraOf, isRemoval, type LayerRecords, type Version } from "./records.ts";
import { type Source, TRUNK } from "./table.ts";

const NOTHING = new Uint8Array(0);
/** The end of what a user's keys can be. */
const AFTER_LAYERS = Uint8Array.of(LAYERS_PREFIX + 1);
const LAYERS = Uint8Array.of(LAYERS_PREFIX);
const OWN = Uint8Array.of(OWN_PREFIX);
const AFTER_OWN = Uint8Array.of(OWN_PREFIX + 1);

export class Reading {
  readonly branch: number;
  /** What a clone was made of. */
  readonly base: Reading | undefined;
  readonly #source: Source;
  readonly #records: LayerRecords;
  readonly #isPlain: () => boolean;
  /** The number of the snapshot that is read; undefined for the branch as it is. */
  readonly snapshot: number | undefined;

  constructor(
    source: Source,
    records: LayerRecords,
    isPlain: () => boolean,
    branch: number,
    snapshot: number | undefined,
    base: Reading | undefined,
  ) {
    this.#source = source;
    this.#records = records;
    this.#isPlain = isPlain;
    this.branch = branch;
    this.snapshot = snapshot;
    this.base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = this.locate(key);
    return at && this.#source.get(at);
  }

  /** Where the value of a key lies, if there is one; undefined only when there is none. */
  locate(key: Uint8Array): Uint8Array | undefined {
    if (this.#isPlain()) return key;
    if (key[0] === OWN_PREFIX) return this.own(key);
    const versions = this.history(key);
    if (versions === undefined) return this.base === undefined ? key : this.base.locate(key);
    const version = this.#seen(versions);
    if (version === undefined) return this.base?.locate(key);
    return isRemoval(version) ? undefined : this.place(eraOf(version), key);
  }

  history(key: Uint8Array): Version[] | undefined {
    const at = historyKey(this.branch, key);
    const value = this.#source.get(at);
    return value && this.#records.history(at, value);
  }

  place(era: number, key: Uint8Array): Uint8Array {
    return era === 0 ? key : versionKey(this.branch, era, key);
  }

  /** Where a record lies that no snapshot has. */
  own(key: Uint8Array): Uint8Array | undefined {
    if (this.snapshot !== undefined) return undefined;
    return this.branch === TRUNK ? key : ownKey(this.branch, key);
  }

  *range(range: Range): Generator<Entry> {
    const { limit = Number.POSITIVE_INFINITY, keysOnly = false } = range;
    if (limit <= 0) return;
    let left = limit;
    for (const entry of this.#entries(range)) {
      yield keysOnly && entry.value.length > 0 ? { key: entry.key, value: NOTHING } : entry;
      if (--left === 0) return;
    }
  }

  *#entries(range: Range): Generator<Entry> {
    const parts: (readonly [Range | undefined, (part: Range) => Iterable<Entry>])[] = [
      [within(range, undefined, LAYERS), (part) => this.#versioned(part)],
      [within(range, AFTER_LAYERS, OWN), (part) => this.#versioned(part)],
      [within(range, OWN, AFTER_OWN), (part) => this.#owned(part)],
      [within(range, AFTER_OWN, undefined), (part) => this.#versioned(part)],
    ];
    for (const [part, entries] of range.reverse ? parts.reverse() : parts) {
      if (part !== undefined) yield* entries(part);
    }
  }

  #versioned(range: Range): Iterable<Entry> {
    if (this.#isPlain()) return this.#source.range(range);
    const below = this.base === undefined ? this.#source.range(range) : this.base.range(range);
    return this.#merged(below, this.#histories(range), range);
  }

  *#owned(range: Range): Generator<Entry> {
    if (this.snapshot !== undefined) return;
    if (this.branch === TRUNK) {
      yield* this.#source.range(range);
      return;
    }
    const { from, to } = range;
    const own = {
      ...range,
      from: from === undefined ? startOf(Part.own, this.branch) : ownKey(this.branch, from),
      to: to === undefined ? endOf(Part.own, this.branch) : ownKey(this.branch, to),
    };
    for (const { key, value } of this.#source.range(own)) yield { key: key.subarray(OWN_HEAD_BYTES), value };
  }

  #histories({ from, to, reverse = false }: Range): Iterable<Entry> {
    return this.#source.range({
      from: from === undefined ? startOf(Part.history, this.branch) : historyKey(this.branch, from),
      to: to === undefined ? endOf(Part.history, this.branch) : historyKey(this.branch, to),
      reverse,
    });
  }

  /** What lies below, with what the histories say over it. */
  *#merged(
    below: Iterable<Entry>,
    histories: Iterable<Entry>,
    { reverse, keysOnly }: Range,
  ): Generator<Entry> {
    const direction = reverse ? -1 : 1;
    const low = below[Symbol.iterator]();
    const high = histories[Symbol.iterator]();
    try {
      let under = low.next();
      let over = high.next();
      while (!over.done) {
        const key = over.value.key.subarray(HISTORY_HEAD_BYTES);
        const order = under.done ? 1 : direction * compareKeys(under.value.key, key);
        if (order < 0) {
          yield under.value as Entry;
          under = low.next();
          continue;
        }
        const version = this.#seen(this.#records.history(over.value.key, over.value.value));
        const isBelow =
          version === undefined ? this.base !== undefined : eraOf(version) === 0 && !isRemoval(version);
        if (isBelow) {
          if (order === 0) yield under.value as Entry;
        } else if (version !== undefined && !isRemoval(version)) {
          yield { key, value: keysOnly ? NOTHING : this.#stored(eraOf(version), key) };
        }
        if (order === 0) under = low.next();
        over = high.next();
      }
      for (; !under.done; under = low.next()) yield under.value;
    } finally {
      low.return?.();
      high.return?.();
    }
  }

  /** A version whose value is missing is as one that was never there: whoever reads it sees a gap, as where a plain store lost it. */
  #stored(era: number, key: Uint8Array): Uint8Array {
    return this.#source.get(this.place(era, key)) ?? NOTHING;
  }

  #seen(versions: readonly Version[]): Version | undefined {
    const snapshot = this.snapshot;
    return snapshot === undefined ? versions[0] : versions.find((version) => eraOf(version) <= snapshot);
  }
}

/** The part of a range from `from` to `to`; undefined when there is none. */
function within(range: Range, from: Uint8Array | undefined, to: Uint8Array | undefined): Range | undefined {
  const start = later(range.from, from);
  const end = earlier(range.to, to);
  if (start !== undefined && end !== undefined && compareKeys(start, end) >= 0) return undefined;
  return {
    ...(start === undefined ? {} : { from: start }),
    ...(end === undefined ? {} : { to: end }),
    reverse: range.reverse ?? false,
    keysOnly: range.keysOnly ?? false,
  };
}

function later(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) >= 0 ? a : b;
}

function earlier(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) <= 0 ? a : b;
}
