/**
 * What mailboxes promise, as an oracle that follows a run from outside: it sees sends, receipts, outcomes, crashes, and mailboxes
 * opening and closing, and names the first thing that must not be.
 *
 * - *Nothing forged, at most once*: what is received was sent to that mailbox, and is received once.
 * - *Order*: one life of a sender's mail to one mailbox is received in the order of sending, with gaps.
 * - *Received* is told only of what was received.
 * - *Never* is told only of what was not received, and it is not received later.
 * - *Delivered* means that it is in the mailbox: at the end, when all are emptied (`settled`), it was received, unless the mailbox
 *   was closed, or its node crashed, since it was sent. And every mail has its outcome then.
 */
export type MailOutcome =
  | { readonly kind: "buffered" | "delivered" | "received" }
  | { readonly kind: "failed"; readonly fate: "never" | "unknown" };

type State = "sent" | "received";

interface Mail {
  /** The sender's life and the mailbox: one order. */
  readonly stream: string;
  readonly mailbox: string;
  /** Its place in the stream. */
  readonly place: number;
  state: State;
  outcome: MailOutcome | undefined;
  /** How often the mailbox had been lost when it was sent. */
  readonly losses: number;
}

export class MailSpec {
  readonly #mails = new Map<string, Mail>();
  readonly #places = new Map<string, number>();
  /** The last place received of each stream. */
  readonly #lastReceived = new Map<string, number>();
  /** How often each mailbox was closed, or its node crashed. */
  readonly #losses = new Map<string, number>();
  /** The first broken promise. */
  broken: string | undefined;

  /** A life of a sender sent a mail; `id` names it. */
  sent(sender: string, mailbox: string, id: string): void {
    const stream = `${sender} ${mailbox}`;
    const place = (this.#places.get(stream) ?? 0) + 1;
    this.#places.set(stream, place);
    const losses = this.#losses.get(mailbox) ?? 0;
    this.#mails.set(id, { stream, mailbox, place, state: "sent", outcome: undefined, losses });
  }

  received(mailbox: string, id: string): void {
    this.broken ??= this.#received(mailbox, id);
  }

  /** What the receipt breaks, or undefined. */
  #received(mailbox: string, id: string): string | undefined {
    const mail = this.#mails.get(id);
    if (mail === undefined) return `${id} was received and never sent`;
    if (mail.mailbox !== mailbox) return `${id} was sent to ${mail.mailbox} and received in ${mailbox}`;
    if (mail.state === "received") return `${id} was received twice`;
    if (mail.outcome?.kind === "failed" && mail.outcome.fate === "never") {
      return `${id} was received after it was told that it never would be`;
    }
    const last = this.#lastReceived.get(mail.stream) ?? 0;
    if (mail.place <= last) return `${id} was received after mail ${last} of ${mail.stream}`;
    this.#lastReceived.set(mail.stream, mail.place);
    mail.state = "received";
    return undefined;
  }

  outcome(id: string, outcome: MailOutcome): void {
    this.broken ??= this.#outcome(id, outcome);
  }

  #outcome(id: string, outcome: MailOutcome): string | undefined {
    const mail = this.#mails.get(id);
    if (mail === undefined) return `${id} has an outcome and was never sent`;
    if (mail.outcome !== undefined) return `${id} has two outcomes`;
    mail.outcome = outcome;
    if (outcome.kind === "received" && mail.state !== "received") {
      return `${id} was told received and was not`;
    }
    if (outcome.kind === "failed" && outcome.fate === "never" && mail.state === "received") {
      return `${id} was told that it never would be received, and was`;
    }
    return undefined;
  }

  /** The mailbox was closed, or its node crashed: what was in it is gone. */
  lost(mailbox: string): void {
    this.#losses.set(mailbox, (this.#losses.get(mailbox) ?? 0) + 1);
  }

  /** A life of a sender ended: nobody hears of its mail any more. */
  senderCrashed(sender: string): void {
    for (const mail of this.#mails.values()) {
      if (mail.stream.startsWith(`${sender} `)) mail.outcome ??= { kind: "failed", fate: "unknown" };
    }
  }

  /** Everything was given its time, and every mailbox emptied. */
  settled(): void {
    this.broken ??= this.#unsettled();
  }

  #unsettled(): string | undefined {
    for (const [id, mail] of this.#mails) {
      if (mail.outcome === undefined) return `${id} has no outcome`;
      const losses = this.#losses.get(mail.mailbox) ?? 0;
      if (mail.outcome?.kind === "delivered" && mail.state !== "received" && losses === mail.losses) {
        return `${id} was told delivered to a mailbox that was emptied, and not received`;
      }
    }
    return undefined;
  }

  /** How many mails ended each way. */
  summary(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { outcome, state } of this.#mails.values()) {
      const told = outcome?.kind === "failed" ? outcome.fate : (outcome?.kind ?? "nothing");
      const key = `told ${told}, ${state}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }
}
