/**
 * What a batch of a branch becomes in the store. A value that no snapshot of the branch sees is changed where it lies. One that the newest
 * live snapshot sees stays there: the new one gets a place in the present era, and the old one is *retired* to that snapshot,
 * which is how it is found when the snapshot is dropped. Nothing is copied.
 */
import type { Change, Store } from "../../world/index.ts";
import { historyKey, LAYERS_PREFIX, MAX_LAYERED_KEY_BYTES, OWN_PREFIX, retiredKey } from "./keys.ts";
import type { Reading } from "./reading.ts";
import {
  eraOf,
  isRemoval,
  type LayerRecords,
  type SnapshotRecord,
  type Version,
  versionOf,
} from "./records.ts";
import { type Table, TRUNK } from "./table.ts";

/** What the batch under construction says of a key: nothing, that it has no history, or its history. */
type Pending = Map<string, readonly Version[] | undefined>;

/** The batch for the store; `applied` is to be called when the store has taken it. */
export interface Expanded {
  readonly batch: readonly Change[];
  readonly applied: () => void;
}

export class BatchWriter {
  readonly #store: Store;
  readonly #records: LayerRecords;
  readonly #table: Table;
  readonly #reading: Reading;
  #batch: Change[] = [];
  #pending: Pending = new Map();
  #retiredBytes = 0;
  #retiredValues = 0;

  constructor(store: Store, records: LayerRecords, table: Table, reading: Reading) {
    this.#store = store;
    this.#records = records;
    this.#table = table;
    this.#reading = reading;
  }

  /** @throws RangeError for a key that the layers keep for themselves, or that is too long. */
  expand(changes: readonly Change[]): Expanded {
    this.#batch = [];
    this.#pending = new Map();
    this.#retiredBytes = 0;
    this.#retiredValues = 0;
    for (const change of changes) this.#put(change);
    const record = this.#account();
    const { branch } = this.#reading;
    const applied = (): void => {
      if (record !== undefined) this.#table.snapshots.set(this.#table.newestOf(branch), record);
    };
    return { batch: this.#batch, applied };
  }

  #put(change: Change): void {
    const { key } = change;
    checkKey(key);
    if (key[0] === OWN_PREFIX) {
      this.#batch.push({ ...change, key: this.#reading.own(key) as Uint8Array });
      return;
    }
    const name = nameOf(key);
    const versions = this.#pending.has(name) ? this.#pending.get(name) : this.#reading.history(key);
    if (versions !== undefined) this.#putOver(name, change, versions);
    else if (this.#reading.branch !== TRUNK) this.#putFirst(name, change);
    else this.#putPlain(name, change);
  }

  /** A key of the trunk without a history. */
  #putPlain(name: string, change: Change): void {
    const { key, value } = change;
    const newest = this.#table.newestOf(TRUNK);
    if (newest < 0) {
      this.#batch.push(change);
      return;
    }
    const bytes = this.#store.size(key);
    if (bytes !== undefined) this.#supersede(name, change, [versionOf(0, false)], bytes);
    else if (value !== undefined) this.#putNew(name, change, []);
  }

  /** A key of a clone that is as in what the clone was made of, or nowhere. */
  #putFirst(name: string, change: Change): void {
    if (change.value === undefined && !this.#isBeneath(change.key)) return;
    this.#putNew(name, change, []);
  }

  #putOver(name: string, change: Change, versions: readonly Version[]): void {
    const current = versions[0] as Version;
    if (eraOf(current) > this.#table.newestOf(this.#reading.branch)) this.#putInPlace(name, change, versions);
    else if (change.value !== undefined || !isRemoval(current)) {
      const bytes = isRemoval(current)
        ? 0
        : this.#store.size(this.#reading.place(eraOf(current), change.key));
      this.#supersede(name, change, versions, bytes ?? 0);
    }
  }

  /** No snapshot sees the present value. */
  #putInPlace(name: string, change: Change, versions: readonly Version[]): void {
    const { key, value, spans } = change;
    const [current = 0, ...older] = versions;
    const era = eraOf(current);
    const place = this.#reading.place(era, key);
    if (value !== undefined) {
      this.#batch.push(
        spans === undefined || isRemoval(current) ? { key: place, value } : { key: place, value, spans },
      );
      if (isRemoval(current)) this.#setHistory(name, key, [versionOf(era, false), ...older]);
      return;
    }
    if (isRemoval(current)) return;
    this.#batch.push({ key: place, value: undefined });
    const hidesSomething = older.length > 0 || this.#isBeneath(key);
    this.#setHistory(name, key, hidesSomething ? [versionOf(era, true), ...older] : undefined);
  }

  #supersede(name: string, change: Change, versions: readonly Version[], bytes: number): void {
    const at = retiredKey(this.#table.newestOf(this.#reading.branch), change.key);
    const version = versions[0] as Version;
    this.#batch.push({ key: at, value: this.#records.encodeRetired(at, { version, bytes }) });
    this.#retiredBytes += bytes;
    this.#retiredValues++;
    this.#putNew(name, change, versions);
  }

  #putNew(name: string, { key, value }: Change, versions: readonly Version[]): void {
    const { era } = this.#table;
    if (value !== undefined) this.#batch.push({ key: this.#reading.place(era, key), value });
    this.#setHistory(name, key, [versionOf(era, value === undefined), ...versions]);
  }

  #setHistory(name: string, key: Uint8Array, versions: readonly Version[] | undefined): void {
    const at = historyKey(this.#reading.branch, key);
    this.#batch.push({ key: at, value: versions && this.#records.encodeHistory(at, versions) });
    this.#pending.set(name, versions);
  }

  /** Whether what a clone was made of has a value for the key. */
  #isBeneath(key: Uint8Array): boolean {
    const at = this.#reading.base?.locate(key);
    return at !== undefined && this.#store.size(at) !== undefined;
  }

  /** Notes with the snapshot what was retired to it. */
  #account(): SnapshotRecord | undefined {
    if (this.#retiredValues === 0) return undefined;
    const newest = this.#table.newestOf(this.#reading.branch);
    const before = this.#table.snapshots.get(newest) as SnapshotRecord;
    const record = {
      ...before,
      retiredBytes: before.retiredBytes + this.#retiredBytes,
      retiredValues: before.retiredValues + this.#retiredValues,
    };
    this.#batch.push(this.#table.encodeSnapshot(newest, record));
    return record;
  }
}

/** @throws RangeError for a key that the layers keep for themselves, or that is too long. */
export function checkKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > MAX_LAYERED_KEY_BYTES)
    throw new RangeError(`key of ${key.length} bytes: it must have 1 to ${MAX_LAYERED_KEY_BYTES}`);
  if (key[0] === LAYERS_PREFIX) throw new RangeError("a key that begins with 0xe0: the layers have those");
}

/** A key as a string of one character a byte. */
function nameOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}
