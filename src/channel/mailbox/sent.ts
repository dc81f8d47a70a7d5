/** Mails as their senders see them: one with a promise, and one that nobody waits for. */
import { type CoterieError, isCoterieError } from "../../world/index.ts";
import type { OutgoingMail, Until } from "./outbox.ts";

/** Where mails are counted that fail when nobody waits for them any more. */
export interface LateFailures {
  unsent: number;
  lost: number;
}

function count(failures: LateFailures, error: CoterieError): void {
  if (error.details.fate === "unknown") failures.lost++;
  else failures.unsent++;
}

export interface Settle {
  readonly resolve: (reply: Uint8Array | undefined) => void;
  readonly reject: (reason: unknown) => void;
  /** The mail's deadline is now. */
  readonly giveUp: () => void;
  readonly failures: LateFailures;
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
  }

  readonly #abort = (): void => {
    if (!this.#finish()) return;
    this.#settle.reject(this.#signal?.reason);
    this.deadlineMs = Number.NEGATIVE_INFINITY;
    this.#settle.giveUp();
  };

  /** True the first time. */
  #finish(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
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
    else if (this.deadlineMs !== Number.NEGATIVE_INFINITY) count(this.#settle.failures, error);
  }
}

export class PostedMail implements OutgoingMail {
  readonly message: Uint8Array;
  readonly until = "buffered";
  readonly wantsReply = false;
  readonly deadlineMs: number;
  readonly #failures: LateFailures;

  constructor(message: Uint8Array, deadlineMs: number, failures: LateFailures) {
    this.message = message;
    this.deadlineMs = deadlineMs;
    this.#failures = failures;
  }

  buffered(): void {}

  done(): void {}

  failed(error: CoterieError): void {
    if (isCoterieError(error)) count(this.#failures, error);
  }
}
