/** A mailbox as the programs of its node see it: mail is taken out as it comes (`poll`), or waited for (`receive`). */
import { type CoterieError, Fifo, type Timer, type Timers } from "../../world/index.ts";
import type { Box, Delivery } from "./box.ts";
import { mailError } from "./errors.ts";
import { checkTimeout } from "./options.ts";

/** A mail that was taken out. Its message belongs to whoever took it. */
export type ReceivedMail = Delivery;

/** How long to wait for mail. */
export interface ReceiveOptions {
  /** Gives up after so long, with `undefined`. Default `Infinity`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Programs that may wait for mail of one mailbox. */
export const MAX_RECEIVERS = 65_536;

/** Those who have given up are looked for when so many wait, and then at twice as many as are left. */
const FEW_RECEIVERS = 64;

/** One call of `receive` that waits. */
class Receiver {
  readonly #resolve: (mail: ReceivedMail | undefined) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  #timer: Timer | undefined;
  isOver = false;

  constructor(
    resolve: (mail: ReceivedMail | undefined) => void,
    reject: (reason: unknown) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  giveUpAfter(timers: Timers, timeoutMs: number): void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#timer = timers.after(timeoutMs, () => this.give(undefined), { keepAlive: true });
  }

  readonly #abort = (): void => this.fail(this.#signal?.reason);

  give(mail: ReceivedMail | undefined): void {
    if (this.#finish()) this.#resolve(mail);
  }

  fail(reason: unknown): void {
    if (this.#finish()) this.#reject(reason);
  }

  #finish(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#abort);
    return true;
  }
}

/**
 * A mailbox as the programs of its node see it: mail is taken as it has come (`poll`), or waited for
 * (`receive`).
 */
export class Mailbox {
  readonly name: string;
  /** For the protocol; programs use the methods. */
  readonly box: Box;
  /** Called when mail has come and nobody waits for it: the place for a program that polls. */
  onArrival: () => void = () => {};
  readonly #timers: Timers;
  readonly #onClose: () => void;
  readonly #receivers = new Fifo<Receiver>();
  #sweepAt = FEW_RECEIVERS;

  constructor(name: string, box: Box, timers: Timers, onClose: () => void) {
    this.name = name;
    this.box = box;
    this.#timers = timers;
    this.#onClose = onClose;
    box.onArrival = () => this.#arrived();
  }

  /** Mails that wait to be taken out. */
  get length(): number {
    return this.box.length;
  }

  /** The oldest mail, or undefined when there is none. */
  poll(): ReceivedMail | undefined {
    return this.box.take();
  }

  /**
   * The oldest mail, waited for; several that wait get mail in the order in which they came. Undefined after `timeoutMs`.
   * Rejects with the signal's reason, MAILBOX_CLOSED when the mailbox is or becomes closed, MAILBOX_BUSY when too many wait.
   */
  receive(options: ReceiveOptions = {}): Promise<ReceivedMail | undefined> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
    checkTimeout(timeoutMs);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.box.isClosed) return reject(this.#closed());
      const mail = this.poll();
      if (mail !== undefined) return resolve(mail);
      if (this.#receivers.length >= this.#sweepAt) this.#sweep();
      if (this.#receivers.length >= MAX_RECEIVERS) {
        return reject(mailError("MAILBOX_BUSY", this.name, `over ${MAX_RECEIVERS} wait for mail`, "never"));
      }
      const receiver = new Receiver(resolve, reject, signal);
      receiver.giveUpAfter(this.#timers, timeoutMs);
      this.#receivers.push(receiver);
    });
  }

  #sweep(): void {
    this.#receivers.filter((receiver) => !receiver.isOver);
    this.#sweepAt = Math.min(Math.max(2 * this.#receivers.length, FEW_RECEIVERS), MAX_RECEIVERS);
  }

  #arrived(): void {
    for (let receiver = this.#receivers.shift(); receiver !== undefined; receiver = this.#receivers.shift()) {
      if (receiver.isOver) continue;
      receiver.give(this.poll());
      return;
    }
    this.onArrival();
  }

  #closed(): CoterieError {
    return mailError("MAILBOX_CLOSED", this.name, "it is closed", "never");
  }

  /** Closes it: mail that was not taken out is dropped, and its senders are told. The name may be opened again. */
  close(): void {
    if (this.box.isClosed) return;
    this.#onClose();
    this.box.close();
    for (const receiver of this.#receivers.drain()) receiver.fail(this.#closed());
  }
}
