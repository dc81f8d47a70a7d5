/**
 * Where a commit runs. On the main thread it costs no hand-over, but stops the event loop for as long as the
 * disk takes; on lmdb's thread it costs two hand-overs (some 60 microseconds, much more on a busy machine) and
 * stops nothing. So: on the main thread while the disk is quick. When it is not quite so quick, only groups of a
 * few changes: behind a larger group there are more callers, who can be served meanwhile.
 *
 * How quick the disk is shows only in commits on the main thread: on the other one the hand-over is measured
 * too. So while commits go to the thread, one now and then is tried here.
 */

/** How stores commit; `adaptive` unless something is to be measured. */
export type CommitChoice = "adaptive" | "inline" | "thread";

/** Commits smoothed under this go to the main thread, when they are small; over it, to lmdb's. */
const QUICK_MS = 0.5;
/** Over this, only groups of a few changes stay on the main thread. */
const VERY_QUICK_MS = 0.1;
const FEW_CHANGES = 24;
/** A group over either of these goes to the thread, unless the disk is as quick as memory. */
const SMALL_GROUP_BYTES = 256 * 1024;
const SMALL_GROUP_CHANGES = 512;
/** What a disk as quick as memory may get on the main thread: it takes some two milliseconds there. */
const LARGE_GROUP_BYTES = 5 * 1024 * 1024;
const LARGE_GROUP_CHANGES = 8192;
/** A large group that took longer than this shows that the disk is not so quick after all. */
const LONG_STOP_MS = 10;
/** The weight of the newest measurement, and the most that one counts: a single hiccup decides nothing. */
const SMOOTHING = 1 / 8;
const MOST_COUNTED_MS = 4 * QUICK_MS;
/** Small groups between two trials, at first and when trials keep finding the disk slow. */
const FIRST_TRIAL = 16;
const LAST_TRIAL = 1024;

export interface Group {
  readonly bytes: number;
  readonly changes: { readonly size: number };
}

export class CommitMode {
  readonly #choice: CommitChoice;
  #smoothedMs = 0;
  #trialEvery = FIRST_TRIAL;
  #untilTrial = FIRST_TRIAL;

  constructor(choice: CommitChoice) {
    this.#choice = choice;
  }

  /** True when nothing may run on another thread: something is to be measured. */
  get isInlineAlways(): boolean {
    return this.#choice === "inline";
  }

  /** True if the group should be committed on the main thread. */
  inline(group: Group): boolean {
    if (this.#choice !== "adaptive") return this.#choice === "inline";
    if (this.#smoothedMs < VERY_QUICK_MS) return isWithin(group, LARGE_GROUP_BYTES, LARGE_GROUP_CHANGES);
    if (!isSmall(group)) return false;
    if (group.changes.size > FEW_CHANGES) return false;
    if (this.#smoothedMs < QUICK_MS) return true;
    if (--this.#untilTrial > 0) return false;
    this.#untilTrial = this.#trialEvery;
    return true;
  }

  /** A commit on the main thread took so long. */
  measured(group: Group, tookMs: number): void {
    if (!isSmall(group)) {
      if (tookMs > LONG_STOP_MS) this.#smoothedMs = Math.max(this.#smoothedMs, VERY_QUICK_MS);
      return;
    }
    const wasQuick = this.#smoothedMs < QUICK_MS;
    this.#smoothedMs += (Math.min(tookMs, MOST_COUNTED_MS) - this.#smoothedMs) * SMOOTHING;
    if (wasQuick) return;
    if (tookMs < QUICK_MS) {
      this.#smoothedMs = tookMs;
      this.#trialEvery = FIRST_TRIAL;
    } else {
      this.#trialEvery = Math.min(2 * this.#trialEvery, LAST_TRIAL);
    }
  }
}

function isSmall(group: Group): boolean {
  return isWithin(group, SMALL_GROUP_BYTES, SMALL_GROUP_CHANGES);
}

function isWithin(group: Group, bytes: number, changes: number): boolean {
  return group.bytes <= bytes && group.changes.size <= changes;
}
