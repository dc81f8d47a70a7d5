/**
 * A store as it was: what was committed to the database then, and over it the changes that were not yet there. Neither changes
 * any more. A range is read in pages, so that its iteration may go on in later turns and nothing of lmdb's stays open between.
 */
import {
  CoterieError,
  checkKey,
  compareKeys,
  type Entry,
  type Range,
  type StoreView,
} from "../world/index.ts";
import { mergedEntries } from "./store-merged.ts";
import { keyString, type Layer } from "./store-overlay.ts";
import type { DatabaseSnapshot } from "./store-snapshot.ts";
import type { OpenView, StoreViews } from "./store-views.ts";

/** What one page of a range holds at most: entries, of which the first page has fewer, and bytes. */
const FIRST_PAGE_ENTRIES = 8;
const PAGE_ENTRIES = 256;
const PAGE_BYTES = 256 * 1024;

export class NodeView implements StoreView, OpenView {
  readonly snapshot: DatabaseSnapshot;
  readonly #path: string;
  readonly #views: StoreViews;
  #layers: readonly Layer[];
  #state: "open" | "lost" | "closed" = "open";

  /** `layers`: over the snapshot, the newest first. */
  constructor(path: string, views: StoreViews, snapshot: DatabaseSnapshot, layers: readonly Layer[]) {
    this.#path = path;
    this.#views = views;
    this.snapshot = snapshot;
    this.#layers = layers;
    views.add(this);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#check();
    checkKey(key);
    if (this.#layers.length > 0) {
      const name = keyString(key);
      for (const layer of this.#layers) {
        const change = layer.find(name);
        if (change !== undefined) return change.value;
      }
    }
    return this.snapshot.get(key);
  }

  *range(range: Range): Generator<Entry> {
    const { from, to, limit = Number.POSITIVE_INFINITY, reverse = false } = range;
    let rest: Range = range;
    let size = FIRST_PAGE_ENTRIES;
    for (let left = limit; left > 0; ) {
      this.#check();
      if (rest.from !== undefined && rest.to !== undefined && compareKeys(rest.from, rest.to) >= 0) return;
      const { entries, isLast } = this.#page(rest, Math.min(left, size));
      for (const entry of entries) {
        this.#check();
        yield entry;
      }
      const last = entries.at(-1);
      if (isLast || last === undefined) return;
      left -= entries.length;
      size = Math.min(2 * size, PAGE_ENTRIES);
      const ends = reverse ? { from, to: last.key } : { from: after(last.key), to };
      rest = { ...definedOnly(ends), reverse, keysOnly: range.keysOnly ?? false };
    }
  }

  close(): void {
    this.#views.remove(this);
    this.end("closed");
  }

  end(how: "lost" | "closed"): void {
    if (this.#state === "open") this.snapshot.close();
    if (this.#state !== "closed") this.#state = how;
    this.#layers = [];
  }

  #page(range: Range, size: number): { readonly entries: Entry[]; readonly isLast: boolean } {
    const entries: Entry[] = [];
    let bytes = 0;
    const all = this.snapshot.range(range);
    for (const { key, value } of mergedEntries(all, this.#layers, range, () => {})) {
      entries.push({ key, value: range.keysOnly ? NOTHING : value });
      bytes += key.length + value.length;
      if (entries.length === size || bytes >= PAGE_BYTES) return { entries, isLast: false };
    }
    return { entries, isLast: true };
  }

  #check(): void {
    if (this.#state === "open") return;
    const code = this.#state === "lost" ? "STORE_VIEW_LOST" : "STORE_CLOSED";
    throw new CoterieError(code, `a view of the store ${this.#path} is ${this.#state}`, {
      details: { path: this.#path },
    });
  }
}

/** The first key that comes after one. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

interface Ends {
  readonly from: Uint8Array | undefined;
  readonly to: Uint8Array | undefined;
}

function definedOnly({ from, to }: Ends): Pick<Range, "from" | "to"> {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

const NOTHING = new Uint8Array(0);
