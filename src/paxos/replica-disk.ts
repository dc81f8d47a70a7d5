/**
 * A replica's writes to its store, in their order. When the store refuses one the replica ends at once: what is in memory is ahead of the
 * disk then, and must not be acted on. That may have been a write of somebody else who shares the store: what was undone with it
 * may be the replica's too.
 */
import { type Change, CoterieError, type Store } from "../world/index.ts";
import type { Write } from "./acceptor-state.ts";
import type { LogStore } from "./log-store.ts";

/** Runs of entries that are removed from the store with a write. */
const WRITE_REMOVALS = 1000;

export interface DiskHost {
  /** Runs what follows a write, unless the replica ended. */
  guard(run: () => void): void;
  /** The store refused a write. */
  failed(error: CoterieError): void;
}

interface Waiting {
  readonly changes: readonly Change[];
  readonly then: () => void;
}

export class ReplicaDisk {
  readonly #store: Store;
  readonly #logStore: LogStore;
  readonly #host: DiskHost;
  readonly #failuresAtOpen: number;
  /** Changes that go with the next state, and with no other. */
  #riders: Change[] = [];
  /** States that wait to be written: before anything else is. */
  #waiting: Waiting[] = [];

  constructor(store: Store, logStore: LogStore, host: DiskHost) {
    this.#store = store;
    this.#logStore = logStore;
    this.#host = host;
    this.#failuresAtOpen = store.failures;
  }

  /** What was applied to the store is gone from it, so a state machine that shares it has lost what it did. */
  get hasFailed(): boolean {
    return this.#store.failures !== this.#failuresAtOpen;
  }

  /** Changes that become durable with the next state of the acceptor, or not at all. */
  ride(changes: readonly Change[]): void {
    this.#riders.push(...changes);
  }

  /** What an acceptor must not forget, to be written with the next `flush`; `then` is called when it is durable. */
  writeState({ hardState, from, to }: Write, entry: (slot: number) => Uint8Array, then: () => void): void {
    const logStore = this.#logStore;
    const changes = this.#riders;
    this.#riders = [];
    changes.push(logStore.hardStateChange(hardState));
    changes.push(...logStore.entries.truncate(hardState.first, WRITE_REMOVALS));
    changes.push(...logStore.entries.write(from, to, entry));
    this.#waiting.push({ changes, then });
  }

  /** Writes the states that wait. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { changes, then } of waiting) this.#apply(changes, then);
  }

  /** Applies changes to the store, after what waits; `then` when they are durable. */
  write(changes: readonly Change[], then: () => void): void {
    this.flush();
    this.#apply(changes, then);
  }

  #apply(changes: readonly Change[], then: () => void): void {
    // What was written before is gone, and nothing may stand on it.
    if (this.hasFailed) {
      this.fail(undefined);
      return;
    }
    try {
      this.#store.apply(changes);
    } catch (cause) {
      this.fail(cause);
      return;
    }
    this.#store.sync().then(
      () => {
        if (this.hasFailed) this.fail(undefined);
        else this.#host.guard(then);
      },
      (cause) => this.fail(cause),
    );
  }

  /** A write was refused; without a cause, one of somebody else who shares the store. */
  fail(cause: unknown): void {
    const { name } = this.#logStore;
    const message = `log ${name}: the store refused a write: ${cause ?? "of somebody else"}`;
    this.#host.failed(new CoterieError("LOG_STORE_FAILED", message, { cause }));
  }
}
