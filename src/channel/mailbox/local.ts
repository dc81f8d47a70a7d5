/**
 * The way to a mailbox of the same node: the same credit and the same order, without a network between. Mail moves at the end of
 * the turn and never within a call of a program: one that sends while it takes mail out would be called within itself, again
 * and again, and be shown later mail before earlier.
 */
import type { Timers } from "../../world/index.ts";
import type { Box, Claimant } from "./box.ts";
import { mailError } from "./errors.ts";
import { messageOf } from "./frames.ts";
import type { Way } from "./link.ts";
import { checkMessage } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { Requests } from "./requests.ts";

/** Mails that move in a turn, so that programs which send each other mail without end let others have theirs. */
const TURN_MAILS = 256;

export class LocalWay implements Claimant, Way {
  readonly failure = undefined;
  readonly #box: Box;
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #timers: Timers;
  readonly #onClosed: (outbox: Outbox) => void;
  #messages = 0;
  #bytes = 0;
  #isWanting = false;
  #isFlushDue = false;
  #isOver = false;

  constructor(
    box: Box,
    outbox: Outbox,
    requests: Requests,
    timers: Timers,
    onClosed: (outbox: Outbox) => void,
  ) {
    this.#box = box;
    this.#outbox = outbox;
    this.#requests = requests;
    this.#timers = timers;
    this.#onClosed = onClosed;
    box.attach(this);
  }

  granted(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    this.#isWanting = false;
    this.wake();
  }

  recall(): void {
    const [messages, bytes] = [this.#messages, this.#bytes];
    this.#messages = 0;
    this.#bytes = 0;
    this.#box.giveBack(this, messages, bytes);
  }

  taken(): void {
    this.#outbox.settle(0, 1);
  }

  closed(): void {
    this.#isOver = true;
    this.#onClosed(this.#outbox);
  }

  leave(): void {
    this.#isOver = true;
    this.#box.detach(this);
  }

  wake(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#timers.soon(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  /** Moves what the credit allows. */
  #flush(): void {
    const { limits } = this.#box;
    for (let mails = 0; !this.#isOver; mails++) {
      const next = this.#outbox.peek();
      if (next === undefined) return;
      if (mails === TURN_MAILS) {
        this.wake();
        return;
      }
      if (next.bytes > limits.maxBytes) {
        const message = `${next.bytes} bytes are more than the ${limits.maxBytes} that it takes`;
        this.#outbox.failNext(mailError("MAILBOX_TOO_LARGE", this.#outbox.name, message, "never"));
      } else if (this.#messages > 0 && this.#bytes >= next.bytes) this.#move(next.frame, next.bytes);
      else {
        this.#want(next.bytes);
        return;
      }
    }
  }

  #want(bytes: number): void {
    if (this.#isWanting) return;
    this.#isWanting = true;
    this.#box.want(this, bytes);
  }

  #move(frame: Uint8Array, length: number): void {
    const request = this.#outbox.requestOfNext();
    this.#messages--;
    this.#bytes -= length;
    this.#outbox.sent(request);
    this.#outbox.settle(1, 0);
    const reply = request === 0 ? undefined : (answer: Uint8Array) => this.#answer(request, answer);
    this.#box.put(this, { message: messageOf(frame, length), reply });
  }

  #answer(request: number, answer: Uint8Array): boolean {
    checkMessage(answer);
    this.#requests.answer(request, answer.slice(), (outbox) => outbox === this.#outbox);
    return true;
  }
}
