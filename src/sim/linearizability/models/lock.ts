/**
 * A lock that hands out fencing tokens, and the resource behind it that looks at them.
 *
 * Whoever gets the lock gets a number higher than all before. The resource remembers the highest number that it saw, and
 * refuses lower ones: so a holder that was taken for dead, and comes back, does no harm (Burrows, The Chubby lock service,
 * 2006: sequencers).
 */
import { canonicalText } from "../canonical-text.ts";
import { type Model, REFUSED, UNSEEN } from "../model.ts";
import { answerText } from "./register.ts";

/** Operations on a lock whose holders get growing tokens, and on the resource that the tokens fence. */
export type LockInput =
  /** Answers the token, or false when somebody else holds the lock. */
  | { readonly op: "acquire" }
  /** Answers true when the token held the lock, which is free now, and false when it did not. */
  | { readonly op: "release"; readonly token: number }
  /** At the resource. Answers true when no higher token was seen there, and false when it is fenced off. */
  | { readonly op: "use"; readonly token: number };

export interface LockState {
  /** Whose lock it is; `unseen` when it went to somebody whose token nobody saw. */
  readonly holder: number | "unseen" | undefined;
  /** The highest token that is known to be given. */
  readonly given: number;
  /** The highest token that the resource saw. */
  readonly seen: number;
}

const FIRST: LockState = { holder: undefined, given: 0, seen: 0 };

/**
 * `expires`: the lock may be taken from its holder at any time, as leases are; else it is free only when it was released.
 * Tokens are numbers above 0.
 */
export function lockModel({
  expires,
}: {
  readonly expires: boolean;
}): Model<LockState, LockInput, number | boolean> {
  return {
    name: expires ? "lock with leases" : "lock",
    init: () => FIRST,
    step: (state, input, output) => {
      if (input.op === "acquire") return acquire(state, output, expires);
      if (input.op === "release") return release(state, input.token, output, expires);
      return use(state, input.token, output);
    },
    key: ({ holder, given, seen }) => `${holder} ${given} ${seen}`,
    isRead: (_, output) => output === false,
    show: (input, output) =>
      `${input.op}${input.op === "acquire" ? "" : ` ${canonicalText(input.token)}`} ${answerText(output)}`,
    showState: ({ holder, given, seen }) => {
      const held =
        holder === undefined ? "free" : `held by ${holder === "unseen" ? "an unseen token" : holder}`;
      return `${held}, ${given} given, ${seen} used`;
    },
  };
}

function acquire(state: LockState, output: unknown, expires: boolean): readonly LockState[] {
  const isFree = state.holder === undefined;
  if (output === UNSEEN) return isFree || expires ? [{ ...state, holder: "unseen" }] : [state];
  if (output === false) return isFree ? REFUSED : [state];
  if (typeof output !== "number" || output <= state.given || !(isFree || expires)) return REFUSED;
  return [{ ...state, holder: output, given: output }];
}

/** A token that was given to somebody unseen shows itself when it releases. */
function release(state: LockState, token: number, output: unknown, expires: boolean): readonly LockState[] {
  const holds = state.holder === token || (state.holder === "unseen" && token > state.given);
  const freed = { ...state, holder: undefined, given: Math.max(state.given, token) };
  if (output === true) return holds ? [freed] : REFUSED;
  const isSure = state.holder === token && !expires;
  if (output === false) return isSure ? REFUSED : [state];
  return holds ? [freed, state] : [state];
}

function use(state: LockState, token: number, output: unknown): readonly LockState[] {
  const passes = token >= state.seen;
  if (output !== UNSEEN && output !== passes) return REFUSED;
  return [passes ? { ...state, seen: token } : state];
}
