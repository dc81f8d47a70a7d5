/** A volume as a replica's store holds it: the files, and what is kept beside them. */
import type { XdrReader } from "../../marshal/index.ts";
import { isCoterieError, type Store, type World } from "../../world/index.ts";
import { LayeredStore } from "../layers/index.ts";
import { Handles } from "../nfs/handles.ts";
import { readSuperblock } from "../volume/format.ts";
import { defaultLimits, ONE_OF_MANY } from "../volume/limits.ts";
import { checkCounters } from "../volume/open.ts";
import { Covers } from "./covers.ts";
import { DoneCalls } from "./done-calls.ts";
import { checkFormat } from "./entry.ts";
import { replicaError } from "./errors.ts";
import { decode_volume_bounds, decode_volume_sessions } from "./gen/volume-log.gen.ts";
import { HiddenDirectories } from "./hidden-directories.ts";
import { runLayerCommand } from "./layer-commands.ts";
import { Procedures, type ProceduresOf } from "./procedures.ts";
import { ReplicaVolume } from "./replica-volume.ts";
import { Sealed, sealedKey, unseal } from "./sealed.ts";
import { Sessions } from "./sessions.ts";
import { Usage } from "./usage.ts";
import { isCovering } from "./volume-call.ts";
import { type LayerView, VolumeLayers } from "./volume-layers.ts";

export interface MadeVolume {
  readonly chunkBytes: number;
  /** The volume itself, and its procedures. */
  readonly volume: ReplicaVolume;
  readonly procedures: Procedures;
  readonly done: DoneCalls;
  readonly sessions: Sessions;
  /** What it takes, and how much it may. */
  readonly usage: Usage;
  /** Its snapshots and clones. */
  readonly layers: VolumeLayers;
  /** The volume itself (0), a snapshot or a clone; undefined when there is none of this number. @throws CoterieError STORE_…. */
  view(layer: number): LayerView | undefined;
  /** How often a damaged record was met. */
  readonly damageMet: number;
  /** Directories in which other volumes are seen. */
  readonly covers: Covers;
}

/**
 * Undefined when the store is empty. `verifier`: the write verifier of now.
 * @throws CoterieError VOLUME_…, REPLICA_DAMAGED, REPLICA_FORMAT.
 */
export function loadVolume(world: World, store: Store, verifier: () => Uint8Array): MadeVolume | undefined {
  const layered = layersIn(world, store);
  const trunk = layered.trunk();
  const superblock = readSuperblock(world, trunk);
  if (superblock === undefined) return undefined;
  checkCounters(world, trunk);
  const sealed = <T>(kind: Sealed, decode: (r: XdrReader) => T) => {
    const key = sealedKey(kind);
    const value = store.get(key);
    return value && unseal(world.crc32, key, decode, value);
  };
  const bounds = sealed(Sealed.bounds, decode_volume_bounds);
  if (bounds === undefined) throw replicaError("REPLICA_FORMAT", "the store holds a volume without a log");
  checkFormat(bounds.format);
  const limits = {
    ...defaultLimits(world.memoryBytes, ONE_OF_MANY),
    maxInlineChunks: bounds.inline_chunks,
    maxReapedChunks: bounds.reaped_chunks,
  };
  const usage = Usage.of(world.crc32, store);
  const volume = new ReplicaVolume(world, trunk, superblock, limits, verifier);
  volume.usage = usage;
  const done = new DoneCalls(world.crc32, store, bounds.window);
  const layers = new VolumeLayers({
    world,
    layers: layered,
    superblock,
    limits,
    usage,
    verifier,
    time: () => done.time,
  });
  volume.hidden = new HiddenDirectories(layers, volume, ["snapshots", "clones"]);
  const handles = new Handles(superblock.id, 0);
  const covers = new Covers(world.crc32, store);
  volume.mounts = covers;
  const others: ProceduresOf["others"] = (procedure, args, now) =>
    isCovering(procedure)
      ? covers.run(procedure, args, volume, now)
      : runLayerCommand(layers, procedure, args, now);
  const of = { volume, looking: volume, handles, mounts: covers, others };
  const procedures = new Procedures(of, world.clock, world.log);
  const itself: LayerView = { layer: 0, volume, procedures, isWritable: true };
  return {
    chunkBytes: superblock.chunkBytes,
    volume,
    procedures,
    done,
    sessions: new Sessions(sealed(Sealed.sessions, decode_volume_sessions)),
    usage,
    layers,
    covers,
    view: (layer) => (layer === 0 ? itself : layers.view(layer)),
    get damageMet() {
      return volume.damageMet + layers.damageMet;
    },
  };
}

/** @throws CoterieError REPLICA_DAMAGED, which others can mend, where it is the layers' own records that are damaged. */
function layersIn(world: World, store: Store): LayeredStore {
  try {
    return new LayeredStore(world, store);
  } catch (error) {
    if (isCoterieError(error, "LAYERS_DAMAGED")) throw replicaError("REPLICA_DAMAGED", error.message, error);
    throw error;
  }
}
