/**
 * A process that was paused may be out of its group and not know it. So one that did nothing for long holds everything, and
 * asks those who decide what follows the view whether they have promised to end it. When a quorum has not, no later view was
 * decided by then, and it goes on; else it will hear of what was decided.
 */
import type { Electorate } from "./membership/quorum.ts";

export class PauseWatch {
  readonly #pauseMs: number;
  readonly #alive = new Set<string>();
  #lastMs: number;
  token = 0;
  isAsking = false;

  constructor(pauseMs: number, nowMs: number) {
    this.#pauseMs = pauseMs;
    this.#lastMs = nowMs;
  }

  /** Something happens now. @returns whether nothing did for too long. */
  wasPaused(nowMs: number): boolean {
    const gapMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    return gapMs > this.#pauseMs;
  }

  /** Begins to ask. */
  ask(): void {
    this.token++;
    this.#alive.clear();
    this.isAsking = true;
  }

  /** A node has not promised anything since we asked with this token. */
  answered(node: string, token: number): void {
    if (token === this.token) this.#alive.add(node);
  }

  hasQuorum(electorate: Electorate): boolean {
    return electorate.isQuorum((node) => this.#alive.has(node));
  }

  stop(): void {
    this.isAsking = false;
  }
}
