/**
 * A volume with its snapshots and clones, which are volumes too. All lie in one store, as layers (../layers). Taking, cloning and
 * dropping take one small batch whatever the volume holds; they depend on the store and their arguments alone.
 *
 * A snapshot or clone has the files of its origin under an identity of its own, because a file handle names the volume.
 */

import { CoterieError, isCoterieError, type Store, type WallTime, type World } from "../../world/index.ts";
import type { CloneStatus, LayeredStore, SnapshotStatus } from "../layers/index.ts";
import type { Superblock } from "./format.ts";
import { FrozenVolume } from "./frozen-volume.ts";
import type { VolumeLimits } from "./limits.ts";
import type { Upkeep, Volume } from "./types.ts";
import { StoredVolume } from "./volume.ts";

const ID_BYTES = 16;
const LABEL_BYTES = ID_BYTES + 12;
const RETRY_MS = 1_000;
/** Snapshots and clones of a volume that may be open at once. */
export const MAX_OPEN_LAYERS = 16;
/** What the caches of each hold, as a share of the volume's. */
export const CACHE_SHARE: number = 1 / 8;

/** What a snapshot or clone is told from outside. */
export interface Identity {
  /** 16 bytes that no other volume has. */
  readonly id: Uint8Array;
  /** When it is taken. */
  readonly now: WallTime;
}

/** A snapshot, with the id of the volume that it is. */
export interface VolumeSnapshot extends Identity, Omit<SnapshotStatus, "label"> {}

/** A clone, with the id of the volume that it is. */
export interface VolumeClone extends Identity, Omit<CloneStatus, "label"> {}

/** A volume with snapshots and clones, each of which is a volume, too. Errors: LAYERS_…, VOLUME_… . */
export class LayeredVolume {
  /** The volume itself. Closing it closes all. */
  readonly volume: StoredVolume;
  readonly #world: World;
  readonly #store: Store;
  readonly #layers: LayeredStore;
  readonly #superblock: Superblock;
  readonly #limits: VolumeLimits;
  readonly #upkeep: Upkeep;
  /** Clones that are open, by name. */
  readonly #clones = new Map<string, StoredVolume>();
  /** Snapshots that are open, and their names. */
  readonly #snapshots = new Map<FrozenVolume, string>();
  #isReclaiming = false;
  #isClosed = false;

  /**
   * `layers`: of `store`. `upkeep`: as of a `StoredVolume`; where it is the log's, `reclaim` is to be called by somebody.
   * The superblock's `id` is the trunk's.
   */
  constructor(
    world: World,
    store: Store,
    layers: LayeredStore,
    superblock: Superblock,
    limits: VolumeLimits,
    upkeep: Upkeep = "own",
  ) {
    this.#world = world;
    this.#store = store;
    this.#layers = layers;
    this.#superblock = superblock;
    this.#limits = limits;
    this.#upkeep = upkeep;
    this.volume = new StoredVolume(world, layers.trunk(), superblock, limits, upkeep);
    this.#startReclaiming();
  }

  /** The oldest first. */
  snapshots(): VolumeSnapshot[] {
    return this.#layers.snapshots().map(({ label, ...status }) => ({ ...status, ...decodeLabel(label) }));
  }

  /** The oldest first. */
  clones(): VolumeClone[] {
    return this.#layers.clones().map(({ label, ...status }) => ({ ...status, ...decodeLabel(label) }));
  }

  /**
   * Keeps the volume, or the clone `of`, as it is now, with what was written to it unstably. Durable after `sync`.
   * @throws CoterieError LAYERS_EXISTS, LAYERS_TOO_MANY, LAYERS_MISSING, and the `STORE_…` codes.
   */
  takeSnapshot(name: string, identity: Identity, of?: string): void {
    const label = encodeLabel(identity);
    const volume = of === undefined ? this.volume : this.#clones.get(of);
    volume?.flush();
    this.#layers.takeSnapshot(name, of === undefined ? { label } : { label, of });
  }

  /** A snapshot, to read. Close it when it is not read any more. @throws CoterieError LAYERS_MISSING, LAYERS_TOO_MANY. */
  snapshot(name: string): Volume {
    const { label } = found(this.#layers.snapshots(), name) ?? {};
    this.#requireRoom();
    const store = this.#layers.snapshot(name, () => this.#snapshots.delete(volume));
    const volume = new FrozenVolume(this.#open(store, label, "log"));
    this.#snapshots.set(volume, name);
    return volume;
  }

  /** Makes a volume that begins as a snapshot, which stays as long as it does. Durable after `sync`. @throws as `takeSnapshot`. */
  makeClone(name: string, snapshot: string, identity: Identity): void {
    this.#layers.makeClone(name, snapshot, { label: encodeLabel(identity) });
  }

  /** A clone, to read and write; the same one until it is closed. @throws CoterieError LAYERS_MISSING, LAYERS_TOO_MANY. */
  clone(name: string): StoredVolume {
    const { label } = found(this.#layers.clones(), name) ?? {};
    const open = this.#clones.get(name);
    if (open !== undefined && label !== undefined) return open;
    this.#requireRoom();
    const store = this.#layers.clone(name, () => this.#clones.delete(name));
    const volume = this.#open(store, label, this.#upkeep);
    this.#clones.set(name, volume);
    return volume;
  }

  /** The handles of it are stale from now on. @throws CoterieError LAYERS_MISSING, LAYERS_IN_USE while there is a clone of it. */
  dropSnapshot(name: string): void {
    this.#layers.dropSnapshot(name);
    for (const [volume, open] of this.#snapshots) if (open === name) volume.drop();
    this.#startReclaiming();
  }

  /** It is closed; stop serving it before. @throws CoterieError LAYERS_MISSING, LAYERS_IN_USE while there is a snapshot of it. */
  async dropClone(name: string): Promise<void> {
    this.#layers.dropClone(name);
    const open = this.#clones.get(name);
    this.#clones.delete(name);
    this.#startReclaiming();
    await open?.abandon();
  }

  /** Takes back some of the space of what was dropped; false when there is none to take back. */
  reclaim(): boolean {
    return this.#layers.reclaim();
  }

  sync(): Promise<void> {
    return this.#store.sync();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const clone of [...this.#clones.values()]) await clone.close();
    await this.volume.close();
  }

  #open(store: Store, label: Uint8Array | undefined, upkeep: Upkeep): StoredVolume {
    const { id } = decodeLabel(label ?? new Uint8Array(LABEL_BYTES));
    const limits = {
      ...this.#limits,
      maxCachedInodes: Math.ceil(this.#limits.maxCachedInodes * CACHE_SHARE),
      maxCachedBytes: Math.ceil(this.#limits.maxCachedBytes * CACHE_SHARE),
    };
    return new StoredVolume(this.#world, store, { ...this.#superblock, id }, limits, upkeep);
  }

  #requireRoom(): void {
    const count = this.#snapshots.size + this.#clones.size;
    if (count < MAX_OPEN_LAYERS) return;
    throw new CoterieError("LAYERS_TOO_MANY", `${count} snapshots and clones are open`);
  }

  #startReclaiming(): void {
    if (this.#isReclaiming || this.#isClosed || this.#upkeep !== "own") return;
    this.#isReclaiming = true;
    this.#world.timers.soon(() => this.#run());
  }

  #run(): void {
    this.#isReclaiming = false;
    if (this.#isClosed) return;
    this.#step().then(
      (isMore) => isMore && this.#startReclaiming(),
      (error: unknown) => this.#onFailure(error),
    );
  }

  async #step(): Promise<boolean> {
    if (!this.#layers.reclaim()) return false;
    await this.#store.sync();
    return true;
  }

  #onFailure(error: unknown): void {
    if (this.#isClosed || isCoterieError(error, "STORE_CLOSED")) return;
    this.#world.log.warn("volume.reclaiming-failed", { error: String(error) });
    this.#world.timers.after(RETRY_MS, () => this.#startReclaiming());
  }
}

function found<Status extends { readonly name: string }>(
  list: readonly Status[],
  name: string,
): Status | undefined {
  return list.find((each) => each.name === name);
}

/** 16 bytes of the identity, seconds as an IEEE double, nanoseconds u32. */
function encodeLabel({ id, now }: Identity): Uint8Array {
  if (id.length !== ID_BYTES) throw new RangeError(`a volume's id of ${id.length} bytes`);
  const label = new Uint8Array(LABEL_BYTES);
  const view = new DataView(label.buffer);
  label.set(id);
  view.setFloat64(ID_BYTES, now.seconds);
  view.setUint32(ID_BYTES + 8, now.nanoseconds);
  return label;
}

function decodeLabel(label: Uint8Array): Identity {
  const view = new DataView(label.buffer, label.byteOffset, label.length);
  return {
    id: label.slice(0, ID_BYTES),
    now: { seconds: view.getFloat64(ID_BYTES), nanoseconds: view.getUint32(ID_BYTES + 8) },
  };
}
