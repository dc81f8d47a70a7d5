/** The trunk or a clone, as a store like any other: whoever uses it knows nothing of snapshots. And a snapshot, which is only read. */
import {
  type Change,
  CoterieError,
  type Entry,
  type Range,
  type Store,
  type StoreUsage,
  type StoreView,
} from "../../world/index.ts";
import type { Reading } from "./reading.ts";
import type { Source } from "./table.ts";
import { type BatchWriter, checkKey, type Expanded } from "./writing.ts";

/** What the stores of one set of layers share. */
export interface Shared {
  readonly store: Store;
  /** Takes up the table again when the store has undone something. */
  refresh(): void;
  /** No snapshot was ever taken: the trunk's keys are the store's. */
  isPlain(): boolean;
  /** Throws when the branch or snapshot was dropped. */
  requireLive(reading: Reading): void;
  /** How the same is read through a view. */
  readingOf(reading: Reading, source: Source): Reading;
}

abstract class LayerStore {
  protected readonly shared: Shared;
  protected readonly reading: Reading;
  readonly #onClose: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(shared: Shared, reading: Reading, onClose: () => Promise<void>) {
    this.shared = shared;
    this.reading = reading;
    this.#onClose = onClose;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = this.#locate(key);
    return at && this.shared.store.get(at);
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    const at = this.#locate(key);
    return at && this.shared.store.borrow(at);
  }

  size(key: Uint8Array): number | undefined {
    const at = this.#locate(key);
    return at && this.shared.store.size(at);
  }

  range(range: Range): Iterable<Entry> {
    this.check();
    return this.shared.isPlain() ? this.shared.store.range(range) : this.reading.range(range);
  }

  view(): StoreView {
    this.check();
    const view = this.shared.store.view();
    try {
      const reading = this.shared.readingOf(this.reading, view);
      return {
        get: (key) => reading.get(key),
        range: (range) => reading.range(range),
        close: () => view.close(),
      };
    } catch (error) {
      view.close();
      throw error;
    }
  }

  get dirty(): boolean {
    return this.shared.store.dirty;
  }

  get unsettledReads(): number {
    return this.shared.store.unsettledReads;
  }

  get failures(): number {
    return this.shared.store.failures;
  }

  usage(): StoreUsage {
    return this.shared.store.usage();
  }

  sync(): Promise<void> {
    return this.shared.store.sync();
  }

  close(): Promise<void> {
    this.#closing ??= this.#onClose();
    return this.#closing;
  }

  protected check(): void {
    if (this.#closing !== undefined)
      throw new CoterieError("STORE_CLOSED", "the store of a branch is closed");
    this.shared.refresh();
    this.shared.requireLive(this.reading);
  }

  #locate(key: Uint8Array): Uint8Array | undefined {
    this.check();
    return this.reading.locate(key);
  }
}

export class BranchStore extends LayerStore implements Store {
  readonly #writer: BatchWriter;

  constructor(shared: Shared, reading: Reading, writer: BatchWriter, onClose: () => Promise<void>) {
    super(shared, reading, onClose);
    this.#writer = writer;
  }

  apply(changes: readonly Change[]): void {
    this.check();
    const { batch, applied } = this.#expand(changes);
    this.shared.store.apply(batch);
    applied();
  }

  applyLent(changes: readonly Change[], returned: () => void): void {
    this.check();
    const { batch, applied } = this.#expand(changes);
    this.shared.store.applyLent(batch, returned);
    applied();
  }

  #expand(changes: readonly Change[]): Expanded {
    if (!this.shared.isPlain()) return this.#writer.expand(changes);
    for (const { key } of changes) checkKey(key);
    return { batch: changes, applied: NOTHING_MORE };
  }
}

/** What has to be done when nothing has. */
const NOTHING_MORE = (): void => {};

export class SnapshotStore extends LayerStore implements Store {
  apply(_changes: readonly Change[]): void {
    throw new TypeError("a snapshot is only read");
  }

  applyLent(_changes: readonly Change[], _returned: () => void): void {
    throw new TypeError("a snapshot is only read");
  }
}
