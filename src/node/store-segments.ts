/**
 * The values of a store that lie where they were first written (WiscKey: Lu et al., "WiscKey: Separating Keys from Values in SSD-conscious
 * Storage", FAST 2016). A file of the log whose values a checkpoint leaves where they are becomes a *segment*: the database holds pointers into
 * it, and how many. When the last of them is gone it is a spare file of the log again. Values of a log are removed in the order in
 * which they came, so segments come free whole; store-relocation.ts sees to those that do not.
 *
 * The map of segments changes in the same transaction as the pointers, and here when that is committed. So a file that is written
 * anew is one into which no pointer is on the disk, and the number of a file tells for good what a pointer means. Who reads an older
 * state keeps the files that came free since.
 */
import { crc32 } from "node:zlib";
import { type CoterieError, MAX_VALUE_BYTES } from "../world/index.ts";
import { corrupt } from "./store-large-values.ts";
import { type LogPool, WalFile } from "./store-log-pool.ts";
import { LOGGED_BYTES, type LoggedPlace, writeLogged } from "./store-value.ts";

/** Values of this size and more stay in the log: a smaller one costs the database hardly more than its pointer. */
export const LEAST_PLACED_BYTES = 512;
/** Segments at most, each with an open file; beyond, checkpoints bring values into the database. */
export const MAX_SEGMENTS = 256;

/** A segment as the map has it. */
export interface SegmentRecord {
  readonly number: number;
  /** How many values in it the database points to, and their bytes. */
  readonly count: number;
  readonly bytes: number;
  /** What the checksums of its records begin with. */
  readonly salt: number;
}

export interface Segment extends SegmentRecord {
  /** Undefined where it is missing. */
  readonly file: WalFile | undefined;
  /** What is left in it was not found when it was looked for: it is waited for. */
  readonly isStuck: boolean;
}

/** The file of the log whose values a commit leaves where they are. */
export interface SegmentTarget {
  readonly file: WalFile;
  readonly salt: number;
}

/** What one transaction does to the segments. */
export class SegmentUse {
  readonly target: SegmentTarget | undefined;
  /** By how much a segment's values become more, by its number. */
  readonly more = new Map<number, { count: number; bytes: number }>();

  constructor(target: SegmentTarget | undefined) {
    this.target = target;
  }

  /** A value lies at `at` in the target; writes its record. */
  place(value: Uint8Array, at: number, record: Uint8Array): void {
    const file = (this.target as SegmentTarget).file.number;
    writeLogged(record, { file, at, length: value.length, checksum: crc32(value) });
    this.#note(file, 1, value.length);
  }

  /** Nothing points to a value any more. */
  release({ file, length }: LoggedPlace): void {
    this.#note(file, -1, -length);
  }

  #note(number: number, count: number, bytes: number): void {
    const more = this.more.get(number);
    if (more === undefined) this.more.set(number, { count, bytes });
    else {
      more.count += count;
      more.bytes += bytes;
    }
  }
}

/** A file that came free, and how many readers had begun by then: they may still want it. */
interface Held {
  readonly file: WalFile;
  readonly begun: number;
}

export class Segments {
  /** What becomes of files that come free; absent where the store is only read, or has no segments. */
  pool: LogPool | undefined;
  readonly #directory: string;
  /** By number, the oldest first. */
  readonly #segments = new Map<number, Segment>();
  /** Readers of older states, by number, the oldest first. */
  readonly #readers = new Set<number>();
  #begun = 0;
  #held: Held[] = [];
  /** What a commit under way, or one that failed, makes a segment: the database may say so before that commit tells. */
  #becoming: WalFile | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get areNone(): boolean {
    return this.#segments.size === 0;
  }

  get size(): number {
    return this.#segments.size;
  }

  has(number: number): boolean {
    return this.#segments.has(number);
  }

  values(): Iterable<Segment> {
    return this.#segments.values();
  }

  /** Bytes of all segments. */
  get usedBytes(): number {
    let bytes = 0;
    for (const { file } of this.#segments.values()) bytes += file?.sizeBytes ?? 0;
    return bytes;
  }

  /** Bytes of the values in them that are wanted. */
  get liveBytes(): number {
    let live = 0;
    for (const { bytes } of this.#segments.values()) live += bytes;
    return live;
  }

  /** Bytes of the files that only readers of older states keep. */
  get heldBytes(): number {
    let bytes = 0;
    for (const { file } of this.#held) bytes += file.sizeBytes;
    return bytes;
  }

  /** Takes up the map as it was kept. A file that is missing loses its own values alone. @throws the system's error. */
  load(records: Iterable<SegmentRecord>): void {
    for (const record of records) {
      this.#segments.set(record.number, { ...record, file: this.#open(record.number), isStuck: false });
    }
  }

  /** The value that lies there, in memory that `room` gives. @throws CoterieError STORE_CORRUPT, STORE_IO. */
  read({ file: number, at, length, checksum }: LoggedPlace, room: (bytes: number) => Uint8Array): Uint8Array {
    const file = this.#fileOf(number);
    if (file === undefined) throw this.#corrupt(`its file wal-${number} is missing`);
    if (length > MAX_VALUE_BYTES || at + length > file.sizeBytes) {
      throw this.#corrupt(`a record points to what wal-${number} does not have`);
    }
    const value = room(length);
    file.read(value, at);
    if (crc32(value) !== checksum) throw this.#corrupt(`a value in wal-${number} is not what was written`);
    return value;
  }

  /** The map as it is after a transaction; undefined when that changes nothing of it. */
  mapAfter(use: SegmentUse): SegmentRecord[] | undefined {
    const changed = this.#changed(use);
    if (changed.size === 0) return undefined;
    const map: SegmentRecord[] = [...this.#segments.values()].filter(({ number }) => !changed.has(number));
    for (const record of changed.values()) if (record.count > 0) map.push(record);
    return map;
  }

  /** What one transaction does; `target`: the file whose values it leaves where they are. */
  begin(target: SegmentTarget | undefined): SegmentUse {
    if (target !== undefined) this.#becoming = target.file;
    return new SegmentUse(target);
  }

  /** The transaction is committed. */
  settle(use: SegmentUse): void {
    if (use.target !== undefined) this.#becoming = undefined;
    for (const [number, record] of this.#changed(use)) {
      const before = this.#segments.get(number);
      if (record.count > 0) {
        const file = before?.file ?? use.target?.file;
        this.#segments.set(number, { ...record, file, isStuck: before?.isStuck ?? false });
        continue;
      }
      this.#segments.delete(number);
      if (before?.file === undefined) this.pool?.put(number, undefined);
      else if (this.#readers.size === 0) this.#free(before.file);
      else this.#held.push({ file: before.file, begun: this.#begun });
    }
  }

  /** Not all of a segment's values were found in it. */
  isStuck(number: number): void {
    const segment = this.#segments.get(number);
    if (segment !== undefined) this.#segments.set(number, { ...segment, isStuck: true });
  }

  /** Keeps what is committed now for a reader, until `letGo`. Numbers grow. */
  keep(reader: number): void {
    this.#begun = reader;
    this.#readers.add(reader);
  }

  letGo(reader: number): void {
    this.#readers.delete(reader);
    const [oldest = Number.POSITIVE_INFINITY] = this.#readers;
    const held = this.#held;
    this.#held = held.filter(({ begun }) => begun >= oldest);
    for (const { file, begun } of held) if (begun < oldest) this.#free(file);
  }

  close(): void {
    for (const { file } of this.#segments.values()) file?.close();
    for (const { file } of this.#held) file.close();
    this.#segments.clear();
    this.#held = [];
  }

  /** The segments that a transaction changes, as they are after it. */
  #changed({ target, more }: SegmentUse): Map<number, SegmentRecord> {
    const changed = new Map<number, SegmentRecord>();
    for (const [number, { count, bytes }] of more) {
      if (count === 0 && bytes === 0) continue;
      const before = this.#segments.get(number);
      const salt = before?.salt ?? (target?.file.number === number ? target.salt : undefined);
      // A damaged record may point into what is no segment.
      if (salt === undefined) continue;
      const left = Math.max(0, (before?.count ?? 0) + count);
      changed.set(number, { number, count: left, bytes: Math.max(0, (before?.bytes ?? 0) + bytes), salt });
    }
    return changed;
  }

  #free(file: WalFile): void {
    file.close();
    this.pool?.put(file.number, file.sizeBytes);
  }

  #fileOf(number: number): WalFile | undefined {
    const file = this.#segments.get(number)?.file;
    if (file !== undefined || this.#becoming?.number === number) return file ?? this.#becoming;
    return this.#held.find(({ file }) => file.number === number)?.file;
  }

  #open(number: number): WalFile | undefined {
    try {
      return new WalFile(this.#directory, number, "read");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return undefined;
    }
  }

  #corrupt(why: string): CoterieError {
    return corrupt(this.#directory, why);
  }
}

/** How long the record of a value that stays in the log is. */
export const PLACED_RECORD_BYTES: number = LOGGED_BYTES;
