/**
 * A set of numbers kept as sorted, disjoint, half-open ranges `[start, end)`: bytes of a stream that came or were lost, packets
 * that came. What happens in order touches only the last range or the first, in constant time; anything else finds its place
 * by halving.
 */
export class RangeSet {
  /** Start and end of the first range, of the second, and so on. */
  private bounds: number[] = [];

  /** How many ranges it takes. */
  get count(): number {
    return this.bounds.length / 2;
  }

  get isEmpty(): boolean {
    return this.bounds.length === 0;
  }

  /** Start of the `index`th range; `Infinity` past the last. */
  start(index: number): number {
    return 2 * index < this.bounds.length ? (this.bounds[2 * index] as number) : Number.POSITIVE_INFINITY;
  }

  end(index: number): number {
    return 2 * index < this.bounds.length ? (this.bounds[2 * index + 1] as number) : Number.POSITIVE_INFINITY;
  }

  /** Index of the first range that ends after `at`; `count` when there is none. */
  firstEndingAfter(at: number): number {
    const { bounds } = this;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((bounds[2 * middle + 1] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  has(number: number): boolean {
    return this.start(this.firstEndingAfter(number)) <= number;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const { bounds } = this;
    const last = bounds.length - 2;
    if (last < 0 || start > (bounds[last + 1] as number)) bounds.push(start, end);
    else if (start < (bounds[last] as number)) this.insert(start, end);
    else if (end > (bounds[last + 1] as number)) bounds[last + 1] = end;
  }

  private insert(start: number, end: number): void {
    const { bounds } = this;
    // Ranges that touch [start, end) melt into it.
    const from = this.firstEndingAfter(start - 1);
    let to = from;
    while (to < this.count && this.start(to) <= end) to++;
    if (from === to) {
      bounds.splice(2 * from, 0, start, end);
      return;
    }
    bounds[2 * from] = Math.min(start, bounds[2 * from] as number);
    bounds[2 * from + 1] = Math.max(end, bounds[2 * to - 1] as number);
    this.drop(from + 1, to);
  }

  /** Adds what of `[start, end)` is not in `other`. */
  addExcept(start: number, end: number, other: RangeSet): void {
    let at = start;
    for (let index = other.firstEndingAfter(start); at < end; index++) {
      this.add(at, Math.min(end, other.start(index)));
      at = Math.max(at, other.end(index));
    }
  }

  remove(start: number, end: number): void {
    const { bounds } = this;
    let from = this.firstEndingAfter(start);
    if (start >= end || this.start(from) >= end) return;
    if (this.start(from) < start) {
      const rest = this.end(from);
      bounds[2 * from + 1] = start;
      from++;
      if (rest > end) {
        bounds.splice(2 * from, 0, end, rest);
        return;
      }
    }
    let to = from;
    while (to < this.count && this.end(to) <= end) to++;
    if (this.start(to) < end) bounds[2 * to] = end;
    this.drop(from, to);
  }

  clear(): void {
    if (this.bounds.length > 0) this.bounds = [];
  }

  private drop(from: number, to: number): void {
    if (from === 0 && to === this.count) this.clear();
    else if (to > from) this.bounds.splice(2 * from, 2 * (to - from));
  }
}
