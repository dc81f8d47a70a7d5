/**
 * The values of a store that do not lie in lmdb: their blocks in the content file, and which blocks are used; and those that stayed in the
 * log's files (store-segments.ts), which are read through here. The database keeps the pointers and the map, and says when they are committed: a *placing* is what one of its transactions does here, and can be undone until then.
 *
 * Who reads an older state *keeps* what is released from then on: it is held until all are done who began to read before.
 */
import { CoterieError, MAX_VALUE_BYTES } from "../world/index.ts";
import { BLOCK_BYTES, BlockMap, REGION_BLOCKS, REGION_BYTES, type Run } from "./store-blocks.ts";
import { ContentFile, type ContentWrite } from "./store-content.ts";
import type { Patch } from "./store-log-format.ts";
import type { Segments } from "./store-segments.ts";
import {
  bodyBytes,
  isMarked,
  loggedPlaceOf,
  ownBytes,
  pointerBytes,
  runOf,
  writePointer,
} from "./store-value.ts";

/** Free blocks at the content file's end before it is cut, and how many are left then. */
const CUT_FROM_BYTES = 64 * 1024 * 1024;
const LEFT_BYTES = 16 * 1024 * 1024;
/** What records of one transaction share. */
const SLAB_BYTES = 16 * 1024;
const MAX_BLOCKS = MAX_VALUE_BYTES / BLOCK_BYTES;
/** Where a block can begin at most, that a file's offset can be told. */
const LAST_BLOCK = Number.MAX_SAFE_INTEGER / BLOCK_BYTES - MAX_BLOCKS;

/** Used blocks, free ones among them, where the last of those that are used or held ends, and the file's size. */
export interface ContentSpace {
  readonly liveBytes: number;
  readonly freeBytes: number;
  readonly endBytes: number;
  readonly fileBytes: number;
}

/** What one transaction writes to the content file, takes there, and makes free. */
export class Placing {
  readonly writes: ContentWrite[] = [];
  readonly taken: Run[] = [];
  readonly released: Run[] = [];
  #slab = new Uint8Array(0);
  #used = 0;

  /** Memory for a record, of which the allocator makes many at a time. */
  room(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(bytes, SLAB_BYTES));
      this.#used = 0;
    }
    this.#used += bytes;
    return this.#slab.subarray(this.#used - bytes, this.#used);
  }
}

/** A run that was released, and how many readers had begun before that was committed: they may still want it. */
interface Released {
  readonly run: Run;
  begun: number;
  isHeld: boolean;
}

export class LargeValues {
  readonly #directory: string;
  /** Undefined only where it is missing and all is read-only. */
  readonly #content: ContentFile | undefined;
  readonly #blocks = new BlockMap();
  /** Readers of older states, by number, the oldest first. */
  readonly #readers = new Set<number>();
  /** How many ever began. */
  #begun = 0;
  /** The oldest first. */
  #kept: Released[] = [];
  /** What the transaction under way releases. */
  #releasing: readonly Released[] = [];
  readonly #segments: Segments;

  constructor(directory: string, readOnly: boolean, segments: Segments) {
    this.#directory = directory;
    this.#segments = segments;
    this.#content = ContentFile.open(directory, readOnly);
  }

  get areNone(): boolean {
    return this.#blocks.used === 0;
  }

  /** True while somebody reads an older state: nothing may be written where anything lies. */
  get isKept(): boolean {
    return this.#readers.size > 0;
  }

  /** Bytes of blocks and files of the log that are held for readers of older states. */
  get keptBytes(): number {
    return this.#blocks.held * BLOCK_BYTES + this.#segments.heldBytes;
  }

  /** Keeps what is committed now until `letGo` of the number that it returns. */
  keep(): number {
    this.#begun++;
    for (const released of this.#releasing) {
      released.begun = this.#begun;
      if (released.isHeld) continue;
      this.#blocks.holdReleased(released.run);
      this.#keepReleased(released);
    }
    this.#readers.add(this.#begun);
    this.#segments.keep(this.#begun);
    return this.#begun;
  }

  letGo(reader: number): void {
    this.#readers.delete(reader);
    const [oldest = Number.POSITIVE_INFINITY] = this.#readers;
    let count = 0;
    for (const released of this.#kept) {
      if (released.begun >= oldest) break;
      this.#blocks.letGo(released.run);
      released.isHeld = false;
      count++;
    }
    this.#kept.splice(0, count);
    this.#segments.letGo(reader);
  }

  #keepReleased(released: Released): void {
    released.isHeld = true;
    this.#kept.push(released);
  }

  get space(): ContentSpace {
    const { used, held, end } = this.#blocks;
    return {
      liveBytes: used * BLOCK_BYTES,
      freeBytes: (end - used - held) * BLOCK_BYTES,
      endBytes: end * BLOCK_BYTES,
      fileBytes: this.#content?.bytes ?? 0,
    };
  }

  /** Takes up the map of blocks as it was kept. @throws CoterieError STORE_CORRUPT when it is none, or the file has less. */
  load(regions: Iterable<readonly [number, Uint8Array]>): void {
    const { fileBytes: bytes } = this.space;
    for (const [region, bits] of regions) {
      if (bits.length !== REGION_BYTES || region * REGION_BLOCKS * BLOCK_BYTES >= bytes) {
        throw corrupt(this.#directory, "its map of blocks says what no content file has");
      }
      this.#blocks.load(region, bits);
    }
    const { endBytes, fileBytes } = this.space;
    if (endBytes > fileBytes) throw corrupt(this.#directory, "its content file is missing or too short");
  }

  /** The value of a marked record, in memory that `room` gives if it lies elsewhere. */
  read(record: Uint8Array, room: (bytes: number) => Uint8Array): Uint8Array {
    const logged = loggedPlaceOf(record);
    if (logged !== undefined) return this.#segments.read(logged, room);
    const head = ownBytes(record);
    const run = runOf(record);
    if (run === undefined) return head;
    if (this.#content === undefined || run.count > MAX_BLOCKS || run.at > LAST_BLOCK) {
      throw corrupt(this.#directory, "a record points to what no content file has");
    }
    const value = room(head.length + run.count * BLOCK_BYTES);
    value.set(head);
    this.#content.read(value.subarray(head.length), run.at * BLOCK_BYTES);
    return value;
  }

  /**
   * The blocks that a record has, if it has any. One that is damaged may point to blocks that nobody has, or somebody else.
   * The first are not had, so that they are neither written nor made free; the others nothing can tell.
   */
  runOf(record: Uint8Array | undefined): Run | undefined {
    const run = record !== undefined && isMarked(record) ? runOf(record) : undefined;
    return run !== undefined && this.#blocks.isUsed(run) ? run : undefined;
  }

  /** Puts a large value's blocks where nothing lies; returns its record. */
  place(value: Uint8Array, placing: Placing): Uint8Array {
    const body = bodyBytes(value.length);
    const run = this.#blocks.take(body / BLOCK_BYTES);
    placing.taken.push(run);
    placing.writes.push({ position: run.at * BLOCK_BYTES, bytes: value.subarray(value.length - body) });
    const record = placing.room(pointerBytes(value.length));
    writePointer(record, value, run);
    return record;
  }

  /**
   * Writes a patch into `run`, which the value of the record `before` has, and reads nothing of it. Returns the record, another
   * one if its head has changed; undefined when the patch changes the value's length.
   */
  overwrite(
    { valueBytes, pieces }: Patch,
    before: Uint8Array,
    run: Run,
    { writes }: Placing,
  ): Uint8Array | undefined {
    const head = ownBytes(before).length;
    if (valueBytes !== head + run.count * BLOCK_BYTES) return undefined;
    let record = before;
    for (const { at, bytes } of pieces) {
      const inHead = Math.min(bytes.length, Math.max(0, head - at));
      if (inHead > 0) {
        if (record === before) record = before.slice();
        ownBytes(record).set(bytes.subarray(0, inHead), at);
      }
      if (inHead === bytes.length) continue;
      writes.push({ position: run.at * BLOCK_BYTES + at + inHead - head, bytes: bytes.subarray(inHead) });
    }
    return record;
  }

  /**
   * The blocks of what a transaction replaces are free for those after it, or held. Call it when the transaction places no more, and
   * `settle` or `undo` when it has ended.
   */
  release({ released }: Placing): void {
    const { isKept } = this;
    this.#releasing = released.map((run) => ({ run, begun: this.#begun, isHeld: false }));
    for (const each of this.#releasing) {
      if (!isKept) this.#blocks.release(each.run);
      else {
        this.#blocks.hold(each.run);
        this.#keepReleased(each);
      }
    }
  }

  /** The transaction is committed. */
  settle(): void {
    this.#releasing = [];
  }

  undo(placing: Placing): void {
    for (const { run } of this.#releasing) this.#blocks.restore(run);
    const undone = new Set(this.#releasing);
    this.#kept = this.#kept.filter((released) => !undone.has(released));
    this.#releasing = [];
    this.abandon(placing);
  }

  /** Undoes what was placed before `release`. */
  abandon({ taken }: Placing): void {
    for (const run of taken) this.#blocks.release(run);
  }

  /** The regions of the map that changed since they were last told of; undefined for an empty one. */
  changedRegions(): Iterable<readonly [number, Uint8Array | undefined]> {
    return this.#blocks.changes();
  }

  /** All is on the disk when it returns. */
  write({ writes }: Placing): void {
    if (writes.length === 0) return;
    this.#content?.write(writes);
    this.#content?.sync();
  }

  /** The same on other threads. */
  async writeOnThread({ writes }: Placing): Promise<void> {
    if (writes.length === 0) return;
    await this.#content?.writeOnThread(writes);
    await this.#content?.syncOnThread();
  }

  /** Makes the file longer by writing zeros, so that later writes into it need no more space of the disk. */
  extend(fromBytes: number, toBytes: number): void {
    this.#content?.extend(fromBytes, toBytes);
  }

  /** Gives the disk back what lies behind the last block and `keptBytes` more, when it is much. Not during a transaction. */
  cut(keptBytes: number): void {
    if (this.#content === undefined) return;
    const end = this.#blocks.end * BLOCK_BYTES + keptBytes;
    if (this.#content.bytes < end + CUT_FROM_BYTES) return;
    try {
      this.#content.cut(end + LEFT_BYTES);
    } catch {
      // A disk that cannot take space back either fails at the next write too, or lost nothing by it.
    }
  }

  close(): void {
    this.#content?.close();
  }
}

export function corrupt(path: string, why: string): CoterieError {
  return new CoterieError("STORE_CORRUPT", `the store ${path} is damaged: ${why}`, { details: { path } });
}
