/** The messages that are rare, between the forms of x/paxos.x, which the generated codec reads and writes, and those that the code works with. */
import { XdrReader } from "../marshal/index.ts";
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
  type paxos_message,
  paxos_message_type,
  type paxos_snapshot,
} from "./gen/paxos.gen.ts";
import type { Message, SnapshotMark } from "./message.ts";
import type { HotMessage } from "./wire-hot.ts";

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

export function toWire(message: Exclude<Message, HotMessage> | Hello): paxos_message {
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

export function decodeCold(bytes: Uint8Array, start: number): Message | Hello | undefined {
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
