/**
 * Durable storage as protocol code sees it: an ordered map from bytes to bytes, changed by atomic batches.
 *
 * A batch becomes visible and becomes durable at two different moments, which is what lets many callers share
 * one disk write: `apply` makes it visible to every later read at once; `sync` resolves when everything applied
 * before it is durable. A crash keeps everything that `sync` confirmed, and of the rest keeps a prefix of whole
 * batches, in the order of their `apply`.
 */

import type { Span } from "./spans.ts";

/** Keys are 1 to `MAX_KEY_BYTES` bytes and ordered as unsigned bytes, a prefix before what it begins. */
export const MAX_KEY_BYTES = 1024;
/** A value's largest size, 16 MiB. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;
const DEFAULT_MAX_VIEW_BYTES = 16 * 1024 ** 3;

/** Views of one store that may be open at once. */
export const MAX_VIEWS = 16;

/** One change: a value for a key, or `undefined` to remove the key. The store keeps the arrays: do not change them. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  /**
   * Where the value differs from the one that the key holds, if the caller knows: in order, apart from one another, at
   * most `MAX_SPANS`. It is the caller's promise that the key holds a value, that the new one is the same outside of
   * the spans, byte for byte at the same place, and that what lies beyond the old one's end lies in a span. The store may
   * then write the spans alone. The simulated store checks the promise.
   */
  readonly spans?: readonly Span[];
}

/** Which entries `Store.range` gives, and in which direction. Keys are compared byte by byte. */
export interface Range {
  /** First key, included. Default: the first of all. */
  readonly from?: Uint8Array;
  /** End of the range, excluded. Default: after the last of all. */
  readonly to?: Uint8Array;
  /** From the end backwards. Default false. */
  readonly reverse?: boolean;
  /** At most so many entries. Default: no limit. */
  readonly limit?: number;
  /** The values are not wanted, and are empty. Default false. */
  readonly keysOnly?: boolean;
}

/** A key of a store with its value. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a store takes on the disk, and could still take. */
export interface StoreUsage {
  /** Bytes that the store takes on the disk, without what only views keep. */
  readonly usedBytes: number;
  /** Bytes that it could still take, by the disk and by its own limit, whichever is less. What views keep counts as free: they give way. */
  readonly freeBytes: number;
  /** Bytes that were replaced or removed and are not used again, because views keep them. An estimate. */
  readonly viewBytes: number;
}

/**
 * A store as it was when the view was taken, whatever is applied since: across turns, and until `close`. It is of memory:
 * neither a crash nor closing the store leaves anything of it.
 *
 * A view keeps what it shows from being used again, and so must give way when that is too much, or the disk is full. It also
 * ends when it shows something that was not durable, and the disk then refused that. From then on all it says is
 * STORE_VIEW_LOST: whoever reads it begins again with another.
 */
export interface StoreView {
  /**
   * The value, or undefined. The caller may keep it and must not change it.
   * @throws CoterieError STORE_VIEW_LOST; STORE_CLOSED when the view or its store is closed; STORE_IO, STORE_CORRUPT as the store's
   *   `get`. So does the iteration of `range`.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Entries in key order. The iteration may go on in later turns. */
  range(range: Range): Iterable<Entry>;
  /** Lets go of what the view keeps. Needed also for one that is lost; any number of times. */
  close(): void;
}

/**
 * An ordered map from bytes to bytes. `apply` makes a batch visible, `sync` makes what was applied durable; a
 * crash keeps whole batches, and none without those before it.
 */
export interface Store {
  /**
   * The value, or undefined. The caller may keep it and must not change it.
   * @throws CoterieError STORE_IO, STORE_CORRUPT when the disk does not give it, which concerns this value alone; so do `borrow`
   *   and the values of `range`.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * What `get` gives, in bytes that are good until the next call of the store: for what is read to be checked and
   * copied, which needs no memory of its own.
   */
  borrow(key: Uint8Array): Uint8Array | undefined;
  /** How many bytes the value has, without reading them; undefined where there is none. Not counted in `unsettledReads`. */
  size(key: Uint8Array): number | undefined;
  /** Entries in key order. It sees the store as of the call or later, and must be consumed in the same turn. */
  range(range: Range): Iterable<Entry>;
  /**
   * Makes a batch visible, atomically; later changes of one key in it win. Not durable before `sync`.
   * @throws RangeError for a key or value of a size outside the bounds, and for spans that are none of the value.
   * @throws CoterieError STORE_FULL when too much is applied and not yet durable, STORE_CLOSED.
   */
  apply(batch: readonly Change[]): void;
  /**
   * `apply` of arrays that are lent: `returned` is called, once and not within the call, when the store keeps none of
   * them any more, because its files hold the batch or because it was undone. Then they may be changed. Until then
   * `get` and `range` may give out the very arrays. A crash returns nothing.
   */
  applyLent(batch: readonly Change[], returned: () => void): void;
  /**
   * Resolves when everything applied so far is durable. Many callers share one disk write. Rejects with
   * STORE_FULL or STORE_IO when that write failed: then everything that was applied and not yet durable has
   * been undone, for all, and `failures` has grown by one.
   */
  sync(): Promise<void>;
  /** True while something applied is not yet durable: false lets a caller skip `sync`. */
  readonly dirty: boolean;
  /**
   * Counts the reads (`get`, `range`) that saw, or missed through a removal, something applied and not yet
   * durable. A server that answers a read only after `sync` when this grew never shows a state that a crash can take back.
   */
  readonly unsettledReads: number;
  /** How many times un-durable changes were undone because the disk refused them. */
  readonly failures: number;
  /**
   * The store as of now. Taking one while something is not durable counts as a read of that: who needs a view that no crash can
   * contradict syncs first.
   * @throws CoterieError STORE_VIEWS when `MAX_VIEWS` are open, STORE_CLOSED.
   */
  view(): StoreView;
  usage(): StoreUsage;
  /** Makes everything durable, then closes, the views too. From its call on nothing is applied any more: `apply` says STORE_CLOSED. */
  close(): Promise<void>;
}

/** The bounds of a store that is opened. */
export interface StoreOptions {
  /** The most it may grow to, in bytes. Default 1 TiB of address space, 16 TiB at most; the disk's own size is the usual limit. */
  readonly maxBytes?: number;
  /** Bytes applied and not yet durable at which `apply` refuses with STORE_FULL. Default 256 MiB. */
  readonly maxUnsyncedBytes?: number;
  /**
   * What views may keep from being used again; beyond, the oldest is lost. Default 16 GiB, and never more than a quarter of
   * `maxBytes`.
   */
  readonly maxViewBytes?: number;
  /**
   * It is used as a log: what is written first is mostly removed first. The store may then leave values where they were first
   * written, which spares the disk a second copy. It promises the same with and without, and the one opens what the other left. Default
   * false.
   */
  readonly isLog?: boolean;
  /** Only reads; the store must exist, and nobody may have it open. `apply` throws TypeError. Default false. */
  readonly readOnly?: boolean;
}

/** The stores of a process, by their names. */
export interface Storage {
  /** Opens the named store, creating it when missing. Names: `[a-z0-9-]{1,64}`. Errors: the `STORE_…` codes. */
  open(name: string, options?: StoreOptions): Promise<Store>;
}

/** @throws RangeError for a key of a size outside the bounds. */
export function checkKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > MAX_KEY_BYTES) {
    throw new RangeError(`key of ${key.length} bytes: it must have 1 to ${MAX_KEY_BYTES}`);
  }
}

/** What views may keep, by a store's options. @throws RangeError for a negative `maxViewBytes`. */
export function viewLimitBytes(options: StoreOptions, maxBytes: number): number {
  const { maxViewBytes = DEFAULT_MAX_VIEW_BYTES } = options;
  if (!(maxViewBytes >= 0)) throw new RangeError(`maxViewBytes: ${maxViewBytes} is no amount`);
  return Math.min(maxViewBytes, maxBytes / 4);
}

/** Orders keys as the store does. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
