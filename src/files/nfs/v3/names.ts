/**
 * What changes names: CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK (RFC 1813 sections 3.3.8 to 3.3.15).
 * None of them may run twice, so each first asks whether it is a retry of one that has run, also before a crash. The
 * reply then has no attributes from before the operation, which nobody remembers.
 */
import type { RpcCall } from "../../../rpc/index.ts";
import {
  type Attributes,
  type FaultReason,
  type Handle,
  isFault,
  type Outcome,
  type Volume,
} from "../../volume/types.ts";
import { attributesOf, type Core, KeptContext, type Reply, settle } from "../core.ts";
import { nfsstat3 } from "../gen/nfs3.gen.ts";
import { statusOf3 } from "../status.ts";
import type { LinkArgs, MakeArgs, RenameArgs, Where } from "./args.ts";
import { wccFailed } from "./objects.ts";
import type { LinkResult, MakeResult, RenameResult, WccResult } from "./results.ts";

const OK = nfsstat3.NFS3_OK;
const ROFS = nfsstat3.NFS3ERR_ROFS;
const BADHANDLE = nfsstat3.NFS3ERR_BADHANDLE;

/** CREATE, MKDIR, SYMLINK, MKNOD. */
export function make(core: Core, args: MakeArgs, call: RpcCall): Reply<MakeResult> {
  const client = core.clients.of(call);
  const { directory, name } = args.where;
  if (directory === null) return { status: BADHANDLE, object: null, before: null, after: null };
  const volume = core.volume;
  const before = attributesOf(volume, directory);
  const object = client.readOnly ? ROFS : args.object;
  if (typeof object === "number") {
    return settle(core, { status: object, object: null, before, after: before }, makeFailed);
  }
  const request = core.replies.request(call);
  const kept = core.replies.find(request);
  if (kept !== undefined) {
    const made = kept.made === undefined ? null : attributesOf(volume, kept.made);
    return settle(core, { status: OK, object: made, before: null, after: before }, makeFailed);
  }
  const context = new KeptContext(client.credentials, core, request);
  const made = volume.create(context, directory, name, object);
  if (isFault(made)) {
    return settle(core, { status: statusOf3(made.reason), object: null, before, after: before }, makeFailed);
  }
  core.replies.keep(request);
  const after = attributesOf(volume, directory);
  return settle(core, { status: OK, object: made, before, after }, makeFailed);
}

function makeFailed(reason: FaultReason): MakeResult {
  return { status: statusOf3(reason), object: null, before: null, after: null };
}

type Unmake = (volume: Volume, context: KeptContext, directory: Handle, name: Uint8Array) => Outcome<void>;

const byRemove: Unmake = (volume, context, directory, name) => volume.remove(context, directory, name);
const byRmdir: Unmake = (volume, context, directory, name) => volume.rmdir(context, directory, name);

export function remove(core: Core, where: Where, call: RpcCall): Reply<WccResult> {
  return unmake(core, where, call, byRemove);
}

export function rmdir(core: Core, where: Where, call: RpcCall): Reply<WccResult> {
  return unmake(core, where, call, byRmdir);
}

function unmake(core: Core, where: Where, call: RpcCall, how: Unmake): Reply<WccResult> {
  const client = core.clients.of(call);
  const { directory, name } = where;
  if (directory === null) return { status: BADHANDLE, before: null, after: null };
  const before = attributesOf(core.volume, directory);
  if (client.readOnly) return settle(core, { status: ROFS, before, after: before }, wccFailed);
  const request = core.replies.request(call);
  if (core.replies.find(request) !== undefined) {
    return settle(core, { status: OK, before: null, after: before }, wccFailed);
  }
  const context = new KeptContext(client.credentials, core, request);
  const done = how(core.volume, context, directory, name);
  if (isFault(done)) {
    return settle(core, { status: statusOf3(done.reason), before, after: before }, wccFailed);
  }
  core.replies.keep(request);
  return settle(core, { status: OK, before, after: attributesOf(core.volume, directory) }, wccFailed);
}

export function rename(core: Core, args: RenameArgs, call: RpcCall): Reply<RenameResult> {
  const client = core.clients.of(call);
  const { from, to } = args;
  const volume = core.volume;
  const fromBefore = from.directory && attributesOf(volume, from.directory);
  const toBefore = to.directory && attributesOf(volume, to.directory);
  if (from.directory === null || to.directory === null) {
    return settle(core, unchanged(BADHANDLE, fromBefore, toBefore), renameFailed);
  }
  if (client.readOnly) return settle(core, unchanged(ROFS, fromBefore, toBefore), renameFailed);
  const request = core.replies.request(call);
  if (core.replies.find(request) !== undefined) {
    const again = { fromBefore: null, fromAfter: fromBefore, toBefore: null, toAfter: toBefore };
    return settle(core, { status: OK, ...again }, renameFailed);
  }
  const context = new KeptContext(client.credentials, core, request);
  const done = volume.rename(context, from.directory, from.name, to.directory, to.name);
  if (isFault(done)) {
    return settle(core, unchanged(statusOf3(done.reason), fromBefore, toBefore), renameFailed);
  }
  core.replies.keep(request);
  const fromAfter = attributesOf(volume, from.directory);
  const toAfter = attributesOf(volume, to.directory);
  return settle(core, { status: OK, fromBefore, fromAfter, toBefore, toAfter }, renameFailed);
}

function unchanged(status: nfsstat3, from: Attributes | null, to: Attributes | null): RenameResult {
  return { status, fromBefore: from, fromAfter: from, toBefore: to, toAfter: to };
}

function renameFailed(reason: FaultReason): RenameResult {
  return unchanged(statusOf3(reason), null, null);
}

export function link(core: Core, args: LinkArgs, call: RpcCall): Reply<LinkResult> {
  const client = core.clients.of(call);
  const file = args.file;
  const { directory, name } = args.link;
  const volume = core.volume;
  const attributes = file && attributesOf(volume, file);
  const before = directory && attributesOf(volume, directory);
  if (file === null || directory === null) {
    return settle(core, { status: BADHANDLE, attributes, before, after: before }, linkFailed);
  }
  if (client.readOnly) return settle(core, { status: ROFS, attributes, before, after: before }, linkFailed);
  const request = core.replies.request(call);
  if (core.replies.find(request) !== undefined) {
    return settle(core, { status: OK, attributes, before: null, after: before }, linkFailed);
  }
  const context = new KeptContext(client.credentials, core, request);
  const linked = volume.link(context, file, directory, name);
  if (isFault(linked)) {
    const status = statusOf3(linked.reason);
    return settle(core, { status, attributes, before, after: before }, linkFailed);
  }
  core.replies.keep(request);
  const after = attributesOf(volume, directory);
  return settle(core, { status: OK, attributes: linked, before, after }, linkFailed);
}

function linkFailed(reason: FaultReason): LinkResult {
  return { status: statusOf3(reason), attributes: null, before: null, after: null };
}
