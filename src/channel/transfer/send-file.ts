/**
 * Sends files over a channel, one after the other: performs what `SenderCore` asks for.
 */
import { CoterieError, type Crypto } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import { BlockDigester } from "./block-reader.ts";
import type { BlockSet } from "./blocks.ts";
import type {
  SourceState,
  TransferOffer,
  TransferProgress,
  TransferReader,
  TransferResult,
  TransferSource,
} from "./files.ts";
import { DEFAULT_BLOCK_BYTES, MAX_BLOCKS, READ_AHEAD_BLOCKS } from "./limits.ts";
import { blockMessage, decodeMessage, encodeMessage, type Message } from "./messages.ts";
import { checkName } from "./names.ts";
import { Outbox } from "./outbox.ts";
import { SenderCore, type SenderEffect, type SenderEvent } from "./sender.ts";

export interface FileSenderOptions {
  readonly crypto: Pick<Crypto, "sha256">;
  /** Bytes of a block, at most 4 MiB; default `DEFAULT_BLOCK_BYTES`. */
  readonly blockBytes?: number;
  readonly onProgress?: (progress: TransferProgress) => void;
}

export class FileSender {
  readonly #channel: Channel;
  readonly #options: FileSenderOptions;
  readonly #outbox: Outbox;
  /** Resolves when the channel is gone. */
  readonly #closed: Promise<void>;
  #isBusy = false;
  #sending: Sending | undefined;
  /** Why nothing more can be sent. */
  #gone: CoterieError | undefined;

  /** Takes all of the channel's handlers. */
  constructor(channel: Channel, options: FileSenderOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#outbox = new Outbox(channel);
    channel.onMessage = (bytes) => this.#onMessage(bytes);
    channel.onEnd = () => channel.destroy();
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
    this.#channel.end();
  }

  #close(error: CoterieError): void {
    this.#gone ??= error;
    this.#outbox.close();
    this.#sending?.handle({ kind: "failed", error });
  }
}

/** One file under way. */
class Sending {
  isChannelUsable = true;
  readonly #source: TransferSource;
  readonly #state: SourceState;
  readonly #core: SenderCore;
  readonly #outbox: Outbox;
  readonly #digester: BlockDigester;
  readonly #onProgress: (progress: TransferProgress) => void;
  /** Of the digests of this pass. */
  #reader: TransferReader | undefined;
  #hasSent = false;
  /** What is being read: its files are closed when it has ended. */
  #running: Promise<void> = Promise.resolve();
  #resolve: (result: TransferResult) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(
    source: TransferSource,
    state: SourceState,
    offer: TransferOffer,
    outbox: Outbox,
    options: FileSenderOptions,
  ) {
    this.#source = source;
    this.#state = state;
    this.#core = new SenderCore(offer, options.crypto);
    this.#outbox = outbox;
    this.#digester = new BlockDigester(this.#core.blocks, options.crypto);
    this.#onProgress = options.onProgress ?? (() => {});
  }

  async run(): Promise<TransferResult> {
    const result = new Promise<TransferResult>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#perform(this.#core.start());
    try {
      return await result;
    } finally {
      await this.#running;
      await this.#reader?.close();
    }
  }

  handle(event: SenderEvent): void {
    this.#perform(this.#core.handle(event));
  }

  #perform(effects: readonly SenderEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: SenderEffect): void {
    if (effect.kind === "send") this.#outbox.post(encodeMessage(effect.message));
    else if (effect.kind === "digest") this.#start(() => this.#digest(effect.first, effect.count));
    else if (effect.kind === "transmit") this.#start(() => this.#transmit(effect.blocks));
    else if (effect.kind === "check") this.#start(() => this.#check());
    else if (effect.kind === "done") this.#resolve(effect.result);
    else {
      this.isChannelUsable = effect.isUsable;
      this.#reject(effect.error);
    }
  }

  /** The core asks for the next reading when one has ended. */
  #start(work: () => Promise<SenderEvent>): void {
    this.#running = work().then(
      (event) => this.handle(event),
      (error: unknown) => {
        if (error instanceof CoterieError) this.handle({ kind: "failed", error });
        else this.#break(error);
      },
    );
  }

  /** A bug: whatever the core still waits for does not come. */
  #break(error: unknown): void {
    this.isChannelUsable = false;
    this.#reject(error);
  }

  async #digest(first: number, count: number): Promise<SenderEvent> {
    if (first === 0) {
      await this.#reader?.close();
      this.#reader = undefined;
      this.#reader = wholeBlocks(await this.#source.reopen());
    }
    const digests = await this.#digester.digest(this.#reader as TransferReader, first, count);
    const phase = this.#core.isFinalPass ? "checking" : "comparing";
    this.#progress(phase, this.#core.blocks.bytes(0, first + count));
    return { kind: "digested", digests };
  }

  async #transmit(blocks: BlockSet): Promise<SenderEvent> {
    // Sent again because it was damaged: the first way of reading may be what damages it.
    const reader = wholeBlocks(await (this.#hasSent ? this.#source.reopen() : this.#source.open()));
    this.#hasSent = true;
    try {
      await this.#sendBlocks(reader, blocks);
    } finally {
      await reader.close();
    }
    return { kind: "transmitted" };
  }

  async #sendBlocks(reader: TransferReader, wanted: BlockSet): Promise<void> {
    const { blocks } = this.#core;
    let doneBytes = blocks.sizeBytes;
    for (const index of wanted) doneBytes -= blocks.length(index);
    const ahead: { readonly reading: Promise<Uint8Array>; readonly length: number }[] = [];
    const sendFirst = async () => {
      const { reading, length } = ahead[0] as (typeof ahead)[number];
      const message = await reading;
      await this.#outbox.room();
      ahead.shift();
      this.#outbox.post(message);
      doneBytes += length;
      this.#progress("sending", doneBytes);
    };
    try {
      for (const index of wanted) {
        if (this.#core.hasEnded) return;
        const length = blocks.length(index);
        const reading = readBlock(reader, index, blocks.start(index), length);
        // One that fails while an earlier one is waited for is not forgotten: its turn comes.
        reading.catch(() => {});
        ahead.push({ reading, length });
        if (ahead.length === READ_AHEAD_BLOCKS) await sendFirst();
      }
      while (ahead.length > 0) await sendFirst();
    } finally {
      await Promise.allSettled(ahead.map(({ reading }) => reading));
    }
  }

  async #check(): Promise<SenderEvent> {
    const now = await this.#source.state();
    const then = this.#state;
    const isSame =
      now.size === then.size &&
      now.mode === then.mode &&
      now.identity === then.identity &&
      now.modified.seconds === then.modified.seconds &&
      now.modified.nanoseconds === then.modified.nanoseconds;
    return { kind: "checked", isSame };
  }

  #progress(phase: TransferProgress["phase"], doneBytes: number): void {
    const { name, size } = this.#core.offer;
    this.#onProgress({ phase, name, doneBytes, totalBytes: size });
  }
}

async function readBlock(
  reader: TransferReader,
  index: number,
  start: number,
  length: number,
): Promise<Uint8Array> {
  const { whole, data } = blockMessage(index, length);
  await reader.read(data, start);
  return whole;
}

/** A reader of blocks that are there as a whole, or the file has become shorter. */
function wholeBlocks(reader: TransferReader): TransferReader {
  return {
    async read(buffer, position) {
      const count = await reader.read(buffer, position);
      if (count === buffer.length) return count;
      throw new CoterieError("TRANSFER_CHANGED", "the file became shorter while it was sent");
    },
    close: () => reader.close(),
  };
}

function interrupted(cause: CoterieError | undefined): CoterieError {
  const why = cause === undefined ? "" : `: ${cause.message}`;
  const says = `the connection ended before the receiver confirmed the file${why}`;
  return new CoterieError("TRANSFER_INTERRUPTED", says, { cause, details: { channel: cause?.code } });
}
