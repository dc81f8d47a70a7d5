/**
 * Where a replica stands: it follows a leader, stands for election, or leads; or it is a member no more. Here is what it makes
 * of the messages of both phases.
 */
import { assert, type Random } from "../world/index.ts";
import { Acceptor } from "./acceptor.ts";
import { ownerOf } from "./ballot.ts";
import type { Core } from "./core.ts";
import { Election } from "./election.ts";
import { ballotOf, isEntry } from "./entry.ts";
import { Leader } from "./leader.ts";
import type { Accept, PaxosMessage, PromiseMade } from "./message.ts";

export type Role = "follower" | "candidate" | "leader" | "learner" | "removed";

export class Standing {
  /** Where this replica leads. */
  own: Leader | undefined;
  readonly #core: Core;
  readonly #acceptor: Acceptor;
  readonly #election: Election;
  /** The leader answers reads alone while a majority is bound to it. */
  readonly #isLeased: boolean;
  #isOut = false;

  constructor(core: Core, random: Random, isLeased: boolean) {
    this.#core = core;
    this.#isLeased = isLeased;
    this.#acceptor = new Acceptor(core);
    this.#election = new Election(core, this.#acceptor, random);
  }

  get role(): Role {
    if (this.own !== undefined) return "leader";
    if (this.#isOut || this.#core.isRemoved) return "removed";
    if (!this.#core.mayLead) return "learner";
    return this.#election.state === "waiting" ? "follower" : "candidate";
  }

  /** Who leads as far as this replica knows; 0 when it knows of nobody. */
  get leader(): number {
    return this.#acceptor.leader;
  }

  /** The ballot of that leader. */
  get ballot(): number {
    return this.#acceptor.leaderBallot;
  }

  tick(): void {
    if (this.own === undefined) {
      if (!this.#isOut) this.#election.tick();
      return;
    }
    this.#acceptor.heardMs = Math.max(this.#acceptor.heardMs, this.own.contactMs);
    this.own.tick();
    if (this.own.isCutOff) this.stepDown();
    else if (this.own.isDone) this.handOver();
  }

  /**
   * A link to a replica broke. Where it led, it is most likely gone: the voters who see that elect another one sooner, and those who still hear it
   * hold to it. Not under leases, which rest on everybody's patience.
   */
  unlinked(id: number): void {
    if (this.#isLeased || this.own !== undefined || id !== this.leader) return;
    this.#acceptor.lostLeader();
    this.#election.hurry();
  }

  /** Begins to wait for a leader: what this replica knew is replaced by what it has now. */
  wait(): void {
    this.#election.wait();
  }

  /** A leader makes room for another: for the voter that is nearest to it. */
  handOver(): void {
    const { heir, ballot } = this.own ?? {};
    this.stepDown();
    if (heir !== undefined && ballot !== undefined) this.#core.send(heir, { kind: "handover", ballot });
  }

  stepDown(): void {
    if (this.own === undefined) return;
    this.own = undefined;
    this.#acceptor.release();
    this.#election.wait();
  }

  /** A message of either phase. */
  receive(from: number, message: PaxosMessage): void {
    switch (message.kind) {
      case "prevote":
        if (ownerOf(message.ballot) === from && !this.turnAway(from)) this.#prevote(from, message);
        break;
      case "prevoted":
        this.#election.prevoted(from, message);
        break;
      case "prepare":
        if (ownerOf(message.ballot) !== from || from === this.#core.id) break;
        if (this.#acceptor.prepare(from, message)) this.#yield();
        break;
      case "promise":
        if (this.#isProperPromise(message)) this.#promised(from, message);
        break;
      case "reject":
        this.#rejected(message);
        break;
      case "accept":
        if (this.#isProperAccept(from, message)) this.#accept(from, message);
        break;
      case "accepted":
        if (this.own?.ballot === message.ballot) this.own.accepted(from, message);
        break;
      case "handover":
        if (message.ballot === this.ballot && from === this.leader && !this.#isOut) {
          this.#election.standNow(message.ballot);
        }
        break;
      case "removed":
        if (message.id === this.#core.id) this.#isOut = true;
        break;
    }
  }

  /** Tells one who was removed that it was. */
  turnAway(from: number): boolean {
    if (!this.#core.isFormer(from) || this.#core.isFormer(this.#core.id)) return false;
    this.#core.send(from, { kind: "removed", id: from });
    return true;
  }

  #prevote(from: number, message: PaxosMessage & { kind: "prevote" }): void {
    const isGranted = this.#acceptor.wouldPromise(from, message);
    const { promised } = this.#core.state;
    this.#core.send(from, { kind: "prevoted", ballot: message.ballot, promised, isGranted });
  }

  #isProperPromise({ ballot, from, entries }: PromiseMade): boolean {
    const { crc32 } = this.#core;
    return entries.every((entry, at) => isEntry(entry, from + at, crc32) && ballotOf(entry) <= ballot);
  }

  #isProperAccept(sender: number, { ballot, from, entries }: Accept): boolean {
    if (ownerOf(ballot) !== sender || sender === this.#core.id || from < 1) return false;
    const { crc32 } = this.#core;
    return entries.every((entry, at) => isEntry(entry, from + at, crc32) && ballotOf(entry) === ballot);
  }

  #promised(from: number, message: PromiseMade): void {
    if (this.own?.ballot === message.ballot) this.own.promised(from, message);
    else this.#election.promised(from, message);
  }

  /** A higher ballot was promised: this replica leads no more, and is no candidate. */
  #yield(): void {
    this.own = undefined;
    this.#election.wait();
  }

  #rejected(message: PaxosMessage & { kind: "reject" }): void {
    this.#election.rejected(message);
    const leader = this.own;
    if (leader === undefined || leader.ballot !== message.ballot || message.promised <= leader.ballot) return;
    // A voter is bound to a higher ballot, in which nobody leads: this replica goes there itself.
    this.stepDown();
    this.#election.standNow(0);
  }

  #accept(from: number, message: Accept): void {
    if (!this.#acceptor.accept(from, message)) return;
    this.own = undefined;
    this.#election.hear();
  }

  /** Before what clients want: begins to ask, or to lead. */
  flushElection(): void {
    this.#election.flush();
    this.#tryLead();
  }

  #tryLead(): void {
    const { won } = this.#election;
    if (won === undefined || this.own !== undefined) return;
    assert(won.ballot === this.#core.state.promised, "who leads has promised its ballot");
    this.#election.wait();
    this.#acceptor.lead(won.ballot);
    this.own = new Leader(this.#core, won, this.#isLeased);
  }

  /** After that: tells what has become durable. */
  flushAcceptor(): void {
    this.#acceptor.flush();
  }
}
