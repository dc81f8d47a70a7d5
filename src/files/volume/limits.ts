/** The bounds of an open volume; the README says what happens at each. */

export interface VolumeLimits {
  /** Decoded inodes kept in memory. */
  readonly maxCachedInodes: number;
  /** Verified file content kept in memory. */
  readonly maxCachedBytes: number;
  /** Unstable writes gathered in memory before the oldest are written out in the background. */
  readonly maxDirtyBytes: number;
  /** Unstable writes in memory at which a further write becomes stable. */
  readonly maxDirtyHardBytes: number;
  /** Unstable writes are written out in the background when they are so old. */
  readonly maxDirtyAgeMs: number;
  /** Chunks that a removal or truncation takes away itself; more are left to the background. */
  readonly maxInlineChunks: number;
  /** Chunks that one batch in the background takes away. */
  readonly maxReapedChunks: number;
  /** Content that one batch writes out. */
  readonly maxFlushBytes: number;
  /** Space on the disk below which files may no longer grow, so that removals still can. */
  readonly reservedBytes: number;
}

const MIB = 1024 * 1024;

/** What part of the memory a cache of content takes, within bounds in bytes. */
export interface CacheShare {
  readonly part: number;
  readonly least: number;
  readonly most: number;
}

/** Of a server with one volume. */
export const ONLY_ONE: CacheShare = { part: 1 / 8, least: 128 * MIB, most: 1024 * MIB };
/** Of a node that has replicas of many, beside other nodes on the same machine perhaps. */
export const ONE_OF_MANY: CacheShare = { part: 1 / 32, least: 32 * MIB, most: 256 * MIB };

/** Those that do not depend on the machine. */
export const DEFAULT_LIMITS: Omit<VolumeLimits, "maxCachedBytes"> = {
  maxCachedInodes: 131_072,
  maxDirtyBytes: 64 * MIB,
  maxDirtyHardBytes: 128 * MIB,
  maxDirtyAgeMs: 5_000,
  maxInlineChunks: 128,
  maxReapedChunks: 128,
  maxFlushBytes: 4 * MIB,
  reservedBytes: 4 * MIB,
};

/** The bounds on a machine with so much memory. */
export function defaultLimits(memoryBytes: number, share = ONLY_ONE): VolumeLimits {
  const cached = Math.floor(memoryBytes * share.part);
  const maxCachedBytes = Math.min(Math.max(cached, share.least), share.most);
  return { ...DEFAULT_LIMITS, maxCachedBytes };
}

/** Chunk sizes that a volume may be made with: powers of two in these bounds. */
export const MIN_CHUNK_BYTES = 4096;
export const MAX_CHUNK_BYTES = 1024 * 1024;
/** See the README for the measurement behind it. */
export const DEFAULT_CHUNK_BYTES = 16 * 1024;
/** Damaged records that are reported once each; after so many, repetitions are logged again. */
export const MAX_REPORTED_DAMAGE = 1024;
