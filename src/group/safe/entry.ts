/** What an entry of the safe messages' log is as bytes (`x/group-safe.x`), and what a snapshot of it begins with. */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Member } from "../types.ts";
import {
  decode_safe_entry,
  decode_safe_head,
  encode_safe_entry,
  encode_safe_head,
} from "./gen/group-safe.gen.ts";

/** A safe message as the log has it. Counts stay below 2^53. */
export interface SafeEntry {
  readonly sender: Member;
  /** From 1, of this member's safe messages: the order in which they are delivered. */
  readonly number: number;
  /** The member waits for none below this one any more: they were delivered, or given up. */
  readonly base: number;
  /** Of all that the member multicast, whatever the guarantee: what names the message. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** The last number of a node's last member. */
export interface SenderState extends Member {
  readonly last: number;
}

export interface SafeHead {
  /** The log's index of what was applied last. */
  readonly position: number;
  /** The program's state has all up to this index: one that keeps its own position may be ahead of the log that its disk has. */
  readonly delivered: number;
  readonly senders: readonly SenderState[];
}

/** What an entry has beside its payload, at most. */
export const ENTRY_OVERHEAD_BYTES = 512;

const writer = new XdrWriter(4096);

/** In bytes that the next call of this module writes over. */
export function encodeEntry({ sender, number, base, sequence, payload }: SafeEntry): Uint8Array {
  writer.reset();
  encode_safe_entry(writer, {
    node: sender.node,
    incarnation: sender.incarnation,
    number: BigInt(number),
    base: BigInt(base),
    sequence: BigInt(sequence),
    payload,
  });
  return writer.encoded();
}

/** Undefined for bytes that are no entry. The payload is a view of them. */
export function decodeEntry(bytes: Uint8Array): SafeEntry | undefined {
  return read(bytes, (reader) => {
    const { node, incarnation, number, base, sequence, payload } = decode_safe_entry(reader);
    return {
      sender: { node, incarnation },
      number: toCount(number),
      base: toCount(base),
      sequence: toCount(sequence),
      payload,
    };
  });
}

/** In bytes that belong to the caller. */
export function encodeHead({ position, delivered, senders }: SafeHead): Uint8Array {
  writer.reset();
  encode_safe_head(writer, {
    position: BigInt(position),
    delivered: BigInt(delivered),
    senders: senders.map((each) => ({ ...each, last: BigInt(each.last) })),
  });
  return writer.encoded().slice();
}

/** Undefined for bytes that are none. */
export function decodeHead(bytes: Uint8Array): SafeHead | undefined {
  return read(bytes, (reader) => {
    const { position, delivered, senders } = decode_safe_head(reader);
    return {
      position: toCount(position),
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
