/**
 * A store over lmdb: batches become visible in an overlay in memory, and durable together.
 *
 * `apply` adds to the overlay that gathers. The first `sync` after it asks for a commit at the end of the turn
 * of the event loop, so that everything that one poll of the network brought shares one transaction and one
 * disk write. While a commit is under way the next overlay gathers. A commit runs on the main thread when the
 * disk is quick and the group small (no thread to wake: the lowest latency), else on lmdb's thread (the event
 * loop goes on meanwhile). When the disk refuses, everything un-durable is dropped, which undoes it for all.
 */
import {
  type Change,
  CoterieError,
  compareKeys,
  type Entry,
  type Log,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  type Range,
  type Store,
  type StoreUsage,
} from "../world/index.ts";
import { storeError } from "./errors.ts";
import type { CommitMode } from "./store-commit-mode.ts";
import type { StoreDatabase } from "./store-database.ts";
import type { StoreLock } from "./store-lock.ts";
import { batchBytes, keyString, Overlay } from "./store-overlay.ts";
import { SpaceGuard } from "./store-space.ts";
import type { NodeTimers } from "./timers.ts";

export interface NodeStoreParts {
  readonly database: StoreDatabase;
  /** Absent for a store that is only read. */
  readonly lock: StoreLock | undefined;
  readonly timers: NodeTimers;
  readonly log: Log;
  readonly mode: CommitMode;
  readonly maxBytes: number;
  readonly maxUnsyncedBytes: number;
  readonly readOnly: boolean;
  readonly onClose: () => void;
}

/** Un-durable bytes at which a commit starts although nobody asked, as a share of the most there may be. */
const BACKGROUND_COMMIT_SHARE = 1 / 8;

export class NodeStore implements Store {
  unsettledReads = 0;
  failures = 0;
  readonly #parts: NodeStoreParts;
  readonly #database: StoreDatabase;
  readonly #space: SpaceGuard;
  /** Applied since the last commit began. */
  #gathering = new Overlay();
  /** Under way to the disk. */
  #committing: Overlay | undefined;
  #scheduled = false;
  #closed = false;
  readonly #runCommit = (): void => {
    this.#scheduled = false;
    this.#commit();
  };

  constructor(parts: NodeStoreParts) {
    this.#parts = parts;
    this.#database = parts.database;
    this.#space = new SpaceGuard(parts.database, parts.maxBytes);
  }

  get dirty(): boolean {
    return !this.#gathering.isEmpty || this.#committing !== undefined;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.#closed) throw this.#closedError();
    checkKey(key);
    if (this.dirty) {
      const name = keyString(key);
      const change = this.#gathering.changes.get(name) ?? this.#committing?.changes.get(name);
      if (change !== undefined) {
        this.unsettledReads++;
        return change.value;
      }
    }
    return this.#database.get(key);
  }

  *range(range: Range): Generator<Entry> {
    if (this.#closed) throw this.#closedError();
    if (range.limit !== undefined && range.limit <= 0) return;
    if (range.from !== undefined && range.to !== undefined && compareKeys(range.from, range.to) >= 0) return;
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (const entry of this.dirty ? this.#merged(range) : this.#database.range(range)) {
      yield entry;
      if (--left === 0) return;
    }
  }

  apply(batch: readonly Change[]): void {
    if (this.#closed) throw this.#closedError();
    if (this.#parts.readOnly)
      throw new TypeError(`the store ${this.#database.path} is open for reading only`);
    if (batch.length === 0) return;
    for (const change of batch) checkChange(change);
    const { maxUnsyncedBytes } = this.#parts;
    const unsyncedBytes = this.#gathering.bytes + (this.#committing?.bytes ?? 0);
    if (unsyncedBytes + batchBytes(batch) > maxUnsyncedBytes) throw this.#tooMuchUnsynced(unsyncedBytes);
    this.#gathering.add(batch);
    if (this.#gathering.bytes > maxUnsyncedBytes * BACKGROUND_COMMIT_SHARE) this.#schedule();
  }

  sync(): Promise<void> {
    if (!this.#gathering.isEmpty) {
      this.#schedule();
      return this.#gathering.settled;
    }
    if (this.#committing !== undefined) return this.#committing.settled;
    return this.#closed ? Promise.reject(this.#closedError()) : Promise.resolve();
  }

  usage(): StoreUsage {
    if (this.#closed) throw this.#closedError();
    return this.#database.usage();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      while (this.dirty) await this.sync();
    } finally {
      this.#closed = true;
      await this.#database.close();
      this.#parts.lock?.release();
      this.#parts.onClose();
    }
  }

  /** The database's entries with the overlays over them, the newest first to say what a key's value is. */
  *#merged(range: Range): Generator<Entry> {
    const direction = range.reverse ? -1 : 1;
    const below = this.#database.range(range)[Symbol.iterator]();
    const newer = this.#gathering.walk(range);
    const older = this.#committing?.walk(range);
    try {
      let low = below.next();
      let top = newer.next();
      let middle = older?.next();
      for (;;) {
        let change: Change | undefined;
        if (top.done !== true) change = top.value[1];
        if (middle !== undefined && middle.done !== true) {
          const order = change === undefined ? -1 : direction * compareKeys(middle.value[1].key, change.key);
          if (order < 0) change = middle.value[1];
        }
        if (change === undefined) {
          if (low.done === true) return;
          yield low.value;
          low = below.next();
          continue;
        }
        const order = low.done === true ? 1 : direction * compareKeys(low.value.key, change.key);
        if (order < 0) {
          yield low.value as Entry;
          low = below.next();
          continue;
        }
        this.unsettledReads++;
        if (order === 0) low = below.next();
        const key = change.key;
        if (top.done !== true && compareKeys(top.value[1].key, key) === 0) top = newer.next();
        if (middle !== undefined && middle.done !== true && compareKeys(middle.value[1].key, key) === 0) {
          middle = older?.next();
        }
        if (change.value !== undefined) yield { key, value: change.value };
      }
    } finally {
      below.return?.();
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing !== undefined) return;
    this.#scheduled = true;
    this.#parts.timers.beforeSoon(this.#runCommit);
  }

  #commit(): void {
    const group = this.#gathering;
    if (group.isEmpty || this.#committing !== undefined) return;
    this.#gathering = new Overlay();
    this.#committing = group;
    const { mode } = this.#parts;
    let startedMs = 0;
    try {
      this.#space.reserve(group);
      if (!mode.inline(group)) {
        void this.#commitOnThread(group);
        return;
      }
      startedMs = performance.now();
      this.#database.commitInline(group.changes.values());
    } catch (error) {
      this.#fail(group, error);
      return;
    }
    mode.measured(group, performance.now() - startedMs);
    this.#succeed(group);
  }

  async #commitOnThread(group: Overlay): Promise<void> {
    try {
      await this.#database.commitOnThread(group.changes.values());
    } catch (error) {
      this.#fail(group, error);
      return;
    }
    this.#succeed(group);
  }

  #succeed(group: Overlay): void {
    this.#committing = undefined;
    group.settle(undefined);
    // Whoever synced while the commit was under way did not get one scheduled.
    if (!this.#gathering.isEmpty) this.#schedule();
  }

  #fail(group: Overlay, cause: unknown): void {
    const error = storeError(cause, "write to", this.#database.path);
    const gathered = this.#gathering;
    this.#gathering = new Overlay();
    this.#committing = undefined;
    this.failures++;
    this.#space.forget();
    this.#parts.log.error("store write failed", { code: error.code, error: error.message });
    group.settle(error);
    gathered.settle(error);
  }

  #tooMuchUnsynced(unsyncedBytes: number): CoterieError {
    this.#schedule();
    return new CoterieError(
      "STORE_FULL",
      `the store ${this.#database.path} has too much that is not yet durable`,
      {
        details: { path: this.#database.path, unsyncedBytes, maxUnsyncedBytes: this.#parts.maxUnsyncedBytes },
      },
    );
  }

  #closedError(): CoterieError {
    return new CoterieError("STORE_CLOSED", `the store ${this.#database.path} is closed`, {
      details: { path: this.#database.path },
    });
  }
}

function checkKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > MAX_KEY_BYTES) {
    throw new RangeError(`key of ${key.length} bytes: it must have 1 to ${MAX_KEY_BYTES}`);
  }
}

function checkChange({ key, value }: Change): void {
  checkKey(key);
  if (value !== undefined && value.length > MAX_VALUE_BYTES) {
    throw new RangeError(`value of ${value.length} bytes: the most is ${MAX_VALUE_BYTES}`);
  }
}
