/**
 * Dirty pieces in the order in which they became so. One that was sent or overwritten leaves its entry behind, which is skipped: a
 * writer that overwrites the same place for ever must not make the queue grow, so it is swept when most of it is such entries.
 */
import type { Piece } from "./pieces.ts";

/** A queue of fewer entries is not worth sweeping. */
const SWEEP_ENTRIES = 64;

export class DirtyQueue {
  #entries: Piece[] = [];
  #head = 0;

  /** Entries, those of pieces that are no longer dirty among them. */
  get length(): number {
    return this.#entries.length;
  }

  /** The piece that has waited longest. */
  get front(): Piece | undefined {
    for (; this.#head < this.#entries.length; this.#head++) {
      const piece = this.#entries[this.#head] as Piece;
      if (piece.state === "dirty") return piece;
    }
    this.#entries = [];
    this.#head = 0;
    return undefined;
  }

  /** Adds a piece, where `dirty` are dirty now. */
  push(piece: Piece, dirty: number): void {
    if (this.#entries.length >= SWEEP_ENTRIES && this.#entries.length > 2 * dirty) this.#sweep();
    this.#entries.push(piece);
  }

  #sweep(): void {
    const waiting = new Set(this.#entries.slice(this.#head).filter((each) => each.state === "dirty"));
    this.#entries = [...waiting];
    this.#head = 0;
  }
}
