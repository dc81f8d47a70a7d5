/**
 * Messages of one's own that wait, in their order: because too much is not stable yet, because there is no view to send them in,
 * or because the state is not here. It is bounded; what does not fit is refused, and the caller hears when there is room again.
 */
import { Fifo } from "../world/index.ts";
import type { Multicast } from "./multicast/multicast.ts";
import type { Message } from "./multicast/own-messages.ts";

export class SendQueue {
  readonly #maxBytes: number;
  readonly #waiting = new Fifo<Message>();
  #bytes = 0;
  #hasRefused = false;
  sequence = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Sends a message, or lets a copy of it wait. @returns its sequence; 0: there is no room. */
  add(mode: number, payload: Uint8Array, multicast: Multicast | undefined): number {
    const isWaiting = this.#waiting.length > 0;
    if (!isWaiting && multicast?.hasRoom) {
      const message = { mode, sequence: this.sequence + 1, payload, sentBytes: 0 };
      this.sequence++;
      if (!multicast.put(message)) this.#wait({ ...message, payload: payload.slice() });
      return message.sequence;
    }
    if (isWaiting && this.#bytes + payload.length > this.#maxBytes) {
      this.#hasRefused = true;
      return 0;
    }
    this.#wait({ mode, sequence: ++this.sequence, payload: payload.slice(), sentBytes: 0 });
    return this.sequence;
  }

  #wait(message: Message): void {
    this.#bytes += message.payload.length;
    this.#waiting.push(message);
  }

  /** Sends what there is room for. @returns whether somebody who was refused is to be told that there is room. */
  pump(multicast: Multicast): boolean {
    for (
      let next = this.#waiting.peek();
      next !== undefined && multicast.hasRoom;
      next = this.#waiting.peek()
    ) {
      if (!multicast.put(next)) break;
      this.#waiting.shift();
      this.#bytes -= next.payload.length;
    }
    if (!this.#hasRefused || 2 * this.#bytes > this.#maxBytes) return false;
    this.#hasRefused = false;
    return true;
  }

  /** A view has ended: what was sent in part is sent again, whole, in the next. */
  restart(): void {
    const next = this.#waiting.peek();
    if (next !== undefined) next.sentBytes = 0;
  }
}
