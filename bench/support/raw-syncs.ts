/** What the disk itself does, beside what is built on it. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Synced writes of 4 KiB a second, one after the other. */
export function rawSyncs(folder: string): number {
  const file = openSync(join(folder, "raw"), "w");
  const block = Buffer.alloc(4096, 7);
  const startedMs = performance.now();
  let count = 0;
  for (; performance.now() < startedMs + 1000; count++) {
    writeSync(file, block, 0, block.length, count * block.length);
    fdatasyncSync(file);
  }
  closeSync(file);
  return (1000 * count) / (performance.now() - startedMs);
}
