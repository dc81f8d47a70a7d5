/**
 * Who asked for what already, and what the answer was: requests that come twice are carried out once. A part of the replicated
 * state, so every step is the same at all members, whichever answers.
 *
 * Each member has a session from the view on in which it comes, so that a session which is not there is known to be forgotten. A process keeps
 * the one of its first life. It numbers its requests from 1, and they come in the order of their numbers, but for those that are sent
 * again after the process was taken out and came back. It says up to which number it has the replies; those after it are kept.
 * (Birrell and Nelson, "Implementing remote procedure calls", 1984, keep the last reply in the same way; here a window is under way.)
 */
import { LOST, type Outcome, toCount } from "../api/frames.ts";
import { type kept_session, outcome_kind } from "../api/gen/group-frames.gen.ts";

/** Sessions that are kept: of those whose members are gone, the one that was used longest ago is forgotten first. */
export const MAX_SESSIONS = 1024;
/** Bytes of replies that are kept for one session: the oldest are forgotten first. */
export const MAX_KEPT_REPLY_BYTES = 1024 * 1024;

interface Session {
  owner: string;
  /** The last request that was taken up. */
  last: number;
  /** Replies by number, the oldest first: those of a passive object come late. */
  readonly replies: Map<number, Outcome>;
  replyBytes: number;
}

export interface Asked {
  readonly session: string;
  readonly number: number;
  /** The replies to all up to this one are known to who asks. */
  readonly done: number;
}

export class Sessions {
  /** The one that was used longest ago first. */
  readonly #sessions = new Map<string, Session>();

  get size(): number {
    return this.#sessions.size;
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** A member comes in. */
  open(name: string): void {
    if (!this.#sessions.has(name))
      this.#sessions.set(name, { owner: name, last: 0, replies: new Map(), replyBytes: 0 });
  }

  /**
   * A request comes. @returns `new`: it is to be carried out, and answered with `answer`; `under way`: it was taken up, and is not
   * answered yet; else the answer that it has.
   */
  begin({ session: id, number, done }: Asked, owner: string): "new" | "under way" | Outcome {
    const session = this.#sessions.get(id);
    if (session === undefined) return LOST;
    this.#use(id, session, owner);
    forget(session, done);
    if (number > session.last) {
      session.last = number;
      return "new";
    }
    return session.replies.get(number) ?? (number <= done ? LOST : "under way");
  }

  #use(id: string, session: Session, owner: string): void {
    // Who speaks for an older session has no use for its own.
    if (owner !== id && this.#sessions.get(owner)?.last === 0) this.#sessions.delete(owner);
    session.owner = owner;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }

  answer(id: string, number: number, outcome: Outcome): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    session.replies.set(number, outcome);
    session.replyBytes += bytesOf(outcome);
    for (const [oldest, reply] of session.replies) {
      if (session.replyBytes <= MAX_KEPT_REPLY_BYTES) return;
      session.replyBytes -= bytesOf(reply);
      // To be told as lost: without an entry it would seem to be under way.
      session.replies.set(oldest, LOST);
    }
  }

  /** These members are in the group now; of other sessions only so many are kept. */
  keep(members: ReadonlySet<string>): void {
    let surplus = this.#sessions.size - MAX_SESSIONS;
    for (const [id, { owner }] of this.#sessions) {
      if (surplus <= 0) return;
      if (members.has(owner)) continue;
      this.#sessions.delete(id);
      surplus--;
    }
  }

  save(): kept_session[] {
    return [...this.#sessions].map(([id, { owner, last, replies }]) => ({
      id,
      owner,
      last: BigInt(last),
      replies: [...replies].map(([number, result]) => ({ number: BigInt(number), result })),
    }));
  }

  /** @throws XdrError for what is no state. */
  static restore(kept: readonly kept_session[]): Sessions {
    const sessions = new Sessions();
    for (const { id, owner, last, replies } of kept) {
      const known = new Map(replies.map(({ number, result }) => [toCount(number), copied(result)]));
      const replyBytes = [...known.values()].reduce((sum, reply) => sum + bytesOf(reply), 0);
      sessions.#sessions.set(id, { owner, last: toCount(last), replies: known, replyBytes });
    }
    return sessions;
  }
}

/** What is behind a later reply waits until that goes: the window of who asks bounds both. */
function forget(session: Session, done: number): void {
  for (const [number, reply] of session.replies) {
    if (number > done) return;
    session.replies.delete(number);
    session.replyBytes -= bytesOf(reply);
  }
}

/** What a reply costs beside its own bytes. */
const REPLY_OVERHEAD = 64;

function bytesOf(outcome: Outcome): number {
  if (outcome.kind === outcome_kind.OUTCOME_LOST) return 0;
  const { length } = outcome.kind === outcome_kind.OUTCOME_DONE ? outcome.reply : outcome.refusal.text;
  return REPLY_OVERHEAD + length;
}

/** Not the bytes of the state that it came in. */
function copied(outcome: Outcome): Outcome {
  return outcome.kind === outcome_kind.OUTCOME_DONE ? { ...outcome, reply: outcome.reply.slice() } : outcome;
}
