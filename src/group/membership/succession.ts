/**
 * Whose turn it is to end a view, and when: at once the oldest member's that is not suspected, when there is a cause for another
 * view; after a while without a decision the next one's, and so on. Members that differ about who is suspected may both think that it is
 * theirs: ballots keep them apart.
 */
import type { MembershipLimits } from "./limits.ts";
import type { Petitions } from "./petitions.ts";
import type { GroupView } from "./seat.ts";
import type { Suspicions } from "./suspicions.ts";

type Cause = "join" | "leave" | "other";

/** What else is known when it is asked whose turn it is. */
export interface Situation {
  readonly isFrozen: boolean;
  readonly isLeaving: boolean;
  /** Somebody else's ballot is under way, and when any was heard of last. */
  readonly isOthersRunning: boolean;
  readonly ballotMs: number;
}

export class Succession {
  readonly #limits: MembershipLimits;
  readonly #suspicions: Suspicions;
  readonly #petitions: Petitions;
  #causeMs: number | undefined;
  #advancedMs = 0;

  constructor(limits: MembershipLimits, suspicions: Suspicions, petitions: Petitions) {
    this.#limits = limits;
    this.#suspicions = suspicions;
    this.#petitions = petitions;
  }

  advanced(nowMs: number): void {
    this.#causeMs = undefined;
    this.#advancedMs = nowMs;
  }

  /** When the member of this rank is to begin a ballot; undefined: there is no cause. */
  turnMs(view: GroupView, rank: number, situation: Situation, nowMs: number): number | undefined {
    const cause = this.#cause(view, situation);
    if (cause === undefined) {
      this.#causeMs = undefined;
      return undefined;
    }
    this.#causeMs ??= nowMs;
    const suspicions = this.#suspicions;
    const before = view.members.filter((_, other) => other < rank && !suspicions.isSuspected(other)).length;
    const fromMs = this.#fromMs(cause, this.#causeMs);
    if (before === 0 && !situation.isOthersRunning) return fromMs;
    return Math.max(fromMs, situation.ballotMs) + (before + 1) * this.#limits.patienceMs;
  }

  /** From when on the cause is acted upon. */
  #fromMs(cause: Cause, causeMs: number): number {
    if (cause === "join") return this.#petitions.sinceMs + this.#limits.gatherMs;
    // Who could not be let go by the last change, because others need its state, asks again after a while.
    return cause === "leave" ? Math.max(causeMs, this.#advancedMs + 2 * this.#limits.retryMs) : causeMs;
  }

  /** Why there should be another view. */
  #cause({ members }: GroupView, { isFrozen, isLeaving }: Situation): Cause | undefined {
    if (isFrozen) return "other";
    if (members.some((_, rank) => this.#suspicions.isSuspected(rank))) return "other";
    if (isLeaving || this.#petitions.leaving.size > 0) return "leave";
    return this.#petitions.joining.length > 0 && members.length < this.#limits.maxMembers
      ? "join"
      : undefined;
  }
}
