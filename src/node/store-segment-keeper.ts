/**
 * Which files of the log keep their values, and which segments are given up. A checkpoint asks before it begins, and when it is done.
 *
 * A file keeps its values when there is much of them in it, and a spare file to take its place. What is decided for a file holds until it is in the
 * database, however often that is tried: pointers of a first try may be there already.
 *
 * Segments come free when all of their values are gone. Of those that do not, the emptiest are *relocated*: what is left in them goes
 * into the database for good, as it would have without segments. So no value is copied twice. That is done while the segments take
 * more than `MOST_OVER_LIVE` times what is wanted in them and `SLACK_FILES` files: the emptiest then holds less than a third of what it takes, so
 * that at most half a byte is copied for each that comes free; and a log, whose segments are full but for the oldest one, has none of it.
 */
import type { Change, Log } from "../world/index.ts";
import type { StoreDatabase } from "./store-database.ts";
import type { LogFile } from "./store-log-file.ts";
import { isPatch, readRecords } from "./store-log-format.ts";
import type { LogPool, WalFile } from "./store-log-pool.ts";
import { Overlay } from "./store-overlay.ts";
import { MAX_SEGMENTS, type Segment, type Segments, type SegmentTarget } from "./store-segments.ts";
import type { SpaceGuard } from "./store-space.ts";

/** A file keeps its values when they are at least this share of what it may hold. */
const LEAST_SHARE = 1 / 4;
/** What segments may take of a store's own limit. */
const MOST_OF_STORE = 1 / 8;
const MOST_OVER_LIVE = 3;
const SLACK_FILES = 4;
/** What one checkpoint relocates at most. */
const MOST_RELOCATED = 4;

export interface KeeperParts {
  readonly database: Pick<StoreDatabase, "path" | "segments" | "placeOf" | "commitInline" | "commitOnThread">;
  readonly pool: LogPool;
  readonly space: Pick<SpaceGuard, "reserve" | "settle" | "release">;
  readonly log: Log;
  /** Files may keep their values; otherwise there are only those of before. */
  readonly isLog: boolean;
  /** Values of this size and more stay in the log. */
  readonly leastPlacedBytes: number;
  /** The store's own limit, and what a file of the log holds at most. */
  readonly maxBytes: number;
  readonly fileBytes: number;
  /** Nothing may run on another thread: something is to be measured. */
  readonly isInline: boolean;
  readonly crc32: (data: Uint8Array, seed?: number) => number;
}

/** How a full file of the log is brought into the database. */
export interface Plan {
  /** The file that keeps its values, and what takes its place as the log's. */
  readonly target: SegmentTarget | undefined;
  readonly next: WalFile | undefined;
  readonly leastPlacedBytes: number;
}

const ALL_GO: Plan = { target: undefined, next: undefined, leastPlacedBytes: Number.POSITIVE_INFINITY };

export class SegmentKeeper {
  readonly #parts: KeeperParts;
  readonly #segments: Segments;
  #planned: { readonly file: LogFile; readonly plan: Plan } | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#segments = parts.database.segments;
  }

  /** The same for one file until `done`. Never rejects. */
  async plan(file: LogFile): Promise<Plan> {
    if (this.#planned?.file !== file) this.#planned = { file, plan: await this.#decide(file) };
    return this.#planned.plan;
  }

  /** The planned file is in the database, and is to be written anew. */
  done(): void {
    if (this.#planned?.plan.next !== undefined) this.#parts.pool.take();
    this.#planned = undefined;
  }

  close(): void {
    this.#parts.pool.close();
  }

  /** Relocates what is left in the emptiest segments, if they take too much. No other commit may be under way. Never rejects. */
  async relocate(): Promise<void> {
    for (const segment of this.#victims()) {
      try {
        if (!(await this.#relocate(segment))) return;
      } catch (error) {
        this.#segments.isStuck(segment.number);
        const { path } = this.#parts.database;
        const { number, count } = segment;
        this.#parts.log.warn("store segment not relocated", { path, number, count, error: String(error) });
      }
    }
  }

  async #decide(file: LogFile): Promise<Plan> {
    const { isLog, leastPlacedBytes, maxBytes, fileBytes, pool } = this.#parts;
    const { size } = this.#segments;
    if (!isLog || size >= MAX_SEGMENTS || (size + 1) * fileBytes > maxBytes * MOST_OF_STORE) return ALL_GO;
    if (file.placeableBytes(leastPlacedBytes) < fileBytes * LEAST_SHARE) return ALL_GO;
    const next = await pool.prepare();
    if (next === undefined) return ALL_GO;
    const target = { file: file.file, salt: file.salt };
    return { target, next, leastPlacedBytes };
  }

  *#victims(): Generator<Segment> {
    const segments = [...this.#segments.values()].filter(
      ({ file, isStuck }) => file !== undefined && !isStuck,
    );
    segments.sort((a, b) => a.bytes - b.bytes);
    const { fileBytes } = this.#parts;
    for (const segment of segments.slice(0, MOST_RELOCATED)) {
      const { size, liveBytes } = this.#segments;
      if ((size - SLACK_FILES) * fileBytes <= MOST_OVER_LIVE * liveBytes) return;
      yield segment;
    }
  }

  /** False where there is no room for what is left in it. */
  async #relocate(segment: Segment): Promise<boolean> {
    const { database, space, isInline } = this.#parts;
    const changes = await this.#valuesIn(segment);
    const demand = new Overlay();
    demand.add(changes);
    try {
      space.reserve(demand, false);
    } catch {
      return false;
    }
    try {
      if (isInline) database.commitInline(changes, undefined);
      else await database.commitOnThread(changes, undefined);
    } catch (error) {
      space.release(demand);
      throw error;
    }
    space.settle(demand);
    if (this.#segments.has(segment.number)) throw new Error("some of its records are damaged");
    return true;
  }

  /** The values in a segment that are wanted: its records tell the keys, and the database whether it still points there. */
  async #valuesIn({ number, file, salt }: Segment): Promise<Change[]> {
    const { database, isInline, crc32 } = this.#parts;
    const bytes = Buffer.allocUnsafeSlow((file as WalFile).sizeBytes);
    if (isInline) (file as WalFile).read(bytes, 0);
    else await (file as WalFile).readOnThread(bytes);
    const found: Change[] = [];
    for (const { changes } of readRecords(bytes, crc32, salt)) {
      for (const change of changes) {
        if (isPatch(change) || change.value === undefined) continue;
        const place = database.placeOf(change.key);
        if (place?.file !== number || place.at !== change.value.byteOffset - bytes.byteOffset) continue;
        found.push({ key: change.key, value: change.value });
      }
    }
    return found;
  }
}
