/**
 * A store over lmdb and a write-ahead log: batches become visible in an overlay in memory, and durable together.
 *
 * `apply` adds to the overlay that gathers. The first `sync` after it makes the group go under way at the end of the
 * turn of the event loop, so that everything that one poll of the network brought shares one disk write; while it
 * is under way the next one gathers. store-pipeline.ts is that way.
 */
import {
  type Change,
  CoterieError,
  checkKey,
  checkSpans,
  compareKeys,
  type Entry,
  MAX_VALUE_BYTES,
  type Range,
  type Store,
  type StoreUsage,
  type StoreView,
} from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";
import { mergedEntries } from "./store-merged.ts";
import { batchBytes, keyString, type Overlays } from "./store-overlay.ts";
import type { StorePipeline } from "./store-pipeline.ts";
import type { SpaceGuard } from "./store-space.ts";
import { NodeView } from "./store-view.ts";
import type { StoreViews } from "./store-views.ts";

export interface NodeStoreParts {
  readonly database: StoreDatabase;
  readonly space: SpaceGuard;
  readonly overlays: Overlays;
  readonly views: StoreViews;
  /** Absent for a store that is only read. */
  readonly pipeline: StorePipeline | undefined;
  /** Gives back what a store that is written holds beside: the log's files, the lock. */
  readonly release: () => void;
  readonly maxUnsyncedBytes: number;
}

/** Un-durable bytes at which a commit starts although nobody asked, as a share of the most there may be. */
const BACKGROUND_COMMIT_SHARE = 1 / 8;
/** Where less is free, it matters what the log's changes set free. */
const TIGHT_BYTES = 128 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

export class NodeStore implements Store {
  unsettledReads = 0;
  readonly #parts: NodeStoreParts;
  readonly #database: StoreDatabase;
  readonly #overlays: Overlays;
  readonly #pipeline: StorePipeline | undefined;
  #closed = false;
  /** From the call of `close` on: nothing is applied any more. */
  #closing: Promise<void> | undefined;

  constructor(parts: NodeStoreParts) {
    this.#parts = parts;
    this.#database = parts.database;
    this.#overlays = parts.overlays;
    this.#pipeline = parts.pipeline;
  }

  get dirty(): boolean {
    return this.#overlays.isDirty;
  }

  get failures(): number {
    return this.#pipeline?.failures ?? 0;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.#closed) throw this.#closedError();
    checkKey(key);
    const change = this.#find(key);
    return change === undefined ? this.#database.get(key) : change.value;
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    if (this.#closed) throw this.#closedError();
    checkKey(key);
    const change = this.#find(key);
    return change === undefined ? this.#database.borrow(key) : change.value;
  }

  size(key: Uint8Array): number | undefined {
    if (this.#closed) throw this.#closedError();
    checkKey(key);
    const name = keyString(key);
    for (const layer of this.#overlays.list()) {
      const length = layer.lengthOf(name);
      if (length !== undefined) return length < 0 ? undefined : length;
    }
    return this.#database.size(key);
  }

  *range(range: Range): Generator<Entry> {
    if (this.#closed) throw this.#closedError();
    if (range.limit !== undefined && range.limit <= 0) return;
    if (range.from !== undefined && range.to !== undefined && compareKeys(range.from, range.to) >= 0) return;
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (const entry of this.#entries(range)) {
      yield range.keysOnly ? { key: entry.key, value: NOTHING } : entry;
      if (--left === 0) return;
    }
  }

  apply(batch: readonly Change[]): void {
    this.#apply(batch, undefined);
  }

  applyLent(batch: readonly Change[], returned: () => void): void {
    this.#apply(batch, returned);
    if (batch.length === 0) queueMicrotask(returned);
  }

  #apply(batch: readonly Change[], returned: (() => void) | undefined): void {
    if (this.#closing !== undefined) throw this.#closedError();
    if (this.#pipeline === undefined)
      throw new TypeError(`the store ${this.#database.path} is open for reading only`);
    if (batch.length === 0) return;
    for (const change of batch) checkChange(change);
    const { maxUnsyncedBytes } = this.#parts;
    const { gathering, unsyncedBytes } = this.#overlays;
    if (unsyncedBytes + batchBytes(batch) > maxUnsyncedBytes) throw this.#tooMuchUnsynced(unsyncedBytes);
    gathering.add(batch);
    if (returned !== undefined) gathering.lenders.push(returned);
    if (gathering.bytes > maxUnsyncedBytes * BACKGROUND_COMMIT_SHARE) this.#pipeline.schedule();
  }

  sync(): Promise<void> {
    const { gathering, committing } = this.#overlays;
    if (!gathering.isEmpty) {
      this.#pipeline?.schedule();
      return gathering.settled;
    }
    if (committing !== undefined) return committing.settled;
    return this.#closed ? Promise.reject(this.#closedError()) : Promise.resolve();
  }

  view(): StoreView {
    if (this.#closed) throw this.#closedError();
    const { views } = this.#parts;
    views.requireRoom();
    const unsettled = this.#overlays.unsettled();
    if (unsettled.length > 0) this.unsettledReads++;
    const snapshot = this.#database.snapshot();
    const layers = this.#overlays.freeze((key) => snapshot.get(key));
    const view = new NodeView(this.#database.path, views, snapshot, layers);
    for (const overlay of unsettled) {
      overlay.watchers.push((error) => error !== undefined && views.lose(view));
    }
    return view;
  }

  usage(): StoreUsage {
    if (this.#closed) throw this.#closedError();
    const { space, views } = this.#parts;
    const usage = space.usage(this.#overlays.unsyncedGrowthBytes);
    // What the log removes or writes anew counts twice until it is in the database; where little is free nothing more might be written
    // that brings it there.
    if (usage.freeBytes < TIGHT_BYTES && this.#overlays.isAhead) this.#pipeline?.settle();
    return { ...usage, viewBytes: views.keptBytes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      while (this.dirty) await this.sync();
      // What the disk refuses here stays in the log, and is brought in when the store is opened next.
      await this.#pipeline?.checkpoint().catch(() => {});
    } finally {
      this.#closed = true;
      this.#parts.views.close();
      try {
        await this.#database.close();
      } finally {
        this.#parts.release();
      }
    }
  }

  /** The newest change of a key that the database does not have. */
  #find(key: Uint8Array): Change | undefined {
    const overlays = this.#overlays;
    const { isDirty } = overlays;
    if (!isDirty && !overlays.isAhead) return undefined;
    const name = keyString(key);
    if (isDirty) {
      const change = overlays.gathering.find(name) ?? overlays.committing?.find(name);
      if (change !== undefined) {
        this.unsettledReads++;
        return change;
      }
    }
    return overlays.logged.find(name) ?? overlays.checkpointing?.find(name);
  }

  #entries(range: Range): Iterable<Entry> {
    const entries = this.#database.range(range);
    const layers = this.#overlays.list();
    if (layers.length === 0) return entries;
    const { gathering, committing } = this.#overlays;
    return mergedEntries(entries, layers, range, (layer) => {
      if (layer === gathering || layer === committing) this.unsettledReads++;
    });
  }

  #tooMuchUnsynced(unsyncedBytes: number): CoterieError {
    this.#pipeline?.schedule();
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

function checkChange({ key, value, spans }: Change): void {
  checkKey(key);
  if (spans !== undefined) checkSpans(spans, value);
  if (value !== undefined && value.length > MAX_VALUE_BYTES) {
    throw new RangeError(`value of ${value.length} bytes: the most is ${MAX_VALUE_BYTES}`);
  }
}
