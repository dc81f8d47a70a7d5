/**
 * HyStart++ (RFC 9406): ends slow start when round-trip times begin to rise, before a queue on the way overflows. A
 * round is the time until a packet sent after its beginning is acknowledged. When the least round-trip time of a round's
 * first samples is well above the round's before, growth slows to a quarter for a few rounds (conservative slow start);
 * if the rise was noise, it falls below where it began and slow start goes on.
 */

/** The constants of RFC 9406 section 4.3. */
export const MIN_RTT_THRESHOLD_MS = 4;
export const MAX_RTT_THRESHOLD_MS = 16;
export const MIN_RTT_DIVISOR = 8;
export const SAMPLES = 8;
export const CONSERVATIVE_DIVISOR = 4;
export const CONSERVATIVE_ROUNDS = 5;

export class HyStart {
  /** What slow start's growth is divided by now. */
  divisor = 1;
  /** Slow start is over for good. */
  isOver = false;
  private roundEnd = 0;
  private samples = 0;
  private roundMinMs = Number.POSITIVE_INFINITY;
  private lastMinMs = Number.POSITIVE_INFINITY;
  private baselineMs = Number.POSITIVE_INFINITY;
  private conservativeRounds = 0;

  /** Packet `number` was acknowledged after `rttMs`, when `next` was the number of the next packet to be sent. */
  sample(rttMs: number, number: number, next: number): void {
    if (this.isOver) return;
    if (number >= this.roundEnd) this.beginRound(next);
    this.roundMinMs = Math.min(this.roundMinMs, rttMs);
    this.samples++;
    if (this.samples < SAMPLES || this.isOver) return;
    if (this.divisor === 1) this.lookForRise();
    else if (this.roundMinMs < this.baselineMs) this.resume();
  }

  private beginRound(next: number): void {
    if (this.divisor > 1 && ++this.conservativeRounds > CONSERVATIVE_ROUNDS) this.isOver = true;
    this.roundEnd = next;
    this.samples = 0;
    this.lastMinMs = this.roundMinMs;
    this.roundMinMs = Number.POSITIVE_INFINITY;
  }

  private lookForRise(): void {
    if (this.lastMinMs === Number.POSITIVE_INFINITY) return;
    const share = this.lastMinMs / MIN_RTT_DIVISOR;
    const thresholdMs = Math.min(MAX_RTT_THRESHOLD_MS, Math.max(MIN_RTT_THRESHOLD_MS, share));
    if (this.roundMinMs < this.lastMinMs + thresholdMs) return;
    this.baselineMs = this.roundMinMs;
    this.conservativeRounds = 0;
    this.divisor = CONSERVATIVE_DIVISOR;
  }

  private resume(): void {
    this.baselineMs = Number.POSITIVE_INFINITY;
    this.divisor = 1;
  }
}
