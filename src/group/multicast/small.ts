/** Acknowledgments, confirmations and unreliable messages as bytes (`x/group.x`): small or frequent, so read and written by hand. */
import { readHyper, readUint32, writeHyper, writeUint32 } from "../../marshal/index.ts";
import { group_kind } from "../wire/gen/group.gen.ts";
import { padded } from "./bundle.ts";

const ACK_BYTES = 20;
const CONFIRM_BYTES = 16;
const LOOSE_HEAD_BYTES = 32;

export const kindOf = (message: Uint8Array): number => (message.length < 4 ? 0 : readUint32(message, 0));
/** Of an acknowledgment, a confirmation, an unreliable message, and a bundle. */
export const viewOf = (message: Uint8Array): number => (message.length < 8 ? 0 : readUint32(message, 4));

export function writeAck(view: number, isGap: boolean, count: number): Uint8Array {
  const bytes = new Uint8Array(ACK_BYTES);
  writeUint32(bytes, 0, group_kind.GROUP_ACK);
  writeUint32(bytes, 4, view);
  writeUint32(bytes, 8, isGap ? 1 : 0);
  writeHyper(bytes, 12, count);
  return bytes;
}

export function isAck(bytes: Uint8Array): boolean {
  return bytes.length === ACK_BYTES && readUint32(bytes, 8) <= 1 && Number.isSafeInteger(countOfAck(bytes));
}
export const isGapAck = (bytes: Uint8Array): boolean => readUint32(bytes, 8) === 1;
export const countOfAck = (bytes: Uint8Array): number => readHyper(bytes, 12);

export function writeConfirm(view: number, stable: number): Uint8Array {
  const bytes = new Uint8Array(CONFIRM_BYTES);
  writeUint32(bytes, 0, group_kind.GROUP_CONFIRM);
  writeUint32(bytes, 4, view);
  writeHyper(bytes, 8, stable);
  return bytes;
}

export function isConfirm(bytes: Uint8Array): boolean {
  return bytes.length === CONFIRM_BYTES && Number.isSafeInteger(stableOfConfirm(bytes));
}
export const stableOfConfirm = (bytes: Uint8Array): number => readHyper(bytes, 8);

export function writeLoose(
  view: number,
  mode: number,
  sequence: number,
  after: number,
  payload: Uint8Array,
): Uint8Array {
  const { length } = payload;
  const bytes = new Uint8Array(LOOSE_HEAD_BYTES + padded(length));
  writeUint32(bytes, 0, group_kind.GROUP_LOOSE);
  writeUint32(bytes, 4, view);
  writeUint32(bytes, 8, mode);
  writeHyper(bytes, 12, sequence);
  writeHyper(bytes, 20, after);
  writeUint32(bytes, 28, length);
  bytes.set(payload, LOOSE_HEAD_BYTES);
  return bytes;
}

export function isLoose(bytes: Uint8Array): boolean {
  return (
    bytes.length >= LOOSE_HEAD_BYTES &&
    bytes.length === LOOSE_HEAD_BYTES + padded(readUint32(bytes, 28)) &&
    Number.isSafeInteger(sequenceOfLoose(bytes)) &&
    Number.isSafeInteger(afterOfLoose(bytes))
  );
}
export const modeOfLoose = (bytes: Uint8Array): number => readUint32(bytes, 8);
export const sequenceOfLoose = (bytes: Uint8Array): number => readHyper(bytes, 12);
export const afterOfLoose = (bytes: Uint8Array): number => readHyper(bytes, 20);
export function payloadOfLoose(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(LOOSE_HEAD_BYTES, LOOSE_HEAD_BYTES + readUint32(bytes, 28));
}
