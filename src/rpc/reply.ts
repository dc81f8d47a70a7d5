/** The heads of replies (RFC 5531 section 9), written and read without a type of their own: every call has one. */
import type { XdrReader, XdrWriter } from "../marshal/index.ts";
import { RpcError } from "./errors.ts";
import {
  AUTH_ERROR,
  AUTH_NONE,
  type AuthStat,
  GARBAGE_ARGS,
  MAX_AUTH_BYTES,
  MSG_ACCEPTED,
  MSG_DENIED,
  PROC_UNAVAIL,
  PROG_MISMATCH,
  PROG_UNAVAIL,
  REPLY,
  RPC_MISMATCH,
  RPC_VERSION,
  SUCCESS,
  SYSTEM_ERR,
} from "./wire.ts";

/** An accepted reply up to its status; after SUCCESS the result follows, after PROG_MISMATCH the range. */
export function writeAccepted(w: XdrWriter, xid: number, status: number): void {
  const at = w.reserve(24);
  w.patchUint(at, xid);
  w.patchUint(at + 4, REPLY);
  w.patchUint(at + 8, MSG_ACCEPTED);
  w.patchUint(at + 12, AUTH_NONE);
  w.patchUint(at + 16, 0);
  w.patchUint(at + 20, status);
}

export function writeProgMismatch(w: XdrWriter, xid: number, low: number, high: number): void {
  writeAccepted(w, xid, PROG_MISMATCH);
  w.uint(low);
  w.uint(high);
}

export function writeRpcMismatch(w: XdrWriter, xid: number): void {
  writeDenied(w, xid, RPC_MISMATCH);
  w.uint(RPC_VERSION);
  w.uint(RPC_VERSION);
}

export function writeAuthError(w: XdrWriter, xid: number, status: AuthStat): void {
  writeDenied(w, xid, AUTH_ERROR);
  w.uint(status);
}

function writeDenied(w: XdrWriter, xid: number, status: number): void {
  w.uint(xid);
  w.uint(REPLY);
  w.uint(MSG_DENIED);
  w.uint(status);
}

/**
 * Reads a reply from after its xid up to the result. Returns undefined for SUCCESS, else the error that the call
 * fails with.
 * @throws XdrError when the reply ends first.
 */
export function readReply(r: XdrReader): RpcError | undefined {
  if (r.uint() !== REPLY) return badReply("message type is not REPLY");
  const status = r.uint();
  if (status === MSG_DENIED) return readDenied(r);
  if (status !== MSG_ACCEPTED) return badReply(`reply_stat ${status}`);
  r.uint();
  const length = r.uint();
  if (length > MAX_AUTH_BYTES) return badReply(`verifier of ${length} bytes`);
  r.skip((length + 3) & ~3);
  const accepted = r.uint();
  return accepted === SUCCESS ? undefined : readRefused(r, accepted);
}

function readRefused(r: XdrReader, status: number): RpcError {
  switch (status) {
    case PROG_UNAVAIL:
      return new RpcError("RPC_PROG_UNAVAIL", "the server does not serve the program");
    case PROG_MISMATCH: {
      const low = r.uint();
      const high = r.uint();
      const message = `the server serves versions ${low} to ${high} of the program`;
      return new RpcError("RPC_PROG_MISMATCH", message, { details: { low, high } });
    }
    case PROC_UNAVAIL:
      return new RpcError("RPC_PROC_UNAVAIL", "the program has no such procedure");
    case GARBAGE_ARGS:
      return new RpcError("RPC_GARBAGE_ARGS", "the server could not decode the arguments");
    case SYSTEM_ERR:
      return new RpcError("RPC_SYSTEM_ERR", "the server failed inside");
    default:
      return badReply(`accept_stat ${status}`);
  }
}

function readDenied(r: XdrReader): RpcError {
  const status = r.uint();
  if (status === RPC_MISMATCH) {
    const low = r.uint();
    const high = r.uint();
    const message = `the server speaks versions ${low} to ${high} of ONC RPC`;
    return new RpcError("RPC_VERSION_MISMATCH", message, { details: { low, high } });
  }
  if (status !== AUTH_ERROR) return badReply(`reject_stat ${status}`);
  const authStat = r.uint();
  return new RpcError("RPC_AUTH_ERROR", `the server refused the credential: auth_stat ${authStat}`, {
    details: { authStat },
  });
}

function badReply(what: string): RpcError {
  return new RpcError("RPC_BAD_REPLY", `not a reply of RFC 5531: ${what}`);
}
