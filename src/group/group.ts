/**
 * A group as a program uses it: carries out what the core wants, over a mesh and a store, with timers, a failure detector and
 * the application. It decides nothing itself. Everything of a turn of the event loop leaves together at its end.
 *
 * One life of the core is one member. When a member is out, the same node comes back as the next one, unless it is told not to.
 */
import type { Mesh, MeshPort } from "../channel/index.ts";
import { CoterieError, type World } from "../world/index.ts";
import { GroupCore } from "./core.ts";
import type { CoreOutput, OutReason, StateOrigin } from "./core-types.ts";
import { type Detector, HeartbeatDetector } from "./detector/index.ts";
import { groupError } from "./errors.ts";
import { GroupHandlers } from "./handlers.ts";
import { Links, type LinksHost } from "./links.ts";
import { Lives } from "./lives.ts";
import type { GroupView, Seat } from "./membership/seat.ts";
import { checkOptions, type GroupLimits, type GroupOptions, type MulticastOptions } from "./options.ts";
import { reachSeats } from "./reach.ts";
import type { RecordStore } from "./record-store.ts";
import { openSafeLog } from "./safe/open-safe-log.ts";
import { checkSafeOrder, SafeMessages } from "./safe/safe-messages.ts";
import { Settled } from "./settled.ts";
import { Transfers } from "./transfer/transfers.ts";
import { Turns } from "./turns.ts";
import { type Member, memberName, type Order, type View } from "./types.ts";
import type { GroupRecord } from "./wire/record.ts";

/**
 * A member of a group, in bytes and with handlers; `join` gives the same with values, promises and shared
 * objects. Methods reject with GROUP_… codes.
 */
export class Group extends GroupHandlers {
  readonly #world: World;
  readonly #mesh: Mesh;
  readonly #options: GroupOptions;
  readonly #limits: GroupLimits;
  readonly #port: MeshPort;
  readonly #detector: Detector;
  readonly #settled = new Settled();
  readonly #transfers: Transfers;
  readonly #safe: SafeMessages | undefined;
  readonly #links: Links;
  #core: GroupCore;
  #isClosed = false;
  readonly #turns: Turns;
  readonly #lives: Lives;
  readonly #left: Promise<void>;
  #hasLeft: () => void = () => {};

  constructor(world: World, mesh: Mesh, options: GroupOptions, records: RecordStore, record: GroupRecord) {
    super();
    this.#world = world;
    this.#mesh = mesh;
    this.#options = options;
    this.#limits = checkOptions(options);
    this.#lives = this.#newLives(records);
    this.#left = new Promise((resolve) => {
      this.#hasLeft = resolve;
    });
    this.#turns = this.#newTurns();
    this.#transfers = new Transfers(world, options.state, {
      send: (node, message) => this.#core.sendControl(node, message),
      received: () => {
        this.#core.stateReceived(this.#turns.nowMs);
        this.#turns.after();
      },
      failed: (error) => this.#fail("GROUP_STATE", "the application did not take the state", error),
    });
    this.#detector = (options.detector ?? ((output) => new HeartbeatDetector(output)))({
      send: (to, bytes) => this.#core.sendControl(to, { kind: "detector", bytes }),
      suspect: (peer) => {
        this.#core.suspect(peer, this.#turns.nowMs);
        // It may live, and only the stream to it be stuck.
        this.#mesh.renew(peer);
      },
      trust: (peer) => this.#core.trust(peer, this.#turns.nowMs),
    });
    this.#port = mesh.open(`group/${options.name}`);
    this.#links = new Links(this.#port, this.#parts());
    this.#core = this.#newCore(record);
    this.#safe = this.#openSafe();
    this.#turns.after();
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
    this.#turns.plan();
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
   * The place of the safe message that is being delivered or was delivered last, among all of the group, from 1: what a program
   * keeps with its effect that is to begin there (`SafeOptions.from`).
   */
  get safePosition(): number {
    return this.#safe?.position ?? 0;
  }

  /** Resolves when this member is out by its own will, with everything that it sent delivered to those who stay. */
  async leave(): Promise<void> {
    if (this.#isClosed) return;
    this.#core.leave(this.#turns.nowMs);
    this.#turns.after();
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
    const all = new Set([...founders.map((founder) => founder.name), ...this.#links.up]);
    const contacts = [...all].filter((node) => node !== name);
    const options = { seat, record, quorum, contacts, limits: this.#limits, nowMs: this.#turns.nowMs };
    return new GroupCore(options, this.#output(memberName(seat)));
  }

  /** Of what lives on from one core to the next. */
  #parts(): LinksHost {
    const group = this;
    return {
      detector: this.#detector,
      turns: this.#turns,
      get core() {
        return group.#core;
      },
    };
  }

  #newTurns(): Turns {
    const group = this;
    return new Turns(this.#world, {
      get nextMs() {
        return Math.min(group.#core.nextMs, group.#detector.nextMs);
      },
      turn: (nowMs) => {
        // What was waiting in the sockets while we were held up comes first: the detector knows how late it is.
        if (this.#detector.nextMs <= nowMs) this.#detector.tick(nowMs);
        this.#core.flush(nowMs);
      },
    });
  }

  // What the core wants.

  #output(name: string): CoreOutput {
    const { trace } = this.#options;
    return {
      send: (node, bytes) => this.#port.send(node, bytes),
      broadcast: (nodes, bytes) => this.#port.broadcast(nodes, bytes),
      store: (record, token) => void this.#lives.keep(record, () => this.#stored(name, token)),
      reach: (seats) => reachSeats(this.#world, this.#mesh, this.#options.name, seats),
      watch: (nodes) => this.#detector.watch(nodes, this.#turns.nowMs),
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
      detector: (from, bytes) => this.#detector.receive(from, bytes, this.#turns.nowMs),
      slow: (node) => this.#world.log.warn("group member slow", { group: this.#options.name, node }),
      trouble: (from) =>
        this.#world.log.warn("group message unreadable", { group: this.#options.name, from }),
      trace: trace === undefined ? undefined : (event) => trace(name, event),
      ready: () => this.#turns.plan(),
    };
  }

  #stored(name: string, token: number): void {
    if (memberName(this.#core.seat) !== name) return;
    this.#core.stored(token, this.#turns.nowMs);
    this.#turns.after();
  }

  #install(view: GroupView, origin: StateOrigin): void {
    this.#lives.isIn(this.#turns.nowMs);
    if (origin === "nobody") this.#transfers.stopTaking();
    this.#transfers.installed(view);
    this.#safe?.entered(view.id);
    this.onView(view, origin);
  }

  #isOut(reason: OutReason): void {
    this.#lives.isOut(this.#turns.nowMs);
    this.#transfers.stop();
    this.#safe?.out();
    this.#loseSight(`taken out of the group ${this.#options.name} (${reason})`);
    this.onOut(this.self, reason);
    if (reason === "left") this.#hasLeft();
    else if (this.#options.rejoin ?? true) this.#lives.beginLater(() => this.#core.record);
  }

  #newLives(records: RecordStore): Lives {
    const group = this;
    return new Lives(this.#world, records, {
      get isClosed() {
        return group.#isClosed;
      },
      begin: (record) => this.#begin(record),
      refused: (error) =>
        this.#fail("GROUP_STORE", "the disk refused what this node must keep of the group", error),
    });
  }

  #begin(record: GroupRecord): void {
    this.#settled.reset();
    this.#core = this.#newCore(record);
    this.#safe?.begin(this.self);
    for (const peer of this.#links.up) this.#core.linkUp(peer, this.#turns.nowMs);
    this.#turns.plan();
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
    this.#turns.stop();
    this.#port.close();
    this.#transfers.stop();
    this.#loseSight(`the group ${this.#options.name} was closed here`, error);
    this.#hasLeft();
    await this.#safe?.close();
    await this.#lives.close();
    this.onClose(error);
  }
}
