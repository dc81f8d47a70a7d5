/**
 * The open views of a store. They keep pages and blocks from being used again: when that is too much, or the disk is full,
 * views are lost, so that writing goes on.
 */
import { CoterieError, type Log, MAX_VIEWS } from "../world/index.ts";
import { storeError } from "./errors.ts";
import type { StoreDatabase } from "./store-database.ts";
import type { DatabaseSnapshot } from "./store-snapshot.ts";

/** A view as its store sees it. */
export interface OpenView {
  readonly snapshot: DatabaseSnapshot;
  /** Its reads fail with that from now on, and its snapshot is closed. */
  end(how: "lost" | "closed"): void;
}

export class StoreViews {
  readonly #database: StoreDatabase;
  readonly #maxBytes: number;
  readonly #log: Log;
  /** The oldest first. */
  readonly #open = new Set<OpenView>();

  constructor(database: StoreDatabase, maxBytes: number, log: Log) {
    this.#database = database;
    this.#maxBytes = maxBytes;
    this.#log = log;
    database.afterCommit = () => this.#keepWithin();
    database.beforeOverwriting = () => this.#loseAll("a value that the disk does not give was written over");
  }

  get count(): number {
    return this.#open.size;
  }

  /** What they keep from being used again, at least. */
  get keptBytes(): number {
    const [oldest] = this.#open;
    return oldest === undefined ? 0 : this.#database.keptBytes(oldest.snapshot);
  }

  /** @throws CoterieError STORE_VIEWS when there are as many as there may be. */
  requireRoom(): void {
    if (this.#open.size < MAX_VIEWS) return;
    const { path } = this.#database;
    throw new CoterieError("STORE_VIEWS", `the store ${path} has ${MAX_VIEWS} views open`, {
      details: { path },
    });
  }

  add(view: OpenView): void {
    this.#open.add(view);
  }

  remove(view: OpenView): void {
    this.#open.delete(view);
  }

  lose(view: OpenView): void {
    if (!this.#open.delete(view)) return;
    view.end("lost");
  }

  /** Loses all views if the system says that the disk is full; false when that changes nothing, as at the store's own limit. */
  giveWay(cause: unknown): boolean {
    const isOurs = cause instanceof CoterieError;
    if (this.#open.size === 0 || isOurs || storeError(cause, "write to", "").code !== "STORE_FULL")
      return false;
    this.#loseAll("the disk is full");
    return true;
  }

  /** Ends them all: the store closes. */
  close(): void {
    for (const view of this.#open) view.end("closed");
    this.#open.clear();
  }

  #keepWithin(): void {
    while (this.#open.size > 0 && this.keptBytes > this.#maxBytes) {
      const [oldest] = this.#open;
      this.#tell("they keep too much", 1);
      this.lose(oldest as OpenView);
    }
  }

  #loseAll(why: string): void {
    if (this.#open.size === 0) return;
    this.#tell(why, this.#open.size);
    for (const view of [...this.#open]) this.lose(view);
  }

  #tell(why: string, count: number): void {
    this.#log.warn("store views lost", { path: this.#database.path, count, why, keptBytes: this.keptBytes });
  }
}
