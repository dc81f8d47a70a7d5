/**
 * A node as it votes: what it answers to coordinators, when its answer is on the disk. A live member of the view stops sending and
 * delivering before it promises, and accepts a value that it survives only when it has every message up to the cut.
 */
import type { Control } from "../wire/messages.ts";
import type { Acceptor } from "./acceptor.ts";
import {
  type GroupView,
  isSameMember,
  NO_RANK,
  type Promised,
  type Proposal,
  type Report,
  type Seat,
} from "./seat.ts";

export interface VoterBody {
  readonly seat: Seat;
  send(node: string, message: Control): void;
  /** Writes the acceptor's record. @returns a token that `stored` names, or a later one, when it is on the disk. */
  store(): number;
  /** Of a live member of the acceptor's view, which stops for that; undefined for others. */
  report(): Report | undefined;
  holds(cut: readonly number[]): boolean;
  /** Messages up to the cut are needed of those that hold them. */
  fetch(cut: readonly number[], holders: readonly number[]): void;
  /** Nobody has the messages that would be needed to go on. */
  resign(): void;
}

interface Reply {
  readonly token: number;
  readonly to: string;
  readonly message: Control;
}

/** Answers that wait for the disk: more are dropped, and asked for again. */
const MAX_REPLIES = 64;

export class Voter {
  readonly #acceptor: Acceptor;
  readonly #body: VoterBody;
  #replies: Reply[] = [];
  /** What waits for messages. */
  #lacking: { readonly from: string; readonly proposal: Proposal } | undefined;

  constructor(acceptor: Acceptor, body: VoterBody) {
    this.#acceptor = acceptor;
    this.#body = body;
  }

  /** The proposal that waits until messages have come. */
  get lacking(): Proposal | undefined {
    return this.#lacking?.proposal;
  }

  /** A coordinator asks for a promise in the acceptor's view. */
  prepare(from: string, view: GroupView, ballot: number): void {
    const acceptor = this.#acceptor;
    if (!acceptor.promise(ballot)) {
      this.#refuse(from);
      return;
    }
    if (this.#lacking !== undefined && this.#lacking.proposal.ballot < ballot) this.#lacking = undefined;
    const { seat } = this.#body;
    const { accepted } = acceptor;
    const promise: Promised = { instance: view.id, ballot, seat, accepted, report: this.#body.report() };
    this.#reply(from, { kind: "promise", promise });
  }

  /** A coordinator asks to accept a value in the acceptor's view. */
  propose(from: string, proposal: Proposal): void {
    if (proposal.ballot < this.#acceptor.promised) {
      this.#refuse(from);
      return;
    }
    const isLive = this.#body.report() !== undefined;
    if (isLive && this.#isSurvivor(proposal) && !this.#body.holds(proposal.value.cut)) {
      if (this.#isHopeless(proposal)) {
        this.#body.resign();
        return;
      }
      // The promise is kept even so: nothing of a lower ballot is accepted any more.
      this.#acceptor.promise(proposal.ballot);
      this.#lacking = { from, proposal };
      this.#body.fetch(proposal.value.cut, proposal.holders);
      return;
    }
    this.#accept(from, proposal);
  }

  /** Messages have come. */
  received(): void {
    const lacking = this.#lacking;
    if (lacking === undefined || !this.#body.holds(lacking.proposal.value.cut)) return;
    this.#lacking = undefined;
    this.#accept(lacking.from, lacking.proposal);
  }

  /** Everything stored up to this token is on the disk. */
  stored(token: number): void {
    const due = this.#replies.filter((each) => each.token <= token);
    this.#replies = this.#replies.filter((each) => each.token > token);
    for (const { to, message } of due) this.#body.send(to, message);
  }

  /** The acceptor's view is another one now. */
  advanced(): void {
    this.#lacking = undefined;
    this.#replies = [];
  }

  #isSurvivor({ value }: Proposal): boolean {
    return value.members.slice(0, value.survivors).some((member) => isSameMember(member, this.#body.seat));
  }

  /** Of what is lacking here nobody who promised has all. */
  #isHopeless({ value, holders }: Proposal): boolean {
    const received = this.#body.report()?.received ?? [];
    return value.cut.some((count, rank) => (received[rank] ?? 0) < count && holders[rank] === NO_RANK);
  }

  #accept(from: string, proposal: Proposal): void {
    const { instance, ballot } = proposal;
    if (!this.#acceptor.accept(proposal)) return;
    this.#reply(from, { kind: "accepted", instance, ballot });
  }

  #refuse(from: string): void {
    const { view, promised } = this.#acceptor;
    this.#body.send(from, { kind: "refused", instance: view.id, ballot: promised });
  }

  #reply(to: string, message: Control): void {
    if (this.#replies.length < MAX_REPLIES) this.#replies.push({ token: this.#body.store(), to, message });
  }
}
