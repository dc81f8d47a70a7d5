/**
 * The sender's side of one file as a pure state machine.
 *
 * Passes: digests of all blocks go out, made of a reading of their own that shares nothing with what was sent; the
 * receiver answers which of its blocks differ; those are sent. A pass over the whole file in which nothing differs ends it:
 * no write comes after the reading that vouches for it. A fresh file begins with an empty pass, a resumed one with a pass over what
 * the receiver has, and a damaged block is one that the next pass finds. (Saltzer, Reed and Clark, "End-to-End Arguments in System
 * Design", 1984: check at the ends, and try again.)
 */
import { CoterieError, type Crypto } from "../../world/index.ts";
import { BlockSet, Blocks } from "./blocks.ts";
import type { TransferOffer, TransferResult } from "./files.ts";
import { transfer_basis } from "./gen/transfer.gen.ts";
import { BATCH_BLOCKS, MAX_DATA_PASSES, MAX_UNANSWERED } from "./limits.ts";
import {
  hexOf,
  Kind,
  type Message,
  offerMessage,
  protocolError,
  sameBytes,
  stopError,
  stopMessage,
  Transcript,
} from "./messages.ts";

export type SenderEvent =
  | { readonly kind: "message"; readonly message: Message }
  /** The digests that the last `digest` effect asked for. */
  | { readonly kind: "digested"; readonly digests: readonly Uint8Array[] }
  /** All blocks of the last `transmit` effect were handed to the channel. */
  | { readonly kind: "transmitted" }
  /** Whether the file is still the one that was offered. */
  | { readonly kind: "checked"; readonly isSame: boolean }
  /** The file cannot be read. */
  | { readonly kind: "failed"; readonly error: CoterieError };

export type SenderEffect =
  | { readonly kind: "send"; readonly message: Message }
  /** Read and digest these blocks. With `first` 0, by a new reader. One at a time. */
  | { readonly kind: "digest"; readonly first: number; readonly count: number }
  /** Read and send these blocks. */
  | { readonly kind: "transmit"; readonly blocks: BlockSet }
  /** Find out whether the file has changed. */
  | { readonly kind: "check" }
  | { readonly kind: "done"; readonly result: TransferResult }
  /** `isUsable`: the channel can carry another file. */
  | { readonly kind: "failed"; readonly error: CoterieError; readonly isUsable: boolean };

type State = "new" | "offered" | "comparing" | "transmitting" | "checking" | "committing" | "ended";

interface Batch {
  readonly first: number;
  readonly count: number;
}

export class SenderCore {
  readonly offer: TransferOffer;
  readonly blocks: Blocks;
  readonly #crypto: Pick<Crypto, "sha256">;
  #state: State = "new";
  /** What the receiver compares with has the name already. */
  #isPresent = false;
  #pass = 0;
  /** Blocks that this pass compares. */
  #passEnd = 0;
  #nextBlock = 0;
  #isDigesting = false;
  readonly #unanswered: Batch[] = [];
  #needed: BlockSet;
  #transcript: Transcript;
  #dataPasses = 0;
  #mendedBlocks = 0;
  #sentBytes = 0;
  #effects: SenderEffect[] = [];

  constructor(offer: TransferOffer, crypto: Pick<Crypto, "sha256">) {
    this.offer = offer;
    this.blocks = new Blocks(offer.size, offer.blockBytes);
    this.#crypto = crypto;
    this.#needed = new BlockSet(this.blocks.count);
    this.#transcript = new Transcript(crypto, offer);
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** True once blocks have been sent: what is compared then is all of the file. */
  get isFinalPass(): boolean {
    return this.#pass > 0;
  }

  start(): readonly SenderEffect[] {
    this.#state = "offered";
    this.#effects.push({ kind: "send", message: offerMessage(this.offer) });
    return this.#take();
  }

  handle(event: SenderEvent): readonly SenderEffect[] {
    if (this.#state === "ended") return [];
    try {
      this.#on(event);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      this.#fail(error);
    }
    return this.#take();
  }

  /** @throws CoterieError for what ends the transfer from this side. */
  #on(event: SenderEvent): void {
    if (event.kind === "message") this.#onMessage(event.message);
    else if (event.kind === "digested") this.#onDigested(event.digests);
    else if (event.kind === "transmitted") this.#onTransmitted();
    else if (event.kind === "checked") this.#onChecked(event.isSame);
    else throw event.error;
  }

  #take(): readonly SenderEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #onMessage(message: Message): void {
    if (message.kind === Kind.TRANSFER_STOP) {
      this.#end({ kind: "failed", error: stopError(message.stop), isUsable: true });
    } else if (message.kind === Kind.TRANSFER_ACCEPT && this.#state === "offered") {
      this.#onAccept(message.accept);
    } else if (message.kind === Kind.TRANSFER_NEEDED && this.#state === "comparing") {
      this.#onNeeded(message.needed);
    } else if (message.kind === Kind.TRANSFER_VERIFIED && this.#isWholePassClean()) {
      this.#onVerified(message.verified);
    } else if (message.kind === Kind.TRANSFER_DONE && this.#state === "committing") {
      this.#onDone(message.done);
    } else {
      throw protocolError(`message ${message.kind} makes no sense now`);
    }
  }

  #onAccept({ basis, present }: { basis: number; present: number }): void {
    this.#isPresent = basis === transfer_basis.BASIS_PRESENT;
    if (present > this.blocks.count) throw protocolError("more blocks than the file has");
    this.#needed.addFrom(present);
    this.#beginPass(present);
  }

  #beginPass(end: number): void {
    this.#state = "comparing";
    this.#passEnd = end;
    this.#nextBlock = 0;
    this.#transcript = new Transcript(this.#crypto, this.offer);
    this.#goOn();
  }

  /** Digests the next batch if there is one and the receiver keeps up; ends the pass when all is answered. */
  #goOn(): void {
    if (this.#isDigesting) return;
    if (this.#nextBlock < this.#passEnd) {
      if (this.#unanswered.length < MAX_UNANSWERED) this.#digestNext();
    } else if (this.#unanswered.length === 0 && !this.#isWholePassClean()) {
      if (this.#isPresent) this.#compareAgain();
      else this.#transmit();
    }
  }

  /** The receiver never takes blocks of a file that is there, but it compares a second time where it may have misread. */
  #compareAgain(): void {
    if (this.#pass > 0) return;
    this.#nextPass();
  }

  #nextPass(): void {
    this.#needed = new BlockSet(this.blocks.count);
    this.#pass++;
    this.#beginPass(this.blocks.count);
  }

  #digestNext(): void {
    const first = this.#nextBlock;
    const count = Math.min(BATCH_BLOCKS, this.#passEnd - first);
    this.#nextBlock += count;
    this.#isDigesting = true;
    this.#unanswered.push({ first, count });
    this.#effects.push({ kind: "digest", first, count });
  }

  #onDigested(digests: readonly Uint8Array[]): void {
    this.#isDigesting = false;
    this.#transcript.add(digests);
    const first = this.#nextBlock - digests.length;
    const wire = { pass: this.#pass, first, digests: [...digests] };
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_DIGESTS, digests: wire } });
    this.#goOn();
  }

  #onNeeded(needed: { pass: number; first: number; count: number; bits: Uint8Array }): void {
    const batch = this.#unanswered[0];
    const isSent = this.#unanswered.length > (this.#isDigesting ? 1 : 0);
    if (batch === undefined || !isSent || needed.pass !== this.#pass || needed.first !== batch.first) {
      throw protocolError("an answer to digests that were not sent");
    }
    if (needed.count !== batch.count || needed.bits.length !== (batch.count + 7) >>> 3) {
      throw protocolError("an answer to another number of digests");
    }
    this.#unanswered.shift();
    for (let at = 0; at < batch.count; at++) {
      if (((needed.bits[at >>> 3] as number) & (1 << (at & 7))) !== 0) this.#needed.add(batch.first + at);
    }
    this.#goOn();
  }

  /** Everything was compared in this pass, and nothing differs: the receiver says so next. */
  #isWholePassClean(): boolean {
    return (
      this.#state === "comparing" &&
      this.#passEnd === this.blocks.count &&
      this.#nextBlock === this.#passEnd &&
      this.#unanswered.length === 0 &&
      this.#needed.size === 0
    );
  }

  #transmit(): void {
    if (this.#dataPasses++ === MAX_DATA_PASSES) {
      const error = `${this.#needed.size} blocks differ after they were sent ${MAX_DATA_PASSES} times`;
      throw new CoterieError("TRANSFER_DIFFERS", error);
    }
    if (this.#pass > 0) this.#mendedBlocks += this.#needed.size;
    this.#sentBytes += this.blocks.bytesOf(this.#needed);
    this.#state = "transmitting";
    this.#effects.push({ kind: "transmit", blocks: this.#needed });
  }

  #onTransmitted(): void {
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_SENT, pass: this.#pass } });
    this.#nextPass();
  }

  #onVerified(digest: Uint8Array): void {
    if (!sameBytes(digest, this.#transcript.digest)) throw disagreement();
    this.#state = "checking";
    this.#effects.push({ kind: "check" });
  }

  #onChecked(isSame: boolean): void {
    if (!isSame) throw new CoterieError("TRANSFER_CHANGED", "the file changed while it was sent");
    this.#state = "committing";
    const commit = this.#transcript.digest;
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_COMMIT, commit } });
  }

  #onDone(done: { transcript: Uint8Array; was_present: boolean }): void {
    if (!sameBytes(done.transcript, this.#transcript.digest)) throw disagreement();
    const result = {
      name: this.offer.name,
      size: this.offer.size,
      sentBytes: this.#sentBytes,
      mendedBlocks: this.#mendedBlocks,
      wasPresent: done.was_present,
      digest: hexOf(done.transcript),
    };
    this.#end({ kind: "done", result });
  }

  /** Ends it from this side. What the receiver had said before it knew would be taken for an answer to the next file. */
  #fail(error: CoterieError): void {
    this.#effects.push({ kind: "send", message: stopMessage(error) });
    this.#end({ kind: "failed", error, isUsable: false });
  }

  #end(effect: SenderEffect): void {
    this.#state = "ended";
    this.#effects.push(effect);
  }
}

function disagreement(): CoterieError {
  return new CoterieError("TRANSFER_DIFFERS", "the receiver agrees on each block, and not on the whole");
}
