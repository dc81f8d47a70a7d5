/** Bounds and delays of multicast, with their defaults. Times in milliseconds. */

export interface MulticastLimits {
  /** Bytes of one's own messages that not everybody has: more wait. */
  readonly windowBytes: number;
  /** The largest message. */
  readonly maxMessageBytes: number;
  /** Items and bytes of a stream that came, at which they are acknowledged without waiting for `ackDelayMs`. */
  readonly ackItems: number;
  readonly ackBytes: number;
  readonly ackDelayMs: number;
  /** How long a confirmation waits for a bundle to go with. */
  readonly confirmDelayMs: number;
  /** What a member does not acknowledge is sent again after this time. */
  readonly resendMs: number;
  /** A member that owes acknowledgments and makes no progress for this time is suspected. */
  readonly slowAfterMs: number;
}

export const defaultMulticastLimits: MulticastLimits = {
  windowBytes: 4 * 1024 * 1024,
  maxMessageBytes: 16 * 1024 * 1024,
  ackItems: 256,
  ackBytes: 256 * 1024,
  ackDelayMs: 5,
  confirmDelayMs: 5,
  resendMs: 1000,
  slowAfterMs: 10_000,
};

/** Bytes of the largest unreliable message. */
export const MAX_LOOSE_BYTES = 512 * 1024;
