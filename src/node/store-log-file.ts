/**
 * One of the two files of a store's write-ahead log, with its image in memory. A file that keeps its values (store-segments.ts) gives its
 * place to another, and the image to that one. Groups are encoded into the image and
 * written from there, and the image serves reads until the database has them: an index from key to place
 * (store-logged-changes.ts) is all that is kept beside it, so a logged change costs the garbage collector one string.
 *
 * The file grows ahead of its records by zeros, so that the sync of a record has no new size to record; once grown
 * it keeps its size.
 */
import { fdatasync, fdatasyncSync, write, writeSync } from "node:fs";
import type { Change, Range } from "../world/index.ts";
import { type Demand, NO_DEMAND } from "./store-demand.ts";
import {
  type Crc32,
  changeEnd,
  changeLength,
  encodeRecord,
  FIRST_CHANGE_AT,
  type LoggedChange,
  RECORD_OVERHEAD_BYTES,
} from "./store-log-format.ts";
import type { WalFile } from "./store-log-pool.ts";
import { LoggedChanges } from "./store-logged-changes.ts";
import type { Beneath, Layer, Overlay } from "./store-overlay.ts";
import type { Scratch } from "./store-scratch.ts";

/** How far a file grows at a time. */
const GROWTH_BYTES = 256 * 1024;
/** What one call writes of that: small, for the reason that store-content.ts gives. */
const ZEROS = new Uint8Array(16 * 1024);
/** Keys at which a file counts as full: ranges of the store pass over every removed one of them. */
const MAX_KEYS = 8192;
const LEAST_IMAGE_BYTES = 64 * 1024;
/** Values that wait for the database at which a file counts as full: what a checkpoint writes, or an opening. */
const MAX_VALUES_BYTES = 32 * 1024 * 1024;
/** Patches of a key after which the next change of it is written whole, if there is room: a read goes through them. */
export const MAX_PATCHES = 64;

export class LogFile implements Layer {
  /** What its groups need in the database. */
  demand: Demand = NO_DEMAND;
  /** Where it is written. */
  #file: WalFile;
  readonly #maxBytes: number;
  readonly salt: number;
  readonly #crc32: Crc32;
  readonly #changes: LoggedChanges;
  #image = Buffer.alloc(0);
  /** Somebody goes on reading the image when it is written from its beginning again. */
  #isImageShared = false;
  #position = 0;

  constructor(file: WalFile, maxBytes: number, salt: number, crc32: Crc32, beneath: Beneath) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.salt = salt;
    this.#crc32 = crc32;
    this.#changes = new LoggedChanges(beneath);
  }

  get isEmpty(): boolean {
    return this.#changes.isEmpty;
  }

  /** False for a group that the file could not take if it were empty. */
  couldTake(group: Overlay): boolean {
    return recordBound(group) <= this.#maxBytes;
  }

  hasRoom(group: Overlay): boolean {
    if (this.#changes.size >= MAX_KEYS || this.demand.bytes >= MAX_VALUES_BYTES) return false;
    return this.#position + recordBound(group) <= this.#maxBytes;
  }

  /** How long the file may become. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** What a group needs in the database beyond what the file's groups do. */
  demandOf(group: Overlay): Demand {
    return group.demandBeyond((name) => this.#changes.has(name));
  }

  /** Appends a group; it is durable when this returns. @throws the system's error; the file holds no more than before then. */
  append(sequence: number, group: Overlay): void {
    const end = this.#encode(sequence, group);
    try {
      this.#grow(end);
      for (let at = this.#position; at < end; ) at += writeSync(this.#file.fd, this.#image, at, end - at, at);
      fdatasyncSync(this.#file.fd);
    } catch (error) {
      this.#scrub();
      throw error;
    }
    this.#take(group, end);
  }

  /** The same on a thread of the pool. */
  appendOnThread(sequence: number, group: Overlay, done: (error: Error | null) => void): void {
    const end = this.#encode(sequence, group);
    const finish = (error: Error | null): void => {
      if (error === null) this.#take(group, end);
      else this.#scrub();
      done(error);
    };
    const writeFrom = (at: number): void => {
      write(this.#file.fd, this.#image, at, end - at, at, (error, written) => {
        if (error !== null) finish(error);
        else if (at + written < end) writeFrom(at + written);
        else fdatasync(this.#file.fd, finish);
      });
    };
    try {
      this.#grow(end);
    } catch (error) {
      finish(error as Error);
      return;
    }
    writeFrom(this.#position);
  }

  /** Where it is written now. */
  get file(): WalFile {
    return this.#file;
  }

  /** Bytes of the values of this size and more that `values` can tell the places of. */
  placeableBytes(leastBytes: number): number {
    return this.#changes.placeableBytes(leastBytes);
  }

  /**
   * The database holds all of its groups: it is written from its beginning again; with `file` there from now on, and what it was
   * written to is somebody else's.
   */
  reset(file: WalFile = this.#file): void {
    this.#file = file;
    this.#changes.clear();
    if (this.#isImageShared) this.#replaceImage(Buffer.alloc(0));
    this.#isImageShared = false;
    this.#position = 0;
    this.demand = NO_DEMAND;
  }

  close(): void {
    this.#file.close();
  }

  find(name: string): Change | undefined {
    return this.#changes.find(name);
  }

  lengthOf(name: string): number | undefined {
    return this.#changes.lengthOf(name);
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return this.#changes.walk(range);
  }

  freeze(beneath: Beneath): Layer {
    this.#isImageShared = true;
    return this.#changes.freeze(beneath);
  }

  /** How many keys its groups change. */
  get size(): number {
    return this.#changes.size;
  }

  /**
   * What the changes of each key come to, as views of the image or in `scratch`: good until either's `reset`. Of a key that has
   * nothing but patches that is one patch, unless they change the value's length on the way. Values of `leastPlacedBytes` and more
   * that lie in the file as they are have their place with them.
   */
  values(scratch: Scratch, leastPlacedBytes?: number): Iterable<LoggedChange> {
    return this.#changes.values((bytes) => scratch.take(bytes), leastPlacedBytes);
  }

  #encode(sequence: number, group: Overlay): number {
    const changes: Change[] = [];
    let bytes = recordBound(group);
    for (const [name, change] of group.changes.entries()) {
      const whole = this.#isMuchPatched(name, change) ? { key: change.key, value: change.value } : change;
      const more = whole === change ? 0 : changeLength(whole) - changeLength(change);
      const isFitting = this.#position + bytes + more <= this.#maxBytes;
      if (isFitting) bytes += more;
      changes.push(isFitting ? whole : change);
    }
    this.#makeImage(this.#position + bytes);
    return encodeRecord(this.#image, this.#position, sequence, changes, this.#crc32, this.salt);
  }

  #isMuchPatched(name: string, change: Change): boolean {
    return change.spans !== undefined && this.#changes.patchCount(name) >= MAX_PATCHES;
  }

  #makeImage(length: number): void {
    if (length <= this.#image.length) return;
    const wished = Math.max(length, 2 * this.#image.length, LEAST_IMAGE_BYTES);
    const image = Buffer.allocUnsafeSlow(Math.max(length, Math.min(wished, this.#maxBytes)));
    this.#image.copy(image, 0, 0, this.#position);
    this.#replaceImage(image);
  }

  #replaceImage(image: Buffer<ArrayBuffer>): void {
    this.#image = image;
    this.#changes.image = image;
  }

  #take(group: Overlay, end: number): void {
    let at = this.#position + FIRST_CHANGE_AT;
    for (const [name] of group.changes.entries()) {
      this.#changes.note(name, at);
      at = changeEnd(this.#image, at, end) as number;
    }
    this.#position = end;
  }

  #grow(end: number): void {
    if (this.#file.sizeBytes >= end) return;
    const wished = Math.ceil(end / GROWTH_BYTES) * GROWTH_BYTES;
    while (this.#file.sizeBytes < wished) {
      this.#file.sizeBytes += writeSync(this.#file.fd, ZEROS, 0, ZEROS.length, this.#file.sizeBytes);
    }
  }

  /** What a failed append left could come back after a crash, although nobody was told that it is durable. */
  #scrub(): void {
    try {
      writeSync(this.#file.fd, ZEROS, 0, FIRST_CHANGE_AT, this.#position);
      fdatasyncSync(this.#file.fd);
    } catch {
      // The disk refuses; the group goes to the database next, which moves the mark past it.
    }
  }
}

function recordBound(group: Overlay): number {
  return group.loggedBytes + RECORD_OVERHEAD_BYTES;
}
