/**
 * Packets as bytes (`x/channel.x`). What every data packet begins with is read and written by hand; `wire.test.ts` holds
 * that against the generated codec, which does the rest.
 */
import { readHyper, readUint32, writeHyper, writeUint32, XdrReader, XdrWriter } from "../marshal/index.ts";
import {
  type channel_id,
  decode_initiation_payload,
  decode_packet,
  decode_response_payload,
  encode_initiation_payload,
  encode_packet,
  encode_response_payload,
  type packet,
  packet_kind,
  type party,
  type response_payload,
} from "./gen/channel.gen.ts";

export const { PACKET_DATA, PACKET_INITIATION, PACKET_RESET, PACKET_RESPONSE, PACKET_RETRY } = packet_kind;

/** Bytes of a data packet before its frames: kind, id, number. */
export const DATA_HEAD_BYTES = 20;
const ID_AT = 4;
const NUMBER_AT = 12;
/** Bytes of a RESET. */
export const RESET_BYTES = 20;
/** No packet is shorter. */
export const MIN_PACKET_BYTES = 12;

/** Writes the head of a data packet at 0. */
export function writeDataHead(out: Uint8Array, idHigh: number, idLow: number, number: number): void {
  writeUint32(out, 0, PACKET_DATA);
  writeUint32(out, ID_AT, idHigh);
  writeUint32(out, ID_AT + 4, idLow);
  writeHyper(out, NUMBER_AT, number);
}

export function idHighOf(dataPacket: Uint8Array): number {
  return readUint32(dataPacket, ID_AT);
}

export function idLowOf(dataPacket: Uint8Array): number {
  return readUint32(dataPacket, ID_AT + 4);
}

/** `Infinity` for what is 2^53 and more. */
export function numberOf(dataPacket: Uint8Array): number {
  return readHyper(dataPacket, NUMBER_AT);
}

/** The id's bytes within a data packet. */
export function idOf(dataPacket: Uint8Array): channel_id {
  return dataPacket.subarray(ID_AT, NUMBER_AT);
}

function encoded<T>(encode: (writer: XdrWriter, value: T) => void, value: T): Uint8Array {
  const writer = new XdrWriter(256);
  encode(writer, value);
  return writer.detach();
}

/** The value that fills `bytes`; undefined for bytes that are no such value. */
function decoded<T>(decode: (reader: XdrReader) => T, bytes: Uint8Array): T | undefined {
  try {
    const reader = new XdrReader(bytes);
    const value = decode(reader);
    reader.finish();
    return value;
  } catch {
    return undefined;
  }
}

/** A packet of any kind but data. */
export function encodePacket(value: packet): Uint8Array {
  return encoded(encode_packet, value);
}

export function decodePacket(bytes: Uint8Array): packet | undefined {
  return decoded(decode_packet, bytes);
}

export function encodeInitiator(initiator: party): Uint8Array {
  return encoded(encode_initiation_payload, { initiator });
}

export function decodeInitiator(bytes: Uint8Array): party | undefined {
  return decoded(decode_initiation_payload, bytes)?.initiator;
}

export function encodeAnswer(answer: response_payload): Uint8Array {
  return encoded(encode_response_payload, answer);
}

export function decodeAnswer(bytes: Uint8Array): response_payload | undefined {
  return decoded(decode_response_payload, bytes);
}
