/**
 * Messages as bytes (x/paxos.x). Those that every entry or read needs are read and written by hand, without a copy of an entry;
 * `wire.test.ts` holds them against the generated codec, which does the rest.
 */
import {
  readHyper,
  readUint32,
  writeHyper,
  writeUint32,
  XdrReader,
  type XdrWriter,
} from "../marshal/index.ts";
import {
  fromWireConfiguration,
  fromWirePrefix,
  nameBytes,
  nameOf,
  numberOf,
  tokenBytes,
  tokenOf,
  toWireConfiguration,
  toWirePrefix,
} from "./codec.ts";
import type { Configuration } from "./configuration.ts";
import {
  decode_paxos_message,
  encode_paxos_message,
  PAXOS_MAX_RUN,
  type paxos_message,
  paxos_message_type,
  type paxos_snapshot,
} from "./gen/paxos.gen.ts";
import type { Accept, Accepted, Forward, Message, Read, Readable, SnapshotMark } from "./message.ts";

/** The first word of a link. */
export interface Hello {
  readonly kind: "hello";
  readonly format: number;
  readonly token: string;
  readonly id: number;
  readonly yourId: number;
  readonly founders: readonly string[];
  readonly founding: Configuration | undefined;
}

const type = paxos_message_type;
const ACCEPT_HEAD = 40;
const ACCEPTED_BYTES = 36;
const FORWARD_HEAD = 32;
const READ_BYTES = 28;
const READABLE_BYTES = 36;

export function encodeMessage(writer: XdrWriter, message: Message | Hello): void {
  switch (message.kind) {
    case "accept":
      writeAccept(writer, message);
      return;
    case "accepted":
      writeAccepted(writer, message);
      return;
    case "forward":
      writeForward(writer, message);
      return;
    case "read":
      writeRead(writer, message);
      return;
    case "readable":
      writeReadable(writer, message);
      return;
    default:
      encode_paxos_message(writer, toWire(message));
  }
}

function writeAccept(writer: XdrWriter, { ballot, from, committed, round, entries }: Accept): void {
  const at = writer.reserve(ACCEPT_HEAD);
  writeUint32(writer.bytes, at, type.PAXOS_ACCEPT);
  writeHyper(writer.bytes, at + 4, ballot);
  writeHyper(writer.bytes, at + 12, from);
  writeHyper(writer.bytes, at + 20, committed);
  writeHyper(writer.bytes, at + 28, round);
  writeEntries(writer, at + 36, entries);
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

function writeAccepted(writer: XdrWriter, { ballot, durable, wanted, round }: Accepted): void {
  const at = writer.reserve(ACCEPTED_BYTES);
  writeUint32(writer.bytes, at, type.PAXOS_ACCEPTED);
  writeHyper(writer.bytes, at + 4, ballot);
  writeHyper(writer.bytes, at + 12, durable);
  writeHyper(writer.bytes, at + 20, wanted);
  writeHyper(writer.bytes, at + 28, round);
}

function writeForward(writer: XdrWriter, { ballot, life, sequence, entries }: Forward): void {
  const at = writer.reserve(FORWARD_HEAD);
  writeUint32(writer.bytes, at, type.PAXOS_FORWARD);
  writeHyper(writer.bytes, at + 4, ballot);
  writeHyper(writer.bytes, at + 12, life);
  writeHyper(writer.bytes, at + 20, sequence);
  writeEntries(writer, at + 28, entries);
}

function writeRead(writer: XdrWriter, { ballot, life, number }: Read): void {
  const at = writer.reserve(READ_BYTES);
  writeUint32(writer.bytes, at, type.PAXOS_READ);
  writeHyper(writer.bytes, at + 4, ballot);
  writeHyper(writer.bytes, at + 12, life);
  writeHyper(writer.bytes, at + 20, number);
}

function writeReadable(writer: XdrWriter, { ballot, life, number, slot }: Readable): void {
  const at = writer.reserve(READABLE_BYTES);
  writeUint32(writer.bytes, at, type.PAXOS_READABLE);
  writeHyper(writer.bytes, at + 4, ballot);
  writeHyper(writer.bytes, at + 12, life);
  writeHyper(writer.bytes, at + 20, number);
  writeHyper(writer.bytes, at + 28, slot);
}

/** The message that fills the bytes, from `start` on; undefined for bytes that are none. Entries are views. */
export function decodeMessage(bytes: Uint8Array, start = 0): Message | Hello | undefined {
  const length = bytes.length - start;
  if (length < 4) return undefined;
  const message = decodeHot(bytes, start, length) ?? decodeCold(bytes, start);
  return message !== undefined && isBounded(message) ? message : undefined;
}

function decodeHot(bytes: Uint8Array, at: number, length: number): Message | undefined {
  const hyper = (offset: number) => readHyper(bytes, at + offset);
  switch (readUint32(bytes, at)) {
    case type.PAXOS_ACCEPT: {
      const entries = readEntries(bytes, at + ACCEPT_HEAD - 4);
      if (entries === undefined) return undefined;
      return {
        kind: "accept",
        ballot: hyper(4),
        from: hyper(12),
        committed: hyper(20),
        round: hyper(28),
        entries,
      };
    }
    case type.PAXOS_ACCEPTED:
      if (length !== ACCEPTED_BYTES) return undefined;
      return { kind: "accepted", ballot: hyper(4), durable: hyper(12), wanted: hyper(20), round: hyper(28) };
    case type.PAXOS_FORWARD: {
      const entries = readEntries(bytes, at + FORWARD_HEAD - 4);
      if (entries === undefined) return undefined;
      return { kind: "forward", ballot: hyper(4), life: hyper(12), sequence: hyper(20), entries };
    }
    case type.PAXOS_READ:
      if (length !== READ_BYTES) return undefined;
      return { kind: "read", ballot: hyper(4), life: hyper(12), number: hyper(20) };
    case type.PAXOS_READABLE:
      if (length !== READABLE_BYTES) return undefined;
      return { kind: "readable", ballot: hyper(4), life: hyper(12), number: hyper(20), slot: hyper(28) };
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

function isBounded(message: Message | Hello): boolean {
  for (const value of Object.values(message)) if (value === Number.POSITIVE_INFINITY) return false;
  return true;
}

function toWire(
  message: Exclude<Message, Accept | Accepted | Forward | Read | Readable> | Hello,
): paxos_message {
  switch (message.kind) {
    case "hello":
      return { type: type.PAXOS_HELLO, hello: helloToWire(message) };
    case "prevote": {
      const { ballot, committed, last } = message;
      const prevote = { ballot: BigInt(ballot), committed: BigInt(committed), last: BigInt(last) };
      return { type: type.PAXOS_PREVOTE, prevote };
    }
    case "prevoted": {
      const { ballot, promised, isGranted } = message;
      const prevoted = { ballot: BigInt(ballot), promised: BigInt(promised), is_granted: isGranted };
      return { type: type.PAXOS_PREVOTED, prevoted };
    }
    case "prepare": {
      const { ballot, from, last, handover } = message;
      const prepare = {
        ballot: BigInt(ballot),
        from: BigInt(from),
        last: BigInt(last),
        handover: BigInt(handover),
      };
      return { type: type.PAXOS_PREPARE, prepare };
    }
    case "promise": {
      const { ballot, from, committed, next, entries } = message;
      const numbers = {
        ballot: BigInt(ballot),
        from: BigInt(from),
        committed: BigInt(committed),
        next: BigInt(next),
      };
      return { type: type.PAXOS_PROMISE, promise: { ...numbers, entries: [...entries] } };
    }
    case "reject": {
      const reject = { ballot: BigInt(message.ballot), promised: BigInt(message.promised) };
      return { type: type.PAXOS_REJECT, reject };
    }
    case "forwarded": {
      const { ballot, life, next } = message;
      const forwarded = { ballot: BigInt(ballot), life: BigInt(life), next: BigInt(next) };
      return { type: type.PAXOS_FORWARDED, forwarded };
    }
    case "handover":
      return { type: type.PAXOS_HANDOVER, handover: { ballot: BigInt(message.ballot) } };
    case "removed":
      return { type: type.PAXOS_REMOVED, removed: { id: message.id } };
    case "offer": {
      const offer = { ballot: BigInt(message.ballot), snapshot: snapshotToWire(message.snapshot) };
      return { type: type.PAXOS_OFFER, offer };
    }
    case "chunk": {
      const { slot, checksum, number, bytes } = message;
      return { type: type.PAXOS_CHUNK, chunk: { slot: BigInt(slot), checksum, number, bytes } };
    }
    case "want": {
      const { slot, checksum, next, until } = message;
      return { type: type.PAXOS_WANT, want: { slot: BigInt(slot), checksum, next, until } };
    }
    case "state": {
      const { ballot, stream, prefix } = message;
      const state = { ballot: BigInt(ballot), stream: BigInt(stream), prefix: toWirePrefix(prefix) };
      return { type: type.PAXOS_STATE, state };
    }
    case "part": {
      const { stream, number, checksum, isEnd, bytes } = message;
      return {
        type: type.PAXOS_PART,
        part: { stream: BigInt(stream), number, checksum, is_end: isEnd, bytes },
      };
    }
    case "more": {
      const { stream, next, until } = message;
      return { type: type.PAXOS_MORE, more: { stream: BigInt(stream), next, until } };
    }
  }
}

function helloToWire({ format, token, id, yourId, founders, founding }: Hello) {
  return {
    format,
    token: tokenBytes(token),
    id,
    your_id: yourId,
    founders: founders.map(nameBytes),
    founding: founding === undefined ? [] : [toWireConfiguration(founding)],
  };
}

export function snapshotToWire({ prefix, bytes, chunks, checksum }: SnapshotMark): paxos_snapshot {
  return { prefix: toWirePrefix(prefix), bytes: BigInt(bytes), chunks, checksum };
}

export function snapshotFromWire({ prefix, bytes, chunks, checksum }: paxos_snapshot): SnapshotMark {
  return { prefix: fromWirePrefix(prefix), bytes: numberOf(bytes), chunks, checksum };
}

function decodeCold(bytes: Uint8Array, start: number): Message | Hello | undefined {
  try {
    const reader = new XdrReader(bytes, start);
    const message = decode_paxos_message(reader);
    reader.finish();
    return fromWire(message);
  } catch {
    return undefined;
  }
}

function fromWire(wire: paxos_message): Message | Hello | undefined {
  switch (wire.type) {
    case type.PAXOS_HELLO: {
      const { format, token, id, your_id, founders, founding } = wire.hello;
      return {
        kind: "hello",
        format,
        token: tokenOf(token),
        id,
        yourId: your_id,
        founders: founders.map(nameOf),
        founding: founding[0] === undefined ? undefined : fromWireConfiguration(founding[0]),
      };
    }
    case type.PAXOS_PREVOTE:
      return { kind: "prevote", ...numbers(wire.prevote) };
    case type.PAXOS_PREVOTED: {
      const { ballot, promised, is_granted } = wire.prevoted;
      return {
        kind: "prevoted",
        ballot: numberOf(ballot),
        promised: numberOf(promised),
        isGranted: is_granted,
      };
    }
    case type.PAXOS_PREPARE:
      return { kind: "prepare", ...numbers(wire.prepare) };
    case type.PAXOS_PROMISE: {
      const { entries, ...rest } = wire.promise;
      return { kind: "promise", ...numbers(rest), entries };
    }
    case type.PAXOS_REJECT:
      return { kind: "reject", ...numbers(wire.reject) };
    case type.PAXOS_FORWARDED:
      return { kind: "forwarded", ...numbers(wire.forwarded) };
    case type.PAXOS_HANDOVER:
      return { kind: "handover", ...numbers(wire.handover) };
    case type.PAXOS_REMOVED:
      return { kind: "removed", id: wire.removed.id };
    case type.PAXOS_OFFER: {
      const { ballot, snapshot } = wire.offer;
      return { kind: "offer", ballot: numberOf(ballot), snapshot: snapshotFromWire(snapshot) };
    }
    case type.PAXOS_CHUNK: {
      const { slot, checksum, number, bytes } = wire.chunk;
      return { kind: "chunk", slot: numberOf(slot), checksum, number, bytes };
    }
    case type.PAXOS_WANT: {
      const { slot, checksum, next, until } = wire.want;
      return { kind: "want", slot: numberOf(slot), checksum, next, until };
    }
    case type.PAXOS_STATE: {
      const { ballot, stream, prefix } = wire.state;
      return {
        kind: "state",
        ballot: numberOf(ballot),
        stream: numberOf(stream),
        prefix: fromWirePrefix(prefix),
      };
    }
    case type.PAXOS_PART: {
      const { stream, number, checksum, is_end, bytes } = wire.part;
      return { kind: "part", stream: numberOf(stream), number, checksum, isEnd: is_end, bytes };
    }
    case type.PAXOS_MORE: {
      const { stream, next, until } = wire.more;
      return { kind: "more", stream: numberOf(stream), next, until };
    }
    default:
      // The hot ones were looked at before, and are not well-formed.
      return undefined;
  }
}

/** All hypers as numbers. */
function numbers<Key extends string>(hypers: Readonly<Record<Key, bigint>>): Record<Key, number> {
  const result = {} as Record<Key, number>;
  for (const key of Object.keys(hypers) as Key[]) result[key] = numberOf(hypers[key]);
  return result;
}
