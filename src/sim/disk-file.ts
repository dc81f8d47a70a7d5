/**
 * One store's file on a simulated disk: its durable content and the batches applied since, in order. A crash keeps the
 * first few of those batches, how many is random, and loses the rest: whatever a kernel may do with pages that nobody
 * synced. Of a change with spans only those become durable, over whatever the key holds then.
 */
import { beneathSpans, type Change, SortedMap } from "../world/index.ts";
import { latin1 } from "./host.ts";
import { flipBits } from "./links.ts";
import type { Prng } from "./prng.ts";
import { type FileView, FileViews, type Seen } from "./store-view.ts";

/** What a disk damages at a time. */
const BLOCK_BYTES = 4096;

/** Is called with the name of each value that becomes durable. */
export type Wrote = (name: string) => void;

interface Batch {
  readonly changes: readonly Change[];
  /** Of a batch that was lent. */
  readonly returned: (() => void) | undefined;
}

interface Unsynced {
  readonly change: Change;
  readonly batch: number;
}

export class DiskFile {
  readonly durable = new SortedMap<{ readonly key: Uint8Array; readonly value: Uint8Array }>();
  /** The newest un-synced change of each key. */
  readonly unsynced = new SortedMap<Unsynced>();
  durableBytes = 0;
  unsyncedBytes = 0;
  /** Un-synced batches, oldest first; the first one's number is `#firstBatch`. */
  #batches: Batch[] = [];
  #firstBatch = 0;
  /** True while an incarnation has it open. */
  open = false;
  readonly views = new FileViews();
  /** Durable values that are as they were written, and not what became of them on the disk. */
  readonly #sound = new WeakSet<Uint8Array>();

  /** The number that the next batch will have; everything below it has been applied. */
  get nextBatch(): number {
    return this.#firstBatch + this.#batches.length;
  }

  get dirty(): boolean {
    return this.#batches.length > 0;
  }

  apply(batch: readonly Change[], returned?: () => void): void {
    const number = this.nextBatch;
    this.#batches.push({ changes: batch, returned });
    for (const change of batch) this.unsynced.set(latin1(change.key), { change, batch: number });
    this.unsyncedBytes += bytesOf(batch);
  }

  /** @throws RangeError when a change differs from what its key holds outside of its spans: its caller's mistake. */
  checkSpans(batch: readonly Change[]): void {
    if (!batch.some(({ spans }) => spans !== undefined)) return;
    const fresh = new Map<string, Uint8Array | undefined>();
    for (const change of batch) {
      const name = latin1(change.key);
      if (change.spans !== undefined) {
        const before = fresh.has(name) ? fresh.get(name) : this.#soundValue(name);
        if (before !== "unknown" && !keepsToSpans(before, change)) {
          throw new RangeError("a change differs from what its key holds outside of its spans");
        }
      }
      fresh.set(name, change.value);
    }
  }

  #soundValue(name: string): Uint8Array | undefined | "unknown" {
    const fresh = this.unsynced.get(name);
    if (fresh !== undefined) return fresh.change.value;
    const value = this.durable.get(name)?.value;
    return value === undefined || this.#sound.has(value) ? value : "unknown";
  }

  /** By how much the durable content would grow if batches below `end` became durable. */
  growthBytes(end: number): number {
    let bytes = 0;
    const last = new Map<string, Change>();
    for (const { changes } of this.#batches.slice(0, end - this.#firstBatch)) {
      for (const change of changes) last.set(latin1(change.key), change);
    }
    for (const [name, change] of last) {
      const old = this.durable.get(name);
      if (old !== undefined) bytes -= old.key.length + old.value.length;
      if (change.value !== undefined) bytes += change.key.length + change.value.length;
    }
    return bytes;
  }

  /** Batches below `end` are durable from now on. */
  harden(end: number, wrote?: Wrote): void {
    while (this.#firstBatch < end && this.#batches.length > 0) {
      const { changes, returned } = this.#batches.shift() as Batch;
      this.#write(changes, this.#firstBatch++, returned !== undefined);
      if (wrote !== undefined)
        for (const { key, value } of changes) if (value !== undefined) wrote(latin1(key));
      returned?.();
    }
    if (this.#batches.length === 0) this.unsynced.clear();
  }

  /** What the disk holds of a durable value is damaged from now on; false when there is nothing to damage. */
  damage(name: string, random: Prng): boolean {
    const entry = this.durable.get(name);
    if (entry === undefined || entry.value.length === 0) return false;
    const value = damaged(entry.value, random);
    this.durable.set(name, { key: entry.key, value });
    this.views.damaged(name, entry.value, value);
    return true;
  }

  /** Everything un-synced is undone. */
  undo(): void {
    for (const { returned } of this.#drop()) returned?.();
  }

  /** Keeps a random number of the un-synced batches and undoes the rest; returns both numbers. */
  crash(random: Prng): { kept: number; lost: number } {
    const kept = random.below(this.#batches.length + 1);
    const lost = this.#batches.length - kept;
    this.harden(this.#firstBatch + kept);
    this.#drop();
    this.views.forgetAll();
    this.open = false;
    return { kept, lost };
  }

  /** Everything as it is read now; what is not durable yet, and lent, is copied. */
  view(): FileView {
    const entries = new SortedMap<Seen>();
    for (const [name, { key, value }] of this.durable.entries())
      entries.set(name, { key, value, isDurable: true });
    for (const [name, { change, batch }] of this.unsynced.entries()) {
      const { key, value } = change;
      const isLent = this.#batches[batch - this.#firstBatch]?.returned !== undefined;
      if (value === undefined) entries.delete(name);
      else if (isLent)
        entries.set(name, { key: key.slice(), value: value.slice(), isDurable: false, change });
      else entries.set(name, { key, value, isDurable: false, change });
    }
    return this.views.open(entries, this.nextBatch);
  }

  #drop(): Batch[] {
    const dropped = this.#batches;
    if (dropped.length > 0) this.views.undone(this.#firstBatch);
    this.#firstBatch = this.nextBatch;
    this.#batches = [];
    this.unsynced.clear();
    this.unsyncedBytes = 0;
    return dropped;
  }

  #write(batch: readonly Change[], number: number, isLent: boolean): void {
    for (const change of batch) {
      const { key } = change;
      const name = latin1(key);
      const old = this.durable.get(name);
      if (old !== undefined) this.durableBytes -= old.key.length + old.value.length;
      const value = written(change, old?.value, isLent);
      this.views.written(name, change, value, old?.value);
      if (value === undefined) this.durable.delete(name);
      else {
        this.durable.set(name, { key: isLent ? key.slice() : key, value });
        this.durableBytes += key.length + value.length;
        if (old === undefined || this.#sound.has(old.value) || change.spans === undefined)
          this.#sound.add(value);
      }
      if (this.unsynced.get(name)?.batch === number) this.unsynced.delete(name);
    }
    this.unsyncedBytes -= bytesOf(batch);
  }
}

/** What becomes durable of a change over what its key holds. */
function written(
  { value, spans }: Change,
  before: Uint8Array | undefined,
  isLent: boolean,
): Uint8Array | undefined {
  if (value === undefined || spans === undefined || before === undefined)
    return isLent ? value?.slice() : value;
  const merged = beneathSpans(before, value.length);
  for (const { from, to } of spans) merged.set(value.subarray(from, to), from);
  return merged;
}

function keepsToSpans(before: Uint8Array | undefined, change: Change): boolean {
  const { value, spans = [] } = change;
  if (value === undefined || before === undefined) return false;
  const last = spans.at(-1);
  if (value.length > before.length && !(last?.to === value.length && last.from <= before.length))
    return false;
  const merged = written(change, before, false) as Uint8Array;
  for (let at = 0; at < merged.length; at++) if (merged[at] !== value[at]) return false;
  return true;
}

/** A copy with a few bits of one block flipped. */
export function damaged(value: Uint8Array, random: Prng): Uint8Array {
  const copy = value.slice();
  const block = random.below(Math.ceil(copy.length / BLOCK_BYTES));
  flipBits(copy.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES), random);
  return copy;
}

function bytesOf(batch: readonly Change[]): number {
  let bytes = 0;
  for (const { key, value } of batch) bytes += key.length + (value?.length ?? 0) + 64;
  return bytes;
}
