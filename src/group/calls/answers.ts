/**
 * The side of a call that answers: what this member has answered to whom, so that a reply which a broken link swallowed can be given
 * again. Pure but for the handler, which is called once for each call.
 */
import type { Outcome } from "../api/frames.ts";
import { LOST, refused } from "../api/frames.ts";
import { outcome_kind } from "../api/gen/group-frames.gen.ts";
import { type Member, memberName } from "../types.ts";

/** Calls that the handler works on. */
export const MAX_ANSWERING = 1024;
/** Replies that are kept for one caller: calls under way at once, beyond which the oldest replies are forgotten; and their bytes. */
export const MAX_KEPT_ANSWERS = 1024;
export const MAX_KEPT_ANSWER_BYTES = 4 * 1024 * 1024;

interface Caller {
  readonly member: Member;
  readonly working: Set<number>;
  /** By the call's number, the oldest first. */
  readonly answers: Map<number, Outcome>;
  /** Answers that could not be sent. */
  readonly unsent: Set<number>;
  bytes: number;
  /** The highest number whose answer was forgotten. */
  forgotten: number;
}

export class Answers {
  readonly #callers = new Map<string, Caller>();
  readonly #send: (to: Member, number: number, outcome: Outcome) => boolean;
  #working = 0;

  /** @param send false when the reply cannot be sent now. */
  constructor(send: (to: Member, number: number, outcome: Outcome) => boolean) {
    this.#send = send;
  }

  /** A call is delivered: `work` answers it, now or later. */
  begin(member: Member, number: number, work: (answer: (outcome: Outcome) => void) => void): void {
    const caller = this.#caller(member);
    if (this.#working >= MAX_ANSWERING) {
      this.#answer(
        caller,
        number,
        refused("GROUP_BUSY", `the member works on ${MAX_ANSWERING} calls already`),
      );
      return;
    }
    this.#working++;
    caller.working.add(number);
    let isDone = false;
    work((outcome) => {
      if (isDone) return;
      isDone = true;
      this.#working--;
      caller.working.delete(number);
      if (this.#callers.get(memberName(member)) === caller) this.#answer(caller, number, outcome);
    });
  }

  #caller(member: Member): Caller {
    const name = memberName(member);
    let caller = this.#callers.get(name);
    if (caller === undefined) {
      const [working, answers, unsent] = [new Set<number>(), new Map<number, Outcome>(), new Set<number>()];
      caller = { member, working, answers, unsent, bytes: 0, forgotten: 0 };
      this.#callers.set(name, caller);
    }
    return caller;
  }

  #answer(caller: Caller, number: number, outcome: Outcome): void {
    caller.answers.set(number, outcome);
    caller.bytes += bytesOf(outcome);
    for (const [oldest, kept] of caller.answers) {
      if (caller.answers.size <= MAX_KEPT_ANSWERS && caller.bytes <= MAX_KEPT_ANSWER_BYTES) break;
      // The newest stays, however large: it has never been sent.
      if (oldest === number) break;
      caller.answers.delete(oldest);
      caller.unsent.delete(oldest);
      caller.bytes -= bytesOf(kept);
      caller.forgotten = Math.max(caller.forgotten, oldest);
    }
    this.#tell(caller, number, outcome);
  }

  #tell(caller: Caller, number: number, outcome: Outcome): void {
    if (this.#send(caller.member, number, outcome)) caller.unsent.delete(number);
    else caller.unsent.add(number);
  }

  /** The caller asks for an answer that has not come. */
  asked(member: Member, number: number): void {
    const caller = this.#callers.get(memberName(member));
    const outcome = caller?.answers.get(number);
    if (caller === undefined || caller.working.has(number)) return;
    if (outcome !== undefined) this.#tell(caller, number, outcome);
    // What is later than all that was forgotten is not delivered here yet.
    else if (number <= caller.forgotten) this.#send(member, number, LOST);
  }

  /** What could not be sent to this node goes now, as far as it can. */
  reachable(node: string): void {
    for (const caller of this.#callers.values()) {
      if (caller.member.node !== node) continue;
      for (const number of [...caller.unsent]) {
        const outcome = caller.answers.get(number);
        if (outcome !== undefined) this.#tell(caller, number, outcome);
      }
    }
  }

  /** Callers that are not in the group any more are forgotten. */
  keep(members: ReadonlySet<string>): void {
    for (const name of this.#callers.keys()) if (!members.has(name)) this.#callers.delete(name);
  }
}

const OVERHEAD = 64;

function bytesOf(outcome: Outcome): number {
  return OVERHEAD + (outcome.kind === outcome_kind.OUTCOME_DONE ? outcome.reply.length : 0);
}
