/**
 * What the database says of the store itself, under keys that are longer than any of a store's user, and after all of them: the
 * mark, the map of the content file's blocks, a record for each region, and that of the segments.
 *
 *     mark: number of the last group that the database holds u64, the log's salt u32, the format of the whole u32
 *           in a store whose log may keep values also the numbers of the log's two files, u32 each
 *     segments: of each its number u32, how many values in it are wanted u32, their bytes u32, the salt of its records u32
 */
import { MAX_KEY_BYTES } from "../world/index.ts";
import type { Lmdb } from "./store-lmdb.ts";
import type { LogMark } from "./store-log.ts";
import type { SegmentRecord } from "./store-segments.ts";

export const MARK_KEY: Uint8Array = new Uint8Array(MAX_KEY_BYTES + 1).fill(0xff);
/** How records lie in the database and the log: 2 has a content file, 3 the log's salt in the magic number of its records. */
export const FORMAT = 3;
/** The same with values that lie in files of the log. A store that has none, and is to have none, is of the other one. */
export const SEGMENT_FORMAT = 4;
const SALT_AT = 8;
const FORMAT_AT = 12;
const MARK_BYTES = 16;
const FILES_AT = MARK_BYTES;
const LONG_MARK_BYTES = 24;
/** The mark's key, and the region's number u32. */
const REGION_KEY_BYTES = MARK_KEY.length + 4;
const SEGMENT_BYTES = 16;
/** A region's key with a number that none has: after all of them. */
export const SEGMENTS_KEY: Uint8Array = new Uint8Array(REGION_KEY_BYTES).fill(0xff);

export function encodeMark({ sequence, salt, files }: LogMark): Uint8Array {
  const value = new Uint8Array(files === undefined ? MARK_BYTES : LONG_MARK_BYTES);
  const view = viewOf(value);
  view.setBigUint64(0, BigInt(sequence));
  view.setUint32(SALT_AT, salt);
  view.setUint32(FORMAT_AT, files === undefined ? FORMAT : SEGMENT_FORMAT);
  if (files === undefined) return value;
  view.setUint32(FILES_AT, files[0]);
  view.setUint32(FILES_AT + 4, files[1]);
  return value;
}

function isMarkOfFormat(value: Uint8Array): boolean {
  if (value.length !== MARK_BYTES && value.length !== LONG_MARK_BYTES) return false;
  const format = viewOf(value).getUint32(FORMAT_AT);
  return format === (value.length === MARK_BYTES ? FORMAT : SEGMENT_FORMAT);
}

/** Of a mark of our format. */
export function decodeMark(value: Uint8Array): LogMark {
  const view = viewOf(value);
  const mark = { sequence: Number(view.getBigUint64(0)), salt: view.getUint32(SALT_AT) };
  if (value.length === MARK_BYTES) return mark;
  return { ...mark, files: [view.getUint32(FILES_AT), view.getUint32(FILES_AT + 4)] };
}

export function regionKey(region: number): Uint8Array {
  const key = new Uint8Array(REGION_KEY_BYTES).fill(0xff);
  viewOf(key).setUint32(MARK_KEY.length, region);
  return key;
}

/** Undefined for a key of another length. */
function regionOf(key: Uint8Array): number | undefined {
  return key.length === REGION_KEY_BYTES ? viewOf(key).getUint32(MARK_KEY.length) : undefined;
}

/** Whether a database is one of ours: one that was made and never written has neither a mark nor anything else. */
export function isOfFormat(db: Lmdb): boolean {
  const mark = db.getBinary(MARK_KEY);
  return mark === undefined ? db.getKeysCount({ limit: 1 }) === 0 : isMarkOfFormat(mark);
}

/** The map of blocks, region by region. @throws what `strange` makes, at a key that is none of a region. */
export function* regionsIn(db: Lmdb, strange: () => Error): Generator<readonly [number, Uint8Array]> {
  const range = { start: regionKey(0), end: SEGMENTS_KEY };
  for (const { key, value } of db.getRange(range as { start: never; end: never })) {
    const region = regionOf(key);
    if (region === undefined) throw strange();
    yield [region, value];
  }
}

export function encodeSegments(segments: readonly SegmentRecord[]): Uint8Array {
  const value = new Uint8Array(segments.length * SEGMENT_BYTES);
  const view = viewOf(value);
  let at = 0;
  for (const { number, count, bytes, salt } of segments) {
    for (const each of [number, count, bytes, salt]) {
      view.setUint32(at, each);
      at += 4;
    }
  }
  return value;
}

/** The map of segments. @throws what `strange` makes, when it is none. */
export function segmentsIn(db: Lmdb, strange: () => Error): SegmentRecord[] {
  const value = db.getBinary(SEGMENTS_KEY);
  if (value === undefined) return [];
  if (value.length % SEGMENT_BYTES !== 0) throw strange();
  const view = viewOf(value);
  return Array.from({ length: value.length / SEGMENT_BYTES }, (_, n) => {
    const at = n * SEGMENT_BYTES;
    const [number, count, bytes, salt] = [0, 4, 8, 12].map((within) => view.getUint32(at + within));
    return { number, count, bytes, salt } as SegmentRecord;
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
