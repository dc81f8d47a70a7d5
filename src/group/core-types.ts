/** What goes into a group's core and comes out of it. */
import type { MembershipLimits } from "./membership/limits.ts";
import type { QuorumRule } from "./membership/quorum.ts";
import type { GroupView, Seat } from "./membership/seat.ts";
import type { MulticastLimits } from "./multicast/limits.ts";
import type { GroupEvent, Guarantee, Member, Order } from "./types.ts";
import type { Control } from "./wire/messages.ts";
import type { GroupRecord } from "./wire/record.ts";

export interface CoreLimits extends MulticastLimits, MembershipLimits {
  /** Bytes of our own messages that wait, because there is no room or no view to send them in. */
  readonly maxQueuedBytes: number;
  /** Bytes of deliveries that wait until the state is here; beyond, nothing more is acknowledged. */
  readonly maxHeldBytes: number;
}

/** Where the state of a member that has just come into a view is. */
export type StateOrigin =
  /** This is the first view, or nobody of the one before lives: all begin with what they have. */
  | "nobody"
  /** It was transferred, as it was at this view's installation. */
  | "donor"
  /** It was in the view before. */
  | "self";

/** Why a member is out. */
export type OutReason =
  /** It was suspected, or did not answer in time; perhaps before all was safe that it had said to leave with. */
  | "excluded"
  /** It asked to leave, and all that it had sent is delivered by those who stay. */
  | "left"
  /** A view was decided, and nobody is left of whom it could get the messages that come before it. */
  | "lost";

/**
 * What the core wants to be done, in the order in which it is called. `send` and `broadcast` are lent their bytes. None of these
 * may call the core, but for `deliver`, `install` and `settled`, which may call `multicast` and `leave`.
 */
export interface CoreOutput {
  send(node: string, bytes: Uint8Array): void;
  broadcast(nodes: readonly string[], bytes: Uint8Array): void;
  /** Writes the record; when it is on the disk, `stored` is called with this token. */
  store(record: Uint8Array, token: number): void;
  /** These are to be reached from now on, as far as they can. */
  reach(seats: readonly Seat[]): void;
  /** The nodes of the view that we are in from now on, without us: whom to watch. None when we are out. */
  watch(nodes: readonly string[]): void;
  /** The application comes into a view. Between this call and the return from it is the point in time of the state. */
  install(view: GroupView, state: StateOrigin): void;
  deliver(sender: Member, sequence: number, order: Order, guarantee: Guarantee, payload: Uint8Array): void;
  /** Our message of this sequence is in the stream of the view. */
  sent(sequence: number): void;
  /** Everybody has our message of this sequence. */
  settled(sequence: number): void;
  /** Messages of ours that were refused may have room now. */
  room(): void;
  blocked(): void;
  unblocked(): void;
  /** This member is none any more: the core does nothing after that. */
  out(reason: OutReason): void;
  /** The state as it is now is to be given to this member, in the transfer that is named by the view. */
  capture(view: number, joiner: Member): void;
  /** The state is to be got from this member, in the transfer that is named by the view; what came of an earlier one is void. */
  pull(view: number, donor: Member): void;
  /** A message of a transfer. */
  transfer(from: string, message: Extract<Control, { kind: "pull" | "chunk" }>): void;
  detector(from: string, bytes: Uint8Array): void;
  /** We suspect a member because it is too slow. */
  slow(node: string): void;
  /** A node sent what is no message. */
  trouble(from: string): void;
  /** What was received waits for its turn, or was dropped because its time is over. Undefined when nobody wants to know. */
  readonly held?: (sender: Member, sequence: number) => void;
  readonly discarded?: (sender: Member, sequence: number) => void;
  /** For those who check and draw: what happens, in its order. Undefined when nobody does. */
  readonly trace: ((event: GroupEvent) => void) | undefined;
  /** There is something to flush when this turn is over. Called often. */
  ready(): void;
}

export interface CoreOptions {
  /** Who we are in this life. The record's incarnation must be on the disk. */
  readonly seat: Seat;
  readonly record: GroupRecord;
  readonly quorum: QuorumRule;
  /** Nodes to ask for the group. */
  readonly contacts: readonly string[];
  readonly limits: CoreLimits;
  readonly nowMs: number;
}
