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
import { DirtyQueue } from "./dirty-queue.ts";
import {
  concatenate,
  type Extent,
  overlaps,
  type Piece,
  Pieces,
  touches,
  type WriteRequest,
} from "./pieces.ts";

/** `stable_how` of RFC 1813. */
export const Stable = { unstable: 0, dataSync: 1, fileSync: 2 } as const;

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
  readonly #pieces = new Pieces();
  readonly #queue = new DirtyQueue();
  #inFlight = new Set<WriteRequest>();
  /** The piece that the next write may lengthen, and the room that its data has. */
  #open: { piece: Piece; buffer: Uint8Array } | undefined;
  #commits = 0;
  readonly #isUnordered: boolean;
  /** WRITEs in flight of which newer content took a part. */
  #overtaken = new Set<WriteRequest>();
  /** Newer content took the place of some that was answered: commits begun by then. */
  #overwrittenAt: number | undefined;

  constructor(options: WriteBackOptions) {
    this.#requestBytes = options.requestBytes;
    this.#maxInFlight = options.maxInFlight;
    this.#isUnordered = options.isUnordered ?? false;
  }

  /** Memory that it takes, in bytes. */
  get bytes(): number {
    return this.#pieces.bytes;
  }

  /** Entries of the queue, those of pieces that are no longer dirty among them. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Content that was acknowledged and waits for a COMMIT, in bytes. */
  get keptBytes(): number {
    return this.#pieces.keptBytes;
  }

  /** Nothing more is sent before a COMMIT. */
  get needsCommit(): boolean {
    return this.#overwrittenAt !== undefined;
  }

  /** True when everything written is durable. */
  get clean(): boolean {
    return this.#pieces.count === 0 && this.#inFlight.size === 0;
  }

  /** True while content has not been acknowledged by the server. */
  get unsent(): boolean {
    return this.#pieces.dirty > 0 || this.#inFlight.size > 0;
  }

  /** True when one WRITE would carry everything there is: making it durable at once saves the COMMIT. */
  get single(): boolean {
    return this.#pieces.dirty === 1 && this.#pieces.count === 1 && this.#inFlight.size === 0;
  }

  /** The end of the content that is kept here, 0 if there is none. */
  get end(): number {
    return this.#pieces.end;
  }

  /** What is kept here of a range, in views that stay as they are whatever is written later. */
  overlapping(offset: number, length: number): Extent[] {
    return this.#pieces.overlapping(offset, length);
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
    const first = this.#queue.front;
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
    for (const piece of this.#pieces.of(request)) {
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
    if (this.#pieces.kept === 0 && !this.needsCommit) return undefined;
    return { number: ++this.#commits };
  }

  /** The COMMIT was answered with `verifier`. Returns how many bytes have to be written again. */
  committed(mark: CommitMark, verifier: string): number {
    if (this.#overwrittenAt !== undefined && this.#overwrittenAt < mark.number)
      this.#overwrittenAt = undefined;
    const covered = (piece: Piece) => piece.state === "kept" && piece.answeredAt < mark.number;
    this.#gone(this.#pieces.takeWhere((piece) => covered(piece) && piece.verifier === verifier));
    let again = 0;
    for (const piece of this.#pieces.all()) {
      if (!covered(piece)) continue;
      again += piece.data.length;
      this.#setState(piece, "dirty");
    }
    return again;
  }

  /** Takes [from, to) out of every piece. */
  #cut(from: number, to: number): void {
    this.#splitAt(from);
    if (to !== Number.POSITIVE_INFINITY) this.#splitAt(to);
    if (this.#isUnordered) for (const piece of this.#pieces.between(from, to)) this.#overtake(piece);
    this.#gone(this.#pieces.takeBetween(from, to));
  }

  /** The piece gives way to newer content. */
  #overtake({ state, request }: Piece): void {
    if (state === "kept") this.#overwrittenAt = this.#commits;
    else if (state === "sending" && request !== undefined) this.#overtaken.add(request);
  }

  #splitAt(offset: number): void {
    const split = this.#pieces.splitAt(offset);
    if (split === undefined) return;
    if (this.#open?.piece === split.head) this.#open = undefined;
    if (split.tail.state === "dirty") this.#queue.push(split.tail, this.#pieces.dirty);
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
    this.#pieces.insert(piece);
    this.#queue.push(piece, this.#pieces.dirty);
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
    this.#pieces.lengthen(piece, open.buffer.subarray(0, needed));
    if ((offset + data.length) % this.#requestBytes === 0) this.#open = undefined;
    return true;
  }

  /** `first` and the dirty pieces that touch it, within the bounds of one request. */
  #run(first: Piece, flush: boolean): Piece[] {
    const pieces = this.#pieces;
    const at = pieces.firstEndingAfter(first.offset);
    const block = Math.floor(first.offset / this.#requestBytes);
    const fits = (piece: Piece | undefined): piece is Piece =>
      piece?.state === "dirty" &&
      Math.floor(piece.offset / this.#requestBytes) === block &&
      (flush || piece !== this.#open?.piece);
    let from = at;
    while (fits(pieces.at(from - 1)) && touches(pieces.at(from - 1), pieces.at(from))) from--;
    let to = at + 1;
    while (fits(pieces.at(to)) && touches(pieces.at(to - 1), pieces.at(to))) to++;
    return pieces.all().slice(from, to);
  }

  #send(piece: Piece, request: WriteRequest): void {
    if (this.#open?.piece === piece) this.#open = undefined;
    this.#setState(piece, "sending");
    piece.request = request;
  }

  /** Forgets what `request` carries before `end`. */
  #forgetRange(request: WriteRequest, end: number): void {
    const carried = this.#pieces.of(request).filter((piece) => piece.offset < end);
    for (const piece of carried) this.#pieces.take(piece);
    this.#gone(carried);
  }

  #gone(pieces: readonly Piece[]): void {
    for (const piece of pieces) if (this.#open?.piece === piece) this.#open = undefined;
  }

  #setState(piece: Piece, state: Piece["state"]): void {
    this.#pieces.setState(piece, state);
    if (state === "dirty") this.#queue.push(piece, this.#pieces.dirty);
  }
}
