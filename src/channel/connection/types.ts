/**
 * The seam between one session's protocol (`Connection`: a pure state machine of frames, windows and timers) and what
 * carries its packets (the endpoint: sockets, handshakes, protection, addresses).
 *
 * The endpoint opens and checks packets, and hands the frames in them to `receive`; it asks `produce` for the frames of the
 * next packet until there are none, and calls `wake` when `wakeAtMs` has come. The connection never sees a
 * clock, a socket or a key. Packet numbers count from 1 up in each direction and are never used twice, so that an
 * acknowledgment names one transmission and a number can be a nonce.
 */
import type { CoterieError } from "../../world/index.ts";

/** What a connection tells its owner. Called from within `receive`, `send`, `wake`, `resume` and the like, in that turn. */
export interface ConnectionEvents {
  /** A whole message, in order; it belongs to the callee. */
  message(message: Uint8Array): void;
  /** The cumulative number of acknowledged messages has grown. */
  acknowledged(): void;
  drain(): void;
  /** The peer has ended its direction and everything of it was delivered. */
  ended(): void;
  /** Nothing more is sent or received. `produce` may still give one last packet that tells the peer. */
  closed(error: CoterieError | undefined): void;
  /** There may be something to produce, or `wakeAtMs` has become earlier. Called often: make it cheap. */
  ready(): void;
}

/** Bounds of one connection, in bytes and milliseconds. */
export interface ConnectionLimits {
  /** Bytes of messages that wait here or are not acknowledged before `send` takes no more; one message may pass it. */
  readonly maxPendingBytes: number;
  /** Bytes that the peer may send beyond what was delivered: the receiver's window. */
  readonly receiveWindowBytes: number;
  /** The most that is in flight, whatever the path would take. Default: no bound of its own. */
  readonly maxFlightBytes?: number;
  /** Payload bytes of the first packets; and of the largest that probing may find, without the endpoint's own header and tag. */
  readonly minPayloadBytes: number;
  readonly maxPayloadBytes: number;
  /** A peer that is silent for so long, with something owed by it, is gone. */
  readonly timeoutMs: number;
  /** Silence after which a keepalive is sent; 0 sends none. */
  readonly keepaliveMs: number;
  /** What the handshake took there and back, so that the first packets need not wait a second to be sent again. */
  readonly roundTripMs?: number;
}

/** What `Connection` offers; times are monotonic milliseconds with a fraction. */
export interface ConnectionCore {
  /**
   * Frames of an authentic packet that was not received before. They may hold anything, as its sender may be broken:
   * a violation closes the connection. `frames` is only good during the call.
   */
  receive(packetNumber: number, frames: Uint8Array, nowMs: number): void;
  /**
   * Writes the frames of the next packet into `out` from `at` on and returns how many bytes, at most `payloadBytes`; 0 when
   * nothing may be sent now. The packet has the number `nextPacketNumber`, which then grows by one.
   */
  produce(out: Uint8Array, at: number, nowMs: number): number;
  readonly nextPacketNumber: number;
  /** The most that the next `produce` may write (a probe of the path may be larger than other packets). */
  readonly payloadBytes: number;
  /** When `wake` is due at the latest; `Infinity` for an idle connection without keepalive. */
  readonly wakeAtMs: number;
  wake(nowMs: number): void;
  /**
   * Whether `wake` would ask a silent peer whether it is there, or give it up, and nothing else that matters. Its owner may let it wait:
   * time that passes before `wake` is called is not held against the peer.
   */
  wantsToAsk(nowMs: number): boolean;
  /** As of `Channel`. */
  send(message: Uint8Array): number;
  pause(): void;
  resume(): void;
  end(): void;
  destroy(): void;
  /** The endpoint found out that the peer is another incarnation, or gone. */
  fail(error: CoterieError): void;
  readonly sent: number;
  readonly acknowledged: number;
  readonly pendingBytes: number;
  readonly isClosed: boolean;
}
