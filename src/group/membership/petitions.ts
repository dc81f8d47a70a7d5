/**
 * Who wants to be let into the group, and who wants to go, as far as this node was asked. The latest life of a node is the one
 * that is let in; what was granted by a view is forgotten.
 */
import { type Member, memberName } from "../types.ts";
import type { GroupView, Seat } from "./seat.ts";

export class Petitions {
  readonly #most: number;
  readonly #joins = new Map<string, Seat>();
  readonly #leaves = new Set<string>();
  /** Since when somebody waits to be let in, or the last view was installed. */
  sinceMs = 0;

  /** @param most how many may wait to be let in. */
  constructor(most: number) {
    this.#most = most;
  }

  get joining(): readonly Seat[] {
    return [...this.#joins.values()];
  }

  /** Names of members. */
  get leaving(): ReadonlySet<string> {
    return this.#leaves;
  }

  /** @returns whether that is new. */
  join(seat: Seat, nowMs: number): boolean {
    const known = this.#joins.get(seat.node);
    if (known === undefined && this.#joins.size >= this.#most) return false;
    if (known !== undefined && known.incarnation >= seat.incarnation) return false;
    if (this.#joins.size === 0) this.sinceMs = nowMs;
    this.#joins.set(seat.node, seat);
    return true;
  }

  leave(member: Member): void {
    this.#leaves.add(memberName(member));
  }

  /** A view was decided: who is in it waits no more, and who asked to go asks again if it is still in. */
  advanced({ members }: GroupView, nowMs: number): void {
    this.#leaves.clear();
    for (const { node, incarnation } of members)
      if ((this.#joins.get(node)?.incarnation ?? incarnation + 1) <= incarnation) this.#joins.delete(node);
    this.sinceMs = nowMs;
  }
}
