/**
 * The records of the on-disk format (README, "Format"): encoders that write key and value side by side into a
 * slab, so that one pass checks both and a mutation allocates next to nothing; decoders that answer `undefined`
 * for anything that is not exactly what an encoder wrote.
 *
 * Every value but a chunk's (chunk-format.ts) ends with the CRC-32 of its key followed by the rest of the value: a
 * record that was changed, cut, or put in another's place is found.
 */
import { readUint32 } from "../../marshal/index.ts";
import type { Change, World } from "../../world/index.ts";
import { Inode, NONE } from "./inode.ts";
import { Kind, readNumber, writeNumber } from "./keys.ts";
import type { FileType, Handle } from "./types.ts";

const SLAB_BYTES = 64 * 1024;
/** More than any record but content takes: a key and value with a name of 255 bytes, or a target of 4,096. */
const LARGEST_RECORD_BYTES = 8 * 1024;
export const CHECKSUM_BYTES = 4;

const TYPES: readonly FileType[] = ["file", "directory", "symlink", "block", "character", "fifo", "socket"];
const HAS_VERIFIER = 1;
const COMMON_BYTES = 56;

type Crc32 = World["crc32"];

/** A directory's knowledge of one of its names. */
export interface EntryRecord {
  readonly inode: number;
  readonly generation: number;
  readonly cookie: number;
}

export interface ListingRecord {
  readonly handle: Handle;
  readonly name: Uint8Array;
}

export interface Counters {
  /** The number that the next inode gets: numbers are never used again. */
  nextInode: number;
  /** How many inodes there are. */
  inodes: number;
}

export type OrphanReason = "removed" | "truncated";

/** Whether `value` is what was written under `key`. */
export function isIntact(crc32: Crc32, key: Uint8Array, value: Uint8Array): boolean {
  const length = value.length - CHECKSUM_BYTES;
  return length >= 0 && crc32(value.subarray(0, length), crc32(key)) === readUint32(value, length);
}

export class RecordWriter {
  private readonly crc32: Crc32;
  private bytes = new Uint8Array(SLAB_BYTES);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  private start = 0;
  private split = 0;

  constructor(crc32: Crc32) {
    this.crc32 = crc32;
  }

  private begin(kind: Kind, number?: number): void {
    if (this.at + LARGEST_RECORD_BYTES > this.bytes.length) {
      this.bytes = new Uint8Array(SLAB_BYTES);
      this.view = new DataView(this.bytes.buffer);
      this.at = 0;
    }
    this.start = this.at;
    this.bytes[this.at++] = kind;
    if (number !== undefined) this.number(number);
    this.split = this.at;
  }

  private finish(): Change {
    const { bytes, start, split, at: end } = this;
    this.view.setUint32(end, this.crc32(bytes.subarray(start, end)));
    this.at = end + CHECKSUM_BYTES;
    return { key: bytes.subarray(start, split), value: bytes.subarray(split, this.at) };
  }

  private number(value: number): void {
    writeNumber(this.bytes, this.at, value);
    this.at += 6;
  }

  private uint32(value: number): void {
    this.view.setUint32(this.at, value);
    this.at += 4;
  }

  private raw(value: Uint8Array): void {
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  private time(seconds: number, nanoseconds: number): void {
    this.view.setFloat64(this.at, seconds);
    this.view.setUint32(this.at + 8, nanoseconds);
    this.at += 12;
  }

  counters(counters: Counters): Change {
    this.begin(Kind.counters);
    this.number(counters.nextInode);
    this.number(counters.inodes);
    return this.finish();
  }

  inode(inode: Inode): Change {
    this.begin(Kind.inode, inode.handle.inode);
    this.bytes[this.at++] = TYPES.indexOf(inode.type) + 1;
    this.bytes[this.at++] = inode.verifier === undefined ? 0 : HAS_VERIFIER;
    this.view.setUint16(this.at, inode.mode);
    this.at += 2;
    this.uint32(inode.links);
    this.uint32(inode.uid);
    this.uint32(inode.gid);
    this.uint32(inode.handle.generation);
    this.time(inode.accessed.seconds, inode.accessed.nanoseconds);
    this.time(inode.modified.seconds, inode.modified.nanoseconds);
    this.time(inode.changed.seconds, inode.changed.nanoseconds);
    this.particulars(inode);
    return this.finish();
  }

  private particulars(inode: Inode): void {
    switch (inode.type) {
      case "file":
        this.number(inode.storedSize);
        this.uint32(inode.storedChunks);
        this.uint32(inode.epoch);
        this.uint32(inode.deadFrom);
        if (inode.verifier !== undefined) this.raw(inode.verifier);
        break;
      case "directory":
        this.number(inode.parent);
        this.number(inode.nextCookie);
        this.number(inode.entries);
        break;
      case "symlink":
        this.number(inode.storedSize);
        break;
      case "block":
      case "character":
        this.uint32(inode.major);
        this.uint32(inode.minor);
        break;
    }
  }

  entry(directory: number, name: Uint8Array, handle: Handle, cookie: number): Change {
    this.begin(Kind.entry, directory);
    this.raw(name);
    this.split = this.at;
    this.number(handle.inode);
    this.uint32(handle.generation);
    this.number(cookie);
    return this.finish();
  }

  listing(directory: number, cookie: number, handle: Handle, name: Uint8Array): Change {
    this.begin(Kind.listing, directory);
    this.number(cookie);
    this.split = this.at;
    this.number(handle.inode);
    this.uint32(handle.generation);
    this.raw(name);
    return this.finish();
  }

  target(inode: number, target: Uint8Array): Change {
    this.begin(Kind.target, inode);
    this.raw(target);
    return this.finish();
  }

  orphan(inode: number, reason: OrphanReason): Change {
    this.begin(Kind.orphan, inode);
    this.bytes[this.at++] = reason === "removed" ? 0 : 1;
    return this.finish();
  }
}

export function decodeCounters(value: Uint8Array): Counters | undefined {
  if (value.length !== 12 + CHECKSUM_BYTES) return undefined;
  return { nextInode: readNumber(value, 0), inodes: readNumber(value, 6) };
}

export function decodeEntry(value: Uint8Array): EntryRecord | undefined {
  if (value.length !== 16 + CHECKSUM_BYTES) return undefined;
  return { inode: readNumber(value, 0), generation: readUint32(value, 6), cookie: readNumber(value, 10) };
}

export function decodeListing(value: Uint8Array): ListingRecord | undefined {
  const end = value.length - CHECKSUM_BYTES;
  if (end < 11) return undefined;
  const handle = { inode: readNumber(value, 0), generation: readUint32(value, 6) };
  return { handle, name: value.subarray(10, end) };
}

export function decodeOrphan(value: Uint8Array): OrphanReason | undefined {
  if (value.length !== 1 + CHECKSUM_BYTES) return undefined;
  if (value[0] === 0) return "removed";
  return value[0] === 1 ? "truncated" : undefined;
}

/** The inode of a record whose checksum is right; undefined when it is none all the same. */
export function decodeInode(number: number, value: Uint8Array): Inode | undefined {
  const type = TYPES[(value[0] as number) - 1];
  const flags = value[1] as number;
  if (type === undefined || value.length !== inodeBytes(type, flags)) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const time = (at: number) => ({ seconds: view.getFloat64(at), nanoseconds: view.getUint32(at + 8) });
  const inode = new Inode({ inode: number, generation: view.getUint32(16) }, type, time(20));
  inode.mode = view.getUint16(2);
  inode.links = view.getUint32(4);
  inode.uid = view.getUint32(8);
  inode.gid = view.getUint32(12);
  inode.modified = time(32);
  inode.changed = time(44);
  decodeParticulars(inode, view, value, flags);
  return inode;
}

function inodeBytes(type: FileType, flags: number): number {
  const common = COMMON_BYTES + CHECKSUM_BYTES;
  switch (type) {
    case "file":
      return common + 18 + (flags & HAS_VERIFIER ? 8 : 0);
    case "directory":
      return common + 18;
    case "symlink":
      return common + 6;
    case "block":
    case "character":
      return common + 8;
    default:
      return common;
  }
}

function decodeParticulars(inode: Inode, view: DataView, value: Uint8Array, flags: number): void {
  const at = COMMON_BYTES;
  switch (inode.type) {
    case "file":
      inode.size = inode.storedSize = readNumber(value, at);
      inode.storedChunks = view.getUint32(at + 6);
      inode.epoch = view.getUint32(at + 10);
      inode.deadFrom = view.getUint32(at + 14);
      if (flags & HAS_VERIFIER) inode.verifier = value.slice(at + 18, at + 26);
      break;
    case "directory":
      inode.parent = readNumber(value, at);
      inode.nextCookie = readNumber(value, at + 6);
      inode.entries = readNumber(value, at + 12);
      break;
    case "symlink":
      inode.size = inode.storedSize = readNumber(value, at);
      break;
    case "block":
    case "character":
      inode.major = view.getUint32(at);
      inode.minor = view.getUint32(at + 4);
      break;
  }
}

/** True when chunk `index` of a value with `epoch` was cut off by a truncation and only waits to be reaped. */
export function isDead(inode: Inode, index: number, epoch: number): boolean {
  return inode.deadFrom !== NONE && index >= inode.deadFrom && epoch < inode.epoch;
}
