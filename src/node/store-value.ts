/**
 * How values lie in the database. Most lie there as they are. A large one leaves the blocks that it fills to the content
 * file, and a pointer to them in its place, with the bytes that fill no block: the first ones, so that the
 * rest is whole blocks, aligned.
 *
 *     ff 01  u16 bytes of the head  u32 blocks  u64 first block  head
 *
 * A value that stayed in a file of the log (store-segments.ts) leaves nothing but a pointer:
 *
 *     ff 02  u32 number of the file  u32 place  u32 length  u32 CRC-32 of the value
 *
 * A value that begins with ff itself has ff 00 put before it.
 */
import { BLOCK_BYTES, type Run } from "./store-blocks.ts";

/** Values of this size and more go to the content file. */
export const LARGE_VALUE_BYTES = 2 * BLOCK_BYTES;
export const POINTER_BYTES = 16;

const MARKED = 0xff;
const ESCAPE = 0x00;
const POINTER = 0x01;
const LOGGED = 0x02;
const ESCAPE_BYTES = 2;
const TWO_32 = 2 ** 32;
/** How long the record of a value in a file of the log is. */
export const LOGGED_BYTES = 18;

/** Where a value lies in a file of the log. */
export interface LoggedPlace {
  readonly file: number;
  readonly at: number;
  readonly length: number;
  readonly checksum: number;
}

/** Bytes of a value that lie in the content file: all but the head of a large one. */
export function bodyBytes(length: number): number {
  return length < LARGE_VALUE_BYTES ? 0 : length - (length % BLOCK_BYTES);
}

export function isMarked(record: Uint8Array): boolean {
  return record[0] === MARKED;
}

/** What lies in the database for a value that is not large. */
export function plainRecord(value: Uint8Array): Uint8Array {
  if (!isMarked(value)) return value;
  const record = new Uint8Array(ESCAPE_BYTES + value.length);
  record[0] = MARKED;
  record[1] = ESCAPE;
  record.set(value, ESCAPE_BYTES);
  return record;
}

/** How long the record of a large one is. */
export function pointerBytes(valueBytes: number): number {
  return POINTER_BYTES + valueBytes - bodyBytes(valueBytes);
}

/** Writes what lies there for a large one into `record`, which is as long as that. */
export function writePointer(record: Uint8Array, value: Uint8Array, { at, count }: Run): void {
  const head = record.length - POINTER_BYTES;
  record[0] = MARKED;
  record[1] = POINTER;
  record[2] = head >>> 8;
  record[3] = head;
  writeUint32(record, 4, count);
  writeUint32(record, 8, Math.floor(at / TWO_32));
  writeUint32(record, 12, at >>> 0);
  for (let i = 0; i < head; i++) record[POINTER_BYTES + i] = value[i] as number;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The blocks that a marked record points to; undefined for one that is only escaped. */
export function runOf(record: Uint8Array): Run | undefined {
  if (record[1] !== POINTER || record.length < POINTER_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, POINTER_BYTES);
  return { at: Number(view.getBigUint64(8)), count: view.getUint32(4) };
}

/** Writes what lies there for a value in a file of the log into `record`, which is as long as that. */
export function writeLogged(record: Uint8Array, { file, at, length, checksum }: LoggedPlace): void {
  record[0] = MARKED;
  record[1] = LOGGED;
  writeUint32(record, 2, file);
  writeUint32(record, 6, at);
  writeUint32(record, 10, length);
  writeUint32(record, 14, checksum);
}

/** Where in a file of the log the value of a record lies; undefined when it lies elsewhere. */
export function loggedPlaceOf(record: Uint8Array | undefined): LoggedPlace | undefined {
  if (record === undefined || record[0] !== MARKED || record[1] !== LOGGED) return undefined;
  if (record.length !== LOGGED_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, LOGGED_BYTES);
  return {
    file: view.getUint32(2),
    at: view.getUint32(6),
    length: view.getUint32(10),
    checksum: view.getUint32(14),
  };
}

/** The head of a pointer's value, and the whole of an escaped one. */
export function ownBytes(record: Uint8Array): Uint8Array {
  return record.subarray(record[1] === POINTER ? POINTER_BYTES : ESCAPE_BYTES);
}

/** How long the value of a record is. */
export function valueLength(record: Uint8Array): number {
  if (!isMarked(record)) return record.length;
  const logged = loggedPlaceOf(record);
  if (logged !== undefined) return logged.length;
  return ownBytes(record).length + (runOf(record)?.count ?? 0) * BLOCK_BYTES;
}
