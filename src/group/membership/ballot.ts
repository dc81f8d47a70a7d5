/**
 * Ballots of the decision that ends a view: (attempt, coordinator) as one number, compared by attempt first. A coordinator is a
 * member of the view, by its rank, or a node that decides and is no member any more: then no coordinator of a later life
 * of that node uses the same ballot, because it promised the ballot to itself on its disk.
 */
import { MAX_MEMBERS } from "./seat.ts";

const COORDINATORS = 2 * MAX_MEMBERS;
/** Below 2^32. */
export const MAX_BALLOT = 0xffff_ffff;

/** The least ballot of this coordinator above `ballot`; undefined when there is none. */
export function nextBallot(ballot: number, rank: number, isMember: boolean): number | undefined {
  const next = (Math.floor(ballot / COORDINATORS) + 1) * COORDINATORS + rank + (isMember ? 0 : MAX_MEMBERS);
  return next > MAX_BALLOT ? undefined : next;
}

/** The ballot's coordinator is a live member of the view. */
export function isMembersBallot(ballot: number): boolean {
  return ballot % COORDINATORS < MAX_MEMBERS;
}

/** The rank of the member that coordinates the ballot. */
export function coordinatorOf(ballot: number): number {
  return ballot % COORDINATORS;
}
