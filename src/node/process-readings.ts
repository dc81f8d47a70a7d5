/** What the system and the runtime say of this process: processor, memory, and how late the event loop is. */
import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * By how much the event loop was late, over the samples since the last reading: median, 99th percentile,
 * worst.
 */
export interface LoopDelay {
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
}

/** What the system tells of this process, for metrics. */
export interface ProcessReadings {
  cpuSeconds(): { readonly user: number; readonly system: number };
  memoryBytes(): { readonly resident: number; readonly heapUsed: number; readonly external: number };
  /** How late the event loop was, since it was asked for the last time. */
  loopDelay(): LoopDelay;
  /** Ends the measuring. */
  close(): void;
}

/** How often the loop's lateness is sampled. */
const RESOLUTION_MS = 20;

/** Begins to measure the event loop, and reads the rest when asked. */
export function createProcessReadings(): ProcessReadings {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // The histogram has the whole interval between two samples, of which the timer's own is no lateness.
  const lateSeconds = (nanoseconds: number) =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3) : 0;
  return {
    cpuSeconds() {
      const { user, system } = process.cpuUsage();
      return { user: user / 1e6, system: system / 1e6 };
    },
    memoryBytes() {
      const { rss, heapUsed, external } = process.memoryUsage();
      return { resident: rss, heapUsed, external };
    },
    loopDelay() {
      const isEmpty = delay.count === 0;
      const read = {
        p50Seconds: isEmpty ? 0 : lateSeconds(delay.percentile(50)),
        p99Seconds: isEmpty ? 0 : lateSeconds(delay.percentile(99)),
        maxSeconds: isEmpty ? 0 : lateSeconds(delay.max),
      };
      delay.reset();
      return read;
    },
    close: () => void delay.disable(),
  };
}
