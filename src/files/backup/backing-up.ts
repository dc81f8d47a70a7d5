/**
 * A volume as a stream of records, read through a client from a directory that does not change: a snapshot. Memory holds one directory's page for
 * each level, a piece of a file, and the numbers of files with several names.
 */
import type { World } from "../../world/index.ts";
import { encodeName, hasErrno, joinPath, type NfsClient, type Stats } from "../client/index.ts";
import { BlockWriter } from "./blocks.ts";
import { backupError } from "./errors.ts";
import {
  BACKUP_FORMAT,
  BACKUP_MAX_DATA,
  type backup_attributes,
  type backup_record,
} from "./gen/backup.gen.ts";
import { changed, Steadiness } from "./steadiness.ts";

/** Files with several names that one backup keeps apart. */
export const MAX_LINKED_FILES = 1_000_000;
const NO_NAME = new Uint8Array(0);

/** What is backed up, and by which client. */
export interface BackupParts {
  readonly client: NfsClient;
  /** Of the volume's root, as it is to be kept. */
  readonly path: string;
  /** The volume's name. */
  readonly volume: string;
  /** What is read may be changed meanwhile: then there is no backup, and BACKUP_CHANGED says so. Default false: it is a snapshot. */
  readonly isLive?: boolean;
}

/** What was kept, and counts while it goes on. */
export interface BackupCounts {
  files: number;
  bytes: number;
}

/** The backup's bytes. Rejects as the client does, and with BACKUP_LINKS and BACKUP_CHANGED; what was given out until then is no backup. */
export async function* backUp(
  world: Pick<World, "crc32" | "clock" | "crypto">,
  { client, path, volume, isLive = false }: BackupParts,
  counts: BackupCounts = { files: 0, bytes: 0 },
): AsyncGenerator<Uint8Array> {
  const writer = new BlockWriter(world.crc32);
  const { seconds, nanoseconds } = world.clock.wall();
  const made = { seconds: BigInt(seconds), nanoseconds };
  yield writer.block({ kind: 1, header: { format: BACKUP_FORMAT, volume, made } });
  const steadiness = isLive ? new Steadiness(world.crypto) : undefined;
  const reading = new Reading(client, await client.lstat(path), counts, steadiness);
  try {
    for await (const record of reading.directory(encodeName(path), NO_NAME)) yield writer.block(record);
    await steadiness?.confirm(client, path);
  } catch (error) {
    throw isLive && isGone(error) ? changed(error) : error;
  }
  yield writer.block({ kind: 9, end: { files: BigInt(counts.files), bytes: BigInt(counts.bytes) } });
}

/** What was in a directory, and is not any more. */
function isGone(error: unknown): boolean {
  return hasErrno(error, "ENOENT") || hasErrno(error, "ESTALE");
}

class Reading {
  readonly #client: NfsClient;
  readonly #root: Stats;
  readonly #counts: BackupCounts;
  readonly #steadiness: Steadiness | undefined;
  /** Numbers of files with several names. */
  readonly #linked = new Map<bigint, number>();

  constructor(client: NfsClient, root: Stats, counts: BackupCounts, steadiness: Steadiness | undefined) {
    this.#client = client;
    this.#root = root;
    this.#counts = counts;
    this.#steadiness = steadiness;
  }

  async *directory(path: Uint8Array, name: Uint8Array): AsyncGenerator<backup_record> {
    const stats = await this.#client.lstat(path);
    this.#steadiness?.note(stats);
    yield { kind: 2, directory: { name, attributes: attributesOf(stats) } };
    // What another volume shows here is not this one's.
    if (stats.dev === this.#root.dev) {
      for await (const entry of this.#client.opendir(path)) {
        yield* this.#entry(joinPath(path, entry.rawName), entry.rawName);
      }
    }
    yield { kind: 3 };
  }

  async *#entry(path: Uint8Array, name: Uint8Array): AsyncGenerator<backup_record> {
    const stats = await this.#client.lstat(path);
    if (stats.isDirectory()) {
      yield* this.directory(path, name);
      return;
    }
    this.#steadiness?.note(stats);
    this.#counts.files++;
    const attributes = attributesOf(stats);
    if (stats.isFile()) yield* this.#file(path, name, stats);
    else if (stats.isSymbolicLink()) {
      const target = await this.#client.readlink(path, { encoding: "buffer" });
      yield { kind: 7, symlink: { name, attributes, target } };
    } else {
      const { major, minor } = stats.rdev;
      yield { kind: 8, node: { name, attributes, type: NODE_TYPES[stats.type] ?? 0, major, minor } };
    }
  }

  async *#file(path: Uint8Array, name: Uint8Array, stats: Stats): AsyncGenerator<backup_record> {
    const known = this.#linked.get(stats.ino);
    if (known !== undefined) {
      yield { kind: 6, link: { name, number: known } };
      return;
    }
    const number = stats.nlink > 1 ? this.#numbered(stats.ino) : 0;
    yield { kind: 4, file: { name, attributes: attributesOf(stats), size: BigInt(stats.size), number } };
    if (stats.size === 0) return;
    const file = await this.#client.open(path, "r");
    try {
      for (let offset = 0; offset < stats.size; ) {
        const buffer = new Uint8Array(Math.min(BACKUP_MAX_DATA, stats.size - offset));
        const count = await file.pread(buffer, offset);
        if (count === 0) break;
        const bytes = buffer.subarray(0, count);
        if (!isZero(bytes)) {
          this.#counts.bytes += count;
          yield { kind: 5, data: { offset: BigInt(offset), bytes } };
        }
        offset += count;
      }
    } finally {
      await file.close();
    }
  }

  #numbered(ino: bigint): number {
    if (this.#linked.size >= MAX_LINKED_FILES) {
      throw backupError("BACKUP_LINKS", `more than ${MAX_LINKED_FILES} files have several names`);
    }
    const number = this.#linked.size + 1;
    this.#linked.set(ino, number);
    return number;
  }
}

const NODE_TYPES: Readonly<Record<string, number>> = { block: 3, character: 4, socket: 6, fifo: 7 };

function attributesOf(stats: Stats): backup_attributes {
  const { permissions: mode, uid, gid, atime, mtime } = stats;
  const time = ({ seconds, nanoseconds }: Stats["mtime"]) => ({ seconds: BigInt(seconds), nanoseconds });
  return { mode, uid, gid, accessed: time(atime), modified: time(mtime) };
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
