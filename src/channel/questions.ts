/**
 * Who may ask whether its peer is still there, and who may conclude that it is not. Of a hundred thousand idle channels thousands ask in
 * a second. Where they, or their peers, have not the CPU for that, questions and answers that are lost in full socket buffers are asked
 * for again, and the more is lost, the more is sent: channels would be given up whose peers are alive and busy. So
 *
 * - at most `MAX_QUESTIONS` are under way, few enough for a socket's buffer. The others wait their turn, and the time between two questions
 *   of a channel becomes as long as it must be. It is the answers that let the next ones go, as acknowledgments do in TCP. One
 *   that stays away gives its place up after twice what the slowest answer took lately;
 * - nobody asks, or is judged by its silence, before what the socket holds was read: the answer may be in there.
 *
 * What waits here is late, and a connection does not take that for the silence of its peer (`liveness.ts`).
 */
import { type Clock, Fifo, type Timers } from "../world/index.ts";
import type { DueQueue, Wakeable } from "./due-queue.ts";
import { TURN_PACKETS } from "./flush-queue.ts";

/** Under way at once: what a socket's buffer of Linux's default size (net.core.rmem_default) holds of small packets. */
export const MAX_QUESTIONS = 256;
/** After how long a place is given up: at the least, while no answer has come, and at the most. */
export const MIN_PLACE_MS = 50;
export const FIRST_PLACE_MS = 1000;
export const MAX_PLACE_MS = 3000;
/** An answer counts for what is lately for so long, and not for twice that. */
const LATELY_MS = 10_000;
/** More than the largest buffer of a socket holds: when so many were read, what lay there before was among them. */
export const MAX_UNREAD_PACKETS = 16_384;

export interface Asker {
  /** In the queue: its own. */
  isWaitingToAsk: boolean;
  /** Since when its peer owes it an answer; `NaN` when it owes none: its own. */
  askedAtMs: number;
  /** Asks, or gives its peer up. False when it had nothing to ask any more. */
  ask(nowMs: number): boolean;
}

interface Waiting {
  readonly asker: Asker;
  /** Packets that had been read when it came. */
  readonly readBefore: number;
}

export class Questions implements Wakeable {
  dueMs = 0;
  place = -1;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #due: DueQueue;
  readonly #counts: { readonly packetsReceived: number };
  readonly #waiting = new Fifo<Waiting>();
  /** Whose questions are under way, and since when: the oldest first. */
  readonly #places = new Map<Asker, number>();
  /** What the slowest answer took, in the span of `LATELY_MS` that began then and in the one before. */
  #slowestMs = FIRST_PLACE_MS / 2;
  #slowestBeforeMs = 0;
  #spanBeganMs = Number.NEGATIVE_INFINITY;
  #isPlanned = false;
  #readBefore = 0;

  /** `counts.packetsReceived` grows with every packet that was read. */
  constructor(clock: Clock, timers: Timers, due: DueQueue, counts: { readonly packetsReceived: number }) {
    this.#clock = clock;
    this.#timers = timers;
    this.#due = due;
    this.#counts = counts;
  }

  get underWay(): number {
    return this.#places.size;
  }

  /** Has `asker.ask` called when its turn comes. */
  add(asker: Asker): void {
    if (asker.isWaitingToAsk) return;
    asker.isWaitingToAsk = true;
    this.#waiting.push({ asker, readBefore: this.#counts.packetsReceived });
    this.#plan(this.#counts.packetsReceived);
  }

  /** The peer of one that has asked was heard. */
  answered(asker: Asker, nowMs: number): void {
    // Of one that has asked more than once it is unknown which is answered: since the first, so that places are not given up too soon.
    this.#note(nowMs - asker.askedAtMs, nowMs);
    this.forget(asker);
  }

  #note(tookMs: number, nowMs: number): void {
    const spanMs = nowMs - this.#spanBeganMs;
    if (spanMs >= LATELY_MS) {
      this.#slowestBeforeMs = spanMs < 2 * LATELY_MS ? this.#slowestMs : 0;
      this.#slowestMs = 0;
      this.#spanBeganMs = nowMs;
    }
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
  }

  /** No answer to it is awaited any more. */
  forget(asker: Asker): void {
    asker.askedAtMs = Number.NaN;
    // Perhaps in the midst of what a turn brings: how much that is will be seen of the next one.
    if (this.#places.delete(asker)) this.#plan(Number.NEGATIVE_INFINITY);
  }

  close(): void {
    this.#waiting.clear();
    this.#places.clear();
  }

  onDue(): void {
    this.#plan(this.#counts.packetsReceived);
  }

  /** At the end of a turn, before which `readBefore` packets had been read. */
  #plan(readBefore: number): void {
    if (this.#isPlanned || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    this.#readBefore = readBefore;
    this.#timers.soon(this.#run);
  }

  readonly #run = (): void => {
    this.#isPlanned = false;
    const nowMs = this.#clock.monotonicMs();
    this.#giveUpPlaces(nowMs);
    this.#let(nowMs);
    if (this.#places.size < MAX_QUESTIONS) this.#plan(this.#counts.packetsReceived);
    else if (this.#waiting.length > 0) this.#due.wakeBy(this, this.#placeFreeAtMs);
  };

  /** Lets ask as many as there are places for, and as a turn has packets. */
  #let(nowMs: number): void {
    for (let asks = 0; asks < TURN_PACKETS && this.#places.size < MAX_QUESTIONS; ) {
      const next = this.#waiting.peek();
      if (next === undefined || this.#isBehind(next)) return;
      this.#waiting.shift();
      const { asker } = next;
      asker.isWaitingToAsk = false;
      if (!asker.ask(nowMs)) continue;
      asks++;
      // One that asks again has its place for as long again.
      this.#places.delete(asker);
      this.#places.set(asker, nowMs);
      if (Number.isNaN(asker.askedAtMs)) asker.askedAtMs = nowMs;
    }
  }

  /** What lay in the socket when it came is not all read: the turn brought as much as the platform reads in one. */
  #isBehind({ readBefore }: Waiting): boolean {
    const { packetsReceived } = this.#counts;
    if (packetsReceived - this.#readBefore < TURN_PACKETS) return false;
    return packetsReceived - readBefore < MAX_UNREAD_PACKETS;
  }

  get #placeMs(): number {
    const slowestMs = Math.max(this.#slowestMs, this.#slowestBeforeMs);
    return Math.min(MAX_PLACE_MS, Math.max(MIN_PLACE_MS, 2 * slowestMs));
  }

  get #placeFreeAtMs(): number {
    for (const takenMs of this.#places.values()) return takenMs + this.#placeMs;
    return Number.POSITIVE_INFINITY;
  }

  #giveUpPlaces(nowMs: number): void {
    const before = nowMs - this.#placeMs;
    for (const [asker, takenMs] of this.#places) {
      if (takenMs > before) return;
      this.#places.delete(asker);
    }
  }
}
