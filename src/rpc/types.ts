/** What the RPC layer tells of itself to those above: credentials, calls, and the bounds of a server. */
import type { Address } from "../world/index.ts";

/** Who calls, as the call's header says it (RFC 5531 sections 8.2 and 14, appendix A): not proven by anything. */
export type Credential =
  | { readonly flavor: "none" }
  | {
      readonly flavor: "sys";
      readonly stamp: number;
      /** The caller's host name: at most 255 bytes, of any encoding. */
      readonly machine: string;
      readonly uid: number;
      readonly gid: number;
      /** At most 16. */
      readonly gids: readonly number[];
    };

/** A call as its handler sees it. Valid until the handler's result is sent. */
export interface RpcCall {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly credential: Credential;
  readonly remote: Address;
  readonly transport: "tcp" | "udp";
  /** The whole encoded call, header included: what tells a retry from another call. */
  readonly message: Uint8Array;
}

/** Bounds of a server; docs/limits.md says what happens at each. */
export interface RpcServerLimits {
  /** Largest call record over TCP, in bytes. */
  readonly maxRecordBytes: number;
  readonly maxConnections: number;
  readonly maxCallsPerConnection: number;
  readonly maxCalls: number;
  /** Encoded replies that one connection may have waiting before its calls are no longer read. */
  readonly maxPendingReplyBytes: number;
  /** A connection without calls for so long is closed. */
  readonly idleMs: number;
  /** Entries and bytes of the duplicate request cache, and how long one lives. */
  readonly maxCachedReplies: number;
  readonly maxCachedReplyBytes: number;
  readonly cachedReplyMs: number;
}
