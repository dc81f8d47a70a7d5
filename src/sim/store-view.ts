/**
 * Views of one store's file on a simulated disk: the entries as they were, by reference. What a later batch replaces is
 * kept by the views that were open then; like a real store, which lets blocks be used again in the order in which they came
 * free, a file gives it back when all views that are older are closed.
 */
import {
  type Change,
  CoterieError,
  checkKey,
  type Entry,
  MAX_VIEWS,
  type Range,
  type SortedMap,
  type StoreView,
} from "../world/index.ts";
import { latin1 } from "./host.ts";

/** What a view shows of a key. */
export interface Seen {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Read from the disk, and so subject to what the disk does to reads. */
  readonly isDurable: boolean;
  /** What it becomes durable by. */
  readonly change?: Change;
}

export class FileView {
  readonly entries: SortedMap<Seen>;
  /** Batches below this are seen. */
  readonly end: number;
  readonly openedAt: number;
  isLost = false;

  constructor(entries: SortedMap<Seen>, end: number, openedAt: number) {
    this.entries = entries;
    this.end = end;
    this.openedAt = openedAt;
  }
}

export class FileViews {
  /** What all of them may keep; beyond, the oldest is lost. */
  maxBytes = Number.POSITIVE_INFINITY;
  /** Those that are neither closed nor lost, the oldest first. */
  readonly #views = new Set<FileView>();
  /** What is kept, oldest first, and when it was replaced. */
  #kept: { readonly bytes: number; readonly at: number }[] = [];
  #keptBytes = 0;
  /** Counts views taken. */
  #now = 0;

  get count(): number {
    return this.#views.size;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  open(entries: SortedMap<Seen>, end: number): FileView {
    const view = new FileView(entries, end, ++this.#now);
    this.#views.add(view);
    return view;
  }

  close(view: FileView): void {
    if (!this.#views.delete(view)) return;
    const [oldest] = this.#views;
    const from = oldest?.openedAt ?? Number.POSITIVE_INFINITY;
    while (this.#kept[0] !== undefined && this.#kept[0].at < from) {
      this.#keptBytes -= (this.#kept.shift() as { bytes: number }).bytes;
    }
  }

  /** The oldest one is lost; false when there is none. */
  loseOldest(): boolean {
    const [oldest] = this.#views;
    if (oldest === undefined) return false;
    this.#lose(oldest);
    return true;
  }

  /** Batches from `first` on have been undone. */
  undone(first: number): void {
    for (const view of [...this.#views]) if (view.end > first) this.#lose(view);
  }

  /** A change has become durable as `value`, in place of `old`. */
  written(name: string, change: Change, value: Uint8Array | undefined, old: Uint8Array | undefined): void {
    if (this.#views.size === 0) return;
    let isKept = false;
    for (const { entries } of this.#views) {
      const seen = entries.get(name);
      if (seen === undefined) continue;
      if (old !== undefined && seen.value === old) isKept = true;
      if (value !== undefined && seen.change === change)
        entries.set(name, { key: seen.key, value, isDurable: true });
    }
    if (!isKept || old === undefined) return;
    const bytes = name.length + old.length;
    this.#kept.push({ bytes, at: this.#now });
    this.#keptBytes += bytes;
    while (this.#keptBytes > this.maxBytes && this.loseOldest());
  }

  /** What the disk did to a value, it did to the views that share it. */
  damaged(name: string, value: Uint8Array, damaged: Uint8Array): void {
    for (const { entries } of this.#views) {
      const seen = entries.get(name);
      if (seen?.value === value) entries.set(name, { ...seen, value: damaged });
    }
  }

  /** The process that had them is gone. */
  forgetAll(): void {
    for (const view of [...this.#views]) this.close(view);
  }

  #lose(view: FileView): void {
    view.isLost = true;
    view.entries.clear();
    this.close(view);
  }
}

/** What a view needs of its store. */
export interface ViewedStore {
  readonly name: string;
  readonly views: FileViews;
  /** Throws when the store is closed, or its process is gone. */
  check(): void;
  /** What the disk gives of a durable value. */
  read(value: Uint8Array): Uint8Array;
}

const NOTHING = new Uint8Array(0);

export class SimView implements StoreView {
  readonly #store: ViewedStore;
  readonly #view: FileView;
  #closed = false;

  constructor(store: ViewedStore, view: FileView) {
    this.#store = store;
    this.#view = view;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    checkKey(key);
    const seen = this.#view.entries.get(latin1(key));
    return seen === undefined ? undefined : this.#value(seen);
  }

  *range(range: Range): Generator<Entry> {
    const from = range.from === undefined ? undefined : latin1(range.from);
    const to = range.to === undefined ? undefined : latin1(range.to);
    const { limit = Number.POSITIVE_INFINITY, reverse = false } = range;
    let at = reverse ? to : from;
    for (let count = 0; count < limit; count++) {
      this.#check();
      const { entries } = this.#view;
      const name = reverse ? entries.before(at) : entries.after(at, count === 0);
      if (name === undefined) return;
      if (reverse ? from !== undefined && name < from : to !== undefined && name >= to) return;
      at = name;
      const seen = entries.get(name) as Seen;
      yield { key: seen.key, value: range.keysOnly ? NOTHING : this.#value(seen) };
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#store.views.close(this.#view);
  }

  #value({ value, isDurable }: Seen): Uint8Array {
    return isDurable ? this.#store.read(value) : value;
  }

  #check(): void {
    this.#store.check();
    const { name } = this.#store;
    const details = { path: name };
    if (this.#closed)
      throw new CoterieError("STORE_CLOSED", `a view of the store ${name} is closed`, { details });
    if (this.#view.isLost)
      throw new CoterieError("STORE_VIEW_LOST", `a view of the store ${name} was lost`, { details });
  }
}

/** @throws CoterieError STORE_VIEWS when there are as many as there may be. */
export function requireViewRoom({ count }: FileViews, name: string): void {
  if (count < MAX_VIEWS) return;
  throw new CoterieError("STORE_VIEWS", `the store ${name} has ${count} views open`, {
    details: { path: name },
  });
}
