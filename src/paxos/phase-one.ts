/**
 * Phase 1 of a ballot, for all slots after `base` at once: promises come in from the voters, page by page, and for each
 * slot the value with the highest ballot is kept. What one of them knows to be chosen goes before all others.
 */
import { ballotOf } from "./entry.ts";
import type { PromiseMade } from "./message.ts";
import { majorityOf } from "./quorum.ts";

const CHOSEN = Number.POSITIVE_INFINITY;
/** In place of the slot where the next page begins: there is none. */
const DONE = 0;

export class PhaseOne {
  readonly ballot: number;
  /** Slots after this one. */
  readonly base: number;
  readonly voters: readonly number[];
  /** All up to here are known to be chosen. */
  chosenTo: number;
  /** Of the slots after `base`, without a gap. */
  readonly recovered: Uint8Array[] = [];
  readonly #ballots: number[] = [];
  readonly #next = new Map<number, number>();

  constructor(ballot: number, base: number, voters: readonly number[]) {
    this.ballot = ballot;
    this.base = base;
    this.chosenTo = base;
    this.voters = voters;
  }

  /** Where the page begins that this voter is to give next; undefined when it gave all. */
  nextOf(voter: number): number | undefined {
    const next = this.#next.get(voter) ?? this.base + 1;
    return next === DONE ? undefined : next;
  }

  /** A page. One that was not expected next is passed over. True: there is more to ask for. */
  add(voter: number, { from, committed, next, entries }: Omit<PromiseMade, "kind" | "ballot">): boolean {
    if (from !== this.nextOf(voter)) return false;
    for (const [at, entry] of entries.entries()) this.#merge(from + at, entry, from + at <= committed);
    const told = from + entries.length - 1;
    this.chosenTo = Math.max(this.chosenTo, Math.min(committed, told));
    this.#next.set(voter, next);
    return next !== DONE;
  }

  #merge(slot: number, entry: Uint8Array, isChosen: boolean): void {
    const at = slot - this.base - 1;
    const ballot = isChosen ? CHOSEN : ballotOf(entry);
    if (ballot <= (this.#ballots[at] ?? -1)) return;
    this.#ballots[at] = ballot;
    this.recovered[at] = entry;
  }

  get isComplete(): boolean {
    const done = this.voters.filter((voter) => this.#next.get(voter) === DONE);
    return this.voters.length > 0 && done.length >= majorityOf(this.voters.length);
  }
}
