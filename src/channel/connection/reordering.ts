/**
 * How far packets may overtake each other before one counts as lost: by a number of packets, and by a share of the round trip
 * (RFC 9002 section 6.1). A path that is seen to reorder more is given more room from then on (RFC 8985 section 6.2 does so for a while).
 */

/** Packets by which a later one may overtake, at first and at most. */
export const FIRST_REORDERING_PACKETS = 3;
export const MAX_REORDERING_PACKETS = 300;
/** And how late it may be, as a share of the round trip, at first and at most. */
export const FIRST_REORDERING_SHARE = 1 / 8;
export const MAX_REORDERING_SHARE = 1;

export class Reordering {
  packets = FIRST_REORDERING_PACKETS;
  share = FIRST_REORDERING_SHARE;

  /** A packet that was declared lost came after all, when one `distance` later had come. */
  seen(distance: number): void {
    this.packets = Math.min(MAX_REORDERING_PACKETS, Math.max(this.packets, distance));
    this.share = Math.min(MAX_REORDERING_SHARE, this.share + FIRST_REORDERING_SHARE);
  }
}
