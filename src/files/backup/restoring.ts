/**
 * Makes of a backup's bytes the tree that it was, in an empty directory: the root of a new volume. Each record is checked before it does anything; only
 * the last one says that nothing is missing, so a tree is not to be used before `restore` resolved.
 */
import { isCoterieError, type WallTime, type World } from "../../world/index.ts";
import { type FileHandle, joinPath, type NfsClient } from "../client/index.ts";
import type { BackupCounts } from "./backing-up.ts";
import { recordsOf } from "./blocks.ts";
import { backupError } from "./errors.ts";
import {
  BACKUP_FORMAT,
  type backup_attributes,
  type backup_end,
  type backup_file,
  type backup_header,
  type backup_node,
  type backup_record,
  type backup_symlink,
} from "./gen/backup.gen.ts";

/** What `restore` has read, and of what. */
export interface Restored extends BackupCounts {
  /** The volume that was backed up, and when. */
  readonly volume: string;
  readonly made: WallTime;
}

/** Rejects with BACKUP_FORMAT, BACKUP_DAMAGED, BACKUP_RIGHTS, and as the client and the pieces do; then what is there is no volume. */
export async function restore(
  world: Pick<World, "crc32">,
  client: NfsClient,
  pieces: AsyncIterable<Uint8Array>,
  counts: BackupCounts = { files: 0, bytes: 0 },
): Promise<Restored> {
  const writing = new Writing(client, counts);
  let header: backup_header | undefined;
  try {
    for await (const record of recordsOf(world.crc32, pieces)) {
      if (header === undefined) header = headerOf(record);
      else await writing.take(record);
    }
    writing.checkEnd();
  } catch (error) {
    throw asRights(error);
  } finally {
    await writing.close();
  }
  if (header === undefined) throw backupError("BACKUP_FORMAT", "the backup is empty");
  return { ...counts, volume: header.volume, made: timeOf(header.made) };
}

/** What only a superuser may do, and who restores was not taken for one. */
function asRights(error: unknown): unknown {
  if (!isCoterieError(error, "FILES_PERM") && !isCoterieError(error, "FILES_ACCES")) return error;
  return backupError("BACKUP_RIGHTS", `who restores is not root there (${error.message})`, error);
}

function headerOf(record: backup_record): backup_header {
  if (record.kind !== 1) throw backupError("BACKUP_FORMAT", "this does not begin as a backup of Coterie");
  const { format } = record.header;
  if (format !== BACKUP_FORMAT) throw backupError("BACKUP_FORMAT", `a backup of format ${format}`);
  return record.header;
}

interface Place {
  readonly path: Uint8Array;
  readonly attributes: backup_attributes;
}

class Writing {
  readonly #client: NfsClient;
  readonly #counts: BackupCounts;
  /** The directories that what comes is in, the root first. */
  readonly #places: Place[] = [];
  /** Where the files with several names are. */
  readonly #linked = new Map<number, Uint8Array>();
  #file: { readonly handle: FileHandle; readonly told: backup_file } | undefined;
  #hasRoot = false;
  #end: backup_end | undefined;

  constructor(client: NfsClient, counts: BackupCounts) {
    this.#client = client;
    this.#counts = counts;
  }

  async take(record: backup_record): Promise<void> {
    if (this.#end !== undefined) throw wrong("something after its end");
    if (record.kind === 5) {
      await this.#data(Number(record.data.offset), record.data.bytes);
      return;
    }
    await this.#endFile();
    switch (record.kind) {
      case 2:
        return this.#directory(record.directory.name, record.directory.attributes);
      case 3:
        return this.#up();
      case 4:
        return this.#begin(record.file);
      case 6:
        return this.#link(record.link.name, record.link.number);
      case 7:
        return this.#symlink(record.symlink);
      case 8:
        return this.#node(record.node);
      case 9:
        this.#end = record.end;
        return;
      default:
        throw wrong("a second beginning");
    }
  }

  /** @throws CoterieError BACKUP_DAMAGED when records are missing. */
  checkEnd(): void {
    if (this.#end === undefined) throw wrong("no end: it was cut short");
    const { files, bytes } = this.#end;
    const isWhole = this.#hasRoot && this.#places.length === 0;
    if (isWhole && files === BigInt(this.#counts.files) && bytes === BigInt(this.#counts.bytes)) return;
    throw wrong("an end that does not fit what came before");
  }

  async close(): Promise<void> {
    await this.#file?.handle.close().catch(() => {});
  }

  #within(name: Uint8Array): Uint8Array {
    const place = this.#places.at(-1);
    const isName = name.length > 0 && !name.includes(0x2f) && !name.includes(0) && !isDots(name);
    if (place === undefined || !isName) throw wrong("a name that is none");
    return joinPath(place.path, name);
  }

  async #directory(name: Uint8Array, attributes: backup_attributes): Promise<void> {
    if (!this.#hasRoot) {
      const path = Uint8Array.of(0x2f);
      // Who may not is told so now, and not when all content is there.
      await this.#client.setAttributes(path, { uid: attributes.uid, gid: attributes.gid });
      this.#hasRoot = true;
      this.#places.push({ path, attributes });
      return;
    }
    const path = this.#within(name);
    await this.#client.mkdir(path, { mode: 0o700 });
    this.#places.push({ path, attributes });
  }

  /** What is in it is there, and changes its times no more. */
  async #up(): Promise<void> {
    const place = this.#places.pop();
    if (place === undefined) throw wrong("more ends of directories than directories");
    await this.#client.setAttributes(place.path, changesOf(place.attributes));
  }

  async #begin(told: backup_file): Promise<void> {
    const path = this.#within(told.name);
    if (told.size > BigInt(Number.MAX_SAFE_INTEGER)) throw wrong("a file that is too long");
    if (told.number > 0) this.#linked.set(told.number, path);
    this.#counts.files++;
    this.#file = { handle: await this.#client.open(path, "wx", 0o600), told };
  }

  async #data(offset: number, bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) throw wrong("content of no file");
    if (offset + bytes.length > Number(this.#file.told.size)) throw wrong("content beyond a file's end");
    await this.#file.handle.pwrite(bytes, offset);
    this.#counts.bytes += bytes.length;
  }

  async #endFile(): Promise<void> {
    if (this.#file === undefined) return;
    const { handle, told } = this.#file;
    await handle.truncate(Number(told.size));
    await handle.sync();
    await handle.setAttributes(changesOf(told.attributes));
    this.#file = undefined;
    await handle.close();
  }

  async #link(name: Uint8Array, number: number): Promise<void> {
    const first = this.#linked.get(number);
    if (first === undefined) throw wrong("a link to a file that it does not have");
    this.#counts.files++;
    await this.#client.link(first, this.#within(name));
  }

  async #symlink({ name, attributes, target }: backup_symlink): Promise<void> {
    const path = this.#within(name);
    this.#counts.files++;
    await this.#client.symlink(target, path);
    await this.#client.setAttributes(path, changesOf(attributes), false);
  }

  async #node({ name, attributes, type, major, minor }: backup_node): Promise<void> {
    const path = this.#within(name);
    const kind = NODE_TYPES[type];
    if (kind === undefined) throw wrong(`a file of type ${type}`);
    this.#counts.files++;
    await this.#client.mknod(path, kind, { mode: attributes.mode, major, minor });
    await this.#client.setAttributes(path, changesOf(attributes), false);
  }
}

const NODE_TYPES: Readonly<Record<number, "block" | "character" | "socket" | "fifo">> = {
  3: "block",
  4: "character",
  6: "socket",
  7: "fifo",
};

function isDots(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}

/** The largest time that NFS v3 holds. */
const MAX_SECONDS = 0xffff_ffffn;

function changesOf({ mode, uid, gid, accessed, modified }: backup_attributes) {
  const areTimes = [accessed, modified].every(({ seconds }) => seconds >= 0n && seconds <= MAX_SECONDS);
  if ((mode & ~0o7777) !== 0 || !areTimes) throw wrong("attributes that no file has");
  return { mode, uid, gid, accessed: timeOf(accessed), modified: timeOf(modified) };
}

function timeOf({ seconds, nanoseconds }: backup_attributes["modified"]): WallTime {
  return { seconds: Number(seconds), nanoseconds };
}

function wrong(what: string): Error {
  return backupError("BACKUP_DAMAGED", `the backup is damaged: it has ${what}`);
}
