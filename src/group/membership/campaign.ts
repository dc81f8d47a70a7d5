/**
 * A node's ballots about what follows the last view: it begins one, carries it from question to proposal to decision
 * (`coordinator.ts` says which step is next), asks again where no answer came, gives way to a higher one, and tries another when it
 * cannot succeed. What it hears of others' ballots is kept here too.
 */
import type { Control } from "../wire/messages.ts";
import type { Acceptor } from "./acceptor.ts";
import { coordinatorOf, isMembersBallot, nextBallot } from "./ballot.ts";
import { type Circumstances, Coordinator, type Step } from "./coordinator.ts";
import type { MembershipLimits } from "./limits.ts";
import type { Electorate } from "./quorum.ts";
import { MAX_MEMBERS, type Promised, type Value } from "./seat.ts";
import type { Suspicions } from "./suspicions.ts";

export interface CampaignHost {
  readonly node: string;
  readonly electorate: Electorate;
  /** We are a live member of the view. */
  readonly isMember: boolean;
  circumstances(nowMs: number): Circumstances;
  send(node: string, message: Control): void;
  /** Calls `step` again at this time, at the latest. */
  wake(atMs: number): void;
}

/** Questions are asked again after longer and longer times, up to this power of two. */
const MAX_DOUBLINGS = 3;

export class Campaign {
  readonly #acceptor: Acceptor;
  readonly #suspicions: Suspicions;
  readonly #limits: MembershipLimits;
  readonly #host: CampaignHost;
  #coordinator: Coordinator | undefined;
  #step: Step | undefined;
  /** The highest ballot that was heard of in this view, and when one was that is not obsolete. */
  #highest = 0;
  #ballotMs = Number.NEGATIVE_INFINITY;
  #resendMs = 0;
  #resends = 0;
  /** A ballot of ours has given way to a higher one in this view. */
  #isOverruled = false;

  constructor(acceptor: Acceptor, suspicions: Suspicions, limits: MembershipLimits, host: CampaignHost) {
    this.#acceptor = acceptor;
    this.#suspicions = suspicions;
    this.#limits = limits;
    this.#host = host;
  }

  /** A ballot of ours is under way. */
  get isRunning(): boolean {
    return this.#coordinator !== undefined;
  }

  /** Ours cannot go on without more promises. */
  get isStuck(): boolean {
    return this.#step?.kind === "stuck";
  }

  get ballotMs(): number {
    return this.#ballotMs;
  }

  /** The view is another one: a new instance, with ballots of its own. */
  advanced(): void {
    this.#coordinator = undefined;
    this.#highest = 0;
    this.#ballotMs = Number.NEGATIVE_INFINITY;
    this.#isOverruled = false;
  }

  heard(from: string, ballot: number, nowMs: number): void {
    this.#highest = Math.max(this.#highest, ballot);
    if (ballot < this.#acceptor.promised) return;
    this.#ballotMs = nowMs;
    if (from !== this.#host.node && this.#coordinator !== undefined && ballot > this.#coordinator.ballot)
      this.#giveWay();
  }

  /** Somebody has promised this ballot, and so refused ours. */
  refused(ballot: number, nowMs: number): void {
    this.#highest = Math.max(this.#highest, ballot);
    if (this.#coordinator === undefined || ballot <= this.#coordinator.ballot) return;
    this.#giveWay();
    this.#ballotMs = nowMs;
  }

  #giveWay(): void {
    this.#coordinator = undefined;
    this.#isOverruled = true;
  }

  /** @returns whether the promise is one of our ballot. */
  promised(promise: Promised): boolean {
    if (!this.#isOurs(promise.instance, promise.ballot)) return false;
    this.#coordinator?.promise(promise);
    return true;
  }

  accepted(from: string, instance: number, ballot: number): void {
    if (this.#isOurs(instance, ballot)) this.#coordinator?.accept(from);
  }

  #isOurs(instance: number, ballot: number): boolean {
    return instance === this.#acceptor.view.id && ballot === this.#coordinator?.ballot;
  }

  /**
   * Somebody who is not suspected has a ballot under way. Once a ballot of ours has given way, what others report of its coordinator
   * counts no more: members that are suspected by reports of each other would overrule one another without end.
   */
  isOthersRunning(nowMs: number): boolean {
    const { promised } = this.#acceptor;
    if (promised === 0 || nowMs - this.#ballotMs >= this.#limits.patienceMs) return false;
    if (!isMembersBallot(promised)) return true;
    const rank = coordinatorOf(promised);
    return !(this.#isOverruled ? this.#suspicions.isOwn(rank) : this.#suspicions.isSuspected(rank));
  }

  begin(rank: number, isMember: boolean, nowMs: number): void {
    const { view } = this.#acceptor;
    const ballot = nextBallot(Math.max(this.#highest, this.#acceptor.promised), rank, isMember);
    if (ballot === undefined) return;
    this.#highest = ballot;
    this.#ballotMs = nowMs;
    this.#resends = 0;
    this.#resendMs = nowMs + this.#limits.retryMs;
    const coordinator = new Coordinator(view, ballot, this.#host.electorate, this.#limits, nowMs);
    this.#coordinator = coordinator;
    this.#step = undefined;
    for (const node of coordinator.nodes) this.#host.send(node, { kind: "prepare", view, ballot });
    this.#host.wake(nowMs + this.#limits.retryMs);
  }

  /** Does what is next in our ballot. */
  step(nowMs: number): void {
    const coordinator = this.#coordinator;
    if (coordinator === undefined) return;
    // A node that formed views before it was a member, or a member that is none any more, is no coordinator.
    if (isMembersBallot(coordinator.ballot) !== this.#host.isMember) {
      this.#coordinator = undefined;
      return;
    }
    const step = coordinator.step(this.#host.circumstances(nowMs), nowMs);
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
        this.begin(coordinatorOf(ballot) % MAX_MEMBERS, isMembersBallot(ballot), nowMs);
        return;
      case "wait":
        this.#host.wake(step.untilMs);
    }
    this.#resend(coordinator, nowMs);
  }

  #propose(node: string, { view, ballot, chosen }: Coordinator): void {
    if (chosen === undefined) return;
    this.#host.send(node, { kind: "propose", proposal: { instance: view.id, ballot, ...chosen } });
  }

  #tell(nodes: readonly string[], instance: number, value: Value): void {
    const everybody = new Set([...nodes, ...value.members.map(({ node }) => node)]);
    for (const node of everybody) this.#host.send(node, { kind: "decide", instance, value });
  }

  #resend(coordinator: Coordinator, nowMs: number): void {
    if (nowMs >= this.#resendMs) {
      this.#resends = Math.min(this.#resends + 1, MAX_DOUBLINGS);
      this.#resendMs = nowMs + this.#limits.retryMs * 2 ** this.#resends;
      const { view, ballot, chosen } = coordinator;
      for (const node of coordinator.nodes) {
        if (chosen === undefined && !coordinator.hasPromised(node))
          this.#host.send(node, { kind: "prepare", view, ballot });
        else if (chosen !== undefined && !coordinator.hasAccepted(node)) this.#propose(node, coordinator);
      }
    }
    this.#host.wake(this.#resendMs);
  }
}
