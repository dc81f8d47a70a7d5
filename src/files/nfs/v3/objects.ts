/** What one file is: GETATTR, SETATTR, LOOKUP, ACCESS, READLINK (RFC 1813 sections 3.3.1 to 3.3.5). */
import type { RpcCall } from "../../../rpc/index.ts";
import { Access, type Changes, type FaultReason, type Handle, isFault } from "../../volume/types.ts";
import type { Client } from "../clients.ts";
import { attributesOf, CallContext, type Core, KeptContext, type Reply, settle } from "../core.ts";
import { nfsstat3 } from "../gen/nfs3.gen.ts";
import { rootMark } from "../mount-points.ts";
import { statusOf3 } from "../status.ts";
import type { AccessArgs, MaybeHandle, SetattrArgs, Where } from "./args.ts";
import type { AccessResult, LookupResult, ObjectResult, ReadlinkResult, WccResult } from "./results.ts";

const OK = nfsstat3.NFS3_OK;
const BADHANDLE = nfsstat3.NFS3ERR_BADHANDLE;
const nothing = new Uint8Array(0);
const changing = Access.modify | Access.extend | Access.delete;

export function getattr(core: Core, object: MaybeHandle, call: RpcCall): Reply<ObjectResult> {
  core.clients.admit(call);
  if (object === null) return { status: BADHANDLE, attributes: null };
  const attributes = core.volume.attributes(object);
  if (isFault(attributes)) return settle(core, objectFailed(attributes.reason), objectFailed);
  return settle(core, { status: OK, attributes }, objectFailed);
}

export function objectFailed(reason: FaultReason): ObjectResult {
  return { status: statusOf3(reason), attributes: null };
}

export function setattr(core: Core, args: SetattrArgs, call: RpcCall): Reply<WccResult> {
  const client = core.clients.of(call);
  const { object, changes, guard } = args;
  if (object === null) return { status: BADHANDLE, before: null, after: null };
  const before = attributesOf(core.volume, object);
  if (client.readOnly)
    return settle(core, { status: nfsstat3.NFS3ERR_ROFS, before, after: before }, wccFailed);
  if (changes === null)
    return settle(core, { status: nfsstat3.NFS3ERR_INVAL, before, after: before }, wccFailed);
  if (guard === undefined) {
    const context = new CallContext(client.credentials, core.clock);
    const after = core.volume.setAttributes(context, object, changes);
    if (isFault(after))
      return settle(core, { status: sizeStatus(after.reason), before, after: before }, wccFailed);
    return settle(core, { status: OK, before, after }, wccFailed);
  }
  return guardedSetattr(core, object, changes, guard, client, call);
}

/** A guard that fits is gone when the change is made: a retry needs the first run's reply. */
function guardedSetattr(
  core: Core,
  object: Handle,
  changes: Changes,
  guard: NonNullable<SetattrArgs["guard"]>,
  client: Client,
  call: RpcCall,
): Reply<WccResult> {
  const request = core.replies.request(call);
  const before = attributesOf(core.volume, object);
  if (core.replies.find(request) !== undefined) {
    return settle(core, { status: OK, before: null, after: before }, wccFailed);
  }
  const context = new KeptContext(client.credentials, core, request);
  const after = core.volume.setAttributes(context, object, changes, guard);
  if (isFault(after))
    return settle(core, { status: sizeStatus(after.reason), before, after: before }, wccFailed);
  core.replies.keep(request);
  return settle(core, { status: OK, before, after }, wccFailed);
}

/** SETATTR has no ISDIR: a size for what has none is INVAL. */
export function sizeStatus(reason: FaultReason): nfsstat3 {
  return reason === "ISDIR" ? nfsstat3.NFS3ERR_INVAL : statusOf3(reason);
}

export function wccFailed(reason: FaultReason): WccResult {
  return { status: statusOf3(reason), before: null, after: null };
}

export function lookup(core: Core, where: Where, call: RpcCall): Reply<LookupResult> {
  const client = core.clients.of(call);
  const { directory, name } = where;
  if (directory === null) return { status: BADHANDLE, object: null, directory: null };
  const volume = core.volume;
  const object = volume.lookup(new CallContext(client.credentials, core.clock), directory, name);
  const around = attributesOf(volume, directory);
  if (isFault(object)) {
    return settle(core, { status: statusOf3(object.reason), object: null, directory: around }, lookupFailed);
  }
  const mounted = core.mounts?.volumeAt(object.handle);
  const mark = mounted && rootMark(mounted);
  return settle<LookupResult>(core, { status: OK, object, directory: around, mark }, lookupFailed);
}

function lookupFailed(reason: FaultReason): LookupResult {
  return { status: statusOf3(reason), object: null, directory: null };
}

export function access(core: Core, args: AccessArgs, call: RpcCall): Reply<AccessResult> {
  const client = core.clients.of(call);
  const { object, wanted } = args;
  if (object === null) return { status: BADHANDLE, attributes: null, granted: 0 };
  const allowed = client.readOnly ? wanted & ~changing : wanted;
  const granted = core.volume.access(new CallContext(client.credentials, core.clock), object, allowed);
  const attributes = attributesOf(core.volume, object);
  if (isFault(granted)) {
    return settle(core, { status: statusOf3(granted.reason), attributes, granted: 0 }, accessFailed);
  }
  return settle(core, { status: OK, attributes, granted }, accessFailed);
}

function accessFailed(reason: FaultReason): AccessResult {
  return { status: statusOf3(reason), attributes: null, granted: 0 };
}

export function readlink(core: Core, object: MaybeHandle, call: RpcCall): Reply<ReadlinkResult> {
  const client = core.clients.of(call);
  if (object === null) return { status: BADHANDLE, attributes: null, target: nothing };
  const target = core.volume.readlink(new CallContext(client.credentials, core.clock), object);
  const attributes = attributesOf(core.volume, object);
  if (isFault(target)) {
    return settle(core, { status: statusOf3(target.reason), attributes, target: nothing }, readlinkFailed);
  }
  return settle(core, { status: OK, attributes, target }, readlinkFailed);
}

function readlinkFailed(reason: FaultReason): ReadlinkResult {
  return { status: statusOf3(reason), attributes: null, target: nothing };
}
