/**
 * A set of numbers kept as sorted, disjoint, half-open ranges `[start, end)`: which bytes of a stream came, were acknowledged or
 * were lost. What happens in order touches only the last range or the first, in constant time; anything else
 * finds its place by halving.
 */
export class RangeSet {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** How many ranges it takes. */
  get count(): number {
    return this.starts.length;
  }

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  /** Start of the `index`th range; `Infinity` past the last. */
  start(index: number): number {
    return index < this.starts.length ? (this.starts[index] as number) : Number.POSITIVE_INFINITY;
  }

  end(index: number): number {
    return index < this.ends.length ? (this.ends[index] as number) : Number.POSITIVE_INFINITY;
  }

  /** Index of the first range that ends after `at`; `count` when there is none. */
  firstEndingAfter(at: number): number {
    const { ends } = this;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether all of `[start, end)` is in it. */
  covers(start: number, end: number): boolean {
    if (start >= end) return true;
    const index = this.firstEndingAfter(start);
    return this.start(index) <= start && this.end(index) >= end;
  }

  add(start: number, end: number): void {
    if (start >= end) return;
    const { starts, ends } = this;
    const last = ends.length - 1;
    if (last < 0 || start > (ends[last] as number)) {
      starts.push(start);
      ends.push(end);
      return;
    }
    if (start >= (starts[last] as number)) {
      if (end > (ends[last] as number)) ends[last] = end;
      return;
    }
    this.insert(start, end);
  }

  private insert(start: number, end: number): void {
    const { starts, ends } = this;
    // Ranges that touch [start, end) melt into it.
    const from = this.firstEndingAfter(start - 1);
    let to = from;
    while (to < starts.length && (starts[to] as number) <= end) to++;
    if (from === to) {
      starts.splice(from, 0, start);
      ends.splice(from, 0, end);
      return;
    }
    starts[from] = Math.min(start, starts[from] as number);
    ends[from] = Math.max(end, ends[to - 1] as number);
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
    if (start >= end) return;
    const { starts, ends } = this;
    let index = this.firstEndingAfter(start);
    if (index === starts.length || (starts[index] as number) >= end) return;
    const first = starts[index] as number;
    if (first < start) {
      const rest = ends[index] as number;
      ends[index] = start;
      if (rest > end) {
        starts.splice(index + 1, 0, end);
        ends.splice(index + 1, 0, rest);
        return;
      }
      index++;
    }
    let to = index;
    while (to < ends.length && (ends[to] as number) <= end) to++;
    if (to < starts.length && (starts[to] as number) < end) starts[to] = end;
    this.drop(index, to);
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
  }

  private drop(from: number, to: number): void {
    if (to <= from) return;
    if (from === 0 && to === this.starts.length) {
      this.clear();
      return;
    }
    this.starts.splice(from, to - from);
    this.ends.splice(from, to - from);
  }
}
