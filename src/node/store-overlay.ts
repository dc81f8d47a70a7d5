/**
 * What is applied and not yet durable, in memory over the database: a removal stands as a change whose value is
 * undefined and hides what lies below. A store has one overlay that gathers changes and one under way to the disk.
 */
import { type Change, type Range, SortedMap } from "../world/index.ts";

/** What an entry costs in memory beside its key and value, for the bound of un-durable bytes. */
const ENTRY_BYTES = 64;

/** A key as a string of one character a byte: `Buffer`'s own method, which takes any Uint8Array as its `this`. */
const latin1Slice = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array): string }).latin1Slice;

export function keyString(key: Uint8Array): string {
  return latin1Slice.call(key);
}

export class Overlay {
  readonly changes = new SortedMap<Change>();
  /** Bytes of all changes ever added, also of those that a later one replaced. */
  bytes = 0;
  /** How many of those changes were removals. */
  removals = 0;
  #settled: Settlement | undefined;

  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  add(batch: readonly Change[]): void {
    for (const change of batch) {
      this.changes.set(keyString(change.key), change);
      if (change.value === undefined) this.removals++;
    }
    this.bytes += batchBytes(batch);
  }

  /** One promise for all who wait for this overlay. */
  get settled(): Promise<void> {
    this.#settled ??= withResolvers();
    return this.#settled.promise;
  }

  /** Tells those who wait, if any: `error` undefined when everything is durable. */
  settle(error: Error | undefined): void {
    if (error === undefined) this.#settled?.resolve();
    else this.#settled?.reject(error);
  }

  /** Its changes within a range, in the range's order; it may change while it is walked. */
  *walk(range: Range): Generator<readonly [string, Change]> {
    const { changes } = this;
    const from = range.from === undefined ? undefined : keyString(range.from);
    const to = range.to === undefined ? undefined : keyString(range.to);
    let key = range.reverse ? changes.before(to) : changes.after(from, true);
    while (key !== undefined) {
      if (range.reverse ? from !== undefined && key < from : to !== undefined && key >= to) return;
      const change = changes.get(key);
      if (change !== undefined) yield [key, change];
      key = range.reverse ? changes.before(key) : changes.after(key, false);
    }
  }
}

export function batchBytes(batch: readonly Change[]): number {
  let bytes = 0;
  for (const { key, value } of batch) bytes += key.length + (value?.length ?? 0) + ENTRY_BYTES;
  return bytes;
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
