/**
 * The acceptor: promises, accepts, and says so once it is durable. Besides, it knows which leader it follows, and elects
 * nobody else as long as that one is heard.
 *
 * Sources: Lamport, "Paxos Made Simple", 2001; that who hears a leader elects no other: Ongaro, "Consensus: Bridging Theory
 * and Practice", 2014, sections 4.2.3 and 6.4.1. After a start it elects nobody for as long, because in its life before
 * it may have confirmed a lease.
 */
import { ownerOf } from "./ballot.ts";
import type { Core } from "./core.ts";
import type { Accept, Prepare, Prevote } from "./message.ts";

/** Where promises are given in pages. */
interface OwedPromise {
  readonly to: number;
  readonly from: number;
}

export class Acceptor {
  /** The ballot of the leader that is followed, 0 without one. */
  leaderBallot = 0;
  /** When it was heard last; at first, the start. */
  heardMs: number;
  readonly #core: Core;
  #owedPromise: OwedPromise | undefined;
  #round = 0;
  #toldRound = 0;
  #toldDurable = 0;
  #isGap = false;

  constructor(core: Core) {
    this.#core = core;
    this.heardMs = core.nowMs;
  }

  get leader(): number {
    return ownerOf(this.leaderBallot);
  }

  /** Whether electing `candidate` would be no way to treat the leader. */
  #isLoyal(candidate: number, handover: number): boolean {
    const { nowMs, timing } = this.#core;
    if (this.leaderBallot !== 0 && (candidate === this.leader || handover === this.leaderBallot))
      return false;
    return nowMs - this.heardMs < timing.electionMs;
  }

  /** The link to the leader that is followed broke: whoever asks next may be elected. It is followed again when it is heard. */
  lostLeader(): void {
    this.heardMs = Math.min(this.heardMs, this.#core.nowMs - this.#core.timing.electionMs);
  }

  /** Whether the candidate has, or can be told, all that is chosen as far as it is known here. */
  #canLead(last: number, committed: number): boolean {
    const { state } = this.#core;
    return last >= state.committed && committed >= state.first - 1;
  }

  wouldPromise(from: number, { ballot, last, committed }: Prevote): boolean {
    const { promised } = this.#core.state;
    return ballot > promised && this.#canLead(last, committed) && !this.#isLoyal(from, 0);
  }

  /** Phase 1a. True: a new promise was made. */
  prepare(from: number, { ballot, from: slot, last, handover }: Prepare): boolean {
    const { state } = this.#core;
    if (ballot < state.promised) {
      this.#reject(from, ballot);
      return false;
    }
    const isNew = ballot > state.promised;
    if (isNew) {
      if (!this.#canLead(last, slot - 1) || this.#isLoyal(from, handover)) {
        this.#reject(from, ballot);
        return false;
      }
      this.promise(ballot);
      this.heardMs = this.#core.nowMs;
    }
    this.#owedPromise = { to: from, from: slot };
    return isNew;
  }

  #reject(to: number, ballot: number): void {
    this.#core.send(to, { kind: "reject", ballot, promised: this.#core.state.promised });
  }

  /** Promises a higher ballot: there is no leader until one is heard in it. */
  promise(ballot: number): void {
    this.#core.state.promise(ballot);
    this.leaderBallot = 0;
    this.#owedPromise = undefined;
    this.#round = 0;
    this.#toldRound = 0;
    this.#toldDurable = 0;
    this.#isGap = false;
  }

  /** Phase 2a. False: it is of an older ballot. */
  accept(from: number, { ballot, from: first, committed, round, entries }: Accept): boolean {
    const { state, nowMs } = this.#core;
    if (ballot < state.promised) {
      this.#reject(from, ballot);
      return false;
    }
    if (ballot > state.promised) this.promise(ballot);
    this.leaderBallot = ballot;
    this.heardMs = nowMs;
    this.#round = Math.max(this.#round, round);
    if (first > state.end + 1) this.#isGap = true;
    else {
      this.#isGap = false;
      for (let at = state.end + 1 - first; at < entries.length; at++) state.accept(entries[at] as Uint8Array);
    }
    const chosen = Math.min(committed, state.end);
    if (chosen > state.committed) this.#core.commit(chosen);
    return true;
  }

  /** This replica led, and does not any more: it is bound to nobody. */
  release(): void {
    this.leaderBallot = 0;
    this.heardMs = Number.NEGATIVE_INFINITY;
  }

  /** This replica leads in the ballot that it promised. */
  lead(ballot: number): void {
    this.leaderBallot = ballot;
    this.#owedPromise = undefined;
  }

  /** Tells what has become durable. */
  flush(): void {
    this.#flushPromise();
    const { id, state } = this.#core;
    if (this.leaderBallot === 0 || this.leaderBallot !== state.promised || this.leader === id) return;
    const { durableEnd } = state;
    if (!this.#isGap && this.#round <= this.#toldRound && durableEnd <= this.#toldDurable) return;
    this.#core.send(this.leader, {
      kind: "accepted",
      ballot: state.promised,
      durable: durableEnd,
      wanted: this.#isGap ? state.end + 1 : 0,
      round: this.#round,
    });
    this.#isGap = false;
    this.#toldRound = this.#round;
    this.#toldDurable = durableEnd;
  }

  #flushPromise(): void {
    const { state, limits } = this.#core;
    const owed = this.#owedPromise;
    if (owed === undefined || state.durablePromised !== state.promised) return;
    this.#owedPromise = undefined;
    if (owed.from < state.first) return;
    const entries: Uint8Array[] = [];
    let bytes = 0;
    let slot = owed.from;
    while (slot <= state.last && bytes < limits.messageBytes) {
      const entry = state.entry(slot++);
      bytes += entry.length;
      entries.push(entry);
    }
    this.#core.send(owed.to, {
      kind: "promise",
      ballot: state.promised,
      from: owed.from,
      committed: state.committed,
      next: slot <= state.last ? slot : 0,
      entries,
    });
  }
}
