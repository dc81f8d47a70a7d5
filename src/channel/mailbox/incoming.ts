/**
 * The receiver's side of one session of mail: a state machine between a channel and the mailboxes of this node. Mail goes
 * into its box at once, because the sender has credit for it. What is reported back, credit, progress, refusals, gathers until
 * `flush`, so that a turn in which a hundred mails came answers with one frame. A frame that no correct node sends is
 * named, and ends the session.
 */

import { Fifo } from "../../world/index.ts";
import type { Box, Claimant } from "./box.ts";
import { encodeFrame, type Frame, FrameType, type Refusal, readFrame } from "./frames.ts";
import { MAILBOX_VERSION, type mailbox_mail, mailbox_refusal, mailbox_until } from "./gen/mailbox.gen.ts";
import { checkMessage } from "./options.ts";
import type { Hello, Port } from "./outgoing.ts";

export interface IncomingEvents {
  /** The first frame. False: there is a later session of the sender, so this one has to go. */
  hello(hello: Hello): boolean;
  /** The open mailbox of that name. */
  find(name: string): Box | undefined;
  /** There is something to `flush`. Called often. */
  ready(): void;
}

export interface IncomingLimits {
  /** Mailboxes that one session may have open. */
  readonly maxBoxes: number;
  /** Bytes of replies that wait to leave; one may pass it. */
  readonly maxReplyBytes: number;
}

/** Numbers that a session may have in use, those of refused mailboxes among them: a sender gives these up when it hears of it. */
export const MAX_NUMBERS = 65_536;

/** Progress that nobody waits for is told at this count, which fits a frame. */
const REPORT_AT = 2 ** 30;

/** The sender's number for a mailbox of ours, and what it is to be told. */
class Inlet implements Claimant {
  readonly number: number;
  readonly box: Box | undefined = undefined;
  readonly #session: IncomingSession;
  /** The mailbox is gone: its mail is dropped until the sender leaves it. */
  refusal: Refusal | undefined;
  isRefusalTold = false;
  isOpenedTold = false;
  isRecalled = false;
  grantedMessages = 0;
  grantedBytes = 0;
  hasGrant = false;
  delivered = 0;
  received = 0;
  isProgressWanted = false;
  /** Mails that came, were taken out; and the last for whose taking out somebody waits. */
  #came = 0;
  #taken = 0;
  #lastAwaited = 0;

  /** @param box or why there is none. */
  constructor(number: number, box: Box | Refusal, session: IncomingSession) {
    this.number = number;
    this.#session = session;
    if (typeof box === "number") this.refusal = box;
    else this.box = box;
  }

  granted(messages: number, bytes: number): void {
    this.grantedMessages += messages;
    this.grantedBytes += bytes;
    this.hasGrant = true;
    this.#session.touch(this);
  }

  recall(): void {
    this.isRecalled = true;
    this.#session.touch(this);
  }

  came(until: mailbox_until): void {
    this.#came++;
    this.delivered++;
    if (until === mailbox_until.MAILBOX_UNTIL_RECEIVED) this.#lastAwaited = this.#came;
    if (until === mailbox_until.MAILBOX_UNTIL_DELIVERED || this.delivered >= REPORT_AT) this.#want();
  }

  taken(): void {
    this.#taken++;
    this.received++;
    if (this.#taken <= this.#lastAwaited || this.received >= REPORT_AT) this.#want();
  }

  #want(): void {
    this.isProgressWanted = true;
    this.#session.touch(this);
  }

  closed(): void {
    this.refusal = mailbox_refusal.MAILBOX_WAS_CLOSED;
    this.isProgressWanted = true;
    this.#session.touch(this);
  }
}

export class IncomingSession {
  readonly #port: Port;
  readonly #events: IncomingEvents;
  readonly #limits: IncomingLimits;
  readonly #inlets = new Map<number, Inlet>();
  readonly #touched = new Set<Inlet>();
  readonly #replies = new Fifo<Uint8Array>();
  readonly #frames = new Fifo<Uint8Array>();
  /** Mailboxes that are open. */
  #boxes = 0;
  #replyBytes = 0;
  #lastNumber = 0;
  #isGreeted = false;
  #isOver = false;

  constructor(port: Port, events: IncomingEvents, limits: IncomingLimits) {
    this.#port = port;
    this.#events = events;
    this.#limits = limits;
  }

  /**
   * Takes a frame from the sender.
   * @returns what is wrong with it, or undefined. @throws what a program's `onArrival` throws; the mail is in its mailbox then.
   */
  receive(bytes: Uint8Array): string | undefined {
    const frame = readFrame(bytes);
    if (typeof frame === "string") return frame;
    if (frame.type !== FrameType.MAILBOX_HELLO && !this.#isGreeted) return "no hello came first";
    switch (frame.type) {
      case FrameType.MAILBOX_MAIL:
        return this.#mail(frame.mail);
      case FrameType.MAILBOX_HELLO:
        return this.#hello(frame.hello.release, frame.hello);
      case FrameType.MAILBOX_OPEN:
        return this.#open(frame.open.box, frame.open.name);
      case FrameType.MAILBOX_WANT:
        return this.#want(frame.want.box, frame.want.bytes);
      case FrameType.MAILBOX_RETURN:
        return this.#returned(frame.returned);
      case FrameType.MAILBOX_LEAVE:
        return this.#left(frame.left);
      default:
        return `a frame of type ${frame.type} from the side that sends mail`;
    }
  }

  #hello(release: number, hello: Hello): string | undefined {
    if (this.#isGreeted) return "a second hello";
    if (release !== MAILBOX_VERSION) return `version ${release} of the mail protocol`;
    this.#isGreeted = true;
    return this.#events.hello(hello) ? undefined : "a later session of the same node";
  }

  #open(number: number, name: string): string | undefined {
    if (number <= this.#lastNumber) return `mailbox number ${number} after ${this.#lastNumber}`;
    if (this.#inlets.size >= MAX_NUMBERS) return `over ${MAX_NUMBERS} mailboxes`;
    this.#lastNumber = number;
    const inlet = new Inlet(number, this.#find(name), this);
    this.#inlets.set(number, inlet);
    if (inlet.box !== undefined) this.#boxes++;
    inlet.box?.attach(inlet);
    this.touch(inlet);
    return undefined;
  }

  #find(name: string): Box | Refusal {
    if (this.#boxes >= this.#limits.maxBoxes) return mailbox_refusal.MAILBOX_TOO_MANY;
    return this.#events.find(name) ?? mailbox_refusal.MAILBOX_NO_SUCH;
  }

  #mail({ box: number, until, request, message }: mailbox_mail): string | undefined {
    const inlet = this.#inlets.get(number);
    if (inlet === undefined) return `mail for number ${number}, which is not open`;
    if (inlet.refusal !== undefined) return undefined;
    const reply = request === 0 ? undefined : (answer: Uint8Array) => this.#reply(request, answer);
    // Counted first: the mail may be taken out in the very call.
    inlet.came(until);
    return inlet.box?.put(inlet, { message, reply }) ? undefined : `mail for number ${number} without credit`;
  }

  #want(number: number, bytes: number): string | undefined {
    const inlet = this.#inlets.get(number);
    if (inlet === undefined) return `credit wanted for number ${number}, which is not open`;
    if (inlet.refusal !== undefined) return undefined;
    return inlet.box?.want(inlet, bytes) ? undefined : `credit wanted for a mail of ${bytes} bytes`;
  }

  #returned({
    box: number,
    messages,
    bytes,
  }: {
    box: number;
    messages: number;
    bytes: number;
  }): string | undefined {
    const inlet = this.#inlets.get(number);
    if (inlet === undefined) return `credit returned for number ${number}, which is not open`;
    if (inlet.refusal !== undefined) return undefined;
    return inlet.box?.giveBack(inlet, messages, bytes) ? undefined : "more credit returned than there was";
  }

  #left(number: number): string | undefined {
    const inlet = this.#inlets.get(number);
    if (inlet === undefined) return `number ${number} given up, which is not open`;
    this.#inlets.delete(number);
    this.#touched.delete(inlet);
    if (inlet.box !== undefined) this.#boxes--;
    inlet.box?.detach(inlet);
    return undefined;
  }

  /** Something is to be told of the inlet. */
  touch(inlet: Inlet): void {
    if (this.#isOver || !this.#inlets.has(inlet.number)) return;
    this.#touched.add(inlet);
    this.#events.ready();
  }

  #reply(request: number, message: Uint8Array): boolean {
    checkMessage(message);
    // Whoever asked has been told of the loss.
    if (this.#isOver) return true;
    if (this.#replyBytes > this.#limits.maxReplyBytes) return false;
    const frame = encodeFrame({ type: FrameType.MAILBOX_REPLY, reply: { request, message } });
    this.#replies.push(frame);
    this.#replyBytes += frame.length;
    this.#events.ready();
    return true;
  }

  /** Sends what has gathered, as far as the channel takes it. */
  flush(): void {
    while (this.#drain(this.#frames)) {
      const [inlet] = this.#touched;
      if (inlet === undefined) break;
      this.#touched.delete(inlet);
      this.#tell(inlet);
    }
    if (this.#frames.length === 0) this.#drain(this.#replies);
  }

  #drain(frames: Fifo<Uint8Array>): boolean {
    for (let frame = frames.peek(); frame !== undefined; frame = frames.peek()) {
      if (!this.#port.send(frame)) return false;
      frames.shift();
      if (frames === this.#replies) this.#replyBytes -= frame.length;
    }
    return true;
  }

  #tell(inlet: Inlet): void {
    const { number: box, refusal } = inlet;
    if (inlet.isRefusalTold) return;
    if (inlet.box !== undefined && !inlet.isOpenedTold) {
      inlet.isOpenedTold = true;
      this.#push({ type: FrameType.MAILBOX_OPENED, opened: { box, bytes: inlet.box.limits.maxBytes } });
    }
    if (inlet.isProgressWanted) {
      const { delivered, received } = inlet;
      this.#push({ type: FrameType.MAILBOX_DONE, done: { box, delivered, received } });
      inlet.delivered = 0;
      inlet.received = 0;
      inlet.isProgressWanted = false;
    }
    if (refusal !== undefined) {
      inlet.isRefusalTold = true;
      this.#push({ type: FrameType.MAILBOX_REFUSED, refused: { box, why: refusal } });
      return;
    }
    this.#tellCredit(inlet);
  }

  #tellCredit(inlet: Inlet): void {
    const { number: box, grantedMessages: messages, grantedBytes: bytes } = inlet;
    if (inlet.hasGrant) this.#push({ type: FrameType.MAILBOX_GRANT, granted: { box, messages, bytes } });
    inlet.grantedMessages = 0;
    inlet.grantedBytes = 0;
    inlet.hasGrant = false;
    // After the grant: it calls back what was granted in the same turn too.
    if (inlet.isRecalled) this.#push({ type: FrameType.MAILBOX_RECALL, recalled: box });
    inlet.isRecalled = false;
  }

  #push(frame: Frame): void {
    this.#frames.push(encodeFrame(frame));
  }

  /** The channel is gone: mail that came stays in its box. */
  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const inlet of this.#inlets.values()) inlet.box?.detach(inlet);
    this.#inlets.clear();
    this.#touched.clear();
    // A mail that is not answered yet may hold on to the session for long.
    this.#frames.drain();
    this.#replies.drain();
  }
}
