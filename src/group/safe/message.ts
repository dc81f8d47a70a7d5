/** What members that keep a replica and those that follow one say to each other, as bytes (`x/group-safe.x`). */
import { type XdrReader, XdrWriter } from "../../marshal/index.ts";
import { read, toCount } from "./entry.ts";
import {
  decode_safe_message,
  encode_safe_message,
  safe_kind as Kind,
  type safe_message,
} from "./gen/group-safe.gen.ts";
import type { Answer } from "./sender.ts";

/** An entry of the log, and its index. */
export interface Logged {
  readonly index: number;
  readonly entry: Uint8Array;
}

/** A `stream` is what a replica sends in answer to one `follow`; a position is an index of the log. */
export type SafeMessage =
  | { readonly kind: "follow"; readonly stream: number; readonly after: number }
  | {
      readonly kind: "entries";
      readonly stream: number;
      readonly after: number;
      readonly entries: readonly Logged[];
    }
  | {
      readonly kind: "snapshot";
      readonly stream: number;
      readonly position: number;
      readonly number: number;
      readonly isLast: boolean;
      readonly piece: Uint8Array;
    }
  | { readonly kind: "took"; readonly stream: number; readonly bytes: number }
  | { readonly kind: "at"; readonly position: number }
  | { readonly kind: "submit"; readonly ticket: number; readonly entry: Uint8Array }
  | { readonly kind: "outcome"; readonly ticket: number; readonly answer: Answer };

/** By number on the wire. */
const ANSWERS: readonly Answer[] = ["delivered", "known", "early", "stale", "refused", "busy", "unknown"];

/** What an entry or a piece weighs in a stream beside its bytes. */
const ITEM_BYTES = 32;

export const weightOf = (bytes: Uint8Array): number => bytes.length + ITEM_BYTES;

const writer = new XdrWriter(4096);

/** In bytes that the next call of this module writes over. */
export function encodeMessage(message: SafeMessage): Uint8Array {
  writer.reset();
  encode_safe_message(writer, toWire(message));
  return writer.encoded();
}

/** Undefined for bytes that are no message. What is in it are views of them. */
export function decodeMessage(bytes: Uint8Array): SafeMessage | undefined {
  return read(bytes, (reader: XdrReader) => fromWire(decode_safe_message(reader)));
}

function toWire(message: SafeMessage): safe_message {
  switch (message.kind) {
    case "follow":
      return { kind: Kind.SAFE_FOLLOW, follow: { stream: message.stream, after: BigInt(message.after) } };
    case "entries": {
      const { stream, after, entries } = message;
      const logged = entries.map(({ index, entry }) => ({ index: BigInt(index), entry }));
      return { kind: Kind.SAFE_ENTRIES, entries: { stream, after: BigInt(after), entries: logged } };
    }
    case "snapshot": {
      const { stream, position, number, isLast, piece } = message;
      const snapshot = { stream, position: BigInt(position), number, is_last: isLast, piece };
      return { kind: Kind.SAFE_SNAPSHOT, snapshot };
    }
    case "took":
      return { kind: Kind.SAFE_TOOK, took: { stream: message.stream, bytes: BigInt(message.bytes) } };
    case "at":
      return { kind: Kind.SAFE_AT, position: BigInt(message.position) };
    case "submit":
      return { kind: Kind.SAFE_SUBMIT, submit: { ticket: BigInt(message.ticket), entry: message.entry } };
    case "outcome": {
      const result = ANSWERS.indexOf(
        message.answer,
      ) as typeof import("./gen/group-safe.gen.ts").safe_result["SAFE_DELIVERED"];
      return { kind: Kind.SAFE_OUTCOME, outcome: { ticket: BigInt(message.ticket), result } };
    }
  }
}

function fromWire(message: safe_message): SafeMessage {
  switch (message.kind) {
    case Kind.SAFE_FOLLOW:
      return { kind: "follow", stream: message.follow.stream, after: toCount(message.follow.after) };
    case Kind.SAFE_ENTRIES: {
      const { stream, after, entries } = message.entries;
      const logged = entries.map(({ index, entry }) => ({ index: toCount(index), entry }));
      return { kind: "entries", stream, after: toCount(after), entries: logged };
    }
    case Kind.SAFE_SNAPSHOT: {
      const { stream, position, number, is_last: isLast, piece } = message.snapshot;
      return { kind: "snapshot", stream, position: toCount(position), number, isLast, piece };
    }
    case Kind.SAFE_TOOK:
      return { kind: "took", stream: message.took.stream, bytes: toCount(message.took.bytes) };
    case Kind.SAFE_AT:
      return { kind: "at", position: toCount(message.position) };
    case Kind.SAFE_SUBMIT:
      return { kind: "submit", ticket: toCount(message.submit.ticket), entry: message.submit.entry };
    case Kind.SAFE_OUTCOME: {
      const { ticket, result } = message.outcome;
      return { kind: "outcome", ticket: toCount(ticket), answer: ANSWERS[result] as Answer };
    }
  }
}
