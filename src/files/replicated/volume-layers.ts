/**
 * A replica's snapshots and clones as volumes. All lie in the volume's store (../layers) and change by entries of its log, so they are the same at
 * all replicas, and go with the state to another one. Which of them are open, as volumes with caches, is each replica's own business.
 */
import type { WallTime, World } from "../../world/index.ts";
import type { LayeredStore } from "../layers/index.ts";
import { Handles } from "../nfs/handles.ts";
import type { Superblock } from "../volume/format.ts";
import { FrozenVolume } from "../volume/frozen-volume.ts";
import { CACHE_SHARE, MAX_OPEN_LAYERS } from "../volume/layered-volume.ts";
import type { VolumeLimits } from "../volume/limits.ts";
import type { ReapStep } from "../volume/reaper.ts";
import type { Volume } from "../volume/types.ts";
import {
  HiddenDirectories,
  type LayerKind,
  type LayerSource,
  type ShownLayer,
} from "./hidden-directories.ts";
import { decodeTime, encodeTime } from "./layer-time.ts";
import { Procedures } from "./procedures.ts";
import { ReplicaVolume } from "./replica-volume.ts";
import type { Usage } from "./usage.ts";

/** A layer as calls see it: the volume itself, a clone, or a snapshot. */
export interface LayerView {
  /** 0: the volume itself. */
  readonly layer: number;
  readonly volume: ReplicaVolume;
  readonly procedures: Procedures;
  /** False: a snapshot, which no call changes. */
  readonly isWritable: boolean;
}

/** What is to be done in the background: dead content of a clone, or space of what was dropped. */
export type LayerStep = { readonly layer: number; readonly step: ReapStep } | "reclaim";

export interface LayerParts {
  readonly world: World;
  readonly layers: LayeredStore;
  readonly superblock: Superblock;
  readonly limits: VolumeLimits;
  /** What the volume takes with all of them, and may. */
  readonly usage: Usage;
  /** The write verifier of now. */
  verifier(): Uint8Array;
  /** The volume's time. */
  time(): WallTime;
}

interface Listed extends ShownLayer {
  readonly of: string | undefined;
  readonly time: WallTime;
}

export class VolumeLayers implements LayerSource {
  readonly #parts: LayerParts;
  /** The least lately used first. */
  readonly #open = new Map<number, { readonly view: LayerView; readonly shown: Volume }>();
  /** Clones in which dead content may wait. */
  readonly #unreaped: Set<number>;
  /** Of those that are not open any more. */
  #damageMet = 0;

  constructor(parts: LayerParts) {
    this.#parts = parts;
    this.#unreaped = new Set(parts.layers.clones().map(({ number }) => number));
  }

  get time(): WallTime {
    return this.#parts.time();
  }

  /** How often a damaged record was met in any of them. */
  get damageMet(): number {
    let met = this.#damageMet;
    for (const { view } of this.#open.values()) met += view.volume.damageMet;
    return met;
  }

  // Reading

  shown(kind: LayerKind): readonly ShownLayer[] {
    if (kind === "clones") return this.#parts.layers.clones();
    return this.#snapshotsOf(undefined);
  }

  #snapshotsOf(clone: string | undefined): readonly ShownLayer[] {
    return this.#parts.layers.snapshots().filter(({ of }) => of === clone);
  }

  volumeOf(layer: number): Volume | undefined {
    return this.#use(layer)?.shown;
  }

  /** The volume of a number; undefined when there is none now. @throws CoterieError STORE_…. */
  view(layer: number): LayerView | undefined {
    return this.#use(layer)?.view;
  }

  #use(layer: number): { readonly view: LayerView; readonly shown: Volume } | undefined {
    const found = this.#open.get(layer) ?? this.#opened(layer);
    if (found === undefined) return undefined;
    this.#open.delete(layer);
    this.#open.set(layer, found);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN_LAYERS) break;
      this.#letGo(oldest);
    }
    return found;
  }

  #letGo(layer: number): void {
    this.#damageMet += this.#open.get(layer)?.view.volume.damageMet ?? 0;
    this.#open.delete(layer);
  }

  #opened(layer: number): { readonly view: LayerView; readonly shown: Volume } | undefined {
    const { world, layers, superblock, limits, usage, verifier } = this.#parts;
    const isNumbered = ({ number }: ShownLayer) => number === layer;
    const clone = layers.clones().find(isNumbered)?.name;
    const snapshot = layers.snapshots().find(isNumbered)?.name;
    if (clone === undefined && snapshot === undefined) return undefined;
    const store = clone === undefined ? layers.snapshot(snapshot as string) : layers.clone(clone);
    const volume = new ReplicaVolume(world, store, superblock, smaller(limits), verifier);
    volume.usage = usage;
    if (clone !== undefined)
      volume.hidden = new HiddenDirectories(this.#sourceOf(clone), volume, ["snapshots"]);
    const shown = clone === undefined ? new FrozenVolume(volume) : volume;
    const handles = new Handles(superblock.id, layer);
    const procedures = new Procedures({ volume: shown, looking: volume, handles }, world.clock, world.log);
    return { view: { layer, volume, procedures, isWritable: clone !== undefined }, shown };
  }

  /** What is in the directories of a clone. */
  #sourceOf(clone: string): LayerSource {
    const { time } = this.#parts;
    return {
      shown: () => this.#snapshotsOf(clone),
      volumeOf: (layer) => this.volumeOf(layer),
      get time() {
        return time();
      },
    };
  }

  /** What is overwritten may have to be kept. */
  get isShared(): boolean {
    return this.#parts.layers.snapshots().length > 0;
  }

  snapshots(): (Listed & { readonly retiredValues: number; readonly retiredBytes: number })[] {
    return this.#parts.layers.snapshots().map(({ label, ...rest }) => ({ ...rest, time: decodeTime(label) }));
  }

  clones(): Listed[] {
    const listed = this.#parts.layers.clones();
    return listed.map(({ name, number, base, label }) => ({
      name,
      number,
      of: base,
      time: decodeTime(label),
    }));
  }

  // Changing, in an entry of the log. Each throws CoterieError LAYERS_… for what cannot be.

  takeSnapshot(name: string, of: string | undefined, now: WallTime): void {
    const label = encodeTime(now);
    this.#parts.layers.takeSnapshot(name, of === undefined ? { label } : { label, of });
  }

  dropSnapshot(name: string): void {
    const number = numberOf(this.#parts.layers.snapshots(), name);
    this.#parts.layers.dropSnapshot(name);
    this.#letGo(number);
  }

  makeClone(name: string, snapshot: string, now: WallTime): void {
    const { layers } = this.#parts;
    layers.makeClone(name, snapshot, { label: encodeTime(now) });
    // What was dead in the snapshot is so in the clone.
    this.#unreaped.add(numberOf(layers.clones(), name));
  }

  dropClone(name: string): void {
    const number = numberOf(this.#parts.layers.clones(), name);
    this.#parts.layers.dropClone(name);
    this.#letGo(number);
    this.#unreaped.delete(number);
  }

  /** An entry may have changed it. */
  changed({ layer, isWritable }: LayerView): void {
    if (layer !== 0 && isWritable) this.#unreaped.add(layer);
  }

  // The background

  get isReclaimable(): boolean {
    return this.#parts.layers.isReclaimable;
  }

  /** True when nothing is left to be done in the background. @throws CoterieError STORE_…. */
  get isIdle(): boolean {
    for (const layer of this.#unreaped) {
      if (this.view(layer)?.volume.isReaped === false) return false;
      this.#unreaped.delete(layer);
    }
    return !this.isReclaimable;
  }

  /** @throws CoterieError STORE_…. */
  due(): LayerStep | undefined {
    for (const layer of this.#unreaped) {
      const step = this.view(layer)?.volume.dueReaping();
      if (step !== undefined) return { layer, step };
    }
    return this.isReclaimable ? "reclaim" : undefined;
  }

  /** One bounded step. */
  reclaim(): void {
    this.#parts.layers.reclaim();
  }
}

function smaller(limits: VolumeLimits): VolumeLimits {
  return {
    ...limits,
    maxCachedInodes: Math.ceil(limits.maxCachedInodes * CACHE_SHARE),
    maxCachedBytes: Math.ceil(limits.maxCachedBytes * CACHE_SHARE),
  };
}

function numberOf(listed: readonly ShownLayer[], name: string): number {
  return listed.find((each) => each.name === name)?.number ?? 0;
}
