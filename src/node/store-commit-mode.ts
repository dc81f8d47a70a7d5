/**
 * Where a commit runs. On the main thread it costs no hand-over but stops the event loop for as long as the
 * disk takes; on lmdb's thread it costs two hand-overs and stops nothing. So: on the main thread while small
 * commits have lately been quick.
 */

/** How stores commit; `adaptive` unless something is to be measured. */
export type CommitChoice = "adaptive" | "inline" | "thread";

/** Small commits slower than this, smoothed, go to the thread. */
const QUICK_MS = 0.5;
/** A group over either of these goes to the thread. */
const SMALL_GROUP_BYTES = 256 * 1024;
const SMALL_GROUP_CHANGES = 512;
/** The weight of the newest measurement. */
const SMOOTHING = 1 / 8;

interface Group {
  readonly bytes: number;
  readonly changes: { readonly size: number };
}

export class CommitMode {
  readonly #choice: CommitChoice;
  #smoothedMs = 0;

  constructor(choice: CommitChoice) {
    this.#choice = choice;
  }

  inline(group: Group): boolean {
    if (this.#choice !== "adaptive") return this.#choice === "inline";
    return isSmall(group) && this.#smoothedMs < QUICK_MS;
  }

  measured(group: Group, tookMs: number): void {
    if (isSmall(group)) this.#smoothedMs += (tookMs - this.#smoothedMs) * SMOOTHING;
  }
}

function isSmall(group: Group): boolean {
  return group.bytes <= SMALL_GROUP_BYTES && group.changes.size <= SMALL_GROUP_CHANGES;
}
