/**
 * Ballots: who proposes, and who goes before whom. A ballot is a round and the replica that owns it, in one number that is
 * compared as such: `round * 65536 + replica`. 0 is before all ballots. Source: Lamport, "The Part-Time Parliament",
 * 1998, section 2.2: ballots of different proposers differ, and are ordered.
 */
import { assert } from "../world/index.ts";

/** Replicas are numbered from 1 to this, and no number is given twice. */
export const MAX_REPLICA_ID = 65_535;
const ROUND = 65_536;
const MAX_ROUND = 2 ** 36;

export function ownerOf(ballot: number): number {
  return ballot % ROUND;
}

/** The replica's lowest ballot that is above all of the round of `ballot`. */
export function ballotAbove(ballot: number, replica: number): number {
  const round = Math.floor(ballot / ROUND) + 1;
  assert(round < MAX_ROUND, "rounds of ballots are not used up");
  return round * ROUND + replica;
}

/** `3.1`: round 3 of replica 1. */
export function formatBallot(ballot: number): string {
  return `${Math.floor(ballot / ROUND)}.${ownerOf(ballot)}`;
}
