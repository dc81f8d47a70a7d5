/** The names of the properties of a group, and how one is called broken: what the parts of the spec share. */
import { type GroupEvent, type MessageId, memberName } from "./types.ts";

export type Property =
  | "self inclusion"
  | "local monotonicity"
  | "initial view event"
  | "primary component membership"
  | "delivery integrity"
  | "no duplication"
  | "self delivery"
  | "sending view delivery"
  | "same view delivery"
  | "virtual synchrony"
  | "FIFO delivery"
  | "causal delivery"
  | "weak total order"
  | "strong total order"
  | "sync"
  | "safe delivery"
  | "durable delivery"
  | "blocked is silent"
  | "paused is silent"
  | "out is the end"
  | "membership precision"
  | "termination of delivery";

/** A property that does not hold, and the event that shows it. */
export interface Violation {
  readonly property: Property;
  readonly text: string;
}

/** How a message is called in events: `node#incarnation/sequence`. */
export function messageName({ sender, sequence }: MessageId): string {
  return `${memberName(sender)}/${sequence}`;
}

export type SendEvent = Extract<GroupEvent, { kind: "send" }>;
export type DeliverEvent = Extract<GroupEvent, { kind: "deliver" }>;

/** What was sent, by whom, and what its sender had seen of the view by then. */
export interface SentMessage extends SendEvent {
  readonly sender: string;
}

/** Thrown within the checker, and caught by it. */
export class Broken extends Error {
  readonly violation: Violation;

  constructor(property: Property, text: string) {
    super(`${property}: ${text}`);
    this.violation = { property, text };
  }
}
