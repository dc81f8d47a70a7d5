/**
 * A volume's store as an entry of the log sees it: the batch of the operation is held back until the entry is over, and goes
 * to the store together with what is noted of the entry. So what a command did, its reply, and that it was done are one
 * atomic change, although the reply is made after the operation.
 *
 * An operation that first clears up applies more than one batch. All but the last pass at once, without a note: they do what
 * the entry does again when it is replayed, and what is left to do then is the same. What is counted of batches goes with each of them.
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

const NOTHING = new Uint8Array(0);

export class HeldStore implements Store {
  readonly #store: Store;
  readonly #check: () => void;
  readonly #backlog: Backlog;
  #isInEntry = false;
  #held: readonly Change[] = [];
  #returned: (() => void)[] = [];
  /** What is to be applied together with a batch; undefined for nothing. */
  onBatch: (batch: readonly Change[]) => Change | undefined = () => undefined;

  /** `check`: throws when an entry may change nothing, because what it has read cannot be trusted. */
  constructor(store: Store, check: () => void) {
    this.#store = store;
    this.#check = check;
    this.#backlog = new Backlog(store);
  }

  /** An entry begins: from now on the last batch is held. */
  begin(): void {
    assert(!this.#isInEntry, "one entry is applied at a time");
    this.#isInEntry = true;
  }

  /** The entry is over, and `notes` are part of what it did. @throws what the check and the store throw. */
  end(notes: readonly Change[]): void {
    const batch = this.#held.length === 0 ? notes : [...this.#held, ...notes];
    this.#pass(batch);
    this.#isInEntry = false;
  }

  #take(): (() => void)[] {
    const returned = this.#returned;
    this.#held = [];
    this.#returned = [];
    return returned;
  }

  #pass(batch: readonly Change[]): void {
    this.#check();
    const returned = this.#take();
    const more = this.onBatch(batch);
    const whole = more === undefined ? batch : [...batch, more];
    if (returned.length === 0) this.#store.apply(whole);
    else
      this.#store.applyLent(whole, () => {
        for (const each of returned) each();
      });
    this.#backlog.add(batch);
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
    if (this.#held.length > 0) this.#pass(this.#held);
    this.#held = batch;
    if (returned !== undefined) this.#returned.push(returned);
  }

  /** The last change of a key in what is held. Batches are small. */
  #find(key: Uint8Array): Change | undefined {
    for (let at = this.#held.length - 1; at >= 0; at--) {
      const change = this.#held[at] as Change;
      if (change.key.length === key.length && compareKeys(change.key, key) === 0) return change;
    }
    return undefined;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#held.length === 0 ? undefined : this.#find(key);
    return change === undefined ? this.#store.get(key) : change.value;
  }

  borrow(key: Uint8Array): Uint8Array | undefined {
    const change = this.#held.length === 0 ? undefined : this.#find(key);
    return change === undefined ? this.#store.borrow(key) : change.value;
  }

  size(key: Uint8Array): number | undefined {
    const change = this.#held.length === 0 ? undefined : this.#find(key);
    return change === undefined ? this.#store.size(key) : change.value?.length;
  }

  range(range: Range): Iterable<Entry> {
    return this.#held.length === 0 ? this.#store.range(range) : this.#merged(range);
  }

  /** Whoever reads a range in the middle of an entry gets few entries. */
  *#merged(range: Range): Generator<Entry> {
    const { from, to, limit = Number.POSITIVE_INFINITY, reverse = false, keysOnly = false } = range;
    const sign = reverse ? -1 : 1;
    const isIn = (key: Uint8Array) =>
      (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0);
    const changes = this.#newest()
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

  #newest(): Change[] {
    return this.#held.filter((change) => this.#find(change.key) === change);
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
