/**
 * Who comes next in the total order: what the member of rank 0 decides, and puts into its own stream as runs. It places a
 * message as soon as everything that must come before it is placed, without waiting until that is delivered; so the places
 * agree with fifo and causal order, and nobody ever waits for a place that cannot come. A sync is placed when every stream has come to its
 * barrier: what is before is placed before.
 *
 * The frontier of a stream is how many of its ordered messages were passed in this sense.
 */
import { Fifo } from "../../world/index.ts";
import { isAtomic, isCausal, isSync, isTotal } from "./mode.ts";
import { ahead } from "./vector.ts";

interface Waiting {
  /** -1: a marker. */
  readonly mode: number;
  readonly bytes: Uint8Array;
  readonly vectorAt: number;
}

const MARKER: Waiting = { mode: -1, bytes: new Uint8Array(0), vectorAt: 0 };

export class Sequencer {
  readonly #frontier: Float64Array;
  readonly #waiting: readonly Fifo<Waiting>[];
  /** Markers of each stream that were passed. */
  readonly #markers: Float64Array;
  #runs: number[] = [];
  /** One of the runs places an atomic message. */
  #isPressing = false;
  #begins: number[] = [];
  #waitingCount = 0;
  /** The stream whose sync is the barrier that was begun. */
  #barrierRank = 0;
  #isBarrier = false;
  #barriers = 0;

  constructor(members: number) {
    this.#frontier = new Float64Array(members);
    this.#markers = new Float64Array(members);
    this.#waiting = Array.from({ length: members }, () => new Fifo<Waiting>());
  }

  get hasRuns(): boolean {
    return this.#runs.length > 0;
  }

  /** Something is to be put into the stream. */
  get hasWork(): boolean {
    return this.#runs.length > 0 || this.#begins.length > 0;
  }

  /** Pairs of rank and count, in the total order. */
  takeRuns(): readonly number[] {
    const runs = this.#runs;
    this.#runs = [];
    return runs;
  }

  /** Whether somebody waits until the runs that were taken are stable. */
  takePressing(): boolean {
    const isPressing = this.#isPressing;
    this.#isPressing = false;
    return isPressing;
  }

  /** Streams whose next sync is to be begun, once each. */
  takeBegins(): readonly number[] {
    const begins = this.#begins;
    if (begins.length > 0) this.#begins = [];
    return begins;
  }

  /** The next ordered message of a stream, in the order of the stream. */
  offer(rank: number, mode: number, bytes: Uint8Array, vectorAt: number): void {
    const queue = this.#waiting[rank] as Fifo<Waiting>;
    if (queue.length === 0 && !isSync(mode) && this.#isNext(rank, mode, bytes, vectorAt)) {
      this.#pass(rank, mode);
      if (this.#waitingCount > 0) this.#settle();
      return;
    }
    // The bytes that others' vectors lie in stay what they are; our own bundle may still grow.
    queue.push({ mode, bytes, vectorAt });
    this.#waitingCount++;
    if (queue.length === 1) this.#settle();
  }

  /** A marker, in the order of the stream. */
  mark(rank: number): void {
    const queue = this.#waiting[rank] as Fifo<Waiting>;
    queue.push(MARKER);
    this.#waitingCount++;
    if (queue.length === 1) this.#settle();
  }

  #settle(): void {
    let isMoving = true;
    while (isMoving) {
      isMoving = false;
      for (let rank = 0; rank < this.#waiting.length; rank++) if (this.#advance(rank)) isMoving = true;
      if (!isMoving) isMoving = this.#passBarrier();
    }
  }

  #advance(rank: number): boolean {
    const queue = this.#waiting[rank] as Fifo<Waiting>;
    let isMoving = false;
    for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
      if (head === MARKER) {
        if ((this.#markers[rank] as number) >= this.#barriers) break;
        this.#markers[rank] = (this.#markers[rank] as number) + 1;
      } else if (isSync(head.mode) || !this.#isNext(rank, head.mode, head.bytes, head.vectorAt)) break;
      else this.#pass(rank, head.mode);
      queue.shift();
      this.#waitingCount--;
      isMoving = true;
    }
    return isMoving;
  }

  /** Begins the barrier of a sync that is next in its stream, or passes it when all streams have come to it. */
  #passBarrier(): boolean {
    const rank = this.#nextSync();
    if (rank < 0) return false;
    if (!this.#isBarrier) {
      this.#isBarrier = true;
      this.#barrierRank = rank;
      this.#begins.push(rank);
    }
    if (!this.#waiting.every((queue) => isAtBarrier(queue.peek()))) return false;
    const at = this.#barrierRank;
    const queue = this.#waiting[at] as Fifo<Waiting>;
    this.#pass(at, (queue.shift() as Waiting).mode);
    this.#waitingCount--;
    this.#isBarrier = false;
    this.#barriers++;
    return true;
  }

  #nextSync(): number {
    if (this.#isBarrier) return this.#barrierRank;
    return this.#waiting.findIndex((queue, rank) => {
      const head = queue.peek();
      return (
        head !== undefined &&
        head !== MARKER &&
        isSync(head.mode) &&
        this.#isNext(rank, head.mode, head.bytes, head.vectorAt)
      );
    });
  }

  #isNext(rank: number, mode: number, bytes: Uint8Array, vectorAt: number): boolean {
    if (!isCausal(mode)) return true;
    for (let other = 0; other < this.#frontier.length; other++) {
      if (other !== rank && ahead(this.#frontier[other] as number, bytes, vectorAt, other) < 0) return false;
    }
    return true;
  }

  #pass(rank: number, mode: number): void {
    this.#frontier[rank] = (this.#frontier[rank] as number) + 1;
    if (!isTotal(mode)) return;
    if (isAtomic(mode)) this.#isPressing = true;
    const runs = this.#runs;
    const last = runs.length - 2;
    if (last >= 0 && runs[last] === rank) runs[last + 1] = (runs[last + 1] as number) + 1;
    else runs.push(rank, 1);
  }
}

function isAtBarrier(head: Waiting | undefined): boolean {
  return head !== undefined && (head === MARKER || isSync(head.mode));
}
