/**
 * Pacing: packets leave spread over the round trip rather than all at once behind an acknowledgment, so that a short queue on
 * the way suffices (RFC 9002 section 7.7). A bucket of bytes fills at a little more than the window per round trip. It
 * holds a burst, because timers come a millisecond or more apart; a packet may overdraw it.
 */

import { firstWindowBytes } from "./cubic.ts";

/** The rate over window / round trip: room to catch up, and twice that in slow start, where the window itself doubles. */
const GAIN = 1.25;
const SLOW_START_GAIN = 2;
/** What may leave at once: as much as a first window, or so long at the full rate, whichever is more. */
export const BURST_MS = 2;
/** Waits shorter than this are not worth a timer. */
const QUANTUM_MS = 1;

export class Pacer {
  private budgetBytes = Number.POSITIVE_INFINITY;
  private bytesPerMs = Number.POSITIVE_INFINITY;
  private burstBytes = Number.POSITIVE_INFINITY;
  private filledAtMs = 0;

  /** The window or the round-trip time changed. Without a round-trip time nothing is held back. */
  setRate(windowBytes: number, rttMs: number, isSlowStart: boolean, packetBytes: number): void {
    if (rttMs === 0) return;
    this.bytesPerMs = ((isSlowStart ? SLOW_START_GAIN : GAIN) * windowBytes) / rttMs;
    this.burstBytes = Math.max(firstWindowBytes(packetBytes), BURST_MS * this.bytesPerMs);
  }

  /** When the next packet may leave; `nowMs` or before means at once. */
  readyAtMs(nowMs: number): number {
    this.fill(nowMs);
    if (this.budgetBytes > 0) return nowMs;
    return nowMs + Math.max(QUANTUM_MS, -this.budgetBytes / this.bytesPerMs);
  }

  sent(bytes: number): void {
    this.budgetBytes -= bytes;
  }

  private fill(nowMs: number): void {
    const gained = nowMs > this.filledAtMs ? (nowMs - this.filledAtMs) * this.bytesPerMs : 0;
    this.budgetBytes = Math.min(this.burstBytes, this.budgetBytes + gained);
    this.filledAtMs = nowMs;
  }
}
