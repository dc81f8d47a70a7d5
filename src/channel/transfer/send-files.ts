/**
 * Sends files over a channel, one after the other: performs what `SenderCore` asks for.
 */
import { CoterieError, type Crypto } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import type {
  SourceState,
  TransferOffer,
  TransferProgress,
  TransferResult,
  TransferSource,
} from "./files.ts";
import { TRANSFER_MAX_BLOCK } from "./gen/transfer.gen.ts";
import { DEFAULT_BLOCK_BYTES, MAX_BLOCKS } from "./limits.ts";
import { decodeMessage, type Message } from "./messages.ts";
import { checkName } from "./names.ts";
import { Outbox } from "./outbox.ts";
import { Sending } from "./sending.ts";

/** How files are cut into blocks, and who is told of the progress. */
export interface FileSenderOptions {
  readonly crypto: Pick<Crypto, "sha256">;
  /** Bytes of a block, at most 4 MiB; default `DEFAULT_BLOCK_BYTES`. */
  readonly blockBytes?: number;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/**
 * Sends files over one channel, one after the other, and compares what the receiver's disk holds with what it
 * read.
 */
export class FileSender {
  readonly #channel: Channel;
  readonly #options: FileSenderOptions;
  readonly #outbox: Outbox;
  /** Resolves when the channel is gone. */
  readonly #closed: Promise<void>;
  #isBusy = false;
  #isEnding = false;
  #sending: Sending | undefined;
  /** Why nothing more can be sent. */
  #gone: CoterieError | undefined;

  /** Takes all of the channel's handlers. @throws RangeError for blocks of no bytes, or of over 4 MiB. */
  constructor(channel: Channel, options: FileSenderOptions) {
    const { blockBytes = DEFAULT_BLOCK_BYTES } = options;
    if (!Number.isInteger(blockBytes) || blockBytes < 1 || blockBytes > TRANSFER_MAX_BLOCK) {
      throw new RangeError(`blocks of ${blockBytes} bytes: 1 to ${TRANSFER_MAX_BLOCK}`);
    }
    this.#channel = channel;
    this.#options = options;
    this.#outbox = new Outbox(channel);
    channel.onMessage = (bytes) => this.#onMessage(bytes);
    channel.onEnd = () => {
      if (!this.#isEnding) channel.destroy();
    };
    this.#closed = new Promise((resolve) => {
      channel.onClose = (error) => {
        this.#close(interrupted(error));
        resolve();
      };
    });
  }

  /** False when the channel is gone, or out of step: the next file needs another one. */
  get isUsable(): boolean {
    return this.#gone === undefined;
  }

  /**
   * Sends one file; one at a time. Resolves when the receiver has it under its name, durable and compared from end to end.
   * @throws CoterieError TRANSFER_…, the file's own errors; nothing says then that the receiver does not have it.
   */
  async send(source: TransferSource): Promise<TransferResult> {
    if (this.#isBusy) throw new TypeError("a file is being sent: one at a time");
    this.#isBusy = true;
    try {
      return await this.#send(source);
    } finally {
      this.#isBusy = false;
      this.#sending = undefined;
    }
  }

  async #send(source: TransferSource): Promise<TransferResult> {
    if (this.#gone !== undefined) throw this.#gone;
    checkName(source.name);
    const state = await source.state();
    if (this.#gone !== undefined) throw this.#gone;
    const sending = new Sending(source, state, this.#offerOf(source, state), this.#outbox, this.#options);
    this.#sending = sending;
    try {
      return await sending.run();
    } finally {
      if (!sending.isChannelUsable) this.#abandon();
    }
  }

  /** Ends the session in order; resolves when the channel is gone. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#channel.end();
    await this.#closed;
  }

  /** Ends it at once; a file under way fails with TRANSFER_INTERRUPTED. */
  stop(): void {
    this.#channel.destroy();
  }

  #offerOf(source: TransferSource, { size, mode, modified }: SourceState): TransferOffer {
    const blockBytes = this.#options.blockBytes ?? DEFAULT_BLOCK_BYTES;
    if (size > blockBytes * MAX_BLOCKS) {
      throw new CoterieError("TRANSFER_TOO_LARGE", `${size} bytes are more than ${MAX_BLOCKS} blocks`);
    }
    return { name: source.name, size, blockBytes, mode, modified };
  }

  #onMessage(bytes: Uint8Array): void {
    const sending = this.#sending;
    if (sending === undefined) return;
    let message: Message;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      sending.handle({ kind: "failed", error });
      return;
    }
    sending.handle({ kind: "message", message });
  }

  /** The last word may still wait in the channel, so it is ended and not destroyed. */
  #abandon(): void {
    this.#gone ??= interrupted(undefined);
    this.#isEnding = true;
    this.#channel.end();
  }

  #close(error: CoterieError): void {
    this.#gone ??= error;
    this.#outbox.close();
    this.#sending?.handle({ kind: "failed", error });
  }
}

function interrupted(cause: CoterieError | undefined): CoterieError {
  const why = cause === undefined ? "" : `: ${cause.message}`;
  const says = `the connection ended before the receiver confirmed the file${why}`;
  return new CoterieError("TRANSFER_INTERRUPTED", says, { cause, details: { channel: cause?.code } });
}
