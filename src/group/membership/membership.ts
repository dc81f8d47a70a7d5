/**
 * Which view comes next: a node's part in deciding that, as a member and before it is one. Causes gather (suspicions, who wants
 * to join or leave); the oldest member that is not suspected coordinates, and if it gets nowhere, the next; what is decided is
 * told to all. Several coordinators at once do no harm: ballots keep them apart.
 */
import { memberName } from "../types.ts";
import type { Control } from "../wire/messages.ts";
import type { Acceptor } from "./acceptor.ts";
import { coordinatorOf, isMembersBallot, nextBallot } from "./ballot.ts";
import { Coordinator, type Step } from "./coordinator.ts";
import { Joining } from "./joining.ts";
import type { MembershipLimits } from "./limits.ts";
import { Electorate, type QuorumRule } from "./quorum.ts";
import {
  type Decision,
  type GroupView,
  type Promised,
  rankOf,
  rankOfNode,
  type Seat,
  type Value,
} from "./seat.ts";
import { Suspicions } from "./suspicions.ts";
import { Voter, type VoterBody } from "./voter.ts";

export interface MembershipBody extends VoterBody {
  /** The view that we are a live member of, and our rank there. */
  readonly live: { readonly view: GroupView; readonly rank: number } | undefined;
  /** We have promised, and wait for the decision. */
  readonly isFrozen: boolean;
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
  readonly #joins = new Map<string, Seat>();
  readonly #leaves = new Set<string>();
  #coordinator: Coordinator | undefined;
  #step: Step | undefined;
  /** The highest ballot that was heard of in this view. */
  #highest = 0;
  #ballotMs = Number.NEGATIVE_INFINITY;
  #causeMs: number | undefined;
  #joinMs = 0;
  #advancedMs = 0;
  #frozenMs = 0;
  #resendMs = 0;
  #resends = 0;
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(acceptor: Acceptor, rule: QuorumRule, limits: MembershipLimits, body: MembershipBody) {
    this.acceptor = acceptor;
    this.#rule = rule;
    this.#limits = limits;
    this.#body = body;
    this.electorate = new Electorate(rule, acceptor.view);
    this.#voter = new Voter(acceptor, body);
    this.joining = new Joining(body.seat, limits);
  }

  get nextMs(): number {
    return this.#nextMs;
  }

  /** Who asked us to be let in. */
  get joins(): readonly Seat[] {
    return [...this.#joins.values()];
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
    this.#leaves.clear();
    for (const { node, incarnation } of view.members)
      if ((this.#joins.get(node)?.incarnation ?? incarnation + 1) <= incarnation) this.#joins.delete(node);
    this.#coordinator = undefined;
    this.#highest = 0;
    this.#causeMs = undefined;
    this.#ballotMs = Number.NEGATIVE_INFINITY;
    this.#joinMs = nowMs;
    this.#advancedMs = nowMs;
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
        this.#heardBallot(from, message.proposal.ballot, nowMs);
        this.#voter.propose(from, message.proposal);
        return;
      case "accepted":
        if (this.#isOurs(message.instance, message.ballot)) this.#coordinator?.accept(from);
        return;
      case "refused":
        this.#refused(message.instance, message.ballot, nowMs);
        return;
      case "join":
        this.#asked(message.seat, nowMs);
        return;
      case "leave":
        if (this.#body.live !== undefined && rankOf(this.#body.live.view, message) >= 0)
          this.#leaves.add(memberName(message));
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
    this.#heardBallot(from, ballot, nowMs);
    this.#voter.prepare(from, view, ballot);
  }

  #heardBallot(from: string, ballot: number, nowMs: number): void {
    this.#highest = Math.max(this.#highest, ballot);
    if (ballot < this.acceptor.promised) return;
    this.#ballotMs = nowMs;
    if (from !== this.#body.seat.node && this.#coordinator !== undefined && ballot > this.#coordinator.ballot)
      this.#coordinator = undefined;
  }

  #promised(promise: Promised): void {
    if (!this.#isOurs(promise.instance, promise.ballot)) return;
    this.#coordinator?.promise(promise);
    this.#suspectEarlier(promise.seat);
    // It lives: whatever the detector thinks, this came from it.
    const rank = rankOf(this.acceptor.view, promise.seat);
    if (rank >= 0) this.suspicions.remove(rank);
  }

  #isOurs(instance: number, ballot: number): boolean {
    return instance === this.acceptor.view.id && ballot === this.#coordinator?.ballot;
  }

  #refused(instance: number, ballot: number, nowMs: number): void {
    if (instance !== this.acceptor.view.id) return;
    this.#highest = Math.max(this.#highest, ballot);
    if (this.#coordinator === undefined || ballot <= this.#coordinator.ballot) return;
    this.#coordinator = undefined;
    this.#ballotMs = nowMs;
  }

  #asked(seat: Seat, nowMs: number): void {
    const known = this.#joins.get(seat.node);
    if (known === undefined && this.#joins.size >= this.#limits.maxMembers) return;
    if (known !== undefined && known.incarnation >= seat.incarnation) return;
    if (this.#joins.size === 0) this.#joinMs = nowMs;
    this.#joins.set(seat.node, seat);
    this.#suspectEarlier(seat);
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
    if (this.#coordinator !== undefined) this.#coordinate(this.#coordinator, nowMs);
    else if (this.#body.live !== undefined) this.#watch(this.#body.live, nowMs);
    else this.#wait(nowMs);
    if (this.#body.isFrozen) this.#checkBlocked(nowMs);
  }

  #watch(live: { readonly view: GroupView; readonly rank: number }, nowMs: number): void {
    if (live.view.id !== this.acceptor.view.id) return;
    const cause = this.#cause(live.view);
    if (cause === undefined) {
      this.#causeMs = undefined;
      return;
    }
    this.#causeMs ??= nowMs;
    const before = live.view.members.filter(
      (_, rank) => rank < live.rank && !this.suspicions.isSuspected(rank),
    ).length;
    const isOthers = this.#isOthersBallotRunning(nowMs);
    const fromMs = this.#fromMs(cause, this.#causeMs);
    const atMs =
      before === 0 && !isOthers
        ? fromMs
        : Math.max(fromMs, this.#ballotMs) + (before + 1) * this.#limits.patienceMs;
    if (nowMs >= atMs) this.#begin(live.rank, true, nowMs);
    else this.#wake(atMs);
  }

  /** From when on the cause is acted upon. */
  #fromMs(cause: "join" | "leave" | "other", causeMs: number): number {
    if (cause === "join") return this.#joinMs + this.#limits.gatherMs;
    // Who could not be let go by the last change, because others need its state, asks again after a while.
    return cause === "leave" ? Math.max(causeMs, this.#advancedMs + 2 * this.#limits.retryMs) : causeMs;
  }

  /** Why there should be another view. */
  #cause(view: GroupView): "join" | "leave" | "other" | undefined {
    if (this.#body.isFrozen) return "other";
    if (view.members.some((_, rank) => this.suspicions.isSuspected(rank))) return "other";
    if (this.isLeaving || this.#leaves.size > 0) return "leave";
    return this.#joins.size > 0 && view.members.length < this.#limits.maxMembers ? "join" : undefined;
  }

  #isOthersBallotRunning(nowMs: number): boolean {
    const { promised } = this.acceptor;
    if (promised === 0 || nowMs - this.#ballotMs >= this.#limits.patienceMs) return false;
    return !isMembersBallot(promised) || !this.suspicions.isSuspected(coordinatorOf(promised));
  }

  /** No member yet: asks to be let in, or forms a view with others. */
  #wait(nowMs: number): void {
    const { view } = this.acceptor;
    this.#wake(
      this.joining.ask(view, this.electorate, nowMs, (node, message) => this.#body.send(node, message)),
    );
    if (this.#isOthersBallotRunning(nowMs) || !this.joining.isToForm(view, this.electorate, nowMs)) return;
    this.#begin(this.electorate.nodes.indexOf(this.#body.seat.node), false, nowMs);
  }

  #begin(rank: number, isMember: boolean, nowMs: number): void {
    const { view } = this.acceptor;
    const ballot = nextBallot(Math.max(this.#highest, this.acceptor.promised), rank, isMember);
    if (ballot === undefined) return;
    this.#highest = ballot;
    this.#ballotMs = nowMs;
    this.#resends = 0;
    this.#resendMs = nowMs + this.#limits.retryMs;
    const coordinator = new Coordinator(view, ballot, this.electorate, this.#limits, nowMs);
    this.#coordinator = coordinator;
    this.#step = undefined;
    for (const node of coordinator.nodes) this.#body.send(node, { kind: "prepare", view, ballot });
    this.#wake(nowMs + this.#limits.retryMs);
  }

  #coordinate(coordinator: Coordinator, nowMs: number): void {
    // A node that formed views before it was a member, or a member that is none any more, is no coordinator.
    if (isMembersBallot(coordinator.ballot) !== (this.#body.live !== undefined)) {
      this.#coordinator = undefined;
      return;
    }
    const step = coordinator.step(this.#circumstances(nowMs), nowMs);
    this.#step = step;
    const { view, ballot } = coordinator;
    switch (step.kind) {
      case "propose":
        this.#resendMs = nowMs + this.#limits.retryMs;
        this.#resends = 0;
        for (const node of coordinator.nodes) this.#propose(node, coordinator);
        break;
      case "decide":
        this.#coordinator = undefined;
        this.#tell(coordinator.nodes, view.id, step.chosen.value);
        return;
      case "give up":
        this.#begin(ballot % 256, isMembersBallot(ballot), nowMs);
        return;
      case "wait":
        this.#wake(step.untilMs);
    }
    this.#resend(coordinator, nowMs);
  }

  #propose(node: string, { view, ballot, chosen }: Coordinator): void {
    if (chosen === undefined) return;
    this.#body.send(node, { kind: "propose", proposal: { instance: view.id, ballot, ...chosen } });
  }

  #tell(nodes: readonly string[], instance: number, value: Value): void {
    const everybody = new Set([...nodes, ...value.members.map(({ node }) => node)]);
    for (const node of everybody) this.#body.send(node, { kind: "decide", instance, value });
  }

  #resend(coordinator: Coordinator, nowMs: number): void {
    if (nowMs >= this.#resendMs) {
      this.#resends = Math.min(this.#resends + 1, 3);
      this.#resendMs = nowMs + this.#limits.retryMs * 2 ** this.#resends;
      const { view, ballot, chosen } = coordinator;
      for (const node of coordinator.nodes) {
        if (chosen === undefined && !coordinator.hasPromised(node))
          this.#body.send(node, { kind: "prepare", view, ballot });
        else if (chosen !== undefined && !coordinator.hasAccepted(node)) this.#propose(node, coordinator);
      }
    }
    this.#wake(this.#resendMs);
  }

  #circumstances(nowMs: number) {
    const live = this.#body.live;
    const { view } = this.acceptor;
    return {
      isSuspected: (node: string) => {
        if (live === undefined) return !this.joining.isPresent(node, view.id, nowMs);
        const rank = rankOfNode(live.view, node);
        return rank >= 0 && this.suspicions.isOwn(rank);
      },
      known: (promises: ReadonlyMap<string, Promised>) => ({
        view,
        promises,
        suspected: this.suspicions.reports(),
        condemned: (rank: number) => live !== undefined && this.suspicions.isSlow(rank),
        joining: this.joins,
        leaving: this.#leaves,
      }),
    };
  }

  #checkBlocked(nowMs: number): void {
    const isHopeless = !this.electorate.isQuorum((node) => {
      const rank = rankOfNode(this.acceptor.view, node);
      return rank < 0 || !this.suspicions.isOwn(rank);
    });
    const atMs = this.#frozenMs + this.#limits.blockedAfterMs;
    if (isHopeless || this.#step?.kind === "stuck" || nowMs >= atMs) this.#body.blocked();
    else this.#wake(atMs);
  }

  #wake(atMs: number): void {
    if (atMs < this.#nextMs) this.#nextMs = atMs;
  }
}
