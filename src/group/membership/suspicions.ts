/**
 * Who holds whom for dead in a view. Suspicions are shared: each member tells all others whom it suspects, and whoever is
 * suspected by anybody is taken out, unless the coordinator hears that it lives and has to choose between the two
 * (`choose.ts`). Certain is only the death of an earlier life of a node. All of this ends with the view.
 */
export class Suspicions {
  /** By rank of who reports: ranks. */
  readonly #reports = new Map<number, readonly number[]>();
  readonly #own = new Set<number>();
  readonly #certain = new Set<number>();
  readonly #slow = new Set<number>();

  clear(): void {
    this.#reports.clear();
    this.#own.clear();
    this.#certain.clear();
    this.#slow.clear();
  }

  /** @returns whether that is new. */
  add(rank: number): boolean {
    if (this.#own.has(rank)) return false;
    this.#own.add(rank);
    return true;
  }

  /** It was heard of again. */
  remove(rank: number): boolean {
    return !this.#certain.has(rank) && !this.#slow.has(rank) && this.#own.delete(rank);
  }

  /** It lives, and is too slow: that it is heard of does not help it. @returns whether that is new. */
  addSlow(rank: number): boolean {
    this.#slow.add(rank);
    return this.add(rank);
  }

  isSlow(rank: number): boolean {
    return this.#slow.has(rank);
  }

  /** A later life of the member's node was seen. @returns whether that is new. */
  addCertain(rank: number): boolean {
    if (this.#certain.has(rank)) return false;
    this.#certain.add(rank);
    this.#own.add(rank);
    return true;
  }

  report(by: number, ranks: readonly number[]): void {
    this.#reports.set(by, ranks);
  }

  /** We suspect it ourselves: nobody waits for it. */
  isOwn(rank: number): boolean {
    return this.#own.has(rank);
  }

  isCertain(rank: number): boolean {
    return this.#certain.has(rank);
  }

  /** We suspect it, or somebody whom we do not suspect does. */
  isSuspected(rank: number): boolean {
    if (this.#own.has(rank)) return true;
    for (const [by, ranks] of this.#reports) {
      if (by !== rank && !this.#own.has(by) && ranks.includes(rank)) return true;
    }
    return false;
  }

  /** Ranks, ascending. */
  own(): number[] {
    return [...this.#own].sort((a, b) => a - b);
  }

  /** What the others reported. */
  reports(): ReadonlyMap<number, readonly number[]> {
    return this.#reports;
  }

  get isEmpty(): boolean {
    return this.#own.size === 0 && [...this.#reports.values()].every((ranks) => ranks.length === 0);
  }
}
