/**
 * What waits at a node for one mailbox elsewhere: mail in order, a bounded part of it buffered, and what was sent and not heard of.
 *
 * A mail goes through *waiting* (its sender is not told yet that it is buffered), *buffered*, and *sent*. Nothing is ever sent
 * twice: when the way to the mailbox is lost, what was sent and not settled fails with an unknown fate, and what was not stays for
 * the next way. So mail arrives in order, with gaps that are told.
 */
import { type CoterieError, Fifo } from "../../world/index.ts";
import { mailFrame } from "./frames.ts";
import type { Requests } from "./requests.ts";

/** What a sender waits for: buffered here, in the mailbox, or taken out of it by a program. */
export type Until = "buffered" | "delivered" | "received";

/** The deadline of a mail that its sender has given up. */
export const GIVEN_UP_MS = Number.NEGATIVE_INFINITY;

/** A mail and who is told about it: `buffered` at most once, then either `done` or `failed`, once. */
export interface OutgoingMail {
  /** Must not change before `buffered`. */
  readonly message: Uint8Array;
  readonly until: Until;
  readonly wantsReply: boolean;
  /** Monotonic; `Infinity` for none, `GIVEN_UP_MS` once the sender wants it no more: it does not leave then. */
  readonly deadlineMs: number;
  buffered(): void;
  done(reply: Uint8Array | undefined): void;
  failed(error: CoterieError): void;
}

export interface OutboxLimits {
  /** Mails buffered for one mailbox; and their bytes, of which one mail may be more. */
  readonly maxBufferedMessages: number;
  readonly maxBufferedBytes: number;
  /** Senders that wait for room in the buffer. */
  readonly maxWaiting: number;
}

/** A buffered mail, encoded but for the numbers that only the way to its mailbox knows. */
export interface Buffered {
  readonly mail: OutgoingMail;
  readonly frame: Uint8Array;
  readonly bytes: number;
}

interface Awaited {
  readonly mail: OutgoingMail;
  /** Its place among what was sent on this way, from 1. */
  readonly place: number;
}

/** Makes the error of one mail, which was sent or not. */
export type MakeError = (sent: boolean, mail: OutgoingMail) => CoterieError;

export class Outbox {
  readonly name: string;
  readonly #limits: OutboxLimits;
  readonly #requests: Requests;
  readonly #waiting = new Fifo<OutgoingMail>();
  readonly #buffered = new Fifo<Buffered>();
  readonly #awaitDelivered = new Fifo<Awaited>();
  readonly #awaitReceived = new Fifo<Awaited>();
  readonly #asked = new Set<number>();
  #bufferedBytes = 0;
  #sent = 0;
  #delivered = 0;
  #received = 0;

  constructor(name: string, limits: OutboxLimits, requests: Requests) {
    this.name = name;
    this.#limits = limits;
    this.#requests = requests;
  }

  /** Nothing waits here, and nobody waits for what was sent. */
  get isIdle(): boolean {
    const awaited = this.#awaitDelivered.length + this.#awaitReceived.length + this.#asked.size;
    return !this.hasMail && awaited === 0;
  }

  /** Something waits here to be sent. */
  get hasMail(): boolean {
    return this.#buffered.length > 0;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get #hasRoom(): boolean {
    const { maxBufferedMessages, maxBufferedBytes } = this.#limits;
    return this.#buffered.length < maxBufferedMessages && this.#bufferedBytes < maxBufferedBytes;
  }

  /** Takes a mail; false when too many wait already, or when it would have to wait and may not. */
  add(mail: OutgoingMail, mayWait: boolean): boolean {
    if (this.#waiting.length === 0 && this.#hasRoom) {
      this.#buffer(mail);
      return true;
    }
    if (!mayWait || this.#waiting.length >= this.#limits.maxWaiting) return false;
    this.#waiting.push(mail);
    return true;
  }

  #buffer(mail: OutgoingMail): void {
    this.#buffered.push({ mail, frame: mailFrame(mail.message, mail.until), bytes: mail.message.length });
    this.#bufferedBytes += mail.message.length;
    mail.buffered();
  }

  /** The next mail to send. Those that were given up are dropped on the way to it. */
  peek(): Buffered | undefined {
    let next = this.#buffered.peek();
    while (next?.mail.deadlineMs === GIVEN_UP_MS) {
      this.#shift();
      next = this.#buffered.peek();
    }
    return next;
  }

  /** The next mail leaves; what waits for room moves up. */
  #shift(): Buffered {
    const next = this.#buffered.shift() as Buffered;
    this.#bufferedBytes -= next.bytes;
    this.#moveUp();
    return next;
  }

  #moveUp(): void {
    while (this.#hasRoom) {
      const mail = this.#waiting.shift();
      if (mail === undefined) return;
      this.#buffer(mail);
    }
  }

  /** The number by which a reply to the next mail will name it; 0 when it wants none. */
  requestOfNext(): number {
    const next = this.peek();
    if (next === undefined || !next.mail.wantsReply) return 0;
    return this.#requests.nextNumber();
  }

  /** The next mail has been sent, under that number. */
  sent(request: number): void {
    const { mail } = this.#shift();
    const place = ++this.#sent;
    if (request > 0) {
      this.#asked.add(request);
      this.#requests.add(request, this, mail);
    } else if (mail.until === "delivered") this.#awaitDelivered.push({ mail, place });
    else if (mail.until === "received") this.#awaitReceived.push({ mail, place });
  }

  /** The next mail can never be sent. */
  failNext(error: CoterieError): void {
    this.#shift().mail.failed(error);
  }

  /** So many more are in the mailbox, and were taken out of it. False when that is more than can be. */
  settle(delivered: number, received: number): boolean {
    this.#delivered += delivered;
    this.#received += received;
    if (this.#delivered > this.#sent || this.#received > this.#delivered) return false;
    settleUpTo(this.#awaitDelivered, this.#delivered);
    settleUpTo(this.#awaitReceived, this.#received);
    return true;
  }

  /** The answer to a mail, of which `Requests` knows. */
  answered(request: number, mail: OutgoingMail, reply: Uint8Array): void {
    this.#asked.delete(request);
    mail.done(reply);
  }

  /** The way is lost: what was sent and not settled fails. What was not sent stays. */
  lost(make: MakeError): void {
    const failed = this.#takeSent();
    this.#sent = this.#delivered = this.#received = 0;
    for (const mail of failed) mail.failed(make(true, mail));
  }

  /** There is no way, and none is looked for: everything fails. */
  fail(make: MakeError): void {
    const unsent = [...this.#buffered.drain().map(({ mail }) => mail), ...this.#waiting.drain()];
    this.#bufferedBytes = 0;
    this.lost(make);
    for (const mail of unsent) mail.failed(make(false, mail));
  }

  #takeSent(): readonly OutgoingMail[] {
    const asked = [...this.#asked].map((request) => this.#requests.take(request));
    this.#asked.clear();
    const awaited = [...this.#awaitDelivered.drain(), ...this.#awaitReceived.drain()];
    return [...awaited.map(({ mail }) => mail), ...asked.filter((mail) => mail !== undefined)];
  }

  /** Fails what is due. Returns the next deadline, `Infinity` when there is none. */
  expire(nowMs: number, make: MakeError): number {
    const due: [OutgoingMail, boolean][] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    const isLeft = (mail: OutgoingMail, sent: boolean): boolean => {
      if (mail.deadlineMs > nowMs) {
        nextMs = Math.min(nextMs, mail.deadlineMs);
        return true;
      }
      due.push([mail, sent]);
      return false;
    };
    this.#bufferedBytes = 0;
    this.#buffered.filter(({ mail, bytes }) => {
      const left = isLeft(mail, false);
      if (left) this.#bufferedBytes += bytes;
      return left;
    });
    this.#waiting.filter((mail) => isLeft(mail, false));
    this.#awaitDelivered.filter(({ mail }) => isLeft(mail, true));
    this.#awaitReceived.filter(({ mail }) => isLeft(mail, true));
    for (const request of [...this.#asked]) {
      const mail = this.#requests.get(request);
      if (mail !== undefined && !isLeft(mail, true)) this.#forget(request);
    }
    this.#moveUp();
    for (const [mail, sent] of due) mail.failed(make(sent, mail));
    return nextMs;
  }

  #forget(request: number): void {
    this.#asked.delete(request);
    this.#requests.take(request);
  }
}

function settleUpTo(awaited: Fifo<Awaited>, place: number): void {
  for (let next = awaited.peek(); next !== undefined && next.place <= place; next = awaited.peek()) {
    awaited.shift();
    next.mail.done(undefined);
  }
}
