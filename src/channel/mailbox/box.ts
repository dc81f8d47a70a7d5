/**
 * A mailbox at its node: a bounded queue, and the credit that keeps it within its bounds however many send to it.
 *
 * Every sender is a *claimant*. What it may send is promised to it beforehand, in messages and bytes, and counts as used
 * from then on; so mail that comes always finds its place, and nobody is stopped who shares the channel. A claimant gets some
 * credit when it comes, and more as its mail is taken out. One whose next mail does not fit its credit waits in line; if the
 * free room does not suffice for the first in line, credit that the others do not use is called back. Nobody holds back room that
 * others wait for, so the first in line always gets its turn once the mailbox is emptied. (Credit: Kung and Chapman, The FCVC
 * proposal, 1993; the window as the size of the buffer at the far end.)
 */
import { Fifo } from "../../world/index.ts";

/** What a mailbox may hold. */
export interface BoxLimits {
  /** Mails in the box, or promised room there. */
  readonly maxMessages: number;
  /** Their bytes. It is also the most that one mail may have. */
  readonly maxBytes: number;
}

/** A sender as its mailbox sees it. What is called here is called from within the box's own methods. */
export interface Claimant {
  /** More credit. */
  granted(messages: number, bytes: number): void;
  /** Credit is wanted back: let mail that waits use what it can, and answer with `giveBack` of the rest, now or later. */
  recall(): void;
  /** One of its mails was taken out, in the order in which they came. */
  taken(): void;
  /** The box is closed: what was not taken out is dropped. */
  closed(): void;
}

/** A mail in its box. */
export interface Delivery {
  readonly message: Uint8Array;
  /**
   * Answers the mail with a copy of the message; undefined when no answer is wanted. False, and nothing is done: too many answers
   * wait to leave, so try again later. An answer that nobody waits for any more is taken, and goes nowhere.
   * @throws RangeError over `MAILBOX_MAX_BYTES`.
   */
  readonly reply: ((message: Uint8Array) => boolean) | undefined;
}

/** What the box knows of a claimant. */
interface Claim {
  readonly claimant: Claimant;
  messages: number;
  bytes: number;
  /** Bytes of its next mail while it waits in line, else -1. */
  need: number;
  recalled: boolean;
}

interface Kept {
  readonly claim: Claim;
  readonly delivery: Delivery;
}

/** Credit aimed at for a claimant that nobody competes with: this part of the box. */
const SHARE = 8;

export class Box {
  readonly limits: BoxLimits;
  /** Called after mail came into the box. */
  onArrival: () => void = () => {};
  readonly #claims = new Map<Claimant, Claim>();
  readonly #line = new Fifo<Claim>();
  readonly #mail = new Fifo<Kept>();
  readonly #share: { readonly messages: number; readonly bytes: number };
  #freeMessages: number;
  #freeBytes: number;
  #isClosed = false;

  constructor(limits: BoxLimits) {
    for (const value of [limits.maxMessages, limits.maxBytes]) {
      if (!Number.isInteger(value) || value < 1 || value > 0xffff_ffff) {
        throw new RangeError(`a mailbox's bound ${value} is not a whole number of 1 to 2^32 - 1`);
      }
    }
    this.limits = limits;
    this.#freeMessages = limits.maxMessages;
    this.#freeBytes = limits.maxBytes;
    this.#share = {
      messages: Math.ceil(limits.maxMessages / SHARE),
      bytes: Math.ceil(limits.maxBytes / SHARE),
    };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Mails in it. */
  get length(): number {
    return this.#mail.length;
  }

  /** Room that is neither taken nor promised. */
  get free(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#freeMessages, bytes: this.#freeBytes };
  }

  attach(claimant: Claimant): void {
    const claim: Claim = { claimant, messages: 0, bytes: 0, need: -1, recalled: false };
    this.#claims.set(claimant, claim);
    this.#topUp(claim);
  }

  /** The claimant is gone, and its credit free; its mail stays. */
  detach(claimant: Claimant): void {
    const claim = this.#claims.get(claimant);
    if (claim === undefined) return;
    this.#claims.delete(claimant);
    if (claim.need >= 0) this.#line.filter((other) => other !== claim);
    this.#free(claim, claim.messages, claim.bytes);
    this.#serve();
  }

  /** The claimant's next mail has so many bytes, and its credit does not suffice. False when the box takes no such mail. */
  want(claimant: Claimant, bytes: number): boolean {
    const claim = this.#claims.get(claimant);
    if (claim === undefined || bytes > this.limits.maxBytes) return false;
    if (claim.need < 0) this.#line.push(claim);
    claim.need = bytes;
    this.#serve();
    return true;
  }

  /** Credit that the claimant does not use. False when it has less. */
  giveBack(claimant: Claimant, messages: number, bytes: number): boolean {
    const claim = this.#claims.get(claimant);
    if (claim === undefined || messages > claim.messages || bytes > claim.bytes) return false;
    this.#free(claim, messages, bytes);
    claim.recalled = false;
    this.#serve();
    return true;
  }

  /** Puts a mail into the box. False when the claimant had no credit for it. */
  put(claimant: Claimant, delivery: Delivery): boolean {
    const claim = this.#claims.get(claimant);
    const { length } = delivery.message;
    if (claim === undefined || claim.messages < 1 || claim.bytes < length) return false;
    claim.messages--;
    claim.bytes -= length;
    this.#mail.push({ claim, delivery });
    this.onArrival();
    return true;
  }

  /** Takes the oldest mail out. */
  take(): Delivery | undefined {
    const kept = this.#mail.shift();
    if (kept === undefined) return undefined;
    const { claim, delivery } = kept;
    this.#freeMessages++;
    this.#freeBytes += delivery.message.length;
    if (this.#claims.has(claim.claimant)) claim.claimant.taken();
    this.#serve();
    if (this.#line.length === 0 && this.#claims.has(claim.claimant)) this.#topUp(claim);
    return delivery;
  }

  /** Drops what is in it and tells the claimants. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#mail.drain();
    this.#line.drain();
    for (const { claimant } of [...this.#claims.values()]) claimant.closed();
    this.#claims.clear();
  }

  #free(claim: Claim, messages: number, bytes: number): void {
    claim.messages -= messages;
    claim.bytes -= bytes;
    this.#freeMessages += messages;
    this.#freeBytes += bytes;
  }

  /** Serves the line as far as there is room, and calls credit back for the first who must wait. */
  #serve(): void {
    for (let claim = this.#line.peek(); claim !== undefined; claim = this.#line.peek()) {
      const missing = Math.max(claim.need - claim.bytes, 0);
      const enough = (claim.messages > 0 || this.#freeMessages > 0) && missing <= this.#freeBytes;
      if (!enough) {
        this.#recallFor(claim);
        return;
      }
      this.#line.shift();
      claim.need = -1;
      this.#grant(claim, this.#share.messages, Math.max(this.#share.bytes, claim.bytes + missing));
    }
  }

  #recallFor(first: Claim): void {
    for (const claim of [...this.#claims.values()]) {
      if (claim === first || claim.recalled || (claim.messages === 0 && claim.bytes === 0)) continue;
      claim.recalled = true;
      claim.claimant.recall();
      // It may have answered at once, and the first been served by that.
      if (first.need < 0) return;
    }
  }

  /** Credit without being asked, once half of the share is used up and while half of the box is free. */
  #topUp(claim: Claim): void {
    const { messages, bytes } = this.#share;
    if (this.#line.length > 0 || claim.recalled) return;
    if (this.#freeMessages * 2 < this.limits.maxMessages || this.#freeBytes * 2 < this.limits.maxBytes)
      return;
    if (claim.messages * 2 >= messages && claim.bytes * 2 >= bytes) return;
    this.#grant(claim, messages, bytes);
  }

  /** Raises the claim to so much, as far as there is room. */
  #grant(claim: Claim, toMessages: number, toBytes: number): void {
    const messages = Math.min(Math.max(toMessages - claim.messages, 0), this.#freeMessages);
    const bytes = Math.min(Math.max(toBytes - claim.bytes, 0), this.#freeBytes);
    // Also when it is nothing: who waited in line has enough then, and must hear that its turn is over.
    this.#free(claim, -messages, -bytes);
    claim.claimant.granted(messages, bytes);
  }
}
