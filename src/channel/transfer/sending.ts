/** One file on its way out: performs what `SenderCore` asks for, reading ahead of the channel. */
import { CoterieError } from "../../world/index.ts";
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
import { READ_AHEAD_BLOCKS } from "./limits.ts";
import { blockMessage, encodeMessage } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import type { FileSenderOptions } from "./send-files.ts";
import { SenderCore, type SenderEffect, type SenderEvent } from "./sender.ts";

export class Sending {
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
    let doneBytes = blocks.sizeBytes - blocks.bytesOf(wanted);
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
