/**
 * The round-trip time and the retransmission timeout (RFC 6298), with the receiver's delay taken out of samples (RFC 9002
 * section 5.3). Karn's rule needs no code: a packet's number is never used again, so an acknowledgment names the one
 * transmission that it answers and every sample is unambiguous.
 *
 * The timeout goes below RFC 6298's minimum of 1 s. That minimum guards against timeouts that come too early, which cost TCP
 * half its window; here an early timeout is recognised by the acknowledgment of the first transmission, and undone.
 */

/** Before the first sample (RFC 6298 2.1). */
export const FIRST_RTO_MS = 1000;
export const MIN_RTO_MS = 50;
export const MAX_RTO_MS = 60_000;
/** The longest that a receiver keeps an acknowledgment back. */
export const MAX_ACK_DELAY_MS = 25;
/** What timers can be late by: the clock granularity G of RFC 6298. */
export const GRANULARITY_MS = 1;

const MAX_BACK_OFF = 16;

export class RoundTrip {
  /** SRTT, RTTVAR, and the least and the latest sample; 0 before the first. */
  smoothedMs = 0;
  variationMs = 0;
  minMs = 0;
  latestMs = 0;
  hasSample = false;
  /** How often the timer has expired since the last sample. */
  backOff = 0;

  /** A packet was acknowledged after `elapsedMs`, of which its receiver spent `delayMs` waiting. */
  sample(elapsedMs: number, delayMs: number): void {
    this.backOff = 0;
    this.latestMs = elapsedMs;
    if (!this.hasSample) {
      this.first(elapsedMs);
      return;
    }
    this.minMs = Math.min(this.minMs, elapsedMs);
    // A peer that says too much must not take a sample below what the path can do.
    const without = elapsedMs - Math.min(delayMs, MAX_ACK_DELAY_MS);
    const sampleMs = without >= this.minMs ? without : elapsedMs;
    this.variationMs += (Math.abs(this.smoothedMs - sampleMs) - this.variationMs) / 4;
    this.smoothedMs += (sampleMs - this.smoothedMs) / 8;
  }

  private first(elapsedMs: number): void {
    this.hasSample = true;
    this.minMs = elapsedMs;
    this.smoothedMs = elapsedMs;
    this.variationMs = elapsedMs / 2;
  }

  /** The timer expired: the next one is twice as long (RFC 6298 5.5). */
  expired(): void {
    this.backOff = Math.min(this.backOff + 1, MAX_BACK_OFF);
  }

  /** RTO, backed off. The peer's delay is added, because it need not hurry to acknowledge a lone packet. */
  get timeoutMs(): number {
    const base = this.hasSample
      ? this.smoothedMs + Math.max(GRANULARITY_MS, 4 * this.variationMs) + MAX_ACK_DELAY_MS
      : FIRST_RTO_MS;
    return Math.min(MAX_RTO_MS, Math.max(MIN_RTO_MS, base) * 2 ** this.backOff);
  }

  /** After how long without an acknowledgment the end of a flight is probed (RFC 8985 section 7.2). */
  get tailProbeMs(): number {
    if (!this.hasSample) return this.timeoutMs;
    return Math.min(this.timeoutMs, 2 * this.smoothedMs + GRANULARITY_MS + MAX_ACK_DELAY_MS);
  }

  /** How much later than its successors a packet may come before it counts as lost (RFC 9002 section 6.1.2). */
  get reorderingMs(): number {
    return Math.max(GRANULARITY_MS, (Math.max(this.smoothedMs, this.latestMs) * 9) / 8);
  }
}
