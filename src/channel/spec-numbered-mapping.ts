/**
 * How a trace of the numbered reliable channel is one of the source's reliable channel: the refinement, action by action.
 *
 * | Numbered                                              | Reliable                                                       |
 * | ----------------------------------------------------- | -------------------------------------------------------------- |
 * | `put`, `get`                                          | `Put`, `Get`                                                   |
 * | `acknowledged` of the last message put                | `GetAck() = ok`; of an earlier one nothing                     |
 * | a side closes with something not settled              | `Crash`, unless it is down already                             |
 * | the sender's side closes with something unacknowledged | then `GetAck() = lost`                                         |
 * | the next session is all there is                      | `Recover`, before the first action in it                       |
 *
 * A message may come out after the sender was told `lost`, as long as the receiver has not noticed, so the trace is one of the
 * *undecided* reliable channel; where the receiver's side always closes first, it is one of the source's very own.
 */
import { type ChannelAction, crash, get, getAck, put, recover } from "./spec.ts";
import type { LinkAction } from "./spec-numbered.ts";

/** What a sender and a receiver are in, as far as the mapping needs it. */
interface Side {
  session: number;
  closed: boolean;
}

/** Maps an allowed trace of one link as it comes. */
export class ReliableMapping {
  readonly #sender: Side = { session: Number.NEGATIVE_INFINITY, closed: true };
  readonly #receiver: Side = { session: Number.NEGATIVE_INFINITY, closed: true };
  #puts = 0;
  #gets = 0;
  #acknowledged = 0;
  #down = false;

  /** The reliable channel's actions for one of the link's; often none. */
  map(action: LinkAction): readonly ChannelAction[] {
    switch (action.kind) {
      case "put":
        return this.#put(action.session, action.message);
      case "get":
        return this.#get(action.session, action.message);
      case "acknowledged":
        return this.#acknowledge(action.count);
      case "closed":
        return this.#close(action.session, action.side);
    }
  }

  #put(session: number, message: string): readonly ChannelAction[] {
    if (session !== this.#sender.session) {
      Object.assign(this.#sender, { session, closed: false });
      this.#puts = this.#gets = this.#acknowledged = 0;
    }
    this.#puts++;
    return [...this.#recovered(), put(message)];
  }

  #get(session: number, message: string): readonly ChannelAction[] {
    Object.assign(this.#receiver, { session, closed: false });
    if (session === this.#sender.session) this.#gets++;
    return [...this.#recovered(), get(message)];
  }

  #acknowledge(count: number): readonly ChannelAction[] {
    const grown = count > this.#acknowledged;
    this.#acknowledged = count;
    return grown && count === this.#puts ? [getAck("ok")] : [];
  }

  #close(session: number, side: "sender" | "receiver"): readonly ChannelAction[] {
    if (side === "receiver") {
      if (session < this.#receiver.session) return [];
      Object.assign(this.#receiver, { session, closed: true });
      const ended = session === this.#sender.session && this.#sender.closed && this.#gets === this.#puts;
      return ended ? [] : this.#crashed();
    }
    if (session !== this.#sender.session || this.#sender.closed) return [];
    this.#sender.closed = true;
    return this.#acknowledged === this.#puts ? [] : [...this.#crashed(), getAck("lost")];
  }

  #crashed(): readonly ChannelAction[] {
    if (this.#down) return [];
    this.#down = true;
    return [crash];
  }

  /** Up again when nothing but the sender's present session can still bring messages out, and both its sides are open. */
  #recovered(): readonly ChannelAction[] {
    const { session, closed } = this.#sender;
    const receiver = this.#receiver;
    const alone =
      receiver.session === session ? !receiver.closed : receiver.session < session && receiver.closed;
    if (!this.#down || closed || !alone) return [];
    this.#down = false;
    return [recover];
  }
}
