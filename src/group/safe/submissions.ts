/**
 * What a member that keeps no replica has asked one to append, and waits for. An entry may be asked for again, of another replica: the
 * log's senders table knows a repetition. So whatever was on its way when a link broke goes to the next replica, in its order.
 */
import type { Appended } from "../../paxos/index.ts";
import { errorOf } from "./answer.ts";
import type { Answer } from "./sender.ts";
import type { Verdict } from "./senders.ts";

interface Submission {
  readonly entry: Uint8Array;
  readonly dueMs: number;
  readonly resolve: (appended: Appended<Verdict>) => void;
  readonly reject: (error: Error) => void;
  /** How many replicas may have been asked. */
  times: number;
}

export class Submissions {
  /** Sends it; false: not now. */
  readonly #send: (ticket: number, entry: Uint8Array) => boolean;
  /** By ticket, ascending. */
  readonly #open = new Map<number, Submission>();
  /** From this ticket on, nothing was sent to the present replica. */
  #unsent = 1;
  #last = 0;

  constructor(send: (ticket: number, entry: Uint8Array) => boolean) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** The entry is copied. */
  add(entry: Uint8Array, dueMs: number): Promise<Appended<Verdict>> {
    return new Promise((resolve, reject) => {
      const ticket = ++this.#last;
      this.#open.set(ticket, { entry: entry.slice(), dueMs, resolve, reject, times: 0 });
      this.pump();
    });
  }

  /** Sends what the link takes, in its order. */
  pump(): void {
    for (; this.#unsent <= this.#last; this.#unsent++) {
      const submission = this.#open.get(this.#unsent);
      if (submission === undefined) continue;
      if (!this.#send(this.#unsent, submission.entry)) return;
      submission.times++;
    }
  }

  /** Another replica is asked from here on. */
  restart(): void {
    this.#unsent = this.#open.keys().next().value ?? this.#last + 1;
    this.pump();
  }

  answered(ticket: number, answer: Answer): void {
    const submission = this.#open.get(ticket);
    if (submission === undefined) return;
    this.#open.delete(ticket);
    if (answer === "refused" || answer === "busy" || answer === "unknown") this.#fail(submission, answer);
    else submission.resolve({ index: 0, reply: answer });
  }

  /** What one replica refused, another may have taken. */
  #fail({ times, reject }: Submission, answer: "refused" | "busy" | "unknown"): void {
    const isKnown = times <= 1 || answer === "unknown";
    reject(errorOf(isKnown ? answer : "unknown", `a replica of the log said: ${answer}`));
  }

  /** Gives up what is due. */
  expire(nowMs: number): void {
    for (const [ticket, submission] of this.#open) {
      if (submission.dueMs > nowMs) return;
      this.#open.delete(ticket);
      submission.reject(
        errorOf(submission.times > 0 ? "unknown" : "refused", "no replica of the log answered in time"),
      );
    }
  }
}
