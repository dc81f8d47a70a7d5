/**
 * How large a packet may be (after RFC 8899). Packets begin small; while there is much to send, padded packets of other sizes are
 * sent beside it, first the largest, then by halving what is left. One that is acknowledged shows that its size passes; one size
 * that is lost three times does not. Probes that are lost say nothing of congestion.
 *
 * When everything larger than the first size seems to vanish (a black hole: the path has changed), sizes fall back to the first, and
 * the search begins anew with the size that used to pass: timeouts in a row may as well be bad luck on a path that loses much.
 */

/** Losses of one size after which it counts as too large (RFC 8899 MAX_PROBES). */
export const MAX_PROBES = 3;
/** Differences that are not worth another probe. */
export const SEARCH_BYTES = 32;
/** When to look again whether more passes (RFC 8899 PMTU_RAISE_TIMER). */
export const RAISE_MS = 600_000;
/** Timeouts in a row that make a black hole. */
export const BLACK_HOLE_TIMEOUTS = 2;

export class PathMtu {
  /** Bytes of payload that a packet may have. */
  bytes: number;
  private readonly minBytes: number;
  private readonly maxBytes: number;
  /** More than this does not pass, as far as is known. */
  private ceilingBytes: number;
  private probeBytes: number;
  private losses = 0;
  private isProbing = false;
  private notBeforeMs = 0;

  constructor(minBytes: number, maxBytes: number) {
    this.minBytes = minBytes & ~3;
    this.maxBytes = maxBytes & ~3;
    this.bytes = this.minBytes;
    this.ceilingBytes = this.maxBytes;
    this.probeBytes = this.maxBytes;
  }

  /** Size of a probe to send now; 0 for none. */
  wanted(nowMs: number): number {
    if (this.isProbing || nowMs < this.notBeforeMs) return 0;
    if (this.notBeforeMs > 0) this.restart();
    return this.probeBytes > this.bytes ? this.probeBytes : 0;
  }

  sent(): void {
    this.isProbing = true;
  }

  arrived(bytes: number, nowMs: number): void {
    this.isProbing = false;
    if (bytes <= this.bytes) return;
    this.bytes = bytes;
    this.losses = 0;
    this.next(nowMs);
  }

  lost(bytes: number, nowMs: number): void {
    this.isProbing = false;
    if (bytes !== this.probeBytes || ++this.losses < MAX_PROBES) return;
    this.losses = 0;
    this.ceilingBytes = bytes - 4;
    this.next(nowMs);
  }

  /** The timer expired for the `count`th time in a row. True when sizes fell back. */
  timedOut(count: number): boolean {
    if (count < BLACK_HOLE_TIMEOUTS || this.bytes === this.minBytes) return false;
    this.probeBytes = this.bytes;
    this.ceilingBytes = this.bytes;
    this.bytes = this.minBytes;
    this.losses = 0;
    this.notBeforeMs = 0;
    return true;
  }

  private next(nowMs: number): void {
    const middle = (this.bytes + (this.ceilingBytes - this.bytes) / 2) & ~3;
    if (this.ceilingBytes - this.bytes >= SEARCH_BYTES) {
      this.probeBytes = middle;
      return;
    }
    this.probeBytes = 0;
    if (this.bytes < this.maxBytes) this.notBeforeMs = nowMs + RAISE_MS;
  }

  private restart(): void {
    this.notBeforeMs = 0;
    this.losses = 0;
    this.ceilingBytes = this.maxBytes;
    this.probeBytes = this.maxBytes;
  }
}
