/**
 * Receives the files that a sender offers over a channel: performs what `ReceiverCore` asks for, one thing after the other, while
 * further messages wait and, when they are many, the channel is paused.
 */
import { type Clock, CoterieError, type Crypto } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import { BlockDigester } from "./block-reader.ts";
import type {
  TransferFailure,
  TransferOffer,
  TransferProgress,
  TransferReader,
  TransferResult,
  TransferStore,
  TransferTarget,
} from "./files.ts";
import { MAX_WAITING_BYTES } from "./limits.ts";
import { decodeMessage, encodeMessage, Kind, type Message, stopMessage } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { ReceiverCore, type ReceiverEffect, type ReceiverEvent } from "./receiver.ts";

export interface FileReceiverOptions {
  readonly store: TransferStore;
  readonly crypto: Pick<Crypto, "sha256">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** A file has its name, durable and compared from end to end. */
  readonly onReceived?: (result: TransferResult) => void;
  readonly onFailed?: (failure: TransferFailure) => void;
}

export interface SessionEnd {
  /** The sender said that it has no more files. */
  readonly inOrder: boolean;
  /** Why the channel ended, if neither side ended it. */
  readonly error: CoterieError | undefined;
}

export class FileReceiver {
  /** Resolves when the channel is gone and nothing is open any more. */
  readonly ended: Promise<SessionEnd>;
  readonly #channel: Channel;
  readonly #options: FileReceiverOptions;
  readonly #outbox: Outbox;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #isWorking = false;
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

  /** How long it has been waiting for the sender to say something; 0 while it has something to do itself. */
  get waitingMs(): number {
    return this.#isWorking ? 0 : this.#options.clock.monotonicMs() - this.#waitingSinceMs;
  }

  /** Ends the session at once; an unfinished file stays, to be taken up again. */
  stop(): void {
    this.#channel.destroy();
  }

  #onMessage(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length;
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
      this.#inboxBytes -= bytes.length;
      if (this.#isPaused && this.#inboxBytes < MAX_WAITING_BYTES / 2) {
        this.#isPaused = false;
        this.#channel.resume();
      }
      await this.#handle(bytes);
    }
    this.#isWorking = false;
    this.#waitingSinceMs = this.#options.clock.monotonicMs();
    if (this.#closed !== undefined) await this.#finish(this.#closed.error);
    else if (this.#senderHasEnded) this.#channel.end();
  }

  async #finish(error: CoterieError | undefined): Promise<void> {
    await this.#receiving?.handle({ kind: "failed", error: interrupted(error) });
    this.#resolve({ inOrder: this.#senderHasEnded && error === undefined, error });
  }

  async #handle(bytes: Uint8Array): Promise<void> {
    let message: Message;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      if (this.#receiving === undefined) this.#outbox.post(encodeMessage(stopMessage(error)));
      await this.#receiving?.handle({ kind: "failed", error });
      return;
    }
    if (message.kind === Kind.TRANSFER_OFFER && this.#receiving === undefined) {
      this.#receiving = new Receiving(this.#outbox, this.#options);
    }
    // Without a file under way it is what a sender said before it knew that its file was given up.
    await this.#receiving?.handle({ kind: "message", message });
    if (this.#receiving?.hasEnded === true) this.#receiving = undefined;
  }
}

/** One file under way. */
class Receiving {
  readonly #core: ReceiverCore;
  readonly #outbox: Outbox;
  readonly #options: FileReceiverOptions;
  #target: TransferTarget | undefined;
  /** Of the digests of this pass. */
  #reader: TransferReader | undefined;
  #digester: BlockDigester | undefined;
  #doneBytes = 0;

  constructor(outbox: Outbox, options: FileReceiverOptions) {
    this.#core = new ReceiverCore(options.crypto);
    this.#outbox = outbox;
    this.#options = options;
  }

  get hasEnded(): boolean {
    return this.#core.hasEnded;
  }

  async handle(event: ReceiverEvent): Promise<void> {
    const { onFailed, onReceived } = this.#options;
    for (const effect of this.#core.handle(event)) {
      if (effect.kind === "done" || effect.kind === "failed") {
        await this.#close();
        if (effect.kind === "done") onReceived?.(effect.result);
        else onFailed?.({ name: this.#core.offer.name, error: effect.error });
        return;
      }
      const next = await this.#perform(effect);
      if (next !== undefined) await this.handle(next);
      if (next?.kind === "failed") return;
    }
  }

  /** What came of it. */
  async #perform(effect: ReceiverEffect): Promise<ReceiverEvent | undefined> {
    try {
      return await this.#performOne(effect);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      return { kind: "failed", error };
    }
  }

  async #performOne(effect: ReceiverEffect): Promise<ReceiverEvent | undefined> {
    switch (effect.kind) {
      case "send":
        this.#outbox.post(encodeMessage(effect.message));
        return undefined;
      case "open":
        return this.#open(effect.offer);
      case "write":
        await this.#opened.write(effect.data, effect.position);
        this.#progress("sending", this.#doneBytes + effect.data.length);
        return undefined;
      case "settle":
        await this.#opened.settle(effect.size);
        return undefined;
      case "digest":
        return this.#digest(effect.first, effect.count);
      case "commit":
        return this.#commit(effect.offer);
      default:
        return undefined;
    }
  }

  get #opened(): TransferTarget {
    return this.#target as TransferTarget;
  }

  async #open(offer: TransferOffer): Promise<ReceiverEvent> {
    this.#target = await this.#options.store.open(offer);
    const { basis, presentBytes } = this.#target;
    this.#digester = new BlockDigester(this.#core.blocks, this.#options.crypto);
    return { kind: "opened", basis, presentBytes };
  }

  async #digest(first: number, count: number): Promise<ReceiverEvent> {
    if (first === 0) {
      await this.#reader?.close();
      this.#reader = undefined;
      this.#reader = await this.#opened.readBack();
    }
    const digester = this.#digester as BlockDigester;
    const digests = await digester.digest(this.#reader as TransferReader, first, count);
    const phase = this.#core.isFinalPass ? "checking" : "comparing";
    this.#progress(phase, this.#core.blocks.bytes(0, first + count));
    return { kind: "digested", digests };
  }

  async #commit(offer: TransferOffer): Promise<ReceiverEvent> {
    const size = await this.#opened.size();
    if (size !== offer.size) {
      const says = `the file has ${size} bytes on the disk instead of ${offer.size}`;
      throw new CoterieError("TRANSFER_DIFFERS", says);
    }
    await this.#opened.commit(offer);
    return { kind: "committed" };
  }

  async #close(): Promise<void> {
    try {
      await this.#reader?.close();
      await this.#target?.close();
    } catch (error) {
      // What was to be durable is so already, and of the rest nothing is claimed.
      if (!(error instanceof CoterieError)) throw error;
    }
  }

  #progress(phase: TransferProgress["phase"], doneBytes: number): void {
    this.#doneBytes = doneBytes;
    const { name, size } = this.#core.offer;
    this.#options.onProgress?.({ phase, name, doneBytes, totalBytes: size });
  }
}

function interrupted(cause: CoterieError | undefined): CoterieError {
  const why = cause === undefined ? "the sender ended in the middle" : cause.message;
  return new CoterieError("TRANSFER_INTERRUPTED", `the connection ended before the file was whole: ${why}`, {
    cause,
    details: { channel: cause?.code },
  });
}
