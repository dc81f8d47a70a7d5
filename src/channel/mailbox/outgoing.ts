/**
 * The sender's side of one session of mail: a state machine between outboxes and a channel. It opens mailboxes by number,
 * sends what their credit allows, a mail of each in turn, asks for more where the next mail does not fit, and settles what
 * the other side reports. What comes in may be anything; a frame that no correct node sends is named, and ends the session.
 */

import { Fifo } from "../../world/index.ts";
import { mailError } from "./errors.ts";
import { encodeFrame, type Frame, FrameType, numberMail, type Refusal, readFrame } from "./frames.ts";
import { MAILBOX_VERSION } from "./gen/mailbox.gen.ts";
import type { Outbox } from "./outbox.ts";
import type { Requests } from "./requests.ts";

/** The way out: a channel. False when nothing was taken; `flush` is called again when there is room. */
export interface Port {
  send(frame: Uint8Array): boolean;
}

/** Who sends: the node's name, its life, and the session's number in that life. */
export interface Hello {
  readonly sender: Uint8Array;
  readonly life: bigint;
  readonly session: number;
}

/** One mailbox of the other node. */
interface Slot {
  readonly number: number;
  readonly outbox: Outbox;
  /** Bytes that one mail may have; undefined until the other side has opened it. */
  maxBytes: number | undefined;
  messages: number;
  bytes: number;
  /** More credit was asked for. */
  wanting: boolean;
  /** Credit that no mail can use is to be given back. */
  recalled: boolean;
  /** It is in line to send. */
  inLine: boolean;
}

/**
 * Frames beside mail that wait for the channel. A correct node asks for the next answer when it has the last, so there are a few for
 * each mailbox at the most.
 */
export const MAX_UNREAD_FRAMES = 16_384;

/** The mailbox is gone at the other side; the session has forgotten it. */
export type OnRefused = (outbox: Outbox, why: Refusal) => void;

export class OutgoingSession {
  readonly #port: Port;
  readonly #requests: Requests;
  readonly #onRefused: OnRefused;
  readonly #slots = new Map<number, Slot>();
  readonly #byOutbox = new Map<Outbox, Slot>();
  readonly #frames = new Fifo<Uint8Array>();
  readonly #line = new Fifo<Slot>();
  #lastNumber = 0;

  constructor(port: Port, hello: Hello, requests: Requests, onRefused: OnRefused) {
    this.#port = port;
    this.#requests = requests;
    this.#onRefused = onRefused;
    this.#push({ type: FrameType.MAILBOX_HELLO, hello: { release: MAILBOX_VERSION, ...hello } });
  }

  /** Opens the outbox's mailbox; its mail follows when credit has come. */
  attach(outbox: Outbox): void {
    const slot: Slot = {
      number: ++this.#lastNumber,
      outbox,
      maxBytes: undefined,
      messages: 0,
      bytes: 0,
      wanting: false,
      recalled: false,
      inLine: false,
    };
    this.#slots.set(slot.number, slot);
    this.#byOutbox.set(outbox, slot);
    this.#push({ type: FrameType.MAILBOX_OPEN, open: { box: slot.number, name: outbox.name } });
  }

  /** Gives the mailbox up; nothing of it may be under way. */
  detach(outbox: Outbox): void {
    const slot = this.#byOutbox.get(outbox);
    if (slot !== undefined) this.#leave(slot);
  }

  #leave(slot: Slot): void {
    this.#slots.delete(slot.number);
    this.#byOutbox.delete(slot.outbox);
    this.#push({ type: FrameType.MAILBOX_LEAVE, left: slot.number });
  }

  /** The outbox has mail. `flush` sends it. */
  wake(outbox: Outbox): void {
    const slot = this.#byOutbox.get(outbox);
    if (slot !== undefined) this.#enqueue(slot);
  }

  #enqueue(slot: Slot): void {
    if (slot.inLine || slot.maxBytes === undefined || !slot.outbox.hasMail) return;
    // The mail that more was asked for may have been given up, and the next one fit: who waits then for this credit waits for ever.
    if (slot.wanting && !canSend(slot)) return;
    slot.inLine = true;
    this.#line.push(slot);
  }

  #push(frame: Frame): void {
    this.#frames.push(encodeFrame(frame));
  }

  /** Sends what can be sent now. */
  flush(): void {
    while (this.#flushFrames()) {
      const slot = this.#line.peek();
      if (slot === undefined) return;
      if (this.#slots.has(slot.number) && !this.#sendOne(slot)) return;
      this.#line.shift();
      slot.inLine = false;
      if (this.#slots.has(slot.number)) this.#enqueue(slot);
    }
  }

  #flushFrames(): boolean {
    for (let frame = this.#frames.peek(); frame !== undefined; frame = this.#frames.peek()) {
      if (!this.#port.send(frame)) return false;
      this.#frames.shift();
    }
    return true;
  }

  /** Sends a slot's next mail, or asks for credit. False when the channel is full. */
  #sendOne(slot: Slot): boolean {
    const { outbox } = slot;
    const next = outbox.peek();
    if (slot.recalled && !canSend(slot)) this.#giveBack(slot);
    if (next === undefined) return true;
    if (next.bytes > (slot.maxBytes ?? 0)) {
      const limit = `${next.bytes} bytes are more than the ${slot.maxBytes} that it takes`;
      outbox.failNext(mailError("MAILBOX_TOO_LARGE", outbox.name, limit, "never"));
      return true;
    }
    if (!canSend(slot)) {
      if (!slot.wanting)
        this.#push({ type: FrameType.MAILBOX_WANT, want: { box: slot.number, bytes: next.bytes } });
      slot.wanting = true;
      return true;
    }
    const request = outbox.requestOfNext();
    numberMail(next.frame, slot.number, request);
    if (!this.#port.send(next.frame)) return false;
    slot.messages--;
    slot.bytes -= next.bytes;
    outbox.sent(request);
    if (slot.recalled && !canSend(slot)) this.#giveBack(slot);
    return true;
  }

  /** Takes a frame from the other side; `flush` afterwards. @returns what is wrong with it, or undefined. */
  receive(bytes: Uint8Array): string | undefined {
    if (this.#frames.length > MAX_UNREAD_FRAMES) return "frame after frame to answer, and takes no answers";
    const frame = readFrame(bytes);
    if (typeof frame === "string") return frame;
    switch (frame.type) {
      case FrameType.MAILBOX_OPENED:
        return this.#opened(frame.opened.box, frame.opened.bytes);
      case FrameType.MAILBOX_GRANT:
        return this.#granted(frame.granted);
      case FrameType.MAILBOX_RECALL:
        return this.#recalled(frame.recalled);
      case FrameType.MAILBOX_DONE:
        return this.#done(frame.done);
      case FrameType.MAILBOX_REFUSED:
        return this.#refused(frame.refused.box, frame.refused.why);
      case FrameType.MAILBOX_REPLY:
        // A request that was given up is answered in vain: no fault of the other side.
        this.#requests.answer(frame.reply.request, frame.reply.message, (outbox) =>
          this.#byOutbox.has(outbox),
        );
        return undefined;
      default:
        return `a frame of type ${frame.type} from the side that takes mail`;
    }
  }

  /** Numbers that were given up may still be named for a while. */
  #slot(number: number): Slot | string | undefined {
    return number > this.#lastNumber ? `mailbox number ${number} was never opened` : this.#slots.get(number);
  }

  #opened(number: number, maxBytes: number): string | undefined {
    const slot = this.#slot(number);
    if (slot === undefined || typeof slot === "string") return slot;
    if (slot.maxBytes !== undefined) return `mailbox number ${number} was opened twice`;
    slot.maxBytes = maxBytes;
    this.#enqueue(slot);
    return undefined;
  }

  #granted({ box, messages, bytes }: { box: number; messages: number; bytes: number }): string | undefined {
    const slot = this.#slot(box);
    if (slot === undefined || typeof slot === "string") return slot;
    slot.messages += messages;
    slot.bytes += bytes;
    if (Math.max(slot.messages, slot.bytes) > 0xffff_ffff)
      return `more credit for number ${box} than a mailbox has`;
    slot.wanting = false;
    this.#enqueue(slot);
    return undefined;
  }

  #recalled(number: number): string | undefined {
    const slot = this.#slot(number);
    if (slot === undefined || typeof slot === "string") return slot;
    slot.recalled = true;
    if (canSend(slot)) this.#enqueue(slot);
    else this.#giveBack(slot);
    return undefined;
  }

  /**
   * Gives back what is left once mail that waits has used what it can. Without that, two senders whose mails do not fit the box
   * together could call each other's credit back for ever.
   */
  #giveBack(slot: Slot): void {
    const { number: box, messages, bytes } = slot;
    slot.recalled = false;
    slot.messages = 0;
    slot.bytes = 0;
    this.#push({ type: FrameType.MAILBOX_RETURN, returned: { box, messages, bytes } });
  }

  #done({
    box,
    delivered,
    received,
  }: {
    box: number;
    delivered: number;
    received: number;
  }): string | undefined {
    const slot = this.#slot(box);
    if (slot === undefined || typeof slot === "string") return slot;
    return slot.outbox.settle(delivered, received)
      ? undefined
      : `more mail is done than was sent to number ${box}`;
  }

  #refused(number: number, why: Refusal): string | undefined {
    const slot = this.#slot(number);
    if (slot === undefined || typeof slot === "string") return slot;
    this.#leave(slot);
    this.#onRefused(slot.outbox, why);
    return undefined;
  }
}

/** Whether its next mail fits its credit. */
function canSend({ outbox, messages, bytes }: Slot): boolean {
  const next = outbox.peek();
  return next !== undefined && messages > 0 && next.bytes <= bytes;
}
