/** The bounds of a replica; the README says what happens at each. */
import { RESERVED_BYTES } from "./room.ts";
import { type BehindLimits, defaultBehindLimits } from "./write-behind.ts";

export interface ReplicaLimits extends BehindLimits {
  /** Space on a disk below which its replica counts as full. Default 64 MiB. */
  readonly reservedBytes: number;
  /** How long a call that changes something is tried before nothing is answered. Default 30,000. */
  readonly patienceMs: number;
  /** Arguments of calls that wait to get into the log, beyond which nothing is answered. Default 64 MiB. */
  readonly maxWaitingBytes: number;
  /** How long COMMIT waits for another node's unstable writes before it ends that node's session. Default 2,000. */
  readonly flushMs: number;
}

export const defaultReplicaLimits: ReplicaLimits = {
  ...defaultBehindLimits,
  reservedBytes: RESERVED_BYTES,
  patienceMs: 30_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  flushMs: 2000,
};
