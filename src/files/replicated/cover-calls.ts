/** Asks a volume to let another one be seen in a directory, or no longer, from any node: by calls of version 0, which its log keeps. */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Random } from "../../world/index.ts";
import { HANDLE_BYTES } from "../nfs/handles.ts";
import { MOUNTER } from "../nfs/mount/server.ts";
import { VOLUME_ID_BYTES } from "../nfs/mount-points.ts";
import type { FaultReason } from "../volume/types.ts";
import type { Cover } from "./covers.ts";
import { cover_procedure, decode_cover_outcome, encode_volume_cover } from "./gen/volume-covers.gen.ts";
import type { Desk } from "./volume-call.ts";
import type { MountPlace } from "./volume-tree.ts";

/** `done`; the reason why it cannot be; or `unknown`: the volume does not answer, and may do it still. */
export type CoverOutcome = "done" | FaultReason | "unknown";

/**
 * Covers a directory, so that another volume can be seen in it. Resolves with what became of it; only an
 * empty directory can be covered.
 */
export function placeCover(desk: Desk, random: Random, cover: Cover): Promise<CoverOutcome> {
  return ask(desk, random, cover_procedure.COVER_PLACE, cover);
}

/** Done also where nothing is seen any more. */
export function removeCover(desk: Desk, random: Random, cover: Cover): Promise<CoverOutcome> {
  return ask(desk, random, cover_procedure.COVER_REMOVE, cover);
}

async function ask(desk: Desk, random: Random, procedure: number, cover: Cover): Promise<CoverOutcome> {
  const w = new XdrWriter(64);
  encode_volume_cover(w, cover);
  const answer = await desk.submit({
    version: 0,
    procedure,
    args: w.detach(0),
    credentials: MOUNTER,
    isReadOnly: false,
    transport: "tcp",
    identity: { high: random.uint32(), low: random.uint32() },
  });
  if (!(answer instanceof Uint8Array)) return "unknown";
  const { reason } = decode_cover_outcome(new XdrReader(answer));
  return reason === "" ? "done" : (reason as FaultReason);
}

/** The directory that a handle names; undefined for one of a snapshot or a clone, in which nothing can be seen. */
export function placeOfHandle(handle: Uint8Array): MountPlace | undefined {
  if (handle.length !== HANDLE_BYTES) return undefined;
  const r = new XdrReader(handle);
  const volume = r.opaqueFixed(VOLUME_ID_BYTES).slice();
  const inode = r.uint() * 0x1_0000_0000 + r.uint();
  const generation = r.uint();
  return r.uint() === 0 ? { volume, inode, generation } : undefined;
}
