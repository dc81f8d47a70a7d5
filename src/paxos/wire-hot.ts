/**
 * The messages that every entry or read needs, read and written by hand, without a copy of an entry. Each begins with its type and
 * three numbers.
 */
import { readHyper, readUint32, writeHyper, writeUint32, type XdrWriter } from "../marshal/index.ts";
import { PAXOS_MAX_RUN, paxos_message_type } from "./gen/paxos.gen.ts";
import type { Accept, Accepted, Forward, Message, Read, Readable } from "./message.ts";

export type HotMessage = Accept | Accepted | Forward | Read | Readable;

const type = paxos_message_type;
const ACCEPT_HEAD = 40;
const ACCEPTED_BYTES = 36;
const FORWARD_HEAD = 32;
const READ_BYTES = 28;
const READABLE_BYTES = 36;
/** Where the numbers are. */
const FIRST_AT = 4;
const SECOND_AT = 12;
const THIRD_AT = 20;
const FOURTH_AT = 28;

export function isHot(message: Message | { readonly kind: "hello" }): message is HotMessage {
  switch (message.kind) {
    case "accept":
    case "accepted":
    case "forward":
    case "read":
    case "readable":
      return true;
    default:
      return false;
  }
}

export function encodeHot(writer: XdrWriter, message: HotMessage): void {
  switch (message.kind) {
    case "accept": {
      const { ballot, from, committed, round, entries } = message;
      const at = writeHead(writer, type.PAXOS_ACCEPT, ACCEPT_HEAD, ballot, from, committed);
      writeHyper(writer.bytes, at + FOURTH_AT, round);
      writeEntries(writer, at + ACCEPT_HEAD - 4, entries);
      return;
    }
    case "accepted": {
      const { ballot, durable, wanted, round } = message;
      const at = writeHead(writer, type.PAXOS_ACCEPTED, ACCEPTED_BYTES, ballot, durable, wanted);
      writeHyper(writer.bytes, at + FOURTH_AT, round);
      return;
    }
    case "forward": {
      const { ballot, life, sequence, entries } = message;
      const at = writeHead(writer, type.PAXOS_FORWARD, FORWARD_HEAD, ballot, life, sequence);
      writeEntries(writer, at + FORWARD_HEAD - 4, entries);
      return;
    }
    case "read": {
      const { ballot, life, number } = message;
      writeHead(writer, type.PAXOS_READ, READ_BYTES, ballot, life, number);
      return;
    }
    case "readable": {
      const { ballot, life, number, slot } = message;
      const at = writeHead(writer, type.PAXOS_READABLE, READABLE_BYTES, ballot, life, number);
      writeHyper(writer.bytes, at + FOURTH_AT, slot);
    }
  }
}

/** A type and three numbers, of a message that is so long without its entries; where it begins. */
function writeHead(
  writer: XdrWriter,
  of: paxos_message_type,
  length: number,
  first: number,
  second: number,
  third: number,
): number {
  const at = writer.reserve(length);
  writeUint32(writer.bytes, at, of);
  writeHyper(writer.bytes, at + FIRST_AT, first);
  writeHyper(writer.bytes, at + SECOND_AT, second);
  writeHyper(writer.bytes, at + THIRD_AT, third);
  return at;
}

/** The count goes into place; each entry is a multiple of four bytes long. */
function writeEntries(writer: XdrWriter, countAt: number, entries: readonly Uint8Array[]): void {
  writeUint32(writer.bytes, countAt, entries.length);
  for (const entry of entries) {
    const at = writer.reserve(4 + entry.length);
    writeUint32(writer.bytes, at, entry.length);
    writer.bytes.set(entry, at + 4);
  }
}

/** The message of so many bytes; undefined when it is another one, or none. Entries are views. */
export function decodeHot(bytes: Uint8Array, at: number, length: number): HotMessage | undefined {
  const hyper = (offset: number) => readHyper(bytes, at + offset);
  switch (readUint32(bytes, at)) {
    case type.PAXOS_ACCEPT: {
      const entries = readEntries(bytes, at + ACCEPT_HEAD - 4);
      if (entries === undefined) return undefined;
      return {
        kind: "accept",
        ballot: hyper(FIRST_AT),
        from: hyper(SECOND_AT),
        committed: hyper(THIRD_AT),
        round: hyper(FOURTH_AT),
        entries,
      };
    }
    case type.PAXOS_ACCEPTED:
      if (length !== ACCEPTED_BYTES) return undefined;
      return {
        kind: "accepted",
        ballot: hyper(FIRST_AT),
        durable: hyper(SECOND_AT),
        wanted: hyper(THIRD_AT),
        round: hyper(FOURTH_AT),
      };
    case type.PAXOS_FORWARD: {
      const entries = readEntries(bytes, at + FORWARD_HEAD - 4);
      if (entries === undefined) return undefined;
      return {
        kind: "forward",
        ballot: hyper(FIRST_AT),
        life: hyper(SECOND_AT),
        sequence: hyper(THIRD_AT),
        entries,
      };
    }
    case type.PAXOS_READ:
      if (length !== READ_BYTES) return undefined;
      return { kind: "read", ballot: hyper(FIRST_AT), life: hyper(SECOND_AT), number: hyper(THIRD_AT) };
    case type.PAXOS_READABLE:
      if (length !== READABLE_BYTES) return undefined;
      return {
        kind: "readable",
        ballot: hyper(FIRST_AT),
        life: hyper(SECOND_AT),
        number: hyper(THIRD_AT),
        slot: hyper(FOURTH_AT),
      };
    default:
      return undefined;
  }
}

/** Entries to the end of the bytes, after their count. */
function readEntries(bytes: Uint8Array, countAt: number): Uint8Array[] | undefined {
  const { length } = bytes;
  if (countAt + 4 > length) return undefined;
  const count = readUint32(bytes, countAt);
  if (count > PAXOS_MAX_RUN) return undefined;
  const entries: Uint8Array[] = [];
  let at = countAt + 4;
  while (entries.length < count) {
    if (at + 4 > length) return undefined;
    const size = readUint32(bytes, at);
    // An entry is a multiple of four bytes long, so there is no fill.
    if (size % 4 !== 0 || size > length - at - 4) return undefined;
    entries.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return at === length ? entries : undefined;
}
