/** Replies of calls that were not carried out: a status, and what follows it where nothing is told. */
import { XdrWriter } from "../../marshal/index.ts";
import { stat } from "../nfs/gen/nfs2.gen.ts";
import { nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { type VolumeCall, WRITE_V3 } from "./volume-call.ts";

export const NO_REPLY_BYTES = new Uint8Array(0);

/** Optional attributes that a failed reply of v3 goes without: so many words of zero follow its status. */
const ABSENT_V3: readonly number[] = [0, 0, 2, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 4, 3, 1, 1, 1, 1, 1, 2];

/** Version 2 has no word for a handle that no server made, and none for another file system. */
function status2(status: nfsstat3): stat {
  if (status === nfsstat3.NFS3ERR_DQUOT) return stat.NFSERR_DQUOT;
  return status === nfsstat3.NFS3ERR_XDEV ? stat.NFSERR_PERM : stat.NFSERR_STALE;
}

/** The reply of a call that was not carried out. */
export function refusal(version: 2 | 3, procedure: number, status: nfsstat3): Uint8Array {
  const w = new XdrWriter(64);
  w.uint(version === 2 ? status2(status) : status);
  const words = version === 2 ? 0 : (ABSENT_V3[procedure] ?? 0);
  for (let at = 0; at < words; at++) w.uint(0);
  return w.encoded();
}

/**
 * Of an unstable write whose copy elsewhere may have been answered and lost: its client has written anew, and perhaps more since,
 * so that the old call must not be done any more. Whoever still waits for it makes a new one.
 */
export const WRITE_ANEW = refusal(3, WRITE_V3, nfsstat3.NFS3ERR_JUKEBOX);

/** The reply of a call in a snapshot or clone that there is not, or not any more. */
export function stale({ version, procedure }: VolumeCall): Uint8Array {
  return version === 0 ? NO_REPLY_BYTES : refusal(version, procedure, nfsstat3.NFS3ERR_STALE);
}
