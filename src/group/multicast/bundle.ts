/**
 * Bundles as bytes (`group_bundle` in `x/group.x`): a run of consecutive items of one member's stream in one view, with a
 * single head. A bundle is written once, into the memory in which its sender keeps it until it is stable; whoever receives it
 * keeps the bytes that came, and whoever forwards it sends them as they are. Read and written by hand: every message passes here.
 */
import { readHyper, readUint32, writeHyper, writeUint32 } from "../../marshal/index.ts";
import { group_item_kind, group_kind } from "../wire/gen/group.gen.ts";
import { isCausal, isStreamMode } from "./mode.ts";
import { vectorLengthOf } from "./vector.ts";

export const {
  GROUP_ITEM_MESSAGE: MESSAGE,
  GROUP_ITEM_CAUSAL: CAUSAL,
  GROUP_ITEM_FIRST: FIRST,
  GROUP_ITEM_NEXT: NEXT,
  GROUP_ITEM_LAST: LAST,
  GROUP_ITEM_RUNS: RUNS,
  GROUP_ITEM_BEGIN: BEGIN,
  GROUP_ITEM_MARKER: MARKER,
} = group_item_kind;

/** Bytes before the first item. */
export const BUNDLE_HEAD_BYTES = 44;
const VIEW_AT = 4;
const RANK_AT = 8;
const URGENT_AT = 12;
const FIRST_AT = 16;
const SEQUENCE_AT = 24;
const STABLE_AT = 32;
const COUNT_AT = 40;

export const padded = (bytes: number): number => (bytes + 3) & ~3;

export interface BundleHead {
  readonly view: number;
  readonly rank: number;
  readonly isUrgent: boolean;
  /** Number of the first item. */
  readonly first: number;
  /** Sequence of the first message that ends here. */
  readonly sequence: number;
  readonly stable: number;
  /** Items. */
  readonly count: number;
}

export function writeBundleHead(out: Uint8Array, at: number, head: BundleHead): void {
  writeUint32(out, at, group_kind.GROUP_BUNDLE);
  writeUint32(out, at + VIEW_AT, head.view);
  writeUint32(out, at + RANK_AT, head.rank);
  writeUint32(out, at + URGENT_AT, head.isUrgent ? 1 : 0);
  writeHyper(out, at + FIRST_AT, head.first);
  writeHyper(out, at + SEQUENCE_AT, head.sequence);
  writeHyper(out, at + STABLE_AT, head.stable);
  writeUint32(out, at + COUNT_AT, head.count);
}

export const viewOfBundle = (bytes: Uint8Array): number => readUint32(bytes, VIEW_AT);
export const rankOfBundle = (bytes: Uint8Array): number => readUint32(bytes, RANK_AT);
export const isUrgentBundle = (bytes: Uint8Array): boolean => readUint32(bytes, URGENT_AT) !== 0;
export const firstOfBundle = (bytes: Uint8Array): number => readHyper(bytes, FIRST_AT);
export const sequenceOfBundle = (bytes: Uint8Array): number => readHyper(bytes, SEQUENCE_AT);
export const stableOfBundle = (bytes: Uint8Array): number => readHyper(bytes, STABLE_AT);
export const countOfBundle = (bytes: Uint8Array): number => readUint32(bytes, COUNT_AT);

/** One pass over the items of a bundle. The same cursor serves all bundles: its fields are those of the item it is at. */
export class ItemCursor {
  bytes: Uint8Array = new Uint8Array(0);
  kind = 0;
  mode = 0;
  /** Of the whole message, where the item is the first part of one. */
  totalBytes = 0;
  /** Entries of the vector, and where they begin. */
  vectorLength = 0;
  vectorAt = 0;
  /** What the item carries: bytes of a message or a part; runs. */
  payloadAt = 0;
  payloadBytes = 0;
  /** Of `BEGIN`. */
  rank = 0;
  #next = 0;
  #left = 0;

  /** Before the first item of a bundle, which is at least a head long. */
  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#next = BUNDLE_HEAD_BYTES;
    this.#left = countOfBundle(bytes);
  }

  /** Nothing of the last bundle is held any more. */
  close(): void {
    this.bytes = EMPTY;
  }

  /** Goes to the next item; false behind the last one, or where what follows is none. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const { bytes } = this;
    const at = this.#next;
    if (at + 4 > bytes.length) return this.#fail();
    this.kind = readUint32(bytes, at);
    this.vectorLength = 0;
    switch (this.kind) {
      case MESSAGE:
        return this.#mode(at + 4) && this.#payload(at + 8);
      case CAUSAL:
        return this.#mode(at + 4) && this.#vector(at + 8) && this.#payload(this.#next);
      case FIRST:
        if (!this.#mode(at + 4) || at + 12 > bytes.length) return this.#fail();
        this.totalBytes = readUint32(bytes, at + 8);
        return this.#payload(at + 12);
      case NEXT:
        return this.#payload(at + 4);
      case LAST:
        return this.#vector(at + 4) && this.#payload(this.#next);
      case RUNS:
        return this.#runs(at + 4);
      case BEGIN:
        if (at + 8 > bytes.length) return this.#fail();
        this.rank = readUint32(bytes, at + 4);
        this.#next = at + 8;
        return true;
      case MARKER:
        this.#next = at + 4;
        return true;
      default:
        return this.#fail();
    }
  }

  /** All items were there, and nothing after them. */
  get isWhole(): boolean {
    return this.#left === 0 && this.#next === this.bytes.length;
  }

  payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.payloadAt + this.payloadBytes);
  }

  #mode(at: number): boolean {
    if (at + 4 > this.bytes.length) return this.#fail();
    this.mode = readUint32(this.bytes, at);
    return isStreamMode(this.mode) || this.#fail();
  }

  #vector(at: number): boolean {
    const { bytes } = this;
    if (at + 4 > bytes.length) return this.#fail();
    this.vectorLength = readUint32(bytes, at);
    this.vectorAt = at + 4;
    this.#next = at + 4 + 4 * this.vectorLength;
    return this.#next <= bytes.length || this.#fail();
  }

  #payload(at: number): boolean {
    const { bytes } = this;
    if (at + 4 > bytes.length) return this.#fail();
    this.payloadBytes = readUint32(bytes, at);
    this.payloadAt = at + 4;
    this.#next = at + 4 + padded(this.payloadBytes);
    return (this.payloadBytes <= bytes.length && this.#next <= bytes.length) || this.#fail();
  }

  #runs(at: number): boolean {
    const { bytes } = this;
    if (at + 4 > bytes.length) return this.#fail();
    const count = readUint32(bytes, at);
    this.payloadAt = at + 4;
    this.payloadBytes = 8 * count;
    this.#next = this.payloadAt + this.payloadBytes;
    return this.#next <= bytes.length || this.#fail();
  }

  #fail(): false {
    this.#left = 0;
    this.#next = -1;
    return false;
  }
}

const EMPTY = new Uint8Array(0);
const checking = new ItemCursor();

/**
 * Whether `bytes`, which begin as a bundle does, are one whole bundle that a member of a view of so many can have sent. What
 * passes needs no further looks at bounds.
 */
export function isBundle(bytes: Uint8Array, members: number, maxMessageBytes: number): boolean {
  if (bytes.length < BUNDLE_HEAD_BYTES || rankOfBundle(bytes) >= members) return false;
  const count = countOfBundle(bytes);
  const last = firstOfBundle(bytes) + count;
  if (count === 0 || !Number.isSafeInteger(last) || !Number.isSafeInteger(sequenceOfBundle(bytes) + count))
    return false;
  if (firstOfBundle(bytes) === 0 || !Number.isSafeInteger(stableOfBundle(bytes))) return false;
  const cursor = checking;
  cursor.open(bytes);
  let isGood = true;
  while (isGood && cursor.next()) isGood = isItem(cursor, members, maxMessageBytes);
  isGood &&= cursor.isWhole;
  cursor.close();
  return isGood;
}

function isItem(cursor: ItemCursor, members: number, maxMessageBytes: number): boolean {
  const { kind, mode } = cursor;
  switch (kind) {
    case MESSAGE:
      return !isCausal(mode);
    case CAUSAL:
      return isCausal(mode) && cursor.vectorLength === vectorLengthOf(mode, members);
    case FIRST:
      return cursor.totalBytes <= maxMessageBytes && cursor.payloadBytes < cursor.totalBytes;
    case LAST:
      return cursor.vectorLength % members === 0 && cursor.vectorLength <= 2 * members;
    case RUNS:
      return areRuns(cursor, members);
    case BEGIN:
      return cursor.rank < members;
    default:
      return true;
  }
}

function areRuns({ bytes, payloadAt, payloadBytes }: ItemCursor, members: number): boolean {
  for (let at = payloadAt; at < payloadAt + payloadBytes; at += 8) {
    if (readUint32(bytes, at) >= members || readUint32(bytes, at + 4) === 0) return false;
  }
  return payloadBytes > 0;
}
