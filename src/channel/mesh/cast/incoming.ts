/**
 * Casts of one peer, as its link's order has them. The link says that a cast was sent; its bytes come in datagrams, before or after that.
 * As long as one is missing, what the link brought behind it waits here. A machine: what comes in is told, `next` gives what
 * can go on, and `lacking` what to ask for.
 */
import type { Aead, Crypto } from "../../../world/index.ts";
import { Assemblies } from "./assemblies.ts";
import { counterOf, openPiece } from "./datagram.ts";

/** Bytes of pieces that are kept of a peer. */
export const MAX_PIECES_BYTES = 8 * 1024 * 1024;
/** Bytes of frames and copies that wait for a cast: a link on which more does is dropped. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** So many bytes or casts, and the sender is told that it need not keep them. */
const TELL_BYTES = 64 * 1024;
const TELL_CASTS = 32;
const ENTRY_BYTES = 64;

/** In the order of the link: a cast, or a frame that waits behind one (then the number is 0). */
export interface Next {
  readonly number: number;
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Waiting extends Next {
  readonly digest: Uint8Array;
  isAsked: boolean;
}

const NOTHING = new Uint8Array(0);

export class Incoming {
  readonly session: number;
  readonly #aead: Aead;
  readonly #crypto: Crypto;
  readonly #mustProve: boolean;
  readonly #pieces: Assemblies;
  readonly #copies = new Map<number, Uint8Array>();
  #waiting: Waiting[] = [];
  #head = 0;
  #waitingBytes = 0;
  /** The last cast that the link told of, and the last that was given out. */
  #told: number;
  #given: number;
  #beacon = 0;
  #untoldBytes = 0;
  #untoldCasts = 0;

  /** @param mustProve casts have a digest, because others than the sender know its key. */
  constructor(
    crypto: Crypto,
    aead: Aead,
    { session, number, mustProve }: { session: number; number: number; mustProve: boolean },
  ) {
    this.session = session;
    this.#aead = aead;
    this.#crypto = crypto;
    this.#mustProve = mustProve;
    this.#pieces = new Assemblies(MAX_PIECES_BYTES, number);
    this.#told = number;
    this.#given = number;
  }

  /** Something waits for a cast. */
  get isWaiting(): boolean {
    return this.#head < this.#waiting.length;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** A datagram of this session. `heard`: it asks who hears. `ready`: a cast is complete. */
  datagram(bytes: Uint8Array, isWanted: (port: number) => boolean): "heard" | "ready" | undefined {
    const piece = openPiece(this.#aead, bytes);
    if (piece === undefined) return undefined;
    if (piece.number === 0) {
      // One that is played back is not answered.
      if (counterOf(bytes) <= this.#beacon) return undefined;
      this.#beacon = counterOf(bytes);
      return "heard";
    }
    return isWanted(piece.port) && this.#pieces.add(piece) ? "ready" : undefined;
  }

  /** The link tells of a cast. @returns what is wrong with that. */
  cast(number: number, port: number, digest: Uint8Array): string | undefined {
    if (!Number.isSafeInteger(number) || number <= this.#told) return "a cast's number that does not grow";
    if (digest.length !== (this.#mustProve ? 32 : 0)) return "a cast without its digest";
    this.#told = number;
    this.#wait({ number, port, bytes: NOTHING, start: 0, end: 0, digest: digest.slice(), isAsked: false });
    return undefined;
  }

  /** A frame that came behind a cast which is missing. */
  frame(port: number, bytes: Uint8Array, start: number, end: number): void {
    this.#wait({ number: 0, port, bytes, start, end, digest: NOTHING, isAsked: false });
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += ENTRY_BYTES + waiting.end - waiting.start;
  }

  /** What was asked for, or is sent because the link ends. */
  copy(number: number, message: Uint8Array): string | undefined {
    if (number > this.#told) return "a copy of a cast that it did not tell of";
    if (number <= this.#given || this.#copies.has(number)) return undefined;
    this.#copies.set(number, message);
    this.#waitingBytes += message.length;
    return undefined;
  }

  /** What goes on now; undefined when nothing waits, or the first that does is missing. */
  next(): Next | undefined {
    const first = this.#waiting[this.#head];
    if (first === undefined) return undefined;
    if (first.number === 0) return this.#shift(first);
    const bytes = this.#message(first);
    if (bytes === undefined) return undefined;
    this.#shift(first);
    const { number, port } = first;
    this.#given = number;
    this.#dropCopies(number);
    this.#pieces.forget(number);
    this.#untoldCasts++;
    this.#untoldBytes += bytes.length;
    return { number, port, bytes, start: 0, end: bytes.length };
  }

  #dropCopies(upTo: number): void {
    for (const [number, { length }] of this.#copies) {
      if (number > upTo) continue;
      this.#copies.delete(number);
      this.#waitingBytes -= length;
    }
  }

  #shift(first: Waiting): Waiting {
    this.#waitingBytes -= ENTRY_BYTES + first.end - first.start;
    this.#head++;
    if (this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  #message({ number, digest }: Waiting): Uint8Array | undefined {
    const copy = this.#copies.get(number);
    if (copy !== undefined) return copy;
    const message = this.#pieces.get(number);
    if (message === undefined || digest.length === 0) return message;
    if (this.#crypto.equal(this.#crypto.sha256(message), digest)) return message;
    // Somebody else who has the key made it up.
    this.#pieces.drop(number);
    return undefined;
  }

  /** The last cast that was told of. */
  get told(): number {
    return this.#told;
  }

  /** Casts that were told of, up to this one, and are missing: each is given once. */
  lacking(upTo: number): number[] {
    const numbers: number[] = [];
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const each = this.#waiting[at] as Waiting;
      if (each.number > upTo) break;
      if (each.number === 0 || each.isAsked || this.#message(each) !== undefined) continue;
      each.isAsked = true;
      numbers.push(each.number);
    }
    return numbers;
  }

  /** Up to where the sender need keep nothing, if it is time to tell it. */
  takeTaken(): number | undefined {
    if (this.#untoldBytes < TELL_BYTES && this.#untoldCasts < TELL_CASTS) return undefined;
    this.#untoldBytes = 0;
    this.#untoldCasts = 0;
    return this.#given;
  }
}
