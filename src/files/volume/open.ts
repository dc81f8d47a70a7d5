/** Opening a volume, and making it where there is none. */
import type { World } from "../../world/index.ts";
import { CoterieError, isCoterieError, type Store } from "../../world/index.ts";
import { LayeredStore } from "../layers/index.ts";
import { drawIdentity, makeVolume, type RootOptions, readSuperblock, type Superblock } from "./format.ts";
import { COUNTERS_KEY } from "./keys.ts";
import { LayeredVolume } from "./layered-volume.ts";
import {
  DEFAULT_CHUNK_BYTES,
  defaultLimits,
  MAX_CHUNK_BYTES,
  MIN_CHUNK_BYTES,
  type VolumeLimits,
} from "./limits.ts";
import { isIntact } from "./records.ts";
import type { StoredVolume } from "./volume.ts";

/** How a volume is opened, and what a new one is like. */
export interface VolumeOptions extends RootOptions {
  /** Content is kept in pieces of so many bytes, a power of two of 4 KiB to 1 MiB. For a new volume only. */
  readonly chunkBytes?: number;
  readonly limits?: Partial<VolumeLimits>;
  /** The store's own bound, in bytes; default: the disk's. */
  readonly maxStoreBytes?: number;
  /** Open what is there, and make nothing where there is nothing. Default: false. */
  readonly mustExist?: boolean;
}

/**
 * Opens the named volume of a world, making it when it is missing.
 * @throws CoterieError VOLUME_MISSING where it must exist; VOLUME_FORMAT, VOLUME_FOREIGN, VOLUME_DAMAGED and the
 *   `STORE_…` codes.
 * @throws RangeError for an impossible option.
 */
export async function openVolume(
  world: World,
  name: string,
  options: VolumeOptions = {},
): Promise<StoredVolume> {
  return (await openLayeredVolume(world, name, options)).volume;
}

/** The same with its snapshots and clones. @throws also CoterieError LAYERS_DAMAGED. */
export async function openLayeredVolume(
  world: World,
  name: string,
  options: VolumeOptions = {},
): Promise<LayeredVolume> {
  const chunkBytes = checkChunkBytes(options.chunkBytes ?? DEFAULT_CHUNK_BYTES);
  const { maxStoreBytes: maxBytes, mustExist = false } = options;
  if (mustExist) await requireStore(world, name);
  const store = await world.storage.open(name, maxBytes === undefined ? {} : { maxBytes });
  try {
    const layers = new LayeredStore(world, store);
    const trunk = layers.trunk();
    const found = readSuperblock(world, trunk);
    if (found === undefined && mustExist) throw missing(name);
    const superblock = found ?? (await make(world, trunk, chunkBytes, options));
    checkCounters(world, trunk);
    const limits = { ...defaultLimits(world.memoryBytes), ...options.limits };
    return new LayeredVolume(world, store, layers, superblock, limits);
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

/** Opening for reading makes nothing. Whatever else is wrong with the store, the opening itself meets and tells. */
async function requireStore(world: World, name: string): Promise<void> {
  try {
    await (await world.storage.open(name, { readOnly: true })).close();
  } catch (error) {
    if (isCoterieError(error, "STORE_MISSING")) throw missing(name);
    if (!isCoterieError(error)) throw error;
  }
}

function missing(name: string): CoterieError {
  return new CoterieError("VOLUME_MISSING", `there is no volume ${name} here`);
}

/** @throws RangeError for a size that chunks cannot have. */
export function checkChunkBytes(chunkBytes: number): number {
  const isPower = Number.isInteger(Math.log2(chunkBytes));
  if (!isPower || chunkBytes < MIN_CHUNK_BYTES || chunkBytes > MAX_CHUNK_BYTES) {
    throw new RangeError(`chunkBytes: ${chunkBytes} is not a power of two of 4 KiB to 1 MiB`);
  }
  return chunkBytes;
}

async function make(
  world: World,
  store: Store,
  chunkBytes: number,
  options: VolumeOptions,
): Promise<Superblock> {
  const { superblock, batch } = makeVolume(
    world,
    drawIdentity(world.random),
    chunkBytes,
    world.clock.wall(),
    options,
  );
  store.apply(batch);
  await store.sync();
  return superblock;
}

/** @throws CoterieError VOLUME_DAMAGED when no inode could be made. */
export function checkCounters(world: Pick<World, "crc32">, store: Pick<Store, "get">): void {
  const value = store.get(COUNTERS_KEY);
  if (value !== undefined && isIntact(world.crc32, COUNTERS_KEY, value)) return;
  throw new CoterieError("VOLUME_DAMAGED", "the volume's counters do not match their checksum");
}
