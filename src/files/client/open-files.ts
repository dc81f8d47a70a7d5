/** The descriptors of a client, the files behind them, and the memory that these share. */
import { Budget } from "./budget.ts";
import { FilesError } from "./errors.ts";
import { FileHandle } from "./file-handle.ts";
import type { OpenMode } from "./flags.ts";
import { bytesKey, type FilePath, pathText } from "./names.ts";
import { OpenFile } from "./open-file.ts";
import type { Session } from "./session.ts";
import { type AttributeChanges, changeAttributes } from "./set-attributes.ts";

export interface OpenFilesOptions {
  /** Files open at once; `open` fails with FILES_MFILE over it. Default 1024. */
  readonly maxOpenFiles?: number;
  /** Content that was written and is not durable yet, of all files; a writer waits over it. Default 64 MiB. */
  readonly maxUnsavedBytes?: number;
  /** Content read ahead, of all files; nothing is read ahead over it. Default 64 MiB. */
  readonly maxReadAheadBytes?: number;
}

export const DEFAULT_MAX_OPEN_FILES = 1024;
export const DEFAULT_MAX_UNSAVED_BYTES = 64 * 1024 * 1024;
export const DEFAULT_MAX_READ_AHEAD_BYTES = 64 * 1024 * 1024;

/** 0 to 2 mean something else everywhere. */
const FIRST_DESCRIPTOR = 3;

export class OpenFiles {
  readonly #session: Session;
  readonly #maxOpenFiles: number;
  readonly #writeBudget: Budget;
  readonly #readBudget: Budget;
  /** By the server's file handle: several descriptors of a file share one. */
  readonly #files = new Map<string, OpenFile>();
  readonly #descriptors = new Map<number, FileHandle>();

  constructor(session: Session, options: OpenFilesOptions) {
    this.#session = session;
    this.#maxOpenFiles = options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES;
    this.#writeBudget = new Budget(options.maxUnsavedBytes ?? DEFAULT_MAX_UNSAVED_BYTES, () =>
      this.#relieve(),
    );
    this.#readBudget = new Budget(options.maxReadAheadBytes ?? DEFAULT_MAX_READ_AHEAD_BYTES, () => {});
  }

  /** @throws FilesError FILES_MFILE when no more may be opened. */
  requireRoom(path: FilePath): void {
    if (this.#descriptors.size >= this.#maxOpenFiles)
      throw new FilesError("FILES_MFILE", "open", pathText(path));
  }

  /** The file behind the server's handle, if it is open here. */
  get(handle: Uint8Array): OpenFile | undefined {
    return this.#files.get(bytesKey(handle));
  }

  /** A new descriptor. `size`: the file's, as the server just told. */
  add(handle: Uint8Array, path: FilePath, mode: OpenMode, size: number): FileHandle {
    const key = bytesKey(handle);
    let file = this.#files.get(key);
    if (file === undefined) {
      file = new OpenFile(this.#session, this.#writeBudget, handle, path, size);
      this.#files.set(key, file);
    } else if (file.clean) file.size = size;
    file.users++;
    const fd = this.#freeDescriptor();
    const opened = new FileHandle({
      fd,
      file,
      mode,
      session: this.#session,
      readBudget: this.#readBudget,
      release: () => this.#release(key, fd),
    });
    this.#descriptors.set(fd, opened);
    return opened;
  }

  /** Changes attributes. What is open here is brought to the server first, or a late write would undo the change. */
  async change(
    handle: Uint8Array,
    operation: string,
    changes: AttributeChanges,
    path: FilePath,
  ): Promise<void> {
    const file = this.get(handle);
    if (file !== undefined) await file.settle();
    await changeAttributes(this.#session, handle, changes, operation, path);
    if (changes.size !== undefined) file?.truncated(changes.size);
  }

  /** Closes every descriptor. Gives what failed. */
  async closeAll(): Promise<unknown[]> {
    const closed = await Promise.allSettled([...this.#descriptors.values()].map((file) => file.close()));
    return closed.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  }

  /** The lowest number that is free, as POSIX has it. */
  #freeDescriptor(): number {
    let fd = FIRST_DESCRIPTOR;
    while (this.#descriptors.has(fd)) fd++;
    return fd;
  }

  #release(key: string, fd: number): void {
    this.#descriptors.delete(fd);
    const file = this.#files.get(key);
    if (file === undefined || --file.users > 0) return;
    file.discard();
    this.#files.delete(key);
  }

  /** Memory for writes is short: the file with most of it saves what it has. */
  #relieve(): void {
    let most: OpenFile | undefined;
    for (const file of this.#files.values()) {
      if (!file.relieving && file.unsavedBytes > (most?.unsavedBytes ?? 0)) most = file;
    }
    most?.relieve();
  }
}
