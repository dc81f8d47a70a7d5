/**
 * The choices that led to where the search is, as a stack of (operation, state) pairs, and a copy of the stack as it was
 * at the furthest place so far. The copy costs no more than the stack did: what both have in common is not copied again.
 */
export class Choices {
  readonly #now: number[] = [];
  readonly #furthest: number[] = [];
  /** So many numbers of both are the same. */
  #shared = 0;

  get length(): number {
    return this.#now.length;
  }

  push(operation: number, state: number): void {
    this.#now.push(operation, state);
  }

  truncate(length: number): void {
    this.#now.length = length;
    this.#shared = Math.min(this.#shared, length);
  }

  /** Turns the pairs from `from` on round. */
  reverse(from: number): void {
    const now = this.#now;
    for (let low = from, high = now.length - 2; low < high; low += 2, high -= 2) {
      [now[low], now[low + 1], now[high], now[high + 1]] = [
        now[high] as number,
        now[high + 1] as number,
        now[low] as number,
        now[low + 1] as number,
      ];
    }
  }

  /** This is the furthest place. */
  mark(): void {
    this.#furthest.length = this.#shared;
    for (let i = this.#shared; i < this.#now.length; i++) this.#furthest.push(this.#now[i] as number);
    this.#shared = this.#now.length;
  }

  furthest(): readonly number[] {
    return this.#furthest;
  }
}
