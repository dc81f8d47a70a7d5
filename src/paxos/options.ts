/** How long a replica waits, and how much it holds. */

export interface Timing {
  /** A leader is heard so often at least. Default 100. */
  readonly heartbeatMs: number;
  /** Without a word of the leader for so long, up to twice as long by chance, a replica stands for election. Default 1000. */
  readonly electionMs: number;
  /**
   * How far clocks may run apart from true time, in parts per million, and how late one reading may be: what leases rest on.
   * Defaults: 100,000, which is a tenth; 150.
   */
  readonly clockDriftPpm: number;
  readonly clockErrorMs: number;
}

/** Bounds of a log, in bytes, entries and counts. */
export interface Limits {
  /** Bytes of one entry. Default 1 MiB. */
  readonly maxEntryBytes: number;
  /** Bytes of entries in one message; a larger entry goes alone. Default 512 KiB. */
  readonly messageBytes: number;
  /** Bytes of entries on the way to one replica that it has not made durable. Default 8 MiB. */
  readonly windowBytes: number;
  /** Bytes of appends of one replica that are at the leader, and not yet applied here. Default 4 MiB. */
  readonly appendBytes: number;
  /** Appends that wait or are under way at one replica, and their bytes. Defaults: 65,536; 64 MiB. */
  readonly maxAppends: number;
  readonly maxAppendBytes: number;
  /** Reads that wait at one replica. Default 65,536. */
  readonly maxReads: number;
  /** Bytes of the newest entries in memory. Default 32 MiB. */
  readonly cacheBytes: number;
  /** A learner that lacks no more entries than this may become a voter. Default 1,000. */
  readonly nearEntries: number;
}

/** When a replica takes a snapshot, and what it keeps. */
export interface SnapshotLimits {
  /** Entries, or their bytes, since the last snapshot at which a new one is taken. Defaults: 100,000; 64 MiB. */
  readonly snapshotEntries: number;
  readonly snapshotBytes: number;
  /** Entries, and their bytes, that are kept beside a snapshot for those who lack only a few. Defaults: 10,000; 512 MiB. */
  readonly keptEntries: number;
  readonly keptBytes: number;
}

/** When a snapshot is taken, and how much is kept before it, unless something else is said. */
export const defaultSnapshotLimits: SnapshotLimits = {
  snapshotEntries: 100_000,
  snapshotBytes: 64 * 1024 * 1024,
  keptEntries: 10_000,
  keptBytes: 512 * 1024 * 1024,
};

/** The times of a log for which nothing else is said, in milliseconds; the drift in parts in a million. */
export const defaultTiming: Timing = {
  heartbeatMs: 100,
  electionMs: 1000,
  clockDriftPpm: 100_000,
  clockErrorMs: 150,
};

const KIB = 1024;
const MIB = 1024 * KIB;

/** The bounds of a log for which nothing else is said. */
export const defaultLimits: Limits = {
  maxEntryBytes: MIB,
  messageBytes: 512 * KIB,
  windowBytes: 8 * MIB,
  appendBytes: 4 * MIB,
  maxAppends: 65_536,
  maxAppendBytes: 64 * MIB,
  maxReads: 65_536,
  cacheBytes: 32 * MIB,
  nearEntries: 1000,
};

/**
 * For how long a leader may answer alone after it sent what a majority then confirmed. Each of those promised to elect nobody
 * for `electionMs` of its own clock; both clocks may drift, and each of the two readings be wrong.
 */
export function leaseMsOf({ electionMs, clockDriftPpm, clockErrorMs }: Timing): number {
  const drift = clockDriftPpm / 1e6;
  return (electionMs * (1 - drift)) / (1 + drift) - 2 * clockErrorMs;
}
