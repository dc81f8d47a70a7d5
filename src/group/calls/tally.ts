/**
 * The account of one call: of every member of the view in which it was delivered, whether it answered, failed, left, or is waited for.
 * Pure. The view is known when the caller itself delivers the call; replies may come before.
 */
import { type Member, memberName, type View } from "../types.ts";

/** How many replies are wanted: of the members of the view in which the call is delivered. */
export type Wanted = "first" | "majority" | "all" | number;

/** A member's answer. */
export interface MemberReply<Value> {
  readonly member: Member;
  readonly value: Value;
}

/** A member that did not answer, and why. */
export interface MemberFailure {
  readonly member: Member;
  /** A `CoterieError`: GROUP_HANDLER_FAILED, GROUP_NO_HANDLER, GROUP_BUSY, GROUP_REPLY_LOST, GROUP_INVALID_MESSAGE. */
  readonly error: Error;
}

/** What became of a call, by the members of the view in which it was delivered. */
export interface CallOutcome<Value> {
  /** Undefined if it was not delivered here. */
  readonly view: View | undefined;
  /** In the order in which they came. */
  readonly replies: readonly MemberReply<Value>[];
  readonly failed: readonly MemberFailure[];
  /** Out of the group before they answered: they may have carried it out. */
  readonly left: readonly Member[];
  /** Not heard of yet. */
  readonly silent: readonly Member[];
}

type Answer<Value> = { readonly value: Value } | { readonly error: Error };

/** `met`: as many as wanted have answered; `hopeless`: they never will. */
export type Standing = "open" | "met" | "hopeless";

export class Tally<Value> {
  readonly #wanted: Wanted;
  /** By the member's name, in the order in which they came. */
  readonly #answers = new Map<string, { readonly member: Member; readonly answer: Answer<Value> }>();
  readonly #left = new Map<string, Member>();
  #view: View | undefined;

  /** @throws RangeError for a number of replies that is not 1 or more. */
  constructor(wanted: Wanted) {
    if (typeof wanted === "number" && !(Number.isSafeInteger(wanted) && wanted >= 1))
      throw new RangeError(`${wanted} replies: a whole number of 1 or more is wanted`);
    this.#wanted = wanted;
  }

  /** The call was delivered in this view. */
  delivered(view: View): void {
    this.#view = view;
  }

  answered(member: Member, answer: Answer<Value>): void {
    const name = memberName(member);
    if (!this.#answers.has(name) && !this.#left.has(name)) this.#answers.set(name, { member, answer });
  }

  /** A later view: whoever is not in it is not waited for. */
  viewChanged(view: View): void {
    const here = new Set(view.members.map(memberName));
    for (const member of this.#view?.members ?? []) {
      const name = memberName(member);
      if (!here.has(name) && !this.#answers.has(name)) this.#left.set(name, member);
    }
  }

  /** Whether this member's answer is still missing. */
  isSilent(member: Member): boolean {
    const name = memberName(member);
    return !this.#answers.has(name) && !this.#left.has(name);
  }

  get standing(): Standing {
    const view = this.#view;
    if (view === undefined) return "open";
    const { replies, silent } = this.outcome();
    if (this.#wanted === "all") return silent.length === 0 ? "met" : "open";
    const wanted = this.wanted;
    if (replies.length >= wanted) return "met";
    return replies.length + silent.length < wanted ? "hopeless" : "open";
  }

  /** As a number, when the view is known. */
  get wanted(): number {
    const size = this.#view?.members.length ?? 0;
    if (typeof this.#wanted === "number") return this.#wanted;
    if (this.#wanted === "first") return 1;
    return this.#wanted === "majority" ? Math.floor(size / 2) + 1 : size;
  }

  outcome(): CallOutcome<Value> {
    const view = this.#view;
    const members = new Map(view?.members.map((member) => [memberName(member), member]));
    const replies: MemberReply<Value>[] = [];
    const failed: MemberFailure[] = [];
    for (const [name, { member, answer }] of this.#answers) {
      // Who is not in the view was not asked.
      if (view !== undefined && !members.has(name)) continue;
      if ("value" in answer) replies.push({ member, value: answer.value });
      else failed.push({ member, error: answer.error });
    }
    const silent = [...members.values()].filter((member) => this.isSilent(member));
    return { view, replies, failed, left: [...this.#left.values()], silent };
  }
}
