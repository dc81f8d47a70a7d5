/**
 * All multicast of one member in one view, from its installation until its members have agreed where it ends: our own stream and
 * those of the others, what is stable, what is delivered. A machine: bytes and times come in, and what is to be done goes to
 * the output. `flush` is the end of a turn: what the turn brought leaves in one bundle, and is delivered here as everywhere.
 */
import { assert, Fifo } from "../../world/index.ts";
import { Acks } from "./acks.ts";
import { countOfBundle, firstOfBundle, isBundle, isUrgentBundle, rankOfBundle } from "./bundle.ts";
import { Delivery, type DeliverySink, SEQUENCER } from "./delivery.ts";
import { finishDelivery } from "./ending.ts";
import type { Lane } from "./lane.ts";
import type { MulticastLimits } from "./limits.ts";
import { isAtomic, isLooseMode, isSync } from "./mode.ts";
import { type Bundle, Outgoing, PART_BYTES, type Past } from "./outgoing.ts";
import { Progress } from "./progress.ts";
import { Sequencer } from "./sequencer.ts";
import * as small from "./small.ts";

export interface MulticastOutput {
  /** To one member; the bytes may change after the call. */
  send(rank: number, bytes: Uint8Array): void;
  /** To the members with these ranks. */
  broadcast(ranks: readonly number[], bytes: Uint8Array): void;
  deliver(rank: number, sequence: number, mode: number, payload: Uint8Array): void;
  held(rank: number, sequence: number, mode: number): void;
  /** A message was dropped: it came too late, or its place is over. */
  discarded(rank: number, sequence: number): void;
  /** Our message of this sequence is in the stream. */
  sent(sequence: number, mode: number): void;
  /** Everybody has our message of this sequence. */
  stable(sequence: number, mode: number): void;
  /** There may be room for more of our own. */
  room(): void;
  /** The member owes acknowledgments for too long. */
  slow(rank: number): void;
  /** There is something to flush. Called often. */
  ready(): void;
}

/** What is delivered here in a turn may be answered in it, and that again, so many times; what comes then has the next turn. */
const MAX_ROUNDS = 4;

/** A message of ours on its way into the stream: long ones in parts, as there is room. */
export interface Message {
  readonly sequence: number;
  readonly mode: number;
  readonly payload: Uint8Array;
  /** Bytes that are in the stream. */
  sentBytes: number;
}

interface Awaited {
  readonly number: number;
  readonly sequence: number;
  readonly mode: number;
}

export class Multicast implements DeliverySink {
  readonly view: number;
  readonly #rank: number;
  readonly #members: number;
  readonly #limits: MulticastLimits;
  readonly #out: MulticastOutput;
  readonly #delivery: Delivery;
  readonly #outgoing: Outgoing;
  readonly #sequencer: Sequencer | undefined;
  readonly #acks: Acks;
  readonly #progress: Progress;
  readonly #past: Past;
  readonly #own: Lane;
  /** Our ordered messages. */
  #ordered = 0;
  readonly #awaited = new Fifo<Awaited>();
  readonly #looseOut = new Fifo<Uint8Array>();
  readonly #lastLoose: Float64Array;
  readonly #inStep: number[] = [];
  #isFrozen = false;
  /** By rank: items that we may have acknowledged when we froze. What comes later may be beyond the cut, and counts for nothing that its sender may conclude. */
  #promised: readonly number[] | undefined;
  #isHeld = false;
  #confirmDueMs = Number.POSITIVE_INFINITY;
  #checkMs = Number.POSITIVE_INFINITY;

  constructor(view: number, rank: number, members: number, limits: MulticastLimits, out: MulticastOutput) {
    this.view = view;
    this.#rank = rank;
    this.#members = members;
    this.#limits = limits;
    this.#out = out;
    this.#delivery = new Delivery(members, this);
    this.#own = this.#delivery.lane(rank);
    this.#outgoing = new Outgoing(view, rank, members);
    this.#sequencer = rank === SEQUENCER ? new Sequencer(members) : undefined;
    this.#acks = new Acks(members, limits);
    this.#progress = new Progress(members, limits);
    this.#past = { ordered: new Float64Array(members), items: new Float64Array(members) };
    this.#lastLoose = new Float64Array(members);
  }

  /** Our next message may enter the stream. */
  get hasRoom(): boolean {
    return !this.#isFrozen && !this.#isHeld && this.#outgoing.unstableBytes < this.#limits.windowBytes;
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    if (this.#isFrozen) return Number.POSITIVE_INFINITY;
    return Math.min(this.#acks.dueMs, this.#confirmDueMs, this.#checkMs);
  }

  /** Puts a message into the stream, or of a long one what there is room for. @returns whether all of it is in. */
  put(message: Message): boolean {
    const { mode, sequence, payload } = message;
    if (payload.length > PART_BYTES) return this.#putParts(message);
    this.#added(
      mode,
      sequence,
      this.#outgoing.message(mode, sequence, this.#noted(mode), payload, isPressing(mode)),
    );
    return true;
  }

  #putParts(message: Message): boolean {
    const { payload, mode, sequence } = message;
    while (this.hasRoom) {
      const from = message.sentBytes;
      const piece = payload.subarray(from, from + PART_BYTES);
      message.sentBytes += piece.length;
      if (from === 0) this.#outgoing.firstPart(mode, payload.length, piece);
      else if (message.sentBytes < payload.length) this.#outgoing.nextPart(piece);
      else {
        const number = this.#outgoing.lastPart(mode, sequence, this.#noted(mode), piece, isPressing(mode));
        this.#added(mode, sequence, number);
        return true;
      }
      this.#out.ready();
    }
    return false;
  }

  /** What a message says of its past. It counts itself, if it is ordered. */
  #noted(mode: number): Past {
    const { ordered, items } = this.#past;
    if ((mode & 15) > 0) this.#ordered++;
    for (const lane of this.#delivery.lanes) {
      ordered[lane.rank] = lane.ordered;
      items[lane.rank] = lane.received;
    }
    ordered[this.#rank] = this.#ordered;
    items[this.#rank] = this.#outgoing.count;
    return this.#past;
  }

  #added(mode: number, sequence: number, number: number): void {
    this.#awaited.push({ number, sequence, mode });
    this.#out.sent(sequence, mode);
    this.#out.ready();
  }

  /** Sends an unreliable message. */
  putLoose(mode: number, sequence: number, payload: Uint8Array): void {
    this.#looseOut.push(small.writeLoose(this.view, mode, sequence, this.#outgoing.count, payload));
    this.#out.sent(sequence, mode);
    this.#out.ready();
  }

  /** A bundle that came from a member, its own or one that it forwards. False for bytes that are none. */
  receive(from: number, bytes: Uint8Array, nowMs: number): boolean {
    if (!isBundle(bytes, this.#members, this.#limits.maxMessageBytes)) return false;
    const rank = rankOfBundle(bytes);
    if (rank === this.#rank) return true;
    const lane = this.#delivery.lane(rank);
    const before = lane.stable;
    const received = lane.receive(bytes, countOfBundle(bytes));
    if (received === "gap") this.#reportGap(lane, from, nowMs);
    if (received === "new" && from === rank) this.#acks.owe(lane, bytes.length, isUrgentBundle(bytes), nowMs);
    if (this.#isFrozen || this.#isHeld) return true;
    if (received === "new") this.#delivery.take(lane, Number.POSITIVE_INFINITY);
    else if (lane.stable > before) this.#delivery.settle();
    this.#out.ready();
    return true;
  }

  #reportGap(lane: Lane, from: number, nowMs: number): void {
    if (from !== lane.rank || this.#isFrozen || !this.#progress.mayResend(lane.rank, nowMs)) return;
    const count = this.acknowledgeable(lane.rank);
    this.#acks.told(lane.rank, count);
    this.#out.send(lane.rank, small.writeAck(this.view, true, count));
  }

  receiveAck(from: number, bytes: Uint8Array, nowMs: number): boolean {
    if (!small.isAck(bytes)) return false;
    const count = small.countOfAck(bytes);
    if (small.isGapAck(bytes)) this.resend(from, count);
    this.#acknowledge(from, count, nowMs);
    return true;
  }

  #acknowledge(from: number, count: number, nowMs: number): void {
    const outgoing = this.#outgoing;
    const before = outgoing.acknowledgedBy(from);
    const isMore = outgoing.acknowledge(from, count);
    if (outgoing.acknowledgedBy(from) > before)
      this.#progress.acknowledged(from, outgoing.acknowledgedBy(from) >= this.#own.received, nowMs);
    if (isMore) this.#settleOwn(nowMs);
  }

  /** More of our stream is stable. */
  #settleOwn(nowMs: number): void {
    const { stable } = this.#outgoing;
    this.#own.confirm(stable);
    this.#tellStable(stable);
    if (this.#isFrozen) return;
    this.#confirmDueMs = Math.min(this.#confirmDueMs, nowMs + this.#limits.confirmDelayMs);
    if (!this.#isHeld) this.#delivery.settle();
    if (this.hasRoom) this.#out.room();
    this.#out.ready();
  }

  #tellStable(stable: number): void {
    for (
      let next = this.#awaited.peek();
      next !== undefined && next.number <= stable;
      next = this.#awaited.peek()
    ) {
      this.#awaited.shift();
      this.#out.stable(next.sequence, next.mode);
    }
  }

  receiveConfirm(from: number, bytes: Uint8Array): boolean {
    if (!small.isConfirm(bytes)) return false;
    const lane = this.#delivery.lane(from);
    if (!lane.confirm(small.stableOfConfirm(bytes)) || this.#isFrozen || this.#isHeld) return true;
    this.#delivery.settle();
    this.#out.ready();
    return true;
  }

  /** An unreliable message: delivered if it is on the right side of every barrier, and else dropped. */
  receiveLoose(from: number, bytes: Uint8Array): boolean {
    if (!small.isLoose(bytes) || !isLooseMode(small.modeOfLoose(bytes))) return false;
    const lane = this.#delivery.lane(from);
    const sequence = small.sequenceOfLoose(bytes);
    if (this.#isFrozen || this.#isHeld || !this.#isOnTime(lane, bytes)) {
      this.#out.discarded(from, sequence);
      return true;
    }
    const mode = small.modeOfLoose(bytes);
    if (mode !== 0) this.#lastLoose[from] = sequence;
    this.#out.deliver(from, sequence, mode, small.payloadOfLoose(bytes));
    return true;
  }

  #isOnTime(lane: Lane, bytes: Uint8Array): boolean {
    const after = small.afterOfLoose(bytes);
    if (
      after > lane.taken ||
      after < lane.passed ||
      after >= (lane.barriers.peek() ?? Number.POSITIVE_INFINITY)
    )
      return false;
    return (
      small.modeOfLoose(bytes) === 0 || small.sequenceOfLoose(bytes) > (this.#lastLoose[lane.rank] as number)
    );
  }

  /** The member says, over the link that is up, that it is in the view and has so many of our items. */
  join(rank: number, received: number, nowMs: number): void {
    if (this.#isFrozen || rank === this.#rank) return;
    if (!this.#progress.isInStep(rank)) {
      this.#progress.setInStep(rank, true);
      this.#inStep.push(rank);
    }
    this.resend(rank, received);
    this.#acknowledge(rank, received, nowMs);
    // The confirmation of our last items may have gone down with the link, and nothing else might ever be sent.
    if (this.#outgoing.stable > 0) this.#out.send(rank, small.writeConfirm(this.view, this.#outgoing.stable));
  }

  /** The link to the member is gone. */
  part(rank: number): void {
    if (!this.#progress.isInStep(rank)) return;
    this.#progress.setInStep(rank, false);
    this.#inStep.splice(this.#inStep.indexOf(rank), 1);
  }

  isInStep(rank: number): boolean {
    return rank === this.#rank || this.#progress.isInStep(rank);
  }

  /** Sends what of our stream was sent before, after so many items. */
  resend(rank: number, received: number): void {
    if (!this.#progress.isInStep(rank)) return;
    for (const { bytes } of this.#own.keptAfter(received)) this.#out.send(rank, bytes);
  }

  /** What is kept of anybody's stream after so many items, without a gap; undefined when it is not all here. */
  keptAfter(rank: number, received: number): Bundle[] | undefined {
    const kept = [...this.#delivery.lane(rank).keptAfter(received)];
    const [first] = kept;
    return first === undefined || first.first > received + 1 ? undefined : kept;
  }

  receivedOf(rank: number): number {
    return this.#delivery.lane(rank).received;
  }

  /** What the member of this rank may hear of how much of its stream is here: once we are frozen, nothing new. */
  readonly acknowledgeable = (rank: number): number =>
    this.#promised?.[rank] ?? this.#delivery.acknowledgeable(this.#delivery.lane(rank));

  /** By rank: items that are here. */
  received(): number[] {
    return this.#delivery.lanes.map(({ received }) => received);
  }

  holds(cut: readonly number[]): boolean {
    return this.#delivery.lanes.every(({ received }, rank) => received >= (cut[rank] as number));
  }

  /** The end of a turn, and what is due. */
  flush(nowMs: number): void {
    if (this.#isFrozen) return;
    if (!this.#isHeld) this.#flushStream(nowMs);
    this.#acks.flush(this.#delivery.lanes, this.acknowledgeable, nowMs, this.#sendAck);
    this.#flushConfirm(nowMs);
    if (nowMs >= this.#checkMs) this.#check(nowMs);
  }

  #flushStream(nowMs: number): void {
    const outgoing = this.#outgoing;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.#addRuns();
      outgoing.close();
      for (let bundle = outgoing.take(); bundle !== undefined; bundle = outgoing.take())
        this.#sendBundle(bundle, nowMs);
      if (!outgoing.hasOpen && !this.#sequencer?.hasWork) break;
    }
    if (outgoing.hasOpen) this.#out.ready();
    for (let bytes = this.#looseOut.shift(); bytes !== undefined; bytes = this.#looseOut.shift()) {
      this.#out.broadcast(this.#inStep, bytes);
      this.receiveLoose(this.#rank, bytes);
    }
  }

  #addRuns(): void {
    const sequencer = this.#sequencer;
    if (sequencer === undefined) return;
    if (sequencer.hasRuns) this.#outgoing.runs(sequencer.takeRuns(), sequencer.takePressing());
    for (const rank of sequencer.takeBegins()) this.#outgoing.begin(rank);
  }

  #sendBundle(bundle: Bundle, nowMs: number): void {
    const own = this.#own;
    this.#out.broadcast(this.#inStep, bundle.bytes);
    this.#confirmDueMs = Number.POSITIVE_INFINITY;
    const received = own.receive(bundle.bytes, bundle.count);
    assert(
      received === "new" && firstOfBundle(bundle.bytes) === bundle.first,
      "own bundles follow each other",
    );
    if (this.#members === 1) {
      if (this.#outgoing.settleAlone()) this.#settleOwn(nowMs);
    } else {
      this.#progress.sent(nowMs);
      this.#checkMs = Math.min(this.#checkMs, nowMs + this.#limits.resendMs);
    }
    this.#delivery.take(own, Number.POSITIVE_INFINITY);
  }

  readonly #sendAck = (rank: number, count: number): void => {
    if (rank !== this.#rank) this.#out.send(rank, small.writeAck(this.view, false, count));
  };

  #flushConfirm(nowMs: number): void {
    const outgoing = this.#outgoing;
    if (!outgoing.isTellingStable) this.#confirmDueMs = Number.POSITIVE_INFINITY;
    else if (outgoing.isTellingUrgent || this.#confirmDueMs <= nowMs) {
      this.#confirmDueMs = Number.POSITIVE_INFINITY;
      this.#out.broadcast(this.#inStep, small.writeConfirm(this.view, outgoing.tellStable()));
    }
  }

  #check(nowMs: number): void {
    const resend = (rank: number) => this.resend(rank, this.#outgoing.acknowledgedBy(rank));
    const slow = (rank: number) => this.#out.slow(rank);
    this.#checkMs = this.#progress.check(nowMs, this.#rank, resend, slow);
  }

  /** Acknowledges nothing until told otherwise: there is no room for more. */
  holdAcks(isHeld: boolean): void {
    if (!this.#isFrozen) this.#acks.isHeld = isHeld;
  }

  /** Takes what comes, delivers and sends nothing. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Goes on after `hold`. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.#isFrozen) return;
    for (const lane of this.#delivery.lanes) this.#delivery.take(lane, Number.POSITIVE_INFINITY);
    this.#out.room();
    this.#out.ready();
  }

  /** The view is about to end: sends what there is, and from then on nothing, nor delivers or acknowledges anything. */
  freeze(nowMs: number): void {
    if (this.#isFrozen) return;
    if (this.#isHeld) this.#keepUnsent();
    else this.#flushStream(nowMs);
    this.#isFrozen = true;
    this.#promised = this.#delivery.lanes.map((lane) => this.#delivery.acknowledgeable(lane));
    this.#acks.isHeld = true;
  }

  /** What we had put into our stream while nothing could be sent counts as sent: others fetch it. */
  #keepUnsent(): void {
    this.#outgoing.close();
    for (let bundle = this.#outgoing.take(); bundle !== undefined; bundle = this.#outgoing.take())
      this.#own.receive(bundle.bytes, bundle.count);
  }

  /** The view ends with this cut, of which everything is here: delivers what is left. */
  finish(cut: readonly number[]): void {
    assert(this.holds(cut), "a view ends when everything up to its cut is here");
    this.#isFrozen = true;
    finishDelivery(this.#delivery, cut);
    this.#tellStable(cut[this.#rank] as number);
  }

  deliver(rank: number, sequence: number, mode: number, payload: Uint8Array): void {
    this.#out.deliver(rank, sequence, mode, payload);
  }

  held(rank: number, sequence: number, mode: number): void {
    this.#out.held(rank, sequence, mode);
  }

  mark(): void {
    if (this.#isFrozen) return;
    this.#outgoing.marker();
    this.#out.ready();
  }

  offered(rank: number, mode: number, bytes: Uint8Array, vectorAt: number): void {
    if (!this.#isFrozen) this.#sequencer?.offer(rank, mode, bytes, vectorAt);
  }

  marked(rank: number): void {
    if (!this.#isFrozen) this.#sequencer?.mark(rank);
  }
}

/** Somebody waits until it is stable: it is acknowledged and confirmed without delay. */
function isPressing(mode: number): boolean {
  return isAtomic(mode) || isSync(mode);
}
