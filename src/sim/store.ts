/** A store on a simulated disk: the same promises as the real one, with a disk whose failures are drawn from the seed. */
import {
  type Change,
  CoterieError,
  checkKey,
  checkSpans,
  type Entry,
  MAX_VALUE_BYTES,
  type Range,
  type Storage,
  type Store,
  type StoreOptions,
  type StoreUsage,
  type StoreView,
  viewLimitBytes,
} from "../world/index.ts";
import { diskError, type SimDisk } from "./disk.ts";
import { DiskFile } from "./disk-file.ts";
import { latin1 } from "./host.ts";
import type { Incarnation } from "./incarnation.ts";
import { requireViewRoom, SimView, type ViewedStore } from "./store-view.ts";

const DEFAULT_MAX_BYTES = 2 ** 40;
const DEFAULT_MAX_UNSYNCED_BYTES = 256 * 1024 * 1024;
/** Un-durable bytes at which a sync starts although nobody asked, as a share of the most there may be. */
const BACKGROUND_SYNC_SHARE = 1 / 8;
const NAME = /^[a-z0-9-]{1,64}$/;
const OPEN_NS = 50_000;
const NOTHING = new Uint8Array(0);
/** What stands in borrowed bytes that are looked at for too long. */
const SPOILT = 0xdb;

export type StoreLog = (what: string) => void;

export class SimStorage implements Storage {
  readonly #disk: SimDisk;
  readonly #incarnation: Incarnation;
  readonly #log: StoreLog;

  constructor(disk: SimDisk, incarnation: Incarnation, log: StoreLog) {
    this.#disk = disk;
    this.#incarnation = incarnation;
    this.#log = log;
  }

  open(name: string, options: StoreOptions = {}): Promise<Store> {
    this.#incarnation.check();
    if (!NAME.test(name)) {
      return Promise.reject(new RangeError(`store name ${JSON.stringify(name)} is not of [a-z0-9-]{1,64}`));
    }
    return new Promise((resolve, reject) => {
      this.#incarnation.after(OPEN_NS, () => {
        try {
          resolve(this.#open(name, options));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #open(name: string, options: StoreOptions): Store {
    const readOnly = options.readOnly ?? false;
    let file = this.#disk.files.get(name);
    if (file === undefined) {
      if (readOnly) throw diskError("STORE_MISSING", "open", name);
      file = new DiskFile();
      this.#disk.files.set(name, file);
    }
    if (file.open) throw diskError("STORE_LOCKED", "open", name);
    file.open = true;
    return new SimStore(name, file, this.#disk, this.#incarnation, options, this.#log);
  }
}

/** A group of batches that become durable together, and those who wait for it. */
class Group {
  readonly promise: Promise<void>;
  resolve: () => void = () => {};
  reject: (reason: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A group may fail that nobody waits for; `failures` tells of it.
    this.promise.catch(() => {});
  }
}

class SimStore implements Store {
  unsettledReads = 0;
  failures = 0;
  readonly #name: string;
  readonly #file: DiskFile;
  readonly #disk: SimDisk;
  readonly #incarnation: Incarnation;
  readonly #readOnly: boolean;
  readonly #maxBytes: number;
  readonly #maxUnsyncedBytes: number;
  readonly #log: StoreLog;
  readonly #viewed: ViewedStore;
  #closed = false;
  /** From the call of `close` on: nothing is applied any more. */
  #closing: Promise<void> | undefined;
  /** What was lent last: its bytes are no good after the next call, and show it. */
  #borrowed: Uint8Array | undefined;
  /** What waits for the next sync to begin. */
  #waiting: Group | undefined;
  #syncing: { readonly group: Group; readonly end: number } | undefined;
  #scheduled = false;

  constructor(
    name: string,
    file: DiskFile,
    disk: SimDisk,
    incarnation: Incarnation,
    options: StoreOptions,
    log: StoreLog,
  ) {
    this.#name = name;
    this.#file = file;
    this.#disk = disk;
    this.#incarnation = incarnation;
    this.#readOnly = options.readOnly ?? false;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxUnsyncedBytes = options.maxUnsyncedBytes ?? DEFAULT_MAX_UNSYNCED_BYTES;
    this.#log = log;
    file.views.maxBytes = viewLimitBytes(options, this.#maxBytes);
    this.#viewed = {
      name,
      views: file.views,
      check: () => this.#check(),
      read: (value) => disk.read(value, name),
    };
  }

  get dirty(): boolean {
    return this.#file.dirty;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    checkKey(key);
    const name = latin1(key);
    const fresh = this.#file.unsynced.get(name);
    if (fresh === undefined) return this.#durable(name);
    this.unsettledReads++;
    return fresh.change.value;
  }

  size(key: Uint8Array): number | undefined {
    this.#check();
    checkKey(key);
    const name = latin1(key);
    const fresh = this.#file.unsynced.get(name);
    return (fresh === undefined ? this.#file.durable.get(name) : fresh.change)?.value?.length;
  }

  /** As the disk gives it. */
  #durable(name: string): Uint8Array | undefined {
    const value = this.#file.durable.get(name)?.value;
    return value === undefined ? undefined : this.#disk.read(value, this.#name);
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    this.#borrowed = this.get(key)?.slice();
    return this.#borrowed;
  }

  *range(range: Range): Generator<Entry> {
    this.#check();
    const { unsynced, durable } = this.#file;
    const from = range.from === undefined ? undefined : latin1(range.from);
    const to = range.to === undefined ? undefined : latin1(range.to);
    const next = range.reverse ? lastBefore : firstAfter;
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    let at = range.reverse ? to : from;
    for (let first = true; left > 0; first = false) {
      const name = next(unsynced, durable, at, first && !range.reverse);
      if (
        name === undefined ||
        (range.reverse ? from !== undefined && name < from : to !== undefined && name >= to)
      )
        return;
      at = name;
      const fresh = unsynced.get(name);
      if (fresh !== undefined) this.unsettledReads++;
      const key = fresh?.change.key ?? durable.get(name)?.key;
      const value = fresh === undefined ? this.#durable(name) : fresh.change.value;
      if (key === undefined || value === undefined) continue;
      left--;
      yield { key, value: range.keysOnly ? NOTHING : value };
    }
  }

  apply(batch: readonly Change[]): void {
    this.#apply(batch, undefined);
  }

  applyLent(batch: readonly Change[], returned: () => void): void {
    this.#apply(batch, returned);
    if (batch.length === 0) this.#incarnation.after(0, returned);
  }

  #apply(batch: readonly Change[], returned: (() => void) | undefined): void {
    this.#check();
    if (this.#closing !== undefined) throw this.#closedError();
    if (this.#readOnly) throw new TypeError(`the store ${this.#name} is open for reading only`);
    if (batch.length === 0) return;
    let bytes = 0;
    for (const { key, value, spans } of batch) {
      checkKey(key);
      checkValue(value);
      if (spans !== undefined) checkSpans(spans, value);
      bytes += key.length + (value?.length ?? 0);
    }
    this.#file.checkSpans(batch);
    if (this.#file.unsyncedBytes + bytes > this.#maxUnsyncedBytes) {
      this.#schedule();
      throw new CoterieError("STORE_FULL", `the store ${this.#name} has too much that is not yet durable`, {
        details: {
          path: this.#name,
          unsyncedBytes: this.#file.unsyncedBytes,
          maxUnsyncedBytes: this.#maxUnsyncedBytes,
        },
      });
    }
    this.#file.apply([...batch], returned);
    if (this.#file.unsyncedBytes > this.#maxUnsyncedBytes * BACKGROUND_SYNC_SHARE) this.#schedule();
  }

  sync(): Promise<void> {
    this.#incarnation.check();
    if (this.#closed) return Promise.reject(this.#closedError());
    if (!this.#file.dirty) return Promise.resolve();
    if (this.#syncing !== undefined && this.#syncing.end === this.#file.nextBatch)
      return this.#syncing.group.promise;
    this.#schedule();
    this.#waiting ??= new Group();
    return this.#waiting.promise;
  }

  view(): StoreView {
    this.#check();
    requireViewRoom(this.#file.views, this.#name);
    if (this.#file.dirty) this.unsettledReads++;
    return new SimView(this.#viewed, this.#file.view());
  }

  usage(): StoreUsage {
    this.#check();
    const usedBytes = this.#file.durableBytes;
    const viewBytes = this.#file.views.keptBytes;
    const freeBytes = Math.min(
      this.#maxBytes - usedBytes,
      this.#disk.options.capacityBytes - this.#disk.usedBytes,
    );
    return { usedBytes, freeBytes: Math.max(0, freeBytes), viewBytes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // The file is the next life's, and so is its lock.
    this.#incarnation.check();
    try {
      while (this.#file.dirty && !this.#readOnly) await this.sync();
    } finally {
      this.#closed = true;
      this.#file.views.forgetAll();
      this.#file.open = false;
    }
  }

  /** A sync begins after everything that is ready now, so that all of it shares the disk's one write. */
  #schedule(): void {
    if (this.#scheduled || this.#syncing !== undefined) return;
    this.#scheduled = true;
    this.#incarnation.after(0, () => {
      this.#scheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    if (!this.#file.dirty || this.#syncing !== undefined) return;
    const group = this.#waiting ?? new Group();
    this.#waiting = undefined;
    const end = this.#file.nextBatch;
    this.#syncing = { group, end };
    this.#incarnation.after(this.#disk.syncNs(this.#file.unsyncedBytes), () => this.#finish(group, end));
  }

  #finish(group: Group, end: number): void {
    const growth = this.#file.growthBytes(end);
    while (growth > 0 && this.#disk.isShortOf(growth) && this.#file.views.loseOldest());
    const refusal =
      growth > 0 && this.#file.durableBytes + growth > this.#maxBytes
        ? "STORE_FULL"
        : this.#disk.refusal(growth);
    this.#syncing = undefined;
    if (refusal === undefined) {
      this.#file.harden(end, this.#disk.wrote(this.#name, this.#file));
      this.#log(`store ${this.#name} durable to batch ${end}`);
      group.resolve();
      if (this.#waiting !== undefined) this.#schedule();
      return;
    }
    this.#log(`store ${this.#name} failed ${refusal}`);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#file.undo();
    this.failures++;
    const error = diskError(refusal, "write to", this.#name);
    group.reject(error);
    waiting?.reject(error);
  }

  #check(): void {
    this.#borrowed?.fill(SPOILT);
    this.#borrowed = undefined;
    this.#incarnation.check();
    if (this.#closed) throw this.#closedError();
  }

  #closedError(): CoterieError {
    return new CoterieError("STORE_CLOSED", `the store ${this.#name} is closed`, {
      details: { path: this.#name },
    });
  }
}

interface Ordered {
  after(key: string | undefined, included: boolean): string | undefined;
  before(key: string | undefined): string | undefined;
}

function firstAfter(a: Ordered, b: Ordered, key: string | undefined, included: boolean): string | undefined {
  const one = a.after(key, included);
  const other = b.after(key, included);
  if (one === undefined) return other;
  return other === undefined || one <= other ? one : other;
}

function lastBefore(a: Ordered, b: Ordered, key: string | undefined): string | undefined {
  const one = a.before(key);
  const other = b.before(key);
  if (one === undefined) return other;
  return other === undefined || one >= other ? one : other;
}

function checkValue(value: Uint8Array | undefined): void {
  if (value !== undefined && value.length > MAX_VALUE_BYTES) {
    throw new RangeError(`value of ${value.length} bytes: the most is ${MAX_VALUE_BYTES}`);
  }
}
