/** A volume as a replica's store holds it: the files, and what is kept beside them. */
import type { XdrReader } from "../../marshal/index.ts";
import type { Store, World } from "../../world/index.ts";
import { readSuperblock } from "../volume/format.ts";
import { defaultLimits } from "../volume/limits.ts";
import { checkCounters } from "../volume/open.ts";
import { DoneCalls } from "./done-calls.ts";
import { checkFormat } from "./entry.ts";
import { replicaError } from "./errors.ts";
import { decode_volume_bounds, decode_volume_sessions } from "./gen/volume-log.gen.ts";
import { Procedures } from "./procedures.ts";
import { ReplicaVolume } from "./replica-volume.ts";
import { Sealed, sealedKey, unseal } from "./sealed.ts";
import { Sessions } from "./sessions.ts";

export interface MadeVolume {
  readonly chunkBytes: number;
  readonly volume: ReplicaVolume;
  readonly procedures: Procedures;
  readonly done: DoneCalls;
  readonly sessions: Sessions;
}

/**
 * Undefined when the store is empty. `verifier`: the write verifier of now.
 * @throws CoterieError VOLUME_…, REPLICA_DAMAGED, REPLICA_FORMAT.
 */
export function loadVolume(world: World, store: Store, verifier: () => Uint8Array): MadeVolume | undefined {
  const superblock = readSuperblock(world, store);
  if (superblock === undefined) return undefined;
  checkCounters(world, store);
  const sealed = <T>(kind: Sealed, decode: (r: XdrReader) => T) => {
    const key = sealedKey(kind);
    const value = store.get(key);
    return value && unseal(world.crc32, key, decode, value);
  };
  const bounds = sealed(Sealed.bounds, decode_volume_bounds);
  if (bounds === undefined) throw replicaError("REPLICA_FORMAT", "the store holds a volume without a log");
  checkFormat(bounds.format);
  const limits = {
    ...defaultLimits(world.memoryBytes),
    maxInlineChunks: bounds.inline_chunks,
    maxReapedChunks: bounds.reaped_chunks,
  };
  const volume = new ReplicaVolume(world, store, superblock, limits, verifier);
  return {
    chunkBytes: superblock.chunkBytes,
    volume,
    procedures: new Procedures(volume, world.clock, world.log),
    done: new DoneCalls(world.crc32, store, bounds.window),
    sessions: new Sessions(sealed(Sealed.sessions, decode_volume_sessions)),
  };
}
