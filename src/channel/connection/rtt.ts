/**
 * The round-trip time and the retransmission timeout (RFC 6298), with the receiver's delay taken out of samples (RFC 9002
 * section 5.3). Karn's rule needs no code: a packet's number is never used again, so an acknowledgment names the one
 * transmission that it answers and every sample is unambiguous.
 *
 * The timeout goes below RFC 6298's minimum of 1 s. That minimum guards against timeouts that come too early, which cost TCP
 * its window; here a probe goes before, and an early timeout is recognised by the acknowledgment of the first transmission, and
 * undone.
 */

/** Before the first sample (RFC 6298 2.1). */
export const FIRST_RTO_MS = 1000;
/** What the timeout is beyond SRTT at least, however steady the samples are. */
export const MIN_SPREAD_MS = 50;
export const MAX_RTO_MS = 60_000;
/**
 * The longest that a receiver keeps an acknowledgment back. The timers need no allowance for it: a packet behind which its sender
 * falls silent asks to be acknowledged at once.
 */
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
  /** How often the timer has expired since the peer answered. */
  backOff = 0;
  private readonly maxMs: number;

  /** `maxMs` bounds the back-off, though not what the samples ask for. */
  constructor(maxMs = MAX_RTO_MS) {
    this.maxMs = maxMs;
  }

  /** A packet was acknowledged after `elapsedMs`, of which its receiver spent `delayMs` waiting. */
  sample(elapsedMs: number, delayMs: number): void {
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

  /** Something was acknowledged, though perhaps too late for a sample. */
  answered(): void {
    this.backOff = 0;
  }

  /** The timer expired: the next one is twice as long (RFC 6298 5.5). */
  expired(): void {
    this.backOff = Math.min(this.backOff + 1, MAX_BACK_OFF);
  }

  /** RTO, backed off. */
  get timeoutMs(): number {
    const base = this.hasSample
      ? this.smoothedMs + Math.max(MIN_SPREAD_MS, 4 * this.variationMs)
      : FIRST_RTO_MS;
    return Math.min(MAX_RTO_MS, Math.max(base, Math.min(this.maxMs, base * 2 ** this.backOff)));
  }

  /** How long to wait for the answer to a mere question: there is no hurry. */
  get questionMs(): number {
    return Math.max(this.timeoutMs, Math.min(FIRST_RTO_MS, this.maxMs));
  }

  /** How long an acknowledgment to the peer may wait for other packets. */
  get ackDelayMs(): number {
    if (!this.hasSample) return MAX_ACK_DELAY_MS;
    return Math.min(MAX_ACK_DELAY_MS, Math.max(GRANULARITY_MS, this.smoothedMs / 4));
  }

  /** After how long without an acknowledgment the end of a flight is probed (RFC 8985 section 7.2). */
  get tailProbeMs(): number {
    if (!this.hasSample) return this.timeoutMs;
    const afterMs = this.smoothedMs + Math.max(this.smoothedMs, 4 * this.variationMs) + GRANULARITY_MS;
    return Math.min(this.timeoutMs, afterMs);
  }

  /**
   * How long after its sending a packet is overdue when a later one was acknowledged (RFC 9002 section 6.1.2): a round trip and the
   * given share of one.
   */
  overdueMs(share: number): number {
    return Math.max(GRANULARITY_MS, Math.max(this.smoothedMs, this.latestMs) * (1 + share));
  }
}
