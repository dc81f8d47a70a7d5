/**
 * The records of a store's write-ahead log, as bytes. One record holds one group of changes:
 *
 *     magic u32 | CRC-32 u32 of all that follows | length of the body u32 | sequence number u64 | body | zeros to 8
 *     body: for each change: length of the key u16, length of the value plus 1 u32 (0: a removal), key, value
 *
 * Numbers have their big end first. Groups are numbered one after the other through the life of a store, and a file
 * is written from its beginning again and again: what a former use left behind a file's last record has lower
 * numbers, which tells it from what follows on. A record that a crash cut short fails its checksum. The
 * checksum begins with a salt that the store draws at each opening, so that bytes that look like a record
 * because somebody stored a copy of a log are none.
 */
import type { Change } from "../world/index.ts";

const MAGIC = 0x636f_744c;
const CRC_AT = 4;
const LENGTH_AT = 8;
const SEQUENCE_AT = 12;
const BODY_AT = 20;
const CHANGE_HEAD_BYTES = 6;
const ALIGNMENT = 8;
const TWO_32 = 2 ** 32;

/** `crc32` of `coterie/world`'s World. */
export type Crc32 = (data: Uint8Array, seed?: number) => number;

export interface LogRecord {
  readonly sequence: number;
  readonly changes: readonly Change[];
}

/** Bytes that a record takes beside its changes, at most. */
export const RECORD_OVERHEAD_BYTES = BODY_AT + ALIGNMENT;
/** Where in a record its first change lies. */
export const FIRST_CHANGE_AT = BODY_AT;

/** Bytes that a change takes in a record. */
export function changeLength({ key, value }: Change): number {
  return CHANGE_HEAD_BYTES + key.length + (value === undefined ? 0 : value.length);
}

/** Writes a record to `start` in `target`, which has room for it; returns where it ends. */
export function encodeRecord(
  target: Buffer,
  start: number,
  sequence: number,
  changes: Iterable<Change>,
  crc32: Crc32,
  salt: number,
): number {
  let at = start + BODY_AT;
  for (const { key, value } of changes) {
    target.writeUInt16BE(key.length, at);
    target.writeUInt32BE(value === undefined ? 0 : value.length + 1, at + 2);
    at += CHANGE_HEAD_BYTES;
    target.set(key, at);
    at += key.length;
    if (value === undefined) continue;
    target.set(value, at);
    at += value.length;
  }
  target.writeUInt32BE(MAGIC, start);
  target.writeUInt32BE(at - start - BODY_AT, start + LENGTH_AT);
  target.writeUInt32BE(Math.floor(sequence / TWO_32), start + SEQUENCE_AT);
  target.writeUInt32BE(sequence % TWO_32, start + SEQUENCE_AT + 4);
  target.writeUInt32BE(crc32(target.subarray(start + LENGTH_AT, at), salt), start + CRC_AT);
  const end = aligned(at);
  target.fill(0, at, end);
  return end;
}

/** The change that lies at `at` in an intact record, as views of the bytes. */
export function changeAt(bytes: Buffer, at: number): Change {
  const keyAt = at + CHANGE_HEAD_BYTES;
  const valueAt = keyAt + bytes.readUInt16BE(at);
  const length = bytes.readUInt32BE(at + 2);
  return {
    key: bytes.subarray(keyAt, valueAt),
    value: length === 0 ? undefined : bytes.subarray(valueAt, valueAt + length - 1),
  };
}

/**
 * The records at the beginning of a log file's bytes, whatever they are, as far as their numbers follow on one
 * another. Their arrays lie in `bytes`.
 */
export function readRecords(bytes: Buffer, crc32: Crc32, salt: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; ; at += recordEnd(bytes, at)) {
    const record = recordAt(bytes, at, crc32, salt);
    if (record === undefined) return records;
    const before = records.at(-1);
    if (before !== undefined && record.sequence !== before.sequence + 1) return records;
    records.push(record);
  }
}

/** True when an intact record with a number greater than `sequence` lies anywhere in the bytes. */
export function hasRecordAfter(bytes: Buffer, sequence: number, crc32: Crc32, salt: number): boolean {
  for (let at = 0; at + BODY_AT <= bytes.length; at += ALIGNMENT) {
    if (bytes.readUInt32BE(at) !== MAGIC || sequenceAt(bytes, at) <= sequence) continue;
    if (recordAt(bytes, at, crc32, salt) !== undefined) return true;
  }
  return false;
}

function recordAt(bytes: Buffer, at: number, crc32: Crc32, salt: number): LogRecord | undefined {
  if (at + BODY_AT > bytes.length || bytes.readUInt32BE(at) !== MAGIC) return undefined;
  const end = at + BODY_AT + bytes.readUInt32BE(at + LENGTH_AT);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + LENGTH_AT, end), salt) !== bytes.readUInt32BE(at + CRC_AT)) return undefined;
  const changes = decodeBody(bytes, at + BODY_AT, end);
  return changes === undefined ? undefined : { sequence: sequenceAt(bytes, at), changes };
}

/** Undefined for a body that no `encodeRecord` wrote. */
function decodeBody(bytes: Buffer, from: number, end: number): Change[] | undefined {
  const changes: Change[] = [];
  for (let at = from; at < end; ) {
    if (at + CHANGE_HEAD_BYTES > end) return undefined;
    const length = bytes.readUInt32BE(at + 2);
    const next = at + CHANGE_HEAD_BYTES + bytes.readUInt16BE(at) + Math.max(0, length - 1);
    if (next > end) return undefined;
    changes.push(changeAt(bytes, at));
    at = next;
  }
  return changes;
}

function recordEnd(bytes: Buffer, at: number): number {
  return aligned(BODY_AT + bytes.readUInt32BE(at + LENGTH_AT));
}

function sequenceAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + SEQUENCE_AT) * TWO_32 + bytes.readUInt32BE(at + SEQUENCE_AT + 4);
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
