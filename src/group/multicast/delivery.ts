/**
 * When a received message is delivered: the rules of all orders and guarantees in one view, as one machine without time.
 *
 * Every stream's messages of order fifo and above are delivered in their order, so the head of each hold-back queue is all there
 * is to look at. `causal`: the two conditions of a precedence vector. `total`: the sequencer, the member of rank 0, puts runs into its
 * stream that say from whose stream the next come. `atomic`: the message is stable, and the run that placed it. `sync`: a
 * barrier; its place in each stream is a marker, which the member puts there when the sequencer has begun the barrier, or
 * a sync of its own that waits; when all streams stand at the barrier, and everybody has what is before it, it is delivered.
 */

import { Fifo } from "../../world/index.ts";
import {
  BEGIN,
  CAUSAL,
  countOfBundle,
  FIRST,
  ItemCursor,
  LAST,
  MARKER,
  MESSAGE,
  NEXT,
  RUNS,
  sequenceOfBundle,
} from "./bundle.ts";
import { acknowledgeableOf, hasPast } from "./known-past.ts";
import { type Held, Lane, MARKER_MODE } from "./lane.ts";
import { isAtomic, isCausal, isSync, isTotal, isUnordered } from "./mode.ts";
import type { Bundle } from "./outgoing.ts";
import { Places } from "./places.ts";
import { ahead, vectorLengthOf } from "./vector.ts";

export interface DeliverySink {
  /** The payload is a view of what was received. What is called here may multicast. */
  deliver(rank: number, sequence: number, mode: number, payload: Uint8Array): void;
  /** A message waits for its turn: for traces. */
  held(rank: number, sequence: number, mode: number): void;
  /** The sequencer began a barrier: put a marker into our own stream. */
  mark(): void;
  /** Looked at before anything else does: for the sequencer. */
  offered(rank: number, mode: number, bytes: Uint8Array, vectorAt: number): void;
  marked(rank: number): void;
}

/** The rank of who says what comes next in the total order. */
export const SEQUENCER = 0;

export class Delivery {
  readonly lanes: readonly Lane[];
  readonly places = new Places();
  /** Streams whose next sync is a barrier that was begun, in the order of their beginning. */
  readonly begun = new Fifo<number>();
  /** Barriers that were passed. */
  passed = 0;
  readonly #sink: DeliverySink;
  readonly #cursor = new ItemCursor();
  /** Messages and markers that are held. */
  #waiting = 0;

  constructor(members: number, sink: DeliverySink) {
    this.lanes = Array.from({ length: members }, (_, rank) => new Lane(rank));
    this.#sink = sink;
  }

  /** Messages that are held, and markers. */
  get waiting(): number {
    return this.#waiting;
  }

  lane(rank: number): Lane {
    return this.lanes[rank] as Lane;
  }

  /** Takes what was received of a stream, up to the item `until`, and delivers what can be. */
  take(lane: Lane, until: number): void {
    const { pending } = lane;
    for (let bundle = pending.shift(); bundle !== undefined; bundle = pending.shift())
      this.#takeBundle(lane, bundle, until);
    lane.forget();
    this.settle();
  }

  #takeBundle(lane: Lane, { bytes, first }: Bundle, until: number): void {
    const cursor = this.#cursor;
    cursor.open(bytes);
    let sequence = sequenceOfBundle(bytes);
    const end = first + countOfBundle(bytes);
    for (let number = first; number < end && cursor.next(); number++) {
      const { kind } = cursor;
      if (number > lane.taken && number <= until) {
        lane.taken = number;
        this.#takeItem(lane, cursor, number, sequence);
      }
      if (kind === MESSAGE || kind === CAUSAL || kind === LAST) sequence++;
    }
    cursor.close();
  }

  #takeItem(lane: Lane, cursor: ItemCursor, number: number, sequence: number): void {
    switch (cursor.kind) {
      case MESSAGE:
      case CAUSAL:
        this.#offer(lane, number, sequence, cursor.mode, cursor.bytes, cursor.vectorAt, cursor.payload());
        return;
      case FIRST:
        lane.startMessage(cursor);
        return;
      case NEXT:
        lane.continueMessage(cursor);
        return;
      case LAST:
        this.#takeLast(lane, cursor, number, sequence);
        return;
      case RUNS:
        this.places.add(cursor, number);
        return;
      case BEGIN:
        this.begun.push(cursor.rank);
        this.#sink.mark();
        return;
      case MARKER:
        this.#sink.marked(lane.rank);
        this.#takeMarker(lane, number);
    }
  }

  #takeLast(lane: Lane, cursor: ItemCursor, number: number, sequence: number): void {
    const { vectorLength, vectorAt, bytes } = cursor;
    const whole = lane.endMessage(cursor);
    if (whole === undefined || vectorLength !== vectorLengthOf(whole.mode, this.lanes.length)) return;
    this.#offer(lane, number, sequence, whole.mode, bytes, vectorAt, whole.payload);
  }

  #takeMarker(lane: Lane, number: number): void {
    lane.markers++;
    if (lane.markers <= this.passed) return;
    lane.holdMarker(number);
    this.#waiting++;
  }

  #offer(
    lane: Lane,
    number: number,
    sequence: number,
    mode: number,
    bytes: Uint8Array,
    vectorAt: number,
    payload: Uint8Array,
  ): void {
    if (isUnordered(mode)) {
      if (lane.barriers.length === 0 && (!isAtomic(mode) || lane.stable >= number)) {
        this.#sink.deliver(lane.rank, sequence, mode, payload);
        return;
      }
      lane.loose.push({ number, sequence, mode, bytes, vectorAt, payload });
      this.#waiting++;
      this.#sink.held(lane.rank, sequence, mode);
      return;
    }
    lane.heard++;
    this.#sink.offered(lane.rank, mode, bytes, vectorAt);
    if (lane.held.length === 0 && !isSync(mode) && this.#isReady(lane, number, mode, bytes, vectorAt)) {
      this.#deliver(lane, sequence, mode, payload);
      return;
    }
    const held = { number, sequence, mode, bytes, vectorAt, payload };
    lane.hold(held);
    this.#waiting++;
    if (isCausal(mode) && !hasPast(this.lanes, lane, held)) lane.orphans.push(held);
    this.#sink.held(lane.rank, sequence, mode);
  }

  /** Delivers everything that can be, until nothing more can. */
  settle(): void {
    let isMoving = this.#waiting > 0;
    while (isMoving) {
      isMoving = false;
      for (const lane of this.lanes) {
        if (lane.loose.length > 0 && this.#advanceLoose(lane)) isMoving = true;
        if (lane.held.length > 0 && this.#advance(lane)) isMoving = true;
      }
    }
  }

  #advance(lane: Lane): boolean {
    let isMoving = false;
    for (let head = lane.held.peek(); head !== undefined; head = lane.held.peek()) {
      if (head.mode === MARKER_MODE) {
        if (head.sequence > this.passed) break;
        lane.release();
        this.#waiting--;
      } else if (isSync(head.mode)) {
        if (!this.isNextInTotal(lane) || !this.#isBarrierReached(lane, head)) break;
        this.deliverHead(lane);
      } else {
        if (!this.#isReady(lane, head.number, head.mode, head.bytes, head.vectorAt)) break;
        this.deliverHead(lane);
      }
      isMoving = true;
    }
    return isMoving;
  }

  #advanceLoose(lane: Lane): boolean {
    let isMoving = false;
    const barrier = lane.barriers.peek() ?? Number.POSITIVE_INFINITY;
    for (let head = lane.loose.peek(); head !== undefined; head = lane.loose.peek()) {
      if (head.number > barrier || (isAtomic(head.mode) && lane.stable < head.number)) break;
      lane.loose.shift();
      this.#waiting--;
      isMoving = true;
      this.#sink.deliver(lane.rank, head.sequence, head.mode, head.payload);
    }
    return isMoving;
  }

  #isReady(lane: Lane, number: number, mode: number, bytes: Uint8Array, vectorAt: number): boolean {
    if (isAtomic(mode) && lane.stable < number) return false;
    if (isTotal(mode) && !this.#isPlaced(lane, mode)) return false;
    return !isCausal(mode) || this.isCausallyNext(lane, bytes, vectorAt);
  }

  /** The next of the total order comes from this stream. */
  isNextInTotal(lane: Lane): boolean {
    return this.places.peek()?.rank === lane.rank;
  }

  #isPlaced(lane: Lane, mode: number): boolean {
    const run = this.places.peek();
    if (run?.rank !== lane.rank) return false;
    return !isAtomic(mode) || this.lane(SEQUENCER).stable >= run.number;
  }

  /**
   * The two conditions of causal delivery: the message is the very next one of its sender, and its sender had seen no message
   * of anybody else that was not delivered here.
   */
  isCausallyNext(lane: Lane, bytes: Uint8Array, vectorAt: number): boolean {
    for (const { rank, ordered } of this.lanes) {
      const difference = ahead(ordered, bytes, vectorAt, rank);
      if (rank === lane.rank ? difference !== -1 : difference < 0) return false;
    }
    return true;
  }

  /** Items of a stream that count as received here. */
  acknowledgeable(lane: Lane): number {
    return acknowledgeableOf(this.lanes, lane);
  }

  /** Every stream stands at this barrier, and everybody has all that is before it. */
  #isBarrierReached(lane: Lane, sync: Held): boolean {
    if (!this.isCausallyNext(lane, sync.bytes, sync.vectorAt)) return false;
    for (const each of this.lanes) {
      const head = each.held.peek();
      if (head === undefined || each.stable < head.number) return false;
      if (head.mode === MARKER_MODE ? head.sequence <= this.passed : !isSync(head.mode)) return false;
      const loose = each.loose.peek();
      if (loose !== undefined && loose.number < head.number) return false;
    }
    return true;
  }

  /** Delivers what is at the head of a hold-back queue; a sync passes its barrier. */
  deliverHead(lane: Lane): void {
    const { sequence, mode, payload } = lane.release();
    this.#waiting--;
    if (isSync(mode)) this.passBegun();
    this.#deliver(lane, sequence, mode, payload);
  }

  /** A barrier is passed, or will never be reached. */
  passBegun(): void {
    this.begun.shift();
    this.passed++;
  }

  /** What is held of a stream will never be delivered. */
  discard(lane: Lane): void {
    this.#waiting -= lane.discard();
  }

  #deliver(lane: Lane, sequence: number, mode: number, payload: Uint8Array): void {
    lane.ordered++;
    if (isTotal(mode)) this.places.use(lane.rank);
    this.#sink.deliver(lane.rank, sequence, mode, payload);
  }
}
