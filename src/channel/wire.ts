/**
 * Packets as bytes (`x/channel.x`). What every data packet begins with is read and written by hand; `wire.test.ts` holds
 * that against the generated codec, which does the rest.
 */
import { XdrReader, XdrWriter } from "../marshal/index.ts";
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

const TWO_32 = 0x1_0000_0000;

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** A whole number below 2^53 as eight bytes. */
export function writeNumber(out: Uint8Array, at: number, value: number): void {
  writeUint32(out, at, Math.floor(value / TWO_32));
  writeUint32(out, at + 4, value);
}

/** Eight bytes as a number: exact below 2^53, and no less than that above. */
export function readNumber(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * TWO_32 + readUint32(bytes, at + 4);
}

/** Writes the head of a data packet at 0. */
export function writeDataHead(out: Uint8Array, idHigh: number, idLow: number, number: number): void {
  writeUint32(out, 0, PACKET_DATA);
  writeUint32(out, ID_AT, idHigh);
  writeUint32(out, ID_AT + 4, idLow);
  writeNumber(out, NUMBER_AT, number);
}

export function idHighOf(dataPacket: Uint8Array): number {
  return readUint32(dataPacket, ID_AT);
}

export function idLowOf(dataPacket: Uint8Array): number {
  return readUint32(dataPacket, ID_AT + 4);
}

export function numberOf(dataPacket: Uint8Array): number {
  return readNumber(dataPacket, NUMBER_AT);
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
