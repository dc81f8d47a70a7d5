/**
 * Which bytes of a file an entry changed. An unstable write is answered at one node before the log knows of it, so a client that goes to
 * another node may have its next write of the same bytes in the log before it. By what entries touched the late one is found.
 */
import type { volume_call, volume_extent, volume_touched, volume_writes } from "./gen/volume-log.gen.ts";
import { SETATTR_V3, WRITE_V3 } from "./volume-call.ts";
import type { LayerView } from "./volume-layers.ts";

/** Of calls, which come into the log before they are answered. */
const NO_SESSION = new Uint8Array(16);
const WHOLE: readonly volume_extent[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER }];

/** What a WRITE or SETATTR touches; undefined for other calls. @throws XdrError. */
export function touchedByCall(
  call: volume_call,
  { layer, procedures }: Pick<LayerView, "layer" | "procedures">,
): volume_touched | undefined {
  if (call.nfs_version !== 3) return undefined;
  if (call.procedure === SETATTR_V3) {
    const inode = procedures.inodeOf(call.args);
    return inode === undefined ? undefined : { layer, inode, session: NO_SESSION, extents: [...WHOLE] };
  }
  if (call.procedure !== WRITE_V3) return undefined;
  const { file, offset, data } = procedures.writeArgs(call.args);
  if (file === null) return undefined;
  const extents = [{ from: offset, to: offset + data.length }];
  return { layer, inode: file.inode, session: NO_SESSION, extents };
}

export function touchedByWrites(
  { layer, inode, session }: volume_writes,
  pieces: volume_writes["pieces"],
): volume_touched {
  const extents = pieces.map(({ offset, data }) => ({ from: offset, to: offset + data.length }));
  return { layer, inode, session, extents };
}

/** Whether both touched some bytes, and were not answered at one node, which keeps their order. */
export function isAtOdds(a: volume_touched, b: volume_touched): boolean {
  if (a.inode !== b.inode) return false;
  if (a.layer !== b.layer) return false;
  if (a.session !== NO_SESSION && a.session.every((byte, at) => byte === b.session[at])) return false;
  return a.extents.some(({ from, to }) => b.extents.some((other) => from < other.to && other.from < to));
}
