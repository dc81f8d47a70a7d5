/**
 * The records of a store's write-ahead log, as bytes. One record holds one group of changes:
 *
 *     magic xor salt u32 | CRC-32 u32 of all that follows | length of the body u32 | sequence number u64 | body | zeros to 8
 *     body: for each change: length of the key u16, length of the value plus 1 u32 (0: a removal), key, value
 *     or, where the highest bit of the key's length is set, a patch: key, number of spans u16, for each its place and
 *     its length u32, then the bytes of the spans, one after the other
 *
 * Numbers have their big end first. Groups are numbered one after the other through the life of a store, and a file
 * is written from its beginning again and again: what a former use left behind a file's last record has lower
 * numbers, which tells it from what follows on. A record that a crash cut short fails its checksum. The
 * checksum begins with a salt that the store draws at each opening, so that bytes that look like a record
 * because somebody stored a copy of a log are none. It is in the magic number too: otherwise a search for records would take
 * a checksum wherever a user's bytes look like a head, which he could make very many of.
 */
import {
  beneathSpans,
  type Change,
  joinSpans,
  MAX_VALUE_BYTES,
  type Span,
  spansBytes,
} from "../world/index.ts";

const MAGIC = 0x636f_744c;
const CRC_AT = 4;
const LENGTH_AT = 8;
const SEQUENCE_AT = 12;
const BODY_AT = 20;
const CHANGE_HEAD_BYTES = 6;
/** The bit of a key's length that tells a patch. */
const PATCH = 0x8000;
const SPAN_COUNT_BYTES = 2;
const SPAN_BYTES = 8;
const ALIGNMENT = 8;
const TWO_32 = 2 ** 32;

/** `crc32` of `coterie/world`'s World. */
export type Crc32 = (data: Uint8Array, seed?: number) => number;

export interface LogRecord {
  readonly sequence: number;
  readonly changes: readonly LoggedChange[];
}

/** A change as a record has it: its arrays lie in the record. */
export type LoggedChange = Change | Placed | Patch;

/** A whole change whose value lies at `place` in the log's file, and is to stay there. */
export interface Placed extends Change {
  readonly value: Uint8Array;
  readonly place: number;
}

/** What to write over the value that a key holds. */
export interface Patch {
  readonly key: Uint8Array;
  /** The length of the value that comes of it. */
  readonly valueBytes: number;
  /** In order, apart from one another. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export function isPatch(change: LoggedChange): change is Patch {
  return "pieces" in change;
}

export function isPlaced(change: LoggedChange): change is Placed {
  return "place" in change;
}

/**
 * The value that comes of patches, at least one, over the one `before`, which stays as it is. `take` gives the memory.
 *
 * Where some of the patches, from the first on, have been made before already, what comes of all is the same: of each
 * byte the last one that covers it decides, and one that none covers is as it was.
 */
export function patched(
  before: Uint8Array,
  patches: Iterable<Patch>,
  take: (bytes: number) => Uint8Array = (bytes) => new Uint8Array(bytes),
): Uint8Array {
  let value = before;
  for (const { valueBytes, pieces } of patches) {
    if (value === before || value.length !== valueBytes) {
      value = beneathSpans(value, valueBytes, take(valueBytes));
    }
    for (const { at, bytes } of pieces) value.set(bytes, at);
  }
  return value;
}

/**
 * What patches of one key, at least one, come to as one; undefined when they change the value's length on the way, or cover
 * too many places. `take` gives the memory for what several have in common.
 */
export function joinPatches(
  patches: readonly Patch[],
  take: (bytes: number) => Uint8Array,
): Patch | undefined {
  const first = patches[0] as Patch;
  if (patches.length === 1) return first;
  const { key, valueBytes } = first;
  let spans: readonly Span[] | undefined = [];
  for (const patch of patches) {
    if (patch.valueBytes !== valueBytes) return undefined;
    spans = joinSpans(spans, patch.pieces.map(spanOf), valueBytes);
    if (spans === undefined) return undefined;
  }
  const joined = spans.map(({ from, to }) => ({ at: from, bytes: take(to - from) }));
  for (const { pieces } of patches) {
    let within = 0;
    for (const { at, bytes } of pieces) {
      while ((spans[within] as Span).to <= at) within++;
      const { at: from, bytes: into } = joined[within] as Piece;
      into.set(bytes, at - from);
    }
  }
  return { key, valueBytes, pieces: joined };
}

function spanOf({ at, bytes }: Piece): Span {
  return { from: at, to: at + bytes.length };
}

/** Bytes that a record takes beside its changes, at most. */
export const RECORD_OVERHEAD_BYTES = BODY_AT + ALIGNMENT;
/** Where in a record its first change lies. */
export const FIRST_CHANGE_AT = BODY_AT;

/** Bytes that a change takes in a record. */
export function changeLength({ key, value, spans }: Change): number {
  const head = CHANGE_HEAD_BYTES + key.length;
  if (spans !== undefined) return head + SPAN_COUNT_BYTES + spans.length * SPAN_BYTES + spansBytes(spans);
  return head + (value === undefined ? 0 : value.length);
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
  for (const change of changes) at = encodeChange(target, at, change);
  target.writeUInt32BE(magicOf(salt), start);
  target.writeUInt32BE(at - start - BODY_AT, start + LENGTH_AT);
  target.writeUInt32BE(Math.floor(sequence / TWO_32), start + SEQUENCE_AT);
  target.writeUInt32BE(sequence % TWO_32, start + SEQUENCE_AT + 4);
  target.writeUInt32BE(crc32(target.subarray(start + LENGTH_AT, at), salt), start + CRC_AT);
  const end = aligned(at);
  target.fill(0, at, end);
  return end;
}

function encodeChange(target: Buffer, start: number, { key, value, spans }: Change): number {
  target.writeUInt16BE(spans === undefined ? key.length : key.length | PATCH, start);
  target.writeUInt32BE(value === undefined ? 0 : value.length + 1, start + 2);
  target.set(key, start + CHANGE_HEAD_BYTES);
  let at = start + CHANGE_HEAD_BYTES + key.length;
  if (value === undefined) return at;
  if (spans === undefined) {
    target.set(value, at);
    return at + value.length;
  }
  at = target.writeUInt16BE(spans.length, at);
  for (const { from, to } of spans) {
    at = target.writeUInt32BE(from, at);
    at = target.writeUInt32BE(to - from, at);
  }
  for (const { from, to } of spans) {
    target.set(value.subarray(from, to), at);
    at += to - from;
  }
  return at;
}

/** The change that lies at `at` in an intact record, as views of the bytes. */
export function changeAt(bytes: Buffer, at: number): LoggedChange {
  const keyAt = at + CHANGE_HEAD_BYTES;
  const keyLength = bytes.readUInt16BE(at);
  const valueAt = keyAt + (keyLength & ~PATCH);
  const key = bytes.subarray(keyAt, valueAt);
  const length = bytes.readUInt32BE(at + 2);
  if ((keyLength & PATCH) !== 0) return { key, valueBytes: length - 1, pieces: piecesAt(bytes, valueAt) };
  return { key, value: length === 0 ? undefined : bytes.subarray(valueAt, valueAt + length - 1) };
}

function piecesAt(bytes: Buffer, start: number): Piece[] {
  const pieces: Piece[] = [];
  let head = start + SPAN_COUNT_BYTES;
  let from = head + bytes.readUInt16BE(start) * SPAN_BYTES;
  for (const end = from; head < end; head += SPAN_BYTES) {
    const to = from + bytes.readUInt32BE(head + 4);
    pieces.push({ at: bytes.readUInt32BE(head), bytes: bytes.subarray(from, to) });
    from = to;
  }
  return pieces;
}

/** The length of the value that comes of the change at `at`: -1 for a removal. */
export function changeLengthAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 2) - 1;
}

export function isPatchAt(bytes: Buffer, at: number): boolean {
  return (bytes.readUInt16BE(at) & PATCH) !== 0;
}

/** Where the change that lies at `at` ends; undefined when no change that ends by `end` can lie there. */
export function changeEnd(bytes: Buffer, at: number, end: number): number | undefined {
  if (at + CHANGE_HEAD_BYTES > end) return undefined;
  const keyLength = bytes.readUInt16BE(at);
  const length = bytes.readUInt32BE(at + 2);
  const valueAt = at + CHANGE_HEAD_BYTES + (keyLength & ~PATCH);
  if ((keyLength & PATCH) !== 0) return length === 0 ? undefined : patchEnd(bytes, valueAt, end, length - 1);
  const next = valueAt + Math.max(0, length - 1);
  return next > end ? undefined : next;
}

function patchEnd(bytes: Buffer, start: number, end: number, valueBytes: number): number | undefined {
  if (start + SPAN_COUNT_BYTES > end || valueBytes > MAX_VALUE_BYTES) return undefined;
  let head = start + SPAN_COUNT_BYTES;
  let at = head + bytes.readUInt16BE(start) * SPAN_BYTES;
  if (at > end) return undefined;
  for (const heads = at; head < heads; head += SPAN_BYTES) {
    const length = bytes.readUInt32BE(head + 4);
    if (bytes.readUInt32BE(head) + length > valueBytes) return undefined;
    at += length;
  }
  return at > end ? undefined : at;
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
  const magic = magicOf(salt);
  for (let at = 0; at + BODY_AT <= bytes.length; at += ALIGNMENT) {
    if (bytes.readUInt32BE(at) !== magic || sequenceAt(bytes, at) <= sequence) continue;
    if (recordAt(bytes, at, crc32, salt) !== undefined) return true;
  }
  return false;
}

function recordAt(bytes: Buffer, at: number, crc32: Crc32, salt: number): LogRecord | undefined {
  if (at + BODY_AT > bytes.length || bytes.readUInt32BE(at) !== magicOf(salt)) return undefined;
  const end = at + BODY_AT + bytes.readUInt32BE(at + LENGTH_AT);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + LENGTH_AT, end), salt) !== bytes.readUInt32BE(at + CRC_AT)) return undefined;
  const changes = decodeBody(bytes, at + BODY_AT, end);
  return changes === undefined ? undefined : { sequence: sequenceAt(bytes, at), changes };
}

/** Undefined for a body that no `encodeRecord` wrote. */
function decodeBody(bytes: Buffer, from: number, end: number): LoggedChange[] | undefined {
  const changes: LoggedChange[] = [];
  for (let at = from; at < end; ) {
    const next = changeEnd(bytes, at, end);
    if (next === undefined) return undefined;
    changes.push(changeAt(bytes, at));
    at = next;
  }
  return changes;
}

function magicOf(salt: number): number {
  return (MAGIC ^ salt) >>> 0;
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
