/**
 * What is applied and not yet in the database, in memory over it: a removal stands as a change whose value is
 * undefined and hides what lies below.
 */
import { type Change, joinChanges, type Range, SortedMap } from "../world/index.ts";
import { type Demand, NO_DEMAND } from "./store-demand.ts";
import { changeLength } from "./store-log-format.ts";
import { bodyBytes } from "./store-value.ts";

/** What an entry costs in memory beside its key and value, for the bound of un-durable bytes. */
export const ENTRY_BYTES = 64;

export const PAGE_BYTES = 4096;

/** A key as a string of one character a byte: `Buffer`'s own method, which takes any Uint8Array as its `this`. */
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array): string }).latin1Slice;

export function keyString(key: Uint8Array): string {
  return latin1Slice.call(key);
}

/** What a key holds beneath a layer; the bytes are good until the next call. */
export type Beneath = (name: string, key: Uint8Array) => Uint8Array | undefined;

/** Changes over the database. */
export interface Layer {
  readonly isEmpty: boolean;
  /** The change of a key, by its string. */
  find(name: string): Change | undefined;
  /** The length of what `find` gives, without its bytes: -1 for a removal. */
  lengthOf(name: string): number | undefined;
  /** The changes within a range, in the range's order; they may change while they are walked. */
  walk(range: Range): Generator<readonly [string, Change]>;
  /** The layer as it is now, for good, over what lies beneath it now. */
  freeze(beneath: Beneath): Layer;
}

/** Changes that are not yet durable. */
export class Overlay implements Layer {
  readonly changes = new SortedMap<Change>();
  /** Bytes of all changes ever added, also of those that a later one replaced. */
  bytes = 0;
  /** How many of these go to the content file. */
  contentBytes = 0;
  /** The same, but of a change with spans only those. */
  grownBytes = 0;
  /** What its changes, the last of each key, take in a record of the log. */
  loggedBytes = 0;
  /** What the database's pages may hold beside: half of a page of small entries, the end of a long value's last one. */
  slackBytes = 0;
  /** How many changes were ever added, and how many of those were removals. */
  added = 0;
  removals = 0;
  /** Who lent arrays that are in here, or were until a later change replaced them. */
  readonly lenders: (() => void)[] = [];
  /** Who wants to know whether all of it became durable: called with what went wrong, if something did. */
  readonly watchers: ((error: Error | undefined) => void)[] = [];
  #hasSpans = false;
  #settled: Settlement | undefined;

  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  add(batch: readonly Change[]): void {
    for (const added of batch) {
      const name = keyString(added.key);
      const before = this.changes.get(name);
      const change = before === undefined ? added : joinChanges(before, added);
      const bytes = changeBytes(change);
      this.changes.set(name, change);
      this.bytes += bytes;
      this.grownBytes += grownBytesOf(change);
      const content = contentBytesOf(change);
      this.contentBytes += content;
      this.slackBytes += Math.min(bytes - content, PAGE_BYTES);
      this.loggedBytes += changeLength(change) - (before === undefined ? 0 : changeLength(before));
      if (change.value === undefined) this.removals++;
      if (change.spans !== undefined) this.#hasSpans = true;
    }
    this.added += batch.length;
  }

  /**
   * What it needs in the database, when of some keys, which `isCounted` tells, a value is counted already that will be
   * written only once: of a change with spans of such a one, only they, unless the value may have become longer by them.
   */
  demandBeyond(isCounted: (name: string) => boolean): Demand {
    if (!this.#hasSpans) return this;
    let { bytes, contentBytes, grownBytes, slackBytes, added, removals } = NO_DEMAND;
    for (const [name, change] of this.changes.entries()) {
      const isNew = mayGrow(change) || !isCounted(name);
      const size = isNew ? changeBytes(change) : grownBytesOf(change);
      const content = isNew ? contentBytesOf(change) : 0;
      bytes += size;
      contentBytes += content;
      grownBytes += grownBytesOf(change);
      slackBytes += Math.min(size - content, PAGE_BYTES);
      if (isNew) added++;
      if (change.value === undefined) removals++;
    }
    return { bytes, contentBytes, grownBytes, slackBytes, added, removals };
  }

  find(name: string): Change | undefined {
    return this.changes.get(name);
  }

  lengthOf(name: string): number | undefined {
    return lengthOf(this.changes.get(name));
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.changes, range, (change) => change);
  }

  freeze(): Layer {
    const frozen = new FrozenChanges(this.changes.copy());
    if (this.lenders.length > 0) frozen.own();
    return frozen;
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
    for (const watcher of this.watchers) watcher(error);
    if (error === undefined) this.#settled?.resolve();
    else this.#settled?.reject(error);
  }
}

/** Changes that nobody adds to. */
class FrozenChanges implements Layer {
  readonly #changes: SortedMap<Change>;

  constructor(changes: SortedMap<Change>) {
    this.#changes = changes;
  }

  /** Copies what may be lent. */
  own(): void {
    for (const [name, { key, value }] of this.#changes.entries()) {
      this.#changes.set(name, { key: new Uint8Array(key), value: value && new Uint8Array(value) });
    }
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  find(name: string): Change | undefined {
    return this.#changes.get(name);
  }

  lengthOf(name: string): number | undefined {
    return lengthOf(this.#changes.get(name));
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.#changes, range, (change) => change);
  }

  freeze(): Layer {
    return this;
  }
}

/** The entries of a map within a range, in the range's order. */
export function* walkLayer<Value>(
  map: SortedMap<Value>,
  range: Range,
  change: (value: Value, key: string) => Change,
): Generator<readonly [string, Change]> {
  const from = range.from === undefined ? undefined : keyString(range.from);
  const to = range.to === undefined ? undefined : keyString(range.to);
  let key = range.reverse ? map.before(to) : map.after(from, true);
  while (key !== undefined) {
    if (range.reverse ? from !== undefined && key < from : to !== undefined && key >= to) return;
    const value = map.get(key);
    if (value !== undefined) yield [key, change(value, key)];
    key = range.reverse ? map.before(key) : map.after(key, false);
  }
}

function lengthOf(change: Change | undefined): number | undefined {
  return change === undefined ? undefined : (change.value?.length ?? -1);
}

export function batchBytes(batch: readonly Change[]): number {
  let bytes = 0;
  for (const change of batch) bytes += changeBytes(change);
  return bytes;
}

/** Whether a change may make the value longer than the one before. */
function mayGrow({ value, spans }: Change): boolean {
  return spans === undefined || spans.at(-1)?.to === value?.length;
}

function contentBytesOf({ value }: Change): number {
  return value === undefined ? 0 : bodyBytes(value.length);
}

function grownBytesOf(change: Change): number {
  return change.spans === undefined ? changeBytes(change) : changeLength(change) + ENTRY_BYTES;
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

  /** By how much what is not durable makes the store grow, at most. */
  get unsyncedGrowthBytes(): number {
    return this.gathering.grownBytes + (this.committing?.grownBytes ?? 0);
  }

  /** Bytes of what is not durable, in memory. */
  get unsyncedBytes(): number {
    return this.gathering.bytes + (this.committing?.bytes ?? 0);
  }

  /** Those that hold something. */
  list(): Layer[] {
    return notEmpty([this.gathering, this.committing, this.logged, this.checkpointing]);
  }

  /** The same as they are now, for good, over a database that stays as it is. */
  freeze(database: (key: Uint8Array) => Uint8Array | undefined): Layer[] {
    const { gathering, committing, logged, checkpointing } = this;
    const oldest = checkpointing?.freeze((_name, key) => database(key));
    const newer = logged.freeze((name, key) => {
      const change = oldest?.find(name);
      return change === undefined ? database(key) : change.value;
    });
    return notEmpty([
      gathering.isEmpty ? undefined : gathering.freeze(),
      committing?.freeze(),
      newer,
      oldest,
    ]);
  }

  /** What is not durable yet. */
  unsettled(): Overlay[] {
    return notEmpty([this.gathering, this.committing]);
  }
}

function notEmpty<Some extends Layer>(layers: readonly (Some | undefined)[]): Some[] {
  return layers.filter((layer): layer is Some => layer !== undefined && !layer.isEmpty);
}

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
