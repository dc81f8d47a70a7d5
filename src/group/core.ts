/**
 * A member of a group, from its first question to be let in until it is out: views and multicast as one pure state machine. What
 * happens comes in with its time, what is to be done goes to the output, at once and in order. No promises, no clock, no timers:
 * `nextMs` says when it wants to be called at the latest, and `flush` ends a turn.
 *
 * Here is what comes in, and whose it is; the machines that deal with it are joined in `machines.ts`.
 */
import { assert } from "../world/index.ts";
import type { CoreOptions, CoreOutput } from "./core-types.ts";
import { Machines } from "./machines.ts";
import type { Acceptor } from "./membership/acceptor.ts";
import type { GroupView, Seat } from "./membership/seat.ts";
import { MAX_LOOSE_BYTES } from "./multicast/limits.ts";
import { modeOf } from "./multicast/mode.ts";
import { kindOf, viewOf } from "./multicast/small.ts";
import type { Guarantee, Order } from "./types.ts";
import { type Control, decodeControl, Kind } from "./wire/messages.ts";

/** Messages to oneself that lead to more of them. */
const MAX_ROUNDS = 100;

export class GroupCore {
  readonly seat: Seat;
  readonly #options: CoreOptions;
  readonly #out: CoreOutput;
  readonly #machines: Machines;

  constructor(options: CoreOptions, out: CoreOutput) {
    this.seat = options.seat;
    this.#options = options;
    this.#out = out;
    this.#machines = new Machines(options, out);
    const { membership, acceptor } = this.#machines;
    for (const node of options.contacts) membership.joining.addContact(node);
    membership.joining.start(options.nowMs);
    out.reach(acceptor.view.members);
  }

  /** What the next life of this node begins with. */
  get record(): Acceptor {
    return this.#machines.acceptor;
  }

  get isFrozen(): boolean {
    return this.#machines.stay.isFrozen;
  }

  get isBlocked(): boolean {
    return this.#machines.telling.isBlocked;
  }

  get isOut(): boolean {
    return this.#machines.isOut;
  }

  /** The view that the application is in. */
  get view(): GroupView | undefined {
    return this.#machines.telling.isOpen ? this.#machines.stay.installed?.view : undefined;
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    if (this.#machines.isOut) return Number.POSITIVE_INFINITY;
    const { nextMs = Number.POSITIVE_INFINITY } = this.#machines.stay.installed?.multicast ?? {};
    return Math.min(
      this.#machines.membership.nextMs,
      nextMs,
      this.#machines.stay.nextMs,
      this.#machines.upkeep.dueMs,
    );
  }

  // What comes in.

  /** A message from a node; the bytes are the core's from now on. */
  receive(from: string, bytes: Uint8Array, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    const kind = kindOf(bytes);
    if (kind >= Kind.GROUP_BUNDLE && kind <= Kind.GROUP_LOOSE)
      this.#receiveMulticast(from, kind, bytes, nowMs);
    else {
      const message = decodeControl(bytes);
      if (message === undefined) this.#out.trouble(from);
      else this.#dispatch(from, message, nowMs);
    }
    this.#leave(nowMs);
  }

  linkUp(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.neighbours.up(node);
    this.#machines.introductions.greet(node, false);
    this.#leave(nowMs);
  }

  linkDown(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.neighbours.down(node);
    const rank = this.#machines.rankOfNode(node);
    if (rank >= 0) this.#machines.stay.installed?.multicast.part(rank);
    this.#leave(nowMs);
  }

  /** The record of this token, and all before it, are on the disk. */
  stored(token: number, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.membership.stored(token);
    this.#leave(nowMs);
  }

  /** The node is held for dead. */
  suspect(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.neighbours.suspect(node, true);
    const rank = this.#machines.rankOfNode(node);
    if (
      rank >= 0 &&
      rank !== this.#machines.stay.installed?.rank &&
      this.#machines.membership.suspicions.add(rank)
    )
      this.#machines.introductions.tellSuspicions();
    this.#leave(nowMs);
  }

  /** A node that was suspected was heard of again. */
  trust(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.neighbours.suspect(node, false);
    const rank = this.#machines.rankOfNode(node);
    if (rank >= 0 && this.#machines.membership.suspicions.remove(rank))
      this.#machines.introductions.tellSuspicions();
    this.#leave(nowMs);
  }

  /**
   * Multicasts to the group; what it is made of was copied when this returns. @returns the message's sequence; 0: there is no
   * room, and `room` will be called. @throws RangeError for a message that is too large, or of an order that its guarantee cannot have.
   */
  multicast(order: Order, guarantee: Guarantee, payload: Uint8Array): number {
    const mode = modeOf(order, guarantee);
    const { maxMessageBytes } = this.#options.limits;
    const most = guarantee === "unreliable" ? Math.min(MAX_LOOSE_BYTES, maxMessageBytes) : maxMessageBytes;
    if (payload.length > most)
      throw new RangeError(`a message of ${payload.length} bytes: the most is ${most}`);
    if (this.#machines.isOut) return 0;
    const multicast = this.#machines.sendingIn();
    if (guarantee !== "unreliable") return this.#machines.queue.add(mode, payload, multicast);
    const sequence = ++this.#machines.queue.sequence;
    if (multicast?.hasRoom) multicast.putLoose(mode, sequence, payload);
    return sequence;
  }

  /** The sequence of a message that goes another way; 0 when this member is out. */
  takeSequence(): number {
    return this.#machines.isOut ? 0 : ++this.#machines.queue.sequence;
  }

  /** Asks to be let go: what was sent before is delivered to those who stay. */
  leave(nowMs: number): void {
    this.#machines.membership.isLeaving = true;
    this.#machines.upkeep.hasten(nowMs);
    this.#out.ready();
  }

  /** The state that `pull` asked for is here, and with the application. */
  stateReceived(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    const { telling, stay } = this.#machines;
    telling.stateReceived(stay.isFrozen);
    if (!this.#machines.pause.isAsking) this.#machines.open();
    this.#leave(nowMs);
  }

  /** A message of a transfer or of the detector, to a node. */
  sendControl(node: string, message: Extract<Control, { kind: "pull" | "chunk" | "detector" }>): void {
    if (!this.#machines.isOut) this.#machines.send(node, message);
  }

  /** The end of a turn, and what is due. */
  flush(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#machines.upkeep.flush(nowMs);
    if (!this.#machines.isOut) this.#machines.stay.flush(nowMs);
    if (!this.#machines.isOut) this.#machines.stay.installed?.multicast.flush(nowMs);
    this.#leave(nowMs);
  }

  /** @returns whether there is anything to do for a member at all. */
  #enter(nowMs: number): boolean {
    if (this.#machines.isOut) return false;
    this.#machines.nowMs = nowMs;
    const wasPaused = this.#machines.pause.wasPaused(nowMs);
    if (wasPaused && this.#machines.stay.installed !== undefined && !this.#machines.stay.isFrozen)
      this.#machines.pause.ask();
    return true;
  }

  /** What we told ourselves is done, then what follows of it all. */
  #leave(nowMs: number): void {
    for (let round = 0; !this.#machines.isOut; round++) {
      assert(round < MAX_ROUNDS, "what a node tells itself comes to an end");
      const local = this.#machines.local;
      for (
        let message = local.shift();
        message !== undefined && !this.#machines.isOut;
        message = local.shift()
      )
        this.#dispatch(this.seat.node, message, nowMs);
      if (this.#machines.isOut) return;
      this.#machines.membership.check(nowMs);
      if (local.length === 0) return;
    }
  }

  // Multicast.

  #receiveMulticast(from: string, kind: number, bytes: Uint8Array, nowMs: number): void {
    const { installed } = this.#machines.stay;
    if (installed === undefined || viewOf(bytes) !== installed.view.id) return;
    const rank = this.#machines.rankOfNode(from);
    if (rank < 0) return;
    const { multicast } = installed;
    let isGood = true;
    if (kind === Kind.GROUP_BUNDLE) {
      isGood = multicast.receive(rank, bytes, nowMs);
      if (this.#machines.stay.isFrozen) this.#machines.stay.received(nowMs);
      else if (!this.#machines.telling.isOpen) this.#machines.boundHeld(multicast);
    } else if (kind === Kind.GROUP_ACK) isGood = multicast.receiveAck(rank, bytes, nowMs);
    else if (kind === Kind.GROUP_CONFIRM) isGood = multicast.receiveConfirm(rank, bytes);
    else isGood = multicast.receiveLoose(rank, bytes);
    if (!isGood) this.#out.trouble(from);
  }

  // Control messages.

  #dispatch(from: string, message: Control, nowMs: number): void {
    switch (message.kind) {
      case "hello":
        this.#machines.introductions.hello(from, message.hello, nowMs);
        return;
      case "news":
        this.#machines.introductions.news(from, message.isLive, message.view, nowMs);
        return;
      case "join":
        this.#machines.introductions.asked(from, message, nowMs);
        return;
      case "prepare":
        this.#machines.introductions.meetView(from, message.view, nowMs);
        this.#machines.membership.receive(from, message, nowMs);
        return;
      case "propose":
        this.#machines.introductions.update(from, message.proposal.instance);
        this.#machines.membership.receive(from, message, nowMs);
        return;
      case "decide":
        this.#machines.stay.decided(message, nowMs);
        return;
      case "fetch":
        this.#machines.stay.fetched(from, message.fetch);
        return;
      case "lack":
        return;
      case "probe":
        this.#machines.introductions.probed(from, message.view, message.token);
        return;
      case "alive":
        if (this.#machines.stay.installed?.view.id === message.view)
          this.#machines.pause.answered(from, message.token);
        return;
      case "pull":
      case "chunk":
        this.#out.transfer(from, message);
        return;
      case "detector":
        this.#out.detector(from, message.bytes);
        return;
      default:
        this.#machines.membership.receive(from, message, nowMs);
    }
  }
}
