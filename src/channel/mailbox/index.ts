export type { BoxLimits } from "./box.ts";
export { type Fate, type MailboxErrorCode, mailboxErrors } from "./errors.ts";
export { MAILBOX_MAX_BYTES, MAILBOX_MAX_NAME } from "./gen/mailbox.gen.ts";
export { Mailbox, type ReceivedMail, type ReceiveOptions } from "./mailbox.ts";
export { Mailboxes } from "./mailboxes.ts";
export {
  defaultBoxLimits,
  defaultMailLimits,
  type MailboxesOptions,
  type MailLimits,
  type MailStats,
  type RequestOptions,
  type SendOptions,
} from "./options.ts";
export type { Until } from "./outbox.ts";
