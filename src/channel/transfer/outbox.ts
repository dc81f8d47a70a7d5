/** What waits for room in a channel, in its order. Who has much to say asks for `room` before each piece. */
import type { Channel } from "../channel.ts";

export class Outbox {
  readonly #channel: Channel;
  readonly #waiting: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onDrain = () => this.#flush();
  }

  /** Everything was handed to the channel. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  post(message: Uint8Array): void {
    if (this.#isClosed) return;
    this.#waiting.push(message);
    this.#flush();
  }

  /** Resolves when nothing waits here, or the channel is gone. For one caller at a time. */
  room(): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The channel is gone: what waits is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    this.#wakeUp();
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#channel.send(this.#waiting[0] as Uint8Array) !== 0) {
      this.#waiting.shift();
    }
    if (this.isEmpty) this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
