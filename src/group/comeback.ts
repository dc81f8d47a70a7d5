/**
 * When a member that was taken out comes back as a new one: soon, and each time that it did not last, after twice as long, so that a node
 * that cannot stay does not keep the others changing views.
 */

const FIRST_MS = 100;
const MOST_MS = 5000;
/** It lasted when it was in for so long. */
const LASTING_MS = 10_000;

export class Comeback {
  #delayMs = FIRST_MS;
  #sinceMs: number | undefined;

  /** A view is installed. */
  isIn(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  /** The member is out. */
  isOut(nowMs: number): void {
    if (this.#sinceMs !== undefined && nowMs - this.#sinceMs >= LASTING_MS) this.#delayMs = FIRST_MS;
    this.#sinceMs = undefined;
  }

  /** How long to wait this time. */
  nextDelayMs(): number {
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(2 * delayMs, MOST_MS);
    return delayMs;
  }
}
