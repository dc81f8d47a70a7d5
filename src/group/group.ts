/**
 * A group as a program uses it: carries out what the core wants, over a mesh and a store, with timers, a failure detector and
 * the application. It decides nothing itself. Everything of a turn of the event loop leaves together at its end.
 *
 * One life of the core is one member. When a member is out, the same node comes back as the next one, unless it is told not to.
 */
import type { Mesh, MeshPort } from "../channel/index.ts";
import { CoterieError, isCoterieError, type Timer, type World } from "../world/index.ts";
import { GroupCore } from "./core.ts";
import type { CoreOutput, OutReason, StateOrigin } from "./core-types.ts";
import { type Detector, HeartbeatDetector } from "./detector/index.ts";
import { groupError } from "./errors.ts";
import type { GroupView, Seat } from "./membership/seat.ts";
import { checkOptions, type GroupLimits, type GroupOptions } from "./options.ts";
import { RecordStore } from "./record-store.ts";
import { openSafeLog } from "./safe/open-safe-log.ts";
import { checkSafeOrder, SafeMessages } from "./safe/safe-messages.ts";
import { Settled } from "./settled.ts";
import { Transfers } from "./transfer/transfers.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "./types.ts";
import type { GroupRecord } from "./wire/messages.ts";

/** What a message asks for. Default: `fifo`, `reliable`. Safe messages are in the log's order, which is `total`. */
export interface MulticastOptions {
  readonly order?: Order;
  readonly guarantee?: Guarantee;
}

/** A member that is out comes back after this time; after twice as long each time it did not last, up to the other. */
const FIRST_REJOIN_MS = 100;
const MAX_REJOIN_MS = 5000;
/** It lasted when it was in for so long. */
const LASTING_MS = 10_000;

export class Group {
  /** A view is installed; `origin` says where the state of a member that comes into its first view is. */
  onView: (view: View, origin: StateOrigin) => void = () => {};
  /** The payload is the callee's. Safe messages come also while this member is blocked or out: they are the log's. */
  onDeliver: (
    sender: Member,
    payload: Uint8Array,
    sequence: number,
    order: Order,
    guarantee: Guarantee,
  ) => void = () => {};
  /** Nothing is accepted or delivered: too few members can be reached, or it cannot be known whether this one is still in. */
  onBlocked: () => void = () => {};
  onUnblocked: () => void = () => {};
  /** This member is none any more. */
  onOut: (member: Member, reason: OutReason) => void = () => {};
  /** Our message of this sequence is in the stream of the view: it is delivered in that, or nowhere. */
  onSent: (sequence: number) => void = () => {};
  /** `multicast` returned 0, and has room again. */
  onRoom: () => void = () => {};
  /** The group is over here: closed, or by an error. */
  onClose: (error: CoterieError | undefined) => void = () => {};

  readonly #world: World;
  readonly #mesh: Mesh;
  readonly #options: GroupOptions;
  readonly #limits: GroupLimits;
  readonly #records: RecordStore;
  readonly #port: MeshPort;
  readonly #detector: Detector;
  readonly #settled = new Settled();
  readonly #transfers: Transfers;
  readonly #safe: SafeMessages | undefined;
  readonly #up = new Set<string>();
  #core: GroupCore;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #isPlanned = false;
  #isClosed = false;
  #rejoinMs = FIRST_REJOIN_MS;
  #installedMs = Number.POSITIVE_INFINITY;
  readonly #left: Promise<void>;
  #hasLeft: () => void = () => {};

  constructor(world: World, mesh: Mesh, options: GroupOptions, records: RecordStore, record: GroupRecord) {
    this.#world = world;
    this.#mesh = mesh;
    this.#options = options;
    this.#limits = checkOptions(options);
    this.#records = records;
    this.#left = new Promise((resolve) => {
      this.#hasLeft = resolve;
    });
    this.#transfers = new Transfers(world, options.state, {
      send: (node, message) => this.#core.sendControl(node, message),
      received: () => {
        this.#core.stateReceived(this.#nowMs());
        this.#after();
      },
      failed: (error) => this.#fail("GROUP_STATE", "the application did not take the state", error),
    });
    this.#detector = (options.detector ?? ((output) => new HeartbeatDetector(output)))({
      send: (to, bytes) => this.#core.sendControl(to, { kind: "detector", bytes }),
      suspect: (peer) => this.#core.suspect(peer, this.#nowMs()),
      trust: (peer) => this.#core.trust(peer, this.#nowMs()),
    });
    this.#port = mesh.open(`group/${options.name}`);
    this.#core = this.#newCore(record);
    this.#safe = this.#openSafe();
    this.#port.onMessage = this.#onMessage;
    this.#port.onUp = (peer) => this.#linkUp(peer);
    this.#port.onDown = (peer) => this.#linkDown(peer);
    this.#after();
  }

  /** Who we are: from the beginning, also while we are not yet in a view. */
  get self(): Member {
    const { node, incarnation } = this.#core.seat;
    return { node, incarnation };
  }

  /** The view that we are in; undefined before the first, and while we are out. */
  get view(): View | undefined {
    return this.#core.isOut ? undefined : this.#core.view;
  }

  get isBlocked(): boolean {
    return this.#core.isBlocked;
  }

  /**
   * Sends a message to all members, ourselves among them. It may be changed when this returns. Before there is a view, and while one
   * changes, messages wait for the next. @returns the message's sequence; 0: there is no room, and `onRoom` tells when
   * there is. @throws RangeError for a message over `maxMessageBytes`, and an order that the guarantee cannot have.
   */
  multicast(payload: Uint8Array, { order = "fifo", guarantee = "reliable" }: MulticastOptions = {}): number {
    if (this.#isClosed) return 0;
    if (guarantee === "safe") return this.#multicastSafe(order, payload);
    const sequence = this.#core.multicast(order, guarantee, payload);
    this.#plan();
    return sequence;
  }

  /**
   * Resolves when every member of the view has our message of this sequence; when it is safe, a majority of the log's replicas on
   * their disks. Errors: GROUP_FATE_UNKNOWN, GROUP_SAFE_REFUSED. It never resolves for an unreliable message.
   */
  settled(sequence: number): Promise<void> {
    return this.#safe?.settled(sequence) ?? this.#settled.when(sequence);
  }

  /**
   * The place, in the log, of the safe message that is being delivered or was delivered last: what a program keeps with its
   * effect that is to begin there (`SafeOptions.from`).
   */
  get safePosition(): number {
    return this.#safe?.position ?? 0;
  }

  /** Resolves when this member is out by its own will, with everything that it sent delivered to those who stay. */
  async leave(): Promise<void> {
    if (this.#isClosed) return;
    this.#core.leave(this.#nowMs());
    this.#after();
    await this.#left;
    await this.close();
  }

  /** Ends at once, as a crash would; the others find out. */
  async close(): Promise<void> {
    await this.#end(undefined);
  }

  #openSafe(): SafeMessages | undefined {
    const { name, safe: options, trace, founders } = this.#options;
    if (options === undefined) return undefined;
    const safe = new SafeMessages(this.#world, name, options, this.self, {
      deliver: (sender, payload, sequence) => this.onDeliver(sender, payload, sequence, "total", "safe"),
      room: () => this.onRoom(),
      failed: (error) => void this.#end(error),
      trace,
    });
    const place = { group: name, founders: founders.map((founder) => founder.name), options };
    safe.start((machine) => openSafeLog(this.#world, this.#mesh, place, machine));
    return safe;
  }

  #multicastSafe(order: Order, payload: Uint8Array): number {
    if (this.#safe === undefined) throw new RangeError("safe messages need the option `safe` of the group");
    checkSafeOrder(order);
    if (!this.#safe.hasRoom(payload.length)) return 0;
    const sequence = this.#core.takeSequence();
    if (sequence > 0) this.#safe.add(sequence, payload);
    return sequence;
  }

  #newCore(record: GroupRecord): GroupCore {
    const { founders, quorum = { kind: "dynamic" } } = this.#options;
    const { name, address } = this.#mesh.self;
    const seat: Seat = { node: name, incarnation: record.incarnation, ...address };
    const contacts = [...new Set([...founders.map((founder) => founder.name), ...this.#up])];
    const options = {
      seat,
      record,
      quorum,
      contacts: contacts.filter((node) => node !== name),
      limits: this.#limits,
      nowMs: this.#nowMs(),
    };
    return new GroupCore(options, this.#output(memberName(seat)));
  }

  #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  // What comes in.

  readonly #onMessage = (from: string, bytes: Uint8Array): void => {
    const nowMs = this.#nowMs();
    this.#detector.heard(from, nowMs);
    this.#core.receive(from, bytes, nowMs);
    this.#after();
  };

  #linkUp(peer: string): void {
    const nowMs = this.#nowMs();
    this.#up.add(peer);
    this.#detector.linkUp(peer, nowMs);
    this.#core.linkUp(peer, nowMs);
    this.#after();
  }

  #linkDown(peer: string): void {
    const nowMs = this.#nowMs();
    this.#up.delete(peer);
    this.#detector.linkDown(peer, nowMs);
    this.#core.linkDown(peer, nowMs);
    this.#after();
  }

  // Turns and time.

  /** Something happened: when to look again. */
  #after(): void {
    if (this.#isClosed) return;
    const atMs = Math.min(this.#core.nextMs, this.#detector.nextMs);
    if (atMs <= this.#nowMs()) this.#plan();
    else if (atMs < this.#timerMs) this.#setTimer(atMs);
  }

  #setTimer(atMs: number): void {
    this.#timer?.cancel();
    this.#timerMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#world.timers.after(Math.max(0, atMs - this.#nowMs()), () => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.#turn();
    });
  }

  /** The end of this turn is the time to send what it brought. */
  #plan(): void {
    if (this.#isPlanned || this.#isClosed) return;
    this.#isPlanned = true;
    this.#world.timers.soon(() => {
      this.#isPlanned = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#isClosed) return;
    const nowMs = this.#nowMs();
    // What was waiting in the sockets while we were held up comes first: the detector knows how late it is.
    if (this.#detector.nextMs <= nowMs) this.#detector.tick(nowMs);
    this.#core.flush(nowMs);
    if (this.#isClosed) return;
    const atMs = Math.min(this.#core.nextMs, this.#detector.nextMs);
    if (atMs < this.#timerMs) this.#setTimer(Math.max(atMs, nowMs + MIN_TIMER_MS));
  }

  // What the core wants.

  #output(name: string): CoreOutput {
    const { trace } = this.#options;
    return {
      send: (node, bytes) => this.#port.send(node, bytes),
      broadcast: (nodes, bytes) => this.#port.broadcast(nodes, bytes),
      store: (record, token) => void this.#store(name, record, token),
      reach: (seats) => this.#reach(seats),
      watch: (nodes) => this.#detector.watch(nodes, this.#nowMs()),
      install: (view, origin) => this.#install(view, origin),
      deliver: (sender, sequence, order, guarantee, payload) =>
        this.onDeliver(sender, payload, sequence, order, guarantee),
      sent: (sequence) => this.onSent(sequence),
      settled: (sequence) => this.#settled.settle(sequence),
      room: () => this.onRoom(),
      blocked: () => this.onBlocked(),
      unblocked: () => this.onUnblocked(),
      out: (reason) => this.#isOut(reason),
      capture: (view, joiner) => this.#transfers.capture(view, joiner),
      pull: (view, donor) => this.#transfers.pull(view, donor),
      transfer: (from, message) => this.#transfers.receive(from, message),
      detector: (from, bytes) => this.#detector.receive(from, bytes, this.#nowMs()),
      slow: (node) => this.#world.log.warn("group member slow", { group: this.#options.name, node }),
      trouble: (from) =>
        this.#world.log.warn("group message unreadable", { group: this.#options.name, from }),
      trace: trace === undefined ? undefined : (event) => trace(name, event),
      ready: () => this.#plan(),
    };
  }

  async #store(name: string, record: Uint8Array, token: number): Promise<void> {
    try {
      await this.#records.write(record);
    } catch (error) {
      // What is in memory is ahead of the disk: it must not be acted upon.
      this.#fail("GROUP_STORE", "the disk refused what this node must keep of the group", error);
      return;
    }
    if (this.#isClosed || memberName(this.#core.seat) !== name) return;
    this.#core.stored(token, this.#nowMs());
    this.#after();
  }

  #reach(seats: readonly Seat[]): void {
    for (const { node, host, port } of seats) {
      if (node === this.#mesh.self.name || host === "") continue;
      try {
        this.#mesh.add({ name: node, address: { host, port } });
      } catch (error) {
        // Over the mesh's bound: the node may still reach us.
        if (!isCoterieError(error)) throw error;
        this.#world.log.warn("group node not reached", { group: this.#options.name, node, code: error.code });
      }
    }
  }

  #install(view: GroupView, origin: StateOrigin): void {
    if (this.#installedMs === Number.POSITIVE_INFINITY) this.#installedMs = this.#nowMs();
    if (origin === "nobody") this.#transfers.stopTaking();
    this.#transfers.installed(view);
    this.#safe?.entered(view.id);
    this.onView(view, origin);
  }

  #isOut(reason: OutReason): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#installedMs >= LASTING_MS) this.#rejoinMs = FIRST_REJOIN_MS;
    this.#installedMs = Number.POSITIVE_INFINITY;
    this.#transfers.stop();
    this.#safe?.out();
    this.#loseSight(`taken out of the group ${this.#options.name} (${reason})`);
    this.onOut(this.self, reason);
    if (reason === "left") this.#hasLeft();
    else if (this.#options.rejoin ?? true) this.#rejoinLater();
  }

  #rejoinLater(): void {
    const delayMs = this.#rejoinMs;
    this.#rejoinMs = Math.min(2 * delayMs, MAX_REJOIN_MS);
    this.#world.timers.after(delayMs, () => void this.#rejoin());
  }

  async #rejoin(): Promise<void> {
    if (this.#isClosed) return;
    let record: GroupRecord;
    try {
      record = await this.#records.beginLife(this.#core.record);
    } catch (error) {
      this.#fail("GROUP_STORE", "the disk refused what this node must keep of the group", error);
      return;
    }
    if (this.#isClosed) return;
    this.#settled.reset();
    this.#core = this.#newCore(record);
    this.#safe?.begin(this.self);
    for (const peer of this.#up) this.#core.linkUp(peer, this.#nowMs());
    this.#plan();
  }

  /** Whoever waits for a message to be stable will not hear of it here. */
  #loseSight(why: string, cause?: CoterieError): void {
    this.#settled.fail(groupError("GROUP_FATE_UNKNOWN", why, "unknown", cause));
  }

  #fail(code: "GROUP_STORE" | "GROUP_STATE", message: string, cause: unknown): void {
    void this.#end(new CoterieError(code, message, { cause, details: { group: this.#options.name } }));
  }

  async #end(error: CoterieError | undefined): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#core.isOut) this.#options.trace?.(memberName(this.#core.seat), { kind: "crash" });
    this.#timer?.cancel();
    this.#port.close();
    this.#transfers.stop();
    this.#loseSight(`the group ${this.#options.name} was closed here`, error);
    this.#hasLeft();
    await this.#safe?.close();
    await this.#records.close().catch(() => {});
    this.onClose(error);
  }
}

/** Timers are no finer. */
const MIN_TIMER_MS = 1;

/**
 * Founds a group, or joins it: that takes as long as it takes, `onView` tells of it. Errors: GROUP_RECORD, those of the store, and
 * of the mesh for contacts that cannot be reached. @throws RangeError for options out of their bounds.
 */
export async function openGroup(world: World, mesh: Mesh, options: GroupOptions): Promise<Group> {
  checkOptions(options);
  for (const { name, address } of options.founders) if (name !== mesh.self.name) mesh.add({ name, address });
  await Promise.all((options.contacts ?? []).map((address) => mesh.contact(address)));
  const records = await RecordStore.open(world, options.name, options.store);
  const members = options.founders.map(({ name, address }) => ({ node: name, incarnation: 0, ...address }));
  try {
    const record = await records.beginLife(records.read({ id: 0, members }));
    return new Group(world, mesh, options, records, record);
  } catch (error) {
    await records.close().catch(() => {});
    throw error;
  }
}
