/**
 * Content of one file that its server may not have yet: pieces that never overlap, in the order of their offsets, and how much of it
 * is in which state.
 */

/** What a piece costs beside its content, so that many small ones are bounded too. */
export const PIECE_OVERHEAD_BYTES = 256;

/** Content of a file at an offset. */
export interface Extent {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** A WRITE to make: exactly `data` at `offset`. */
export interface WriteRequest extends Extent {}

export interface Piece {
  offset: number;
  data: Uint8Array;
  state: "dirty" | "sending" | "kept" | "gone";
  /** The WRITE that carries it, while sending. */
  request: WriteRequest | undefined;
  /** Of the WRITE's answer, while kept. */
  verifier: string;
  /** Commits begun when it was answered: one begun later covers it. */
  answeredAt: number;
}

export class Pieces {
  /** How many are dirty, and how many are kept. */
  dirty = 0;
  kept = 0;
  keptBytes = 0;
  #list: Piece[] = [];
  #contentBytes = 0;

  get count(): number {
    return this.#list.length;
  }

  /** Memory that they take, in bytes. */
  get bytes(): number {
    return this.#contentBytes + this.#list.length * PIECE_OVERHEAD_BYTES;
  }

  /** Where the last one ends, 0 if there is none. */
  get end(): number {
    const last = this.#list.at(-1);
    return last === undefined ? 0 : last.offset + last.data.length;
  }

  all(): readonly Piece[] {
    return this.#list;
  }

  at(index: number): Piece | undefined {
    return this.#list[index];
  }

  /** Index of the first piece that ends behind `offset`. */
  firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.#list[middle] as Piece;
      if (piece.offset + piece.data.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What is here of a range, in views that stay as they are whatever is written later. */
  overlapping(offset: number, length: number): Extent[] {
    const end = offset + length;
    return this.between(offset, end).map((piece) => {
      const from = Math.max(piece.offset, offset);
      const to = Math.min(piece.offset + piece.data.length, end);
      return { offset: from, data: piece.data.subarray(from - piece.offset, to - piece.offset) };
    });
  }

  /** What is left of what `request` carries. */
  of(request: WriteRequest): Piece[] {
    const end = request.offset + request.data.length;
    return this.between(request.offset, end).filter((piece) => piece.request === request);
  }

  /** Those that have something from `from` to `to`. */
  between(from: number, to: number): Piece[] {
    const first = this.firstEndingAfter(from);
    let last = first;
    while (last < this.#list.length && (this.#list[last] as Piece).offset < to) last++;
    return this.#list.slice(first, last);
  }

  /** Adds a piece where there is none. */
  insert(piece: Piece): void {
    this.#list.splice(this.firstEndingAfter(piece.offset), 0, piece);
    this.#count(piece, 1);
  }

  /** Adds to the end of a piece: `data` is longer than what it has. */
  lengthen(piece: Piece, data: Uint8Array): void {
    this.#contentBytes += data.length - piece.data.length;
    piece.data = data;
  }

  /** Makes `offset` a border between pieces; returns the two that meet there when one was cut for it. */
  splitAt(offset: number): { readonly head: Piece; readonly tail: Piece } | undefined {
    const at = this.firstEndingAfter(offset);
    const head = this.#list[at];
    if (head === undefined || head.offset >= offset) return undefined;
    const { data } = head;
    const tail: Piece = { ...head, offset, data: part(data, offset - head.offset, data.length) };
    this.#count(head, -1);
    head.data = part(data, 0, offset - head.offset);
    this.#count(head, 1);
    this.#list.splice(at + 1, 0, tail);
    this.#count(tail, 1);
    return { head, tail };
  }

  /** Takes out those that lie from `from` to `to`, which are borders; `to` may be `Infinity`. */
  takeBetween(from: number, to: number): Piece[] {
    const taken = this.between(from, to);
    if (taken.length > 0) this.#list.splice(this.firstEndingAfter(from), taken.length);
    for (const piece of taken) this.#dropped(piece);
    return taken;
  }

  /** Takes out those of which it is true. */
  takeWhere(isMeant: (piece: Piece) => boolean): Piece[] {
    const taken: Piece[] = [];
    this.#list = this.#list.filter((piece) => {
      if (isMeant(piece)) taken.push(piece);
      return taken.at(-1) !== piece;
    });
    for (const piece of taken) this.#dropped(piece);
    return taken;
  }

  /** Takes one out. */
  take(piece: Piece): void {
    this.#list.splice(this.firstEndingAfter(piece.offset), 1);
    this.#dropped(piece);
  }

  #dropped(piece: Piece): void {
    this.#count(piece, -1);
    piece.state = "gone";
  }

  setState(piece: Piece, state: Piece["state"]): void {
    this.#count(piece, -1);
    piece.state = state;
    this.#count(piece, 1);
  }

  #count(piece: Piece, sign: 1 | -1): void {
    this.#contentBytes += sign * piece.data.length;
    if (piece.state === "dirty") this.dirty += sign;
    else if (piece.state === "kept") {
      this.kept += sign;
      this.keptBytes += sign * piece.data.length;
    }
  }
}

export function overlaps(request: WriteRequest, offset: number, length: number): boolean {
  return request.offset < offset + length && offset < request.offset + request.data.length;
}

export function touches(left: Piece | undefined, right: Piece | undefined): boolean {
  return left !== undefined && right !== undefined && left.offset + left.data.length === right.offset;
}

/** Part of `data`: a copy when a view would keep alive much more than it shows. */
function part(data: Uint8Array, from: number, to: number): Uint8Array {
  return (to - from) * 2 < data.buffer.byteLength ? data.slice(from, to) : data.subarray(from, to);
}

/** The content of pieces that touch each other, as one. */
export function concatenate(run: readonly Piece[]): Uint8Array {
  const only = run[0] as Piece;
  if (run.length === 1) return only.data;
  const last = run.at(-1) as Piece;
  const whole = new Uint8Array(last.offset + last.data.length - only.offset);
  for (const piece of run) whole.set(piece.data, piece.offset - only.offset);
  return whole;
}
