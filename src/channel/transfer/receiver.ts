/**
 * The receiver's side of one file as a pure state machine: the counterpart of `SenderCore`, with which it goes through passes.
 * What it compares is always read back from the disk after everything was made durable; what it remembers of earlier
 * blocks, or an unfinished file claims, counts for nothing.
 *
 * Effects are performed one after the other, in their order: a `digest` after a `settle` sees what was settled.
 */
import { CoterieError, type Crypto } from "../../world/index.ts";
import { BlockSet, Blocks } from "./blocks.ts";
import type { TransferOffer, TransferResult } from "./files.ts";
import { transfer_basis } from "./gen/transfer.gen.ts";
import { MAX_DOUBTED_BLOCKS, MAX_UNANSWERED } from "./limits.ts";
import {
  hexOf,
  Kind,
  type Message,
  offerOf,
  protocolError,
  sameBytes,
  stopError,
  stopMessage,
  Transcript,
} from "./messages.ts";

export type ReceiverEvent =
  | { readonly kind: "message"; readonly message: Message }
  /** The target of the offer, as it was found. */
  | { readonly kind: "opened"; readonly basis: "part" | "present"; readonly presentBytes: number }
  /** The digests that the oldest unanswered `digest` effect asked for. */
  | { readonly kind: "digested"; readonly digests: readonly Uint8Array[] }
  | { readonly kind: "committed" }
  /** An effect failed; those after it were not performed. */
  | { readonly kind: "failed"; readonly error: CoterieError };

export type ReceiverEffect =
  | { readonly kind: "send"; readonly message: Message }
  | { readonly kind: "open"; readonly offer: TransferOffer }
  | { readonly kind: "write"; readonly data: Uint8Array; readonly position: number }
  | { readonly kind: "settle"; readonly size: number }
  /** Read back and digest these blocks. With `first` 0, by a new reader. */
  | { readonly kind: "digest"; readonly first: number; readonly count: number }
  | { readonly kind: "commit"; readonly offer: TransferOffer }
  | { readonly kind: "done"; readonly result: TransferResult }
  | { readonly kind: "failed"; readonly error: CoterieError };

type State = "new" | "opening" | "comparing" | "receiving" | "verified" | "committing" | "ended";

interface Batch {
  readonly first: number;
  readonly digests: readonly Uint8Array[];
}

const { BASIS_PART, BASIS_PRESENT } = transfer_basis;

const NO_OFFER: TransferOffer = {
  name: new Uint8Array(0),
  size: 0,
  blockBytes: 1,
  mode: 0,
  modified: { seconds: 0, nanoseconds: 0 },
};

export class ReceiverCore {
  readonly #crypto: Pick<Crypto, "sha256">;
  #state: State = "new";
  #offer = NO_OFFER;
  #blocks = new Blocks(0, 1);
  #basis: "part" | "present" = "part";
  #pass = 0;
  /** Blocks that this pass compares; the next that it was told of; the next that it has compared. */
  #passEnd = 0;
  #nextTold = 0;
  #nextCompared = 0;
  readonly #batches: Batch[] = [];
  #needed = new BlockSet(0);
  #transcript: Transcript;
  #receivedBytes = 0;
  #mendedBlocks = 0;
  #effects: ReceiverEffect[] = [];

  constructor(crypto: Pick<Crypto, "sha256">) {
    this.#crypto = crypto;
    this.#transcript = new Transcript(crypto, NO_OFFER);
  }

  get offer(): TransferOffer {
    return this.#offer;
  }

  get blocks(): Blocks {
    return this.#blocks;
  }

  /** Bytes of the file that are there, as far as that is known. */
  get doneBytes(): number {
    return this.#offer.size - this.#blocks.bytesOf(this.#needed);
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  get isFinalPass(): boolean {
    return this.#pass > 0;
  }

  handle(event: ReceiverEvent): readonly ReceiverEffect[] {
    if (this.#state === "ended") return [];
    // Once both agree, nothing that the sender says, or fails to say, keeps the file from its name.
    if (this.#state === "committing" && event.kind === "message") return [];
    try {
      this.#on(event);
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      this.#fail(error);
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** @throws CoterieError for what ends the transfer from this side. */
  #on(event: ReceiverEvent): void {
    if (event.kind === "message") this.#onMessage(event.message);
    else if (event.kind === "opened") this.#onOpened(event.basis, event.presentBytes);
    else if (event.kind === "digested") this.#onDigested(event.digests);
    else if (event.kind === "committed") this.#onCommitted();
    else throw event.error;
  }

  #onMessage(message: Message): void {
    if (message.kind === Kind.TRANSFER_STOP) {
      this.#end({ kind: "failed", error: stopError(message.stop) });
    } else if (message.kind === Kind.TRANSFER_OFFER && this.#state === "new") {
      this.#onOffer(message.offer);
    } else if (message.kind === Kind.TRANSFER_DIGESTS && this.#state === "comparing") {
      this.#onDigests(message.digests);
    } else if (message.kind === Kind.TRANSFER_BLOCK && this.#state === "receiving") {
      this.#onBlock(message.block.index, message.block.data);
    } else if (message.kind === Kind.TRANSFER_SENT && this.#state === "receiving") {
      this.#onSent(message.pass);
    } else if (message.kind === Kind.TRANSFER_COMMIT && this.#state === "verified") {
      this.#onCommit(message.commit);
    } else {
      throw protocolError(`message ${message.kind} makes no sense now`);
    }
  }

  #onOffer(wire: Parameters<typeof offerOf>[0]): void {
    this.#offer = offerOf(wire);
    this.#blocks = new Blocks(this.#offer.size, this.#offer.blockBytes);
    this.#state = "opening";
    this.#effects.push({ kind: "open", offer: this.#offer });
  }

  #onOpened(basis: "part" | "present", presentBytes: number): void {
    this.#basis = basis;
    if (basis === "present" && presentBytes !== this.#offer.size) throw anotherFile();
    // What a killed process wrote may be in no disk yet, or lie behind the file's end.
    if (basis === "part" && presentBytes > 0) {
      this.#effects.push({ kind: "settle", size: Math.min(presentBytes, this.#offer.size) });
    }
    const present = this.#blocks.within(presentBytes);
    const wire = { basis: basis === "part" ? BASIS_PART : BASIS_PRESENT, present };
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_ACCEPT, accept: wire } });
    this.#needed = new BlockSet(this.#blocks.count);
    this.#needed.addFrom(present);
    this.#beginPass(present);
  }

  #beginPass(end: number): void {
    this.#state = "comparing";
    this.#passEnd = end;
    this.#nextTold = 0;
    this.#nextCompared = 0;
    this.#transcript = new Transcript(this.#crypto, this.#offer);
    this.#endPassIfDone();
  }

  #onDigests({ pass, first, digests }: { pass: number; first: number; digests: Uint8Array[] }): void {
    const isNext = pass === this.#pass && first === this.#nextTold && digests.length > 0;
    if (!isNext || first + digests.length > this.#passEnd || this.#batches.length === MAX_UNANSWERED) {
      throw protocolError("digests that are not those of the next blocks");
    }
    this.#nextTold += digests.length;
    this.#batches.push({ first, digests });
    this.#effects.push({ kind: "digest", first, count: digests.length });
  }

  #onDigested(own: readonly Uint8Array[]): void {
    const batch = this.#batches.shift() as Batch;
    this.#transcript.add(own);
    const bits = new Uint8Array((own.length + 7) >>> 3);
    for (const [at, digest] of own.entries()) {
      if (sameBytes(digest, batch.digests[at] as Uint8Array)) continue;
      bits[at >>> 3] = (bits[at >>> 3] as number) | (1 << (at & 7));
      this.#needed.add(batch.first + at);
    }
    this.#nextCompared = batch.first + own.length;
    const needed = { pass: this.#pass, first: batch.first, count: own.length, bits };
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_NEEDED, needed } });
    this.#endPassIfDone();
  }

  #endPassIfDone(): void {
    if (this.#nextCompared < this.#passEnd) return;
    if (this.#needed.size > 0) {
      this.#receive();
      return;
    }
    this.#state = "verified";
    const verified = this.#transcript.digest;
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_VERIFIED, verified } });
  }

  #receive(): void {
    if (this.#basis === "present") {
      this.#doubt();
      return;
    }
    if (this.#pass > 0) this.#mendedBlocks += this.#needed.size;
    this.#state = "receiving";
  }

  /** A few blocks of a file that is there differ: it is another file, unless one side misread its own. */
  #doubt(): void {
    if (this.#pass > 0 || this.#needed.size > MAX_DOUBTED_BLOCKS) throw anotherFile();
    this.#needed = new BlockSet(this.#blocks.count);
    this.#pass++;
    this.#beginPass(this.#blocks.count);
  }

  #onBlock(index: number, data: Uint8Array): void {
    if (!this.#needed.has(index)) throw protocolError(`block ${index} was not asked for`);
    if (data.length !== this.#blocks.length(index)) {
      throw protocolError(`block ${index} has another length`);
    }
    this.#needed.delete(index);
    this.#receivedBytes += data.length;
    this.#effects.push({ kind: "write", data, position: this.#blocks.start(index) });
  }

  #onSent(pass: number): void {
    if (pass !== this.#pass || this.#needed.size > 0) {
      throw protocolError("the end of a pass whose blocks have not all come");
    }
    this.#effects.push({ kind: "settle", size: this.#offer.size });
    this.#pass++;
    this.#beginPass(this.#blocks.count);
  }

  #onCommit(digest: Uint8Array): void {
    if (!sameBytes(digest, this.#transcript.digest)) {
      const says = "the sender agrees on each block, and not on the whole";
      throw new CoterieError("TRANSFER_DIFFERS", says);
    }
    this.#state = "committing";
    this.#effects.push({ kind: "commit", offer: this.#offer });
  }

  #onCommitted(): void {
    const transcript = this.#transcript.digest;
    const wasPresent = this.#basis === "present";
    const done = { transcript, was_present: wasPresent };
    this.#effects.push({ kind: "send", message: { kind: Kind.TRANSFER_DONE, done } });
    const result = {
      name: this.#offer.name,
      size: this.#offer.size,
      sentBytes: this.#receivedBytes,
      mendedBlocks: this.#mendedBlocks,
      wasPresent,
      digest: hexOf(transcript),
    };
    this.#end({ kind: "done", result });
  }

  #fail(error: CoterieError): void {
    this.#effects.push({ kind: "send", message: stopMessage(error) });
    this.#end({ kind: "failed", error });
  }

  #end(effect: ReceiverEffect): void {
    this.#state = "ended";
    this.#effects.push(effect);
  }
}

function anotherFile(): CoterieError {
  return new CoterieError("TRANSFER_EXISTS", "a file of this name is there, and it is another one");
}
