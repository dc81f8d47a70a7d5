/**
 * Operations that add and remove names. None of them is idempotent: when a reply was lost and the call was repeated,
 * a server that has forgotten the first reply runs it again, and it fails because it has already happened. A server
 * with a durable duplicate request cache, as ours, does not; for others the client looks at what it finds, and where
 * that is exactly what the call was to bring about, and only then, takes it for success (`repeated`).
 */
import { ftype3, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { hasErrno } from "./errors.ts";
import { bytesKey, copyBytes, type FilePath } from "./names.ts";
import type { Session } from "./session.ts";
import { type AttributeChanges, encodeChanges } from "./set-attributes.ts";
import type { EntryPlace } from "./walk.ts";

/** What a name leads to: an object's handle and number. */
interface Target {
  readonly handle: Uint8Array;
  readonly ino: bigint;
  readonly type: ftype3;
}

export class EntryOperations {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes a file, or takes the one that somebody just made, emptied if `truncate`. Returns its handle. */
  async createUnchecked(
    place: EntryPlace,
    mode: number,
    truncate: boolean,
    path: FilePath,
  ): Promise<Uint8Array> {
    const changes = truncate ? { mode, size: 0 } : { mode };
    const how = { mode: 0 as const, obj_attributes: encodeChanges(changes) };
    const args = { where: { dir: place.directory, name: place.name }, how };
    const { resok } = await this.#session.ask(() => this.#session.nfs.NFSPROC3_CREATE(args), "open", path);
    return this.#handleOf(resok.obj, place, path);
  }

  /**
   * Makes a file that did not exist. The server keeps eight random bytes with it, so that a repeated call is
   * recognised as the same, across the server's restarts. It keeps them in place of attributes, which are therefore
   * set afterwards (RFC 1813 section 3.3.8).
   */
  async createExclusive(place: EntryPlace, mode: number, path: FilePath): Promise<Uint8Array> {
    const session = this.#session;
    const verf = session.world.random.bytes(8);
    const args = { where: { dir: place.directory, name: place.name }, how: { mode: 2 as const, verf } };
    const { resok } = await session.ask(() => session.nfs.NFSPROC3_CREATE(args), "open", path);
    const handle = await this.#handleOf(resok.obj, place, path);
    const changes: AttributeChanges = { mode, accessed: "now", modified: "now" };
    const change = {
      object: handle,
      new_attributes: encodeChanges(changes),
      guard: { check: false as const },
    };
    await session.ask(() => session.nfs.NFSPROC3_SETATTR(change), "open", path);
    return handle;
  }

  async mkdir(place: EntryPlace, mode: number, path: FilePath): Promise<void> {
    const args = { where: { dir: place.directory, name: place.name }, attributes: encodeChanges({ mode }) };
    // EEXIST of a repeated MKDIR stays: directories are used as locks, and it may be another's.
    await this.#session.ask(() => this.#session.nfs.NFSPROC3_MKDIR(args), "mkdir", path);
  }

  async symlink(place: EntryPlace, target: Uint8Array, path: FilePath): Promise<void> {
    const symlink = { symlink_attributes: encodeChanges({ mode: 0o777 }), symlink_data: target };
    const args = { where: { dir: place.directory, name: place.name }, symlink };
    await this.#repeated(
      () => this.#session.ask(() => this.#session.nfs.NFSPROC3_SYMLINK(args), "symlink", path),
      "EEXIST",
      async () => {
        const found = await this.#lookup(place);
        return found?.type === ftype3.NF3LNK && sameBytes(await this.readlink(found.handle, path), target);
      },
    );
  }

  async mknod(
    place: EntryPlace,
    type: "fifo" | "socket" | "block" | "character",
    options: { mode: number; major: number; minor: number },
    path: FilePath,
  ): Promise<void> {
    const attributes = encodeChanges({ mode: options.mode });
    const device = {
      dev_attributes: attributes,
      spec: { specdata1: options.major, specdata2: options.minor },
    };
    const whats = {
      fifo: { type: ftype3.NF3FIFO, pipe_attributes: attributes },
      socket: { type: ftype3.NF3SOCK, pipe_attributes: attributes },
      block: { type: ftype3.NF3BLK, device },
      character: { type: ftype3.NF3CHR, device },
    } as const;
    const args = { where: { dir: place.directory, name: place.name }, what: whats[type] };
    await this.#session.ask(() => this.#session.nfs.NFSPROC3_MKNOD(args), "mknod", path);
  }

  async link(file: Uint8Array, ino: bigint, place: EntryPlace, path: FilePath): Promise<void> {
    const args = { file, link: { dir: place.directory, name: place.name } };
    await this.#repeated(
      () => this.#session.ask(() => this.#session.nfs.NFSPROC3_LINK(args), "link", path),
      "EEXIST",
      async () => (await this.#lookup(place))?.ino === ino,
    );
  }

  async remove(place: EntryPlace, path: FilePath): Promise<void> {
    const args = { object: { dir: place.directory, name: place.name } };
    await this.#repeated(
      () => this.#session.ask(() => this.#session.nfs.NFSPROC3_REMOVE(args), "unlink", path),
      "ENOENT",
      async () => true,
    );
  }

  async rmdir(place: EntryPlace, path: FilePath): Promise<void> {
    const args = { object: { dir: place.directory, name: place.name } };
    await this.#repeated(
      () => this.#session.ask(() => this.#session.nfs.NFSPROC3_RMDIR(args), "rmdir", path),
      "ENOENT",
      async () => true,
    );
  }

  async rename(from: EntryPlace, to: EntryPlace, path: FilePath): Promise<void> {
    const args = {
      from: { dir: from.directory, name: from.name },
      to: { dir: to.directory, name: to.name },
    };
    const before = await this.#lookup(from);
    await this.#repeated(
      () => this.#session.ask(() => this.#session.nfs.NFSPROC3_RENAME(args), "rename", path),
      "ENOENT",
      async () => before !== undefined && (await this.#lookup(to))?.ino === before.ino,
    );
  }

  async readlink(handle: Uint8Array, path: FilePath): Promise<Uint8Array> {
    const { resok } = await this.#session.ask(
      () => this.#session.nfs.NFSPROC3_READLINK({ symlink: handle }),
      "readlink",
      path,
    );
    return copyBytes(resok.data);
  }

  /** Runs a call; if it was sent more than once and failed with `errno`, `happened` decides. */
  async #repeated(
    call: () => Promise<unknown>,
    errno: string,
    happened: () => Promise<boolean>,
  ): Promise<void> {
    const repeats = this.#session.repeats;
    try {
      await call();
    } catch (error) {
      if (!hasErrno(error, errno) || this.#session.repeats === repeats || !(await happened())) throw error;
    }
  }

  async #lookup(place: EntryPlace): Promise<Target | undefined> {
    const session = this.#session;
    const args = { what: { dir: place.directory, name: place.name } };
    const answer = await session.answer(() => session.nfs.NFSPROC3_LOOKUP(args));
    if (answer.status !== nfsstat3.NFS3_OK) return undefined;
    const handle = copyBytes(answer.resok.object);
    const attributes = await session.attributesOf(answer.resok.obj_attributes, handle, "lookup");
    return { handle, ino: attributes.fileid, type: attributes.type };
  }

  /** A server may leave the new file's handle out. */
  async #handleOf(
    given: { handle_follows: true; handle: Uint8Array } | { handle_follows: false },
    place: EntryPlace,
    path: FilePath,
  ): Promise<Uint8Array> {
    if (given.handle_follows) return copyBytes(given.handle);
    const args = { what: { dir: place.directory, name: place.name } };
    const { resok } = await this.#session.ask(() => this.#session.nfs.NFSPROC3_LOOKUP(args), "open", path);
    return copyBytes(resok.object);
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && bytesKey(left) === bytesKey(right);
}
