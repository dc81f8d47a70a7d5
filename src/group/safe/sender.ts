/**
 * What a member does with its own safe messages until it knows what became of them: a pure state machine. Messages are numbered, and
 * several are with the log at once; the log keeps the order in which it was given them. When one is lost on the way, those
 * after it come back as `early`, and all of them are given to the log again, under their numbers and in their order: go-back-n, with
 * the replicated table of `senders.ts` as the receiver.
 *
 * A message ends in one of three ways: settled, as it is chosen; refused, as every entry that was made of it is known to be
 * void; or unknown, when the log could not tell too often. The last two are given up: the base of the next entry passes over them,
 * and once that is delivered they never will be.
 */
import { assert, Fifo } from "../../world/index.ts";
import type { Member } from "../types.ts";
import type { SafeEntry } from "./entry.ts";
import type { Verdict } from "./senders.ts";

export interface SenderLimits {
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

/** What the log said of an entry: what it became, that it did not take it, that it may take it later, or that it does not know. */
export type Answer = Verdict | "refused" | "busy" | "unknown";

export type Ending = "settled" | "refused" | "unknown";

interface Unsettled {
  readonly number: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  isWithLog: boolean;
  /** An entry of it may be in the log, and the log does not know. */
  isDoubtful: boolean;
  tries: number;
}

/** What a message weighs beside its bytes. */
const MESSAGE_BYTES = 64;

export class Sender {
  readonly #member: Member;
  readonly #limits: SenderLimits;
  readonly #ended: (sequence: number, ending: Ending, cause: unknown) => void;
  /** By number, ascending. */
  readonly #unsettled = new Map<number, Unsettled>();
  /** To be given to the log for the first time. */
  readonly #fresh = new Fifo<Unsettled>();
  /** To be given to it again, ascending. */
  #again: Unsettled[] = [];
  #last = 0;
  #queuedBytes = 0;
  #withLog = 0;
  #withLogBytes = 0;
  /** Something goes again: not before the log has answered for all that it has, so that nothing goes in vain. */
  #isDraining = false;

  constructor(
    member: Member,
    limits: SenderLimits,
    ended: (sequence: number, ending: Ending, cause: unknown) => void,
  ) {
    this.#member = member;
    this.#limits = limits;
    this.#ended = ended;
  }

  get isEmpty(): boolean {
    return this.#unsettled.size === 0;
  }

  hasRoom(bytes: number): boolean {
    if (this.isEmpty) return true;
    const { maxQueued, maxQueuedBytes } = this.#limits;
    return this.#unsettled.size < maxQueued && this.#queuedBytes + bytes + MESSAGE_BYTES <= maxQueuedBytes;
  }

  /** Takes a message; its bytes are copied. */
  add(sequence: number, payload: Uint8Array): void {
    const number = ++this.#last;
    const message = {
      number,
      sequence,
      payload: payload.slice(),
      isWithLog: false,
      isDoubtful: false,
      tries: 0,
    };
    this.#unsettled.set(number, message);
    this.#queuedBytes += payload.length + MESSAGE_BYTES;
    this.#fresh.push(message);
  }

  /** What is to be given to the log next, in this order; undefined: nothing now. */
  next(): SafeEntry | undefined {
    const message = this.#again[0] ?? this.#fresh.peek();
    if (message === undefined || this.#isDraining || !this.#hasWindow(message)) return undefined;
    if (this.#again.length > 0) this.#again.shift();
    else this.#fresh.shift();
    message.isWithLog = true;
    message.tries++;
    this.#withLog++;
    this.#withLogBytes += message.payload.length;
    const { number, sequence, payload } = message;
    return { sender: this.#member, number, base: this.#base, sequence, payload };
  }

  #hasWindow({ payload }: Unsettled): boolean {
    const { windowMessages, windowBytes } = this.#limits;
    if (this.#withLog === 0) return true;
    return this.#withLog < windowMessages && this.#withLogBytes + payload.length <= windowBytes;
  }

  get #base(): number {
    return this.#unsettled.keys().next().value ?? this.#last + 1;
  }

  /** What the log said of the entry of this number that `next` gave last. `cause`: its error, if it was one. */
  answered(number: number, answer: Answer, cause?: unknown): void {
    const message = this.#unsettled.get(number);
    assert(message?.isWithLog === true, "the log answers for what it was given, once");
    message.isWithLog = false;
    this.#withLog--;
    this.#withLogBytes -= message.payload.length;
    if (answer === "unknown") message.isDoubtful = true;
    if (answer === "delivered" || answer === "known") this.#end(message, "settled", cause);
    else if (this.#isOver(message, answer))
      this.#end(message, message.isDoubtful ? "unknown" : "refused", cause);
    else this.#tryAgain(message);
    if (this.#withLog === 0) this.#isDraining = false;
  }

  #isOver({ tries }: Unsettled, answer: Answer): boolean {
    if (answer === "unknown") return tries >= this.#limits.maxTries;
    return answer === "refused" || answer === "stale";
  }

  #tryAgain(message: Unsettled): void {
    this.#isDraining = true;
    const at = this.#again.findIndex(({ number }) => number > message.number);
    this.#again.splice(at < 0 ? this.#again.length : at, 0, message);
  }

  #end(message: Unsettled, ending: Ending, cause: unknown): void {
    this.#unsettled.delete(message.number);
    this.#queuedBytes -= message.payload.length + MESSAGE_BYTES;
    this.#ended(message.sequence, ending, cause);
  }

  /** The member is none any more, or the log has ended: nothing more is given to it. */
  stop(): void {
    const all = [...this.#unsettled.values()];
    this.#unsettled.clear();
    this.#fresh.clear();
    this.#again = [];
    this.#queuedBytes = 0;
    for (const { sequence, isWithLog, isDoubtful } of all)
      this.#ended(sequence, isWithLog || isDoubtful ? "unknown" : "refused", undefined);
  }
}
