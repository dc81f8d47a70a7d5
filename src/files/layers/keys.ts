/**
 * Where the layers lie in the store, beside the trunk's own keys, which stay what they are. All begin with one byte that no key of
 * a user begins with, then a kind, then numbers, big end first, and at last the user's key.
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { MAX_KEY_BYTES } from "../../world/index.ts";

/** First byte of all keys of the layers. */
export const LAYERS_PREFIX = 0xe0;
/** First byte of the keys that belong to a branch alone: no snapshot has them, and no clone inherits them. */
export const OWN_PREFIX = 0xf0;

export const Part = {
  table: 0x00,
  snapshot: 0x01,
  branch: 0x02,
  history: 0x10,
  version: 0x11,
  retired: 0x12,
  own: 0x13,
} as const;
type Part = (typeof Part)[keyof typeof Part];

/** Bytes before the user's key. */
export const HISTORY_HEAD_BYTES = 6;
export const RETIRED_HEAD_BYTES = 6;
export const OWN_HEAD_BYTES = 6;
export const VERSION_HEAD_BYTES = 10;

/** The longest key that a user of the layers may have. */
export const MAX_LAYERED_KEY_BYTES: number = MAX_KEY_BYTES - VERSION_HEAD_BYTES;

export const TABLE_KEY: Uint8Array = Uint8Array.of(LAYERS_PREFIX, Part.table);

export function snapshotKey(snapshot: number): Uint8Array {
  return numbered(Part.snapshot, snapshot, NO_KEY);
}

export function branchKey(branch: number): Uint8Array {
  return numbered(Part.branch, branch, NO_KEY);
}

/** Which versions of a key a branch has. */
export function historyKey(branch: number, key: Uint8Array): Uint8Array {
  return numbered(Part.history, branch, key);
}

/** A version that only snapshots see, the newest of which this one is. */
export function retiredKey(snapshot: number, key: Uint8Array): Uint8Array {
  return numbered(Part.retired, snapshot, key);
}

/** A record of a clone that no snapshot has. */
export function ownKey(branch: number, key: Uint8Array): Uint8Array {
  return numbered(Part.own, branch, key);
}

/** The value that a key got in an era. */
export function versionKey(branch: number, era: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(VERSION_HEAD_BYTES + key.length);
  bytes[0] = LAYERS_PREFIX;
  bytes[1] = Part.version;
  writeUint32(bytes, 2, branch);
  writeUint32(bytes, 6, era);
  bytes.set(key, VERSION_HEAD_BYTES);
  return bytes;
}

/** The number of a snapshot's or branch's record. */
export function numberOf(key: Uint8Array): number {
  return readUint32(key, 2);
}

/** The era of a version's key. */
export function eraIn(key: Uint8Array): number {
  return readUint32(key, 6);
}

/** The key that a value was written under by the layers' user: what it may be checked with. A record of the layers' own keeps its key. */
export function writtenKey(key: Uint8Array): Uint8Array {
  if (key[0] !== LAYERS_PREFIX) return key;
  if (key[1] === Part.version) return key.subarray(VERSION_HEAD_BYTES);
  return key[1] === Part.own ? key.subarray(OWN_HEAD_BYTES) : key;
}

/** The end of a part's keys, or of those of one number. */
export function endOf(part: Part, number?: number): Uint8Array {
  return number === undefined ? Uint8Array.of(LAYERS_PREFIX, part + 1) : numbered(part, number + 1, NO_KEY);
}

export function startOf(part: Part, number?: number): Uint8Array {
  return number === undefined ? Uint8Array.of(LAYERS_PREFIX, part) : numbered(part, number, NO_KEY);
}

function numbered(part: Part, number: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(6 + key.length);
  bytes[0] = LAYERS_PREFIX;
  bytes[1] = part;
  writeUint32(bytes, 2, number);
  bytes.set(key, 6);
  return bytes;
}

const NO_KEY = new Uint8Array(0);
