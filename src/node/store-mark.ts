/**
 * What the database says of the store itself, under keys that are longer than any of a store's user, and after all of them: the
 * mark, and the map of the content file's blocks, a record for each region.
 *
 *     mark: number of the last group that the database holds u64, the log's salt u32, the format of the whole u32
 */
import { MAX_KEY_BYTES } from "../world/index.ts";
import type { Lmdb } from "./store-lmdb.ts";
import type { LogMark } from "./store-log.ts";

export const MARK_KEY: Uint8Array = new Uint8Array(MAX_KEY_BYTES + 1).fill(0xff);
/** How records lie in the database and the log: 2 has a content file, 3 the log's salt in the magic number of its records. */
export const FORMAT = 3;
const SALT_AT = 8;
const FORMAT_AT = 12;
const MARK_BYTES = 16;
/** The mark's key, and the region's number u32. */
const REGION_KEY_BYTES = MARK_KEY.length + 4;

export function encodeMark({ sequence, salt }: LogMark): Uint8Array {
  const value = new Uint8Array(MARK_BYTES);
  const view = viewOf(value);
  view.setBigUint64(0, BigInt(sequence));
  view.setUint32(SALT_AT, salt);
  view.setUint32(FORMAT_AT, FORMAT);
  return value;
}

function isMarkOfFormat(value: Uint8Array): boolean {
  return value.length === MARK_BYTES && viewOf(value).getUint32(FORMAT_AT) === FORMAT;
}

/** Of a mark of our format. */
export function decodeMark(value: Uint8Array): LogMark {
  const view = viewOf(value);
  return { sequence: Number(view.getBigUint64(0)), salt: view.getUint32(SALT_AT) };
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
  for (const { key, value } of db.getRange({ start: regionKey(0) })) {
    const region = regionOf(key);
    if (region === undefined) throw strange();
    yield [region, value];
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
