/**
 * What a node does that is no member: it asks those who are to let it in. Nodes that decide what follows a view, of which nobody lives
 * any more, hear each other ask; when all of them do, or a quorum for long enough, the first of them forms the next view. The
 * founding of a group is that: its founders are the nodes of view 0, of which nobody ever lived.
 */
import type { Control } from "../wire/messages.ts";
import type { MembershipLimits } from "./limits.ts";
import type { Electorate } from "./quorum.ts";
import type { GroupView, Seat } from "./seat.ts";

interface Presence {
  readonly base: number;
  readonly atMs: number;
}

/** Who was heard of so many retries ago is not there any more. */
const PRESENT_RETRIES = 5;

export class Joining {
  readonly #seat: Seat;
  readonly #limits: MembershipLimits;
  readonly #contacts = new Set<string>();
  readonly #present = new Map<string, Presence>();
  #sinceMs = 0;
  #liveSeenMs = Number.NEGATIVE_INFINITY;
  #askMs = Number.NEGATIVE_INFINITY;

  constructor(seat: Seat, limits: MembershipLimits) {
    this.#seat = seat;
    this.#limits = limits;
  }

  start(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  addContact(node: string): void {
    if (node !== this.#seat.node && this.#contacts.size < 2 * this.#limits.maxMembers)
      this.#contacts.add(node);
  }

  /** Another node that is no member asks to be let in. */
  heard(node: string, base: number, nowMs: number): void {
    if (this.#present.size < this.#limits.maxMembers || this.#present.has(node))
      this.#present.set(node, { base, atMs: nowMs });
  }

  /** Somebody is a member of the last view: it is for those who are to form the next one. */
  heardLive(nowMs: number): void {
    this.#liveSeenMs = nowMs;
  }

  isPresent(node: string, base: number, nowMs: number): boolean {
    if (node === this.#seat.node) return true;
    const presence = this.#present.get(node);
    return presence?.base === base && nowMs - presence.atMs < PRESENT_RETRIES * this.#limits.retryMs;
  }

  /** Asks everybody who may be a member, when it is time. @returns when to ask again. */
  ask(
    view: GroupView,
    electorate: Electorate,
    nowMs: number,
    send: (node: string, message: Control) => void,
  ): number {
    if (nowMs < this.#askMs) return this.#askMs;
    this.#askMs = nowMs + this.#limits.retryMs;
    const isBase = electorate.has(this.#seat.node);
    const nodes = new Set([...this.#contacts, ...view.members.map(({ node }) => node), ...electorate.nodes]);
    nodes.delete(this.#seat.node);
    for (const node of nodes) send(node, { kind: "join", seat: this.#seat, base: view.id, isBase });
    return this.#askMs;
  }

  /** Whether to form the next view now: nobody lives, enough are here, and it is up to us. */
  isToForm(view: GroupView, electorate: Electorate, nowMs: number): boolean {
    const { foundingWaitMs, retryMs } = this.#limits;
    if (!electorate.has(this.#seat.node) || nowMs - this.#liveSeenMs < PRESENT_RETRIES * retryMs)
      return false;
    const present = electorate.nodes.filter((node) => this.isPresent(node, view.id, nowMs));
    if (present[0] !== this.#seat.node && !this.#isOverdue(present.indexOf(this.#seat.node), nowMs))
      return false;
    if (present.length === electorate.nodes.length) return true;
    return electorate.isQuorum((node) => present.includes(node)) && nowMs - this.#sinceMs >= foundingWaitMs;
  }

  /** Those before us had their time. */
  #isOverdue(place: number, nowMs: number): boolean {
    return nowMs - this.#sinceMs >= this.#limits.foundingWaitMs + place * this.#limits.patienceMs;
  }

  /** A view was decided, of which we are no member: its nodes have their time to go on. */
  advanced(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#askMs = nowMs;
  }
}
