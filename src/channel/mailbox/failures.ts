/** Why mail fails, by what its sender may conclude from it. */
import { mailError } from "./errors.ts";
import type { Refusal } from "./frames.ts";
import { mailbox_refusal } from "./gen/mailbox.gen.ts";
import type { MakeError } from "./outbox.ts";

export function unknownMailbox(name: string, cause: unknown): MakeError {
  return (sent) =>
    mailError("MAILBOX_UNKNOWN", name, "there is no such mailbox", sent ? "unknown" : "never", cause);
}

/** Of a mailbox that its node refused, or closed. */
export function refusal(name: string, why: Refusal): MakeError {
  switch (why) {
    case mailbox_refusal.MAILBOX_NO_SUCH:
      return unknownMailbox(name, undefined);
    case mailbox_refusal.MAILBOX_WAS_CLOSED:
      return closedMailbox(name);
    case mailbox_refusal.MAILBOX_TOO_MANY:
      return tooManyBoxes(name);
  }
}

/** The mailbox's node holds as many mailboxes open for this one as it may. */
function tooManyBoxes(name: string): MakeError {
  return (sent) =>
    mailError(
      "MAILBOX_BUSY",
      name,
      "its node has too many mailboxes open for this one",
      sent ? "unknown" : "never",
    );
}

/** What was received is told before the end, so the rest was not; only of a request that is not known. */
function closedMailbox(name: string): MakeError {
  return (sent, { wantsReply }) =>
    mailError("MAILBOX_CLOSED", name, "it was closed", sent && wantsReply ? "unknown" : "never");
}

export function lostMail(name: string, cause: unknown): MakeError {
  return () => mailError("MAILBOX_LOST", name, "the channel was lost", "unknown", cause);
}

export function stoppedMail(name: string): MakeError {
  return (sent) =>
    mailError("MAILBOX_STOPPED", name, "this node's mail is stopped", sent ? "unknown" : "never");
}

/** @param failure why there is no channel to the mailbox's node, if that is so. */
export function overdue(name: string, failure: unknown): MakeError {
  return (sent) =>
    sent
      ? mailError("MAILBOX_LOST", name, "nothing was heard of the mail in time", "unknown")
      : mailError("MAILBOX_UNSENT", name, "the mail could not leave in time", "never", failure);
}
