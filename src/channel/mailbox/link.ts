/**
 * The way to one other node: a channel, made when there is mail for it and made again after a loss, each time with a new session.
 * A driver: it performs for the outgoing session what that decides, and knows the time. When the way is lost it lets its
 * outboxes go; whoever owns them finds out anew where their mailboxes are.
 */
import { type Address, CoterieError, formatAddress, type World } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import type { Refusal } from "./frames.ts";
import type { Outbox } from "./outbox.ts";
import { type Hello, OutgoingSession } from "./outgoing.ts";
import type { Requests } from "./requests.ts";

/** How mail gets from an outbox to its mailbox. */
export interface Way {
  /** The outbox has mail. */
  wake(outbox: Outbox): void;
  /** The outbox is idle and goes. */
  leave(outbox: Outbox): void;
  /** What the last attempt failed with, while there is no way. */
  readonly failure: unknown;
}

export interface LinkEvents {
  /** The way is lost, for this reason; the outbox has no way now. */
  lost(outbox: Outbox, cause: unknown): void;
  refused(outbox: Outbox, why: Refusal): void;
}

export interface LinkOptions {
  readonly world: Pick<World, "clock" | "timers" | "random" | "log">;
  readonly address: Address;
  readonly connect: (address: Address) => Promise<Channel>;
  /** The next session's first frame. */
  readonly hello: () => Hello;
  readonly requests: Requests;
  readonly events: LinkEvents;
}

/** Between two attempts: doubles from the first to the second, shortened at random by up to half. */
export const RETRY_FIRST_MS = 50;
export const RETRY_MOST_MS = 5000;

type State = "idle" | "connecting" | "open" | "pausing" | "closed";

export class Link implements Way {
  readonly #options: LinkOptions;
  readonly #outboxes = new Set<Outbox>();
  #state: State = "idle";
  #channel: Channel | undefined;
  #session: OutgoingSession | undefined;
  #failures = 0;
  failure: unknown;
  #isFlushDue = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Nothing depends on it, so that it may be forgotten. */
  get isIdle(): boolean {
    return this.#state === "idle" && this.#outboxes.size === 0;
  }

  attach(outbox: Outbox): void {
    this.#outboxes.add(outbox);
    this.#session?.attach(outbox);
    this.wake(outbox);
  }

  leave(outbox: Outbox): void {
    this.#outboxes.delete(outbox);
    this.#session?.detach(outbox);
    this.#session?.flush();
    this.endUnused();
  }

  /** Ends the channel when no mailbox is reached by it. */
  endUnused(): void {
    if (this.#outboxes.size === 0) this.#channel?.end();
  }

  wake(outbox: Outbox): void {
    if (this.#state === "idle") this.#open();
    this.#session?.wake(outbox);
    this.#flushSoon();
  }

  #open(): void {
    this.#state = "connecting";
    const { connect, address } = this.#options;
    const opening = Promise.resolve().then(() => connect(address));
    opening.then(
      (channel) => this.#opened(channel),
      (error: unknown) => this.#failed(error),
    );
  }

  #opened(channel: Channel): void {
    if (this.#state !== "connecting") {
      channel.destroy();
      return;
    }
    const { requests, events, hello } = this.#options;
    this.#state = "open";
    this.failure = undefined;
    this.#channel = channel;
    const port = { send: (frame: Uint8Array) => channel.send(frame) !== 0 };
    const session = new OutgoingSession(port, hello(), requests, (outbox, why) => {
      this.#outboxes.delete(outbox);
      events.refused(outbox, why);
    });
    this.#session = session;
    channel.onMessage = (bytes) => this.#receive(session, bytes);
    channel.onDrain = () => this.#flushSoon();
    channel.onEnd = () => channel.end();
    channel.onClose = (error) => {
      if (this.#channel === channel) this.#failed(error);
    };
    for (const outbox of this.#outboxes) session.attach(outbox);
    this.#flushSoon();
  }

  #receive(session: OutgoingSession, bytes: Uint8Array): void {
    if (this.#session !== session) return;
    const wrong = session.receive(bytes);
    if (wrong !== undefined) {
      const peer = formatAddress(this.#options.address);
      this.#options.world.log.warn("mail violation", { peer, wrong });
      const channel = this.#channel;
      this.#failed(
        new CoterieError("MAILBOX_VIOLATION", `${peer} sent ${wrong}`, { details: { peer, wrong } }),
      );
      channel?.destroy();
      return;
    }
    this.#failures = 0;
    this.#flushSoon();
  }

  /** No way, or none any more: pauses before the next attempt, and lets the outboxes go. */
  #failed(cause: unknown): void {
    if (this.#state === "closed" || this.#state === "pausing") return;
    this.#session = undefined;
    this.#channel = undefined;
    this.#state = "pausing";
    this.failure = cause;
    const { timers, random } = this.#options.world;
    const longestMs = Math.min(RETRY_FIRST_MS * 2 ** this.#failures, RETRY_MOST_MS);
    this.#failures = Math.min(this.#failures + 1, 30);
    const delayMs = longestMs * (1 - random.uint32() / 2 ** 33);
    timers.after(delayMs, () => this.#resume());
    const outboxes = [...this.#outboxes];
    this.#outboxes.clear();
    for (const outbox of outboxes) this.#options.events.lost(outbox, cause);
  }

  #resume(): void {
    if (this.#state !== "pausing") return;
    this.#state = "idle";
    const [waiting] = [...this.#outboxes].filter((outbox) => outbox.hasMail);
    if (waiting !== undefined) this.wake(waiting);
  }

  #flushSoon(): void {
    if (this.#isFlushDue || this.#session === undefined) return;
    this.#isFlushDue = true;
    this.#options.world.timers.soon(() => {
      this.#isFlushDue = false;
      this.#session?.flush();
    });
  }

  /** Drops the channel; what the outboxes hold is their owner's. */
  close(): void {
    this.#state = "closed";
    this.#session = undefined;
    this.#outboxes.clear();
    this.#channel?.destroy();
  }
}
