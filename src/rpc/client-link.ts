/** What carries a client's calls: a TCP connection that comes back, or a UDP socket that sends again. */
import type { XdrWriter } from "../marshal/index.ts";
import type { World } from "../world/index.ts";
import type { PendingCall, PendingCalls } from "./pending-calls.ts";

export interface ClientLink {
  /** Where calls are encoded. A link never writes again to what it gave out: a call keeps its encoding for a retry. */
  readonly writer: XdrWriter;
  /** True: hold new calls back until `LinkOwner.unblocked`. */
  readonly blocked: boolean;
  /** Starts a call's message in `writer` and returns where its first byte is. */
  begin(): number;
  /** The message that begins at `start` could not be encoded. */
  abandon(start: number): void;
  /**
   * The call is encoded from `start` on: sends it.
   * @throws RpcError RPC_TOO_LARGE; then it must be abandoned.
   */
  send(call: PendingCall, start: number): void;
  /** The call's `retryMs` has come. */
  retry(call: PendingCall, nowMs: number): void;
  /** A valid reply came to a call. */
  answered(call: PendingCall): void;
  /** Begins again with another connection. */
  move(): void;
  /** Called once. */
  close(): Promise<void>;
}

/** What a link needs of its client. */
export interface LinkOwner {
  readonly world: World;
  readonly pending: PendingCalls;
  /** A whole message came. */
  received(bytes: Uint8Array, start: number, end: number): void;
  /** All messages of this turn were handed over. */
  receivedAll(): void;
  unblocked(): void;
  /** The call can get no answer. */
  fail(call: PendingCall, error: unknown): void;
  /** No connection can be had now; whether calls go on waiting is the client's choice. */
  unreachable(error: unknown): void;
  /** The `retryMs` of pending calls must be looked at no later than `atMs`. */
  retryBy(atMs: number): void;
  countRetransmission(): void;
  countConnect(): void;
}
