/** What changes that are on their way into the database need there. */

/** What changes come to; of one key there may be several. */
export interface Demand {
  /** Bytes of keys, values and their bookkeeping. */
  readonly bytes: number;
  /** How many of these go to the content file. */
  readonly contentBytes: number;
  /** By how much the store grows at most: a change with spans replaces what is there, and counts with those. */
  readonly grownBytes: number;
  /** What pages may hold beside, because they are not filled to the brim. */
  readonly slackBytes: number;
  readonly added: number;
  readonly removals: number;
}

export const NO_DEMAND: Demand = {
  bytes: 0,
  contentBytes: 0,
  grownBytes: 0,
  slackBytes: 0,
  added: 0,
  removals: 0,
};

/** The sum of two, or what is left of the first. */
export function plus(a: Demand, b: Demand, sign: 1 | -1 = 1): Demand {
  return {
    bytes: a.bytes + sign * b.bytes,
    contentBytes: a.contentBytes + sign * b.contentBytes,
    grownBytes: a.grownBytes + sign * b.grownBytes,
    slackBytes: a.slackBytes + sign * b.slackBytes,
    added: a.added + sign * b.added,
    removals: a.removals + sign * b.removals,
  };
}
