/** A checkpoint brings the log into the database in transactions of a bounded size, so that none keeps anybody waiting for long. */
import { isPatch, isPlaced, type LoggedChange } from "./store-log-format.ts";
import type { Scratch } from "./store-scratch.ts";
import { CHECKPOINT_CHANGES } from "./store-space.ts";
import { LOGGED_BYTES } from "./store-value.ts";

/** What one commit of a checkpoint takes at most, as bytes; see also CHECKPOINT_CHANGES. */
export const CHECKPOINT_BYTES = 2 * 1024 * 1024;

interface Slice {
  readonly changes: readonly LoggedChange[];
  readonly isLast: boolean;
}

/** What is brought into the database: the log's file, or the changes that were found in it. */
interface Changed {
  readonly size: number;
  /** The changes, those that have to be put together in `scratch`. */
  values(scratch: Scratch, leastPlacedBytes?: number): Iterable<LoggedChange>;
}

/**
 * What each commit of a checkpoint takes, good until the next is asked for. There is always a last one. Values of `leastPlacedBytes`
 * and more stay where they lie.
 */
export function* slices(changed: Changed, scratch: Scratch, leastPlacedBytes?: number): Generator<Slice> {
  let slice: LoggedChange[] = [];
  let bytes = 0;
  let left = changed.size;
  scratch.reset();
  for (const change of changed.values(scratch, leastPlacedBytes)) {
    slice.push(change);
    bytes += writtenBytes(change);
    left--;
    if (left > 0 && (slice.length >= CHECKPOINT_CHANGES || bytes >= CHECKPOINT_BYTES)) {
      yield { changes: slice, isLast: false };
      slice = [];
      bytes = 0;
      scratch.reset();
    }
  }
  yield { changes: slice, isLast: true };
}

/** What a change writes there. A patch that ends where the value does may have made it longer, which moves it whole. */
export function writtenBytes(change: LoggedChange): number {
  if (isPlaced(change)) return LOGGED_BYTES;
  if (!isPatch(change)) return change.value?.length ?? 0;
  let bytes = 0;
  let end = 0;
  for (const piece of change.pieces) {
    bytes += piece.bytes.length;
    end = piece.at + piece.bytes.length;
  }
  return end === change.valueBytes ? end : bytes;
}
