/**
 * CUBIC congestion control (RFC 9438): slow start up to a threshold, then a window that follows a cubic curve of the time since the
 * last congestion, flat around the window at which it happened, and never below what Reno would have. All sizes are bytes;
 * the curve itself is in segments and seconds, as the RFC has it.
 */

/** How steep the curve is, in segments per second cubed, and what a loss leaves of the window (RFC 9438 section 5). */
export const CUBIC_C = 0.4;
export const CUBIC_BETA = 0.7;
/** Growth of the window that Reno would have, in segments per round trip (RFC 9438 section 4.3). */
export const RENO_ALPHA = (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA);

const MIN_SEGMENTS = 2;

/** The first window: ten segments (RFC 6928). */
export function firstWindowBytes(segmentBytes: number): number {
  return Math.min(10 * segmentBytes, Math.max(2 * segmentBytes, 14_600));
}

/** W_cubic(t) of RFC 9438 figure 1, in segments: `seconds` into the epoch, `k` seconds before `maxSegments` is reached. */
export function cubicSegments(seconds: number, k: number, maxSegments: number): number {
  return CUBIC_C * (seconds - k) ** 3 + maxSegments;
}

/** K of RFC 9438 figure 2, in seconds. */
export function cubicK(maxSegments: number, startSegments: number): number {
  return Math.cbrt((maxSegments - startSegments) / CUBIC_C);
}

export class Cubic {
  windowBytes: number;
  thresholdBytes = Number.POSITIVE_INFINITY;
  private maxBytes = 0;
  /** Window when congestion was met: where Reno's estimate begins to grow as fast as Reno itself. */
  private priorBytes = 0;
  private epochMs = Number.NaN;
  private k = 0;
  private renoBytes = 0;
  private saved: readonly number[] | undefined;

  constructor(segmentBytes: number) {
    this.windowBytes = firstWindowBytes(segmentBytes);
  }

  get isSlowStart(): boolean {
    return this.windowBytes < this.thresholdBytes;
  }

  /** `bytes` were acknowledged while the window was in the way. `divisor` slows slow start's growth (RFC 9406). */
  acknowledged(bytes: number, nowMs: number, rttMs: number, segmentBytes: number, divisor = 1): void {
    if (this.isSlowStart) {
      this.windowBytes = Math.min(this.thresholdBytes, this.windowBytes + bytes / divisor);
      return;
    }
    if (Number.isNaN(this.epochMs)) this.beginEpoch(nowMs, segmentBytes);
    this.growReno(bytes, segmentBytes);
    const seconds = (nowMs - this.epochMs) / 1000;
    const now = cubicSegments(seconds, this.k, this.maxBytes / segmentBytes) * segmentBytes;
    if (now < this.renoBytes) {
      this.windowBytes = Math.max(this.windowBytes, this.renoBytes);
      return;
    }
    const ahead = cubicSegments(seconds + rttMs / 1000, this.k, this.maxBytes / segmentBytes) * segmentBytes;
    const target = Math.min(Math.max(ahead, this.windowBytes), 1.5 * this.windowBytes);
    this.windowBytes += ((target - this.windowBytes) * bytes) / this.windowBytes;
  }

  private beginEpoch(nowMs: number, segmentBytes: number): void {
    this.epochMs = nowMs;
    this.renoBytes = this.windowBytes;
    this.maxBytes = Math.max(this.maxBytes, this.windowBytes);
    this.k = cubicK(this.maxBytes / segmentBytes, this.windowBytes / segmentBytes);
  }

  private growReno(bytes: number, segmentBytes: number): void {
    const alpha = this.renoBytes < this.priorBytes ? RENO_ALPHA : 1;
    this.renoBytes += (alpha * segmentBytes * bytes) / this.windowBytes;
  }

  /** Packets were lost: once for each round trip (RFC 9438 sections 4.6 and 4.7). */
  lost(segmentBytes: number): void {
    this.save();
    this.reduce(segmentBytes);
    this.windowBytes = this.thresholdBytes;
  }

  /**
   * The timer expired: back to slow start from the smallest window (RFC 9438 section 4.8). Timeouts in a row are one event: the
   * first one's window is what may be restored.
   */
  expired(segmentBytes: number, isAgain: boolean): void {
    if (!isAgain) this.save();
    this.reduce(segmentBytes);
    this.windowBytes = MIN_SEGMENTS * segmentBytes;
  }

  private reduce(segmentBytes: number): void {
    const { windowBytes } = this;
    this.priorBytes = windowBytes;
    // Fast convergence: a flow that shrinks leaves room to newer ones.
    this.maxBytes = windowBytes < this.maxBytes ? (windowBytes * (1 + CUBIC_BETA)) / 2 : windowBytes;
    this.thresholdBytes = Math.max(windowBytes * CUBIC_BETA, MIN_SEGMENTS * segmentBytes);
    this.epochMs = Number.NaN;
  }

  /** Nothing was lost after all (RFC 9438 section 4.9). */
  restore(): void {
    if (this.saved === undefined) return;
    const [windowBytes, thresholdBytes, maxBytes, priorBytes, epochMs, k, renoBytes] = this.saved as number[];
    this.windowBytes = Math.max(this.windowBytes, windowBytes as number);
    this.thresholdBytes = thresholdBytes as number;
    this.maxBytes = maxBytes as number;
    this.priorBytes = priorBytes as number;
    this.epochMs = epochMs as number;
    this.k = k as number;
    this.renoBytes = renoBytes as number;
    this.saved = undefined;
  }

  private save(): void {
    const { windowBytes, thresholdBytes, maxBytes, priorBytes, epochMs, k, renoBytes } = this;
    this.saved = [windowBytes, thresholdBytes, maxBytes, priorBytes, epochMs, k, renoBytes];
  }

  /** Packets became small, because large ones vanish: the least window of large ones is a flood of small ones. */
  segmentsShrank(segmentBytes: number): void {
    this.windowBytes = Math.min(this.windowBytes, firstWindowBytes(segmentBytes));
    this.epochMs = Number.NaN;
  }

  /** Delays rise: slow start ends here, before anything is lost. */
  leaveSlowStart(): void {
    this.thresholdBytes = this.windowBytes;
  }

  /**
   * Nothing was sent for `periods` retransmission timeouts: what the window says of the path is that old. It halves for each, not
   * below the first window (RFC 5681 section 4.1 goes there at once), and the curve starts anew.
   */
  idled(periods: number, segmentBytes: number): void {
    const least = Math.min(this.windowBytes, firstWindowBytes(segmentBytes));
    this.thresholdBytes = this.isSlowStart
      ? this.thresholdBytes
      : Math.max(this.thresholdBytes, 0.75 * this.windowBytes);
    this.windowBytes = Math.max(least, this.windowBytes / 2 ** Math.min(periods, 30));
    this.epochMs = Number.NaN;
  }
}
