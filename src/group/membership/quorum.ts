/**
 * Who decides what follows a view, and how many of them it takes. Any two quorums of one view have a node in common: so of two sides
 * of a partition at most one goes on (the primary component). Nodes vote, not processes: a node that restarts still knows what it promised.
 */
import type { View } from "../types.ts";

/** Of which nodes more than half must be there for a view to go on. */
export type QuorumRule =
  /** The nodes of the view: the group shrinks and grows with its members (dynamic linear voting; Jajodia and Mutchler, 1990). */
  | { readonly kind: "dynamic" }
  /** Always these nodes, members or not. */
  | { readonly kind: "configured"; readonly nodes: readonly string[] };

export class Electorate {
  /** The first one breaks ties. */
  readonly nodes: readonly string[];

  constructor(rule: QuorumRule, view: View) {
    this.nodes = rule.kind === "configured" ? rule.nodes : view.members.map(({ node }) => node);
  }

  has(node: string): boolean {
    return this.nodes.includes(node);
  }

  /** More than half of the nodes, or exactly half with the first. */
  isQuorum(has: (node: string) => boolean): boolean {
    const count = this.nodes.filter(has).length;
    if (2 * count !== this.nodes.length) return 2 * count > this.nodes.length;
    return has(this.nodes[0] as string);
  }
}
