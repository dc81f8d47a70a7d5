/** Metrics of the process itself, by the names under which dashboards for Node.js look for them. */
import type { Registry } from "./registry.ts";

/** What a process says of itself; `coterie/node` has it of a real one. */
export interface ProcessReadings {
  cpuSeconds(): { readonly user: number; readonly system: number };
  memoryBytes(): { readonly resident: number; readonly heapUsed: number; readonly external: number };
  /** How late the event loop was, since it was asked for the last time. */
  loopDelay(): { readonly p50Seconds: number; readonly p99Seconds: number; readonly maxSeconds: number };
}

/** `startedSeconds`: since 1970. */
export function registerProcess(registry: Registry, readings: ProcessReadings, startedSeconds: number): void {
  const about = (name: string, help: string, ...labels: string[]) => ({ name, help, labels });
  registry.read(
    "counter",
    about("process_cpu_seconds_total", "Processor time that the process took."),
    (tell) => {
      const { user, system } = readings.cpuSeconds();
      tell(user + system);
    },
  );
  registry.read(
    "gauge",
    about("process_start_time_seconds", "When the process began, in seconds since 1970."),
    (tell) => tell(startedSeconds),
  );
  registry.read(
    "gauge",
    about("process_resident_memory_bytes", "Memory that the process has, files that it maps included."),
    (tell) => tell(readings.memoryBytes().resident),
  );
  registry.read(
    "gauge",
    about("nodejs_heap_size_used_bytes", "JavaScript's memory that is in use."),
    (tell) => tell(readings.memoryBytes().heapUsed),
  );
  registry.read(
    "gauge",
    about("nodejs_external_memory_bytes", "Memory of buffers, outside of JavaScript's own."),
    (tell) => tell(readings.memoryBytes().external),
  );
  const lag = about(
    "nodejs_eventloop_lag_seconds",
    "How late the event loop was since the last look: median, 99th percentile, worst.",
    "quantile",
  );
  registry.read("gauge", lag, (tell) => {
    const { p50Seconds, p99Seconds, maxSeconds } = readings.loopDelay();
    tell(p50Seconds, "0.5");
    tell(p99Seconds, "0.99");
    tell(maxSeconds, "1");
  });
}
