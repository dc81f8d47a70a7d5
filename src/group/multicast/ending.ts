/**
 * How the deliveries of a view end, when its members have agreed on the cut: where each stream ends. All who go on have the same
 * items then, so what is left is delivered by rules that look at nothing else, and everybody comes to the same:
 * everything counts as stable; a stream that ends before a barrier stands at it; placed messages of a total order come first, at
 * their places, without those that nobody has; then, again and again, the one of the lowest rank that may come next. What is
 * left follows something that nobody has, and is discarded by all alike.
 */
import type { Delivery } from "./delivery.ts";
import { type Held, type Lane, MARKER_MODE } from "./lane.ts";
import { isSync, isTotal } from "./mode.ts";
import { ahead } from "./vector.ts";

/** Delivers what is left of a view. Every stream must have been received up to its cut. @param cut items, by rank. */
export function finishDelivery(delivery: Delivery, cut: readonly number[]): void {
  for (const lane of delivery.lanes) lane.stable = Number.POSITIVE_INFINITY;
  for (const lane of delivery.lanes) delivery.take(lane, cut[lane.rank] as number);
  do delivery.settle();
  while (force(delivery, cut));
}

/** Nothing moves by the ordinary rules: the one next step. False when there is none. */
function force(delivery: Delivery, cut: readonly number[]): boolean {
  const { places, begun } = delivery;
  const run = places.peek();
  if (run !== undefined && delivery.lane(run.rank).totals === 0) {
    places.skip();
    return true;
  }
  const barrier = begun.peek();
  if (barrier !== undefined && delivery.lane(barrier).syncs === 0) {
    delivery.passBegun();
    return true;
  }
  if (run !== undefined) return forceHead(delivery, delivery.lane(run.rank), cut);
  const next = delivery.lanes.find((lane) => isNextTotal(delivery, lane));
  if (next !== undefined) {
    delivery.deliverHead(next);
    return true;
  }
  const sync =
    barrier === undefined
      ? delivery.lanes.find(({ held }) => isSync(held.peek()?.mode ?? 0))
      : delivery.lane(barrier);
  if (sync !== undefined) return forceHead(delivery, sync, cut);
  // A marker of a barrier of which nobody else heard.
  if (!delivery.lanes.some(({ held }) => held.peek()?.mode === MARKER_MODE)) return false;
  delivery.passBegun();
  return true;
}

function isNextTotal(delivery: Delivery, lane: Lane): boolean {
  const head = lane.held.peek();
  return head !== undefined && isTotal(head.mode) && !isSync(head.mode) && isNext(delivery, lane, head);
}

/** Delivers a sync at which every stream stands as far as it ever will, or gives up a stream whose head can never be next. */
function forceHead(delivery: Delivery, lane: Lane, cut: readonly number[]): true {
  const head = lane.held.peek() as Held;
  if (head.mode === MARKER_MODE) delivery.passBegun();
  else if (isSync(head.mode) && isNext(delivery, lane, head) && isReached(head, cut))
    delivery.deliverHead(lane);
  else delivery.discard(lane);
  return true;
}

function isNext(delivery: Delivery, lane: Lane, { mode, bytes, vectorAt }: Held): boolean {
  const isVectorial = (mode & 15) > 3;
  return !isVectorial || delivery.isCausallyNext(lane, bytes, vectorAt);
}

/** All that a sync's sender had received is there: some of it may have been delivered before the sync elsewhere. */
function isReached({ bytes, vectorAt }: Held, cut: readonly number[]): boolean {
  return cut.every((items, rank) => ahead(items, bytes, vectorAt, cut.length + rank) >= 0);
}
