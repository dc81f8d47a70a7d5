/** What people tell a group, and what it tells them. */

import type { CallHandler } from "../calls/calls.ts";
import type { StateOrigin } from "../core-types.ts";
import type { WhenBlocked } from "../machine/client.ts";
import type { Declarations } from "../machine/declaration.ts";
import type { Guarantee, Member, Order, View } from "../types.ts";
import type { Codec } from "./codec.ts";
import type { Handlers } from "./listeners.ts";
import type { StandardSchema } from "./schema.ts";

/** How messages are checked, who answers calls, and which objects are shared. */
export interface JoinedOptions<Message, Request, Reply, Shared extends Declarations> {
  /** What messages are; anything that JSON holds, and bytes, unless it is given. */
  readonly message?: StandardSchema<unknown, Message> | undefined;
  /** What calls ask, and what they are answered. */
  readonly request?: StandardSchema<unknown, Request> | undefined;
  readonly reply?: StandardSchema<unknown, Reply> | undefined;
  /** How values become bytes. Default: `jsonCodec`. The same at all members. */
  readonly codec?: Codec<unknown> | undefined;
  /** Of messages and calls that do not say otherwise. Default: `total` and `atomic`, the strongest that need no disk. */
  readonly order?: Order | undefined;
  readonly guarantee?: Guarantee | undefined;
  /** What is asked for while too few of the group can be reached waits, or fails with GROUP_BLOCKED. Default: it waits. */
  readonly whenBlocked?: WhenBlocked | undefined;
  /** Handlers that are there from the beginning: what comes right with the first view may be over when `join` has resolved. */
  readonly on?: Handlers<GroupEvents<Message>> | undefined;
  /** As `answer` of the group, from the beginning. */
  readonly answer?: CallHandler<Request, Reply> | undefined;
  /** Objects that the group shares, by name. All members declare the same. */
  readonly shared?: Shared | undefined;
}

/** What `JoinedGroup.on` tells, by the event's name. */
export interface GroupEvents<Message> {
  /** A view is installed: what is delivered from now on is delivered in it, at all its members. */
  readonly view: {
    readonly view: View;
    /** As against the view before, or nobody's. */
    readonly joined: readonly Member[];
    readonly left: readonly Member[];
    /** Where this member's state is from. `nobody`: shared objects begin empty, everywhere. */
    readonly state: StateOrigin;
  };
  readonly deliver: {
    readonly message: Message;
    readonly sender: Member;
    /** Undefined only for a safe message that comes while this process is in no view. */
    readonly view: View | undefined;
    readonly order: Order;
    readonly guarantee: Guarantee;
  };
  /** Somebody sent what is no message here; it was not delivered. */
  readonly invalid: { readonly sender: Member; readonly error: Error };
  readonly blocked: { readonly view: View };
  readonly unblocked: { readonly view: View };
  /** This member is one no more. Unless `isLast`, the process asks to be let in again. */
  readonly out: { readonly reason: string; readonly isLast: boolean; readonly error: unknown };
  /** After `out`: the process is a new member. */
  readonly rejoined: { readonly self: Member; readonly view: View; readonly state: StateOrigin };
}
