/** What the RPC layer tells of itself to those above: credentials, calls, and the bounds of a server. */
import type { Address } from "../world/index.ts";

/** What carries the calls. */
export type Transport = "tcp" | "udp";

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

/** A connection that calls come on, as a handler may see it. */
export interface CallConnection {
  /** When it was accepted, on the monotonic clock: no call on it was sent before. */
  readonly openedMs: number;
  /** Reads no more calls from it; when those that run have their replies, or none, it ends. The caller sends what it misses on another one. */
  drop(why: string): void;
}

/** A call as its handler sees it. Valid until the handler's result is sent. */
export interface RpcCall {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly credential: Credential;
  readonly remote: Address;
  /** Where the call came to; over UDP the address that the socket is bound to, which may be any (`0.0.0.0`). */
  readonly local: Address;
  readonly transport: Transport;
  /** Undefined over UDP. */
  readonly connection?: CallConnection | undefined;
  /** The whole encoded call, header included: what tells a retry from another call. */
  readonly message: Uint8Array;
}

/** Bounds of a server; README.md says what happens at each. */
export interface RpcServerLimits {
  /** Largest call record over TCP, in bytes. */
  readonly maxRecordBytes: number;
  readonly maxConnections: number;
  readonly maxCallsPerConnection: number;
  readonly maxCalls: number;
  /** Encoded replies that one connection may have waiting before its calls are no longer read. */
  readonly maxPendingReplyBytes: number;
  /** A connection on which for so long nothing was asked or answered is closed, unless its peer is seen to wait. */
  readonly idleMs: number;
  /** Entries and bytes of the duplicate request cache, and how long one lives. */
  readonly maxCachedReplies: number;
  readonly maxCachedReplyBytes: number;
  readonly cachedReplyMs: number;
  /** How long `close` waits for calls in flight and for replies to leave. */
  readonly closeMs: number;
}

/** The bounds of a server for which nothing else is said. */
export const defaultServerLimits: RpcServerLimits = {
  maxRecordBytes: 4 * 1024 * 1024,
  maxConnections: 1024,
  maxCallsPerConnection: 256,
  maxCalls: 4096,
  maxPendingReplyBytes: 8 * 1024 * 1024,
  idleMs: 6 * 60 * 1000,
  maxCachedReplies: 8192,
  maxCachedReplyBytes: 16 * 1024 * 1024,
  cachedReplyMs: 2 * 60 * 1000,
  closeMs: 5000,
};

/** What a server counted since it was made. Gauges say so. */
export interface RpcServerStats {
  /** Gauge: connections open now. */
  readonly connections: number;
  readonly connectionsAccepted: number;
  /** Closed at once because of `maxConnections`. */
  readonly connectionsRefused: number;
  /** Closed for rubbish, for a record over the bound, or with calls that nobody was seen waiting for. */
  readonly connectionsDropped: number;
  /** Gauge: calls whose handler has not finished. */
  readonly callsInFlight: number;
  /** Calls that reached a handler. */
  readonly calls: number;
  /** Replies by RFC 5531's word for them. */
  readonly replies: {
    readonly SUCCESS: number;
    readonly PROG_UNAVAIL: number;
    readonly PROG_MISMATCH: number;
    readonly PROC_UNAVAIL: number;
    readonly GARBAGE_ARGS: number;
    readonly SYSTEM_ERR: number;
    readonly RPC_MISMATCH: number;
    readonly AUTH_ERROR: number;
  };
  /** Retries answered from the duplicate request cache, and retries that found the first still running. */
  readonly duplicatesReplayed: number;
  readonly duplicatesInProgress: number;
  /** Gauges of the duplicate request cache. */
  readonly cachedReplies: number;
  readonly cachedReplyBytes: number;
  /** Messages that were no calls. */
  readonly badMessages: number;
  /** Datagrams dropped because of `maxCalls`. */
  readonly datagramsDropped: number;
}

/** Bounds that differ from `defaultServerLimits`. */
export interface RpcServerOptions {
  readonly limits?: Partial<RpcServerLimits>;
}

/** Where an `RpcServer` listens. */
export interface RpcListenOptions {
  /** The local IP address. */
  readonly host: string;
  /** 0 lets the system choose one port for all the transports. */
  readonly port: number;
  /** Default: both. */
  readonly transports?: readonly Transport[];
}

/**
 * Which of several servers a client calls that have one state and know a call again by its bytes, whichever of them it came by. It is
 * asked for each connection; the client says what became of it.
 */
export interface Route {
  /** The server to connect to. */
  readonly current: Address;
  /** There is no connection to `current`, or no more, and calls wait. How long until one to the server that is `current` then, in ms. */
  lost(error: unknown): number;
  /** `current` gave a valid reply. */
  answered(): void;
}

/** Which server an `RpcClient` calls, as whom, and how long it waits. */
export interface RpcClientOptions {
  /** Host name or IP address. */
  readonly host: string;
  readonly port: number;
  /** TCP only, in place of host and port. */
  readonly route?: Route;
  /** Default tcp. */
  readonly transport?: Transport;
  /** Default AUTH_NONE. */
  readonly credential?: Credential;
  /** Deadline of a call that names none, from when it is made. Default 30,000. */
  readonly timeoutMs?: number;
  /** The local address; a port below 1024 needs privilege. */
  readonly from?: Partial<Address>;
  /**
   * TCP only: connect from a port below 1024, another one each time, which shows servers that this machine's
   * superuser calls; where the system refuses it, from any port. Default false.
   */
  readonly privilegedPort?: boolean;
  /**
   * False: calls fail with RPC_UNREACHABLE when a connection cannot be made or breaks. True (default): the client
   * connects again and sends what was not answered again, until each call's own deadline.
   */
  readonly reconnect?: boolean;
  /**
   * TCP only: a call that was not answered for so long is sent again, and then after twice as long each time, up to 16 times; for servers that may drop
   * one. Default: never.
   */
  readonly resendMs?: number;
  /** Calls sent and not yet answered; more wait. Default 1024 over TCP, 64 over UDP. */
  readonly maxInFlight?: number;
  /** Calls that wait to be sent; more fail with RPC_BUSY. Default 65,536. */
  readonly maxQueued?: number;
  /** Largest reply record over TCP, in bytes. Default 4 MiB. */
  readonly maxRecordBytes?: number;
}

/** What a client counted since it was made. */
export interface RpcClientStats {
  readonly calls: number;
  readonly replies: number;
  /** Calls sent again: over UDP for want of a reply, over TCP on a new connection or by `resendMs`. */
  readonly retransmissions: number;
  readonly connects: number;
  /** Replies that no call waited for. */
  readonly strayReplies: number;
  /** Gauges. */
  readonly inFlight: number;
  readonly queued: number;
}
