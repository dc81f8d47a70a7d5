/**
 * What an entry of the safe messages' log is as bytes (`x/group-safe.x`), and what a snapshot of it begins with. What is done for each
 * message of an entry is done by hand; `entry.test.ts` holds it against the generated codec.
 */
import { readHyper, writeHyper, writeUint32, XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Member } from "../types.ts";
import {
  decode_safe_head,
  encode_safe_entry,
  encode_safe_head,
  SAFE_MAX_BATCH,
  SAFE_MAX_NODE,
} from "./gen/group-safe.gen.ts";

/** A safe message as its member sent it. */
export interface SafeItem {
  /** Of all that the member multicast, whatever the guarantee: what names the message. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Whose entry it is, and which: what decides whether it is delivered. Counts stay below 2^53. */
export interface EntryPlace {
  readonly sender: Member;
  /** From 1, of this member's entries: the order in which they are delivered. */
  readonly number: number;
  /** The member waits for none below this one any more: they were delivered, or given up. */
  readonly base: number;
}

/** Messages of a member as the log has them: all are delivered, in this order, or none is. */
export interface SafeEntry extends EntryPlace {
  readonly items: readonly SafeItem[];
}

/** The number of the entry of a node's last member that was delivered last. */
export interface SenderState extends Member {
  readonly last: number;
}

export interface SafeHead {
  /** The log's index of what was applied last. */
  readonly position: number;
  /** Messages that were delivered up to there, since the log began. */
  readonly count: number;
  /** The program's state has so many of them: one that keeps its own position may be ahead of the log that its disk has. */
  readonly delivered: number;
  readonly senders: readonly SenderState[];
}

/** What an entry with one message has beside its payload, at most. */
export const ENTRY_OVERHEAD_BYTES = 512;

/** What an item has before its payload. */
const ITEM_HEAD_BYTES = 12;
/** Where an entry's number and its base are, before the end of its head: number, base, count. */
const NUMBER_BACK = 20;
const BASE_BACK = 12;
const COUNT_BACK = 4;
/** What a writer's buffer may keep between entries. */
const KEPT_BYTES = 256 * 1024;

/** Gathers messages of one member into an entry. */
export class EntryWriter {
  count = 0;
  #writer = new XdrWriter(4096);
  readonly #head: Uint8Array;

  constructor({ node, incarnation }: Member) {
    encode_safe_entry(this.#writer, { node, incarnation, number: 0n, base: 0n, items: [] });
    this.#head = this.#writer.encoded().slice();
  }

  /** Of what is gathered. */
  get bytes(): number {
    return this.#writer.position;
  }

  add(sequence: number, payload: Uint8Array): void {
    const at = this.#writer.reserve(ITEM_HEAD_BYTES - 4);
    writeHyper(this.#writer.bytes, at, sequence);
    this.#writer.opaque(payload);
    this.count++;
  }

  /** The entry of this number, in bytes of its own, whose base is to be set. What is added from here on is of the next. */
  take(number: number): Uint8Array {
    const { length } = this.#head;
    const entry = this.#writer.encoded().slice();
    writeHyper(entry, length - NUMBER_BACK, number);
    writeUint32(entry, length - COUNT_BACK, this.count);
    this.clear();
    return entry;
  }

  /** Says in an entry of this member what it waits for now. */
  setBase(entry: Uint8Array, base: number): void {
    writeHyper(entry, this.#head.length - BASE_BACK, base);
  }

  clear(): void {
    if (this.#writer.bytes.length > KEPT_BYTES) this.#writer = new XdrWriter(4096);
    this.#writer.reset();
    this.#writer.raw(this.#head);
    this.count = 0;
  }
}

/** Undefined for bytes that are no entry. Payloads are views of them. */
export function decodeEntry(bytes: Uint8Array): SafeEntry | undefined {
  return read(bytes, (reader) => {
    const node = reader.string(SAFE_MAX_NODE);
    const incarnation = reader.uint();
    const number = toCount(reader.uhyper());
    const base = toCount(reader.uhyper());
    const items = new Array<SafeItem>(reader.count(SAFE_MAX_BATCH, ITEM_HEAD_BYTES));
    for (let at = 0; at < items.length; at++) items[at] = readItem(reader);
    return { sender: { node, incarnation }, number, base, items };
  });
}

function readItem(reader: XdrReader): SafeItem {
  const at = reader.position;
  reader.skip(ITEM_HEAD_BYTES - 4);
  const sequence = readHyper(reader.bytes, at);
  if (sequence === Number.POSITIVE_INFINITY) throw new XdrError("XDR_RANGE", "a sequence of 2^53 or more");
  return { sequence, payload: reader.opaque() };
}

/** In bytes that belong to the caller. */
export function encodeHead({ position, count, delivered, senders }: SafeHead): Uint8Array {
  const writer = new XdrWriter(4096);
  encode_safe_head(writer, {
    position: BigInt(position),
    count: BigInt(count),
    delivered: BigInt(delivered),
    senders: senders.map((each) => ({ ...each, last: BigInt(each.last) })),
  });
  return writer.detach(0);
}

/** Undefined for bytes that are none. */
export function decodeHead(bytes: Uint8Array): SafeHead | undefined {
  return read(bytes, (reader) => {
    const { position, count, delivered, senders } = decode_safe_head(reader);
    return {
      position: toCount(position),
      count: toCount(count),
      delivered: toCount(delivered),
      senders: senders.map((each) => ({ ...each, last: toCount(each.last) })),
    };
  });
}

/** Undefined for what the decoder refuses, and for bytes that are left over. */
export function read<Result>(bytes: Uint8Array, decode: (reader: XdrReader) => Result): Result | undefined {
  try {
    const reader = new XdrReader(bytes);
    const result = decode(reader);
    reader.finish();
    return result;
  } catch (error) {
    if (error instanceof XdrError) return undefined;
    throw error;
  }
}

/** @throws XdrError for what no number here is. */
export function toCount(value: bigint): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count)) throw new XdrError("XDR_RANGE", `${value} counts nothing`);
  return count;
}
