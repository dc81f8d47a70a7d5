/** What users of mailboxes choose, and the bounds. */
import type { Address } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import type { BoxLimits } from "./box.ts";
import { MAILBOX_MAX_BYTES, MAILBOX_MAX_NAME } from "./gen/mailbox.gen.ts";
import type { Until } from "./outbox.ts";

/** How other nodes are found and reached, and who this one is. */
export interface MailboxesOptions {
  /** Opens a channel to a node. Called again, with pauses that grow, while there is mail for it. */
  connect(address: Address): Promise<Channel>;
  /** The directory: the node of a mailbox that is not at this one; undefined when there is none. Asked again after a loss. */
  locate(mailbox: string): Address | undefined | Promise<Address | undefined>;
  /** This node's name, 1 to 64 bytes of UTF-8, the same in every life, so that others end its old sessions. Default: random. */
  readonly node?: string;
  readonly limits?: Partial<MailLimits>;
}

/** Bounds of what one node buffers, waits for and answers. */
export interface MailLimits {
  /** Mails buffered for one mailbox elsewhere. */
  readonly maxBufferedMessages: number;
  /** Their bytes, of which one mail may have more. */
  readonly maxBufferedBytes: number;
  /** Sends that wait for room in one such buffer. */
  readonly maxWaiting: number;
  /** Requests that are not answered. */
  readonly maxRequests: number;
  /** Mailboxes that mail is sent to; and that one other node may have open here. */
  readonly maxBoxes: number;
  /** Bytes of replies that wait to leave for one node; one may pass it. */
  readonly maxReplyBytes: number;
  /** Channels that bring mail. */
  readonly maxSessions: number;
}

/** The bounds of a node's mail for which nothing else is said. */
export const defaultMailLimits: MailLimits = {
  maxBufferedMessages: 65_536,
  maxBufferedBytes: 16 * 1024 * 1024,
  maxWaiting: 1024,
  maxRequests: 65_536,
  maxBoxes: 1024,
  maxReplyBytes: 16 * 1024 * 1024,
  maxSessions: 16_384,
};

/** A mailbox's bounds unless it is opened with others. */
export const defaultBoxLimits: BoxLimits = { maxMessages: 4096, maxBytes: 16 * 1024 * 1024 };

/** Which step of a mail's way `send` waits for, and for how long. */
export interface SendOptions {
  /** When the promise resolves. Default `received`. */
  readonly until?: Until;
  /** Default 30,000; `Infinity` waits for ever. */
  readonly timeoutMs?: number;
  /** Gives up waiting; a mail that has not left yet never leaves then. */
  readonly signal?: AbortSignal;
}

/** How long to wait for an answer, as for `send`. */
export type RequestOptions = Omit<SendOptions, "until">;

/** Counts of what became of mail, and what is held now. */
export interface MailStats {
  /**
   * Mails that failed before they had left, after `send` had returned because only buffering was waited for. Of such mails that have
   * left nothing more is heard.
   */
  readonly unsent: number;
  /** Now: mailboxes that mail is sent to, nodes that it goes to, channels that bring mail, requests that somebody waits for. */
  readonly outboxes: number;
  readonly links: number;
  readonly sessions: number;
  readonly requests: number;
}

export function checkName(name: string): void {
  // A character has at most three bytes for each of its UTF-16 units.
  const bytes = name.length * 3 <= MAILBOX_MAX_NAME ? name.length : new TextEncoder().encode(name).length;
  if (bytes < 1 || bytes > MAILBOX_MAX_NAME) {
    throw new RangeError(`a mailbox's name has 1 to ${MAILBOX_MAX_NAME} bytes, not ${bytes}`);
  }
}

export function checkLimits(limits: MailLimits): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} ${value} is not a whole number of 1 or more`);
  }
}

export function checkTimeout(timeoutMs: number): void {
  if (!(timeoutMs >= 0)) throw new RangeError(`timeoutMs ${timeoutMs} is not a number of 0 or more`);
}

export function checkMessage(message: Uint8Array): void {
  if (message.length > MAILBOX_MAX_BYTES) {
    throw new RangeError(`a mail has at most ${MAILBOX_MAX_BYTES} bytes, not ${message.length}`);
  }
}
