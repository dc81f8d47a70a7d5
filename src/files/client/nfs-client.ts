/**
 * A file system on an NFS v3 server, in the shape of node:fs/promises. Paths begin at the exported directory.
 *
 * What is written is durable when `close` or `sync` resolved; who opens a file after that sees it (close-to-open
 * consistency, as NFS clients have it). README.md says exactly what is kept here and for how long.
 */
import type { Address, WallTime, World } from "../../world/index.ts";
import { grantedAccess } from "./access.ts";
import { type Dirent, type ListOptions, listDirectory, readWhole } from "./directory.ts";
import { EntryOperations } from "./entry-operations.ts";
import { hasErrno } from "./errors.ts";
import { closing, type FileHandle } from "./file-handle.ts";
import { type OpenFlags, parseFlags } from "./flags.ts";
import { LookupCache } from "./lookup-cache.ts";
import { decodeName, type FilePath, pathBytes, requireName } from "./names.ts";
import { OpenFiles, type OpenFilesOptions } from "./open-files.ts";
import { Opening } from "./opening.ts";
import { Session, type SessionOptions } from "./session.ts";
import type { AttributeChanges } from "./set-attributes.ts";
import { type FileSystemStats, fileSystemStats, Stats } from "./stats.ts";
import { makeDirectories, removeTree } from "./tree.ts";
import { Walker } from "./walk.ts";

/** Which servers are called, as whom, and what is remembered. */
export interface NfsClientOptions extends SessionOptions, OpenFilesOptions {
  /** How long a directory in the middle of a path may be taken from memory; 0: never. Default 3000. */
  readonly lookupCacheMs?: number;
  /** Directories remembered; the oldest go first. Default 4096. */
  readonly maxLookupEntries?: number;
}

/**
 * A file system on an NFS v3 server, in the shape of `node:fs/promises`. Paths begin with `/`. Methods reject
 * with `FilesError`, or with RPC_TIMEOUT where no server answers in time.
 */
export class NfsClient {
  readonly #session: Session;
  readonly #walker: Walker;
  readonly #entries: EntryOperations;
  readonly #files: OpenFiles;
  readonly #opening: Opening;

  private constructor(session: Session, options: NfsClientOptions) {
    const cache = new LookupCache(session.world.clock, {
      maxEntries: options.maxLookupEntries ?? 4096,
      lifeMs: options.lookupCacheMs ?? 3000,
    });
    this.#session = session;
    this.#walker = new Walker(session, cache);
    this.#entries = new EntryOperations(session);
    this.#files = new OpenFiles(session, options);
    this.#opening = new Opening(session, this.#walker, this.#entries, this.#files);
  }

  /** Connects and mounts. @throws FilesError FILES_MOUNT; CoterieError RPC_TIMEOUT when nobody answers. */
  static async connect(world: World, options: NfsClientOptions): Promise<NfsClient> {
    return new NfsClient(await Session.open(world, options), options);
  }

  /** The node of a cell that is called now; undefined of a server that was named alone. */
  get server(): Address | undefined {
    return this.#session.server;
  }

  /** Largest READ and WRITE that the server and this client agree on, in bytes. */
  get transferBytes(): { readonly read: number; readonly write: number } {
    return { read: this.#session.limits.readBytes, write: this.#session.limits.writeBytes };
  }

  /** Opens a file, made with permission bits `mode` (default 0o666) if the flags say so. */
  async open(path: FilePath, flags: OpenFlags = "r", mode = 0o666): Promise<FileHandle> {
    const how = parseFlags(flags);
    this.#files.requireRoom(path);
    return this.#walker.fresh(async () => {
      const { handle, size } = await this.#opening.openable(path, how, mode);
      return this.#files.add(handle, path, how, size);
    });
  }

  async readFile(path: FilePath): Promise<Uint8Array>;
  async readFile(path: FilePath, encoding: "utf8"): Promise<string>;
  async readFile(path: FilePath, encoding?: "utf8"): Promise<Uint8Array | string> {
    const content = await closing(await this.open(path, "r"), (file) => file.readFile());
    return encoding === undefined ? content : new TextDecoder().decode(content);
  }

  /** Replaces the content; durable when it resolves. */
  async writeFile(
    path: FilePath,
    data: Uint8Array | string,
    options: { mode?: number; flag?: OpenFlags } = {},
  ): Promise<void> {
    const file = await this.open(path, options.flag ?? "w", options.mode);
    await closing(file, () => file.writeFile(data));
  }

  async appendFile(path: FilePath, data: Uint8Array | string): Promise<void> {
    await closing(await this.open(path, "a"), (file) => file.writeFile(data));
  }

  /** Names of a directory; with `withFileTypes`, its entries with their attributes. */
  async readdir(path: FilePath): Promise<string[]>;
  async readdir(path: FilePath, options: { encoding: "buffer" }): Promise<Uint8Array[]>;
  async readdir(path: FilePath, options: { withFileTypes: true }): Promise<Dirent[]>;
  async readdir(
    path: FilePath,
    options: { encoding?: "buffer"; withFileTypes?: true } = {},
  ): Promise<string[] | Uint8Array[] | Dirent[]> {
    const entries = await readWhole(() => this.opendir(path, { stats: options.withFileTypes === true }));
    if (options.withFileTypes) return entries;
    if (options.encoding === "buffer") return entries.map((entry) => entry.rawName);
    return entries.map((entry) => entry.name);
  }

  /** The entries of a directory one after another, however many there are, with their attributes unless told not. */
  async *opendir(
    path: FilePath,
    options: Partial<ListOptions> = {},
  ): AsyncGenerator<Dirent, void, undefined> {
    const directory = await this.#walker.fresh(() => this.#walker.require(path, true, "readdir"));
    yield* listDirectory(this.#session, directory.handle, path, { stats: options.stats ?? true });
  }

  /** Attributes of what the path leads to, symbolic links followed. */
  stat(path: FilePath): Promise<Stats> {
    return this.#stat(path, true, "stat");
  }

  /** Attributes of what the path names, symbolic links not followed at its end. */
  lstat(path: FilePath): Promise<Stats> {
    return this.#stat(path, false, "lstat");
  }

  chmod(path: FilePath, mode: number): Promise<void> {
    return this.#change(path, "chmod", { mode });
  }

  chown(path: FilePath, uid: number, gid: number): Promise<void> {
    return this.#change(path, "chown", { uid, gid });
  }

  lchown(path: FilePath, uid: number, gid: number): Promise<void> {
    return this.#change(path, "lchown", { uid, gid }, false);
  }

  /** "now": the server's clock. */
  utimes(path: FilePath, accessed: WallTime | "now", modified: WallTime | "now"): Promise<void> {
    return this.#change(path, "utimes", { accessed, modified });
  }

  lutimes(path: FilePath, accessed: WallTime | "now", modified: WallTime | "now"): Promise<void> {
    return this.#change(path, "lutimes", { accessed, modified }, false);
  }

  /** Several attributes in one call. `follow` (default true): those of what a symbolic link leads to. */
  setAttributes(path: FilePath, changes: Omit<AttributeChanges, "size">, follow = true): Promise<void> {
    return this.#change(path, "setattr", changes, follow);
  }

  truncate(path: FilePath, size = 0): Promise<void> {
    return this.#change(path, "truncate", { size });
  }

  rename(from: FilePath, to: FilePath): Promise<void> {
    return this.#walker.fresh(async () => {
      const source = await this.#walker.entry(from, "rename");
      const target = await this.#walker.entry(to, "rename");
      try {
        await this.#entries.rename(source, target, from);
      } finally {
        this.#walker.forget(source);
        this.#walker.forget(target);
      }
    });
  }

  unlink(path: FilePath): Promise<void> {
    return this.#walker.fresh(async () => {
      await this.#entries.remove(await this.#walker.entry(path, "unlink"), path);
    });
  }

  rmdir(path: FilePath): Promise<void> {
    return this.#walker.fresh(async () => {
      const place = await this.#walker.entry(path, "rmdir");
      try {
        await this.#entries.rmdir(place, path);
      } finally {
        this.#walker.forget(place);
      }
    });
  }

  /** `recursive`: a directory with everything in it. `force`: what is not there is no error. */
  async rm(path: FilePath, options: { recursive?: boolean; force?: boolean } = {}): Promise<void> {
    // Before anything is removed: a path that ends in `..` would empty the directory above, and then fail.
    requireName(path, "rm");
    try {
      if (options.recursive && (await this.lstat(path)).isDirectory()) await removeTree(this, path);
      else await this.unlink(path);
    } catch (error) {
      if (!(options.force && hasErrno(error, "ENOENT"))) throw error;
    }
  }

  /** `recursive`: with the directories above it, and without complaint about those that exist. */
  async mkdir(path: FilePath, options: { recursive?: boolean; mode?: number } = {}): Promise<void> {
    const mode = options.mode ?? 0o777;
    if (options.recursive) return makeDirectories(this, path, mode);
    await this.#walker.fresh(async () => {
      await this.#entries.mkdir(await this.#walker.entry(path, "mkdir"), mode, path);
    });
  }

  /** A second name for a file. A symbolic link at `existing` gets the name itself. */
  link(existing: FilePath, path: FilePath): Promise<void> {
    return this.#walker.fresh(async () => {
      const file = await this.#walker.require(existing, false, "link");
      const place = await this.#walker.entry(path, "link");
      await this.#entries.link(file.handle, file.attributes.fileid, place, path);
    });
  }

  symlink(target: FilePath, path: FilePath): Promise<void> {
    return this.#walker.fresh(async () => {
      await this.#entries.symlink(await this.#walker.entry(path, "symlink"), pathBytes(target), path);
    });
  }

  async readlink(path: FilePath): Promise<string>;
  async readlink(path: FilePath, options: { encoding: "buffer" }): Promise<Uint8Array>;
  async readlink(path: FilePath, options?: { encoding: "buffer" }): Promise<string | Uint8Array> {
    const target = await this.#walker.fresh(async () => {
      const link = await this.#walker.require(path, false, "readlink");
      return this.#entries.readlink(link.handle, path);
    });
    return options?.encoding === "buffer" ? target : decodeName(target);
  }

  /** A fifo, socket or device, as an entry: what it does is the business of who mounts the volume. */
  mknod(
    path: FilePath,
    type: "fifo" | "socket" | "block" | "character",
    options: { mode?: number; major?: number; minor?: number } = {},
  ): Promise<void> {
    const { mode = 0o666, major = 0, minor = 0 } = options;
    return this.#walker.fresh(async () => {
      const place = await this.#walker.entry(path, "mknod");
      await this.#entries.mknod(place, type, { mode, major, minor }, path);
    });
  }

  /** The bits of `wanted` (see `AccessBits`; default: all) that the server grants this client's user. */
  access(path: FilePath, wanted = 63): Promise<number> {
    return this.#walker.fresh(async () => {
      const { handle } = await this.#walker.require(path, true, "access");
      return grantedAccess(this.#session, handle, wanted, path);
    });
  }

  /** Space of the file system that holds the path. */
  statfs(path: FilePath = "/"): Promise<FileSystemStats> {
    return this.#walker.fresh(async () => {
      const { handle } = await this.#walker.require(path, true, "statfs");
      return fileSystemStats(this.#session, handle, path);
    });
  }

  /** Closes every open file, saving what was written, then the connection. Throws what the first of them failed with. */
  async close(): Promise<void> {
    const [failure] = await this.#files.closeAll();
    await this.#session.close();
    if (failure !== undefined) throw failure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stat(path: FilePath, follow: boolean, operation: string): Promise<Stats> {
    return this.#walker.fresh(async () => {
      const found = await this.#walker.require(path, follow, operation);
      const file = this.#files.get(found.handle);
      if (file === undefined || file.clean) return new Stats(found.attributes);
      return new Stats(await file.attributes(operation));
    });
  }

  #change(path: FilePath, operation: string, changes: AttributeChanges, follow = true): Promise<void> {
    return this.#walker.fresh(async () => {
      const { handle } = await this.#walker.require(path, follow, operation);
      await this.#files.change(handle, operation, changes, path);
    });
  }
}
