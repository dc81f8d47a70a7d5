/**
 * The retransmission timer of calls over UDP: a smoothed round-trip time and its variation (RFC 6298), samples only
 * of calls that were sent once (Karn and Partridge, 1987), and a back-off that lasts until such a sample comes.
 * Pure. Unlike TCP's it goes below one second: a spurious retry costs one look into the server's duplicate request
 * cache, not a congestion window.
 */

/** Before the first sample, and the bounds of what is computed. */
export const FIRST_RTO_MS = 1000;
export const MIN_RTO_MS = 100;
export const MAX_RTO_MS = 20_000;

export class RttEstimator {
  private smoothedMs = 0;
  private variationMs = 0;
  private sampled = false;
  private backOff = 1;
  private backedOffAtMs = Number.NEGATIVE_INFINITY;

  /** How long to wait for a reply before the call is sent again for the `attempt`th time (from 0). */
  timeoutMs(attempt: number): number {
    const base = this.sampled ? this.smoothedMs + Math.max(1, 4 * this.variationMs) : FIRST_RTO_MS;
    const bounded = Math.max(MIN_RTO_MS, base) * Math.max(this.backOff, 2 ** Math.min(attempt, 16));
    return Math.min(MAX_RTO_MS, bounded);
  }

  /** A call that was sent once came back after `elapsedMs`. */
  sample(elapsedMs: number): void {
    this.backOff = 1;
    if (!this.sampled) {
      this.sampled = true;
      this.smoothedMs = elapsedMs;
      this.variationMs = elapsedMs / 2;
      return;
    }
    this.variationMs += (Math.abs(this.smoothedMs - elapsedMs) - this.variationMs) / 4;
    this.smoothedMs += (elapsedMs - this.smoothedMs) / 8;
  }

  /** A call went unanswered: calls that are sent from now on wait longer. Once for each round of losses. */
  timedOut(nowMs: number): void {
    if (nowMs - this.backedOffAtMs < this.timeoutMs(0)) return;
    this.backedOffAtMs = nowMs;
    if (this.timeoutMs(0) < MAX_RTO_MS) this.backOff *= 2;
  }
}
