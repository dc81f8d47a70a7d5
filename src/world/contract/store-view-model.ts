/**
 * Views against a naive oracle: a copy of everything, made when the view is taken. Commands drawn at random change the store under
 * views that come and go; whatever happens, each shows its copy, or is lost if what it showed was undone.
 */
import {
  type Change,
  compareKeys,
  type Random,
  type Range,
  randomBelow,
  type Store,
  type StoreView,
} from "../index.ts";

export interface ViewModelOptions {
  readonly commands: number;
  readonly random: Random;
  /** Opens the store, anew after it was closed. */
  open(): Promise<Store>;
  /** Lets what is under way go on for a while. */
  pause(): Promise<void>;
  /** Makes the next sync fail; absent where that cannot be. */
  failSync?(): void;
}

/** How many of each kind ran, so that a test can see that something happened. */
export interface ViewModelCounts {
  checked: number;
  patched: number;
  taken: number;
  lost: number;
  undone: number;
  reopened: number;
}

type Content = ReadonlyMap<string, Uint8Array>;

interface Taken {
  readonly view: StoreView;
  readonly content: Content;
  /** How many batches it shows. */
  readonly batches: number;
}

const MOST_VIEWS = 6;
const KEYS = 14;
/** Small ones; such as lie in one page; such as have blocks elsewhere. */
const LENGTHS = [0, 7, 300, 5000, 8192, 9000, 24_576, 40_000];

export async function runViewModel(options: ViewModelOptions): Promise<ViewModelCounts> {
  const run = new ViewModel(options, await options.open());
  for (let step = 0; step < options.commands; step++) {
    try {
      await run.step();
    } catch (error) {
      throw new Error(`step ${step}: ${String(error)}`, { cause: error });
    }
  }
  return run.end();
}

class ViewModel {
  readonly counts: ViewModelCounts = { checked: 0, patched: 0, taken: 0, lost: 0, undone: 0, reopened: 0 };
  readonly #options: ViewModelOptions;
  readonly #random: Random;
  #store: Store;
  #content = new Map<string, Uint8Array>();
  /** What is durable for certain, and how many batches that are. */
  #durable: Content = new Map();
  #durableBatches = 0;
  #batches = 0;
  #views: Taken[] = [];

  constructor(options: ViewModelOptions, store: Store) {
    this.#options = options;
    this.#random = options.random;
    this.#store = store;
  }

  async step(): Promise<void> {
    const dice = randomBelow(this.#random, 100);
    if (dice < 40) this.#apply();
    else if (dice < 50) await this.#sync();
    else if (dice < 56) void this.#store.sync().catch(() => {});
    else if (dice < 60) await this.#options.pause();
    else if (dice < 72) this.#take();
    else if (dice < 90) this.#check(this.#any());
    else if (dice < 97) this.#close(this.#any());
    else if (dice < 99) await this.#failSync();
    else await this.#reopen();
  }

  async end(): Promise<ViewModelCounts> {
    for (const taken of this.#views) this.#check(taken);
    await this.#store.close();
    return this.counts;
  }

  #any(): Taken | undefined {
    return this.#views[randomBelow(this.#random, Math.max(1, this.#views.length))];
  }

  #apply(): void {
    const batch: Change[] = [];
    for (let left = randomBelow(this.#random, 5); left >= 0; left--) batch.push(this.#change());
    this.#store.apply(batch);
    this.#batches++;
  }

  #change(): Change {
    const name = String.fromCharCode(97 + randomBelow(this.#random, KEYS));
    const key = keyOf(name);
    const before = this.#content.get(name);
    const kind = randomBelow(this.#random, 6);
    if (kind === 0) {
      this.#content.delete(name);
      return { key, value: undefined };
    }
    if (kind > 2 && before !== undefined && before.length > 0) {
      this.counts.patched++;
      const value = new Uint8Array(before);
      const from = randomBelow(this.#random, value.length);
      const to = Math.min(value.length, from + 1 + randomBelow(this.#random, 600));
      value.fill(randomBelow(this.#random, 256), from, to);
      this.#content.set(name, value);
      return { key, value, spans: [{ from, to }] };
    }
    const value = new Uint8Array(LENGTHS[randomBelow(this.#random, LENGTHS.length)] as number);
    value.fill(randomBelow(this.#random, 256));
    this.#content.set(name, value);
    return { key, value };
  }

  async #sync(): Promise<void> {
    await this.#store.sync();
    this.#durable = new Map(this.#content);
    this.#durableBatches = this.#batches;
  }

  #take(): void {
    if (this.#views.length === MOST_VIEWS) return;
    this.counts.taken++;
    this.#views.push({ view: this.#store.view(), content: new Map(this.#content), batches: this.#batches });
  }

  #check(taken: Taken | undefined): void {
    if (taken === undefined) return;
    this.counts.checked++;
    const { view, content } = taken;
    for (let i = 0; i < KEYS; i++) {
      const name = String.fromCharCode(97 + i);
      requireSame(name, view.get(keyOf(name)), content.get(name));
    }
    const range = this.#range();
    const expected = inRange(content, range);
    const got = [...view.range(range)];
    if (got.length !== expected.length) throw new Error(`${got.length} entries of ${expected.length}`);
    for (const [i, { key, value }] of got.entries()) {
      const [name = "", wanted] = expected[i] ?? [];
      requireSame("a key", key, keyOf(name));
      requireSame(name, value, wanted);
    }
  }

  #range(): Range {
    const end = (): Uint8Array => keyOf(String.fromCharCode(97 + randomBelow(this.#random, KEYS + 1)));
    return {
      ...(randomBelow(this.#random, 3) === 0 ? { from: end() } : {}),
      ...(randomBelow(this.#random, 3) === 0 ? { to: end() } : {}),
      ...(randomBelow(this.#random, 2) === 0 ? { limit: randomBelow(this.#random, KEYS) } : {}),
      reverse: randomBelow(this.#random, 2) === 0,
    };
  }

  #close(taken: Taken | undefined): void {
    taken?.view.close();
    this.#views = this.#views.filter((each) => each !== taken);
  }

  async #failSync(): Promise<void> {
    const { failSync } = this.#options;
    if (failSync === undefined) return;
    await this.#sync();
    for (let count = randomBelow(this.#random, 3); count >= 0; count--) {
      this.#apply();
      if (randomBelow(this.#random, 2) === 0) this.#take();
    }
    failSync();
    await this.#store.sync().then(
      () => Promise.reject(new Error("a sync did not fail")),
      () => {},
    );
    this.counts.undone++;
    this.#content = new Map(this.#durable);
    for (const taken of [...this.#views]) {
      if (taken.batches <= this.#durableBatches) continue;
      this.counts.lost++;
      requireLost(taken.view);
      this.#close(taken);
    }
    this.#batches = this.#durableBatches;
  }

  async #reopen(): Promise<void> {
    for (const taken of this.#views) this.#check(taken);
    await this.#store.close();
    this.#views = [];
    this.#store = await this.#options.open();
    await this.#sync();
    this.counts.reopened++;
  }
}

function keyOf(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}

function inRange(content: Content, { from, to, reverse, limit }: Range): [string, Uint8Array][] {
  const inside = [...content].filter(
    ([name]) =>
      (from === undefined || compareKeys(keyOf(name), from) >= 0) &&
      (to === undefined || compareKeys(keyOf(name), to) < 0),
  );
  inside.sort(([a], [b]) => compareKeys(keyOf(a), keyOf(b)));
  return (reverse ? inside.reverse() : inside).slice(0, limit);
}

function requireSame(what: string, got: Uint8Array | undefined, expected: Uint8Array | undefined): void {
  if (got === undefined && expected === undefined) return;
  if (got !== undefined && expected !== undefined && compareKeys(got, expected) === 0) return;
  throw new Error(`${what} differs from what it was: ${got?.length} bytes of ${expected?.length}`);
}

function requireLost(view: StoreView): void {
  try {
    view.get(keyOf("a"));
  } catch (error) {
    if ((error as { code?: string }).code === "STORE_VIEW_LOST") return;
    throw error;
  }
  throw new Error("a view shows what was undone");
}
