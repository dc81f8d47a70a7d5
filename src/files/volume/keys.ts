/**
 * Where things are in the store: a byte of kind, then numbers of 48 or 32 bits, big end first, so that the order
 * of keys is the order of numbers. Every key is computed from what a caller has in hand; nothing is searched.
 */

import { readUint32, writeUint32 } from "../../marshal/index.ts";

/** The counters come right after the inodes: a new inode, the highest, lies on the same page of the store as they. */
export const Kind = {
  superblock: 0x01,
  inode: 0x10,
  counters: 0x11,
  entry: 0x12,
  listing: 0x13,
  target: 0x14,
  chunk: 0x15,
  orphan: 0x16,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export const SUPERBLOCK_KEY = Uint8Array.of(Kind.superblock);
export const COUNTERS_KEY = Uint8Array.of(Kind.counters);

/** Writes a number below 2^48 into six bytes. */
export function writeNumber(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  const low = value >>> 0;
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = low >>> 24;
  bytes[at + 3] = low >>> 16;
  bytes[at + 4] = low >>> 8;
  bytes[at + 5] = low;
}

export function readNumber(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return high * 0x1_0000_0000 + readUint32(bytes, at + 2);
}

/** The key of a record that one inode has one of. */
export function numberKey(kind: Kind, inode: number): Uint8Array {
  const key = new Uint8Array(7);
  key[0] = kind;
  writeNumber(key, 1, inode);
  return key;
}

export function entryKey(directory: number, name: Uint8Array): Uint8Array {
  const key = new Uint8Array(7 + name.length);
  key[0] = Kind.entry;
  writeNumber(key, 1, directory);
  key.set(name, 7);
  return key;
}

export function listingKey(directory: number, cookie: number): Uint8Array {
  const key = new Uint8Array(13);
  key[0] = Kind.listing;
  writeNumber(key, 1, directory);
  writeNumber(key, 7, cookie);
  return key;
}

export function chunkKey(inode: number, index: number): Uint8Array {
  const key = new Uint8Array(11);
  key[0] = Kind.chunk;
  writeNumber(key, 1, inode);
  writeUint32(key, 7, index);
  return key;
}

/** Inode numbers and cookies are below this. */
export const MAX_INODES = 2 ** 48;
