/**
 * What was written to one file and is not yet known to be durable on its server: a pure state machine.
 *
 * Content lies in pieces that never overlap, in the order of their offsets. A piece is dirty until it is sent,
 * sending until its WRITE is answered, and kept, with the verifier of that answer, until a COMMIT that was made
 * after the answer brings the same verifier: then it is durable and forgotten. Another verifier means that the
 * server may have lost it, and the piece is dirty again (RFC 1813 sections 3.3.7 and 3.3.21).
 * Newer content takes the place of older, which is then never sent again; a WRITE never overtakes an
 * overlapping one in flight. Where the server is several nodes, not even one that was answered and is not durable: a node that took it may be
 * slow to tell the others. There newer content waits for a COMMIT, after which nothing older can come.
 */
import { assert } from "../../world/index.ts";

/** What a piece costs beside its content, so that many small ones are bounded too. */
export const PIECE_OVERHEAD_BYTES = 256;

/** A queue of fewer entries is not worth sweeping. */
const QUEUE_SWEEP_ENTRIES = 64;

/** `stable_how` of RFC 1813. */
export const Stable = { unstable: 0, dataSync: 1, fileSync: 2 } as const;

interface Piece {
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

/** Content of a file at an offset. */
export interface Extent {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** A WRITE to make: exactly `data` at `offset`. */
export interface WriteRequest extends Extent {}

/** A COMMIT to make, of the whole file. */
export interface CommitMark {
  readonly number: number;
}

export interface WriteBackOptions {
  /** Largest WRITE, in bytes; also the file offsets at which content is cut into requests. */
  readonly requestBytes: number;
  readonly maxInFlight: number;
  /** WRITEs that were answered may take effect in another order, until a COMMIT is answered. Default false. */
  readonly isUnordered?: boolean;
}

export class WriteBack {
  readonly #requestBytes: number;
  readonly #maxInFlight: number;
  /** Disjoint, in the order of their offsets. */
  #pieces: Piece[] = [];
  /** Dirty pieces in the order in which they became so; entries that are no longer dirty are skipped. */
  #queue: Piece[] = [];
  #queueHead = 0;
  #inFlight = new Set<WriteRequest>();
  /** The piece that the next write may lengthen, and the room that its data has. */
  #open: { piece: Piece; buffer: Uint8Array } | undefined;
  #commits = 0;
  readonly #isUnordered: boolean;
  /** WRITEs in flight of which newer content took a part. */
  #overtaken = new Set<WriteRequest>();
  /** Newer content took the place of some that was answered: commits begun by then. */
  #overwrittenAt: number | undefined;
  #dirty = 0;
  #kept = 0;
  #contentBytes = 0;
  #keptBytes = 0;

  constructor(options: WriteBackOptions) {
    this.#requestBytes = options.requestBytes;
    this.#maxInFlight = options.maxInFlight;
    this.#isUnordered = options.isUnordered ?? false;
  }

  /** Memory that it takes, in bytes. */
  get bytes(): number {
    return this.#contentBytes + this.#pieces.length * PIECE_OVERHEAD_BYTES;
  }

  /** Entries of the queue, those of pieces that are no longer dirty among them. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Content that was acknowledged and waits for a COMMIT, in bytes. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Nothing more is sent before a COMMIT. */
  get needsCommit(): boolean {
    return this.#overwrittenAt !== undefined;
  }

  /** True when everything written is durable. */
  get clean(): boolean {
    return this.#pieces.length === 0 && this.#inFlight.size === 0;
  }

  /** True while content has not been acknowledged by the server. */
  get unsent(): boolean {
    return this.#dirty > 0 || this.#inFlight.size > 0;
  }

  /** True when one WRITE would carry everything there is: making it durable at once saves the COMMIT. */
  get single(): boolean {
    return this.#dirty === 1 && this.#pieces.length === 1 && this.#inFlight.size === 0;
  }

  /** The end of the content that is kept here, 0 if there is none. */
  get end(): number {
    const last = this.#pieces.at(-1);
    return last === undefined ? 0 : last.offset + last.data.length;
  }

  /** What is kept here of a range, in views that stay as they are whatever is written later. */
  overlapping(offset: number, length: number): Extent[] {
    const found: Extent[] = [];
    const end = offset + length;
    for (let at = this.#firstEndingAfter(offset); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as Piece;
      if (piece.offset >= end) break;
      const from = Math.max(piece.offset, offset);
      const to = Math.min(piece.offset + piece.data.length, end);
      found.push({ offset: from, data: piece.data.subarray(from - piece.offset, to - piece.offset) });
    }
    return found;
  }

  /** Takes a copy of `data`. */
  write(offset: number, data: Uint8Array): void {
    for (let done = 0; done < data.length; ) {
      const at = offset + done;
      const length = Math.min(data.length - done, this.#requestBytes - (at % this.#requestBytes));
      this.#cut(at, at + length);
      this.#put(at, data.subarray(done, done + length));
      done += length;
    }
  }

  /** Forgets what lies at `size` or behind it. */
  truncate(size: number): void {
    this.#cut(size, Number.POSITIVE_INFINITY);
  }

  /** Forgets everything that is not in flight. */
  discard(): void {
    this.truncate(0);
  }

  /** The next WRITE to make. Without `flush`, what a further write may lengthen waits. */
  next(flush: boolean): WriteRequest | undefined {
    if (this.#inFlight.size >= this.#maxInFlight || this.needsCommit) return undefined;
    const first = this.#queueFront();
    if (first === undefined || (!flush && first === this.#open?.piece)) return undefined;
    const run = this.#run(first, flush);
    const request = { offset: (run[0] as Piece).offset, data: concatenate(run) };
    for (const other of this.#inFlight) {
      if (overlaps(other, request.offset, request.data.length)) return undefined;
    }
    for (const piece of run) this.#send(piece, request);
    this.#inFlight.add(request);
    return request;
  }

  /** `count` bytes of `request` were taken; `committed` is a `Stable` value, `verifier` any string for the eight bytes. */
  answered(request: WriteRequest, count: number, committed: number, verifier: string): void {
    assert(this.#inFlight.delete(request), "an answered WRITE was in flight");
    const end = request.offset + count;
    if (count < request.data.length) this.#splitAt(end);
    const durable = committed === Stable.fileSync;
    if (this.#overtaken.delete(request) && !durable) this.#overwrittenAt = this.#commits;
    if (durable) this.#forgetRange(request, end);
    for (const piece of this.#piecesOf(request)) {
      piece.request = undefined;
      piece.verifier = verifier;
      piece.answeredAt = this.#commits;
      this.#setState(piece, piece.offset >= end ? "dirty" : "kept");
    }
  }

  /** The WRITE failed for good: its content is given up. */
  failed(request: WriteRequest): void {
    assert(this.#inFlight.delete(request), "a failed WRITE was in flight");
    this.#overtaken.delete(request);
    this.#forgetRange(request, Number.POSITIVE_INFINITY);
  }

  /** A COMMIT is about to be made; undefined when nothing waits for one. */
  beginCommit(): CommitMark | undefined {
    if (this.#kept === 0 && !this.needsCommit) return undefined;
    return { number: ++this.#commits };
  }

  /** The COMMIT was answered with `verifier`. Returns how many bytes have to be written again. */
  committed(mark: CommitMark, verifier: string): number {
    if (this.#overwrittenAt !== undefined && this.#overwrittenAt < mark.number)
      this.#overwrittenAt = undefined;
    const covered = (piece: Piece) => piece.state === "kept" && piece.answeredAt < mark.number;
    this.#forget((piece) => covered(piece) && piece.verifier === verifier);
    let again = 0;
    for (const piece of this.#pieces) {
      if (!covered(piece)) continue;
      again += piece.data.length;
      this.#setState(piece, "dirty");
    }
    return again;
  }

  /** Index of the first piece that ends behind `offset`. */
  #firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const piece = this.#pieces[middle] as Piece;
      if (piece.offset + piece.data.length > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Takes [from, to) out of every piece. */
  #cut(from: number, to: number): void {
    this.#splitAt(from);
    if (to !== Number.POSITIVE_INFINITY) this.#splitAt(to);
    const first = this.#firstEndingAfter(from);
    let last = first;
    while (last < this.#pieces.length && (this.#pieces[last] as Piece).offset < to) last++;
    if (last === first) return;
    for (const piece of this.#pieces.splice(first, last - first)) {
      if (this.#isUnordered) this.#overtake(piece);
      this.#drop(piece);
    }
  }

  /** The piece gives way to newer content. */
  #overtake({ state, request }: Piece): void {
    if (state === "kept") this.#overwrittenAt = this.#commits;
    else if (state === "sending" && request !== undefined) this.#overtaken.add(request);
  }

  /** Makes `offset` a border between pieces. */
  #splitAt(offset: number): void {
    const at = this.#firstEndingAfter(offset);
    const piece = this.#pieces[at];
    if (piece === undefined || piece.offset >= offset) return;
    const data = piece.data;
    const tail: Piece = { ...piece, offset, data: part(data, offset - piece.offset, data.length) };
    piece.data = part(data, 0, offset - piece.offset);
    if (this.#open?.piece === piece) this.#open = undefined;
    this.#pieces.splice(at + 1, 0, tail);
    this.#count(tail, 1);
    this.#contentBytes -= tail.data.length;
    if (tail.state === "kept") this.#keptBytes -= tail.data.length;
    if (tail.state === "dirty") this.#enqueue(tail);
  }

  /** Adds content to a range that is empty and within one request. */
  #put(offset: number, data: Uint8Array): void {
    if (this.#lengthen(offset, data)) return;
    const buffer = new Uint8Array(data.length);
    buffer.set(data);
    const piece: Piece = {
      offset,
      data: buffer,
      state: "dirty",
      request: undefined,
      verifier: "",
      answeredAt: 0,
    };
    this.#pieces.splice(this.#firstEndingAfter(offset), 0, piece);
    this.#count(piece, 1);
    this.#enqueue(piece);
    const full = (offset + data.length) % this.#requestBytes === 0;
    this.#open = full ? undefined : { piece, buffer };
  }

  /** Adds `data` to the open piece if it continues it. */
  #lengthen(offset: number, data: Uint8Array): boolean {
    const open = this.#open;
    if (open === undefined || open.piece.state !== "dirty") return false;
    const piece = open.piece;
    const length = piece.data.length;
    if (piece.offset + length !== offset || offset % this.#requestBytes === 0) return false;
    const needed = length + data.length;
    if (needed > open.buffer.length) {
      const room = this.#requestBytes - (piece.offset % this.#requestBytes);
      const grown = new Uint8Array(Math.min(room, Math.max(needed, open.buffer.length * 2)));
      grown.set(piece.data);
      open.buffer = grown;
    }
    open.buffer.set(data, length);
    piece.data = open.buffer.subarray(0, needed);
    this.#contentBytes += data.length;
    if ((offset + data.length) % this.#requestBytes === 0) this.#open = undefined;
    return true;
  }

  /** The dirty piece that has waited longest. */
  #queueFront(): Piece | undefined {
    for (; this.#queueHead < this.#queue.length; this.#queueHead++) {
      const piece = this.#queue[this.#queueHead] as Piece;
      if (piece.state === "dirty") return piece;
    }
    this.#queue = [];
    this.#queueHead = 0;
    return undefined;
  }

  /**
   * Adds a dirty piece to the queue. One that was overwritten before it was sent leaves its entry behind: a writer that
   * overwrites the same place for ever must not make the queue grow.
   */
  #enqueue(piece: Piece): void {
    if (this.#queue.length >= QUEUE_SWEEP_ENTRIES && this.#queue.length > 2 * this.#dirty) {
      const waiting = new Set(this.#queue.slice(this.#queueHead).filter((each) => each.state === "dirty"));
      this.#queue = [...waiting];
      this.#queueHead = 0;
    }
    this.#queue.push(piece);
  }

  /** `first` and the dirty pieces that touch it, within the bounds of one request. */
  #run(first: Piece, flush: boolean): Piece[] {
    const at = this.#firstEndingAfter(first.offset);
    const block = Math.floor(first.offset / this.#requestBytes);
    const fits = (piece: Piece | undefined): piece is Piece =>
      piece?.state === "dirty" &&
      Math.floor(piece.offset / this.#requestBytes) === block &&
      (flush || piece !== this.#open?.piece);
    let from = at;
    while (fits(this.#pieces[from - 1]) && touches(this.#pieces[from - 1], this.#pieces[from])) from--;
    let to = at + 1;
    while (fits(this.#pieces[to]) && touches(this.#pieces[to - 1], this.#pieces[to])) to++;
    return this.#pieces.slice(from, to);
  }

  #send(piece: Piece, request: WriteRequest): void {
    if (this.#open?.piece === piece) this.#open = undefined;
    this.#setState(piece, "sending");
    piece.request = request;
  }

  /** What is left of what `request` carries. */
  #piecesOf(request: WriteRequest): Piece[] {
    const found: Piece[] = [];
    const end = request.offset + request.data.length;
    for (let at = this.#firstEndingAfter(request.offset); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as Piece;
      if (piece.offset >= end) break;
      if (piece.request === request) found.push(piece);
    }
    return found;
  }

  /** Forgets what `request` carries before `end`. */
  #forgetRange(request: WriteRequest, end: number): void {
    for (const piece of this.#piecesOf(request)) {
      if (piece.offset >= end) break;
      this.#pieces.splice(this.#firstEndingAfter(piece.offset), 1);
      this.#drop(piece);
    }
  }

  #forget(which: (piece: Piece) => boolean): void {
    this.#pieces = this.#pieces.filter((piece) => {
      if (!which(piece)) return true;
      this.#drop(piece);
      return false;
    });
  }

  #drop(piece: Piece): void {
    this.#count(piece, -1);
    piece.state = "gone";
    if (this.#open?.piece === piece) this.#open = undefined;
  }

  #setState(piece: Piece, state: Piece["state"]): void {
    this.#count(piece, -1);
    piece.state = state;
    this.#count(piece, 1);
    if (state === "dirty") this.#enqueue(piece);
  }

  #count(piece: Piece, sign: 1 | -1): void {
    this.#contentBytes += sign * piece.data.length;
    if (piece.state === "dirty") this.#dirty += sign;
    else if (piece.state === "kept") {
      this.#kept += sign;
      this.#keptBytes += sign * piece.data.length;
    }
  }
}

function overlaps(request: WriteRequest, offset: number, length: number): boolean {
  return request.offset < offset + length && offset < request.offset + request.data.length;
}

function touches(left: Piece | undefined, right: Piece | undefined): boolean {
  return left !== undefined && right !== undefined && left.offset + left.data.length === right.offset;
}

/** Part of `data`: a copy when a view would keep alive much more than it shows. */
function part(data: Uint8Array, from: number, to: number): Uint8Array {
  return (to - from) * 2 < data.buffer.byteLength ? data.slice(from, to) : data.subarray(from, to);
}

function concatenate(run: readonly Piece[]): Uint8Array {
  const only = run[0] as Piece;
  if (run.length === 1) return only.data;
  const last = run.at(-1) as Piece;
  const whole = new Uint8Array(last.offset + last.data.length - only.offset);
  for (const piece of run) whole.set(piece.data, piece.offset - only.offset);
  return whole;
}
