/**
 * A member of a group, from its first question to be let in until it is out: views and multicast as one pure state machine. What
 * happens comes in with its time, what is to be done goes to the output, at once and in order. No promises, no clock, no timers:
 * `nextMs` says when it wants to be called at the latest, and `flush` ends a turn.
 *
 * It joins three machines: `membership/` decides which view comes next, `multicast/` is all that happens within one, and
 * the view change is where they meet: freeze, promise, fill up to the cut, finish, install.
 */
import { assert } from "../world/index.ts";
import type { CoreOptions, CoreOutput, OutReason } from "./core-types.ts";
import { Donors } from "./donors.ts";
import { Gate } from "./gate.ts";
import { Acceptor } from "./membership/acceptor.ts";
import { Membership, type MembershipBody } from "./membership/membership.ts";
import {
  type GroupView,
  NO_RANK,
  type Report,
  rankOf,
  rankOfNode,
  type Seat,
  type Value,
} from "./membership/seat.ts";
import { Fifo } from "./multicast/fifo.ts";
import { MAX_LOOSE_BYTES } from "./multicast/limits.ts";
import { guaranteeOf, isAtomic, modeOf, orderOf } from "./multicast/mode.ts";
import { Multicast, type MulticastOutput } from "./multicast/multicast.ts";
import { kindOf, viewOf } from "./multicast/small.ts";
import { PauseWatch } from "./pause.ts";
import { SendQueue } from "./send-queue.ts";
import { type Guarantee, type Member, memberName, type Order } from "./types.ts";
import { type Control, decodeControl, encodeControl, type Hello, Kind } from "./wire/messages.ts";

interface Installed {
  readonly view: GroupView;
  readonly rank: number;
  readonly multicast: Multicast;
}

interface Peer {
  isUp: boolean;
  /** By the detector, whatever the view is. */
  isSuspected: boolean;
  hello: Hello | undefined;
}

interface Decision {
  readonly instance: number;
  readonly value: Value;
}

interface Pending extends Decision {
  readonly sinceMs: number;
}

export class GroupCore implements MembershipBody {
  readonly seat: Seat;
  readonly #options: CoreOptions;
  readonly #out: CoreOutput;
  readonly #acceptor: Acceptor;
  readonly #membership: Membership;
  readonly #peers = new Map<string, Peer>();
  readonly #queue: SendQueue;
  readonly #gate = new Gate();
  readonly #donors = new Donors();
  readonly #pause: PauseWatch;
  readonly #local = new Fifo<Control>();
  #installed: Installed | undefined;
  /** The view before the installed one, as long as somebody may lack messages of it. */
  #previous: Installed | undefined;
  /** The last decision that we know in full. */
  #decision: Decision | undefined;
  /** A decision that cannot be installed yet, because messages are missing. */
  #pending: Pending | undefined;
  #tracedView: number | undefined;
  #isFrozen = false;
  #isBlocked = false;
  #isOut = false;
  #token = 0;
  #fetchMs = 0;
  #fetches = 0;
  #maintainMs = 0;
  #greetMs = 0;
  /** When we first heard of a view that we are a member of and have not installed. */
  #listedMs: number | undefined;
  #nowMs: number;

  constructor(options: CoreOptions, out: CoreOutput) {
    this.seat = options.seat;
    this.#options = options;
    this.#out = out;
    this.#nowMs = options.nowMs;
    this.#acceptor = new Acceptor(options.record);
    this.#queue = new SendQueue(options.limits.maxQueuedBytes);
    this.#pause = new PauseWatch(options.limits.pauseMs, options.nowMs);
    this.#membership = new Membership(this.#acceptor, options.quorum, options.limits, this);
    for (const node of options.contacts) this.#membership.joining.addContact(node);
    this.#membership.joining.start(options.nowMs);
    out.reach(this.#acceptor.view.members);
  }

  /** What the next life of this node begins with. */
  get record(): Acceptor {
    return this.#acceptor;
  }

  get live(): { readonly view: GroupView; readonly rank: number } | undefined {
    return this.#installed;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get isOut(): boolean {
    return this.#isOut;
  }

  /** The view that the application is in. */
  get view(): GroupView | undefined {
    return this.#gate.isOpen ? this.#installed?.view : undefined;
  }

  /** When to call `flush` at the latest. */
  get nextMs(): number {
    if (this.#isOut) return Number.POSITIVE_INFINITY;
    const fetchMs = this.#isFetching() ? this.#fetchMs : Number.POSITIVE_INFINITY;
    const { nextMs = Number.POSITIVE_INFINITY } = this.#installed?.multicast ?? {};
    return Math.min(this.#membership.nextMs, nextMs, fetchMs, this.#maintainMs);
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
    this.#peer(node).isUp = true;
    this.#sendHello(node, false);
    this.#leave(nowMs);
  }

  linkDown(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    const peer = this.#peer(node);
    peer.isUp = false;
    peer.hello = undefined;
    const rank = this.#rankOfNode(node);
    if (rank >= 0) this.#installed?.multicast.part(rank);
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
    this.#peer(node).isSuspected = true;
    const rank = this.#rankOfNode(node);
    if (rank >= 0 && rank !== this.#installed?.rank && this.#membership.suspicions.add(rank))
      this.#tellSuspicions();
    this.#leave(nowMs);
  }

  /** A node that was suspected was heard of again. */
  trust(node: string, nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#peer(node).isSuspected = false;
    const rank = this.#rankOfNode(node);
    if (rank >= 0 && this.#membership.suspicions.remove(rank)) this.#tellSuspicions();
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

  /** Asks to be let go: what was sent before is delivered to those who stay. */
  leave(nowMs: number): void {
    this.#membership.isLeaving = true;
    this.#maintainMs = nowMs;
    this.#out.ready();
  }

  /** The state that `pull` asked for is here, and with the application. */
  stateReceived(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    this.#donors.received();
    if (!this.#pause.isAsking) this.#openGate();
    this.#leave(nowMs);
  }

  /** The application has the state: it is told what waited for that. */
  #openGate(): void {
    if (this.#gate.isOpen || !this.#donors.hasState) return;
    this.#gate.open();
    this.#installed?.multicast.holdAcks(false);
    this.#pump();
  }

  /** A message of a transfer or of the detector, to a node. */
  sendControl(node: string, message: Extract<Control, { kind: "pull" | "chunk" | "detector" }>): void {
    if (!this.#isOut) this.send(node, message);
  }

  /** The end of a turn, and what is due. */
  flush(nowMs: number): void {
    if (!this.#enter(nowMs)) return;
    if (nowMs >= this.#maintainMs) this.#maintain(nowMs);
    if (this.#isFetching() && nowMs >= this.#fetchMs) this.#fetchAgain(nowMs);
    this.#installed?.multicast.flush(nowMs);
    this.#leave(nowMs);
  }

  /** @returns whether there is anything to do for a member at all. */
  #enter(nowMs: number): boolean {
    if (this.#isOut) return false;
    this.#nowMs = nowMs;
    const wasPaused = this.#pause.wasPaused(nowMs);
    if (wasPaused && this.#installed !== undefined && !this.#isFrozen) this.#probe(this.#installed);
    return true;
  }

  /** What we told ourselves is done, then what follows of it all. */
  #leave(nowMs: number): void {
    for (let round = 0; !this.#isOut; round++) {
      assert(round < MAX_ROUNDS, "what a node tells itself comes to an end");
      for (
        let message = this.#local.shift();
        message !== undefined && !this.#isOut;
        message = this.#local.shift()
      )
        this.#dispatch(this.seat.node, message, nowMs);
      if (this.#isOut) return;
      this.#membership.check(nowMs);
      if (this.#local.length === 0) return;
    }
  }

  // Multicast.

  #receiveMulticast(from: string, kind: number, bytes: Uint8Array, nowMs: number): void {
    const installed = this.#installed;
    if (installed === undefined || viewOf(bytes) !== installed.view.id) return;
    const rank = this.#rankOfNode(from);
    if (rank < 0) return;
    const { multicast } = installed;
    let isGood = true;
    if (kind === Kind.GROUP_BUNDLE) {
      isGood = multicast.receive(rank, bytes, nowMs);
      if (this.#isFrozen) this.#filled(nowMs);
      else if (!this.#gate.isOpen && this.#gate.waitingBytes > this.#options.limits.maxHeldBytes)
        multicast.holdAcks(true);
    } else if (kind === Kind.GROUP_ACK) isGood = multicast.receiveAck(rank, bytes, nowMs);
    else if (kind === Kind.GROUP_CONFIRM) isGood = multicast.receiveConfirm(rank, bytes);
    else isGood = multicast.receiveLoose(rank, bytes);
    if (!isGood) this.#out.trouble(from);
  }

  /** Messages of a view that is ending have come. */
  #filled(nowMs: number): void {
    this.#membership.receivedMessages();
    const pending = this.#pending;
    if (pending !== undefined && this.#installed?.multicast.holds(pending.value.cut)) {
      this.#pending = undefined;
      this.#decided(pending, nowMs);
    }
  }

  /** The multicast in which our messages may be sent now, if the state is here. */
  #sendingIn(): Multicast | undefined {
    return this.#donors.hasState && this.#gate.isOpen ? this.#installed?.multicast : undefined;
  }

  #pump(): void {
    const multicast = this.#sendingIn();
    if (multicast !== undefined && this.#queue.pump(multicast)) this.#out.room();
  }

  #multicastOutput(view: GroupView, rank: number): MulticastOutput {
    const out = this.#out;
    const { members } = view;
    const nodes: string[] = [];
    const nodeOf = (other: number) => (members[other] as Seat).node;
    return {
      send: (to, bytes) => out.send(nodeOf(to), bytes),
      broadcast: (ranks, bytes) => {
        nodes.length = 0;
        for (const each of ranks) nodes.push(nodeOf(each));
        if (nodes.length > 0) out.broadcast(nodes, bytes);
      },
      deliver: (from, sequence, mode, payload) => {
        const sender = members[from] as Seat;
        if (this.#gate.isOpen) this.#deliver(view, sender, sequence, mode, payload);
        else this.#gate.wait(payload.length, () => this.#deliver(view, sender, sequence, mode, payload));
      },
      held: () => {},
      discarded: () => {},
      sent: (sequence, mode) => {
        out.trace?.({
          kind: "send",
          id: `${memberName(members[rank] as Seat)}/${sequence}`,
          view: view.id,
          order: orderOf(mode),
          guarantee: guaranteeOf(mode),
        });
        out.sent(sequence);
      },
      stable: (sequence, mode) => {
        if (isAtomic(mode))
          out.trace?.({ kind: "settle", id: `${memberName(members[rank] as Seat)}/${sequence}` });
        out.settled(sequence);
      },
      room: () => this.#pump(),
      slow: (other) => {
        out.slow(nodeOf(other));
        if (this.#membership.suspicions.addSlow(other)) this.#tellSuspicions();
      },
      ready: () => out.ready(),
    };
  }

  #deliver(view: GroupView, sender: Member, sequence: number, mode: number, payload: Uint8Array): void {
    this.#out.trace?.({ kind: "deliver", id: `${memberName(sender)}/${sequence}`, view: view.id });
    this.#out.deliver(sender, sequence, orderOf(mode), guaranteeOf(mode), payload);
  }

  // Control messages.

  #dispatch(from: string, message: Control, nowMs: number): void {
    switch (message.kind) {
      case "hello":
        this.#hello(from, message.hello, nowMs);
        return;
      case "news":
        this.#news(from, message.isLive, message.view, nowMs);
        return;
      case "join":
        this.#asked(from, message, nowMs);
        return;
      case "prepare":
        this.#meetView(from, message.view, nowMs);
        this.#membership.receive(from, message, nowMs);
        return;
      case "propose":
        if (message.proposal.instance < this.#acceptor.view.id) this.#update(from, message.proposal.instance);
        this.#membership.receive(from, message, nowMs);
        return;
      case "decide":
        this.#decided(message, nowMs);
        return;
      case "fetch":
        this.#fetched(from, message.fetch);
        return;
      case "lack":
        return;
      case "probe":
        this.#probed(from, message.view, message.token);
        return;
      case "alive":
        this.#alive(from, message.view, message.token);
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

  send(node: string, message: Control): void {
    if (node === this.seat.node) this.#local.push(message);
    else this.#out.send(node, encodeControl(message));
  }

  #peer(node: string): Peer {
    let peer = this.#peers.get(node);
    if (peer === undefined) {
      peer = { isUp: false, isSuspected: false, hello: undefined };
      this.#peers.set(node, peer);
    }
    return peer;
  }

  #rankOfNode(node: string): number {
    return this.#installed === undefined ? -1 : rankOfNode(this.#installed.view, node);
  }

  #sendHello(node: string, isAsking: boolean): void {
    const rank = this.#rankOfNode(node);
    const received = rank < 0 ? 0 : (this.#installed?.multicast.receivedOf(rank) ?? 0);
    const view = this.#installed?.view.id ?? 0;
    this.send(node, {
      kind: "hello",
      hello: { incarnation: this.seat.incarnation, view, received, isAsking },
    });
  }

  #hello(from: string, hello: Hello, nowMs: number): void {
    this.#peer(from).hello = hello;
    this.#membership.sawIncarnation(from, hello.incarnation);
    if (hello.isAsking) this.#sendHello(from, false);
    if (this.#installed === undefined) return;
    if (hello.view === this.#installed.view.id) this.#arrived(this.#installed, from, hello, nowMs);
    else if (hello.view > this.#installed.view.id) this.#sendHello(from, false);
    else if (hello.view > 0) this.#update(from, hello.view);
  }

  /** A member says that it has installed the view too. */
  #arrived({ view, multicast }: Installed, from: string, hello: Hello, nowMs: number): void {
    const rank = rankOf(view, { node: from, incarnation: hello.incarnation });
    if (rank < 0) return;
    multicast.join(rank, hello.received, nowMs);
    const survivors = this.#decision?.value.survivors ?? 0;
    for (let each = 0; each < survivors; each++) if (!multicast.isInStep(each)) return;
    this.#previous = undefined;
  }

  /** Tells a node that knows no more than this view what came after. */
  #update(node: string, view: number): void {
    if (this.#decision?.instance === view)
      this.send(node, { kind: "decide", instance: view, value: this.#decision.value });
    else if (this.#acceptor.view.id > view)
      this.send(node, { kind: "news", isLive: this.#installed !== undefined, view: this.#acceptor.view });
  }

  /** Somebody names a view that was decided. */
  #news(from: string, isLive: boolean, view: GroupView, nowMs: number): void {
    const { joining } = this.#membership;
    if (this.#installed === undefined) {
      if (isLive && view.id >= this.#acceptor.view.id) joining.heardLive(nowMs);
      for (const { node } of view.members) joining.addContact(node);
      this.#out.reach(view.members);
    }
    this.#meetView(from, view, nowMs);
  }

  /** A view that was decided. One that is later than ours may mean that we are out. */
  #meetView(from: string, view: GroupView, nowMs: number): void {
    const known = this.#acceptor.view.id;
    if (view.id < known) this.#update(from, view.id);
    if (view.id <= known) return;
    if (this.#installed === undefined) {
      if (rankOf(view, this.seat) >= 0 && !this.#isForsaken(nowMs)) return;
      this.#membership.advance(view, nowMs);
      this.#out.reach(view.members);
      if (rankOf(view, this.seat) >= 0) this.#goOut("lost");
    } else if (view.id === known + 1 && rankOf(view, this.seat) >= 0) this.#sendHello(from, false);
    else {
      this.#membership.advance(view, nowMs);
      this.#goOut("excluded");
    }
  }

  /** We were let into a view, and for long nobody tells us how it began: those who could are gone. */
  #isForsaken(nowMs: number): boolean {
    this.#listedMs ??= nowMs;
    return nowMs - this.#listedMs >= this.#options.limits.resignMs;
  }

  /** A node wants to be let in. */
  #asked(from: string, message: Extract<Control, { kind: "join" }>, nowMs: number): void {
    const { seat, base } = message;
    this.#out.reach([seat]);
    if (this.#installed === undefined) {
      this.#membership.joining.heard(from, base, nowMs);
      if (base < this.#acceptor.view.id) this.#update(from, base);
    } else {
      const { view } = this.#installed;
      if (rankOf(view, seat) >= 0) {
        this.#update(from, view.id - 1);
        return;
      }
      this.send(from, { kind: "news", isLive: true, view });
    }
    this.#membership.receive(from, message, nowMs);
  }

  #tellSuspicions(): void {
    const installed = this.#installed;
    if (installed === undefined) return;
    const ranks = this.#membership.suspicions.own();
    for (const { node } of installed.view.members)
      if (node !== this.seat.node) this.send(node, { kind: "suspicions", view: installed.view.id, ranks });
  }

  // View changes.

  store(): number {
    this.#out.store(this.#acceptor.encode(), ++this.#token);
    return this.#token;
  }

  report(): Report | undefined {
    const installed = this.#installed;
    if (installed === undefined || installed.view.id !== this.#acceptor.view.id) return undefined;
    this.#freeze(installed);
    return {
      received: installed.multicast.received(),
      hasState: this.#donors.hasState,
      donor: this.#donors.donor,
      isLeaving: this.#membership.isLeaving,
      suspected: this.#membership.suspicions.own(),
      joining: this.#membership.joins,
    };
  }

  #freeze({ multicast }: Installed): void {
    if (this.#isFrozen) return;
    multicast.freeze(this.#nowMs);
    this.#isFrozen = true;
    this.#pause.stop();
    this.#membership.frozen(this.#nowMs);
  }

  holds(cut: readonly number[]): boolean {
    return this.#installed?.multicast.holds(cut) ?? true;
  }

  fetch(cut: readonly number[], holders: readonly number[]): void {
    this.#fetches = 0;
    this.#fetchFrom(cut, (rank) => holders[rank] as number);
  }

  #fetchFrom(cut: readonly number[], holderOf: (rank: number) => number): void {
    const installed = this.#installed;
    if (installed === undefined) return;
    this.#fetchMs = this.#nowMs + this.#options.limits.retryMs;
    const { view, multicast } = installed;
    cut.forEach((count, rank) => {
      const received = multicast.receivedOf(rank);
      const holder = view.members[holderOf(rank)];
      if (received >= count || holder === undefined || holder.node === this.seat.node) return;
      this.send(holder.node, { kind: "fetch", fetch: { view: view.id, rank, received } });
    });
  }

  #isFetching(): boolean {
    return this.#pending !== undefined || this.#membership.lacking !== undefined;
  }

  /** Asks another one, and then the next. */
  #fetchAgain(nowMs: number): void {
    const pending = this.#pending;
    if (pending !== undefined && nowMs - pending.sinceMs >= this.#options.limits.resignMs) {
      this.resign();
      return;
    }
    this.#fetches++;
    const { lacking } = this.#membership;
    const cut = pending?.value.cut ?? lacking?.value.cut ?? [];
    const members = this.#installed?.view.members.length ?? 1;
    this.#fetchFrom(cut, (rank) => {
      const holder = lacking?.holders[rank] ?? NO_RANK;
      return ((holder === NO_RANK ? 0 : holder) + this.#fetches) % members;
    });
  }

  #fetched(
    from: string,
    fetch: { readonly view: number; readonly rank: number; readonly received: number },
  ): void {
    const source = [this.#installed, this.#previous].find((each) => each?.view.id === fetch.view);
    if (source === undefined || fetch.rank >= source.view.members.length) return;
    const kept = source.multicast.keptAfter(fetch.rank, fetch.received);
    if (kept === undefined) this.send(from, { kind: "lack", fetch });
    else for (const { bytes } of kept) this.#out.send(from, bytes);
  }

  resign(): void {
    this.#goOut("lost");
  }

  blocked(): void {
    if (this.#isBlocked || this.#installed === undefined) return;
    this.#isBlocked = true;
    if (this.#gate.isOpen) this.#out.trace?.({ kind: "block", view: this.#installed.view.id });
    this.#out.blocked();
  }

  #unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    if (this.#gate.isOpen && this.#installed !== undefined)
      this.#out.trace?.({ kind: "unblock", view: this.#installed.view.id });
    this.#out.unblocked();
  }

  #decided({ instance, value }: Decision, nowMs: number): void {
    const view: GroupView = { id: instance + 1, members: value.members };
    if (view.id <= this.#acceptor.view.id) return;
    const installed = this.#installed;
    const rank = rankOf(view, this.seat);
    if (rank < 0 || (installed !== undefined && installed.view.id !== instance)) {
      this.#membership.advance(view, nowMs);
      if (installed === undefined) this.#out.reach(view.members);
      else this.#goOut(this.#membership.isLeaving ? "left" : "excluded");
      return;
    }
    if (installed !== undefined && !installed.multicast.holds(value.cut)) {
      this.#await({ instance, value, sinceMs: nowMs }, installed);
      return;
    }
    this.#install(view, rank, { instance, value }, nowMs);
  }

  #await(pending: Pending, installed: Installed): void {
    if (this.#pending !== undefined) return;
    this.#freeze(installed);
    this.#pending = pending;
    this.fetch(
      pending.value.cut,
      pending.value.cut.map(() => 0),
    );
  }

  #install(view: GroupView, rank: number, decision: Decision, nowMs: number): void {
    const before = this.#installed;
    const { value } = decision;
    this.#unblock();
    this.#openGate();
    before?.multicast.finish(value.cut);
    this.#previous = before;
    this.#decision = decision;
    this.#pending = undefined;
    this.#isFrozen = false;
    this.#membership.advance(view, nowMs);
    const { limits } = this.#options;
    const multicast = new Multicast(
      view.id,
      rank,
      view.members.length,
      limits,
      this.#multicastOutput(view, rank),
    );
    this.#installed = { view, rank, multicast };
    this.#queue.restart();
    this.#out.reach(view.members);
    this.#out.watch(view.members.map(({ node }) => node).filter((node) => node !== this.seat.node));
    this.#tellInstalled(view, value, rank);
    this.#greet(this.#installed, nowMs);
    this.#suspectAgain(view);
    this.#pump();
    this.#maintainMs = nowMs;
    this.#out.ready();
  }

  /** The application comes into the view: now, or when the state is here. */
  #tellInstalled(view: GroupView, value: Value, rank: number): void {
    const { capture, pull, isNobodys } = this.#donors.install(value, rank);
    if (pull !== undefined) {
      this.#gate.shut();
      this.#out.pull(view.id, pull);
    }
    // What waited for a state that nobody has any more is void.
    if (isNobodys) this.#gate.reset();
    const origin = pull !== undefined ? "donor" : isNobodys ? "nobody" : "self";
    const tell = () => {
      this.#out.trace?.({ kind: "install", view, from: this.#tracedView });
      this.#tracedView = view.id;
      this.#out.install(view, origin);
    };
    if (this.#gate.isOpen) tell();
    else this.#gate.wait(0, tell);
    for (const joiner of capture) this.#out.capture(view.id, joiner);
    if (!this.#gate.isOpen && this.#gate.waitingBytes > this.#options.limits.maxHeldBytes)
      this.#installed?.multicast.holdAcks(true);
  }

  /** Tells everybody that we are in the view, and hears of who is already. */
  #greet(installed: Installed, nowMs: number): void {
    for (const [node, { isUp, hello }] of this.#peers) {
      if (!isUp) continue;
      this.#sendHello(node, false);
      if (hello?.view === installed.view.id) this.#arrived(installed, node, hello, nowMs);
    }
  }

  /** What the detector holds of a node outlasts a view of which that is a member; others it forgets. */
  #suspectAgain(view: GroupView): void {
    const { members } = view;
    let isAny = false;
    for (const [node, peer] of this.#peers) if (rankOfNode(view, node) < 0) peer.isSuspected = false;
    members.forEach(({ node }, rank) => {
      if (this.#peers.get(node)?.isSuspected && node !== this.seat.node)
        isAny = this.#membership.suspicions.add(rank) || isAny;
    });
    if (isAny) this.#tellSuspicions();
  }

  #goOut(reason: OutReason): void {
    if (this.#isOut) return;
    this.#isOut = true;
    this.#out.trace?.({ kind: "out", view: this.#installed?.view.id ?? 0 });
    this.#out.watch([]);
    this.#out.out(reason);
  }

  // What is done from time to time.

  #maintain(nowMs: number): void {
    const { retryMs, pauseMs } = this.#options.limits;
    // Often enough that an idle member is not taken for a paused one.
    this.#maintainMs = nowMs + Math.min(retryMs, pauseMs / 2);
    const installed = this.#installed;
    if (installed === undefined) return;
    if (this.#membership.isLeaving) this.#askToLeave(installed);
    if (this.#pause.isAsking) this.#sendProbes();
    if (nowMs - this.#greetMs < 5 * retryMs) return;
    this.#greetMs = nowMs;
    installed.view.members.forEach(({ node }, rank) => {
      if (this.#peers.get(node)?.isUp && !installed.multicast.isInStep(rank)) this.#sendHello(node, true);
    });
  }

  #askToLeave({ view, rank }: Installed): void {
    if (view.members.length === 1) {
      this.#goOut("left");
      return;
    }
    const { node, incarnation } = this.seat;
    view.members.forEach((member, other) => {
      if (other !== rank) this.send(member.node, { kind: "leave", node, incarnation });
    });
  }

  // Whether we are still in.

  #probe(installed: Installed): void {
    this.#pause.ask();
    this.#pause.answered(this.seat.node, this.#pause.token);
    installed.multicast.hold();
    if (this.#pause.hasQuorum(this.#membership.electorate)) {
      this.#goOn(installed);
      return;
    }
    this.blocked();
    this.#sendProbes();
  }

  #sendProbes(): void {
    const { view } = this.#acceptor;
    const { token } = this.#pause;
    for (const node of this.#membership.electorate.nodes)
      if (node !== this.seat.node) this.send(node, { kind: "probe", view: view.id, token });
  }

  /** A node asks whether its view may still go on: it may as long as we have not promised to end it. */
  #probed(from: string, view: number, token: number): void {
    const { view: known, promised } = this.#acceptor;
    if (view === known.id && promised === 0) this.send(from, { kind: "alive", view, token });
    else if (view < known.id) this.#update(from, view);
  }

  #alive(from: string, view: number, token: number): void {
    const installed = this.#installed;
    if (!this.#pause.isAsking || installed?.view.id !== view) return;
    this.#pause.answered(from, token);
    if (this.#pause.hasQuorum(this.#membership.electorate)) this.#goOn(installed);
  }

  #goOn({ multicast }: Installed): void {
    this.#pause.stop();
    this.#unblock();
    this.#openGate();
    multicast.release();
  }
}

/** Messages to oneself that lead to more of them. */
const MAX_ROUNDS = 100;
