/**
 * All multicast of one member in one view, from its installation until its members have agreed where it ends: our own stream and
 * those of the others, what is stable, what is delivered. A machine: bytes and times come in, and what is to be done goes to
 * the output. `flush` is the end of a turn: what the turn brought leaves in one bundle, and is delivered here as everywhere.
 */
import { assert } from "../../world/index.ts";
import { Acks } from "./acks.ts";
import { countOfBundle, firstOfBundle, isBundle, isUrgentBundle, rankOfBundle } from "./bundle.ts";
import { Delivery, type DeliverySink, SEQUENCER } from "./delivery.ts";
import { finishDelivery } from "./ending.ts";
import type { Lane } from "./lane.ts";
import type { MulticastLimits } from "./limits.ts";
import { LooseMessages } from "./loose.ts";
import { type Bundle, Outgoing } from "./outgoing.ts";
import type { MulticastOutput } from "./output.ts";
import { type Message, OwnMessages, type Window } from "./own-messages.ts";
import { Sequencer } from "./sequencer.ts";
import * as small from "./small.ts";
import { Stability } from "./stability.ts";

/** What is delivered here in a turn may be answered in it, and that again, so many times; what comes then has the next turn. */
const MAX_ROUNDS = 4;

export class Multicast implements DeliverySink, Window {
  readonly view: number;
  readonly #rank: number;
  readonly #members: number;
  readonly #limits: MulticastLimits;
  readonly #out: MulticastOutput;
  readonly #delivery: Delivery;
  readonly #outgoing: Outgoing;
  readonly #sequencer: Sequencer | undefined;
  readonly #acks: Acks;
  readonly #stability: Stability;
  readonly #messages: OwnMessages;
  readonly #loose: LooseMessages;
  readonly #own: Lane;
  #isFrozen = false;
  /** By rank: items that we may have acknowledged when we froze. What comes later may be beyond the cut, and counts for nothing that its sender may conclude. */
  #promised: readonly number[] | undefined;
  #isHeld = false;

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
    const { lanes } = this.#delivery;
    this.#stability = new Stability(view, members, this.#outgoing, this.#own, limits, out);
    this.#messages = new OwnMessages(rank, this.#outgoing, lanes, this, out);
    this.#loose = new LooseMessages(view, lanes, out);
  }

  /** Our next message may enter the stream. */
  get hasRoom(): boolean {
    return !this.#isFrozen && !this.#isHeld && this.#outgoing.unstableBytes < this.#limits.windowBytes;
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    if (this.#isFrozen) return Number.POSITIVE_INFINITY;
    return Math.min(this.#acks.dueMs, this.#stability.nextMs);
  }

  /** Puts a message into the stream, or of a long one what there is room for. @returns whether all of it is in. */
  put(message: Message): boolean {
    return this.#messages.put(message);
  }

  /** Sends an unreliable message. */
  putLoose(mode: number, sequence: number, payload: Uint8Array): void {
    this.#loose.put(mode, sequence, this.#outgoing.count, payload);
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
    if (from !== lane.rank || this.#isFrozen || !this.#stability.mayComplain(lane.rank, nowMs)) return;
    const count = this.acknowledgeable(lane.rank);
    this.#acks.told(lane.rank, count);
    this.#out.send(lane.rank, small.writeAck(this.view, true, count));
  }

  receiveAck(from: number, bytes: Uint8Array, nowMs: number): boolean {
    if (!small.isAck(bytes)) return false;
    const count = small.countOfAck(bytes);
    if (small.isGapAck(bytes)) this.#stability.resend(from, count);
    this.#acknowledge(from, count, nowMs);
    return true;
  }

  #acknowledge(from: number, count: number, nowMs: number): void {
    if (this.#stability.acknowledge(from, count, nowMs)) this.#settleOwn(nowMs);
  }

  /** More of our stream is stable. */
  #settleOwn(nowMs: number): void {
    const { stable } = this.#outgoing;
    this.#own.confirm(stable);
    this.#messages.tellStable(stable);
    if (this.#isFrozen) return;
    this.#stability.confirmSoon(nowMs);
    if (!this.#isHeld) this.#delivery.settle();
    if (this.hasRoom) this.#out.room();
    this.#out.ready();
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
    return this.#loose.receive(from, bytes, this.#isFrozen || this.#isHeld);
  }

  /** The member says, over the link that is up, that it is in the view and has so many of our items. */
  join(rank: number, received: number, nowMs: number): void {
    if (this.#isFrozen || rank === this.#rank) return;
    this.#stability.join(rank);
    this.#stability.resend(rank, received);
    this.#acknowledge(rank, received, nowMs);
    this.#stability.confirmTo(rank);
  }

  /** The link to the member is gone. */
  part(rank: number): void {
    this.#stability.part(rank);
  }

  isInStep(rank: number): boolean {
    return rank === this.#rank || this.#stability.isInStep(rank);
  }

  /** Every member has all that we put into our stream, so it is in every cut with which the view may end. */
  get isAllStable(): boolean {
    return !this.#outgoing.hasOpen && this.#own.stable >= this.#own.received;
  }

  /** What is kept of anybody's stream after so many items, without a gap; undefined when it is not all here. */
  keptAfter(rank: number, received: number): Bundle[] | undefined {
    return this.#delivery.lane(rank).keptWithoutGap(received);
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
    this.#stability.flush(nowMs);
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
    for (let bytes = this.#loose.take(); bytes !== undefined; bytes = this.#loose.take()) {
      this.#out.broadcast(this.#stability.inStep, bytes);
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
    this.#out.broadcast(this.#stability.inStep, bundle.bytes);
    this.#stability.confirmed();
    const received = own.receive(bundle.bytes, bundle.count);
    assert(
      received === "new" && firstOfBundle(bundle.bytes) === bundle.first,
      "own bundles follow each other",
    );
    if (this.#members === 1) {
      if (this.#outgoing.settleAlone()) this.#settleOwn(nowMs);
    } else this.#stability.sent(nowMs);
    this.#delivery.take(own, Number.POSITIVE_INFINITY);
  }

  readonly #sendAck = (rank: number, count: number): void => {
    if (rank !== this.#rank) this.#out.send(rank, small.writeAck(this.view, false, count));
  };

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
    this.#messages.tellStable(cut[this.#rank] as number);
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
