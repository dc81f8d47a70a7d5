/** Mails as their senders see them: one with a promise, and one that nobody waits for. */
import type { CoterieError } from "../../world/index.ts";
import { GIVEN_UP_MS, type OutgoingMail, type Until } from "./outbox.ts";

/** What a node counts of its mails. */
export interface MailCounts {
  /** Failed before they had left, when nobody waited for them any more. */
  unsent: number;
  /** Requests that somebody waits for. */
  asking: number;
}

export interface Settle {
  readonly resolve: (reply: Uint8Array | undefined) => void;
  readonly reject: (reason: unknown) => void;
  /** The mail is given up: it is to be forgotten. */
  readonly giveUp: () => void;
  readonly counts: MailCounts;
}

export class SentMail implements OutgoingMail {
  readonly message: Uint8Array;
  readonly until: Until;
  readonly wantsReply: boolean;
  deadlineMs: number;
  readonly #settle: Settle;
  readonly #signal: AbortSignal | undefined;
  #isSettled = false;

  constructor(
    message: Uint8Array,
    until: Until,
    wantsReply: boolean,
    deadlineMs: number,
    settle: Settle,
    signal: AbortSignal | undefined,
  ) {
    this.message = message;
    this.until = until;
    this.wantsReply = wantsReply;
    this.deadlineMs = deadlineMs;
    this.#settle = settle;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (wantsReply) settle.counts.asking++;
  }

  readonly #abort = (): void => {
    if (!this.#finish()) return;
    this.#settle.reject(this.#signal?.reason);
    this.deadlineMs = GIVEN_UP_MS;
    this.#settle.giveUp();
  };

  /** True the first time. */
  #finish(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    if (this.wantsReply) this.#settle.counts.asking--;
    this.#signal?.removeEventListener("abort", this.#abort);
    return true;
  }

  buffered(): void {
    if (this.until === "buffered" && !this.wantsReply && this.#finish()) this.#settle.resolve(undefined);
  }

  done(reply: Uint8Array | undefined): void {
    if (this.#finish()) this.#settle.resolve(reply);
  }

  failed(error: CoterieError): void {
    if (this.#finish()) this.#settle.reject(error);
    else if (this.deadlineMs !== GIVEN_UP_MS) this.#settle.counts.unsent++;
  }
}

export class PostedMail implements OutgoingMail {
  readonly message: Uint8Array;
  readonly until = "buffered";
  readonly wantsReply = false;
  readonly deadlineMs: number;
  readonly #counts: MailCounts;

  constructor(message: Uint8Array, deadlineMs: number, counts: MailCounts) {
    this.message = message;
    this.deadlineMs = deadlineMs;
    this.#counts = counts;
  }

  buffered(): void {}

  done(): void {}

  failed(): void {
    this.#counts.unsent++;
  }
}
