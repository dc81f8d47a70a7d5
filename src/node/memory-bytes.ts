/** How much memory there is for this process: the machine's, or what a container may have of it. */
import { totalmem } from "node:os";

export function memoryBytes(): number {
  // The limit is no number, 0 or far more than any machine has where there is none.
  const limit = process.constrainedMemory();
  return Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY);
}
