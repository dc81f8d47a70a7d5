/**
 * Messages as bytes (x/paxos.x). Those that every entry or read needs are read and written by hand; `wire.test.ts` holds them against
 * the generated codec, which does the rest.
 */
import type { XdrWriter } from "../marshal/index.ts";
import { encode_paxos_message } from "./gen/paxos.gen.ts";
import type { Message } from "./message.ts";
import { decodeCold, type Hello, toWire } from "./wire-cold.ts";
import { decodeHot, encodeHot, isHot } from "./wire-hot.ts";

export type { Hello } from "./wire-cold.ts";

export function encodeMessage(writer: XdrWriter, message: Message | Hello): void {
  if (isHot(message)) encodeHot(writer, message);
  else encode_paxos_message(writer, toWire(message));
}

/** The message that fills the bytes, from `start` on; undefined for bytes that are none. Entries are views. */
export function decodeMessage(bytes: Uint8Array, start = 0): Message | Hello | undefined {
  const length = bytes.length - start;
  if (length < 4) return undefined;
  const message = decodeHot(bytes, start, length) ?? decodeCold(bytes, start);
  return message !== undefined && isBounded(message) ? message : undefined;
}

function isBounded(message: Message | Hello): boolean {
  for (const value of Object.values(message)) if (value === Number.POSITIVE_INFINITY) return false;
  return true;
}
