/**
 * Which entry of each sender comes next: what makes of a log, in which an entry may stand twice or after a gap, a stream of
 * messages that are delivered once and in their order. It is part of the state that the log replicates: all decide alike, from
 * the entries alone.
 *
 * A member numbers the entries of its safe messages, and sends one again under its number when it does not know what became of
 * it. The next number of a member is one after its last, or the base that the entry names, below which nothing is awaited any
 * more. Whatever is below was delivered or given up, and whatever is above is early: its sender sends it again.
 *
 * A node has one member at a time, so the table has a row for each node: of its latest member. It is bounded: the
 * node that was heard longest ago, in the order of the log, is forgotten.
 */
import type { EntryPlace, SenderState } from "./entry.ts";
import { SAFE_MAX_SENDERS } from "./gen/group-safe.gen.ts";

/** What the log's order makes of an entry. */
export type Verdict = "delivered" | "known" | "early" | "stale";

/** Nodes whose messages are told apart from their repetitions. */
export const MAX_SENDERS = SAFE_MAX_SENDERS;

export class Senders {
  /** By node; the one that was heard last stands last. */
  readonly #rows = new Map<string, { incarnation: number; last: number }>();

  /** What the next entry of the log becomes; one that is delivered is noted. */
  judge({ sender: { node, incarnation }, number, base }: EntryPlace): Verdict {
    const row = this.#rows.get(node);
    if (row !== undefined && incarnation < row.incarnation) return "stale";
    const last = row?.incarnation === incarnation ? row.last : 0;
    const next = Math.max(last + 1, base);
    if (number < next) return "known";
    if (number > next) return "early";
    this.#rows.delete(node);
    this.#rows.set(node, { incarnation, last: number });
    if (this.#rows.size > MAX_SENDERS) this.#rows.delete(this.#rows.keys().next().value as string);
    return "delivered";
  }

  states(): SenderState[] {
    return [...this.#rows].map(([node, { incarnation, last }]) => ({ node, incarnation, last }));
  }

  restore(states: readonly SenderState[]): void {
    this.#rows.clear();
    for (const { node, incarnation, last } of states) this.#rows.set(node, { incarnation, last });
  }
}
