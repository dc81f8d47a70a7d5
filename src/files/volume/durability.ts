/**
 * What a reply has to wait for. A reply may leave when everything that its operation wrote, or saw of others'
 * writes, is durable: otherwise a crash could take back what a client was told.
 *
 * Applied batches are numbered. An inode in memory carries the number of the last batch that changed it, since
 * reading it from memory is a read that the store cannot count; reads from the store are counted by the store.
 */
import { CoterieError, type Store } from "../../world/index.ts";

export class Durability {
  private readonly store: Store;
  /** Number of the last applied batch. */
  applied = 0;
  /** Batches up to this number are durable. */
  private durable = 0;
  /** Something that was written or seen since the last `settle` may not be durable. */
  private pending = false;
  private pendingFailures = 0;
  private readsSeen: number;

  constructor(store: Store) {
    this.store = store;
    this.readsSeen = store.unsettledReads;
  }

  /** An operation saw what batch `sequence` wrote. */
  saw(sequence: number): void {
    if (sequence > this.durable) this.wait();
  }

  /** A foreground operation's batch was applied. */
  wait(): void {
    if (this.pending) return;
    this.pending = true;
    this.pendingFailures = this.store.failures;
  }

  /** Un-durable changes were undone: everything that is left is durable. */
  undone(): void {
    this.durable = this.applied;
  }

  settle<T>(value: T): T | Promise<T> {
    const reads = this.store.unsettledReads;
    if (!this.pending && reads === this.readsSeen) return value;
    this.readsSeen = reads;
    const failures = this.pending ? this.pendingFailures : this.store.failures;
    this.pending = false;
    if (this.store.failures !== failures) return Promise.reject(undoneError());
    if (this.store.dirty) return this.sync(value);
    this.durable = this.applied;
    return value;
  }

  private sync<T>(value: T): Promise<T> {
    const applied = this.applied;
    return this.store.sync().then(() => {
      if (applied > this.durable) this.durable = applied;
      return value;
    });
  }
}

function undoneError(): CoterieError {
  return new CoterieError("STORE_IO", "the disk refused the write, and it was undone");
}
