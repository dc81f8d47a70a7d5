/**
 * How far the disk is behind what a volume's store was given. The log makes entries durable as they are, the volume what they come to: of a
 * write of a few bytes that is a chunk in memory. So a disk that keeps up with the log may fall behind the volume, and a store that
 * has too much that is not durable refuses more, which would end the replica. Before that its entries wait, in the log.
 */
import type { Change, Store } from "../../world/index.ts";

const MIB = 1024 * 1024;
/** Bytes that are made durable together. */
export const SYNCED_BYTES = 24 * MIB;
/** Bytes beside those that are on their way to the disk, from which on entries wait. */
export const MAX_BACKLOG_BYTES = 64 * MIB;

export class Backlog {
  readonly #store: Pick<Store, "sync">;
  /** Applied since the last sync began. */
  #bytes = 0;
  #isSyncing = false;

  constructor(store: Pick<Store, "sync">) {
    this.#store = store;
  }

  /** Nothing more should be applied before a sync has ended. */
  get isFull(): boolean {
    return this.#isSyncing && this.#bytes >= MAX_BACKLOG_BYTES;
  }

  /** A batch was applied. */
  add(batch: readonly Change[]): void {
    for (const { key, value } of batch) this.#bytes += key.length + (value?.length ?? 0);
    if (this.#bytes >= SYNCED_BYTES && !this.#isSyncing) this.#sync();
  }

  #sync(): void {
    this.#isSyncing = true;
    this.#bytes = 0;
    this.#store.sync().then(this.#synced, this.#synced);
  }

  /** Whoever applies finds out by the store's `failures` when the disk has refused. */
  readonly #synced = (): void => {
    this.#isSyncing = false;
    if (this.#bytes >= SYNCED_BYTES) this.#sync();
  };
}
