import { CoterieError, defineErrors } from "../world/index.ts";

/** What a remote call can fail with. `coterie explain CODE` prints these. */
export const rpcErrors = defineErrors({
  RPC_TIMEOUT: {
    summary: "No reply came before the call's deadline; the server may or may not have run it.",
    remedy: "Check that the server runs and is reachable; ask it what happened before you repeat a change.",
  },
  RPC_UNREACHABLE: {
    summary: "No connection to the server could be made, and the client was told not to keep trying.",
    remedy: "Check host and port, and that the server runs; the cause names the network's error.",
  },
  RPC_BUSY: {
    summary: "Too many calls wait for this client already.",
    remedy: "Make fewer calls at once, or raise maxInFlight and maxQueued.",
  },
  RPC_CLOSED: {
    summary: "The client was closed while the call was waiting, or before it was made.",
    remedy: "Make calls before close(); what was in flight may have been run by the server.",
  },
  RPC_PROG_UNAVAIL: {
    summary: "The server does not serve this program.",
    remedy: "Check host and port: `coterie rpc info HOST` lists what is registered where.",
  },
  RPC_PROG_MISMATCH: {
    summary: "The server serves the program, but not in this version; details hold the range it serves.",
    remedy: "Call a version in the range of `low` to `high`.",
  },
  RPC_PROC_UNAVAIL: {
    summary: "The server's program has no such procedure.",
    remedy: "Compare both sides' interface definitions.",
  },
  RPC_GARBAGE_ARGS: {
    summary: "The server could not decode the call's arguments.",
    remedy: "Compare both sides' interface definitions, and the size of the call with the server's bound.",
  },
  RPC_SYSTEM_ERR: {
    summary: "The server failed inside: out of memory, a bug, or a reply that it could not encode.",
    remedy: "Look at the server's log.",
  },
  RPC_VERSION_MISMATCH: {
    summary: "The server speaks another version of the ONC RPC protocol itself.",
    remedy: "Only version 2 exists in practice: check that the port really belongs to an RPC server.",
  },
  RPC_AUTH_ERROR: {
    summary: "The server refused the caller's credential; details hold its reason (`authStat`).",
    remedy: "Use the flavor that the server wants (AUTH_SYS for NFS), or ask who may call it.",
  },
  RPC_BAD_REPLY: {
    summary: "The server answered with bytes that are not the reply of this procedure.",
    remedy: "Compare both sides' interface definitions, and check that the port belongs to an RPC server.",
  },
  RPC_TOO_LARGE: {
    summary: "The call or its reply is larger than the transport or the configured bound carries.",
    remedy: "Send less at once, or use TCP; over UDP a message holds at most 65,507 bytes.",
  },
  RPC_PORT_PAIR: {
    summary: "No port is free for both TCP and UDP.",
    remedy: "Name a port with --port, or serve only one transport.",
  },
});

/** The codes of `RpcError`: RPC_… . */
export type RpcErrorCode = keyof typeof rpcErrors;

/** A call that did not come back with its result. */
export class RpcError extends CoterieError {
  constructor(
    code: RpcErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, message, options);
    this.name = "RpcError";
  }
}
