/** One file on its way in: performs what `ReceiverCore` asks for, one thing after the other. */
import { CoterieError } from "../../world/index.ts";
import { BlockDigester } from "./block-reader.ts";
import type { TransferOffer, TransferProgress, TransferReader, TransferTarget } from "./files.ts";
import { encodeMessage } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import type { FileReceiverOptions } from "./receive-files.ts";
import { ReceiverCore, type ReceiverEffect, type ReceiverEvent } from "./receiver.ts";

export class Receiving {
  readonly #core: ReceiverCore;
  readonly #outbox: Outbox;
  readonly #options: FileReceiverOptions;
  #target: TransferTarget | undefined;
  /** Of the digests of this pass. */
  #reader: TransferReader | undefined;
  #digester: BlockDigester | undefined;

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
        this.#progress("sending", this.#core.doneBytes);
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
    for (const open of [this.#reader, this.#target]) {
      try {
        await open?.close();
      } catch (error) {
        // What was to be durable is so already, and of the rest nothing is claimed.
        if (!(error instanceof CoterieError)) throw error;
      }
    }
  }

  #progress(phase: TransferProgress["phase"], doneBytes: number): void {
    const { name, size } = this.#core.offer;
    this.#options.onProgress?.({ phase, name, doneBytes, totalBytes: size });
  }
}
