/**
 * What was committed to a store's database at one moment: a read transaction of lmdb, and the blocks of the content file that its
 * pointers name, which are neither used again nor written over until it is closed. lmdb keeps its pages in the same way.
 */
import type { Transaction } from "lmdb";
import type { Entry, Range } from "../world/index.ts";
import type { LargeValues } from "./store-large-values.ts";
import { type Lmdb, rangeOptions, readTransaction, valueIn } from "./store-lmdb.ts";
import { MARK_KEY } from "./store-mark.ts";
import { isMarked } from "./store-value.ts";

export class DatabaseSnapshot {
  /** Bytes of lmdb's pages that held nothing then. */
  readonly freeBytes: number;
  readonly #db: Lmdb;
  readonly #large: LargeValues;
  readonly #transaction: Transaction;
  readonly #reader: number;

  constructor(db: Lmdb, large: LargeValues, freeBytes: number) {
    this.#db = db;
    this.#large = large;
    this.freeBytes = freeBytes;
    this.#transaction = readTransaction(db);
    this.#reader = large.keep();
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const record = valueIn(this.#db, key, this.#transaction);
    if (record === undefined || !isMarked(record)) return record;
    return this.#large.read(record, (bytes) => new Uint8Array(bytes));
  }

  /** Its iteration must end, or be given up, in the turn in which it began. */
  range(range: Range): Iterable<Entry> {
    const options = rangeOptions(range, MARK_KEY, this.#transaction);
    return range.keysOnly
      ? keysAlone(this.#db.getKeys(options))
      : wholeEntries(this.#db.getRange(options), this.#large);
  }

  /** Once. */
  close(): void {
    this.#transaction.done();
    this.#large.letGo(this.#reader);
  }
}

/** Records of lmdb with their blocks. */
export function* wholeEntries(records: Iterable<Entry>, large: LargeValues): Generator<Entry> {
  for (const entry of records) {
    if (!isMarked(entry.value)) yield entry;
    else yield { key: entry.key, value: large.read(entry.value, (bytes) => new Uint8Array(bytes)) };
  }
}

export function* keysAlone(keys: Iterable<Uint8Array>): Generator<Entry> {
  for (const key of keys) yield { key, value: NOTHING };
}

const NOTHING = new Uint8Array(0);
