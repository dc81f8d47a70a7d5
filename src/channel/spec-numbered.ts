/**
 * The numbered reliable channel: what our channels promise, as a spec of its own, which refines the reliable one.
 *
 * A *link* leads from one sender to one receiver. It is a sequence of sessions, made one after the other; a session is one
 * channel's direction. Each message has a fate of its own: `acknowledged(n)` says that the first n messages of the session came
 * out; when the sender's side closes, the rest is lost, which means that nobody can tell. What may come out is decided by the
 * receiver's side: while that is open a message that the sender holds for lost may still come; after it closed, or after anything of a
 * later session came, nothing of the session ever does. Everything here is seen by one side or the other, so the spec has no
 * hidden choices and is its own checker.
 *
 * | Event of a session                         | Action                                            |
 * | ------------------------------------------ | ------------------------------------------------- |
 * | `send` took a message                      | `put`                                             |
 * | `onMessage`                                | `get`                                             |
 * | `onAcknowledged`                           | `acknowledged`, with the channel's `acknowledged` |
 * | `onClose`, or a crash, of the sender       | `closed` by the sender                            |
 * | `onClose`, or a crash, of the receiver     | `closed` by the receiver                          |
 */
import type { Verdict } from "./checker.ts";
import type { ChannelAction, SpecMessage } from "./spec.ts";

/** What is seen at the ends of a link: a message put in or taken out, a count acknowledged, a side closed. */
export type LinkAction =
  | { readonly kind: "put"; readonly session: number; readonly message: SpecMessage }
  | { readonly kind: "get"; readonly session: number; readonly message: SpecMessage }
  | { readonly kind: "acknowledged"; readonly session: number; readonly count: number }
  | { readonly kind: "closed"; readonly session: number; readonly side: "sender" | "receiver" };

/** What is known of one session of a link. */
class Session {
  readonly number: number;
  /** Put and not yet got, the oldest at `oldest`. */
  readonly waiting: SpecMessage[] = [];
  oldest = 0;
  puts = 0;
  gets = 0;
  acknowledged = 0;
  senderClosed = false;
  receiverClosed = false;

  constructor(number: number) {
    this.number = number;
  }

  get held(): number {
    return this.waiting.length - this.oldest;
  }

  put(message: SpecMessage): void {
    // What can never come out is not kept.
    if (!this.receiverClosed) this.waiting.push(message);
    this.puts++;
  }

  close(side: "sender" | "receiver"): void {
    if (side === "sender") this.senderClosed = true;
    else this.receiverClosed = true;
    if (this.receiverClosed) this.waiting.length = this.oldest;
  }

  get next(): SpecMessage | undefined {
    return this.waiting[this.oldest];
  }

  take(): void {
    this.oldest++;
    this.gets++;
    if (this.oldest < 1024 || this.oldest * 2 < this.waiting.length) return;
    this.waiting.splice(0, this.oldest);
    this.oldest = 0;
  }
}

/** Messages and sessions kept before the verdict is `unknown`. */
const DEFAULT_MAX_HELD = 1_000_000;

/** A link's spec and checker in one. Sessions are numbered upwards in the order in which the sender made them. */
export class NumberedLink {
  /** From the one that the receiver is in to the sender's newest. */
  #sessions: Session[] = [];
  /** Closed by a side before anything was put there. */
  readonly #early = new Map<number, Session>();
  /** The receiver takes nothing of sessions before this. */
  #floor = Number.NEGATIVE_INFINITY;
  readonly #maxHeld: number;
  #verdict: Verdict = { verdict: "allowed" };
  #count = 0;

  constructor(options: { readonly maxHeld?: number } = {}) {
    this.#maxHeld = options.maxHeld ?? DEFAULT_MAX_HELD;
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Messages put that may still come out, and sessions that are remembered. */
  get held(): number {
    return this.#sessions.reduce((sum, session) => sum + session.held + 1, this.#early.size);
  }

  observe(action: LinkAction): Verdict {
    if (this.#verdict.verdict !== "allowed") return this.#verdict;
    const index = this.#count++;
    const reason = this.#step(action);
    if (reason !== undefined) {
      const where = `action ${index}, ${action.kind} in session ${action.session}`;
      this.#verdict = {
        verdict: "forbidden",
        index,
        action: asChannelAction(action),
        possible: [],
        reason: `${where}: ${reason}`,
      };
    } else if (this.held > this.#maxHeld) {
      this.#verdict = {
        verdict: "unknown",
        index,
        reason: `over ${this.#maxHeld} messages and sessions would have to be kept`,
      };
    }
    return this.#verdict;
  }

  /** Why the action is forbidden, or undefined when it is done. */
  #step(action: LinkAction): string | undefined {
    switch (action.kind) {
      case "put":
        return this.#put(action.session, action.message);
      case "get":
        return this.#get(action.session, action.message);
      case "acknowledged":
        return this.#acknowledge(action.session, action.count);
      case "closed":
        return this.#close(action.session, action.side);
    }
  }

  #find(number: number): Session | undefined {
    return this.#sessions.find((session) => session.number === number);
  }

  #put(number: number, message: SpecMessage): string | undefined {
    const newest = this.#sessions.at(-1);
    if (newest !== undefined && number < newest.number) return "the sender has begun a later session";
    if (newest !== undefined && number > newest.number && !newest.senderClosed) {
      return `the sender's side of session ${newest.number} is still open`;
    }
    const session = newest?.number === number ? newest : this.#begin(number);
    if (session.senderClosed) return "the sender's side was closed";
    session.put(message);
    return undefined;
  }

  /** The sender's next session; older ones of which nothing can come out are forgotten. */
  #begin(number: number): Session {
    const session = this.#early.get(number) ?? new Session(number);
    for (const early of this.#early.keys()) if (early <= number) this.#early.delete(early);
    this.#sessions = [...this.#sessions.filter(({ held }) => held > 0), session];
    return session;
  }

  #get(number: number, message: SpecMessage): string | undefined {
    if (number < this.#floor) return "a message of a later session came out before";
    const session = this.#find(number);
    if (session?.receiverClosed === true) return "the receiver's side was closed";
    if (session?.next === undefined) return "nothing that was put there is left";
    if (session.next !== message) return `${message} came out where ${session.next} is next`;
    session.take();
    this.#floor = number;
    while ((this.#sessions[0] as Session).number < number) this.#sessions.shift();
    return undefined;
  }

  #acknowledge(number: number, count: number): string | undefined {
    const session = this.#find(number);
    if (session === undefined) return "nothing was put there";
    if (session.senderClosed) return "the sender's side was closed";
    if (count < session.acknowledged) return `${session.acknowledged} messages were acknowledged before`;
    if (count > session.gets) return `${count} messages are acknowledged, of which ${session.gets} came out`;
    session.acknowledged = count;
    return undefined;
  }

  #close(number: number, side: "sender" | "receiver"): undefined {
    const newest = this.#sessions.at(-1)?.number ?? Number.NEGATIVE_INFINITY;
    let session = this.#find(number) ?? this.#early.get(number);
    if (session === undefined && number > newest) {
      session = new Session(number);
      this.#early.set(number, session);
    }
    session?.close(side);
  }
}

/** The action in the terms of the reliable channel, for the verdict. */
function asChannelAction(action: LinkAction): ChannelAction {
  switch (action.kind) {
    case "put":
    case "get":
      return { kind: action.kind, message: action.message };
    case "acknowledged":
      return { kind: "getAck", status: "ok" };
    case "closed":
      return { kind: "crash" };
  }
}
