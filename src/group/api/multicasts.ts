/** People's own messages on their way out: a promise for each that wants one, and what becomes of it. */

import { groupError } from "../errors.ts";
import { blockedError, type WhenBlocked } from "../machine/client.ts";
import { modeOf } from "../multicast/mode.ts";
import { checkSafeOrder } from "../safe/safe-messages.ts";
import type { Guarantee, Order } from "../types.ts";
import type { Typed } from "./codec.ts";
import { encodeFrame } from "./frames.ts";
import type { Outbox, Sending, Until } from "./outbox.ts";
import type { GroupPort } from "./port.ts";

/** The order and the guarantee of a message, and for how long to wait. */
export interface SendOptions {
  /** Default: those of `join`, which are `total` and `atomic` unless it says otherwise. */
  readonly order?: Order | undefined;
  readonly guarantee?: Guarantee | undefined;
  readonly whenBlocked?: WhenBlocked | undefined;
  /** Gives up waiting; a message that has left is not called back. */
  readonly signal?: AbortSignal | undefined;
}

/** Messages, and bytes of them, that wait because there is no room. */
export const MAX_WAITING_MULTICASTS = 4096;
export const MAX_WAITING_MULTICAST_BYTES = 16 * 1024 * 1024;

/** What is known when the promise of a multicast resolves. */
const UNTIL: Readonly<Record<Guarantee, Until>> = {
  unreliable: "taken",
  reliable: "sent",
  atomic: "settled",
  safe: "settled",
};

interface OnItsWay extends Sending {
  drop: () => boolean;
  readonly reject: (error: unknown) => void;
}

export class Multicasts {
  readonly #outbox: Outbox;
  /** Those that fail when the member is cut off. */
  readonly #impatient = new Set<OnItsWay>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** The frame is copied. Rejects with GROUP_BUSY, GROUP_BLOCKED, GROUP_OUT, GROUP_FATE_UNKNOWN. */
  send(
    order: Order,
    guarantee: Guarantee,
    frame: Uint8Array,
    whenBlocked: WhenBlocked,
    signal?: AbortSignal,
  ): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { waiting, waitingBytes } = this.#outbox;
    if (waiting >= MAX_WAITING_MULTICASTS || waitingBytes >= MAX_WAITING_MULTICAST_BYTES)
      return Promise.reject(
        groupError("GROUP_BUSY", `${waiting} messages of ${waitingBytes} bytes wait`, "never"),
      );
    return new Promise((resolve, reject) => {
      const finish = () => {
        signal?.removeEventListener("abort", onAbort);
        this.#impatient.delete(onItsWay);
      };
      const onItsWay: OnItsWay = {
        drop: () => false,
        arrived: () => {
          finish();
          resolve();
        },
        lost: (fate) => onItsWay.reject(lostError(fate)),
        failed: (error) => onItsWay.reject(error),
        reject: (error) => {
          finish();
          onItsWay.drop();
          reject(error);
        },
      };
      const onAbort = () => onItsWay.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      if (whenBlocked === "fail") this.#impatient.add(onItsWay);
      // It may arrive before this returns.
      onItsWay.drop = this.#outbox.put(order, guarantee, frame, UNTIL[guarantee], onItsWay);
    });
  }

  /** Cut off: those that do not wait for better times fail. */
  blocked(): void {
    for (const onItsWay of [...this.#impatient]) {
      const wasWaiting = onItsWay.drop();
      onItsWay.reject(wasWaiting ? blockedError() : lostError("unknown"));
    }
  }
}

function lostError(fate: "never" | "unknown") {
  return fate === "never"
    ? groupError("GROUP_OUT", "this member was out of the group before the message was sent", fate)
    : groupError(
        "GROUP_FATE_UNKNOWN",
        "this member was cut off, or out of the group, while the message was under way",
        fate,
      );
}

/** Bytes of a frame around a message. */
const OVERHEAD_BYTES = 8;

/** The message's frame, lent; or why it is none. @throws RangeError for a message that is too large. */
export function frameOf<Message>(
  messages: Typed<Message>,
  value: Message,
  maxMessageBytes: number,
): Uint8Array | Error {
  let message: Uint8Array;
  try {
    message = messages.encode(value);
  } catch (error) {
    return error as Error;
  }
  const most = maxMessageBytes - OVERHEAD_BYTES;
  if (message.length > most)
    throw new RangeError(`a message of ${message.length} bytes: the most is ${most}`);
  return encodeFrame({ kind: "message", message });
}

/** @throws RangeError for an order that the guarantee cannot have, and `safe` messages where there is no log for them. */
export function checkMode(order: Order, guarantee: Guarantee, { maxSafeBytes }: GroupPort): void {
  if (guarantee !== "safe") modeOf(order, guarantee);
  else if (maxSafeBytes > 0) checkSafeOrder(order);
  else throw new RangeError("safe messages need the option `safe` of the group");
}
