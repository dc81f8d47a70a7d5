/**
 * Whether the peer still lives. Silence counts only while it owes something: an acknowledgment of a packet, since that
 * packet or since it was last heard. A peer that owes nothing for now, but has not delivered everything (its window is shut),
 * is asked from time to time; an idle one only if keepalives are wanted.
 *
 * Only time counts in which this side was there to ask again and to hear. What it does too late, because its process did not run or
 * had more to do than it could, is no silence of the peer's.
 */
export class Liveness {
  private readonly timeoutMs: number;
  private readonly keepaliveMs: number;
  private heardAtMs: number;
  private owedSinceMs = Number.POSITIVE_INFINITY;

  constructor(timeoutMs: number, keepaliveMs: number, nowMs: number) {
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs ${timeoutMs} is not above 0`);
    if (!(keepaliveMs >= 0)) throw new RangeError(`keepaliveMs ${keepaliveMs} is negative`);
    this.timeoutMs = timeoutMs;
    this.keepaliveMs = keepaliveMs === 0 ? Number.POSITIVE_INFINITY : keepaliveMs;
    this.heardAtMs = nowMs;
  }

  /** A packet came, after which the peer still owes something, or nothing. */
  heard(nowMs: number, owesMore: boolean): void {
    this.heardAtMs = nowMs;
    this.owedSinceMs = owesMore ? nowMs : Number.POSITIVE_INFINITY;
  }

  /** What was owed is of no interest any more: it was found lost, and had come in another packet. */
  settled(): void {
    this.owedSinceMs = Number.POSITIVE_INFINITY;
  }

  /** Something was sent that wants an answer. */
  asked(nowMs: number): void {
    if (this.owedSinceMs === Number.POSITIVE_INFINITY) this.owedSinceMs = nowMs;
  }

  /** What should have been done at `dueMs` is done now. */
  excuse(dueMs: number, nowMs: number): void {
    if (nowMs > dueMs) this.owedSinceMs += nowMs - dueMs;
  }

  /** When the peer is given up. */
  get deadlineMs(): number {
    return this.owedSinceMs + this.timeoutMs;
  }

  /** When to ask whether the peer is there. `isPending`: not everything is delivered. */
  askAtMs(isPending: boolean): number {
    if (this.owedSinceMs !== Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const everyMs = isPending ? Math.min(this.keepaliveMs, this.timeoutMs / 3) : this.keepaliveMs;
    return this.heardAtMs + everyMs;
  }
}
