/**
 * Decides, action by action, whether an observed trace of a channel is one that a spec allows.
 *
 * It follows the set of all states that the spec can be in after the trace so far, closed under internal actions. The set is kept
 * in a form of its own for each spec, exact and small: a queue of which any part may be missing, rather than each subset of it.
 * Its memory is bounded: beyond the bound the verdict is `unknown`, never a wrong one. Traces of several pairs are split by
 * pair, as the specs are about one sender and one receiver. Source of the method: Lynch and Vaandrager, Forward and
 * backward simulations (1995): following sets of states is complete for finite traces.
 */
import { BagPossibilities } from "./checker-bag.ts";
import { QueuePossibilities } from "./checker-queue.ts";
import { ReliablePossibilities } from "./checker-reliable.ts";
import { actionText, type ChannelAction } from "./spec.ts";

/** The states that a spec can be in, in whatever form. */
export interface Possibilities {
  /** Narrows to the states after the action. False when there is none: the spec forbids it, and nothing has changed. */
  observe(action: ChannelAction): boolean;
  /** What may come out next: `get` and `getAck` actions. */
  offers(): readonly ChannelAction[];
  /** What it holds, in messages or states. */
  readonly size: number;
}

/**
 * Whether a trace is allowed by a spec; if not, the first action that is not; or `unknown`, where the check
 * would have held too much.
 */
export type Verdict =
  | { readonly verdict: "allowed" }
  | {
      readonly verdict: "forbidden";
      /** Of the first action that the spec does not allow, from 0; in a trace of several pairs, in the whole of it. */
      readonly index: number;
      readonly action: ChannelAction;
      /** What could have come out instead, at most `MAX_OFFERS`. */
      readonly possible: readonly ChannelAction[];
      readonly reason: string;
    }
  | { readonly verdict: "unknown"; readonly index: number; readonly reason: string };

/** The specs that traces can be checked against. */
export type SpecName =
  | "perfect"
  | "reliable"
  | "reliable-undecided"
  | "unreliable"
  | "unreliable-early"
  | "unreliable-fifo"
  | "unreliable-fifo-early";

/** How much work a check may be. */
export interface CheckerOptions {
  /** Messages or states held at once before the verdict is `unknown`. Default 1,000,000. */
  readonly maxHeld?: number;
}

const DEFAULT_MAX_HELD = 1_000_000;
/** Alternatives that a verdict names. */
export const MAX_OFFERS = 8;

const allowed: Verdict = { verdict: "allowed" };

/**
 * Both styles of a spec have the same finite traces (`spec.test.ts` shows it), so they are followed alike: of an early decision
 * nothing is seen before the message comes out.
 */
const trackers: Readonly<Record<SpecName, () => Possibilities>> = {
  perfect: () => new QueuePossibilities({ mayLose: false }),
  reliable: () => new ReliablePossibilities({ undecided: false }),
  "reliable-undecided": () => new ReliablePossibilities({ undecided: true }),
  unreliable: () => new BagPossibilities(),
  "unreliable-early": () => new BagPossibilities(),
  "unreliable-fifo": () => new QueuePossibilities({ mayLose: true }),
  "unreliable-fifo-early": () => new QueuePossibilities({ mayLose: true }),
};

/** Follows one pair's trace while it happens. The first verdict that is not `allowed` stays. */
export class ChannelChecker {
  readonly spec: SpecName;
  readonly #possibilities: Possibilities;
  readonly #maxHeld: number;
  #count = 0;
  #verdict = allowed;

  constructor(spec: SpecName, options: CheckerOptions = {}) {
    this.spec = spec;
    this.#possibilities = trackers[spec]();
    this.#maxHeld = options.maxHeld ?? DEFAULT_MAX_HELD;
    if (!(this.#maxHeld >= 1)) throw new RangeError(`maxHeld ${this.#maxHeld} is not 1 or more`);
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** What it holds now, in messages or states. */
  get held(): number {
    return this.#possibilities.size;
  }

  observe(action: ChannelAction): Verdict {
    if (this.#verdict !== allowed) return this.#verdict;
    const index = this.#count++;
    if (!this.#possibilities.observe(action)) this.#verdict = this.#forbidden(index, action);
    else if (this.#possibilities.size > this.#maxHeld) {
      const reason = `over ${this.#maxHeld} messages or states would have to be kept`;
      this.#verdict = { verdict: "unknown", index, reason };
    }
    return this.#verdict;
  }

  #forbidden(index: number, action: ChannelAction): Verdict {
    const possible = this.#possibilities.offers().slice(0, MAX_OFFERS);
    const instead =
      possible.length === 0 ? "nothing may come out" : `possible: ${possible.map(actionText).join(", ")}`;
    const reason = `action ${index}, ${actionText(action)}, is not one of a ${this.spec} channel here; ${instead}`;
    return { verdict: "forbidden", index, action, possible, reason };
  }
}

/** Checks a whole trace of one pair. */
export function checkTrace(
  spec: SpecName,
  trace: Iterable<ChannelAction>,
  options: CheckerOptions = {},
): Verdict {
  const checker = new ChannelChecker(spec, options);
  for (const action of trace) {
    if (checker.observe(action) !== allowed) break;
  }
  return checker.verdict;
}

/** An action of one of many channels. */
export interface PairAction {
  readonly sender: string;
  readonly receiver: string;
  readonly action: ChannelAction;
}

/** Follows the traces of many pairs at once, at most `MAX_PAIRS`. The verdict is of the first pair that has one. */
export class PairsChecker {
  readonly #spec: SpecName;
  readonly #options: CheckerOptions;
  readonly #pairs = new Map<string, ChannelChecker>();
  #count = 0;
  #verdict = allowed;

  constructor(spec: SpecName, options: CheckerOptions = {}) {
    this.#spec = spec;
    this.#options = options;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  observe({ sender, receiver, action }: PairAction): Verdict {
    if (this.#verdict !== allowed) return this.#verdict;
    const index = this.#count++;
    const name = JSON.stringify([sender, receiver]);
    const checker = this.#pairs.get(name) ?? this.#open(name);
    if (checker === undefined) {
      this.#verdict = { verdict: "unknown", index, reason: `over ${MAX_PAIRS} pairs` };
      return this.#verdict;
    }
    const verdict = checker.observe(action);
    if (verdict.verdict === "allowed") return verdict;
    this.#verdict = { ...verdict, index, reason: `${sender} to ${receiver}: ${verdict.reason}` };
    return this.#verdict;
  }

  #open(name: string): ChannelChecker | undefined {
    if (this.#pairs.size === MAX_PAIRS) return undefined;
    const checker = new ChannelChecker(this.#spec, this.#options);
    this.#pairs.set(name, checker);
    return checker;
  }
}

/** Pairs that one `PairsChecker` follows. */
export const MAX_PAIRS = 65_536;
