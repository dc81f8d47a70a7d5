/**
 * A file that is open here, once for all its descriptors: what was written to it and is not yet durable, and how
 * that reaches the server. Writes are gathered to the server's preferred size and sent UNSTABLE, many in flight;
 * `sync` makes them durable with COMMIT and writes again what a restart of the server may have lost.
 *
 * A write that fails has lost content that the caller was told is taken. So the failure stays: every later write,
 * sync and close of this file, by any descriptor, reports it, until all of them are closed.
 */
import { type fattr3, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import type { Budget } from "./budget.ts";
import { errorOfStatus } from "./errors.ts";
import { bytesKey, type FilePath, pathText } from "./names.ts";
import { type Extent, PIECE_OVERHEAD_BYTES, type WriteRequest } from "./pieces.ts";
import type { ReadAnswer } from "./read-ahead.ts";
import type { Session } from "./session.ts";
import { Stable, WriteBack } from "./write-back.ts";

/** WRITEs of one file in flight. */
export const MAX_WRITES_IN_FLIGHT = 16;
/** Acknowledged bytes of one file at which a COMMIT is made without being asked for. */
export const COMMIT_BYTES = 32 * 1024 * 1024;
/** COMMITs in a row that may find a new verifier; from then on the file is written FILE_SYNC. */
export const MAX_LOST_COMMITS = 3;
/** Rounds of writing and committing in one sync, after which the server is taken for broken. */
export const MAX_SYNC_ROUNDS = 16;
/** A write of the caller is taken in slices of this size, so that the budget is never far exceeded. */
const SLICE_BYTES = 1024 * 1024;

export class OpenFile {
  readonly handle: Uint8Array;
  readonly path: FilePath;
  /** The file's size as far as it is known here: of the last attributes, and of what was written since. */
  size: number;
  /** Descriptors. */
  users = 0;
  /** Grows with every change made here: what was read ahead before it is out of date. */
  version = 0;
  readonly #session: Session;
  readonly #budget: Budget;
  readonly #cache: WriteBack;
  #error: unknown;
  #flushers = 0;
  /** COMMITs in a row that found a new verifier. */
  #lostCommits = 0;
  #committing = false;
  #relieving = false;
  #waiters: (() => void)[] = [];

  constructor(session: Session, budget: Budget, handle: Uint8Array, path: FilePath, size: number) {
    this.#session = session;
    this.#budget = budget;
    this.handle = handle;
    this.path = path;
    this.size = size;
    this.#cache = new WriteBack({
      requestBytes: session.limits.writeBytes,
      maxInFlight: MAX_WRITES_IN_FLIGHT,
      isUnordered: session.isCell,
    });
  }

  /** Memory that unsaved content takes, in bytes. */
  get unsavedBytes(): number {
    return this.#cache.bytes;
  }

  get clean(): boolean {
    return this.#cache.clean;
  }

  get relieving(): boolean {
    return this.#relieving;
  }

  /** Takes a copy of `data`; waits while too much is unsaved in this client. */
  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#throwFailure();
    if (offset + data.length > this.#session.limits.maxFileBytes) {
      throw errorOfStatus(nfsstat3.NFS3ERR_FBIG, "write", pathText(this.path));
    }
    this.size = Math.max(this.size, offset + data.length);
    for (let done = 0; done < data.length; done += SLICE_BYTES) {
      const slice = data.subarray(done, done + SLICE_BYTES);
      const taken = slice.length + PIECE_OVERHEAD_BYTES;
      const turn = this.#budget.take(taken);
      if (turn !== undefined) {
        await turn;
        if (this.#error !== undefined) this.#budget.adjust(-taken);
        this.#throwFailure();
      }
      this.version++;
      this.#change(() => this.#cache.write(offset + done, slice), taken);
      this.#pump();
    }
  }

  /**
   * Reads from the server, with what was written here and is not durable yet in its place: the server may not have
   * it yet, or, after a restart, no longer.
   */
  async read(offset: number, length: number): Promise<ReadAnswer> {
    const before = this.#cache.overlapping(offset, length);
    const endBefore = this.#cache.end;
    const answer = await this.#ask(offset, length);
    const kept = [...before, ...this.#cache.overlapping(offset, length)];
    const end = Math.min(Math.max(endBefore, this.#cache.end), offset + length);
    if (kept.length === 0 && (!answer.eof || end <= offset + answer.data.length)) return answer;
    return overlay(offset, answer, kept, end);
  }

  async #ask(offset: number, length: number): Promise<ReadAnswer> {
    const args = { file: this.handle, offset: BigInt(offset), count: length };
    const { resok } = await this.#session.ask(() => this.#session.nfs.NFSPROC3_READ(args), "read", this.path);
    if (resok.file_attributes.attributes_follow) this.know(resok.file_attributes.attributes);
    return { data: resok.data.subarray(0, resok.count), eof: resok.eof };
  }

  /** The server's size is right unless something is not durable here. */
  know(attributes: fattr3): void {
    if (this.#cache.clean) this.size = Number(attributes.size);
  }

  /** The file's attributes, when everything written here has reached the server. */
  async attributes(operation: string): Promise<fattr3> {
    await this.flush();
    const attributes = await this.#session.attributes(this.handle, operation, this.path);
    this.know(attributes);
    // What a restart of the server lost is still here, and will be there again.
    const end = BigInt(this.#cache.end);
    return end > attributes.size ? { ...attributes, size: end } : attributes;
  }

  /** Brings everything written so far to the server; not necessarily to its disk. */
  async flush(): Promise<void> {
    this.#flushers++;
    try {
      this.#pump();
      while (this.#cache.unsent && this.#error === undefined) await this.#progress();
    } finally {
      this.#flushers--;
    }
    this.#throwFailure();
  }

  /**
   * Brings everything written so far to where nothing that is asked of the server later can come before it. A cell may have taken it at a
   * node that is slow to tell the others.
   */
  settle(): Promise<void> {
    return this.#session.isCell ? this.sync() : this.flush();
  }

  /** Everything written before the call is durable on the server when it resolves. */
  async sync(): Promise<void> {
    this.#throwFailure();
    if (this.#cache.single) this.#sendNext(Stable.fileSync);
    for (let round = 0; round < MAX_SYNC_ROUNDS; round++) {
      await this.flush();
      if ((await this.#commit()) === 0) return;
    }
    this.#fail(errorOfStatus(nfsstat3.NFS3ERR_SERVERFAULT, "commit", pathText(this.path)));
    this.#throwFailure();
  }

  /** Frees memory: saves everything, without being waited for. Its failure is reported by what comes next. */
  relieve(): void {
    if (this.#relieving) return;
    this.#relieving = true;
    const done = () => {
      this.#relieving = false;
    };
    this.sync().then(done, done);
  }

  /** Content at `size` and behind it is gone, here; the caller has flushed, and truncates on the server. */
  truncated(size: number): void {
    this.version++;
    this.size = size;
    this.#change(() => this.#cache.truncate(size));
  }

  /** Gives up what was not saved. */
  discard(): void {
    this.#change(() => this.#cache.discard());
  }

  #throwFailure(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Runs a change of the cache and corrects the budget, of which `taken` bytes were taken for it. */
  #change<T>(run: () => T, taken = 0): T {
    const before = this.#cache.bytes;
    const result = run();
    this.#budget.adjust(this.#cache.bytes - before - taken);
    return result;
  }

  #pump(): void {
    const stable = this.#lostCommits >= MAX_LOST_COMMITS ? Stable.fileSync : Stable.unstable;
    while (this.#sendNext(stable));
    if (this.#cache.keptBytes >= COMMIT_BYTES || this.#cache.needsCommit) this.#commitAhead();
  }

  #sendNext(stable: 0 | 2): boolean {
    const request = this.#change(() => this.#cache.next(this.#flushers > 0 || stable === Stable.fileSync));
    if (request !== undefined) void this.#send(request, stable);
    return request !== undefined;
  }

  async #send(request: WriteRequest, stable: 0 | 2): Promise<void> {
    const args = {
      file: this.handle,
      offset: BigInt(request.offset),
      count: request.data.length,
      stable,
      data: request.data,
    };
    try {
      const { resok } = await this.#session.ask(
        () => this.#session.nfs.NFSPROC3_WRITE(args),
        "write",
        this.path,
      );
      // A server that takes nothing and reports no error would be asked for ever.
      if (resok.count === 0) throw errorOfStatus(nfsstat3.NFS3ERR_IO, "write", pathText(this.path));
      const verifier = bytesKey(resok.verf);
      this.#change(() => this.#cache.answered(request, resok.count, resok.committed, verifier));
    } catch (error) {
      this.#change(() => this.#cache.failed(request));
      this.#fail(error);
    }
    this.#pump();
    this.#wake();
  }

  /** Makes a COMMIT without being asked for it, one at a time. `#fail` keeps its failure for who comes next. */
  #commitAhead(): void {
    if (this.#committing) return;
    this.#committing = true;
    const done = () => {
      this.#committing = false;
      this.#pump();
      this.#wake();
    };
    this.#commit().then(done, done);
  }

  /** Makes one COMMIT if something waits for it. Returns how many bytes have to be written again. */
  async #commit(): Promise<number> {
    const mark = this.#cache.beginCommit();
    if (mark === undefined) return 0;
    const args = { file: this.handle, offset: 0n, count: 0 };
    try {
      const { resok } = await this.#session.ask(
        () => this.#session.nfs.NFSPROC3_COMMIT(args),
        "commit",
        this.path,
      );
      const verifier = bytesKey(resok.verf);
      const again = this.#change(() => this.#cache.committed(mark, verifier));
      this.#lostCommits = again > 0 ? this.#lostCommits + 1 : 0;
      if (again > 0) this.#session.world.log.info("files.rewrite", { bytes: again });
      return again;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.discard();
    this.#wake();
  }

  /** Resolves at the next answer of a WRITE. */
  #progress(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** `extents` over what the server gave; later ones win. The file reaches to `end` at least: what nobody wrote is zeros. */
function overlay(offset: number, answer: ReadAnswer, extents: readonly Extent[], end: number): ReadAnswer {
  // A short answer that is not the file's end says nothing of what follows it.
  const length = answer.eof ? Math.max(answer.data.length, end - offset) : answer.data.length;
  const data = new Uint8Array(length);
  data.set(answer.data);
  for (const extent of extents) {
    const at = extent.offset - offset;
    if (at < length) data.set(extent.data.subarray(0, length - at), at);
  }
  // Whether the file ends behind what is kept here, only another READ can tell.
  return { data, eof: answer.eof && length === answer.data.length };
}
