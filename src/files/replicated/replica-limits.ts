/** The bounds of a replica; the README says what happens at each. */
import { RESERVED_BYTES } from "./room.ts";
import { type BehindLimits, defaultBehindLimits } from "./write-behind.ts";

/** Bounds of a replica. */
export interface ReplicaLimits extends BehindLimits {
  /** Space on a disk below which its replica counts as full. Default 64 MiB. */
  readonly reservedBytes: number;
  /** How long a call that changes something is tried before nothing is answered. Default 30,000. */
  readonly patienceMs: number;
  /** Arguments of calls that wait to get into the log, beyond which nothing is answered. Default 64 MiB. */
  readonly maxWaitingBytes: number;
  /**
   * How long a call that changes something waits for others, to share an entry of the log with them. Default 0: only for those that come with
   * the same packet.
   */
  readonly gatherMs: number;
  /** How long COMMIT waits for another node's unstable writes before it ends that node's session. Default 1,000. */
  readonly flushMs: number;
  /** How often all that replicas hold is read and compared; 0: only when somebody asks. Default 604,800,000: a week. */
  readonly scrubPeriodMs: number;
  /** How fast a replica reads then. Default 32 MiB. */
  readonly scrubBytesPerSecond: number;
}

export const defaultReplicaLimits: ReplicaLimits = {
  ...defaultBehindLimits,
  reservedBytes: RESERVED_BYTES,
  patienceMs: 30_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  gatherMs: 0,
  flushMs: 1000,
  scrubPeriodMs: 604_800_000,
  scrubBytesPerSecond: 32 * 1024 * 1024,
};
