/**
 * How much garbage a process lets lie before V8 collects all of it.
 *
 * V8 begins a full collection when the heap and the array buffers outside of it have grown by a part of what the last one left: by
 * 25 MB in a process that uses 16. Whoever sends and receives hundreds of megabytes a second makes as much every tenth of a second,
 * however little of it lives, and spends more time on that than on everything else. V8 reads `--heap-growing-percent` anew at each full
 * collection, so the growth can be a number of bytes. It never goes beyond half of the way to the most that V8's heap may have.
 */
import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { memoryBytes } from "./memory-bytes.ts";

/** By how much it may grow at most, and for which part of the memory there is, where that is less. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const MEMORY_PARTS = 32;

/** Options of `letGarbageLie`. */
export interface GarbageOptions {
  /** Default: 256 MiB, or a 32nd part of the memory that there is for the process, if that is less. */
  readonly growthBytes?: number;
}

/**
 * Lets heap and array buffers of the whole process grow by so many bytes, or by as much as V8 would let them if that is more,
 * between two full collections. For a program to call, not for a library: the growth is that of the whole process.
 * @returns what leaves it to V8 again.
 */
export function letGarbageLie({
  growthBytes = Math.min(MAX_GROWTH_BYTES, memoryBytes() / MEMORY_PARTS),
}: GarbageOptions = {}): () => void {
  if (!(growthBytes > 0 && growthBytes < Number.POSITIVE_INFINITY))
    throw new RangeError(`growthBytes is ${growthBytes}, and must be a number of bytes`);
  const adjust = (): void => {
    // What V8 takes its part of. Of array buffers it counts what they have grown by, however much there was.
    const percent = Math.round((100 * growthBytes) / getHeapStatistics().used_heap_size);
    // As much as there is already, or less: V8's own policy is as generous.
    setPercent(percent > 100 ? Math.min(percent, MAX_PERCENT) : V8_DECIDES);
  };
  const observer = new PerformanceObserver((collections) => {
    if (collections.getEntries().some(isFull)) adjust();
  });
  observer.observe({ entryTypes: ["gc"] });
  adjust();
  return () => {
    observer.disconnect();
    setPercent(V8_DECIDES);
  };
}

const V8_DECIDES = 0;
/** Of the least heap more than any machine has, and a number that V8 takes. */
const MAX_PERCENT = 1e6;
const setPercent = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

const isFull = (entry: PerformanceEntry): boolean =>
  // The types of Node.js leave it to each kind of entry.
  (entry as unknown as { readonly detail: { readonly kind: number } }).detail.kind ===
  constants.NODE_PERFORMANCE_GC_MAJOR;
