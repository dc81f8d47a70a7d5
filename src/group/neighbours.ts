/**
 * The nodes that a member hears of: whose link is up, what each said of itself last, and whom the detector holds for dead,
 * which outlasts the views that the node is a member of.
 */
import { type GroupView, rankOfNode } from "./membership/seat.ts";
import type { Hello } from "./wire/messages.ts";

interface Neighbour {
  isUp: boolean;
  isSuspected: boolean;
  hello: Hello | undefined;
}

/** Nodes that are remembered; more are not greeted of themselves. */
const MAX_NEIGHBOURS = 4096;

export class Neighbours {
  readonly #nodes = new Map<string, Neighbour>();

  #of(node: string): Neighbour {
    let neighbour = this.#nodes.get(node);
    if (neighbour === undefined) {
      neighbour = { isUp: false, isSuspected: false, hello: undefined };
      if (this.#nodes.size < MAX_NEIGHBOURS) this.#nodes.set(node, neighbour);
    }
    return neighbour;
  }

  up(node: string): void {
    this.#of(node).isUp = true;
  }

  down(node: string): void {
    const neighbour = this.#of(node);
    neighbour.isUp = false;
    neighbour.hello = undefined;
  }

  isUp(node: string): boolean {
    return this.#nodes.get(node)?.isUp ?? false;
  }

  hello(node: string, hello: Hello): void {
    this.#of(node).hello = hello;
  }

  /** Those with a link that is up, and what each said last over it. */
  *linked(): Generator<readonly [node: string, hello: Hello | undefined]> {
    for (const [node, { isUp, hello }] of this.#nodes) if (isUp) yield [node, hello];
  }

  suspect(node: string, isSuspected: boolean): void {
    this.#of(node).isSuspected = isSuspected;
  }

  /** Ranks of those in the view whom the detector holds for dead; what it held of others it has forgotten. */
  suspectedIn(view: GroupView): number[] {
    const ranks: number[] = [];
    for (const [node, neighbour] of this.#nodes) {
      const rank = rankOfNode(view, node);
      if (rank < 0) neighbour.isSuspected = false;
      else if (neighbour.isSuspected) ranks.push(rank);
    }
    return ranks.sort((a, b) => a - b);
  }
}
