/**
 * The three kinds of number that a process shows of itself: counters that only grow, gauges that go both ways, histograms that say how many
 * of the observed values were at most so large. Each costs an addition where it is used, and no memory. Semantics: Prometheus.
 */

export class Counter {
  #value = 0;

  /** @throws RangeError for a negative number. */
  add(amount = 1): void {
    if (!(amount >= 0)) throw new RangeError(`a counter only grows, not by ${amount}`);
    this.#value += amount;
  }

  get value(): number {
    return this.#value;
  }
}

/** A number that goes up and down. */
export class Gauge {
  #value = 0;

  set(value: number): void {
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }
}

/** Upper bounds in seconds for what takes from a fraction of a millisecond to ten seconds. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Bounds of a histogram. */
export const MAX_BUCKETS = 64;

/** Counts values by the buckets that they fall into, with their sum. */
export class Histogram {
  readonly bounds: readonly number[];
  /** How many were in each bucket, and not in one before; the last is for those above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @throws RangeError for bounds that do not rise, and for none or more than `MAX_BUCKETS`. */
  constructor(bounds: readonly number[]) {
    const rises = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] as number));
    if (bounds.length === 0 || bounds.length > MAX_BUCKETS || !rises) {
      throw new RangeError(
        `a histogram has 1 to ${MAX_BUCKETS} bounds that rise, not [${bounds.join(", ")}]`,
      );
    }
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** A value that is no number is not counted: it would spoil the sum for good. */
  observe(value: number): void {
    if (Number.isNaN(value)) return;
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] as number) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, each) => total + each, 0);
  }

  /** For each bound, and then for infinity, how many values were at most that. */
  cumulative(): number[] {
    let total = 0;
    return Array.from(this.#counts, (each) => {
      total += each;
      return total;
    });
  }
}
