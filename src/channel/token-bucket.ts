/** How often something may be done that strangers can ask for: `perSecond` on average, and as many, or one, at once after a rest. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Takes one; false when none is left. */
  take(nowMs: number): boolean {
    if (nowMs > this.#atMs) {
      const gained = ((nowMs - this.#atMs) * this.#perSecond) / 1000;
      this.#tokens = Math.min(Math.max(1, this.#perSecond), this.#tokens + gained);
      this.#atMs = nowMs;
    }
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** A bucket for each of many askers; when there are too many, the one that came first is forgotten, and begins anew. */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #maxAskers: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perSecond: number, maxAskers: number) {
    this.#perSecond = perSecond;
    this.#maxAskers = maxAskers;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one of `asker`'s; false when none is left. */
  take(asker: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(asker);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#perSecond);
      this.#buckets.set(asker, bucket);
      for (const first of this.#buckets.keys()) {
        if (this.#buckets.size <= this.#maxAskers) break;
        this.#buckets.delete(first);
      }
    }
    return bucket.take(nowMs);
  }
}
