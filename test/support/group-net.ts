/**
 * Groups in memory: cores on nodes with disks, links between them, detectors and applications, all driven by one seed. Links keep
 * the order and lose what is under way when they go down; disks lose what was not yet written; detectors are told by
 * the network, after a time, who cannot be reached. Every event is judged by the spec.
 */
import { GroupCore } from "../../src/group/core.ts";
import type { CoreLimits, CoreOutput } from "../../src/group/core-types.ts";
import { readRecord } from "../../src/group/membership/acceptor.ts";
import { defaultMembershipLimits } from "../../src/group/membership/limits.ts";
import type { QuorumRule } from "../../src/group/membership/quorum.ts";
import type { GroupView, Seat } from "../../src/group/membership/seat.ts";
import { defaultMulticastLimits } from "../../src/group/multicast/limits.ts";
import { GroupSpec } from "../../src/group/spec.ts";
import { type Guarantee, memberName, type Order } from "../../src/group/types.ts";
import { encodeRecord } from "../../src/group/wire/record.ts";
import { type Random, randomBelow } from "../../src/world/index.ts";

export const TEST_LIMITS: CoreLimits = {
  ...defaultMulticastLimits,
  ...defaultMembershipLimits,
  maxQueuedBytes: 1024 * 1024,
  maxHeldBytes: 4 * 1024 * 1024,
};

export interface NetOptions {
  readonly nodes: number;
  /** How many of them found the group; the others join. Default: all. */
  readonly founders?: number;
  readonly latencyMs?: number;
  readonly syncMs?: number;
  readonly detectMs?: number;
  readonly quorum?: QuorumRule;
  readonly limits?: Partial<CoreLimits>;
  /** Members that are out come back. Default: true. */
  readonly rejoin?: boolean;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A replica: the ids of messages of a total order, in their order, since the group began. */
type State = string[];

class Node {
  readonly index: number;
  readonly name: string;
  core: GroupCore | undefined;
  incarnation = 0;
  disk: Uint8Array | undefined;
  /** Another life of the process: what is due for an earlier one is void. */
  life = 0;
  isPaused = false;
  state: State = [];
  /** What was captured, by transfer and joiner. */
  captured = new Map<string, State>();
  pulling: { readonly view: number; readonly donor: string; readonly life: number } | undefined;
  outs: string[] = [];
  views: GroupView[] = [];
  isLeaving = false;
  timer = 0;
  late: (() => void)[] = [];

  constructor(index: number) {
    this.index = index;
    this.name = `n${index}`;
  }
}

export class GroupNet {
  readonly spec = new GroupSpec();
  readonly nodes: Node[];
  readonly options: Required<Omit<NetOptions, "founders">> & { readonly founders: number };
  readonly log: string[] = [];
  nowMs = 0;
  /** Called before anything leaves a core: `send`, `store`, `deliver`, … ; for crashes at each of them. */
  onEffect: (node: Node, what: string) => void = () => {};
  messages = 0;
  bytes = 0;
  readonly #random: Random;
  readonly #events: Event[] = [];
  #order = 0;
  /** Directed ways that are cut: `from>to`. */
  readonly #cut = new Set<string>();
  readonly #sessions = new Map<string, number>();
  readonly #up = new Set<string>();
  readonly #lastDue = new Map<string, number>();
  readonly #suspected = new Set<string>();

  constructor(random: Random, options: NetOptions) {
    this.#random = random;
    this.options = {
      founders: options.nodes,
      latencyMs: 5,
      syncMs: 5,
      detectMs: 300,
      quorum: { kind: "dynamic" },
      limits: {},
      rejoin: true,
      ...options,
    };
    this.nodes = Array.from({ length: options.nodes }, (_, i) => new Node(i));
  }

  node(index: number): Node {
    return this.nodes[index] as Node;
  }

  // Time.

  at(delayMs: number, run: () => void): void {
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, run };
    const heap = this.#events;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[place] = heap[parent] as Event;
      place = parent;
    }
    heap[place] = event;
  }

  #take(): Event | undefined {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
    return first;
  }

  run(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atMs > untilMs || this.spec.violation !== undefined) break;
      this.#take();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }

  /** Runs until something is so. False when it is not within the time. */
  runUntil(isSo: () => boolean, limitMs = 60_000): boolean {
    const endMs = this.nowMs + limitMs;
    while (!isSo() && this.nowMs < endMs && this.spec.violation === undefined) this.run(10);
    return isSo();
  }

  // Nodes.

  start(index: number): void {
    const node = this.node(index);
    node.life++;
    node.isPaused = false;
    node.late = [];
    node.isLeaving = false;
    const { life } = node;
    this.#newMember(node);
    this.#cheat(node);
    for (const other of this.nodes)
      if (other !== node) this.at(this.#delay(), () => this.#connect(node, life, other));
  }

  /** Detectors of a new process find out anew. */
  #cheat(node: Node): void {
    for (const other of this.nodes) {
      this.#suspected.delete(`${node.name}>${other.name}`);
      this.#watch(node, other);
      this.#watch(other, node);
    }
  }

  #newMember(node: Node): void {
    const { founders, quorum, limits, nodes } = this.options;
    const founding: GroupView = {
      id: 0,
      members: this.nodes.slice(0, founders).map((each) => seatOf(each, 0)),
    };
    const record = readRecord(node.disk, founding);
    if (record === undefined) throw new Error("the disk holds no record");
    const incarnation = Math.max(record.incarnation, node.incarnation) + 1;
    node.incarnation = incarnation;
    node.state = [];
    node.captured.clear();
    node.pulling = undefined;
    const mine = { ...record, incarnation };
    // The incarnation is on the disk before anybody hears of it.
    node.disk = encodeRecord(mine);
    const contacts = this.nodes.slice(0, Math.min(nodes, 2)).map(({ name }) => name);
    node.core = new GroupCore(
      {
        seat: seatOf(node, incarnation),
        record: mine,
        quorum,
        contacts: contacts.filter((name) => name !== node.name),
        limits: { ...TEST_LIMITS, ...limits },
        nowMs: this.nowMs,
      },
      this.#output(node, node.life, incarnation),
    );
    this.#turn(node);
  }

  #output(node: Node, life: number, incarnation: number): CoreOutput {
    const name = memberName({ node: node.name, incarnation });
    const say = (what: string) => this.onEffect(node, what);
    return {
      send: (to, bytes) => {
        say(`send ${to}`);
        this.#send(node, life, to, bytes);
      },
      broadcast: (to, bytes) => {
        for (const each of to) {
          say(`send ${each}`);
          this.#send(node, life, each, bytes);
        }
      },
      store: (record, token) => {
        say("store");
        const doneMs = randomBelow(this.#random, this.options.syncMs + 1);
        this.at(doneMs, () => {
          if (node.life !== life) return;
          node.disk = record;
          this.#do(node, life, () => node.core?.stored(token, this.nowMs));
        });
      },
      reach: () => {},
      watch: (nodes) => {
        for (const other of this.nodes) {
          if (nodes.includes(other.name)) this.#watch(node, other);
          else this.#suspected.delete(`${node.name}>${other.name}`);
        }
      },
      install: (view, origin) => {
        if (node.life !== life) return;
        node.views.push(view);
        if (origin === "nobody") {
          node.pulling = undefined;
          node.state = [];
        }
        this.log.push(
          `${this.nowMs.toFixed(1)} ${name} installs ${view.id}: ${view.members.map(memberName)} (${origin})`,
        );
      },
      deliver: (sender, sequence, order) => {
        say("deliver");
        if (node.life !== life || node.incarnation !== incarnation) return;
        if (order === "total" || order === "causal-total" || order === "sync")
          node.state.push(`${memberName(sender)}/${sequence}`);
      },
      sent: () => {},
      settled: () => {},
      room: () => {},
      blocked: () => this.log.push(`${this.nowMs.toFixed(1)} ${name} blocked`),
      unblocked: () => {},
      out: (reason) => {
        this.log.push(`${this.nowMs.toFixed(1)} ${name} out: ${reason}`);
        node.outs.push(reason);
        this.at(this.options.syncMs, () => {
          const isRejoining = this.options.rejoin && !node.isLeaving;
          if (node.life !== life || !isRejoining) return;
          this.#do(node, life, () => this.#again(node));
        });
      },
      capture: (view, joiner) => {
        node.captured.set(`${view} ${memberName(joiner)}`, [...node.state]);
      },
      pull: (view, donor) => {
        node.pulling = { view, donor: donor.node, life };
        node.state = [];
        this.#pull(node, life, incarnation, view, donor.node);
      },
      transfer: () => {},
      detector: () => {},
      slow: () => {},
      trouble: (from) => {
        throw new Error(`${name} took what ${from} sent for no message`);
      },
      trace: (event) => {
        if (node.life !== life || node.incarnation !== incarnation) return;
        this.spec.observe(name, event);
      },
      ready: () => {},
    };
  }

  /** The same process comes back as a new member. */
  #again(node: Node): void {
    const record = node.core?.record;
    if (record !== undefined) node.disk = record.encode();
    this.#newMember(node);
    for (const other of this.nodes)
      if (this.#up.has(wayOf(node, other))) node.core?.linkUp(other.name, this.nowMs);
  }

  #pull(node: Node, life: number, incarnation: number, view: number, donor: string): void {
    this.at(20 + randomBelow(this.#random, 60), () => {
      const isCurrent = node.life === life && node.incarnation === incarnation && node.pulling?.view === view;
      if (!isCurrent || node.pulling?.donor !== donor) return;
      const giver = this.nodes.find(({ name }) => name === donor) as Node;
      const key = `${view} ${memberName({ node: node.name, incarnation })}`;
      const state = this.#up.has(wayOf(giver, node)) && !giver.isPaused ? giver.captured.get(key) : undefined;
      if (state === undefined) {
        this.#pull(node, life, incarnation, view, donor);
        return;
      }
      this.#do(node, life, () => {
        if (node.incarnation !== incarnation || node.pulling?.view !== view || node.core?.isOut) return;
        node.pulling = undefined;
        node.state = [...state];
        node.core?.stateReceived(this.nowMs);
      });
    });
  }

  /** Something happens at a node, now or when it goes on. */
  #do(node: Node, life: number, what: () => void): void {
    if (node.life !== life || node.core === undefined) return;
    if (node.isPaused) {
      node.late.push(() => this.#do(node, life, what));
      return;
    }
    what();
    this.#turn(node);
  }

  /** The end of a turn. */
  #turn(node: Node): void {
    const { core, life } = node;
    if (core === undefined) return;
    core.flush(this.nowMs);
    const inMs = Math.max(0.5, core.nextMs - this.nowMs);
    if (!Number.isFinite(inMs)) return;
    const timer = ++node.timer;
    this.at(inMs, () => {
      if (node.timer === timer) this.#do(node, life, () => {});
    });
  }

  crash(index: number): void {
    const node = this.node(index);
    const { core } = node;
    if (core === undefined) return;
    node.life++;
    node.core = undefined;
    node.isPaused = false;
    node.late = [];
    this.log.push(`${this.nowMs.toFixed(1)} ${node.name} crashes`);
    if (!core.isOut) this.spec.observe(memberName(core.seat), { kind: "crash" });
    for (const other of this.nodes) if (other !== node) this.#disconnect(node, other);
  }

  pause(index: number, forMs: number): void {
    const node = this.node(index);
    if (node.core === undefined || node.isPaused) return;
    node.isPaused = true;
    const { life } = node;
    this.log.push(`${this.nowMs.toFixed(1)} ${node.name} pauses for ${forMs}`);
    for (const other of this.nodes) if (other !== node) this.#watch(other, node);
    this.at(forMs, () => {
      if (node.life !== life || !node.isPaused) return;
      node.isPaused = false;
      const late = node.late.splice(0);
      for (const each of late) each();
      this.#do(node, life, () => {});
      for (const other of this.nodes) if (other !== node) this.#watch(other, node);
    });
  }

  leave(index: number): void {
    const node = this.node(index);
    node.isLeaving = true;
    this.#do(node, node.life, () => node.core?.leave(this.nowMs));
  }

  multicast(index: number, order: Order, guarantee: Guarantee, bytes: number): number {
    const node = this.node(index);
    let sequence = 0;
    if (node.core === undefined || node.isPaused || node.core.isOut) return 0;
    this.#do(node, node.life, () => {
      sequence = node.core?.multicast(order, guarantee, new Uint8Array(bytes)) ?? 0;
    });
    return sequence;
  }

  // Links.

  #delay(): number {
    return 0.1 + (randomBelow(this.#random, 1000) / 1000) * this.options.latencyMs;
  }

  #canConnect(a: Node, b: Node): boolean {
    const isCut = this.#cut.has(`${a.name}>${b.name}`) || this.#cut.has(`${b.name}>${a.name}`);
    return a.core !== undefined && b.core !== undefined && !isCut;
  }

  #connect(a: Node, life: number, b: Node): void {
    if (a.life !== life || this.#up.has(wayOf(a, b)) || !this.#canConnect(a, b)) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const way = wayOf(one, other);
      this.#up.add(way);
      this.#sessions.set(way, (this.#sessions.get(way) ?? 0) + 1);
      const session = this.#sessions.get(way);
      const { life } = one;
      // Each side hears of it at its own time, before anything that is sent over it.
      this.#arrive(one, life, other, () => {
        if (this.#sessions.get(way) === session && this.#up.has(way))
          one.core?.linkUp(other.name, this.nowMs);
      });
    }
    this.#watch(a, b);
    this.#watch(b, a);
  }

  #disconnect(a: Node, b: Node): void {
    if (!this.#up.has(wayOf(a, b))) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const way = wayOf(one, other);
      this.#up.delete(way);
      this.#sessions.set(way, (this.#sessions.get(way) ?? 0) + 1);
      const { life } = one;
      this.at(this.#delay(), () => {
        if (!this.#up.has(way)) this.#do(one, life, () => one.core?.linkDown(other.name, this.nowMs));
      });
      this.#watch(one, other);
    }
  }

  /** Runs something at `to` that comes over its link from `from`: in order. */
  #arrive(to: Node, life: number, from: Node, what: () => void): void {
    const way = `${from.name}>${to.name}`;
    const dueMs = Math.max(this.nowMs + this.#delay(), this.#lastDue.get(way) ?? 0);
    this.#lastDue.set(way, dueMs);
    this.at(dueMs - this.nowMs, () => this.#do(to, life, what));
  }

  #send(from: Node, life: number, to: string, bytes: Uint8Array): void {
    const other = this.nodes.find(({ name }) => name === to) as Node;
    const way = wayOf(other, from);
    if (from.life !== life || !this.#up.has(way) || this.#cut.has(`${from.name}>${to}`)) return;
    this.messages++;
    this.bytes += bytes.length;
    const copy = bytes.slice();
    const session = this.#sessions.get(way);
    this.#arrive(other, other.life, from, () => {
      if (this.#sessions.get(way) !== session) return;
      this.#heard(other, from);
      other.core?.receive(from.name, copy, this.nowMs);
    });
  }

  /** Whoever is heard is trusted again at once. */
  #heard(by: Node, from: Node): void {
    if (this.#suspected.delete(`${by.name}>${from.name}`)) by.core?.trust(from.name, this.nowMs);
  }

  /** Nothing gets from one to the other; links go down after a while. */
  cut(from: number, to: number): void {
    const [a, b] = [this.node(from), this.node(to)];
    this.#cut.add(`${a.name}>${b.name}`);
    this.#watch(b, a);
    this.at(100 + randomBelow(this.#random, 200), () => {
      if (!this.#canConnect(a, b)) this.#disconnect(a, b);
    });
  }

  partition(side: readonly number[]): void {
    this.log.push(`${this.nowMs.toFixed(1)} partition ${side}`);
    for (const a of side)
      for (const b of this.nodes.keys())
        if (!side.includes(b)) {
          this.cut(a, b);
          this.cut(b, a);
        }
  }

  /** The link goes down, and up again. */
  reset(a: number, b: number): void {
    const [one, other] = [this.node(a), this.node(b)];
    this.#disconnect(one, other);
    this.at(5 + randomBelow(this.#random, 50), () => this.#connect(one, one.life, other));
  }

  heal(): void {
    this.log.push(`${this.nowMs.toFixed(1)} heals`);
    this.#cut.clear();
    for (const a of this.nodes)
      for (const b of this.nodes)
        if (a !== b) {
          this.at(20 + this.#delay(), () => this.#connect(a, a.life, b));
          this.#watch(a, b);
        }
  }

  // Detectors.

  #canHear(a: Node, b: Node): boolean {
    return (
      b.core !== undefined &&
      !b.isPaused &&
      this.#up.has(wayOf(a, b)) &&
      !this.#cut.has(`${b.name}>${a.name}`)
    );
  }

  /** Something changed about whether `a` hears `b`: its detector finds out after a while. */
  #watch(a: Node, b: Node): void {
    const delay = this.options.detectMs * (0.5 + randomBelow(this.#random, 100) / 100);
    const { life } = a;
    this.at(delay, () => {
      if (a.life !== life || a.core === undefined) return;
      const way = `${a.name}>${b.name}`;
      const canHear = this.#canHear(a, b);
      if (canHear === !this.#suspected.has(way)) return;
      if (canHear) this.#suspected.delete(way);
      else this.#suspected.add(way);
      this.#do(a, life, () => {
        if (this.#suspected.has(way)) a.core?.suspect(b.name, this.nowMs);
        else a.core?.trust(b.name, this.nowMs);
      });
      // A member that is new to the view is watched from the beginning.
      this.#watch(a, b);
    });
  }

  /** A detector suspects somebody for no reason, and soon thinks better of it. */
  suspect(by: number, whom: number): void {
    const [node, other] = [this.node(by), this.node(whom)];
    this.#suspected.add(`${node.name}>${other.name}`);
    this.#do(node, node.life, () => node.core?.suspect(other.name, this.nowMs));
    this.#watch(node, other);
  }

  // What came of it.

  alive(): string[] {
    return this.nodes.flatMap(({ core }) =>
      core === undefined || core.isOut ? [] : [memberName(core.seat)],
    );
  }

  /** Everybody who lives is in one view with all others who live, and nobody else. */
  isSettled(): boolean {
    const cores = this.nodes.flatMap(({ core }) => (core === undefined ? [] : [core]));
    const wanted = this.alive().sort().join(" ");
    return cores.every((core) => {
      const { view } = core;
      const has = view?.members.map(memberName).sort().join(" ");
      return !core.isOut && has === wanted && !core.isFrozen && !core.isBlocked;
    });
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function wayOf(a: Node, b: Node): string {
  return `${a.name}|${b.name}`;
}

function seatOf(node: Node, incarnation: number): Seat {
  return { node: node.name, incarnation, host: "10.0.0.1", port: 1000 + node.index };
}
