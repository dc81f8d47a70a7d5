/**
 * The congestion window: how many bytes may be in flight, and how soon the next of them may leave. CUBIC says how it grows and shrinks,
 * HyStart++ when slow start ends, the pacer how what it allows is spread over the round trip. Congestion is answered once for
 * all packets that were under way when it was met, and taken back when none of them was lost after all (RFC 9438 section 4.9).
 */
import { Cubic } from "./cubic.ts";
import { HyStart } from "./hystart.ts";
import { Pacer } from "./pacer.ts";

export class CongestionWindow {
  readonly cubic: Cubic;
  /** It was in the way since the last look: only then does an acknowledgment say that it may grow. */
  wasLimited = false;
  private readonly hystart = new HyStart();
  private readonly pacer = new Pacer();
  private readonly maxBytes: number;
  private segmentBytes: number;
  /** Congestion is answered once for all packets sent before this time. */
  private answeredMs = Number.NEGATIVE_INFINITY;
  /** Packets declared lost since then that were not acknowledged after all. */
  private losses = 0;

  /** Packets have `segmentBytes` at first. It grows no further than `maxBytes`. */
  constructor(segmentBytes: number, maxBytes: number) {
    this.segmentBytes = segmentBytes;
    this.maxBytes = maxBytes;
    this.cubic = new Cubic(segmentBytes);
  }

  /** What may be in flight; the last packet of it may pass it. */
  get bytes(): number {
    return Math.min(this.cubic.windowBytes, this.maxBytes);
  }

  /** When the next packet may leave; at `nowMs` or before: at once. */
  readyAtMs(nowMs: number): number {
    return this.pacer.readyAtMs(nowMs);
  }

  sent(bytes: number): void {
    this.pacer.sent(bytes);
  }

  /** Packets have another size from now on. */
  setSegment(bytes: number): void {
    if (bytes < this.segmentBytes) this.cubic.segmentsShrank(bytes);
    this.segmentBytes = bytes;
  }

  /** The window, or the round-trip time, may have changed. */
  setPace(rttMs: number): void {
    this.pacer.setRate(this.bytes, rttMs, this.cubic.isSlowStart, this.segmentBytes);
  }

  /** Packet `number` was acknowledged after `elapsedMs`, when `next` was the number of the next packet. */
  sample(elapsedMs: number, number: number, next: number): void {
    const { cubic, hystart } = this;
    if (!cubic.isSlowStart) return;
    hystart.sample(elapsedMs, number, next);
    if (hystart.isOver && cubic.thresholdBytes === Number.POSITIVE_INFINITY) cubic.leaveSlowStart();
  }

  /**
   * Packets of `bytes` arrived, the newest of them sent at `sentAtMs`, and `inFlightBytes` are left. It grows only where it is in the way; of
   * a sender that cannot fill half of it, other things are.
   */
  arrived(bytes: number, sentAtMs: number, inFlightBytes: number, nowMs: number, rttMs: number): void {
    const { cubic } = this;
    if (sentAtMs <= this.answeredMs || !this.wasLimited || cubic.windowBytes >= this.maxBytes) return;
    if (2 * (inFlightBytes + bytes) < cubic.windowBytes) return;
    cubic.acknowledged(bytes, nowMs, rttMs, this.segmentBytes, this.hystart.divisor);
  }

  /** `losses` packets count as lost, the newest of them sent at `sentAtMs`. */
  lost(losses: number, sentAtMs: number, nowMs: number): void {
    if (sentAtMs > this.answeredMs) {
      this.answer(nowMs);
      this.hystart.isOver = true;
      this.cubic.lost(this.segmentBytes);
    }
    this.losses += losses;
  }

  /** One packet that counted as lost was not. */
  notLost(): void {
    if (--this.losses === 0) this.restore();
  }

  /** The timer expired, and everything in flight counts as lost. `isAgain`: as when it expired before. */
  expired(isAgain: boolean, nowMs: number): void {
    this.cubic.expired(this.segmentBytes, isAgain);
    this.answer(nowMs);
  }

  private answer(nowMs: number): void {
    this.answeredMs = nowMs;
    this.losses = 0;
  }

  /** There was no congestion after all. */
  restore(): void {
    this.cubic.restore();
  }

  /** Nothing was sent for so many retransmission timeouts. */
  idled(periods: number): void {
    this.cubic.idled(periods, this.segmentBytes);
  }
}
