/** What is in a file: READ, WRITE, COMMIT (RFC 1813 sections 3.3.6, 3.3.7 and 3.3.21). */
import type { RpcCall } from "../../../rpc/index.ts";
import { type FaultReason, isFault, type Stability } from "../../volume/types.ts";
import { attributesOf, CallContext, type Core, type Reply, settle } from "../core.ts";
import { nfsstat3, stable_how } from "../gen/nfs3.gen.ts";
import { maxTransferBytes } from "../limits.ts";
import { statusOf3 } from "../status.ts";
import type { MaybeHandle, ReadArgs, WriteArgs } from "./args.ts";
import type { CommitResult, ReadFileResult, WriteResult } from "./results.ts";

const OK = nfsstat3.NFS3_OK;
const BADHANDLE = nfsstat3.NFS3ERR_BADHANDLE;
const nothing = new Uint8Array(0);

const stabilities: Readonly<Record<stable_how, Stability>> = {
  [stable_how.UNSTABLE]: "unstable",
  [stable_how.DATA_SYNC]: "data-sync",
  [stable_how.FILE_SYNC]: "file-sync",
};

/** These procedures have no ISDIR: what is no regular file is INVAL. */
function dataStatus(reason: FaultReason): nfsstat3 {
  return reason === "ISDIR" ? nfsstat3.NFS3ERR_INVAL : statusOf3(reason);
}

export function read(core: Core, args: ReadArgs, call: RpcCall): Reply<ReadFileResult> {
  const client = core.clients.of(call);
  const file = args.file;
  if (file === null) return { status: BADHANDLE, attributes: null, pieces: [], length: 0, eof: false };
  const volume = core.volume;
  const count = Math.min(args.count, maxTransferBytes(call.transport));
  const attributes = attributesOf(volume, file);
  const result = volume.readPieces(new CallContext(client.credentials, core.clock), file, args.offset, count);
  if (isFault(result)) {
    const status = dataStatus(result.reason);
    return settle(core, { status, attributes, pieces: [], length: 0, eof: false }, readFailed);
  }
  const reply = { status: OK, attributes, ...result };
  const settled = settle(core, reply, readFailed);
  // The pieces are good until the volume's next operation, and this reply has to wait for the disk.
  if (settled instanceof Promise) reply.pieces = result.pieces.map((piece) => piece.slice());
  return settled;
}

function readFailed(reason: FaultReason): ReadFileResult {
  return { status: statusOf3(reason), attributes: null, pieces: [], length: 0, eof: false };
}

export function write(core: Core, args: WriteArgs, call: RpcCall): Reply<WriteResult> {
  const client = core.clients.of(call);
  if (args.file === null) return writeResult(core, BADHANDLE, null);
  const before = attributesOf(core.volume, args.file);
  if (client.readOnly) return settle(core, writeResult(core, nfsstat3.NFS3ERR_ROFS, before), writeFailed);
  if (args.count !== args.data.length) {
    return settle(core, writeResult(core, nfsstat3.NFS3ERR_INVAL, before), writeFailed);
  }
  const data = args.data.subarray(0, maxTransferBytes("tcp"));
  // The verifier is the one under which the write is made: if it is lost after, the next reply has another.
  const verifier = core.volume.verifier;
  const context = new CallContext(client.credentials, core.clock);
  const after = core.volume.write(context, args.file, args.offset, data, stabilities[args.stable]);
  if (isFault(after)) return settle(core, writeResult(core, dataStatus(after.reason), before), writeFailed);
  const committed = args.stable;
  return settle(core, { status: OK, before, after, count: data.length, committed, verifier }, writeFailed);
}

/** A write that did nothing. */
function writeResult(core: Core, status: nfsstat3, before: WriteResult["before"]): WriteResult {
  const verifier = core.volume.verifier;
  return { status, before, after: before, count: 0, committed: stable_how.FILE_SYNC, verifier };
}

function writeFailed(reason: FaultReason): WriteResult {
  const committed = stable_how.UNSTABLE;
  return { status: statusOf3(reason), before: null, after: null, count: 0, committed, verifier: nothing };
}

export function commit(core: Core, file: MaybeHandle, call: RpcCall): Reply<CommitResult> {
  const client = core.clients.of(call);
  const verifier = core.volume.verifier;
  if (file === null) return { status: BADHANDLE, before: null, after: null, verifier };
  const before = attributesOf(core.volume, file);
  const after = core.volume.commit(new CallContext(client.credentials, core.clock), file);
  if (isFault(after)) {
    const result = { status: dataStatus(after.reason), before, after: before, verifier };
    return settle(core, result, commitFailed);
  }
  return settle(core, { status: OK, before, after, verifier }, commitFailed);
}

function commitFailed(reason: FaultReason): CommitResult {
  return { status: statusOf3(reason), before: null, after: null, verifier: nothing };
}
