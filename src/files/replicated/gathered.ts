/**
 * Unstable writes that were answered and are not in the log yet, gathered into batches: writes of one caller to one file that follow each
 * other go together. Batches are numbered in their order, which is that of the log.
 */
import { Fifo } from "../../world/index.ts";
import type { Credentials, Handle } from "../volume/types.ts";
import type { Identity } from "./done-calls.ts";
import { VOLUME_MAX_PIECES, type volume_piece } from "./gen/volume-log.gen.ts";

/** Files whose writes are noted before those that have none any more are looked for. */
const MANY_FILES = 1024;

/** A write that may be answered before it is in the log. */
export interface UnstableWrite {
  readonly handle: Handle;
  readonly credentials: Credentials;
  readonly identity: Identity;
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface Batch {
  readonly number: number;
  readonly handle: Handle;
  readonly credentials: Credentials;
  /** The last entry that was applied when its first write came. */
  readonly seen: number;
  readonly pieces: volume_piece[];
  bytes: number;
}

export class Gathered {
  readonly #maxBytes: number;
  /** Not yet taken, the oldest first. */
  readonly #batches = new Fifo<Batch>();
  /** The last of them, which more may be put into. */
  #last: Batch | undefined;
  /** The last batch of each file that has one; files of one number in the volume and its clones count as one. */
  readonly #files = new Map<number, number>();
  /** Of the last batch. */
  number = 0;
  /** Bytes of batches that were not let go. */
  bytes = 0;

  /** `maxBytes`: of a batch; a larger write is one by itself. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  add(write: UnstableWrite, seen: number): void {
    const { handle, credentials, identity, offset, data } = write;
    const last = this.#last;
    const batch =
      last !== undefined && this.#fits(last, write) ? last : this.#begin(handle, credentials, seen);
    // The bytes are the call's, and good until it is answered.
    batch.pieces.push({ identity, offset, data: data.slice() });
    batch.bytes += data.length;
    this.bytes += data.length;
  }

  #fits(batch: Batch, { handle, credentials, data }: UnstableWrite): boolean {
    return (
      batch.handle.inode === handle.inode &&
      batch.handle.generation === handle.generation &&
      batch.handle.layer === handle.layer &&
      batch.pieces.length < VOLUME_MAX_PIECES &&
      batch.bytes + data.length <= this.#maxBytes &&
      sameCredentials(batch.credentials, credentials)
    );
  }

  #begin(handle: Handle, credentials: Credentials, seen: number): Batch {
    const batch = { number: ++this.number, handle, credentials, seen, pieces: [], bytes: 0 };
    this.#batches.push(batch);
    this.#files.set(handle.inode, batch.number);
    this.#last = batch;
    return batch;
  }

  /** The oldest batch; it counts until it is let go. */
  take(): Batch | undefined {
    const batch = this.#batches.shift();
    if (batch === this.#last) this.#last = undefined;
    return batch;
  }

  letGo({ bytes }: Batch): void {
    this.bytes -= bytes;
  }

  /** The last batch with a write to the file; 0 when there is none that matters any more. */
  lastOf(inode: number): number {
    return this.#files.get(inode) ?? 0;
  }

  /** Batches up to a number matter no more. */
  forget(number: number): void {
    if (number === this.number) this.#files.clear();
    if (this.#files.size < MANY_FILES) return;
    for (const [inode, last] of this.#files) if (last <= number) this.#files.delete(inode);
  }
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  if (a === b) return true;
  return (
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.groups.length === b.groups.length &&
    a.groups.every((group, at) => group === b.groups[at])
  );
}
