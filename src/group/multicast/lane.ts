/**
 * One member's stream as a receiver has it: the bundles, kept until everybody has them, and the items that cannot be delivered yet,
 * in their order: the hold-back queue. `received` counts items that are here, `taken` those that delivery has looked at,
 * `heard` the messages of order fifo and above among those, `ordered` those of them that were delivered.
 */
import { Fifo } from "../../world/index.ts";
import { firstOfBundle, type ItemCursor, stableOfBundle } from "./bundle.ts";
import { isSync, isTotal } from "./mode.ts";
import type { Bundle } from "./outgoing.ts";

/** The mode of a marker in the hold-back queue. */
export const MARKER_MODE = -1;

/** A message that is held, or a marker: then `number` is its item's, and `sequence` which barrier it marks. */
export interface Held {
  /** Of its last item in the stream. */
  readonly number: number;
  readonly sequence: number;
  readonly mode: number;
  /** Where its vector is. */
  readonly bytes: Uint8Array;
  readonly vectorAt: number;
  readonly payload: Uint8Array;
}

/** A message of which parts have come. */
export interface Partial {
  readonly mode: number;
  readonly payload: Uint8Array;
  filledBytes: number;
}

export type Received = "new" | "known" | "gap";

export class Lane {
  readonly rank: number;
  received = 0;
  taken = 0;
  stable = 0;
  heard = 0;
  ordered = 0;
  /** Messages of a total order, syncs among them, that are held. */
  totals = 0;
  syncs = 0;
  /** Markers that came. */
  markers = 0;
  /** The highest item that was a barrier and has been passed. */
  passed = 0;
  partial: Partial | undefined;
  readonly held = new Fifo<Held>();
  /** Those held that follow what was not heard here when they came. */
  readonly orphans = new Fifo<Held>();
  /** Unordered messages that wait for stability or behind a barrier. */
  readonly loose = new Fifo<Held>();
  /** Numbers of the barriers in `held`. */
  readonly barriers = new Fifo<number>();
  readonly kept = new Fifo<Bundle>();
  keptBytes = 0;
  /** Bundles that delivery has not looked at. */
  readonly pending = new Fifo<Bundle>();

  constructor(rank: number) {
    this.rank = rank;
  }

  /** Takes a bundle that was checked. Only what continues the stream is kept. */
  receive(bytes: Uint8Array, count: number): Received {
    const first = firstOfBundle(bytes);
    const last = first + count - 1;
    this.confirm(stableOfBundle(bytes));
    if (last <= this.received) return "known";
    if (first > this.received + 1) return "gap";
    this.received = last;
    const bundle = { bytes, first, count };
    this.kept.push(bundle);
    this.pending.push(bundle);
    this.keptBytes += bytes.length;
    return "new";
  }

  /** Everybody has the items up to this one. @returns whether that is more than was known. */
  confirm(stable: number): boolean {
    // A confirmation may overtake, over another link, what it confirms: it holds for what was received all the same.
    if (stable <= this.stable) return false;
    this.stable = stable;
    this.forget();
    return true;
  }

  /** Lets go of bundles that are stable. */
  forget(): void {
    for (let bundle = this.kept.peek(); bundle !== undefined; bundle = this.kept.peek()) {
      if (bundle.first + bundle.count - 1 > this.stable) return;
      this.kept.shift();
      this.keptBytes -= bundle.bytes.length;
    }
  }

  /** Bundles with items after the `count`-th that are kept. */
  *keptAfter(count: number): Generator<Bundle> {
    for (const bundle of this.kept) if (bundle.first + bundle.count - 1 > count) yield bundle;
  }

  /** What is kept after the `count`-th item, if that is all that follows; else undefined. */
  keptWithoutGap(count: number): Bundle[] | undefined {
    const kept = [...this.keptAfter(count)];
    const [first] = kept;
    return first === undefined || first.first > count + 1 ? undefined : kept;
  }

  /** A message that was heard waits for its turn. */
  hold(held: Held): void {
    this.held.push(held);
    if (isTotal(held.mode)) this.totals++;
    if (!isSync(held.mode)) return;
    this.syncs++;
    this.barriers.push(held.number);
  }

  /** A marker came as this item, of a barrier that was not passed. */
  holdMarker(number: number): void {
    this.barriers.push(number);
    const { markers: sequence } = this;
    this.held.push({ number, sequence, mode: MARKER_MODE, vectorAt: 0, bytes: NONE, payload: NONE });
  }

  /** What is held at the head has its turn. */
  release(): Held {
    const head = this.held.shift() as Held;
    const isMarker = head.mode === MARKER_MODE;
    if (!isMarker && isTotal(head.mode)) this.totals--;
    if (!isMarker && !isSync(head.mode)) return head;
    if (!isMarker) this.syncs--;
    this.barriers.shift();
    this.passed = head.number;
    return head;
  }

  /** What is held will never have its turn. @returns how much that was. */
  discard(): number {
    const { length } = this.held;
    this.held.clear();
    this.barriers.clear();
    this.totals = 0;
    this.syncs = 0;
    return length;
  }

  startMessage(cursor: ItemCursor): void {
    const payload = new Uint8Array(cursor.totalBytes);
    payload.set(cursor.payload());
    this.partial = { mode: cursor.mode, payload, filledBytes: cursor.payloadBytes };
  }

  /** Adds a part. */
  continueMessage(cursor: ItemCursor): void {
    const { partial } = this;
    if (partial === undefined) return;
    const room = partial.payload.length - partial.filledBytes;
    const piece = cursor.payload();
    partial.payload.set(piece.length > room ? piece.subarray(0, room) : piece, partial.filledBytes);
    partial.filledBytes += Math.min(room, piece.length);
  }

  /** Adds the last part. @returns the whole message; undefined when the parts are none. */
  endMessage(cursor: ItemCursor): Partial | undefined {
    this.continueMessage(cursor);
    const { partial } = this;
    this.partial = undefined;
    return partial?.filledBytes === partial?.payload.length ? partial : undefined;
  }
}

const NONE = new Uint8Array(0);
