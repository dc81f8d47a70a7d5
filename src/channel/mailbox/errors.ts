import { CoterieError, defineErrors } from "../../world/index.ts";

/** What a mail can fail with. `details.fate` says `never` (nobody has received it or will) or `unknown`. */
export const mailboxErrors = defineErrors({
  MAILBOX_LOST: {
    summary: "The mail left this node, and no word of it came back: it may have been received, or not.",
    remedy:
      "Ask the receiver what it has before you repeat a change; the mail may still wait there, and is received once, in its order, or never.",
  },
  MAILBOX_UNSENT: {
    summary: "The mail waited here until its time was over, and never left: nobody receives it.",
    remedy:
      "Check that the node of the mailbox runs and that the mailbox is emptied; send again, or give it more time.",
  },
  MAILBOX_UNKNOWN: {
    summary: "There is no mailbox of this name, or none at the node that the directory names.",
    remedy: "Check the name, and that the program that opens the mailbox runs.",
  },
  MAILBOX_CLOSED: {
    summary: "The mailbox was closed before the mail was received; it is dropped.",
    remedy: "Find out who closed the mailbox; send again once it is open.",
  },
  MAILBOX_TOO_LARGE: {
    summary: "The mail is larger than its mailbox takes at all.",
    remedy: "Send less at once, or open the mailbox with a larger maxBytes.",
  },
  MAILBOX_BUSY: {
    summary: "Too many mails, or mailboxes, wait already: here, or this node's at the mailbox's.",
    remedy:
      "Send fewer at once: await the sends, or wait until post takes mail again; give nodes that mail each other the same maxBoxes.",
  },
  MAILBOX_VIOLATION: {
    summary:
      "The other node sent what no correct node sends; its channel was dropped. It is the cause of a MAILBOX_LOST.",
    remedy: "Compare both nodes' releases; if they are the same, report it with the message's details.",
  },
  MAILBOX_STOPPED: {
    summary: "This node's mail was stopped while the operation waited.",
    remedy: "Stop the mail after what depends on it; whether the mail was received is in details.fate.",
  },
});

/** The codes of mailboxes: MAILBOX_… . */
export type MailboxErrorCode = keyof typeof mailboxErrors;

/** Whether a failed mail can have been received. */
export type Fate = "never" | "unknown";

export function mailError(
  code: MailboxErrorCode,
  mailbox: string,
  message: string,
  fate: Fate,
  cause?: unknown,
): CoterieError {
  return new CoterieError(code, `mailbox ${mailbox}: ${message}`, { cause, details: { mailbox, fate } });
}
