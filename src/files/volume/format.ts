/**
 * The superblock: what a volume is. It is written once, when the volume is made, and read before anything else;
 * its version says whether the rest can be understood.
 */
import { readUint32, writeUint32 } from "../../marshal/index.ts";
import { type Change, CoterieError, type Store, type WallTime, type World } from "../../world/index.ts";
import { Inode } from "./inode.ts";
import { readNumber, SUPERBLOCK_KEY, writeNumber } from "./keys.ts";
import { isIntact, RecordWriter } from "./records.ts";
import type { Handle } from "./types.ts";

/** "coterie\0" and "volume\0\0". */
const MAGIC = new TextEncoder().encode("coterie\0volume\0\0");
/** The format that this version writes. It reads no other. */
export const FORMAT_VERSION = 2;
const SUPERBLOCK_BYTES = MAGIC.length + 4 + 4 + 16 + 6 + 4 + 4 + 4;
/** Cookies of the first entries: 0 to 2 are the beginning, `.` and `..` of those who list. */
export const FIRST_COOKIE = 3;
const ROOT_INODE = 1;

export interface Superblock {
  /** 16 random bytes. */
  readonly id: Uint8Array;
  readonly root: Handle;
  readonly chunkBytes: number;
  /** A secret of the volume that generations are made with. */
  readonly seed: number;
}

export interface RootOptions {
  /** Permission bits of the root directory. Default 0o1777. */
  readonly rootMode?: number;
  /** Default 0. */
  readonly rootUid?: number;
  /** Default 0. */
  readonly rootGid?: number;
}

/** What is drawn for a volume, so that no other is like it. */
export interface DrawnIdentity {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly rootGeneration: number;
  readonly seed: number;
}

export function drawIdentity(random: World["random"]): DrawnIdentity {
  const rootGeneration = random.uint32();
  return { rootGeneration, id: random.bytes(16), seed: random.uint32() };
}

/** The batch that makes a volume in an empty store. */
export function makeVolume(
  world: Pick<World, "crc32">,
  drawn: DrawnIdentity,
  chunkBytes: number,
  now: WallTime,
  options: RootOptions,
): { superblock: Superblock; batch: Change[] } {
  const root = { inode: ROOT_INODE, generation: drawn.rootGeneration };
  const superblock = { id: drawn.id, root, chunkBytes, seed: drawn.seed };
  const inode = new Inode(root, "directory", now);
  inode.mode = options.rootMode ?? 0o1777;
  inode.uid = options.rootUid ?? 0;
  inode.gid = options.rootGid ?? 0;
  inode.links = 2;
  inode.parent = ROOT_INODE;
  inode.nextCookie = FIRST_COOKIE;
  const writer = new RecordWriter(world.crc32);
  const batch = [
    { key: SUPERBLOCK_KEY, value: encodeSuperblock(world, superblock) },
    writer.counters({ nextInode: ROOT_INODE + 1, inodes: 1 }),
    writer.inode(inode),
  ];
  return { superblock, batch };
}

function encodeSuperblock(world: Pick<World, "crc32">, superblock: Superblock): Uint8Array {
  const value = new Uint8Array(SUPERBLOCK_BYTES);
  value.set(MAGIC);
  let at = MAGIC.length;
  writeUint32(value, at, FORMAT_VERSION);
  writeUint32(value, at + 4, superblock.chunkBytes);
  value.set(superblock.id, at + 8);
  at += 24;
  writeNumber(value, at, superblock.root.inode);
  writeUint32(value, at + 6, superblock.root.generation);
  writeUint32(value, at + 10, superblock.seed);
  writeUint32(value, at + 14, world.crc32(value.subarray(0, at + 14), world.crc32(SUPERBLOCK_KEY)));
  return value;
}

/**
 * The superblock of a store; undefined when the store is empty.
 * @throws CoterieError VOLUME_FOREIGN, VOLUME_FORMAT, VOLUME_DAMAGED.
 */
export function readSuperblock(
  world: Pick<World, "crc32">,
  store: Pick<Store, "get" | "range">,
): Superblock | undefined {
  const value = store.get(SUPERBLOCK_KEY);
  if (value === undefined) {
    for (const _ of store.range({ limit: 1 })) throw foreign("the store holds other data");
    return undefined;
  }
  if (!MAGIC.every((byte, i) => value[i] === byte))
    throw foreign("the store's first record is of another kind");
  const version = value.length >= MAGIC.length + 4 ? readUint32(value, MAGIC.length) : 0;
  if (version > FORMAT_VERSION) throw otherFormat(version, "newer");
  if (value.length !== SUPERBLOCK_BYTES || !isIntact(world.crc32, SUPERBLOCK_KEY, value)) {
    throw new CoterieError("VOLUME_DAMAGED", "the volume's superblock does not match its checksum");
  }
  if (version < FORMAT_VERSION) throw otherFormat(version, "older");
  return decodeSuperblock(value);
}

function decodeSuperblock(value: Uint8Array): Superblock {
  const at = MAGIC.length + 4;
  return {
    chunkBytes: readUint32(value, at),
    id: value.slice(at + 4, at + 20),
    root: { inode: readNumber(value, at + 20), generation: readUint32(value, at + 26) },
    seed: readUint32(value, at + 30),
  };
}

function foreign(message: string): CoterieError {
  return new CoterieError("VOLUME_FOREIGN", `not a volume: ${message}`);
}

function otherFormat(version: number, age: "newer" | "older"): CoterieError {
  return new CoterieError(
    "VOLUME_FORMAT",
    `the volume has format ${version}, which is ${age}; this version of Coterie knows format ${FORMAT_VERSION}`,
    { details: { found: version, known: FORMAT_VERSION } },
  );
}
