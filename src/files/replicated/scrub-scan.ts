/**
 * Reads all that a replica holds, as of one moment, at a pace that leaves the disk to others. The digest is a sum over the records, in which the
 * order does not count; a record that cannot be read, or is not what was written, is counted and passed over.
 */
import { type Entry, isCoterieError, type StoreView, sleep, type World } from "../../world/index.ts";
import { isUnreadable } from "../volume/damage.ts";

export interface Scanned {
  records: number;
  bytes: number;
  /** Records of which the disk gives other bytes than were written, or none. */
  damaged: number;
  /** Two numbers of 32 bits. */
  readonly digest: [number, number];
}

/** Bytes that are read in a turn, and then waited for. */
const SLICE_BYTES = 1024 * 1024;
const SLICE_RECORDS = 1024;
/** A read that shows damage is tried so often: it may be the read that was damaged. */
const READ_TRIES = 3;
/** From MurmurHash3's finalizer: records whose checksums differ in few bits shall differ in many. */
const FIRST_MIX = 0x85ebca6b;
const SECOND_MIX = 0xc2b2ae35;

export interface ScanParts {
  readonly world: Pick<World, "crc32" | "timers" | "clock">;
  readonly isIntact: (entry: Entry) => boolean;
  readonly bytesPerSecond: number;
  /** Asked after each slice. */
  readonly isOver: () => boolean;
}

/** Undefined when it was over before its end. Rejects with STORE_VIEW_LOST, STORE_CLOSED. The caller closes the view. */
export async function scan(view: StoreView, parts: ScanParts, into: Scanned): Promise<Scanned | undefined> {
  const { world, bytesPerSecond } = parts;
  const startedMs = world.clock.monotonicMs();
  let sliceBytes = 0;
  let sliceRecords = 0;
  for (const { key } of view.range({ keysOnly: true })) {
    const bytes = readOne(view, key, parts, into);
    sliceBytes += bytes;
    if (sliceBytes < SLICE_BYTES && ++sliceRecords < SLICE_RECORDS) continue;
    sliceBytes = 0;
    sliceRecords = 0;
    const dueMs = startedMs + (into.bytes / bytesPerSecond) * 1000;
    await sleep(world.timers, Math.max(1, dueMs - world.clock.monotonicMs()));
    if (parts.isOver()) return undefined;
  }
  return into;
}

export function nothingScanned(): Scanned {
  return { records: 0, bytes: 0, damaged: 0, digest: [0, 0] };
}

/** Bytes that were read. */
function readOne(view: StoreView, key: Uint8Array, { world, isIntact }: ScanParts, into: Scanned): number {
  into.records++;
  const value = soundValue(view, key, isIntact);
  if (value === undefined) {
    into.damaged++;
    into.bytes += key.length;
    return key.length;
  }
  const crc = world.crc32(value, world.crc32(key));
  const { digest } = into;
  digest[0] = (digest[0] + Math.imul(crc ^ (crc >>> 16), FIRST_MIX)) >>> 0;
  digest[1] = (digest[1] + Math.imul(crc ^ (crc >>> 13), SECOND_MIX) + value.length) >>> 0;
  into.bytes += key.length + value.length;
  return key.length + value.length;
}

function soundValue(
  view: StoreView,
  key: Uint8Array,
  isIntact: (entry: Entry) => boolean,
): Uint8Array | undefined {
  for (let tries = 0; tries < READ_TRIES; tries++) {
    try {
      const value = view.get(key);
      if (value !== undefined && isIntact({ key, value })) return value;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return undefined;
}

export function isLost(error: unknown): boolean {
  return isCoterieError(error, "STORE_VIEW_LOST") || isCoterieError(error, "STORE_CLOSED");
}
