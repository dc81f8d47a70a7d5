/**
 * How values lie in the database. Most lie there as they are. A large one leaves the blocks that it fills to the content
 * file, and a pointer to them in its place, with the bytes that fill no block: the first ones, so that the
 * rest is whole blocks, aligned.
 *
 *     ff 01  u16 bytes of the head  u32 blocks  u64 first block  head
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
const ESCAPE_BYTES = 2;

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

/** What lies there for a large one. */
export function pointerRecord(value: Uint8Array, { at, count }: Run): Uint8Array {
  const head = value.length - bodyBytes(value.length);
  const record = new Uint8Array(POINTER_BYTES + head);
  const view = new DataView(record.buffer);
  record[0] = MARKED;
  record[1] = POINTER;
  view.setUint16(2, head);
  view.setUint32(4, count);
  view.setBigUint64(8, BigInt(at));
  record.set(value.subarray(0, head), POINTER_BYTES);
  return record;
}

/** The blocks that a marked record points to; undefined for one that is only escaped. */
export function runOf(record: Uint8Array): Run | undefined {
  if (record[1] !== POINTER || record.length < POINTER_BYTES) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, POINTER_BYTES);
  return { at: Number(view.getBigUint64(8)), count: view.getUint32(4) };
}

/** The head of a pointer's value, and the whole of an escaped one. */
export function ownBytes(record: Uint8Array): Uint8Array {
  return record.subarray(record[1] === POINTER ? POINTER_BYTES : ESCAPE_BYTES);
}

/** How long the value of a record is. */
export function valueLength(record: Uint8Array): number {
  if (!isMarked(record)) return record.length;
  return ownBytes(record).length + (runOf(record)?.count ?? 0) * BLOCK_BYTES;
}
