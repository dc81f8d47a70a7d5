/**
 * How much more a call may make its volume take, as far as that can be said before it is carried out: what is held against the volume's limit. Contents
 * are counted to the byte; the records around them are not, so the last call before the limit may go beyond it by these.
 */
import { nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { type Handle, isFault } from "../volume/types.ts";
import type { MadeVolume } from "./made-volume.ts";
import { refusal } from "./refusal.ts";
import { grows, type VolumeCall, WRITE_V3 } from "./volume-call.ts";
import type { LayerView } from "./volume-layers.ts";

/** A name with what it names: an inode and two records of the name. */
const OBJECT_BYTES = 512;

/** What of a volume is asked about. */
type Limited = Pick<MadeVolume, "usage" | "chunkBytes"> & {
  readonly layers: Pick<MadeVolume["layers"], "isShared">;
};

/** Whether a call would make the volume larger than it may be. @throws XdrError for arguments that are none. */
export function isOverQuota(made: Limited, view: LayerView, call: VolumeCall): boolean {
  if (made.usage.quotaBytes === 0 || !view.isWritable || !grows(call)) return false;
  if (call.version !== 3 || call.procedure !== WRITE_V3)
    return made.usage.isOver(OBJECT_BYTES + call.args.length);
  const { file, offset, data } = view.procedures.writeArgs(call.args);
  return file !== null && isWriteOver(made, view.volume, file, offset, data.length);
}

/** The same of a write. `queuedBytes`: of others that come before it. A file that is gone is nobody's affair here. */
export function isWriteOver(
  { usage, layers, chunkBytes }: Limited,
  volume: Pick<LayerView["volume"], "attributes" | "growthBy">,
  file: Handle,
  offset: number,
  length: number,
  queuedBytes = 0,
): boolean {
  // Where nothing that it could be is too much, nothing is looked up.
  if (length === 0 || !usage.isOver(queuedBytes + length + 2 * chunkBytes)) return false;
  if (isFault(volume.attributes(file))) return false;
  const growth = volume.growthBy(file, offset, length, layers.isShared);
  return growth > 0 && usage.isOver(growth + queuedBytes);
}

/** The reply of a call that is over the limit. */
export function overQuota({ version, procedure }: VolumeCall): Uint8Array {
  return refusal(version === 2 ? 2 : 3, procedure, nfsstat3.NFS3ERR_DQUOT);
}
