/**
 * How long a silence is usual: the intervals between the last signs of life of one peer, and what a longer one means.
 * The phi accrual failure detector (Hayashibara, Défago, Yared and Katayama, 2004): phi is the negative decimal logarithm of
 * the probability that a sign of life comes even later, by a normal distribution with the mean and deviation
 * of what was seen. A suspicion at phi 8 is wrong once in 10^8 times, if intervals are distributed so.
 */

export class Arrivals {
  readonly #intervalsMs: Float64Array;
  readonly #minDeviationMs: number;
  #next = 0;
  #count = 0;

  /** @param firstMs what is expected before anything was seen. */
  constructor(size: number, firstMs: number, minDeviationMs: number) {
    this.#intervalsMs = new Float64Array(size);
    this.#minDeviationMs = minDeviationMs;
    this.add(firstMs);
  }

  /** An interval between two signs of life; the oldest of many is forgotten. */
  add(intervalMs: number): void {
    this.#intervalsMs[this.#next] = intervalMs;
    this.#next = (this.#next + 1) % this.#intervalsMs.length;
    this.#count = Math.min(this.#count + 1, this.#intervalsMs.length);
  }

  get meanMs(): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.#intervalsMs[i] as number;
    return sum / this.#count;
  }

  get deviationMs(): number {
    const { meanMs } = this;
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += ((this.#intervalsMs[i] as number) - meanMs) ** 2;
    return Math.max(this.#minDeviationMs, Math.sqrt(sum / this.#count));
  }

  /** What a silence of so long means; `pauseMs` of it are nothing unusual. */
  phi(silenceMs: number, pauseMs: number): number {
    const y = (silenceMs - this.meanMs - pauseMs) / this.deviationMs;
    // 10^-308 is where doubles end.
    return Math.min(300, phiOf(y));
  }

  /** The silence at which `phi` reaches `threshold`. */
  silenceMs(threshold: number, pauseMs: number): number {
    return this.meanMs + pauseMs + deviationsAt(threshold) * this.deviationMs;
  }
}

/**
 * A logistic approximation of the normal distribution's tail, good to 0.00014 (Bowling and others, 2009):
 * P(later than y deviations) = 1 / (1 + e^(1.5976 y + 0.070566 y³)).
 */
const LINEAR = 1.5976;
const CUBIC = 0.070566;

function phiOf(y: number): number {
  const exponent = y * (LINEAR + CUBIC * y * y);
  // log10(1 + e^x), which overflows for large x and then is x.
  return exponent > 700 ? exponent / Math.LN10 : Math.log1p(Math.exp(exponent)) / Math.LN10;
}

/** The inverse, by Newton's method: the cubic has one root, and no flat part. */
function deviationsAt(phi: number): number {
  const exponent = Math.log(Math.expm1(phi * Math.LN10));
  let y = Math.cbrt(exponent / CUBIC);
  for (let i = 0; i < 8; i++) y -= (y * (LINEAR + CUBIC * y * y) - exponent) / (LINEAR + 3 * CUBIC * y * y);
  return y;
}
