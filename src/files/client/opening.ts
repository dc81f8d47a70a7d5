/**
 * What `open` does before there is a descriptor: it finds the file, or makes it, or empties it, as the flags say. Each failure is the
 * one that open(2) has for it.
 */
import { ftype3, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { AccessBits, requireAccess } from "./access.ts";
import type { EntryOperations } from "./entry-operations.ts";
import { errorOfStatus } from "./errors.ts";
import type { OpenMode } from "./flags.ts";
import { endsInSlash, type FilePath, pathText } from "./names.ts";
import type { OpenFiles } from "./open-files.ts";
import type { Session } from "./session.ts";
import type { Found, Missing, Walker } from "./walk.ts";

/** A file that may be opened now, and its size. */
export interface Openable {
  readonly handle: Uint8Array;
  readonly size: number;
}

export class Opening {
  readonly #session: Session;
  readonly #walker: Walker;
  readonly #entries: EntryOperations;
  readonly #files: OpenFiles;

  constructor(session: Session, walker: Walker, entries: EntryOperations, files: OpenFiles) {
    this.#session = session;
    this.#walker = walker;
    this.#entries = entries;
    this.#files = files;
  }

  /** The file, made with permission bits `mode` if it is. */
  openable(path: FilePath, how: OpenMode, mode: number): Promise<Openable> {
    return how.exclusive ? this.#createExclusive(path, mode) : this.#openOrCreate(path, how, mode);
  }

  async #createExclusive(path: FilePath, mode: number): Promise<Openable> {
    const place = await this.#walker.entry(path, "open");
    return { handle: await this.#entries.createExclusive(place, mode, path), size: 0 };
  }

  async #openOrCreate(path: FilePath, how: OpenMode, mode: number): Promise<Openable> {
    const found = await this.#walker.find(path, true, "open");
    if (endsInSlash(path)) throw errorOfStatus(directoryStatus(found, how), "open", pathText(path));
    if (found.kind === "found") return this.#openExisting(found, how, path);
    if (!how.create) throw errorOfStatus(nfsstat3.NFS3ERR_NOENT, "open", pathText(path));
    return { handle: await this.#entries.createUnchecked(found, mode, how.truncate, path), size: 0 };
  }

  async #openExisting({ handle, attributes }: Found, how: OpenMode, path: FilePath): Promise<Openable> {
    if (attributes.type === ftype3.NF3DIR) {
      throw errorOfStatus(nfsstat3.NFS3ERR_ISDIR, "open", pathText(path));
    }
    if (how.truncate) await this.#files.change(handle, "open", { size: 0 }, path);
    else if (how.write)
      await requireAccess(this.#session, handle, AccessBits.modify | AccessBits.extend, path);
    return { handle, size: how.truncate ? 0 : Number(attributes.size) };
  }
}

/** Why a path that ends in a slash, and so means a directory, cannot be opened. */
function directoryStatus(found: Found | Missing, how: OpenMode) {
  if (found.kind === "missing") return how.create ? nfsstat3.NFS3ERR_ISDIR : nfsstat3.NFS3ERR_NOENT;
  return found.attributes.type === ftype3.NF3DIR ? nfsstat3.NFS3ERR_ISDIR : nfsstat3.NFS3ERR_NOTDIR;
}
