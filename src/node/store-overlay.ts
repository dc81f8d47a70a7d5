/**
 * What is applied and not yet in the database, in memory over it: a removal stands as a change whose value is
 * undefined and hides what lies below.
 */
import { type Change, compareKeys, type Entry, type Range, SortedMap } from "../world/index.ts";

/** What an entry costs in memory beside its key and value, for the bound of un-durable bytes. */
const ENTRY_BYTES = 64;

export const PAGE_BYTES = 4096;

/** A key as a string of one character a byte: `Buffer`'s own method, which takes any Uint8Array as its `this`. */
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array): string }).latin1Slice;

export function keyString(key: Uint8Array): string {
  return latin1Slice.call(key);
}

/** Changes over the database. */
export interface Layer {
  readonly isEmpty: boolean;
  /** The change of a key, by its string. */
  find(name: string): Change | undefined;
  /** The changes within a range, in the range's order; they may change while they are walked. */
  walk(range: Range): Generator<readonly [string, Change]>;
}

/** Changes that are not yet durable. */
export class Overlay implements Layer {
  readonly changes = new SortedMap<Change>();
  /** Bytes of all changes ever added, also of those that a later one replaced. */
  bytes = 0;
  /** What the database's pages may hold beside: half of a page of small entries, the end of a long value's last one. */
  slackBytes = 0;
  /** How many changes were ever added, and how many of those were removals. */
  added = 0;
  removals = 0;
  /** Who lent arrays that are in here, or were until a later change replaced them. */
  readonly lenders: (() => void)[] = [];
  #settled: Settlement | undefined;

  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  add(batch: readonly Change[]): void {
    for (const change of batch) {
      const bytes = changeBytes(change);
      this.changes.set(keyString(change.key), change);
      this.bytes += bytes;
      this.slackBytes += Math.min(bytes, PAGE_BYTES);
      if (change.value === undefined) this.removals++;
    }
    this.added += batch.length;
  }

  find(name: string): Change | undefined {
    return this.changes.get(name);
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.changes, range, (change) => change);
  }

  /** One promise for all who wait for this overlay. */
  get settled(): Promise<void> {
    this.#settled ??= withResolvers();
    return this.#settled.promise;
  }

  /**
   * To be called when the overlay is dropped. Tells those who wait, if any: `error` undefined when everything is
   * durable. What was lent is the lenders' again: the log and the database have copies.
   */
  settle(error: Error | undefined): void {
    for (const returned of this.lenders) returned();
    if (error === undefined) this.#settled?.resolve();
    else this.#settled?.reject(error);
  }
}

/** The entries of a map within a range, in the range's order. */
export function* walkLayer<Value>(
  map: SortedMap<Value>,
  range: Range,
  change: (value: Value) => Change,
): Generator<readonly [string, Change]> {
  const from = range.from === undefined ? undefined : keyString(range.from);
  const to = range.to === undefined ? undefined : keyString(range.to);
  let key = range.reverse ? map.before(to) : map.after(from, true);
  while (key !== undefined) {
    if (range.reverse ? from !== undefined && key < from : to !== undefined && key >= to) return;
    const value = map.get(key);
    if (value !== undefined) yield [key, change(value)];
    key = range.reverse ? map.before(key) : map.after(key, false);
  }
}

export function batchBytes(batch: readonly Change[]): number {
  let bytes = 0;
  for (const change of batch) bytes += changeBytes(change);
  return bytes;
}

function changeBytes({ key, value }: Change): number {
  return key.length + (value === undefined ? 0 : value.length) + ENTRY_BYTES;
}

/** The overlays of a store, the newest first. */
export class Overlays {
  /** Applied since the last group went under way. */
  gathering = new Overlay();
  /** The group under way: it becomes durable next. */
  committing: Overlay | undefined;
  /** Durable in the file of the log that is written. */
  logged: Layer = new Overlay();
  /** Durable in the log's other file, on the way into the database. */
  checkpointing: Layer | undefined;

  /** True while something applied is not durable. */
  get isDirty(): boolean {
    return !this.gathering.isEmpty || this.committing !== undefined;
  }

  /** True while something durable is in the log alone. */
  get isAhead(): boolean {
    return !this.logged.isEmpty || this.checkpointing !== undefined;
  }

  /** Bytes of what is not durable. */
  get unsyncedBytes(): number {
    return this.gathering.bytes + (this.committing?.bytes ?? 0);
  }

  /** Those that hold something. */
  list(): Layer[] {
    const all = [this.gathering, this.committing, this.logged, this.checkpointing];
    return all.filter((overlay): overlay is Layer => overlay !== undefined && !overlay.isEmpty);
  }
}

/**
 * The database's entries with layers over them, the newest first. `seen` is called for each entry that a layer put
 * there or hid, with the layer that decided.
 */
export function* mergedEntries(
  database: Iterable<Entry>,
  layers: readonly Layer[],
  range: Range,
  seen: (layer: Layer) => void,
): Generator<Entry> {
  const direction = range.reverse ? -1 : 1;
  const below = database[Symbol.iterator]();
  const walks = layers.map((layer) => layer.walk(range));
  const heads = walks.map((walk) => walk.next());
  try {
    let low = below.next();
    for (;;) {
      let layer: Layer | undefined;
      let change: Change | undefined;
      let name = "";
      for (let at = 0; at < layers.length; at++) {
        const head = heads[at];
        if (head === undefined || head.done === true) continue;
        const [candidate] = head.value;
        if (change !== undefined && (direction > 0 ? candidate >= name : candidate <= name)) continue;
        name = candidate;
        change = head.value[1];
        layer = layers[at];
      }
      if (low.done !== true) {
        const order = change === undefined ? -1 : direction * compareKeys(low.value.key, change.key);
        if (order <= 0) {
          const entry = low.value;
          low = below.next();
          if (order < 0) {
            yield entry;
            continue;
          }
        }
      }
      if (change === undefined || layer === undefined) return;
      seen(layer);
      for (let at = 0; at < layers.length; at++) {
        const head = heads[at];
        if (head?.done === false && head.value[0] === name) heads[at] = (walks[at] as Walk).next();
      }
      if (change.value !== undefined) yield { key: change.key, value: change.value };
    }
  } finally {
    below.return?.();
  }
}

type Walk = ReturnType<Layer["walk"]>;

interface Settlement {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers(): Settlement {
  let resolve: () => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
