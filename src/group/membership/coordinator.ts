/**
 * One ballot of the decision that ends a view, at its coordinator: first it gathers promises, then it proposes and gathers
 * acceptances. It waits for all whom it does not suspect, for a bounded time, because who has not promised by then is not in the
 * next view. A machine: what comes goes in, and `step` says what to do.
 */
import { type Chosen, chooseValue, type Known } from "./choose.ts";
import type { Electorate } from "./quorum.ts";
import type { GroupView, Promised, Seat } from "./seat.ts";

export interface CoordinatorLimits {
  /** How long to wait for promises of those who are not suspected. */
  readonly promiseMs: number;
  /** How long to wait until what was proposed is accepted, before the next ballot. */
  readonly acceptMs: number;
}

export type Step =
  | { readonly kind: "wait"; readonly untilMs: number }
  /** No quorum promises; who does may come back. */
  | { readonly kind: "stuck" }
  | { readonly kind: "propose"; readonly chosen: Chosen }
  | { readonly kind: "decide"; readonly chosen: Chosen }
  /** It cannot succeed any more, or would take too long: try another ballot. */
  | { readonly kind: "give up" };

export interface Circumstances {
  /** This node is held for dead: nobody waits for it. */
  isSuspected(node: string): boolean;
  known(promises: ReadonlyMap<string, Promised>): Known;
}

export class Coordinator {
  readonly view: GroupView;
  readonly ballot: number;
  /** All who are asked: those who decide, and the members. */
  readonly nodes: readonly string[];
  readonly #electorate: Electorate;
  readonly #limits: CoordinatorLimits;
  readonly #promises = new Map<string, Promised>();
  readonly #accepted = new Set<string>();
  #chosen: Chosen | undefined;
  #sinceMs: number;
  /** When enough had promised. */
  #quorumMs: number | undefined;

  constructor(
    view: GroupView,
    ballot: number,
    electorate: Electorate,
    limits: CoordinatorLimits,
    nowMs: number,
  ) {
    this.view = view;
    this.ballot = ballot;
    this.#electorate = electorate;
    this.#limits = limits;
    this.#sinceMs = nowMs;
    this.nodes = [...new Set([...view.members.map(({ node }) => node), ...electorate.nodes])];
  }

  get chosen(): Chosen | undefined {
    return this.#chosen;
  }

  hasPromised(node: string): boolean {
    return this.#promises.has(node);
  }

  hasAccepted(node: string): boolean {
    return this.#accepted.has(node);
  }

  /** A promise of this ballot. One that comes when the value is chosen is too late to be counted. */
  promise(promise: Promised): void {
    const { node } = promise.seat;
    if (this.#chosen === undefined && this.nodes.includes(node)) this.#promises.set(node, promise);
  }

  accept(node: string): void {
    if (this.#chosen !== undefined) this.#accepted.add(node);
  }

  step(circumstances: Circumstances, nowMs: number): Step {
    return this.#chosen === undefined
      ? this.#gather(circumstances, nowMs)
      : this.#await(this.#chosen, circumstances, nowMs);
  }

  #gather(circumstances: Circumstances, nowMs: number): Step {
    const isQuorum = this.#electorate.isQuorum((node) => this.#promises.has(node));
    if (isQuorum) this.#quorumMs ??= nowMs;
    // Whoever was cut off until now comes back with others, one after the other.
    const untilMs = Math.max(
      this.#sinceMs + this.#limits.promiseMs,
      (this.#quorumMs ?? this.#sinceMs) + this.#limits.promiseMs / 4,
    );
    const isAwaited = this.nodes.some(
      (node) => !this.#promises.has(node) && !circumstances.isSuspected(node),
    );
    if (isAwaited && nowMs < untilMs) return { kind: "wait", untilMs };
    if (!isQuorum) return { kind: "stuck" };
    const promises = new Map<string, Promised>();
    for (const node of this.nodes) {
      const promise = this.#promises.get(node);
      if (promise !== undefined) promises.set(node, promise);
    }
    const chosen = chooseValue(circumstances.known(promises));
    if (chosen === undefined) return { kind: "stuck" };
    this.#chosen = chosen;
    this.#sinceMs = nowMs;
    return { kind: "propose", chosen };
  }

  #await(chosen: Chosen, circumstances: Circumstances, nowMs: number): Step {
    const needed = this.#needed(chosen);
    const isAccepted =
      this.#electorate.isQuorum((node) => this.#accepted.has(node)) &&
      needed.every((node) => this.#accepted.has(node));
    if (isAccepted) return { kind: "decide", chosen };
    const isLost = needed.some(
      (node) =>
        !this.#accepted.has(node) &&
        this.#promises.get(node)?.report !== undefined &&
        circumstances.isSuspected(node),
    );
    const untilMs = this.#sinceMs + this.#limits.acceptMs;
    return isLost || nowMs >= untilMs ? { kind: "give up" } : { kind: "wait", untilMs };
  }

  /** The survivors that promised must accept, each when it has all messages: of a value proposed freely these are all of them. */
  #needed({ value }: Chosen): string[] {
    const survivors: readonly Seat[] = value.members.slice(0, value.survivors);
    return survivors.map(({ node }) => node).filter((node) => this.#promises.has(node));
  }
}
