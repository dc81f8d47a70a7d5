/** How often something may be done that strangers can ask for: `perSecond` on average, and as many at once after a rest. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
  }

  /** Takes one; false when none is left. */
  take(nowMs: number): boolean {
    const restMs = Math.min(nowMs - this.#atMs, 1000);
    this.#atMs = nowMs;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (restMs * this.#perSecond) / 1000);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
