/**
 * Which view comes next: a node's part in deciding that, as a member and before it is one. Causes gather (suspicions, who wants
 * to join or leave); the oldest member that is not suspected coordinates, and if it gets nowhere, the next; what is decided is
 * told to all. Several coordinators at once do no harm: ballots keep them apart.
 */
import type { Control } from "../wire/messages.ts";
import type { Acceptor } from "./acceptor.ts";
import { isMembersBallot } from "./ballot.ts";
import { Campaign } from "./campaign.ts";
import type { Circumstances } from "./coordinator.ts";
import { Joining } from "./joining.ts";
import type { MembershipLimits } from "./limits.ts";
import { Petitions } from "./petitions.ts";
import { Electorate, type QuorumRule } from "./quorum.ts";
import { type Decision, type GroupView, type Promised, rankOf, rankOfNode, type Seat } from "./seat.ts";
import { Succession } from "./succession.ts";
import { Suspicions } from "./suspicions.ts";
import { Voter, type VoterBody } from "./voter.ts";

export interface MembershipBody extends VoterBody {
  /** The view that we are a live member of, and our rank there. */
  readonly live: { readonly view: GroupView; readonly rank: number } | undefined;
  /** We have promised, and wait for the decision. */
  readonly isFrozen: boolean;
  /** Somebody who was suspected, and this told, is so no more. */
  trustsAgain(): void;
  /** No quorum can be reached, or nothing was decided for long. */
  blocked(): void;
}

export class Membership {
  readonly acceptor: Acceptor;
  readonly joining: Joining;
  readonly suspicions = new Suspicions();
  electorate: Electorate;
  isLeaving = false;
  readonly #rule: QuorumRule;
  readonly #limits: MembershipLimits;
  readonly #body: MembershipBody;
  readonly #voter: Voter;
  readonly #petitions: Petitions;
  readonly #campaign: Campaign;
  readonly #succession: Succession;
  #frozenMs = 0;
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(acceptor: Acceptor, rule: QuorumRule, limits: MembershipLimits, body: MembershipBody) {
    this.acceptor = acceptor;
    this.#rule = rule;
    this.#limits = limits;
    this.#body = body;
    this.electorate = new Electorate(rule, acceptor.view);
    this.#voter = new Voter(acceptor, body);
    this.joining = new Joining(body.seat, limits);
    this.#petitions = new Petitions(limits.maxMembers);
    this.#campaign = this.#newCampaign();
    this.#succession = new Succession(limits, this.suspicions, this.#petitions);
  }

  #newCampaign(): Campaign {
    const membership = this;
    return new Campaign(this.acceptor, this.suspicions, this.#limits, {
      node: this.#body.seat.node,
      get electorate() {
        return membership.electorate;
      },
      get isMember() {
        return membership.#body.live !== undefined;
      },
      circumstances: (nowMs) => this.#circumstances(nowMs),
      send: (node, message) => this.#body.send(node, message),
      wake: (atMs) => this.#wake(atMs),
    });
  }

  get nextMs(): number {
    return this.#nextMs;
  }

  /** Who asked us to be let in. */
  get joins(): readonly Seat[] {
    return this.#petitions.joining;
  }

  /** The proposal for which we lack messages. */
  get lacking() {
    return this.#voter.lacking;
  }

  /** The last view is this one now, by a decision that somebody knows. */
  advance(view: GroupView, nowMs: number, decision?: Decision): void {
    if (!this.acceptor.advance(view, decision)) return;
    this.electorate = new Electorate(this.#rule, view);
    this.#voter.advanced();
    this.#body.store();
    this.suspicions.clear();
    this.#petitions.advanced(view, nowMs);
    this.#campaign.advanced();
    this.#succession.advanced(nowMs);
    this.joining.advanced(nowMs);
  }

  /** We have stopped, and wait for the decision from now on. */
  frozen(nowMs: number): void {
    this.#frozenMs = nowMs;
  }

  receive(from: string, message: Control, nowMs: number): void {
    switch (message.kind) {
      case "prepare":
        this.#prepared(from, message.view, message.ballot, nowMs);
        return;
      case "promise":
        this.#promised(message.promise);
        return;
      case "propose":
        if (message.proposal.instance !== this.acceptor.view.id) return;
        this.#campaign.heard(from, message.proposal.ballot, nowMs);
        this.#voter.propose(from, message.proposal);
        return;
      case "accepted":
        this.#campaign.accepted(from, message.instance, message.ballot);
        return;
      case "refused":
        if (message.instance === this.acceptor.view.id) this.#campaign.refused(message.ballot, nowMs);
        return;
      case "join":
        if (this.#petitions.join(message.seat, nowMs)) this.#suspectEarlier(message.seat);
        return;
      case "leave":
        if (this.#body.live !== undefined && rankOf(this.#body.live.view, message) >= 0)
          this.#petitions.leave(message);
        return;
      case "suspicions": {
        const live = this.#body.live;
        const rank = live === undefined ? -1 : rankOfNode(live.view, from);
        if (rank >= 0 && live?.view.id === message.view) this.suspicions.report(rank, message.ranks);
        return;
      }
    }
  }

  /** Messages of the view that is ending have come. */
  receivedMessages(): void {
    this.#voter.received();
  }

  stored(token: number): void {
    this.#voter.stored(token);
  }

  #prepared(from: string, view: GroupView, ballot: number, nowMs: number): void {
    if (view.id !== this.acceptor.view.id) return;
    const isForMembers = isMembersBallot(ballot);
    if (this.#body.live !== undefined && !isForMembers) {
      // Those who live go on, with whoever came back.
      this.#body.send(from, { kind: "news", isLive: true, view });
      return;
    }
    this.#campaign.heard(from, ballot, nowMs);
    this.#voter.prepare(from, view, ballot);
  }

  #promised(promise: Promised): void {
    if (!this.#campaign.promised(promise)) return;
    this.#suspectEarlier(promise.seat);
    // It lives: whatever the detector thinks, this came from it.
    const rank = rankOf(this.acceptor.view, promise.seat);
    if (rank >= 0 && this.suspicions.remove(rank)) this.#body.trustsAgain();
  }

  /** A later life of a member's node proves that the member is dead. */
  #suspectEarlier({ node, incarnation }: Seat): void {
    const live = this.#body.live;
    const rank = live === undefined ? -1 : rankOfNode(live.view, node);
    const member = live?.view.members[rank];
    if (member !== undefined && member.incarnation < incarnation) this.suspicions.addCertain(rank);
  }

  /** Of a member of this name and incarnation a later life was seen. */
  sawIncarnation(node: string, incarnation: number): void {
    this.#suspectEarlier({ node, incarnation, host: "", port: 0 });
  }

  /** Does what is to be done now. */
  check(nowMs: number): void {
    this.#nextMs = Number.POSITIVE_INFINITY;
    if (this.#campaign.isRunning) this.#campaign.step(nowMs);
    else if (this.#body.live !== undefined) this.#watch(this.#body.live, nowMs);
    else this.#wait(nowMs);
    if (this.#body.isFrozen) this.#checkBlocked(nowMs);
  }

  #watch(live: { readonly view: GroupView; readonly rank: number }, nowMs: number): void {
    if (live.view.id !== this.acceptor.view.id) return;
    const turnMs = this.#succession.turnMs(live.view, live.rank, this.#situation(nowMs), nowMs);
    if (turnMs === undefined) return;
    if (nowMs >= turnMs) this.#campaign.begin(live.rank, true, nowMs);
    else this.#wake(turnMs);
  }

  #situation(nowMs: number) {
    return {
      isFrozen: this.#body.isFrozen,
      isLeaving: this.isLeaving,
      isOthersRunning: this.#campaign.isOthersRunning(nowMs),
      ballotMs: this.#campaign.ballotMs,
    };
  }

  /** No member yet: asks to be let in, or forms a view with others. */
  #wait(nowMs: number): void {
    const { view } = this.acceptor;
    this.#wake(
      this.joining.ask(view, this.electorate, nowMs, (node, message) => this.#body.send(node, message)),
    );
    if (this.#campaign.isOthersRunning(nowMs) || !this.joining.isToForm(view, this.electorate, nowMs)) return;
    this.#campaign.begin(this.electorate.nodes.indexOf(this.#body.seat.node), false, nowMs);
  }

  #circumstances(nowMs: number): Circumstances {
    const live = this.#body.live;
    const { view } = this.acceptor;
    return {
      isSuspected: (node: string) => {
        if (live === undefined) return !this.joining.isPresent(node, view.id, nowMs);
        const rank = rankOfNode(live.view, node);
        return rank >= 0 && this.suspicions.isOwn(rank);
      },
      known: (promises) => ({
        view,
        promises,
        suspected: this.suspicions.reports(),
        condemned: (rank: number) => live !== undefined && this.suspicions.isSlow(rank),
        joining: this.#petitions.joining,
        leaving: this.#petitions.leaving,
      }),
    };
  }

  #checkBlocked(nowMs: number): void {
    const isHopeless = !this.electorate.isQuorum((node) => {
      const rank = rankOfNode(this.acceptor.view, node);
      return rank < 0 || !this.suspicions.isOwn(rank);
    });
    const atMs = this.#frozenMs + this.#limits.blockedAfterMs;
    if (isHopeless || this.#campaign.isStuck || nowMs >= atMs) this.#body.blocked();
    else this.#wake(atMs);
  }

  #wake(atMs: number): void {
    if (atMs < this.#nextMs) this.#nextMs = atMs;
  }
}
