/**
 * The control messages of a group as bytes (`x/group.x`). Within the group, counts of items are numbers and not bigints; they stay
 * below 2^53. What is not below is no message.
 */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { GroupView, Promised, Proposal, Seat, Value } from "../membership/seat.ts";
import {
  decode_group_message,
  encode_group_message,
  GROUP_VERSION,
  type group_hello,
  group_kind,
  type group_message,
} from "./gen/group.gen.ts";
import {
  count,
  type Fetch,
  fetchFromWire,
  fetchToWire,
  promiseFromWire,
  promiseToWire,
  proposalFromWire,
  proposalToWire,
  valueFromWire,
  valueToWire,
  viewToWire,
} from "./values.ts";

export { GROUP_VERSION, group_kind as Kind };

export interface Hello {
  readonly incarnation: number;
  readonly view: number;
  readonly received: number;
  readonly isAsking: boolean;
}

/** A control message: all but those that `multicast/` reads and writes by hand. */
export type Control =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "news"; readonly isLive: boolean; readonly view: GroupView }
  | { readonly kind: "suspicions"; readonly view: number; readonly ranks: readonly number[] }
  | { readonly kind: "join"; readonly seat: Seat; readonly base: number; readonly isBase: boolean }
  | { readonly kind: "leave"; readonly node: string; readonly incarnation: number }
  | { readonly kind: "prepare"; readonly view: GroupView; readonly ballot: number }
  | { readonly kind: "promise"; readonly promise: Promised }
  | { readonly kind: "propose"; readonly proposal: Proposal }
  | { readonly kind: "accepted" | "refused"; readonly instance: number; readonly ballot: number }
  | { readonly kind: "decide"; readonly instance: number; readonly value: Value }
  | { readonly kind: "fetch" | "lack"; readonly fetch: Fetch }
  | { readonly kind: "probe" | "alive"; readonly view: number; readonly token: number }
  | { readonly kind: "pull"; readonly view: number; readonly next: number; readonly credit: number }
  | {
      readonly kind: "chunk";
      readonly view: number;
      readonly index: number;
      readonly isLast: boolean;
      readonly offset: number;
      readonly crc: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "detector"; readonly bytes: Uint8Array };

const writer = new XdrWriter(4096);

/** The message, in bytes that the next call writes over. */
export function encodeControl(message: Control): Uint8Array {
  writer.reset();
  encode_group_message(writer, toWire(message));
  return writer.encoded();
}

/** The message; undefined for bytes that are none, and for kinds that are not read here. */
export function decodeControl(bytes: Uint8Array): Control | undefined {
  try {
    const reader = new XdrReader(bytes);
    const message = decode_group_message(reader);
    reader.finish();
    return fromWire(message);
  } catch {
    return undefined;
  }
}

function toWire(message: Control): group_message {
  switch (message.kind) {
    case "hello":
      return { kind: group_kind.GROUP_HELLO, hello: helloToWire(message.hello) };
    case "news":
      return {
        kind: group_kind.GROUP_NEWS,
        news: { isLive: message.isLive, view: viewToWire(message.view) },
      };
    case "suspicions":
      return {
        kind: group_kind.GROUP_SUSPICIONS,
        suspicions: { view: message.view, ranks: [...message.ranks] },
      };
    case "join":
      return { kind: group_kind.GROUP_JOIN, join: message };
    case "leave":
      return { kind: group_kind.GROUP_LEAVE, leaver: message };
    case "prepare":
      return {
        kind: group_kind.GROUP_PREPARE,
        prepare: { view: viewToWire(message.view), ballot: message.ballot },
      };
    case "promise":
      return { kind: group_kind.GROUP_PROMISE, promise: promiseToWire(message.promise) };
    case "propose":
      return { kind: group_kind.GROUP_PROPOSE, propose: proposalToWire(message.proposal) };
    case "accepted":
      return { kind: group_kind.GROUP_ACCEPTED, accepted: message };
    case "refused":
      return { kind: group_kind.GROUP_REFUSED, refused: message };
    case "decide":
      return {
        kind: group_kind.GROUP_DECIDE,
        decide: { instance: message.instance, value: valueToWire(message.value) },
      };
    case "fetch":
      return { kind: group_kind.GROUP_FETCH, fetch: fetchToWire(message.fetch) };
    case "lack":
      return { kind: group_kind.GROUP_LACK, fetch: fetchToWire(message.fetch) };
    case "probe":
      return { kind: group_kind.GROUP_PROBE, probe: message };
    case "alive":
      return { kind: group_kind.GROUP_ALIVE, probe: message };
    case "pull":
      return { kind: group_kind.GROUP_PULL, pull: message };
    case "chunk":
      return { kind: group_kind.GROUP_CHUNK, chunk: { ...message, offset: BigInt(message.offset) } };
    case "detector":
      return { kind: group_kind.GROUP_DETECTOR, detector: message.bytes };
  }
}

function fromWire(message: group_message): Control | undefined {
  switch (message.kind) {
    case group_kind.GROUP_HELLO:
      return helloFromWire(message.hello);
    case group_kind.GROUP_NEWS:
      return { kind: "news", ...message.news };
    case group_kind.GROUP_SUSPICIONS:
      return { kind: "suspicions", ...message.suspicions };
    case group_kind.GROUP_JOIN:
      return { kind: "join", ...message.join };
    case group_kind.GROUP_LEAVE:
      return { kind: "leave", ...message.leaver };
    case group_kind.GROUP_PREPARE:
      return { kind: "prepare", ...message.prepare };
    case group_kind.GROUP_PROMISE:
      return { kind: "promise", promise: promiseFromWire(message.promise) };
    case group_kind.GROUP_PROPOSE:
      return { kind: "propose", proposal: proposalFromWire(message.propose) };
    case group_kind.GROUP_ACCEPTED:
      return { kind: "accepted", ...message.accepted };
    case group_kind.GROUP_REFUSED:
      return { kind: "refused", ...message.refused };
    case group_kind.GROUP_DECIDE:
      return {
        kind: "decide",
        instance: message.decide.instance,
        value: valueFromWire(message.decide.value),
      };
    case group_kind.GROUP_FETCH:
      return { kind: "fetch", fetch: fetchFromWire(message.fetch) };
    case group_kind.GROUP_LACK:
      return { kind: "lack", fetch: fetchFromWire(message.fetch) };
    case group_kind.GROUP_PROBE:
      return { kind: "probe", ...message.probe };
    case group_kind.GROUP_ALIVE:
      return { kind: "alive", ...message.probe };
    case group_kind.GROUP_PULL:
      return { kind: "pull", ...message.pull };
    case group_kind.GROUP_CHUNK:
      return { kind: "chunk", ...message.chunk, offset: count(message.chunk.offset) };
    case group_kind.GROUP_DETECTOR:
      return { kind: "detector", bytes: message.detector };
    default:
      return undefined;
  }
}

function helloToWire(hello: Hello): group_hello {
  return { ...hello, release: GROUP_VERSION, received: BigInt(hello.received) };
}

function helloFromWire({ release, received, ...rest }: group_hello): Control | undefined {
  if (release !== GROUP_VERSION) return undefined;
  return { kind: "hello", hello: { ...rest, received: count(received) } };
}
