/**
 * Follows paths, name by name, from the exported directory: the server knows only a directory's handle and a name
 * in it. Symbolic links are followed here, since the server does not: an absolute one begins at the exported
 * directory again. `..` leads back over the directories that the walk came through, so it never leaves the export.
 */
import { type fattr3, ftype3, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { errorOfStatus, FilesError, hasErrno } from "./errors.ts";
import type { LookupCache } from "./lookup-cache.ts";
import {
  bytesKey,
  copyBytes,
  type FilePath,
  isAbsolute,
  isDotDot,
  pathText,
  requireName,
  splitPath,
} from "./names.ts";
import type { Session } from "./session.ts";

/** As in most systems. */
export const MAX_SYMLINKS = 40;

export interface Found {
  readonly kind: "found";
  readonly handle: Uint8Array;
  readonly attributes: fattr3;
}

/** The path leads to a directory that has no such name: where it would be made. */
export interface Missing {
  readonly kind: "missing";
  readonly directory: Uint8Array;
  readonly name: Uint8Array;
}

/** An entry of a directory, whether it exists or not. */
export interface EntryPlace {
  readonly directory: Uint8Array;
  readonly name: Uint8Array;
}

interface Step {
  readonly handle: Uint8Array;
  readonly key: string;
  readonly attributes: fattr3 | undefined;
}

export class Walker {
  readonly #session: Session;
  readonly #cache: LookupCache;
  readonly #root: Step;

  constructor(session: Session, cache: LookupCache) {
    this.#session = session;
    this.#cache = cache;
    this.#root = { handle: session.root, key: bytesKey(session.root), attributes: undefined };
  }

  /** Where the path leads. `follow`: what a symbolic link at its end leads to. */
  async find(path: FilePath, follow: boolean, operation: string): Promise<Found | Missing> {
    const walk = new Walk(this.#session, this.#cache, this.#root, path, operation);
    return walk.run(splitPath(path), follow);
  }

  /** @throws FilesError FILES_NOENT */
  async require(path: FilePath, follow: boolean, operation: string): Promise<Found> {
    const result = await this.find(path, follow, operation);
    if (result.kind === "found") return result;
    throw errorOfStatus(nfsstat3.NFS3ERR_NOENT, operation, pathText(path));
  }

  /** The directory that holds the path's last name, which is not looked up. */
  async entry(path: FilePath, operation: string): Promise<EntryPlace> {
    const name = requireName(path, operation);
    const walk = new Walk(this.#session, this.#cache, this.#root, path, operation);
    return { directory: await walk.directory(splitPath(path).slice(0, -1)), name };
  }

  /** A name in a directory may no longer lead where it led. */
  forget(place: EntryPlace): void {
    this.#cache.forget(bytesKey(place.directory), bytesKey(place.name));
  }

  /**
   * Runs an operation that begins with a walk; when a remembered directory turns out to be gone, once more from the
   * beginning. A stale handle means that nothing was done.
   */
  async fresh<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!hasErrno(error, "ESTALE") || !this.#cache.clear()) throw error;
      return run();
    }
  }
}

/** One walk along one path. */
class Walk {
  readonly #session: Session;
  readonly #cache: LookupCache;
  readonly #path: FilePath;
  readonly #operation: string;
  readonly #root: Step;
  /** From the root to where the walk is. */
  #steps: Step[];
  #links = 0;

  constructor(session: Session, cache: LookupCache, root: Step, path: FilePath, operation: string) {
    this.#session = session;
    this.#cache = cache;
    this.#root = root;
    this.#steps = [root];
    this.#path = path;
    this.#operation = operation;
  }

  /** Walks `names`, the directories before an entry, with all links followed. */
  async directory(names: Uint8Array[]): Promise<Uint8Array> {
    const missing = await this.#along(names, true, true);
    if (missing !== undefined) throw this.#error(nfsstat3.NFS3ERR_NOENT);
    return (this.#steps.at(-1) as Step).handle;
  }

  async run(names: Uint8Array[], follow: boolean): Promise<Found | Missing> {
    const missing = await this.#along(names, follow, false);
    if (missing !== undefined) return missing;
    const last = this.#steps.at(-1) as Step;
    const attributes =
      last.attributes ?? (await this.#session.attributes(last.handle, this.#operation, this.#path));
    return { kind: "found", handle: last.handle, attributes };
  }

  /** `cached`: even the last name, a directory's, may be taken from the cache. */
  async #along(names: Uint8Array[], follow: boolean, cached: boolean): Promise<Missing | undefined> {
    const pending = names.toReversed();
    for (;;) {
      const name = pending.pop();
      if (name === undefined) return undefined;
      if (isDotDot(name)) {
        if (this.#steps.length > 1) this.#steps.pop();
        continue;
      }
      const last = pending.length === 0;
      if ((!last || cached) && this.#fromCache(name)) continue;
      const found = await this.#lookup(name, last);
      if ("kind" in found) return found;
      if (found.attributes?.type === ftype3.NF3LNK && (follow || !last)) {
        pending.push(...(await this.#linkTarget(found.handle)).reverse());
      } else if (found.attributes?.type !== ftype3.NF3DIR && (!last || cached)) {
        throw this.#error(nfsstat3.NFS3ERR_NOTDIR);
      } else this.#steps.push(found);
    }
  }

  #fromCache(name: Uint8Array): boolean {
    const here = this.#steps.at(-1) as Step;
    const handle = this.#cache.get(here.key, bytesKey(name));
    if (handle === undefined) return false;
    this.#steps.push({ handle, key: bytesKey(handle), attributes: undefined });
    return true;
  }

  async #lookup(name: Uint8Array, last: boolean): Promise<Step | Missing> {
    const here = this.#steps.at(-1) as Step;
    const changes = this.#cache.changes;
    const session = this.#session;
    const args = { what: { dir: here.handle, name } };
    const answer = await session.answer(() => session.nfs.NFSPROC3_LOOKUP(args));
    if (answer.status === nfsstat3.NFS3ERR_NOENT && last) {
      return { kind: "missing", directory: here.handle, name };
    }
    if (answer.status !== nfsstat3.NFS3_OK) throw this.#error(answer.status);
    const handle = copyBytes(answer.resok.object);
    const given = answer.resok.obj_attributes;
    const attributes = await session.attributesOf(given, handle, this.#operation, this.#path);
    const key = bytesKey(handle);
    if (attributes.type === ftype3.NF3DIR) this.#cache.put(here.key, bytesKey(name), handle, changes);
    return { handle, key, attributes };
  }

  /** The names that a link stands for; the walk goes to the root first when it is absolute. */
  async #linkTarget(handle: Uint8Array): Promise<Uint8Array[]> {
    if (++this.#links > MAX_SYMLINKS) {
      throw new FilesError("FILES_LOOP", this.#operation, pathText(this.#path));
    }
    const { resok } = await this.#session.ask(
      () => this.#session.nfs.NFSPROC3_READLINK({ symlink: handle }),
      this.#operation,
      this.#path,
    );
    const target = copyBytes(resok.data);
    if (isAbsolute(target)) this.#steps = [this.#root];
    return splitPath(target);
  }

  #error(status: nfsstat3): FilesError {
    return errorOfStatus(status, this.#operation, pathText(this.#path));
  }
}
