/**
 * What a member does with its own safe messages until it knows what became of them: a pure state machine. Messages that wait together
 * travel as one entry. Entries are numbered, and several are with the log at once; the log keeps the order in which it was given
 * them. When one is lost on the way, those after it come back as `early`, and all of them are given to the log again, under their numbers
 * and in their order: go-back-n, with the replicated table of `senders.ts` as the receiver.
 *
 * An entry ends in one of three ways, and its messages with it: settled, as it is chosen; refused, as whatever the log was given of it
 * is known to be void; or unknown, when the log could not tell too often. The last two are given up: the base of the next entry passes
 * over them, and once that is delivered they never will be.
 */
import { assert, Fifo } from "../../world/index.ts";
import type { Member } from "../types.ts";
import { EntryWriter } from "./entry.ts";
import { SAFE_MAX_BATCH } from "./gen/group-safe.gen.ts";
import type { Verdict } from "./senders.ts";

export interface SenderLimits {
  /** Bytes of the largest safe message, up to `MAX_SAFE_BYTES`. */
  readonly maxMessageBytes: number;
  /** Bytes of our own safe messages that wait or are with the log; beyond, `multicast` returns 0. */
  readonly maxQueuedBytes: number;
  /** Messages, likewise. */
  readonly maxQueued: number;
  /** Messages that are with the log at once, and their bytes. */
  readonly windowMessages: number;
  readonly windowBytes: number;
  /** How often a message is given to the log that does not know what became of it. */
  readonly maxTries: number;
}

/** Bytes of an entry of several messages, at most. */
export const BATCH_BYTES = 64 * 1024;
/** An entry of several messages has no more than such a part of the window. */
const WINDOW_PARTS = 4;

/** What the log said of an entry: what it became, that it did not take it, that it may take it later, or that it does not know. */
export type Answer = Verdict | "refused" | "busy" | "unknown";

export type Ending = "settled" | "refused" | "unknown";

/** An entry of which it is not known what becomes of it. */
export interface Unsettled {
  readonly number: number;
  /** Of its messages, ascending. */
  readonly sequences: readonly number[];
  readonly bytes: Uint8Array;
  readonly isWithLog: boolean;
}

interface Entry extends Unsettled {
  isWithLog: boolean;
  /** It may be in the log, and the log does not know. */
  isDoubtful: boolean;
  tries: number;
  /** Of its messages. */
  readonly weight: number;
}

/** What a message weighs beside its bytes. */
const MESSAGE_BYTES = 64;

export class Sender {
  readonly #limits: SenderLimits;
  readonly #ended: (sequences: readonly number[], ending: Ending, cause: unknown) => void;
  /** Messages that are in no entry yet. */
  readonly #writer: EntryWriter;
  #gathered: number[] = [];
  #gatheredWeight = 0;
  /** By number, ascending; none below the lowest. */
  readonly #unsettled = new Map<number, Entry>();
  #lowest = 1;
  /** To be given to the log for the first time. */
  readonly #fresh = new Fifo<Entry>();
  /** To be given to it again, ascending. */
  #again: Entry[] = [];
  #last = 0;
  #queued = 0;
  #queuedBytes = 0;
  #withLog = 0;
  #withLogBytes = 0;
  /** Something goes again: not before the log has answered for all that it has, so that nothing goes in vain. */
  #isDraining = false;

  constructor(
    member: Member,
    limits: SenderLimits,
    ended: (sequences: readonly number[], ending: Ending, cause: unknown) => void,
  ) {
    this.#limits = limits;
    this.#ended = ended;
    this.#writer = new EntryWriter(member);
  }

  get isEmpty(): boolean {
    return this.#queued === 0;
  }

  hasRoom(bytes: number): boolean {
    if (this.isEmpty) return true;
    const { maxQueued, maxQueuedBytes } = this.#limits;
    return this.#queued < maxQueued && this.#queuedBytes + bytes + MESSAGE_BYTES <= maxQueuedBytes;
  }

  /** Takes a message; its bytes are copied. */
  add(sequence: number, payload: Uint8Array): void {
    if (this.#isFull(payload.length)) this.#close();
    this.#writer.add(sequence, payload);
    this.#gathered.push(sequence);
    this.#gatheredWeight += payload.length + MESSAGE_BYTES;
    this.#queued++;
    this.#queuedBytes += payload.length + MESSAGE_BYTES;
  }

  /** Whether a message of so many bytes is to go into another entry than those that are gathered. */
  #isFull(bytes: number): boolean {
    const { length } = this.#gathered;
    if (length === 0) return false;
    const { windowMessages, windowBytes, maxMessageBytes } = this.#limits;
    const most = Math.min(BATCH_BYTES, windowBytes / WINDOW_PARTS, maxMessageBytes);
    return (
      length >= Math.min(SAFE_MAX_BATCH, windowMessages / WINDOW_PARTS) || this.#writer.bytes + bytes > most
    );
  }

  /** Makes an entry of what is gathered. */
  #close(): void {
    const number = ++this.#last;
    const entry = {
      number,
      sequences: this.#gathered,
      bytes: this.#writer.take(number),
      isWithLog: false,
      isDoubtful: false,
      tries: 0,
      weight: this.#gatheredWeight,
    };
    this.#gathered = [];
    this.#gatheredWeight = 0;
    this.#unsettled.set(number, entry);
    this.#fresh.push(entry);
  }

  /** What is to be given to the log next, in this order; undefined: nothing now. */
  next(): Unsettled | undefined {
    if (this.#isDraining) return undefined;
    const entry = this.#again[0] ?? this.#firstFresh();
    if (entry === undefined || !this.#hasWindow(entry.sequences.length, entry.bytes.length)) return undefined;
    if (this.#again.length > 0) this.#again.shift();
    else this.#fresh.shift();
    entry.isWithLog = true;
    entry.tries++;
    this.#withLog += entry.sequences.length;
    this.#withLogBytes += entry.bytes.length;
    this.#writer.setBase(entry.bytes, this.#base);
    return entry;
  }

  /** What is gathered becomes an entry only when it can go: until then more may come to it. */
  #firstFresh(): Entry | undefined {
    const { length } = this.#gathered;
    if (this.#fresh.length === 0 && length > 0 && this.#hasWindow(length, this.#writer.bytes)) this.#close();
    return this.#fresh.peek();
  }

  #hasWindow(messages: number, bytes: number): boolean {
    const { windowMessages, windowBytes } = this.#limits;
    if (this.#withLog === 0) return true;
    return this.#withLog + messages <= windowMessages && this.#withLogBytes + bytes <= windowBytes;
  }

  get #base(): number {
    while (this.#lowest <= this.#last && !this.#unsettled.has(this.#lowest)) this.#lowest++;
    return this.#lowest;
  }

  /** What the log said of the entry of this number that `next` gave last. `cause`: its error, if it was one. */
  answered(number: number, answer: Answer, cause?: unknown): void {
    const entry = this.#unsettled.get(number);
    assert(entry?.isWithLog === true, "the log answers for what it was given, once");
    entry.isWithLog = false;
    this.#withLog -= entry.sequences.length;
    this.#withLogBytes -= entry.bytes.length;
    if (answer === "unknown") entry.isDoubtful = true;
    if (answer === "delivered" || answer === "known") this.#end(entry, "settled", cause);
    else if (this.#isOver(entry, answer)) this.#end(entry, entry.isDoubtful ? "unknown" : "refused", cause);
    else this.#tryAgain(entry);
    if (this.#withLog === 0) this.#isDraining = false;
  }

  #isOver({ tries }: Entry, answer: Answer): boolean {
    if (answer === "unknown") return tries >= this.#limits.maxTries;
    return answer === "refused" || answer === "stale";
  }

  #tryAgain(entry: Entry): void {
    this.#isDraining = true;
    const at = this.#again.findIndex(({ number }) => number > entry.number);
    this.#again.splice(at < 0 ? this.#again.length : at, 0, entry);
  }

  #end(entry: Entry, ending: Ending, cause: unknown): void {
    this.#unsettled.delete(entry.number);
    this.#queued -= entry.sequences.length;
    this.#queuedBytes -= entry.weight;
    this.#ended(entry.sequences, ending, cause);
  }

  /** The member is none any more, or the log has ended: nothing more is given to it. */
  stop(): void {
    if (this.#gathered.length > 0) this.#close();
    const all = [...this.#unsettled.values()];
    this.#unsettled.clear();
    this.#fresh.clear();
    this.#again = [];
    this.#queued = 0;
    this.#queuedBytes = 0;
    for (const { sequences, isWithLog, isDoubtful } of all)
      this.#ended(sequences, isWithLog || isDoubtful ? "unknown" : "refused", undefined);
  }
}
