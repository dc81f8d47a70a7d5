/**
 * A member's own stream in one view: it numbers items, writes them into bundles, and keeps those until everybody has them. Each
 * receiver acknowledges with the count of items that it has; the least of these counts is what is stable, and is told to all with
 * the next bundle (cumulative acknowledgments and confirmations, as Isis has them). A bundle is written where it is kept.
 */
import { writeHyper, writeUint32 } from "../../marshal/index.ts";
import { Fifo } from "../../world/index.ts";
import {
  BEGIN,
  BUNDLE_HEAD_BYTES,
  CAUSAL,
  FIRST,
  LAST,
  MARKER,
  MESSAGE,
  NEXT,
  padded,
  RUNS,
  writeBundleHead,
} from "./bundle.ts";
import { type Past, vectorLengthOf, writeVector } from "./vector.ts";

/** Longer messages are cut into parts of so many bytes. A message that is not is never copied together by those who receive it. */
export const PART_BYTES = 64 * 1024;
/** Bytes of a bundle, at most: room for the longest part, whatever it says of its past, in any view. */
export const BUNDLE_BYTES = 72 * 1024;
/** Bundles are written side by side into memory of this size; the first is small, for groups that say little. */
const SLAB_BYTES = 4 * BUNDLE_BYTES;
const FIRST_SLAB_BYTES = 8 * 1024;
/** A bundle head's second last word pair: the confirmation. */
const STABLE_AT = 32;

export interface Bundle {
  readonly bytes: Uint8Array;
  /** Number of its first item. */
  readonly first: number;
  readonly count: number;
}

export class Outgoing {
  readonly #view: number;
  readonly #rank: number;
  /** By rank: items that the member has acknowledged. Our own entry is all there are. */
  readonly #acknowledged: Float64Array;
  readonly #kept = new Fifo<Bundle>();
  readonly #ready = new Fifo<Bundle>();
  #keptBytes = 0;
  #count = 0;
  #stable = 0;
  #told = 0;
  /** The last item that somebody wants confirmed soon. */
  #urgent = 0;

  #slab: Uint8Array = new Uint8Array(FIRST_SLAB_BYTES);
  /** Where the open bundle begins, and where its next item goes; the same when none is open. */
  #start = 0;
  #end = 0;
  #first = 0;
  #items = 0;
  #sequence = 0;
  #nextSequence = 0;
  #isUrgent = false;

  constructor(view: number, rank: number, members: number) {
    this.#view = view;
    this.#rank = rank;
    this.#acknowledged = new Float64Array(members);
    this.#acknowledged[rank] = Number.POSITIVE_INFINITY;
  }

  /** Items so far. */
  get count(): number {
    return this.#count;
  }

  /** Everybody has the items up to this one. */
  get stable(): number {
    return this.#stable;
  }

  /** Bytes that not everybody has, as far as is known. */
  get unstableBytes(): number {
    return this.#keptBytes + (this.#end - this.#start);
  }

  /** Something stable was not told yet. */
  get isTellingStable(): boolean {
    return this.#told < this.#stable;
  }

  /** Somebody waits for the confirmation of something that is stable and was not told to be. */
  get isTellingUrgent(): boolean {
    return this.#told < this.#stable && this.#told < this.#urgent;
  }

  get hasOpen(): boolean {
    return this.#end > this.#start;
  }

  /** @returns the number of the item. */
  message(mode: number, sequence: number, past: Past, payload: Uint8Array, isUrgent: boolean): number {
    const { length } = payload;
    const entries = vectorLengthOf(mode, past.ordered.length);
    const vectorBytes = entries === 0 ? 0 : 4 + 4 * entries;
    let at = this.#item(12 + vectorBytes + padded(length), sequence);
    const slab = this.#slab;
    writeUint32(slab, at, entries === 0 ? MESSAGE : CAUSAL);
    writeUint32(slab, at + 4, mode);
    at += 8;
    if (entries > 0) at = writeVector(slab, at, past, entries);
    this.#opaque(at, payload, length);
    return this.#added(isUrgent);
  }

  /** The first part of a message of `bytes`. */
  firstPart(mode: number, bytes: number, piece: Uint8Array): number {
    const at = this.#item(16 + padded(piece.length));
    writeUint32(this.#slab, at, FIRST);
    writeUint32(this.#slab, at + 4, mode);
    writeUint32(this.#slab, at + 8, bytes);
    this.#opaque(at + 12, piece, piece.length);
    return this.#added(false);
  }

  nextPart(piece: Uint8Array): number {
    const at = this.#item(8 + padded(piece.length));
    writeUint32(this.#slab, at, NEXT);
    this.#opaque(at + 4, piece, piece.length);
    return this.#added(false);
  }

  /** The last part of a message, which is sent by that. */
  lastPart(mode: number, sequence: number, past: Past, piece: Uint8Array, isUrgent: boolean): number {
    const entries = vectorLengthOf(mode, past.ordered.length);
    const at = this.#item(12 + 4 * entries + padded(piece.length), sequence);
    writeUint32(this.#slab, at, LAST);
    this.#opaque(writeVector(this.#slab, at + 4, past, entries), piece, piece.length);
    return this.#added(isUrgent);
  }

  /** @param runs pairs of rank and count. */
  runs(runs: readonly number[], isUrgent: boolean): number {
    const at = this.#item(8 + 4 * runs.length);
    writeUint32(this.#slab, at, RUNS);
    writeUint32(this.#slab, at + 4, runs.length / 2);
    for (let i = 0; i < runs.length; i++) writeUint32(this.#slab, at + 8 + 4 * i, runs[i] as number);
    return this.#added(isUrgent);
  }

  begin(rank: number): number {
    const at = this.#item(8);
    writeUint32(this.#slab, at, BEGIN);
    writeUint32(this.#slab, at + 4, rank);
    return this.#added(true);
  }

  marker(): number {
    const at = this.#item(4);
    writeUint32(this.#slab, at, MARKER);
    return this.#added(true);
  }

  /** Closes the open bundle, if there is one. */
  close(): void {
    if (!this.hasOpen) return;
    const first = this.#first;
    const count = this.#items;
    writeBundleHead(this.#slab, this.#start, {
      view: this.#view,
      rank: this.#rank,
      isUrgent: this.#isUrgent,
      first,
      sequence: this.#sequence,
      stable: this.#stable,
      count,
    });
    const bundle: Bundle = { bytes: this.#slab.subarray(this.#start, this.#end), first, count };
    this.#start = this.#end;
    this.#keptBytes += bundle.bytes.length;
    this.#kept.push(bundle);
    this.#ready.push(bundle);
  }

  /** The next closed bundle that has not been sent. */
  take(): Bundle | undefined {
    const bundle = this.#ready.shift();
    if (bundle === undefined) return undefined;
    // It may have waited for the end of the turn: what it confirms is what is known now.
    writeHyper(bundle.bytes, STABLE_AT, this.#stable);
    this.#told = this.#stable;
    return bundle;
  }

  /** The confirmation goes out by itself. */
  tellStable(): number {
    this.#told = this.#stable;
    return this.#stable;
  }

  /** The member has acknowledged so many items. @returns whether more is stable now. */
  acknowledge(rank: number, count: number): boolean {
    const before = this.#acknowledged[rank] as number;
    if (count <= before || count > this.#count) return false;
    this.#acknowledged[rank] = count;
    return before === this.#stable && this.#settle();
  }

  acknowledgedBy(rank: number): number {
    return this.#acknowledged[rank] as number;
  }

  /** For a group of one: what is sent is stable. */
  settleAlone(): boolean {
    return this.#acknowledged.length === 1 && this.#settle();
  }

  #settle(): boolean {
    let least = this.#count - this.#items * (this.hasOpen ? 1 : 0);
    for (const count of this.#acknowledged) if (count < least) least = count;
    if (least <= this.#stable) return false;
    this.#stable = least;
    for (let bundle = this.#kept.peek(); bundle !== undefined; bundle = this.#kept.peek()) {
      if (bundle.first + bundle.count - 1 > least) break;
      this.#kept.shift();
      this.#keptBytes -= bundle.bytes.length;
    }
    return true;
  }

  /** Room for an item of so many bytes in a bundle; `sequence` is that of the message that ends with it. */
  #item(bytes: number, sequence?: number): number {
    if (this.hasOpen && !this.#fits(bytes, sequence)) this.close();
    if (!this.hasOpen) this.#open(bytes);
    if (sequence !== undefined) {
      if (this.#nextSequence === 0) this.#sequence = sequence;
      this.#nextSequence = sequence + 1;
    }
    const at = this.#end;
    this.#end += bytes;
    return at;
  }

  #fits(bytes: number, sequence: number | undefined): boolean {
    const end = this.#end + bytes;
    if (end > this.#slab.length || end - this.#start > BUNDLE_BYTES) return false;
    return sequence === undefined || this.#nextSequence === 0 || this.#nextSequence === sequence;
  }

  #open(bytes: number): void {
    const needed = BUNDLE_HEAD_BYTES + bytes;
    if (this.#slab.length - this.#end < needed) {
      const size = Math.min(SLAB_BYTES, 4 * this.#slab.length);
      this.#slab = new Uint8Array(Math.max(size, needed));
      this.#end = 0;
    }
    this.#start = this.#end;
    this.#end += BUNDLE_HEAD_BYTES;
    this.#first = this.#count + 1;
    this.#items = 0;
    this.#sequence = 0;
    this.#nextSequence = 0;
    this.#isUrgent = false;
  }

  #opaque(at: number, payload: Uint8Array, length: number): void {
    const slab = this.#slab;
    writeUint32(slab, at, length);
    slab.set(payload, at + 4);
    slab.fill(0, at + 4 + length, this.#end);
  }

  #added(isUrgent: boolean): number {
    this.#items++;
    this.#count++;
    if (isUrgent) {
      this.#isUrgent = true;
      this.#urgent = this.#count;
    }
    return this.#count;
  }
}
