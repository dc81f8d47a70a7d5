/** The data of view changes: what members, coordinators and acceptors know of each other. */
import type { Member, View } from "../types.ts";

/** A member, or who wants to be one, and where it listens. */
export interface Seat extends Member {
  readonly host: string;
  readonly port: number;
}

export interface GroupView extends View {
  readonly members: readonly Seat[];
}

/** What is decided at the end of a view: the members of the next, and how this one ends. */
export interface Value {
  /** The survivors first, in their old order, then those who join. */
  readonly members: readonly Seat[];
  readonly survivors: number;
  /** By rank in the next view: of whom a member gets the state; its own rank if it has the state. */
  readonly donors: readonly number[];
  /** By rank in the view that ends: items of its stream that count. */
  readonly cut: readonly number[];
}

export interface Decision {
  /** The view that ends. */
  readonly instance: number;
  readonly value: Value;
}

export interface Accepted {
  readonly ballot: number;
  /** Its coordinator was free to propose what it liked. */
  readonly isFresh: boolean;
  readonly value: Value;
}

/** What a live member says of itself when it promises. */
export interface Report {
  /** By rank: items that it has. */
  readonly received: readonly number[];
  readonly hasState: boolean;
  /** Of whom it is getting the state. */
  readonly donor: Member | undefined;
  readonly isLeaving: boolean;
  /** Ranks. */
  readonly suspected: readonly number[];
  readonly joining: readonly Seat[];
}

export interface Promised {
  readonly instance: number;
  readonly ballot: number;
  /** Who promises: a member of the view, or a later life of its node. */
  readonly seat: Seat;
  readonly accepted: Accepted | undefined;
  /** Undefined: not a live member of the view. */
  readonly report: Report | undefined;
}

export interface Proposal extends Accepted {
  readonly instance: number;
  /** By rank of a stream: who has all of it up to the cut, or `NO_RANK`. */
  readonly holders: readonly number[];
}

export const NO_RANK = 0xffff_ffff;
export const MAX_MEMBERS = 256;

export function isSameMember(a: Member, b: Member): boolean {
  return a.node === b.node && a.incarnation === b.incarnation;
}

export function rankOf(view: View, member: Member): number {
  return view.members.findIndex((each) => isSameMember(each, member));
}

export function rankOfNode(view: View, node: string): number {
  return view.members.findIndex((each) => each.node === node);
}
