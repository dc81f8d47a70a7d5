/**
 * People's own messages in a group: typed values become frames that are multicast in an order and with a guarantee, and frames that are
 * delivered become events.
 */
import type { CoterieError, Log } from "../../world/index.ts";
import type { WhenBlocked } from "../machine/client.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "../types.ts";
import type { Typed } from "./codec.ts";
import type { Listeners } from "./listeners.ts";
import { checkMode, frameOf, Multicasts, type SendOptions } from "./multicasts.ts";
import type { GroupEvents } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { GroupPort } from "./port.ts";

/** What a message has where its sender says nothing else. */
export interface SendDefaults {
  readonly order: Order;
  readonly guarantee: Guarantee;
  readonly whenBlocked: WhenBlocked;
}

export interface OwnMessagesParts<Message> extends SendDefaults {
  readonly port: GroupPort;
  readonly outbox: Outbox;
  readonly log: Log;
  readonly listeners: Listeners<GroupEvents<Message>>;
  readonly messages: Typed<Message>;
  /** Why nothing is accepted now. */
  refusal(whenBlocked: WhenBlocked): CoterieError | undefined;
}

export class OwnMessages<Message> {
  readonly #parts: OwnMessagesParts<Message>;
  readonly #multicasts: Multicasts;

  /** @throws RangeError for defaults that are none. */
  constructor(parts: OwnMessagesParts<Message>) {
    checkMode(parts.order, parts.guarantee, parts.port);
    this.#parts = parts;
    this.#multicasts = new Multicasts(parts.outbox);
  }

  /** As `JoinedGroup.multicast`. */
  multicast(message: Message, options: SendOptions): Promise<void> {
    const { port, refusal } = this.#parts;
    const { order = this.#parts.order, guarantee = this.#parts.guarantee } = options;
    const { whenBlocked = this.#parts.whenBlocked } = options;
    checkMode(order, guarantee, port);
    const frame = this.#frameOf(message, guarantee);
    if (frame instanceof Error) return Promise.reject(frame);
    const why = refusal(whenBlocked);
    if (why !== undefined) return Promise.reject(why);
    return this.#multicasts.send(order, guarantee, frame, whenBlocked, options.signal);
  }

  /** As `JoinedGroup.post`. */
  post(message: Message, options: SendOptions): boolean {
    const { port, outbox, refusal } = this.#parts;
    const { order = this.#parts.order, guarantee = this.#parts.guarantee } = options;
    checkMode(order, guarantee, port);
    const frame = this.#frameOf(message, guarantee);
    if (frame instanceof Error) throw frame;
    return refusal("fail") === undefined && outbox.post(order, guarantee, frame);
  }

  #frameOf(message: Message, guarantee: Guarantee): Uint8Array | Error {
    const { messages, port } = this.#parts;
    return frameOf(messages, message, guarantee === "safe" ? port.maxSafeBytes : port.maxMessageBytes);
  }

  /** Cut off: those that do not wait for better times fail. */
  blocked(): void {
    this.#multicasts.blocked();
  }

  /** The message in `bytes` was delivered. */
  deliver(
    sender: Member,
    view: View | undefined,
    order: Order,
    guarantee: Guarantee,
    bytes: Uint8Array,
  ): void {
    const { listeners, messages, log } = this.#parts;
    if (!listeners.has("deliver")) return;
    let message: Message;
    try {
      message = messages.decode(bytes);
    } catch (error) {
      log.warn("group message is invalid", { sender: memberName(sender), error: String(error) });
      listeners.emit("invalid", { sender, error: error as Error });
      return;
    }
    listeners.emit("deliver", { message, sender, view, order, guarantee });
  }
}
