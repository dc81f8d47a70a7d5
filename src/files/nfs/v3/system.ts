/** What the file system is: FSSTAT, FSINFO, PATHCONF (RFC 1813 sections 3.3.18 to 3.3.20). */
import type { RpcCall } from "../../../rpc/index.ts";
import { type FaultReason, isFault } from "../../volume/types.ts";
import { type Core, type Reply, settle } from "../core.ts";
import { nfsstat3 } from "../gen/nfs3.gen.ts";
import { maxTransferBytes } from "../limits.ts";
import { statusOf3 } from "../status.ts";
import type { MaybeHandle } from "./args.ts";
import { getattr } from "./objects.ts";
import type { FsinfoResult, FsstatResult, ObjectResult } from "./results.ts";

export function fsstat(core: Core, object: MaybeHandle, call: RpcCall): Reply<FsstatResult> {
  core.clients.admit(call);
  if (object === null) return { status: nfsstat3.NFS3ERR_BADHANDLE, attributes: null, statistics: null };
  const attributes = core.volume.attributes(object);
  if (isFault(attributes)) return settle(core, fsstatFailed(attributes.reason), fsstatFailed);
  const statistics = core.volume.statistics();
  return settle(core, { status: nfsstat3.NFS3_OK, attributes, statistics }, fsstatFailed);
}

function fsstatFailed(reason: FaultReason): FsstatResult {
  return { status: statusOf3(reason), attributes: null, statistics: null };
}

export function fsinfo(core: Core, object: MaybeHandle, call: RpcCall): Reply<FsinfoResult> {
  core.clients.admit(call);
  const most = maxTransferBytes(call.transport);
  if (object === null) {
    return { status: nfsstat3.NFS3ERR_BADHANDLE, attributes: null, maxTransferBytes: most };
  }
  const attributes = core.volume.attributes(object);
  if (isFault(attributes)) return settle(core, fsinfoFailed(attributes.reason), fsinfoFailed);
  return settle(core, { status: nfsstat3.NFS3_OK, attributes, maxTransferBytes: most }, fsinfoFailed);
}

function fsinfoFailed(reason: FaultReason): FsinfoResult {
  return { status: statusOf3(reason), attributes: null, maxTransferBytes: 0 };
}

export function pathconf(core: Core, object: MaybeHandle, call: RpcCall): Reply<ObjectResult> {
  return getattr(core, object, call);
}
