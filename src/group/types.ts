/** The words of a group: members and views, orders and guarantees, and what happens at a member, as it is traced and checked. */

/**
 * A process in a group: its node's name, and which of the node's lives it is. A node that restarts, or was taken out and comes
 * back, is a new member, with a higher incarnation.
 */
export interface Member {
  readonly node: string;
  /** 1 and up, durable: no two lives of a node have the same. */
  readonly incarnation: number;
}

/** `node#incarnation`: what a member is called in traces, maps and messages to people. */
export function memberName(member: Member): string {
  return `${member.node}#${member.incarnation}`;
}

/** Who is in the group, as everybody in it agrees. Views follow each other in one sequence, the same for all. */
export interface View {
  /** 1 for the first that was installed, and one more for each. */
  readonly id: number;
  /** The oldest first. A member's place here is its rank. */
  readonly members: readonly Member[];
}

/**
 * In which order messages are delivered, those of one sender and those of several:
 *
 * - `unordered`: as they come;
 * - `fifo`: those of one sender as it sent them;
 * - `causal`: `fifo`, and what its sender had delivered or sent before it, `unordered` messages left out, comes before it
 *   everywhere;
 * - `total`: `fifo`, and all messages of order `total`, `causal-total` and `sync` in one order everywhere;
 * - `causal-total`: both;
 * - `sync`: `causal-total`, and a barrier: every other message of the view, of whatever order, comes before it at all members or after it at all.
 */
export type Order = "unordered" | "fifo" | "causal" | "total" | "causal-total" | "sync";

/**
 * What is known of a message when it is delivered:
 *
 * - `unreliable`: nothing: it may be lost; `unordered` or `fifo` only;
 * - `reliable`: all who go on to the next view together deliver it, or none of them;
 * - `atomic`: every member of the view has received it, so that all of them deliver it, or crash, or are taken out;
 * - `safe`: a majority of the log's replicas has it on its disks: it survives the crash of all. Its order is the log's.
 */
export type Guarantee = "unreliable" | "reliable" | "atomic" | "safe";

/** Names a message: the `sequence`-th that its sender sent in the group, counted from 1 and over all views. */
export interface MessageId {
  readonly sender: Member;
  readonly sequence: number;
}

/**
 * What happened at one member, in the order in which it happened there: what `spec.ts` judges. `view` is that of the
 * member when it happened; `id` is `memberName(sender)/sequence`.
 */
export type GroupEvent =
  | { readonly kind: "install"; readonly view: View; readonly from: number | undefined }
  | {
      readonly kind: "send";
      readonly id: string;
      readonly view: number;
      readonly order: Order;
      readonly guarantee: Guarantee;
    }
  /** `position`, of a safe message: how many of them there were since the log began, up to this one. */
  | { readonly kind: "deliver"; readonly id: string; readonly view: number; readonly position?: number }
  /** The sender was told that its message is what its guarantee says: `atomic` stable, `safe` durable. */
  | { readonly kind: "settle"; readonly id: string }
  /** The program has a state with safe messages that were not delivered to this member: those after it follow. */
  | { readonly kind: "restore" }
  /** It accepts and delivers nothing: too few of its view can be reached, or it cannot tell. */
  | { readonly kind: "block"; readonly view: number }
  | { readonly kind: "unblock"; readonly view: number }
  /** It learned that it is out. Nothing happens at this member after that. */
  | { readonly kind: "out"; readonly view: number }
  | { readonly kind: "crash" }
  /** Its process stood still for longer than the group's `pauseMs`, and goes on now. Told by who looks at processes, not by the group. */
  | { readonly kind: "wake" };
