/**
 * What a reliable channel can hold, as a few patterns in place of a set that doubles with every message under way at a crash.
 *
 * A pattern is a status, then `loose` entries, of which each may be lost or not, then `sure` ones, none of which is. A
 * rule says how much of the loose part is there: any of it, some of it (at least one), or the last one for sure. That is
 * closed under every action of the spec: what the action does to each pattern is again one or two patterns. Equal and covered
 * patterns are dropped, so there are a handful of them unless equal messages meet many crashes.
 *
 * Facts it rests on: `nil` (undefined) is the status exactly while the last message put is there; a loss is told only when it
 * takes the queue's last message; and a queue that a `get` empties has the status `ok`.
 */
import type { Possibilities } from "./checker.ts";
import { Span } from "./checker-span.ts";
import { type AckStatus, actionText, type ChannelAction, get, getAck } from "./spec.ts";

type Rule = "any" | "some" | "last";

interface Pattern {
  readonly status: AckStatus | undefined;
  readonly loose: Span;
  /** `last` only where `sure` is empty; `some` and `last` only where `loose` is not. */
  readonly rule: Rule;
  readonly sure: Span;
}

/** Patterns beyond which the checker's bound is said to be passed. */
const MAX_PATTERNS = 4096;

export class ReliablePossibilities implements Possibilities {
  readonly #undecided: boolean;
  #patterns: readonly Pattern[] = [{ status: "ok", loose: Span.empty, rule: "any", sure: Span.empty }];
  #down = false;
  #puts = 0;

  /** @param options.undecided whether `lost` may be told of a message that may still come out. */
  constructor({ undecided }: { readonly undecided: boolean }) {
    this.#undecided = undecided;
  }

  get size(): number {
    if (this.#patterns.length > MAX_PATTERNS) return Number.POSITIVE_INFINITY;
    return this.#patterns.reduce((sum, { loose, sure }) => sum + 1 + loose.length + sure.length, 0);
  }

  observe(action: ChannelAction): boolean {
    const down = action.kind === "crash" || (this.#down && action.kind !== "recover");
    const message = action.kind === "put" ? action.message : "";
    if (action.kind === "put") this.#puts++;
    // A put makes the statuses equal; while it is down it makes the rules equal too, and the largest patterns cover the rest.
    const before = action.kind === "put" && down ? largest(this.#patterns) : this.#patterns;
    const after = before.flatMap((pattern) => {
      if (action.kind === "put") return [putInto(pattern, { id: this.#puts, message }, down)];
      if (action.kind === "get") return got(pattern, action.message);
      if (action.kind === "getAck")
        return pattern.status === action.status ? [{ ...pattern, status: "ok" as const }] : [];
      return [action.kind === "crash" ? loosened(pattern) : pattern];
    });
    if (after.length === 0) return false;
    this.#down = down;
    this.#patterns = reduced(down ? after.flatMap((pattern) => this.#losing(pattern)) : after);
    return true;
  }

  /** The pattern and what `Lose` makes of it: once the last message is lost any other may be, and nothing more is told. */
  #losing(pattern: Pattern): readonly Pattern[] {
    const loose = this.#undecided ? pattern.loose : pattern.loose.dropLast();
    return [pattern, { status: "lost", loose, rule: "any", sure: Span.empty }];
  }

  offers(): readonly ChannelAction[] {
    const offered = new Map<string, ChannelAction>();
    for (const pattern of this.#patterns) {
      for (const action of offersOf(pattern)) offered.set(actionText(action), action);
    }
    return [...offered.keys()].sort().map((text) => offered.get(text) as ChannelAction);
  }
}

function putInto(pattern: Pattern, entry: { id: number; message: string }, down: boolean): Pattern {
  const { loose, rule, sure } = pattern;
  const status = undefined;
  if (down) return { status, loose: loose.append(entry), rule: "last", sure };
  if (rule !== "last") return { status, loose, rule, sure: sure.append(entry) };
  const last = Span.empty.append(loose.last as typeof entry);
  return { status, loose: loose.dropLast(), rule: "any", sure: last.append(entry) };
}

/** At a crash everything may be lost; a message that was surely there is so until the loss is told. */
function loosened(pattern: Pattern): Pattern {
  const { status, loose, rule, sure } = pattern;
  if (sure.length === 0) return pattern;
  return { status, loose: loose.concat(sure), rule: status === undefined ? "last" : rule, sure: Span.empty };
}

/** The patterns after a message came out: it was its first place among the loose entries, or the first that is surely there. */
function got(pattern: Pattern, message: string): readonly Pattern[] {
  const { loose, rule, sure } = pattern;
  const after: Pattern[] = [];
  const first = loose.find(message);
  const last = loose.length - 1;
  if (first >= 0) {
    const left = loose.dropFirst(first + 1);
    after.push(
      ...settled({ ...pattern, loose: left, rule: rule === "last" && first < last ? "last" : "any" }),
    );
  }
  if (rule === "last" && first !== last && loose.last?.message === message) {
    after.push(...settled({ ...pattern, loose: Span.empty, rule: "any" }));
  }
  if (rule === "any" && sure.at(0)?.message === message) {
    after.push(...settled({ ...pattern, loose: Span.empty, sure: sure.dropFirst(1) }));
  }
  return after;
}

/** Tells the empty queue, whose status a `get` made `ok`, from the others. */
function settled(pattern: Pattern): readonly Pattern[] {
  const { status, loose, rule, sure } = pattern;
  if (rule === "last" || sure.length > 0 || status === "ok") return [pattern];
  const empty: Pattern = { status: "ok", loose: Span.empty, rule: "any", sure };
  return loose.length === 0 ? [empty] : [{ ...pattern, rule: "some" }, empty];
}

function offersOf({ status, loose, rule, sure }: Pattern): readonly ChannelAction[] {
  const messages = new Set([...loose].map(({ message }) => message));
  const first = sure.at(0);
  if (rule === "any" && first !== undefined) messages.add(first.message);
  return [...[...messages].map(get), ...(status === undefined ? [] : [getAck(status)])];
}

/** Without the patterns that others cover. */
function reduced(patterns: readonly Pattern[]): readonly Pattern[] {
  if (patterns.length === 1) return patterns;
  const kept: Pattern[] = [];
  for (const pattern of patterns) {
    if (kept.some((other) => covers(other, pattern))) continue;
    for (let at = kept.length - 1; at >= 0; at--) {
      if (covers(pattern, kept[at] as Pattern)) kept.splice(at, 1);
    }
    kept.push(pattern);
  }
  return kept;
}

/** Without the patterns all of whose entries are in another. */
function largest(patterns: readonly Pattern[]): readonly Pattern[] {
  return patterns.filter(({ loose }, at) => {
    const larger = (other: Pattern, n: number) =>
      n !== at && other.loose.contains(loose) && (n < at || other.loose.length > loose.length);
    return !patterns.some(larger);
  });
}

/** Whether every state of `b` is one of `a`; false may be wrong, and then both are kept. */
function covers(a: Pattern, b: Pattern): boolean {
  if (a.status !== b.status || a.sure.length !== b.sure.length || a.sure.at(0)?.id !== b.sure.at(0)?.id)
    return false;
  if (a.rule === "last" && (b.rule !== "last" || a.loose.last?.id !== b.loose.last?.id)) return false;
  if (a.rule === "some" && b.rule === "any") return false;
  return a.loose.contains(b.loose);
}
