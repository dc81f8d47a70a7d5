/**
 * A volume's store as an entry of the log sees it: the batches of its operations are held back until the entry is over, and go
 * to the store together with what is noted of the entry. So what a command did, its replies, and that it was done are one
 * atomic change, although an operation that first clears up applies more than one batch, a command may carry several calls, and the replies
 * are made after them.
 */
import {
  assert,
  type Change,
  compareKeys,
  type Entry,
  type Range,
  type Store,
  type StoreUsage,
  type StoreView,
} from "../../world/index.ts";
import { Backlog } from "./backlog.ts";
import { HeldChanges } from "./held-changes.ts";

const NOTHING = new Uint8Array(0);

export class HeldStore implements Store {
  readonly #store: Store;
  readonly #check: () => void;
  readonly #backlog: Backlog;
  #isInEntry = false;
  #held = new HeldChanges();
  #returned: (() => void)[] = [];
  /** Told of each batch of an entry before the others see it. */
  onBatch: (batch: readonly Change[]) => void = () => {};

  /** `check`: throws when an entry may change nothing, because what it has read cannot be trusted. */
  constructor(store: Store, check: () => void) {
    this.#store = store;
    this.#check = check;
    this.#backlog = new Backlog(store);
  }

  /** An entry begins: from now on batches are held. */
  begin(): void {
    assert(!this.#isInEntry, "one entry is applied at a time");
    this.#isInEntry = true;
  }

  /** The entry is over, and `notes` are part of what it did. @throws what the check and the store throw. */
  end(notes: readonly Change[]): void {
    this.#check();
    const returned = this.#returned;
    const batch = [...this.#held.all, ...notes];
    this.#held = new HeldChanges();
    this.#returned = [];
    if (returned.length === 0) this.#store.apply(batch);
    else
      this.#store.applyLent(batch, () => {
        for (const each of returned) each();
      });
    this.#backlog.add(batch);
    this.#isInEntry = false;
  }

  /** The disk is behind: the next entry should wait. */
  get isFull(): boolean {
    return this.#backlog.isFull;
  }

  apply(batch: readonly Change[]): void {
    this.#hold(batch, undefined);
  }

  applyLent(batch: readonly Change[], returned: () => void): void {
    this.#hold(batch, returned);
  }

  #hold(batch: readonly Change[], returned: (() => void) | undefined): void {
    if (!this.#isInEntry) {
      if (returned === undefined) this.#store.apply(batch);
      else this.#store.applyLent(batch, returned);
      return;
    }
    this.onBatch(batch);
    this.#held.add(batch);
    if (returned !== undefined) this.#returned.push(returned);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#held.find(key);
    return change === undefined ? this.#store.get(key) : change.value;
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    const change = this.#held.find(key);
    return change === undefined ? this.#store.borrow(key) : change.value;
  }

  size(key: Uint8Array): number | undefined {
    const change = this.#held.find(key);
    return change === undefined ? this.#store.size(key) : change.value?.length;
  }

  range(range: Range): Iterable<Entry> {
    return this.#held.isEmpty ? this.#store.range(range) : this.#merged(range);
  }

  /** Whoever reads a range in the middle of an entry gets few entries. */
  *#merged(range: Range): Generator<Entry> {
    const { from, to, limit = Number.POSITIVE_INFINITY, reverse = false, keysOnly = false } = range;
    const sign = reverse ? -1 : 1;
    const isIn = (key: Uint8Array) =>
      (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0);
    const changes = this.#held.all
      .filter(({ key }) => isIn(key))
      .sort((a, b) => sign * compareKeys(a.key, b.key));
    const { limit: _, ...unlimited } = range;
    let left = limit;
    let at = 0;
    const stored = this.#store.range(unlimited)[Symbol.iterator]();
    let next = stored.next();
    while (left > 0) {
      const change = changes[at];
      if (change === undefined && next.done) return;
      const order =
        change === undefined ? 1 : next.done ? -1 : sign * compareKeys(change.key, next.value.key);
      if (order > 0 && !next.done) {
        yield next.value;
        left--;
      } else if (change?.value !== undefined) {
        yield { key: change.key, value: keysOnly ? NOTHING : change.value };
        left--;
      }
      if (order <= 0) at++;
      if (order >= 0) next = stored.next();
    }
  }

  get dirty(): boolean {
    return this.#store.dirty;
  }

  get unsettledReads(): number {
    return this.#store.unsettledReads;
  }

  get failures(): number {
    return this.#store.failures;
  }

  sync(): Promise<void> {
    return this.#store.sync();
  }

  view(): StoreView {
    return this.#store.view();
  }

  usage(): StoreUsage {
    return this.#store.usage();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
