/**
 * How much a process casts: so many bytes a second, and what is over goes by links, whose streams know their networks. It grows with
 * what arrives and is cut where something is lost (additive increase, multiplicative decrease: Chiu and Jain 1989).
 */

/** At once after a rest: less than what sockets buffer where nobody gave them more. */
export const BURST_BYTES = 128 * 1024;
const FIRST_BYTES_PER_SECOND = 16 * 1024 * 1024;
const LEAST_BYTES_PER_SECOND = 1024 * 1024;
/** Losses in so short a time have one cause. */
const CUT_MS = 100;
const CUT_TO = 0.7;
/** Of what arrived. */
const GROWTH = 0.05;

export class Pace {
  readonly #most: number;
  #perSecond: number;
  #tokens = BURST_BYTES;
  #atMs = 0;
  #cutMs = Number.NEGATIVE_INFINITY;

  constructor(maxBytesPerSecond: number) {
    this.#most = maxBytesPerSecond;
    this.#perSecond = Math.min(maxBytesPerSecond, FIRST_BYTES_PER_SECOND);
  }

  get bytesPerSecond(): number {
    return this.#perSecond;
  }

  /** False: it is too much now. */
  take(bytes: number, nowMs: number): boolean {
    const gained = (Math.max(0, nowMs - this.#atMs) * this.#perSecond) / 1000;
    this.#tokens = Math.min(BURST_BYTES, this.#tokens + gained);
    this.#atMs = nowMs;
    if (this.#tokens < bytes) return false;
    this.#tokens -= bytes;
    return true;
  }

  arrived(bytes: number): void {
    this.#perSecond = Math.min(this.#most, this.#perSecond + GROWTH * bytes);
  }

  lost(nowMs: number): void {
    if (nowMs - this.#cutMs < CUT_MS) return;
    this.#cutMs = nowMs;
    const least = Math.min(this.#most, LEAST_BYTES_PER_SECOND);
    this.#perSecond = Math.max(least, CUT_TO * this.#perSecond);
  }
}
