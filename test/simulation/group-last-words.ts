/**
 * What the spec of groups is silent about: who leaves by its own will goes "with everything that it sent delivered to those who stay"
 * (`Group.leave`). To the spec a leaver is like one that was taken out, whose last messages may be gone with it; who watches with
 * this one knows which it was.
 */
import type { GroupEvent } from "../../src/group/index.ts";

/** A member, as far as it was seen. */
interface Seen {
  view: number;
  /** What it sent in the view that it is in. */
  sent: string[];
  readonly delivered: Set<string>;
  /** Views from which it went on. */
  readonly wentOn: Set<number>;
  hasLeft: boolean;
  /** What it was given to send before it was told to leave, and has not sent. */
  readonly waiting: Set<string>;
}

export class LastWords {
  readonly #members = new Map<string, Seen>();

  observe(member: string, event: GroupEvent): void {
    const seen = this.#seen(member);
    if (event.kind === "deliver") seen.delivered.add(event.id);
    else if (event.kind === "send" && event.guarantee !== "unreliable") {
      seen.sent.push(event.id);
      seen.waiting.delete(event.id);
    } else if (event.kind === "install") {
      if (event.from !== undefined) seen.wentOn.add(event.from);
      seen.view = event.view.id;
      seen.sent = [];
    }
  }

  #seen(member: string): Seen {
    let seen = this.#members.get(member);
    if (seen === undefined) {
      seen = {
        view: 0,
        sent: [],
        delivered: new Set(),
        wentOn: new Set(),
        hasLeft: false,
        waiting: new Set(),
      };
      this.#members.set(member, seen);
    }
    return seen;
  }

  /** `multicast` took the message; it may be sent already, or wait. */
  accepted(member: string, id: string): void {
    const seen = this.#seen(member);
    if (!seen.sent.includes(id)) seen.waiting.add(id);
  }

  /** The member is out by its own will. */
  left(member: string): void {
    this.#seen(member).hasLeft = true;
  }

  /** The first who went on from a leaver's last view without something that it had sent there; undefined when nobody did. */
  missed(): string | undefined {
    for (const [leaver, { view, sent, hasLeft, waiting }] of this.#members) {
      if (!hasLeft) continue;
      const [unsent] = waiting;
      if (unsent !== undefined) return `${leaver} left, and never sent ${unsent}`;
      for (const [stayer, { delivered, wentOn }] of this.#members) {
        if (!wentOn.has(view)) continue;
        const id = sent.find((each) => !delivered.has(each));
        if (id !== undefined)
          return `${stayer} went on from view ${view} without ${id}, of ${leaver}, which left`;
      }
    }
    return undefined;
  }
}
