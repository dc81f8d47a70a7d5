/**
 * What of a stream counts as received. A message that follows what has not come here does not, nor what is behind it: if it were
 * acknowledged it could become stable, and its past be gone with those who knew it; then it could be delivered nowhere.
 */
import type { Held, Lane } from "./lane.ts";
import { isSync } from "./mode.ts";
import { ahead } from "./vector.ts";

/** All that the sender of a held message had delivered of others was heard here; for a sync, all that it had received. */
export function hasPast(lanes: readonly Lane[], { rank }: Lane, { mode, bytes, vectorAt }: Held): boolean {
  return lanes.every(
    (each) =>
      each.rank === rank ||
      (ahead(each.heard, bytes, vectorAt, each.rank) >= 0 &&
        (!isSync(mode) || ahead(each.taken, bytes, vectorAt, lanes.length + each.rank) >= 0)),
  );
}

/** Items of a stream that may be acknowledged. */
export function acknowledgeableOf(lanes: readonly Lane[], lane: Lane): number {
  const { orphans } = lane;
  let first = orphans.peek();
  for (; first !== undefined && hasPast(lanes, lane, first); first = orphans.peek()) orphans.shift();
  return Math.min(lane.taken, first === undefined ? Number.POSITIVE_INFINITY : first.number - 1);
}
