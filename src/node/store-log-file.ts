/**
 * One of the two files of a store's write-ahead log, with its image in memory. Groups are encoded into the image and
 * written from there, and the image serves reads until the database has them: an index from key to place is all that
 * is kept beside it, so a logged change costs the garbage collector one string.
 *
 * The file grows ahead of its records by zeros, so that the sync of a record has no new size to record; once grown
 * it keeps its size.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  write,
  writeSync,
} from "node:fs";
import { type Change, type Range, SortedMap } from "../world/index.ts";
import {
  type Crc32,
  changeAt,
  changeLength,
  encodeRecord,
  FIRST_CHANGE_AT,
  RECORD_OVERHEAD_BYTES,
} from "./store-log-format.ts";
import { type Layer, type Overlay, walkLayer } from "./store-overlay.ts";
import { type Demand, NO_DEMAND, plus } from "./store-space.ts";

/** How far a file grows at a time. */
const GROWTH_BYTES = 256 * 1024;
const ZEROS = new Uint8Array(GROWTH_BYTES);
/** Keys at which a file counts as full: ranges of the store pass over every removed one of them. */
const MAX_KEYS = 8192;
const LEAST_IMAGE_BYTES = 64 * 1024;

export class LogFile implements Layer {
  /** What its groups need in the database. */
  demand: Demand = NO_DEMAND;
  readonly #fd: number;
  readonly #maxBytes: number;
  readonly #salt: number;
  readonly #crc32: Crc32;
  readonly #index = new SortedMap<number>();
  #image = Buffer.alloc(0);
  #position = 0;
  #sizeBytes: number;

  constructor(path: string, maxBytes: number, salt: number, crc32: Crc32) {
    const { O_RDWR, O_CREAT } = constants;
    this.#fd = openSync(path, O_RDWR | O_CREAT, 0o644);
    this.#sizeBytes = fstatSync(this.#fd).size;
    this.#maxBytes = maxBytes;
    this.#salt = salt;
    this.#crc32 = crc32;
  }

  get isEmpty(): boolean {
    return this.#index.size === 0;
  }

  /** False for a group that the file could not take if it were empty. */
  couldTake(group: Overlay): boolean {
    return recordBound(group) <= this.#maxBytes;
  }

  hasRoom(group: Overlay): boolean {
    if (this.#index.size >= MAX_KEYS) return false;
    return this.#position + recordBound(group) <= this.#maxBytes;
  }

  /** Appends a group; it is durable when this returns. @throws the system's error; the file holds no more than before then. */
  append(sequence: number, group: Overlay): void {
    const end = this.#encode(sequence, group);
    try {
      this.#grow(end);
      for (let at = this.#position; at < end; ) at += writeSync(this.#fd, this.#image, at, end - at, at);
      fdatasyncSync(this.#fd);
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
      write(this.#fd, this.#image, at, end - at, at, (error, written) => {
        if (error !== null) finish(error);
        else if (at + written < end) writeFrom(at + written);
        else fdatasync(this.#fd, finish);
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

  /** The database holds all of its groups: it is written from its beginning again. */
  reset(): void {
    this.#index.clear();
    this.#position = 0;
    this.demand = NO_DEMAND;
  }

  close(): void {
    closeSync(this.#fd);
  }

  find(name: string): Change | undefined {
    const at = this.#index.get(name);
    return at === undefined ? undefined : copy(changeAt(this.#image, at));
  }

  walk(range: Range): Generator<readonly [string, Change]> {
    return walkLayer(this.#index, range, (at) => copy(changeAt(this.#image, at)));
  }

  /** How many keys its groups change. */
  get size(): number {
    return this.#index.size;
  }

  /** The last change of each key, as views of the image: good until `reset`. */
  *values(): Generator<Change> {
    for (const at of this.#index.values()) yield changeAt(this.#image, at);
  }

  #encode(sequence: number, group: Overlay): number {
    this.#makeImage(this.#position + recordBound(group));
    const changes = group.changes.values();
    return encodeRecord(this.#image, this.#position, sequence, changes, this.#crc32, this.#salt);
  }

  #makeImage(length: number): void {
    if (length <= this.#image.length) return;
    const wished = Math.max(length, 2 * this.#image.length, LEAST_IMAGE_BYTES);
    const image = Buffer.allocUnsafeSlow(Math.max(length, Math.min(wished, this.#maxBytes)));
    this.#image.copy(image, 0, 0, this.#position);
    this.#image = image;
  }

  #take(group: Overlay, end: number): void {
    let at = this.#position + FIRST_CHANGE_AT;
    for (const [name, change] of group.changes.entries()) {
      this.#index.set(name, at);
      at += changeLength(change);
    }
    this.#position = end;
    this.demand = plus(this.demand, group);
  }

  #grow(end: number): void {
    while (this.#sizeBytes < end) {
      this.#sizeBytes += writeSync(this.#fd, ZEROS, 0, ZEROS.length, this.#sizeBytes);
    }
  }

  /** What a failed append left could come back after a crash, although nobody was told that it is durable. */
  #scrub(): void {
    try {
      writeSync(this.#fd, ZEROS, 0, FIRST_CHANGE_AT, this.#position);
      fdatasyncSync(this.#fd);
    } catch {
      // The disk refuses; the group goes to the database next, which moves the mark past it.
    }
  }
}

function recordBound(group: Overlay): number {
  return group.bytes + RECORD_OVERHEAD_BYTES;
}

/** The image is written over one day; what a reader was given is his. */
function copy({ key, value }: Change): Change {
  return { key: new Uint8Array(key), value: value === undefined ? undefined : new Uint8Array(value) };
}
