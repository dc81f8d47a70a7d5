/**
 * The status of a reply for each reason why a volume did not do what it was asked. Version 3 has one for each
 * (RFC 1813 section 2.6); version 2 has fewer, so some of its replies say less (RFC 1094 section 2.3.1).
 */
import { isCoterieError } from "../../world/index.ts";
import type { FaultReason } from "../volume/types.ts";
import { stat } from "./gen/nfs2.gen.ts";
import { nfsstat3 } from "./gen/nfs3.gen.ts";

export type Failure3 = Exclude<nfsstat3, typeof nfsstat3.NFS3_OK>;
export type Failure2 = Exclude<stat, typeof stat.NFS_OK>;

const status3: Readonly<Record<FaultReason, Failure3>> = {
  PERM: nfsstat3.NFS3ERR_PERM,
  NOENT: nfsstat3.NFS3ERR_NOENT,
  IO: nfsstat3.NFS3ERR_IO,
  ACCES: nfsstat3.NFS3ERR_ACCES,
  EXIST: nfsstat3.NFS3ERR_EXIST,
  XDEV: nfsstat3.NFS3ERR_XDEV,
  NOTDIR: nfsstat3.NFS3ERR_NOTDIR,
  ISDIR: nfsstat3.NFS3ERR_ISDIR,
  INVAL: nfsstat3.NFS3ERR_INVAL,
  FBIG: nfsstat3.NFS3ERR_FBIG,
  NOSPC: nfsstat3.NFS3ERR_NOSPC,
  ROFS: nfsstat3.NFS3ERR_ROFS,
  MLINK: nfsstat3.NFS3ERR_MLINK,
  NAMETOOLONG: nfsstat3.NFS3ERR_NAMETOOLONG,
  NOTEMPTY: nfsstat3.NFS3ERR_NOTEMPTY,
  DQUOT: nfsstat3.NFS3ERR_DQUOT,
  STALE: nfsstat3.NFS3ERR_STALE,
  NOT_SYNC: nfsstat3.NFS3ERR_NOT_SYNC,
  BAD_COOKIE: nfsstat3.NFS3ERR_BAD_COOKIE,
  NOTSUPP: nfsstat3.NFS3ERR_NOTSUPP,
  BADTYPE: nfsstat3.NFS3ERR_BADTYPE,
};

const status2: Readonly<Record<FaultReason, Failure2>> = {
  PERM: stat.NFSERR_PERM,
  NOENT: stat.NFSERR_NOENT,
  IO: stat.NFSERR_IO,
  ACCES: stat.NFSERR_ACCES,
  EXIST: stat.NFSERR_EXIST,
  XDEV: stat.NFSERR_PERM,
  NOTDIR: stat.NFSERR_NOTDIR,
  ISDIR: stat.NFSERR_ISDIR,
  INVAL: stat.NFSERR_IO,
  FBIG: stat.NFSERR_FBIG,
  NOSPC: stat.NFSERR_NOSPC,
  ROFS: stat.NFSERR_ROFS,
  MLINK: stat.NFSERR_PERM,
  NAMETOOLONG: stat.NFSERR_NAMETOOLONG,
  NOTEMPTY: stat.NFSERR_NOTEMPTY,
  DQUOT: stat.NFSERR_DQUOT,
  STALE: stat.NFSERR_STALE,
  NOT_SYNC: stat.NFSERR_IO,
  BAD_COOKIE: stat.NFSERR_IO,
  NOTSUPP: stat.NFSERR_PERM,
  BADTYPE: stat.NFSERR_PERM,
};

export function statusOf3(reason: FaultReason): Failure3 {
  return status3[reason];
}

export function statusOf2(reason: FaultReason): Failure2 {
  return status2[reason];
}

/** Why a reply could not be made durable, as a reason that both versions know. */
export function reasonOf(error: unknown): FaultReason {
  return isCoterieError(error, "STORE_FULL") ? "NOSPC" : "IO";
}
