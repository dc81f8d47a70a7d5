/**
 * The machine's clocks. `performance.now` is monotonic. The wall clock has the system's full precision at the
 * cost of one cheap read: the monotonic nanosecond clock, tied to `Date.now`'s millisecond and tied again
 * whenever the two drift apart, which is how a step of the wall clock (an administrator, NTP) is followed.
 */
import type { Clock, WallTime } from "../world/index.ts";

/** When the tied clock is this far from `Date.now`, the wall clock has stepped or drifted: tie them again. */
const RETIE_MS = 2;

class NodeClock implements Clock {
  /** Wall-clock milliseconds at the monotonic clock's zero. */
  #originMs = performance.timeOrigin;

  monotonicMs(): number {
    return performance.now();
  }

  wall(): WallTime {
    const sinceOriginMs = performance.now();
    const coarseMs = Date.now();
    const offBy = coarseMs - (this.#originMs + sinceOriginMs);
    // Date.now truncates to the millisecond, so the tied clock is right when it is 0 to 1 ms ahead of it.
    if (offBy > RETIE_MS || offBy < -1 - RETIE_MS) this.#originMs = coarseMs + 0.5 - sinceOriginMs;
    return wallTime(this.#originMs, sinceOriginMs);
  }
}

/** Adds two counts of milliseconds without losing the nanoseconds to the mantissa. */
function wallTime(originMs: number, sinceMs: number): WallTime {
  const wholeMs = Math.floor(originMs) + Math.floor(sinceMs);
  const fractionMs = originMs - Math.floor(originMs) + (sinceMs - Math.floor(sinceMs));
  const seconds = Math.floor(wholeMs / 1000);
  const nanoseconds = (wholeMs - seconds * 1000) * 1_000_000 + Math.floor(fractionMs * 1_000_000);
  return nanoseconds < 1_000_000_000
    ? { seconds, nanoseconds }
    : { seconds: seconds + 1, nanoseconds: nanoseconds - 1_000_000_000 };
}

export function createNodeClock(): Clock {
  return new NodeClock();
}
