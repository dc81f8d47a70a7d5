/**
 * A reliable channel: messages from one sender to one receiver and back, each delivered at most once and in the order of
 * its sending, over datagrams that are lost, doubled, reordered and damaged.
 *
 * A channel is one session between two incarnations. When either side crashes, or the network stays cut for too long,
 * the channel closes; what was not acknowledged by then is `lost`: the peer may have it or not, and nobody can tell (the
 * reliable channel's `GetAck` gives `ok` or `lost`: `spec-reliable.ts`). The peer's side of this channel may still deliver it until
 * that closes too; no other channel ever does (`spec-numbered.ts`).
 */
import type { Address, CoterieError } from "../world/index.ts";

/** The largest message, 64 MiB. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * A two-way channel to one peer: messages arrive whole, in order, once, or the channel closes and says why
 * (CHANNEL_…). Handlers are called synchronously.
 */
export interface Channel {
  readonly local: Address;
  readonly remote: Address;
  /** The peer's proven public key (X25519, 32 bytes); undefined where channels are not pinned to identities. */
  readonly peerKey: Uint8Array | undefined;
  /**
   * Sends a message of 0 to `MAX_MESSAGE_BYTES` bytes and returns its number: 1, 2, 3, …. The channel keeps `message`, which must
   * not be changed until it is acknowledged or the channel closed. Returns 0 when nothing was taken: too much waits
   * (`onDrain` tells when to go on), or the channel is closing. @throws RangeError for a larger message.
   */
  send(message: Uint8Array): number;
  /** Number of the last message sent; 0 before the first. */
  readonly sent: number;
  /** Every message of a number up to this is safely buffered at the destination. */
  readonly acknowledged: number;
  /** Bytes of messages sent and not yet acknowledged. */
  readonly pendingBytes: number;
  /** Called for each message, in order; `message` belongs to the callee. Set it before yielding. */
  onMessage: (message: Uint8Array) => void;
  /** `acknowledged` has grown. Called once for many messages. */
  onAcknowledged: () => void;
  /** There is room again, after a `send` that returned 0. */
  onDrain: () => void;
  /** The peer sends no more: everything it sent has been delivered. */
  onEnd: () => void;
  /**
   * The channel is gone in both directions, exactly once; `error` says why unless both sides ended or this one destroyed it.
   * Messages of numbers above `acknowledged` are lost.
   */
  onClose: (error: CoterieError | undefined) => void;
  /** Stops `onMessage`; the receiver's window slows the sender. A message under way may still come. */
  pause(): void;
  resume(): void;
  /** No more messages from here. The channel closes when both sides have ended and everything is acknowledged. */
  end(): void;
  /** Drops the channel at once and tells the peer; `onClose` follows without an error. */
  destroy(): void;
}
