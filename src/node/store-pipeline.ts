/**
 * The way of a store's changes to the disk, from overlay to overlay: `gathering`, `committing`, `logged`,
 * `checkpointing` (store-overlay.ts).
 *
 * A group becomes durable by one append to the log and one sync; or, when it is large or the log refuses it, by a
 * commit of the database, which must hold all groups before it then. When a file of the log is full the files change
 * places, and what was logged is brought into the database in the background: a checkpoint. When the disk refuses a
 * group both ways, everything un-durable is dropped, which undoes it for all.
 */
import type { Log } from "../world/index.ts";
import { storeError } from "./errors.ts";
import type { CommitMode } from "./store-commit-mode.ts";
import type { StoreDatabase } from "./store-database.ts";
import { type Demand, NO_DEMAND, plus } from "./store-demand.ts";
import type { LogMark, StoreLog } from "./store-log.ts";
import type { LogFile } from "./store-log-file.ts";
import type { WalFile } from "./store-log-pool.ts";
import { Overlay, type Overlays } from "./store-overlay.ts";
import { Scratch } from "./store-scratch.ts";
import type { SegmentKeeper } from "./store-segment-keeper.ts";
import { CHECKPOINT_BYTES, slices } from "./store-slices.ts";
import type { SpaceGuard } from "./store-space.ts";
import type { StoreViews } from "./store-views.ts";
import type { NodeTimers } from "./timers.ts";

/** A larger group goes to the database at once: writing it twice would cost more than the sync that the log saves. */
const LARGEST_LOGGED_BYTES = 256 * 1024;
/** Where the log keeps its values it is written once, so that a larger share of a file of the log goes there. */
const LARGEST_SHARE = 1 / 4;

export interface PipelineParts {
  readonly overlays: Overlays;
  readonly database: Pick<StoreDatabase, "path" | "commitInline" | "commitOnThread">;
  readonly writeAhead: StoreLog;
  readonly space: Pick<SpaceGuard, "reserve" | "settle" | "release">;
  readonly views: Pick<StoreViews, "giveWay">;
  /** Absent where no file of the log keeps its values. */
  readonly keeper?: SegmentKeeper | undefined;
  /** The log keeps the values. */
  readonly isLog?: boolean;
  readonly mode: CommitMode;
  readonly timers: NodeTimers;
  readonly log: Log;
  /** The number of the last group that the database holds, and the log's salt. */
  readonly sequence: number;
  readonly salt: number;
}

export class StorePipeline {
  failures = 0;
  readonly #parts: PipelineParts;
  readonly #overlays: Overlays;
  readonly #database: PipelineParts["database"];
  readonly #writeAhead: StoreLog;
  /** The number of the last durable group, and of the last one in `checkpointing`. */
  #sequence: number;
  #checkpointSequence = 0;
  /** The space that the group under way has; whether it goes to the database, and is on its way there or to the log. */
  #reserved: Demand | undefined;
  #isDirect = false;
  #isInFlight = false;
  /**
   * The database's last commit of a group failed, and may be on the disk all the same. It would take the next group of the log for
   * one that it holds: so the next one goes there, too, and says where the database is.
   */
  #isUnsure = false;
  #isScheduled = false;
  /** Somebody wants the next group on the disk, too. */
  #isNextWanted = false;
  /** The log's file that is on its way into the database. */
  #full: LogFile | undefined;
  #checkpoint: Promise<Error | undefined> | undefined;
  /** The last checkpoint failed. */
  #isRefused = false;
  /** A checkpoint shall begin as soon as no group is under way. */
  #isSettling = false;
  readonly #scratch = new Scratch(CHECKPOINT_BYTES);
  readonly #begin = (): void => {
    this.#isScheduled = false;
    this.#isNextWanted = false;
    if (this.#overlays.gathering.isEmpty || this.#overlays.committing !== undefined) return;
    const group = this.#overlays.gathering;
    this.#overlays.committing = group;
    this.#overlays.gathering = new Overlay();
    this.#reserved = undefined;
    this.#isDirect = this.#isUnsure || this.#isLarge(group) || !this.#writeAhead.active.couldTake(group);
    this.#advance(group);
  };

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#overlays = parts.overlays;
    this.#overlays.logged = parts.writeAhead.active;
    this.#database = parts.database;
    this.#writeAhead = parts.writeAhead;
    this.#sequence = parts.sequence;
  }

  /** Sees to it that a group goes under way at the end of this turn, or when the one before it is durable. */
  schedule(): void {
    if (this.#overlays.committing !== undefined) this.#isNextWanted = true;
    if (this.#isScheduled || this.#overlays.committing !== undefined) return;
    this.#isScheduled = true;
    this.#parts.timers.beforeSoon(this.#begin);
  }

  /** Brings everything that is logged into the database. @throws what the disk said; the log keeps it all then. */
  async checkpoint(): Promise<void> {
    while (this.#overlays.isAhead) {
      const error = await (this.#checkpoint ?? this.#startCheckpoint());
      if (error !== undefined) throw error;
    }
  }

  /**
   * Begins to bring what is logged into the database, which gives back what removals in it set free. Where the disk refused that before
   * it waits for a checkpoint that has to be.
   */
  settle(): void {
    this.#isSettling = !this.#isRefused;
    this.#settleIfWanted();
  }

  #settleIfWanted(): void {
    if (!this.#isSettling || this.#overlays.committing !== undefined) return;
    this.#isSettling = false;
    if (this.#checkpoint === undefined && this.#overlays.isAhead) void this.#startCheckpoint();
  }

  /** Takes the group under way as far as it goes now; the end of a checkpoint goes on with it. */
  #advance(group: Overlay): void {
    try {
      if (this.#isDirect ? this.#overlays.isAhead : !this.#writeAhead.active.hasRoom(group)) {
        if (this.#checkpoint !== undefined) return;
        void this.#startCheckpoint();
        if (this.#isDirect || !this.#writeAhead.active.hasRoom(group)) return;
      }
      if (this.#reserved === undefined && !this.#reserve(group)) return;
      if (this.#isDirect) this.#commitDirectly(group);
      else this.#append(group);
    } catch (error) {
      this.#fail(group, error);
    }
  }

  /** False when a checkpoint has to make room first. */
  #reserve(group: Overlay): boolean {
    const demand = this.#isDirect ? group : this.#writeAhead.active.demandOf(group);
    try {
      this.#parts.space.reserve(demand, this.#isDirect);
    } catch (error) {
      if (this.#parts.views.giveWay(error)) return this.#reserve(group);
      if (!this.#overlays.isAhead) throw error;
      if (this.#checkpoint === undefined) void this.#startCheckpoint();
      return false;
    }
    this.#reserved = demand;
    return true;
  }

  #takeReserved(): Demand {
    const reserved = this.#reserved ?? NO_DEMAND;
    this.#reserved = undefined;
    return reserved;
  }

  #append(group: Overlay): void {
    const { mode } = this.#parts;
    const logged = { bytes: group.loggedBytes, changes: group.changes };
    this.#isInFlight = true;
    if (!mode.inline(logged)) {
      this.#writeAhead.active.appendOnThread(this.#sequence + 1, group, (error) =>
        this.#appended(group, error),
      );
      return;
    }
    const startedMs = performance.now();
    try {
      this.#writeAhead.active.append(this.#sequence + 1, group);
    } catch (error) {
      this.#appended(group, error);
      return;
    }
    mode.measured(logged, performance.now() - startedMs);
    this.#appended(group, null);
  }

  #appended(group: Overlay, error: unknown): void {
    this.#isInFlight = false;
    if (error === null) {
      const { active } = this.#writeAhead;
      active.demand = plus(active.demand, this.#takeReserved());
      this.#succeed(group);
      return;
    }
    // The log's files may be all that has no room.
    const { code, message } = storeError(error, "write to the log of", this.#database.path);
    this.#parts.log.warn("store log write failed", { code, error: message });
    // There it needs the space of whole values.
    this.#isDirect = true;
    this.#parts.space.release(this.#takeReserved());
    this.#advance(group);
  }

  #commitDirectly(group: Overlay): void {
    const { mode } = this.#parts;
    const mark = this.#mark(this.#sequence + 1);
    this.#isInFlight = true;
    this.#isUnsure = true;
    if (!mode.inline(group)) {
      this.#database.commitOnThread(group.changes.values(), mark).then(
        () => this.#committed(group),
        (error: unknown) => this.#failedDirectly(group, error),
      );
      return;
    }
    const startedMs = performance.now();
    try {
      this.#database.commitInline(group.changes.values(), mark);
    } catch (error) {
      this.#failedDirectly(group, error);
      return;
    }
    mode.measured(group, performance.now() - startedMs);
    this.#committed(group);
  }

  #failedDirectly(group: Overlay, cause: unknown): void {
    if (!this.#parts.views.giveWay(cause)) {
      this.#fail(group, cause);
      return;
    }
    this.#isInFlight = false;
    this.#advance(group);
  }

  #committed(group: Overlay): void {
    this.#isUnsure = false;
    this.#writeAhead.active.reset();
    this.#parts.space.settle(this.#takeReserved());
    this.#succeed(group);
  }

  #succeed(group: Overlay): void {
    this.#sequence++;
    this.#isInFlight = false;
    this.#overlays.committing = undefined;
    group.settle(undefined);
    this.#settleIfWanted();
    // What nobody waits for goes on gathering: many changes in one group are fewer writes than in many.
    if (this.#isNextWanted) this.schedule();
  }

  #fail(group: Overlay, cause: unknown): void {
    const error = storeError(cause, "write to", this.#database.path);
    const gathered = this.#overlays.gathering;
    this.#isInFlight = false;
    this.#isNextWanted = false;
    this.#overlays.gathering = new Overlay();
    this.#overlays.committing = undefined;
    this.failures++;
    this.#parts.space.release(this.#takeReserved());
    this.#parts.log.error("store write failed", { code: error.code, error: error.message });
    group.settle(error);
    gathered.settle(error);
  }

  /** Resolves at its end, with the error if there was one; never rejects. */
  #startCheckpoint(): Promise<Error | undefined> {
    if (this.#full === undefined) {
      this.#full = this.#writeAhead.rotate();
      this.#checkpointSequence = this.#sequence;
      this.#overlays.checkpointing = this.#full;
      this.#overlays.logged = this.#writeAhead.active;
    }
    this.#checkpoint = this.#bringIn(this.#full);
    return this.#checkpoint;
  }

  async #bringIn(file: LogFile): Promise<Error | undefined> {
    const { mode, timers, space, keeper, log } = this.#parts;
    // Whatever waits for the log goes first.
    await new Promise<void>((resolve) => timers.soon(resolve));
    let error: Error | undefined;
    let isGiven = false;
    try {
      const plan = await keeper?.plan(file);
      for (const { changes, isLast } of slices(file, this.#scratch, plan?.leastPlacedBytes)) {
        const mark = isLast ? this.#mark(this.#checkpointSequence, plan?.next) : undefined;
        if (mode.isInlineAlways) this.#database.commitInline(changes, mark, plan?.target);
        else await this.#database.commitOnThread(changes, mark, plan?.target);
      }
      await keeper?.relocate();
      this.#overlays.checkpointing = undefined;
      this.#full = undefined;
      space.settle(file.demand);
      file.reset(plan?.next);
      keeper?.done();
    } catch (cause) {
      error = storeError(cause, "bring the log into", this.#database.path);
      isGiven = this.#parts.views.giveWay(cause);
      log.error("store checkpoint failed", { error: error.message });
    }
    this.#checkpoint = undefined;
    this.#isRefused = error !== undefined;
    const group = this.#overlays.committing;
    if (group !== undefined && !this.#isInFlight) {
      // Views that gave way may be all that was wanting.
      if (error === undefined || isGiven) this.#advance(group);
      else this.#fail(group, error);
    }
    return error;
  }

  /** `next`: the file that takes the place of the full one. */
  #mark(sequence: number, next?: WalFile): LogMark {
    return { sequence, salt: this.#parts.salt, ...this.#writeAhead.files(next) };
  }

  /**
   * A large group goes to the database at once, unless it is large by values of which the log would take little: there the
   * values are written whole, and often several times before a checkpoint would write them once.
   */
  #isLarge({ loggedBytes, bytes }: Overlay): boolean {
    const { isLog = false } = this.#parts;
    const share = isLog ? this.#writeAhead.active.maxBytes * LARGEST_SHARE : 0;
    return loggedBytes > Math.max(LARGEST_LOGGED_BYTES, share) && bytes < 2 * loggedBytes;
  }
}
