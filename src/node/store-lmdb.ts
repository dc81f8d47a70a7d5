/** lmdb as a store uses it: how it is opened, and how it commits, on this thread or on its own. */
import type { RangeOptions, RootDatabase, Transaction } from "lmdb";
import type { Change, Range } from "../world/index.ts";

export type Lmdb = RootDatabase<Uint8Array, Uint8Array>;

export interface DatabaseOptions {
  readonly maxBytes: number;
  readonly readOnly: boolean;
}

/** The address space asked for at least, so that a small limit is ours to enforce and not lmdb's to hit. */
const LEAST_MAP_BYTES = 64 * 1024 * 1024;

/** lmdb is loaded here: its native part takes some 30 ms that a command without a store need not spend. */
export async function openLmdb(path: string, { maxBytes, readOnly }: DatabaseOptions): Promise<Lmdb> {
  const { open } = await import("lmdb");
  return open<Uint8Array, Uint8Array>({
    path,
    noSubdir: false,
    keyEncoding: "binary",
    encoding: "binary",
    overlappingSync: false,
    // Every batch has one promise that way. With it there is a second one, which nobody can reach, and its
    // rejection by a failed commit would end the process.
    eventTurnBatching: false,
    readOnly,
    mapSize: Math.max(2 * maxBytes, LEAST_MAP_BYTES),
    maxDbs: 1,
  });
}

/** How lmdb is asked for a range that ends before `end` if it has no end of its own; its limit is the caller's affair. */
export function rangeOptions(
  { from, to, reverse }: Range,
  end: Uint8Array,
  transaction?: Transaction,
): RangeOptions {
  const [first, last] = reverse ? [to ?? end, from] : [from, to ?? end];
  return {
    ...(first === undefined ? {} : { start: first as never }),
    ...(last === undefined ? {} : { end: last as never }),
    ...(transaction === undefined ? {} : { transaction }),
    reverse: reverse ?? false,
    exclusiveStart: reverse === true,
    inclusiveEnd: reverse === true,
  };
}

/** A transaction that reads what is committed now, until its `done`. */
export function readTransaction(db: Lmdb): Transaction {
  // Otherwise it may be one that somebody began to read in earlier in this turn.
  db.resetReadTxn();
  return db.useReadTransaction();
}

/** The value that a transaction sees. The types of lmdb-js know nothing of the second argument. */
export function valueIn(db: Lmdb, key: Uint8Array, transaction: Transaction): Uint8Array | undefined {
  const { getBinary } = db as { getBinary(key: Uint8Array, options: object): Uint8Array | undefined };
  return getBinary.call(db, key, { transaction });
}

/** All is on the disk when it returns. */
export function commitRecords(db: Lmdb, records: readonly Change[]): void {
  db.transactionSync(() => {
    for (const { key, value } of records) {
      if (value === undefined) db.removeSync(key);
      else db.putSync(key, value);
    }
  });
}

/** The same on lmdb's thread: all is on the disk when it resolves. */
export async function commitRecordsOnThread(db: Lmdb, records: readonly Change[]): Promise<void> {
  try {
    await db.batch(() => enqueue(db, records));
  } catch (error) {
    // lmdb rejects with a wrapper, and again with the cause.
    const cause = (error as { commitError?: Promise<unknown> }).commitError;
    if (cause !== undefined) await cause;
    throw error;
  }
}

function enqueue(db: Lmdb, records: readonly Change[]): void {
  for (const { key, value } of records) {
    if (value === undefined) void db.remove(key);
    else void db.put(key, value);
  }
}
