/**
 * Receives the files that a sender offers over a channel: performs what `ReceiverCore` asks for, one thing after the other, while
 * further messages wait and, when they are many, the channel is paused. They wait as well for a sender that takes no answers.
 */
import { type Clock, CoterieError, type Crypto } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import type { TransferFailure, TransferProgress, TransferResult, TransferStore } from "./files.ts";
import { MAX_WAITING_BYTES, MESSAGE_COST_BYTES } from "./limits.ts";
import { decodeMessage, encodeMessage, Kind, stopMessage } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { ReceiverEvent } from "./receiver.ts";
import { Receiving } from "./receiving.ts";

/** Where received files go, and who is told. */
export interface FileReceiverOptions {
  readonly store: TransferStore;
  readonly crypto: Pick<Crypto, "sha256">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** A file has its name, durable and compared from end to end. */
  readonly onReceived?: (result: TransferResult) => void;
  readonly onFailed?: (failure: TransferFailure) => void;
}

/** How a session of transfers ended. */
export interface SessionEnd {
  /** The sender said that it has no more files, whatever became of the channel after that. */
  readonly inOrder: boolean;
  /** Why the channel ended, if neither side ended it. */
  readonly error: CoterieError | undefined;
}

/**
 * Receives files over one channel into a `TransferStore`, and compares each with its source before it gets
 * its name.
 */
export class FileReceiver {
  /** Resolves when the channel is gone and nothing is open any more. */
  readonly ended: Promise<SessionEnd>;
  readonly #channel: Channel;
  readonly #options: FileReceiverOptions;
  readonly #outbox: Outbox;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #isWorking = false;
  /** The sender takes no answers. */
  #isBlocked = false;
  #waitingSinceMs: number;
  #isPaused = false;
  #receiving: Receiving | undefined;
  #senderHasEnded = false;
  #closed: { readonly error: CoterieError | undefined } | undefined;
  #resolve: (end: SessionEnd) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** Takes all of the channel's handlers. */
  constructor(channel: Channel, options: FileReceiverOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#waitingSinceMs = options.clock.monotonicMs();
    this.#outbox = new Outbox(channel);
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    channel.onMessage = (bytes) => this.#onMessage(bytes);
    channel.onEnd = () => {
      this.#senderHasEnded = true;
      this.#workOn();
    };
    channel.onClose = (error) => {
      this.#closed = { error };
      this.#outbox.close();
      this.#workOn();
    };
  }

  /** How long it has been waiting for the sender to say or take something; 0 while it has something to do itself. */
  get waitingMs(): number {
    const isWaiting = this.#isBlocked || !this.#isWorking;
    return isWaiting ? this.#options.clock.monotonicMs() - this.#waitingSinceMs : 0;
  }

  /** Ends the session at once; an unfinished file stays, to be taken up again. */
  stop(): void {
    this.#channel.destroy();
  }

  #onMessage(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length + MESSAGE_COST_BYTES;
    if (this.#inboxBytes > MAX_WAITING_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#channel.pause();
    }
    this.#workOn();
  }

  #workOn(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work().catch((error: unknown) => {
      this.#channel.destroy();
      this.#reject(error);
    });
  }

  async #work(): Promise<void> {
    for (let bytes = this.#inbox.shift(); bytes !== undefined; bytes = this.#inbox.shift()) {
      this.#inboxBytes -= bytes.length + MESSAGE_COST_BYTES;
      if (this.#isPaused && this.#inboxBytes < MAX_WAITING_BYTES / 2) {
        this.#isPaused = false;
        this.#channel.resume();
      }
      await this.#handle(bytes);
      if (!this.#outbox.isEmpty) await this.#answersTaken();
    }
    this.#isWorking = false;
    this.#waitingSinceMs = this.#options.clock.monotonicMs();
    if (this.#closed !== undefined) await this.#finish(this.#closed.error);
    else if (this.#senderHasEnded) this.#channel.end();
  }

  async #answersTaken(): Promise<void> {
    this.#waitingSinceMs = this.#options.clock.monotonicMs();
    this.#isBlocked = true;
    await this.#outbox.room();
    this.#isBlocked = false;
  }

  async #finish(error: CoterieError | undefined): Promise<void> {
    await this.#receiving?.handle({ kind: "failed", error: interrupted(error) });
    this.#resolve({ inOrder: this.#senderHasEnded, error });
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    const event = eventOf(bytes);
    const isOffer = event.kind === "message" && event.message.kind === Kind.TRANSFER_OFFER;
    if (isOffer) this.#receiving ??= new Receiving(this.#outbox, this.#options);
    if (this.#receiving === undefined) {
      // What is left of a file that was given up here, before its sender knew; or an offer that cannot be read.
      if (event.kind === "failed") this.#outbox.post(encodeMessage(stopMessage(event.error)));
      return;
    }
    await this.#receiving.handle(event);
    if (this.#receiving.hasEnded) this.#receiving = undefined;
  }
}

/** A message, or that it is none. */
function eventOf(bytes: Uint8Array): ReceiverEvent {
  try {
    return { kind: "message", message: decodeMessage(bytes) };
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    return { kind: "failed", error };
  }
}

function interrupted(cause: CoterieError | undefined): CoterieError {
  const why = cause === undefined ? "the sender ended in the middle" : cause.message;
  return new CoterieError("TRANSFER_INTERRUPTED", `the connection ended before the file was whole: ${why}`, {
    cause,
    details: { channel: cause?.code },
  });
}
