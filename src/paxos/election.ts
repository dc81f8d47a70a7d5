/**
 * How a replica comes to lead: it waits, without a word of a leader, for a time drawn at random; asks the voters whether they
 * would promise (so that who was cut off disturbs nobody); makes its own promise durable; and goes through phase 1.
 *
 * Sources: phase 1 for all slots at once: Lamport, "Paxos Made Simple", 2001; drawn times and the question before: Ongaro's
 * thesis, sections 3.4 and 9.6.
 */
import { type Random, randomUnit } from "../world/index.ts";
import type { Acceptor } from "./acceptor.ts";
import { ballotAbove } from "./ballot.ts";
import { votersOf } from "./configuration.ts";
import type { Core } from "./core.ts";
import type { Prevoted, PromiseMade, Reject } from "./message.ts";
import { PhaseOne } from "./phase-one.ts";
import { majorityOf } from "./quorum.ts";

/** Of the drawn time, what is waited where the leader's link broke. */
const HURRY_SHARE = 0.25;

export type ElectionState = "waiting" | "asking" | "preparing";

export class Election {
  state: ElectionState = "waiting";
  readonly #core: Core;
  readonly #acceptor: Acceptor;
  readonly #random: Random;
  #dueMs = 0;
  #spreadMs = 0;
  #retryMs = 0;
  /** The highest ballot that was heard of. */
  #seen = 0;
  #ballot = 0;
  #handover = 0;
  #grants = new Set<number>();
  #phaseOne: PhaseOne | undefined;

  constructor(core: Core, acceptor: Acceptor, random: Random) {
    this.#core = core;
    this.#acceptor = acceptor;
    this.#random = random;
    this.wait();
  }

  /** There is a leader, or may be soon. */
  wait(): void {
    const { nowMs, timing } = this.#core;
    this.state = "waiting";
    this.#phaseOne = undefined;
    this.#spreadMs = timing.electionMs * randomUnit(this.#random);
    this.#dueMs = nowMs + timing.electionMs + this.#spreadMs;
  }

  /** The leader was heard. */
  hear(): void {
    if (this.state !== "waiting") {
      this.wait();
      return;
    }
    this.#dueMs = this.#core.nowMs + this.#core.timing.electionMs + this.#spreadMs;
  }

  /** The link to the leader broke: it is waited for no longer than it takes the others to see that too, some by chance. */
  hurry(): void {
    if (this.state !== "waiting") return;
    const { nowMs, timing } = this.#core;
    const patienceMs = timing.heartbeatMs + this.#spreadMs * HURRY_SHARE;
    this.#dueMs = Math.min(this.#dueMs, nowMs + patienceMs);
  }

  tick(): void {
    const { nowMs, timing } = this.#core;
    if (nowMs >= this.#dueMs) {
      this.#stand();
      return;
    }
    if (this.state === "waiting" || nowMs < this.#retryMs) return;
    this.#retryMs = nowMs + timing.heartbeatMs;
    if (this.state === "asking") this.#ask();
    else this.#prepare();
  }

  #stand(): void {
    this.wait();
    if (!this.#core.mayLead) return;
    this.state = "asking";
    this.#ballot = ballotAbove(Math.max(this.#core.state.promised, this.#seen), this.#core.id);
    this.#grants = new Set([this.#core.id]);
    this.#retryMs = this.#core.nowMs + this.#core.timing.heartbeatMs;
    this.#ask();
    this.#tryPromise();
  }

  /** Stands at once: the leader of the ballot `handover` asked for it, or, with 0, was this replica itself. */
  standNow(handover: number): void {
    this.wait();
    if (!this.#core.mayLead) return;
    this.#ballot = ballotAbove(Math.max(this.#core.state.promised, this.#seen), this.#core.id);
    this.#promise(handover);
  }

  #ask(): void {
    const { committed, last } = this.#core.state;
    this.#sayToVoters((voter) => {
      if (this.#grants.has(voter)) return;
      this.#core.send(voter, { kind: "prevote", ballot: this.#ballot, committed, last });
    });
  }

  #sayToVoters(say: (voter: number) => void): void {
    for (const voter of votersOf(this.#core.prefix.configuration)) if (voter !== this.#core.id) say(voter);
  }

  prevoted(from: number, { ballot, promised, isGranted }: Prevoted): void {
    this.#seen = Math.max(this.#seen, promised);
    if (this.state !== "asking" || ballot !== this.#ballot || !isGranted) return;
    this.#grants.add(from);
    this.#tryPromise();
  }

  #tryPromise(): void {
    const voters = votersOf(this.#core.prefix.configuration);
    const grants = voters.filter((voter) => this.#grants.has(voter));
    if (grants.length >= majorityOf(voters.length)) this.#promise(0);
  }

  #promise(handover: number): void {
    this.state = "preparing";
    this.#handover = handover;
    this.#acceptor.promise(this.#ballot);
  }

  rejected({ ballot, promised }: Reject): void {
    this.#seen = Math.max(this.#seen, promised);
    if (this.state === "preparing" && ballot === this.#ballot && promised > ballot) this.wait();
  }

  /** Its own promise is durable: nobody may hear of the ballot before, or it could be begun twice. */
  flush(): void {
    const { state, prefix } = this.#core;
    if (this.state !== "preparing" || this.#phaseOne !== undefined) return;
    if (state.durablePromised !== this.#ballot) return;
    this.#phaseOne = new PhaseOne(this.#ballot, state.committed, votersOf(prefix.configuration));
    const entries = [];
    for (let slot = state.committed + 1; slot <= state.last; slot++) entries.push(state.entry(slot));
    const { committed } = state;
    this.#phaseOne.add(this.#core.id, { from: committed + 1, committed, next: 0, entries });
    this.#retryMs = this.#core.nowMs + this.#core.timing.heartbeatMs;
    this.#prepare();
  }

  #prepare(): void {
    const phaseOne = this.#phaseOne;
    if (phaseOne === undefined) return;
    const { last } = this.#core.state;
    for (const voter of phaseOne.voters) {
      const from = phaseOne.nextOf(voter);
      if (voter === this.#core.id || from === undefined) continue;
      this.#core.send(voter, { kind: "prepare", ballot: this.#ballot, from, last, handover: this.#handover });
    }
  }

  promised(from: number, message: PromiseMade): void {
    if (this.#phaseOne === undefined || message.ballot !== this.#ballot) return;
    if (!this.#phaseOne.voters.includes(from)) return;
    if (this.#phaseOne.add(from, message)) this.#prepare();
  }

  /** Phase 1, once it is over. */
  get won(): PhaseOne | undefined {
    return this.#phaseOne?.isComplete ? this.#phaseOne : undefined;
  }
}
