/** What a group tells the program that is in it: functions for the program to set, each called in the turn in which it happens. */
import type { CoterieError } from "../world/index.ts";
import type { OutReason, StateOrigin } from "./core-types.ts";
import type { Guarantee, Member, Order, View } from "./types.ts";

export class GroupHandlers {
  /** A view is installed; `origin` says where the state of a member that comes into its first view is. */
  onView: (view: View, origin: StateOrigin) => void = () => {};
  /** The payload is the callee's. Safe messages come also while this member is blocked or out: they are the log's. */
  onDeliver: (
    sender: Member,
    payload: Uint8Array,
    sequence: number,
    order: Order,
    guarantee: Guarantee,
  ) => void = () => {};
  /** Nothing is accepted or delivered: too few members can be reached, or it cannot be known whether this one is still in. */
  onBlocked: () => void = () => {};
  onUnblocked: () => void = () => {};
  /** This member is none any more. */
  onOut: (member: Member, reason: OutReason) => void = () => {};
  /** Our message of this sequence is in the stream of the view: it is delivered in that, or nowhere. */
  onSent: (sequence: number) => void = () => {};
  /** `multicast` returned 0, and has room again. */
  onRoom: () => void = () => {};
  /** The group is over here: closed, or by an error. */
  onClose: (error: CoterieError | undefined) => void = () => {};
}
