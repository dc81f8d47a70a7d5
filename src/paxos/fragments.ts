/**
 * Messages that are larger than a mesh takes, in pieces: each begins with a word that says whether it is the last one. Links
 * are first in, first out, so the pieces of a message need no numbers.
 */
import { readUint32, writeUint32, XdrWriter } from "../marshal/index.ts";
import { paxos_fragment } from "./gen/paxos.gen.ts";

const HEAD = 4;
const { PAXOS_LAST, PAXOS_FIRST, PAXOS_WHOLE } = paxos_fragment;
/** What a writer's buffer may keep between messages. */
const KEPT_BYTES = 4 * 1024 * 1024;

export class FragmentWriter {
  readonly #maxBytes: number;
  #writer = new XdrWriter(4096);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Encodes a message and gives its pieces to `send`, until that refuses one: then the message is lost. */
  write(encode: (writer: XdrWriter) => void, send: (piece: Uint8Array) => boolean): boolean {
    const writer = this.#writer;
    writer.reset();
    writer.reserve(HEAD);
    encode(writer);
    const { bytes, position } = writer;
    let at = 0;
    let isSent = true;
    // The word before each piece is written over what the piece before held there.
    while (isSent) {
      const end = Math.min(position, at + this.#maxBytes);
      writeUint32(bytes, at, (at === 0 ? PAXOS_FIRST : 0) | (end === position ? PAXOS_LAST : 0));
      isSent = send(bytes.subarray(at, end));
      if (end === position) break;
      at = end - HEAD;
    }
    if (bytes.length > KEPT_BYTES) this.#writer = new XdrWriter(4096);
    return isSent;
  }
}

export class FragmentReader {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isSkipping = false;

  /** Of messages of up to so many bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A message, with a word before it, once all its pieces came. What is too large, or none, is left out. */
  add(piece: Uint8Array): Uint8Array | undefined {
    if (piece.length < HEAD) return undefined;
    const word = readUint32(piece, 0);
    if (word > PAXOS_WHOLE) return undefined;
    if ((word & PAXOS_FIRST) !== 0) this.#forget();
    if (word === PAXOS_WHOLE) return piece;
    this.#keep(piece);
    return (word & PAXOS_LAST) !== 0 ? this.#join() : undefined;
  }

  #forget(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#isSkipping = false;
  }

  #keep(piece: Uint8Array): void {
    this.#bytes += piece.length - HEAD;
    if (this.#bytes > this.#maxBytes) {
      this.#isSkipping = true;
      this.#pieces = [];
    }
    if (!this.#isSkipping) this.#pieces.push(piece);
  }

  #join(): Uint8Array | undefined {
    const pieces = this.#pieces;
    const whole = this.#isSkipping ? undefined : new Uint8Array(HEAD + this.#bytes);
    let at = HEAD;
    for (const piece of pieces) {
      whole?.set(piece.subarray(HEAD), at);
      at += piece.length - HEAD;
    }
    this.#forget();
    return whole;
  }
}

export { HEAD as FRAGMENT_HEAD_BYTES };
