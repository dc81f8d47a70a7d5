/**
 * Messages that come in pieces, in any order, some twice and some never: those of one sender, by their numbers. What does not
 * fit pushes out what came first, and is had over the link then.
 */
import { PIECE_BYTES, type Piece } from "./datagram.ts";

interface Assembly {
  readonly bytes: Uint8Array;
  readonly has: boolean[];
  missing: number;
}

export class Assemblies {
  readonly #maxBytes: number;
  readonly #all = new Map<number, Assembly>();
  #bytes = 0;
  /** Numbers up to this one are over. */
  #floor: number;

  constructor(maxBytes: number, floor: number) {
    this.#maxBytes = maxBytes;
    this.#floor = floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns whether a message is complete by this piece. */
  add(piece: Piece): boolean {
    const { number, totalBytes, offset, bytes } = piece;
    if (number <= this.#floor) return false;
    const assembly = this.#all.get(number) ?? this.#begin(piece);
    const at = offset / PIECE_BYTES;
    if (assembly.bytes.length !== totalBytes || assembly.has[at]) return false;
    if (bytes !== assembly.bytes) assembly.bytes.set(bytes, offset);
    assembly.has[at] = true;
    return --assembly.missing === 0;
  }

  #begin({ number, totalBytes, bytes }: Piece): Assembly {
    const isWhole = bytes.length === totalBytes;
    const missing = Math.ceil(totalBytes / PIECE_BYTES);
    const assembly = { bytes: isWhole ? bytes : new Uint8Array(totalBytes), has: [], missing };
    this.#all.set(number, assembly);
    this.#bytes += totalBytes;
    for (const first of this.#all.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.drop(first);
    }
    return assembly;
  }

  /** The message, if it is complete. */
  get(number: number): Uint8Array | undefined {
    const assembly = this.#all.get(number);
    return assembly?.missing === 0 ? assembly.bytes : undefined;
  }

  drop(number: number): void {
    const assembly = this.#all.get(number);
    if (assembly === undefined) return;
    this.#all.delete(number);
    this.#bytes -= assembly.bytes.length;
  }

  /** Nothing up to this number is wanted any more. */
  forget(number: number): void {
    this.#floor = number;
    this.drop(number);
    // Nearly in the order of their numbers: who came too early is found behind the next that is over.
    for (const first of this.#all.keys()) {
      if (first > number) break;
      this.drop(first);
    }
  }
}
