/**
 * Directories of a replicated volume in which other volumes are seen. They are part of its state, so a directory that is covered is neither
 * removed nor renamed, and nothing is made in it, whichever node is asked and whatever that node knows of the cell. Each is there by a mount of the cell's state and
 * carries the revision of it; by that a command that comes late is told from the mount that has taken the place of its own.
 */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Store, WallTime } from "../../world/index.ts";
import type { MountPoints } from "../nfs/mount-points.ts";
import { writeNumber } from "../volume/keys.ts";
import { type FaultReason, type Handle, RESERVED_PREFIX } from "../volume/types.ts";
import { replicaError } from "./errors.ts";
import {
  COVER_MAX,
  cover_procedure,
  decode_volume_cover,
  encode_cover_outcome,
  encode_volume_cover,
  type volume_cover,
} from "./gen/volume-covers.gen.ts";
import type { ReplicaVolume } from "./replica-volume.ts";
import { type Crc32, Sealed, seal, unseal } from "./sealed.ts";

/** The root of `volume` is seen in a directory. */
export type Cover = Readonly<volume_cover>;

export class Covers implements MountPoints {
  readonly #crc32: Crc32;
  readonly #store: Store;
  /** By inode: a directory that is covered is not removed, so no other generation can have its number. */
  readonly #covers = new Map<number, Cover>();

  /** Reads what the store has. @throws CoterieError REPLICA_DAMAGED. */
  constructor(crc32: Crc32, store: Store) {
    this.#crc32 = crc32;
    this.#store = store;
    const from = Uint8Array.of(RESERVED_PREFIX, Sealed.cover);
    for (const { key, value } of store.range({
      from,
      to: Uint8Array.of(RESERVED_PREFIX, Sealed.cover + 1),
    })) {
      const cover = unseal(crc32, key, decode_volume_cover, value);
      this.#covers.set(cover.inode, cover);
    }
  }

  /** In the order in which they were placed since the store was opened, after those that it had. */
  get all(): readonly Cover[] {
    return [...this.#covers.values()];
  }

  volumeAt({ inode, generation, layer = 0 }: Handle): Uint8Array | undefined {
    if (this.#covers.size === 0 || layer !== 0) return undefined;
    const cover = this.#covers.get(inode);
    return cover?.generation === generation ? cover.volume : undefined;
  }

  get isEmpty(): boolean {
    return this.#covers.size === 0;
  }

  /**
   * Carries a call out: the result, encoded. `now`: the time of an entry of the log; without, nothing may change.
   * @throws XdrError for arguments that are none; CoterieError REPLICA_FORMAT where somebody only looks.
   */
  run(procedure: number, args: Uint8Array, volume: ReplicaVolume, now: WallTime | undefined): Uint8Array {
    if (now === undefined)
      throw replicaError("REPLICA_FORMAT", "directories are covered by entries of the log");
    const r = new XdrReader(args);
    const cover = decode_volume_cover(r);
    r.finish();
    const reason =
      procedure === cover_procedure.COVER_PLACE ? this.#place(cover, volume) : this.#remove(cover);
    const w = new XdrWriter(16);
    encode_cover_outcome(w, { reason });
    return w.detach(0);
  }

  #place(cover: Cover, volume: ReplicaVolume): FaultReason | "" {
    const kept = this.#covers.get(cover.inode);
    if (kept !== undefined && kept.revision > cover.revision) return "EXIST";
    if (!Number.isSafeInteger(cover.inode)) return "STALE";
    const fault = volume.coverFault(cover);
    if (fault !== undefined) return fault.reason;
    if (kept === undefined && this.#covers.size >= COVER_MAX) return "NOSPC";
    this.#covers.set(cover.inode, { ...cover, volume: cover.volume.slice() });
    this.#store.apply([seal(this.#crc32, keyOf(cover), encode_volume_cover, cover)]);
    return "";
  }

  #remove({ inode, revision }: Cover): FaultReason | "" {
    const kept = this.#covers.get(inode);
    if (kept === undefined) return "";
    if (kept.revision > revision) return "EXIST";
    this.#covers.delete(inode);
    this.#store.apply([{ key: keyOf(kept), value: undefined }]);
    return "";
  }
}

function keyOf({ inode }: Cover): Uint8Array {
  const key = new Uint8Array(8);
  key[0] = RESERVED_PREFIX;
  key[1] = Sealed.cover;
  writeNumber(key, 2, inode);
  return key;
}
