/**
 * Time as protocol code sees it: a clock that only goes forward to measure with, a wall clock to stamp with,
 * and timers. None of them is ambient, so a simulated node can have its own.
 */

/** A point of wall-clock time: seconds and nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. */
export interface WallTime {
  /** Whole seconds; negative before 1970. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/** The time. Protocol code measures with `monotonicMs` alone. */
export interface Clock {
  /** Milliseconds, with a fraction, from an arbitrary origin; never goes back. Measure intervals with it. */
  monotonicMs(): number;
  /** The wall clock. It may step either way: stamp with it, never measure. */
  wall(): WallTime;
}

/** A pending timer. */
export interface Timer {
  /** Stops it; harmless when it has fired or was cancelled already. */
  cancel(): void;
}

/** Calls back later. Timers run on the clock of `World.clock`. */
export interface Timers {
  /**
   * Calls `fire` once, `delayMs` from now or later. A pending timer does not keep a process alive by itself, unless
   * `keepAlive` says that somebody waits for what it does.
   */
  after(delayMs: number, fire: () => void, options?: { readonly keepAlive?: boolean }): Timer;
  /** Calls `run` after everything that is ready now has been handled: the place to flush what was gathered. */
  soon(run: () => void): void;
}

/** Resolves `delayMs` from now; rejects with the signal's reason when it is aborted first. */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = timers.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
