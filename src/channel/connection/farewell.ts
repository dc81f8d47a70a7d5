/**
 * How a connection ends without loss. Each side says END behind its last message. A side that has everything (the peer's
 * END and all before it, and acknowledgments of its own END and all its messages) says DONE, until the other answers with its own
 * last packet. That may be lost and the other be gone by then; but one that has said DONE is no worse off for hearing that nobody
 * is there, or nothing at all: nothing can be lost any more.
 */
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";

export class Farewell {
  /** `end` was called: no more messages from here. */
  isEnding = false;
  /** The END frame, and the DONE, are to be sent, for the first time or again. */
  needsEnd = false;
  needsDone = false;
  /** The application was told that the peer ended. */
  isPeerEndTold = false;
  /** DONE was said. */
  isSaid = false;
  /** The peer knows that everything is done. */
  isOver = false;
  private endArrived = false;
  private readonly inbox: Inbox;
  private readonly outbox: Outbox;

  constructor(inbox: Inbox, outbox: Outbox) {
    this.inbox = inbox;
    this.outbox = outbox;
  }

  /** Everything is delivered in both directions, and both sides know their own part of it. */
  get isDone(): boolean {
    const { inbox, outbox } = this;
    return this.isEnding && this.endArrived && outbox.acknowledged === outbox.sent && inbox.isEnded;
  }

  end(): void {
    this.isEnding = true;
    this.needsEnd = true;
  }

  arrivedEnd(): void {
    this.endArrived = true;
    this.needsEnd = false;
  }

  lostEnd(): void {
    this.needsEnd = !this.endArrived;
  }

  /** The peer says DONE, so it has our END, and has delivered everything before it. */
  peerIsDone(): void {
    if (this.isEnding) this.arrivedEnd();
  }

  /** Says DONE, if it is time and was not said. */
  finish(): void {
    if (this.isSaid || !this.isDone) return;
    this.needsDone = true;
    this.isSaid = true;
  }

  /** The peer has our DONE: nobody needs us any more. */
  arrivedDone(): void {
    this.isOver = true;
  }
}
