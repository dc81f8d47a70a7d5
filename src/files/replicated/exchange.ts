/**
 * What the nodes of a volume ask each other, over a port of a mesh: calls of NFS, that unstable writes be put into the log, and what
 * room the disks have. A question is answered once or not at all: it ends with its link or its time, and whoever asked knows no
 * more then. Messages may be larger than the mesh's, and go in pieces; the first byte of a piece says whether it is the first and the last.
 */
import type { MeshPort } from "../../channel/index.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { Log, Timer, Timers } from "../../world/index.ts";
import {
  decode_volume_message,
  encode_volume_message,
  type volume_answer,
  type volume_asked,
  type volume_message,
  type volume_scrubbed,
} from "./gen/volume-port.gen.ts";
import { type Answer, answerFrom, answerTo } from "./volume-call.ts";

const PIECE_BYTES = 256 * 1024;
const FIRST = 1;
const LAST = 2;
/** The largest message that is put together: a WRITE and what goes with it. */
export const MAX_EXCHANGED_BYTES = 4 * 1024 * 1024;
/** Questions under way at a node. */
export const MAX_QUESTIONS = 4096;

interface Question {
  readonly to: string;
  readonly answer: (message: volume_message | undefined) => void;
  readonly timer: Timer;
}

export interface ExchangeParts {
  readonly port: MeshPort;
  readonly timers: Timers;
  readonly log: Log;
}

export class Exchange {
  onAsk: (asked: volume_asked) => Promise<Answer> = async () => "elsewhere";
  onFlush: (session: Uint8Array, inode: number) => Promise<boolean> = async () => false;
  /** What a peer has read, which may want to be told the same. */
  onScrubbed: (from: string, scrubbed: volume_scrubbed) => void = () => {};
  onRoom: (from: string, freeBytes: number) => void = () => {};
  readonly #parts: ExchangeParts;
  readonly #questions = new Map<number, Question>();
  /** Peers that are up. */
  readonly #peers = new Set<string>();
  /** Messages of which the beginning is here. */
  readonly #begun = new Map<string, { readonly pieces: Uint8Array[]; bytes: number }>();
  readonly #writer = new XdrWriter(1024);
  #number = 0;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    const { port } = parts;
    port.onUp = (peer) => {
      this.#begun.delete(peer);
      this.#peers.add(peer);
    };
    port.onDown = (peer) => this.#down(peer);
    port.onMessage = (from, piece) => this.#piece(from, piece);
  }

  /** The answer; undefined when none comes, and the call may have been done. */
  async ask(to: string, asked: volume_asked, timeoutMs: number): Promise<Answer | undefined> {
    const message = await this.#question(to, timeoutMs, (number) => ({ kind: 1, ask: { number, asked } }));
    return message?.kind === 2 ? answerFrom(message.answer) : undefined;
  }

  /**
   * Asks one node after the other until one answers. What nobody answered may have been done all the same, unless all who were
   * asked said that it was not.
   */
  async askEach(nodes: readonly string[], asked: volume_asked, timeoutMs: number): Promise<Answer> {
    let isUnknown = false;
    for (const node of nodes) {
      if (!this.isUp(node)) continue;
      const answer = await this.ask(node, asked, timeoutMs);
      if (answer instanceof Uint8Array) return answer;
      if (answer === "later") break;
      if (answer !== "elsewhere") isUnknown = true;
    }
    return isUnknown ? "unknown" : "later";
  }

  /** True: what the session answered for the file (0: for all) is in the log. */
  async flush(to: string, session: Uint8Array, inode: number, timeoutMs: number): Promise<boolean> {
    const message = await this.#question(to, timeoutMs, (number) => ({
      kind: 3,
      flush: { number, session, inode },
    }));
    return message?.kind === 4 && message.flushed.is_done;
  }

  /** Tells one peer, or all. */
  tellScrubbed(scrubbed: volume_scrubbed, to?: string): void {
    for (const peer of to === undefined ? this.#peers : [to]) this.#send(peer, { kind: 6, scrubbed });
  }

  tellRoom(freeBytes: number): void {
    for (const peer of this.#peers) this.#send(peer, { kind: 5, room: { free_bytes: freeBytes } });
  }

  isUp(peer: string): boolean {
    return this.#peers.has(peer);
  }

  close(): void {
    this.#parts.port.close();
    for (const peer of [...this.#peers]) this.#down(peer);
  }

  #question(
    to: string,
    timeoutMs: number,
    make: (number: number) => volume_message,
  ): Promise<volume_message | undefined> {
    return new Promise((resolve) => {
      const number = ++this.#number;
      if (this.#questions.size >= MAX_QUESTIONS || !this.#send(to, make(number))) {
        resolve(undefined);
        return;
      }
      const timer = this.#parts.timers.after(timeoutMs, () => this.#settle(number, undefined));
      this.#questions.set(number, { to, answer: resolve, timer });
    });
  }

  #settle(number: number, message: volume_message | undefined): void {
    const question = this.#questions.get(number);
    if (question === undefined) return;
    this.#questions.delete(number);
    question.timer.cancel();
    question.answer(message);
  }

  #down(peer: string): void {
    this.#peers.delete(peer);
    this.#begun.delete(peer);
    for (const [number, { to }] of this.#questions) if (to === peer) this.#settle(number, undefined);
  }

  /** False: it is dropped, or a last part of it, which the peer passes over. */
  #send(to: string, message: volume_message): boolean {
    const w = this.#writer;
    w.reset();
    encode_volume_message(w, message);
    const bytes = w.encoded();
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const end = Math.min(bytes.length, at + PIECE_BYTES);
      const piece = new Uint8Array(1 + end - at);
      piece[0] = (at === 0 ? FIRST : 0) | (end === bytes.length ? LAST : 0);
      piece.set(bytes.subarray(at, end), 1);
      if (!this.#parts.port.send(to, piece)) return false;
    }
    return true;
  }

  #piece(from: string, piece: Uint8Array): void {
    const flags = piece[0] ?? 0;
    if ((flags & FIRST) !== 0) this.#begun.set(from, { pieces: [], bytes: 0 });
    const begun = this.#begun.get(from);
    if (begun === undefined) return;
    begun.bytes += piece.length - 1;
    begun.pieces.push(piece.subarray(1));
    const isTooLong = begun.bytes > MAX_EXCHANGED_BYTES;
    if (isTooLong || (flags & LAST) !== 0) this.#begun.delete(from);
    if (isTooLong) this.#nonsense(from, "a message that is too long");
    else if ((flags & LAST) !== 0) this.#decode(from, joined(begun.pieces, begun.bytes));
  }

  #decode(from: string, bytes: Uint8Array): void {
    let message: volume_message;
    try {
      const r = new XdrReader(bytes);
      message = decode_volume_message(r);
      r.finish();
    } catch (error) {
      this.#nonsense(from, String(error));
      return;
    }
    this.#take(from, message);
  }

  #nonsense(from: string, what: string): void {
    this.#parts.log.warn("replica.nonsense", { from, what });
  }

  #take(from: string, message: volume_message): void {
    switch (message.kind) {
      case 1:
        void this.#answer(from, message.ask.number, message.ask.asked);
        break;
      case 3: {
        const { number, session, inode } = message.flush;
        const send = (is_done: boolean) => this.#send(from, { kind: 4, flushed: { number, is_done } });
        this.onFlush(session, inode).then(send, () => send(false));
        break;
      }
      case 5:
        this.onRoom(from, message.room.free_bytes);
        break;
      case 6:
        this.onScrubbed(from, message.scrubbed);
        break;
      default:
        this.#settle(message.kind === 2 ? message.answer.number : message.flushed.number, message);
    }
  }

  async #answer(from: string, number: number, asked: volume_asked): Promise<void> {
    const answer = await this.onAsk(asked).catch((): Answer => "unknown");
    const wire: volume_answer = { number, ...answerTo(answer) };
    this.#send(from, { kind: 2, answer: wire });
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
