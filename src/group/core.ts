/**
 * A member of a group, from its first question to be let in until it is out: views and multicast as one pure state machine. What
 * happens comes in with its time, what is to be done goes to the output, at once and in order. No promises, no clock, no timers:
 * `nextMs` says when it wants to be called at the latest, and `flush` ends a turn.
 *
 * It joins the machines that do the work: `membership/` decides which view comes next, `multicast/` is all that happens
 * within one, `stay.ts` leads from one to the next, `telling.ts` tells the application, `pause.ts` makes sure that we are still in.
 */
import { assert, Fifo } from "../world/index.ts";
import type { CoreOptions, CoreOutput, OutReason } from "./core-types.ts";
import { Introductions } from "./introductions.ts";
import { Acceptor } from "./membership/acceptor.ts";
import { Membership } from "./membership/membership.ts";
import { type GroupView, type Report, rankOfNode, type Seat, type Value } from "./membership/seat.ts";
import { MAX_LOOSE_BYTES } from "./multicast/limits.ts";
import { modeOf } from "./multicast/mode.ts";
import type { Multicast } from "./multicast/multicast.ts";
import type { MulticastOutput } from "./multicast/output.ts";
import { kindOf, viewOf } from "./multicast/small.ts";
import { Neighbours } from "./neighbours.ts";
import { PauseWatch } from "./pause.ts";
import { SendQueue } from "./send-queue.ts";
import { type Installed, Stay } from "./stay.ts";
import { Telling } from "./telling.ts";
import type { Guarantee, Order } from "./types.ts";
import { type Control, decodeControl, encodeControl, Kind } from "./wire/messages.ts";

/** Messages to oneself that lead to more of them. */
const MAX_ROUNDS = 100;
/** Whoever is not in step is asked why, each time so many retries have passed. */
const GREET_RETRIES = 5;

export class GroupCore {
  readonly seat: Seat;
  readonly #options: CoreOptions;
  readonly #out: CoreOutput;
  readonly #acceptor: Acceptor;
  readonly #membership: Membership;
  readonly #stay: Stay;
  readonly #telling: Telling;
  readonly #introductions: Introductions;
  readonly #pause: PauseWatch;
  readonly #neighbours = new Neighbours();
  readonly #queue: SendQueue;
  readonly #local = new Fifo<Control>();
  #isOut = false;
  #token = 0;
  #maintainMs = 0;
  #greetMs = 0;
  #nowMs: number;

  constructor(options: CoreOptions, out: CoreOutput) {
    const { seat, limits, nowMs } = options;
    this.seat = seat;
    this.#options = options;
    this.#out = out;
    this.#nowMs = nowMs;
    this.#acceptor = new Acceptor(options.record);
    this.#queue = new SendQueue(limits.maxQueuedBytes);
    this.#telling = new Telling(out, seat);
    this.#membership = this.#newMembership();
    this.#stay = this.#newStay();
    this.#pause = this.#newPause();
    this.#introductions = new Introductions({
      seat,
      limits,
      membership: this.#membership,
      stay: this.#stay,
      neighbours: this.#neighbours,
      send: (node, message) => this.#send(node, message),
      reach: (seats) => out.reach(seats),
      goOut: (reason) => this.#goOut(reason),
    });
    for (const node of options.contacts) this.#membership.joining.addContact(node);
    this.#membership.joining.start(nowMs);
    out.reach(this.#acceptor.view.members);
  }

  /** What the next life of this node begins with. */
  get record(): Acceptor {
    return this.#acceptor;
  }

  get isFrozen(): boolean {
    return this.#stay.isFrozen;
  }

  get isBlocked(): boolean {
    return this.#telling.isBlocked;
  }

  get isOut(): boolean {
    return this.#isOut;
  }

  /** The view that the application is in. */
  get view(): GroupView | undefined {
    return this.#telling.isOpen ? this.#stay.installed?.view : undefined;
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    if (this.#isOut) return Number.POSITIVE_INFINITY;
    const { nextMs = Number.POSITIVE_INFINITY } = this.#stay.installed?.multicast ?? {};
    return Math.min(this.#membership.nextMs, nextMs, this.#stay.nextMs, this.#maintainMs);
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
    this.#neighbours.up(node);
    this.#introductions.greet(node, false);
    this.#leave(nowMs);
  }

  linkDown(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#neighbours.down(node);
    const rank = this.#rankOfNode(node);
    if (rank >= 0) this.#stay.installed?.multicast.part(rank);
    this.#leave(nowMs);
  }

  /** The record of this token, and all before it, are on the disk. */
  stored(token: number, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#membership.stored(token);
    this.#leave(nowMs);
  }

  /** The node is held for dead. */
  suspect(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#neighbours.suspect(node, true);
    const rank = this.#rankOfNode(node);
    if (rank >= 0 && rank !== this.#stay.installed?.rank && this.#membership.suspicions.add(rank))
      this.#introductions.tellSuspicions();
    this.#leave(nowMs);
  }

  /** A node that was suspected was heard of again. */
  trust(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#neighbours.suspect(node, false);
    const rank = this.#rankOfNode(node);
    if (rank >= 0 && this.#membership.suspicions.remove(rank)) this.#introductions.tellSuspicions();
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
    if (this.#isOut) return 0;
    const multicast = this.#sendingIn();
    if (guarantee !== "unreliable") return this.#queue.add(mode, payload, multicast);
    const sequence = ++this.#queue.sequence;
    if (multicast?.hasRoom) multicast.putLoose(mode, sequence, payload);
    return sequence;
  }

  /** The sequence of a message that goes another way; 0 when this member is out. */
  takeSequence(): number {
    return this.#isOut ? 0 : ++this.#queue.sequence;
  }

  /** Asks to be let go: what was sent before is delivered to those who stay. */
  leave(nowMs: number): void {
    this.#membership.isLeaving = true;
    this.#maintainMs = nowMs;
    this.#out.ready();
  }

  /** The state that `pull` asked for is here, and with the application. */
  stateReceived(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#telling.stateReceived();
    if (!this.#pause.isAsking) this.#open();
    this.#leave(nowMs);
  }

  /** A message of a transfer or of the detector, to a node. */
  sendControl(node: string, message: Extract<Control, { kind: "pull" | "chunk" | "detector" }>): void {
    if (!this.#isOut) this.#send(node, message);
  }

  /** The end of a turn, and what is due. */
  flush(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    if (nowMs >= this.#maintainMs) this.#maintain(nowMs);
    if (!this.#isOut) this.#stay.flush(nowMs);
    if (!this.#isOut) this.#stay.installed?.multicast.flush(nowMs);
    this.#leave(nowMs);
  }

  /** @returns whether there is anything to do for a member at all. */
  #enter(nowMs: number): boolean {
    if (this.#isOut) return false;
    this.#nowMs = nowMs;
    const wasPaused = this.#pause.wasPaused(nowMs);
    if (wasPaused && this.#stay.installed !== undefined && !this.#stay.isFrozen) this.#pause.ask();
    return true;
  }

  /** What we told ourselves is done, then what follows of it all. */
  #leave(nowMs: number): void {
    for (let round = 0; !this.#isOut; round++) {
      assert(round < MAX_ROUNDS, "what a node tells itself comes to an end");
      const local = this.#local;
      for (let message = local.shift(); message !== undefined && !this.#isOut; message = local.shift())
        this.#dispatch(this.seat.node, message, nowMs);
      if (this.#isOut) return;
      this.#membership.check(nowMs);
      if (local.length === 0) return;
    }
  }

  // Multicast.

  #receiveMulticast(from: string, kind: number, bytes: Uint8Array, nowMs: number): void {
    const { installed } = this.#stay;
    if (installed === undefined || viewOf(bytes) !== installed.view.id) return;
    const rank = this.#rankOfNode(from);
    if (rank < 0) return;
    const { multicast } = installed;
    let isGood = true;
    if (kind === Kind.GROUP_BUNDLE) {
      isGood = multicast.receive(rank, bytes, nowMs);
      if (this.#stay.isFrozen) this.#stay.received(nowMs);
      else if (!this.#telling.isOpen) this.#boundHeld(multicast);
    } else if (kind === Kind.GROUP_ACK) isGood = multicast.receiveAck(rank, bytes, nowMs);
    else if (kind === Kind.GROUP_CONFIRM) isGood = multicast.receiveConfirm(rank, bytes);
    else isGood = multicast.receiveLoose(rank, bytes);
    if (!isGood) this.#out.trouble(from);
  }

  /** Senders wait for a member that waits for its state, when too much does. */
  #boundHeld(multicast: Multicast): void {
    if (this.#telling.waitingBytes > this.#options.limits.maxHeldBytes) multicast.holdAcks(true);
  }

  /** The multicast in which our messages may be sent now, if the state is here. */
  #sendingIn(): Multicast | undefined {
    return this.#telling.hasState && this.#telling.isOpen ? this.#stay.installed?.multicast : undefined;
  }

  #pump(): void {
    const multicast = this.#sendingIn();
    if (multicast !== undefined && this.#queue.pump(multicast)) this.#out.room();
  }

  /** The application has the state: it is told what waited for that. */
  #open(): void {
    if (!this.#telling.open()) return;
    this.#stay.installed?.multicast.holdAcks(false);
    this.#pump();
  }

  #outputIn({ id, members }: GroupView): MulticastOutput {
    const out = this.#out;
    const telling = this.#telling;
    const nodes: string[] = [];
    const nodeOf = (rank: number) => (members[rank] as Seat).node;
    return {
      send: (to, bytes) => out.send(nodeOf(to), bytes),
      broadcast: (ranks, bytes) => {
        nodes.length = 0;
        for (const each of ranks) nodes.push(nodeOf(each));
        if (nodes.length > 0) out.broadcast(nodes, bytes);
      },
      deliver: (from, sequence, mode, payload) =>
        telling.deliver(id, members[from] as Seat, sequence, mode, payload),
      held: (from, sequence) => out.held?.(members[from] as Seat, sequence),
      discarded: (from, sequence) => out.discarded?.(members[from] as Seat, sequence),
      sent: (sequence, mode) => telling.sent(id, sequence, mode),
      stable: (sequence, mode) => telling.stable(sequence, mode),
      room: () => this.#pump(),
      slow: (rank) => {
        out.slow(nodeOf(rank));
        if (this.#membership.suspicions.addSlow(rank)) this.#introductions.tellSuspicions();
      },
      ready: () => out.ready(),
    };
  }

  // Control messages.

  #dispatch(from: string, message: Control, nowMs: number): void {
    switch (message.kind) {
      case "hello":
        this.#introductions.hello(from, message.hello, nowMs);
        return;
      case "news":
        this.#introductions.news(from, message.isLive, message.view, nowMs);
        return;
      case "join":
        this.#introductions.asked(from, message, nowMs);
        return;
      case "prepare":
        this.#introductions.meetView(from, message.view, nowMs);
        this.#membership.receive(from, message, nowMs);
        return;
      case "propose":
        this.#introductions.update(from, message.proposal.instance);
        this.#membership.receive(from, message, nowMs);
        return;
      case "decide":
        this.#stay.decided(message, nowMs);
        return;
      case "fetch":
        this.#stay.fetched(from, message.fetch);
        return;
      case "lack":
        return;
      case "probe":
        this.#introductions.probed(from, message.view, message.token);
        return;
      case "alive":
        if (this.#stay.installed?.view.id === message.view) this.#pause.answered(from, message.token);
        return;
      case "pull":
      case "chunk":
        this.#out.transfer(from, message);
        return;
      case "detector":
        this.#out.detector(from, message.bytes);
        return;
      default:
        this.#membership.receive(from, message, nowMs);
    }
  }

  #send(node: string, message: Control): void {
    if (node === this.seat.node) this.#local.push(message);
    else this.#out.send(node, encodeControl(message));
  }

  #rankOfNode(node: string): number {
    const { installed } = this.#stay;
    return installed === undefined ? -1 : rankOfNode(installed.view, node);
  }

  // The machines.

  #newMembership(): Membership {
    const core = this;
    return new Membership(this.#acceptor, this.#options.quorum, this.#options.limits, {
      seat: this.seat,
      get live() {
        return core.#stay.installed;
      },
      get isFrozen() {
        return core.#stay.isFrozen;
      },
      send: (node, message) => this.#send(node, message),
      store: () => {
        this.#out.store(this.#acceptor.encode(), ++this.#token);
        return this.#token;
      },
      report: () => this.#report(),
      holds: (cut) => this.#stay.holds(cut),
      fetch: (cut, holders) => this.#stay.fetch(cut, holders, this.#nowMs),
      resign: () => this.#goOut("lost"),
      blocked: () => this.#telling.block(),
    });
  }

  #report(): Report | undefined {
    const { installed } = this.#stay;
    if (installed === undefined || installed.view.id !== this.#acceptor.view.id) return undefined;
    this.#stay.freeze(this.#nowMs);
    this.#pause.stop();
    return {
      received: installed.multicast.received(),
      hasState: this.#telling.hasState,
      donor: this.#telling.donor,
      isLeaving: this.#membership.isLeaving,
      suspected: this.#membership.suspicions.own(),
      joining: this.#membership.joins,
    };
  }

  #newStay(): Stay {
    return new Stay({
      seat: this.seat,
      membership: this.#membership,
      limits: this.#options.limits,
      send: (node, message) => this.#send(node, message),
      sendBytes: (node, bytes) => this.#out.send(node, bytes),
      outputIn: (view) => this.#outputIn(view),
      ending: () => {
        this.#pause.stop();
        this.#telling.unblock();
        this.#telling.open();
      },
      installed: (installed, value) => this.#installed(installed, value),
      excluded: () => {
        if (this.#stay.installed === undefined) this.#out.reach(this.#acceptor.view.members);
        else this.#goOut(this.#membership.isLeaving ? "left" : "excluded");
      },
      resign: () => this.#goOut("lost"),
    });
  }

  #newPause(): PauseWatch {
    const core = this;
    const { limits, nowMs } = this.#options;
    const host = {
      node: this.seat.node,
      get electorate() {
        return core.#membership.electorate;
      },
      probe: (node: string, token: number) =>
        this.#send(node, { kind: "probe", view: this.#acceptor.view.id, token }),
      hold: () => this.#stay.installed?.multicast.hold(),
      goOn: () => {
        this.#telling.unblock();
        this.#open();
        this.#stay.installed?.multicast.release();
      },
      blocked: () => this.#telling.block(),
    };
    return new PauseWatch(host, limits.pauseMs, nowMs);
  }

  /** The member is in a view, and tells everybody. */
  #installed(installed: Installed, value: Value): void {
    const { view, rank, multicast } = installed;
    this.#queue.restart();
    this.#out.reach(view.members);
    this.#out.watch(view.members.map(({ node }) => node).filter((node) => node !== this.seat.node));
    this.#telling.install(view, value, rank);
    if (!this.#telling.isOpen) this.#boundHeld(multicast);
    for (const [node, hello] of this.#neighbours.linked()) {
      this.#introductions.greet(node, false);
      if (hello?.view === view.id) this.#introductions.arrived(installed, node, hello, this.#nowMs);
    }
    const suspected = this.#neighbours.suspectedIn(view).filter((each) => each !== rank);
    for (const each of suspected) this.#membership.suspicions.add(each);
    if (suspected.length > 0) this.#introductions.tellSuspicions();
    this.#pump();
    this.#maintainMs = this.#nowMs;
    this.#out.ready();
  }

  #goOut(reason: OutReason): void {
    if (this.#isOut) return;
    this.#isOut = true;
    this.#telling.out(reason);
  }

  // What is done from time to time.

  #maintain(nowMs: number): void {
    const { retryMs, pauseMs } = this.#options.limits;
    // Often enough that an idle member is not taken for a paused one.
    this.#maintainMs = nowMs + Math.min(retryMs, pauseMs / 2);
    const { installed } = this.#stay;
    if (installed === undefined) return;
    if (this.#membership.isLeaving) this.#introductions.askToLeave(installed);
    if (this.#pause.isAsking) this.#pause.askAgain();
    if (nowMs - this.#greetMs < GREET_RETRIES * retryMs) return;
    this.#greetMs = nowMs;
    installed.view.members.forEach(({ node }, rank) => {
      if (this.#neighbours.isUp(node) && !installed.multicast.isInStep(rank))
        this.#introductions.greet(node, true);
    });
  }
}
