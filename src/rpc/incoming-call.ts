/** A call as the server reads it: the header's fields, and where the reply goes. */
import type { XdrReader } from "../marshal/index.ts";
import type { Address } from "../world/index.ts";
import type { CredentialReader } from "./credential.ts";
import type { CacheEntry } from "./duplicate-cache.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { CallConnection, Credential, RpcCall, Transport } from "./types.ts";
import { type AuthStat, CALL, RPC_VERSION } from "./wire.ts";

const none: Credential = { flavor: "none" };

export class IncomingCall implements RpcCall {
  xid = 0;
  program = 0;
  version = 0;
  procedure = 0;
  credential: Credential = none;
  readonly remote: Address;
  /** Where the reply goes: it moves when the caller came back on another connection. */
  sink: ReplySink;
  /** Its place in the duplicate request cache. */
  cached: CacheEntry | undefined = undefined;
  private readonly bytes: Uint8Array;
  private readonly start: number;
  private readonly end: number;

  constructor(reader: XdrReader, sink: ReplySink, remote: Address) {
    this.bytes = reader.bytes;
    this.start = reader.position;
    this.end = reader.end;
    this.sink = sink;
    this.remote = remote;
  }

  get transport(): Transport {
    return this.sink.transport;
  }

  get local(): Address {
    return this.sink.local;
  }

  get connection(): CallConnection | undefined {
    return this.sink.connection;
  }

  get message(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

/** What a header says: a call, no call at all, a call of another RPC version, or a credential to refuse. */
export type HeaderVerdict = "call" | "not-a-call" | "rpc-mismatch" | AuthStat;

/**
 * Reads a call's header into `call`; the reader then stands at the arguments.
 * @throws XdrError when the message ends after its type but before the arguments; `call.xid` is right then.
 */
export function readCallHeader(
  r: XdrReader,
  call: IncomingCall,
  credentials: CredentialReader,
): HeaderVerdict {
  if (r.remaining < 8) return "not-a-call";
  call.xid = r.uint();
  if (r.uint() !== CALL) return "not-a-call";
  if (r.uint() !== RPC_VERSION) return "rpc-mismatch";
  call.program = r.uint();
  call.version = r.uint();
  call.procedure = r.uint();
  const credential = credentials.read(r);
  if (typeof credential === "number") return credential;
  call.credential = credential;
  return "call";
}
