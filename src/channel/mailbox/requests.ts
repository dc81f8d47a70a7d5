/** Requests that were sent and not answered, found by their number. A number is used once, until 2^32 - 1 others were. */
import type { Outbox, OutgoingMail } from "./outbox.ts";

interface Request {
  readonly outbox: Outbox;
  readonly mail: OutgoingMail;
}

export class Requests {
  readonly #byNumber = new Map<number, Request>();
  #last = 0;

  get count(): number {
    return this.#byNumber.size;
  }

  /** A number that no request has. */
  nextNumber(): number {
    do this.#last = this.#last === 0xffff_ffff ? 1 : this.#last + 1;
    while (this.#byNumber.has(this.#last));
    return this.#last;
  }

  add(number: number, outbox: Outbox, mail: OutgoingMail): void {
    this.#byNumber.set(number, { outbox, mail });
  }

  get(number: number): OutgoingMail | undefined {
    return this.#byNumber.get(number)?.mail;
  }

  take(number: number): OutgoingMail | undefined {
    const mail = this.get(number);
    this.#byNumber.delete(number);
    return mail;
  }

  /** A reply came from where `isFrom` says. It goes nowhere when nobody waits for it there. */
  answer(number: number, reply: Uint8Array, isFrom: (outbox: Outbox) => boolean): void {
    const request = this.#byNumber.get(number);
    if (request === undefined || !isFrom(request.outbox)) return;
    this.#byNumber.delete(number);
    request.outbox.answered(number, request.mail, reply);
  }
}
