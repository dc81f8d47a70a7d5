/**
 * Which bytes of a file an entry changed. An unstable write is answered at one node before the log knows of it, so a client that goes to
 * another node may have its next write of the same bytes in the log before it. By what entries touched the late one is found.
 */
import type { volume_call, volume_extent, volume_touched, volume_writes } from "./gen/volume-log.gen.ts";
import { WRITE_V3 } from "./volume-call.ts";
import type { LayerView } from "./volume-layers.ts";

/** Of calls, which come into the log before they are answered. */
export const NO_SESSION: Uint8Array = new Uint8Array(16);
/** The procedures, by their versions. */
const SETATTR = { 2: 2, 3: 2 } as const;
const WRITE = { 2: 8, 3: WRITE_V3 } as const;
const CREATE = { 2: 9, 3: 8 } as const;
const WHOLE: readonly volume_extent[] = [{ from: 0, to: Number.MAX_SAFE_INTEGER }];

/** What a WRITE or SETATTR touches; undefined for other calls. @throws XdrError. */
export function touchedByCall(
  call: volume_call,
  { layer, procedures }: Pick<LayerView, "layer" | "procedures">,
): volume_touched | undefined {
  if (isOneOf(call, SETATTR)) {
    const inode = procedures.inodeOf(call.args, versionOf(call));
    return inode === undefined ? undefined : whole(layer, inode);
  }
  if (!isOneOf(call, WRITE)) return undefined;
  const { file, offset, data } =
    call.nfs_version === 2 ? procedures.write2Args(call.args) : procedures.writeArgs(call.args);
  if (file === null) return undefined;
  const extents = [{ from: offset, to: offset + data.length }];
  return { layer, inode: file.inode, session: NO_SESSION, extents };
}

/**
 * What a CREATE with a size touched: it cuts the file that there is. Only its reply says which file that was.
 * @throws XdrError.
 */
export function touchedByMaking(
  call: volume_call,
  reply: Uint8Array,
  { layer, procedures }: Pick<LayerView, "layer" | "procedures">,
): volume_touched | undefined {
  if (!isOneOf(call, CREATE)) return undefined;
  const inode = procedures.sizedInode(call.args, reply, versionOf(call));
  return inode === undefined ? undefined : whole(layer, inode);
}

function isOneOf({ nfs_version, procedure }: volume_call, numbers: Readonly<Record<2 | 3, number>>): boolean {
  return (nfs_version === 2 || nfs_version === 3) && numbers[nfs_version] === procedure;
}

function versionOf({ nfs_version }: volume_call): 2 | 3 {
  return nfs_version === 2 ? 2 : 3;
}

function whole(layer: number, inode: number): volume_touched {
  return { layer, inode, session: NO_SESSION, extents: [...WHOLE] };
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
  if (a.session !== NO_SESSION && isSameSession(a.session, b.session)) return false;
  return a.extents.some(({ from, to }) => b.extents.some((other) => from < other.to && other.from < to));
}

/** Both have as many bytes. */
export function isSameSession(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || a.every((byte, at) => byte === b[at]);
}
