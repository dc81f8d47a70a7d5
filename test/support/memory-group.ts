/**
 * A perfect group in memory, moved by hand: one order for all messages, delivered when the test says so, members taken out and let in
 * again at any point between. Direct messages are delivered by hand too, or lost.
 */
import type { GroupPort, PortUser } from "../../src/group/api/port.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "../../src/group/types.ts";

interface Message {
  readonly sender: Member;
  readonly sequence: number;
  readonly order: Order;
  readonly guarantee: Guarantee;
  readonly payload: Uint8Array;
}

interface Direct {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

export class MemoryPort implements GroupPort {
  user!: PortUser;
  readonly maxMessageBytes = 16 * 1024 * 1024;
  maxSafeBytes = 0;
  readonly node: string;
  incarnation = 1;
  sequence = 0;
  /** How many messages of the view it has delivered. */
  delivered = 0;
  isIn = false;
  isBlocked = false;
  isFull = false;
  /** Sent while it could not be: in a view that is to come. */
  readonly waiting: Message[] = [];
  readonly watched = new Set<number>();
  readonly #group: MemoryGroup;

  constructor(group: MemoryGroup, node: string) {
    this.#group = group;
    this.node = node;
  }

  get self(): Member {
    return { node: this.node, incarnation: this.incarnation };
  }

  multicast(order: Order, guarantee: Guarantee, payload: Uint8Array): number {
    if (this.isFull) return 0;
    const sequence = ++this.sequence;
    const message = { sender: this.self, sequence, order, guarantee, payload: payload.slice() };
    if (this.isIn && !this.isBlocked) this.#group.log.push(message);
    else this.waiting.push(message);
    if (this.isIn && !this.isBlocked) this.user.onSent(sequence);
    return sequence;
  }

  watchSettled(sequence: number): void {
    this.watched.add(sequence);
  }

  send(node: string, bytes: Uint8Array): boolean {
    if (this.#group.cut) return false;
    this.#group.directs.push({ from: this.node, to: node, bytes: bytes.slice() });
    return true;
  }

  leave(): void {
    this.#group.run();
    this.#group.takeOut(this.node, "left", true);
  }

  async close(): Promise<void> {
    if (this.isIn) this.#group.takeOut(this.node, "closed", true);
  }
}

export class MemoryGroup {
  readonly ports = new Map<string, MemoryPort>();
  view: View = { id: 0, members: [] };
  /** The messages of the view, in their order. */
  log: Message[] = [];
  directs: Direct[] = [];
  /** Direct messages are refused. */
  cut = false;

  port(node: string): MemoryPort {
    let port = this.ports.get(node);
    if (port === undefined) {
      port = new MemoryPort(this, node);
      this.ports.set(node, port);
    }
    return port;
  }

  #in(): MemoryPort[] {
    return this.view.members.map(({ node }) => this.port(node));
  }

  /** Lets these in, as founders or as newcomers, in one view. */
  letIn(...nodes: readonly string[]): void {
    this.run();
    this.#change([...this.view.members, ...nodes.map((node) => this.port(node).self)]);
  }

  /**
   * Takes a member out; of what it sent last, and nobody else has delivered, so much is lost with it. It is told now, unless it is to learn
   * it later (`tell`).
   */
  takeOut(
    node: string,
    reason = "excluded",
    isLast = false,
    options: { lost?: number; tell?: boolean } = {},
  ): void {
    const port = this.port(node);
    for (let lost = options.lost ?? 0; lost > 0; lost--) this.#lose(node);
    port.isIn = false;
    this.#change(this.view.members.filter((member) => member.node !== node));
    if (options.tell ?? true) this.tellOut(node, reason, isLast);
  }

  tellOut(node: string, reason = "excluded", isLast = false): void {
    const port = this.port(node);
    port.incarnation++;
    port.sequence = 0;
    port.waiting.length = 0;
    port.watched.clear();
    port.isBlocked = false;
    port.user.onOut(reason, isLast);
  }

  #lose(node: string): void {
    const reached = Math.max(...this.#in().map((port) => (port.node === node ? 0 : port.delivered)));
    const at = this.log.findLastIndex(({ sender }) => sender.node === node);
    if (at < reached) throw new RangeError(`what ${node} sent last was delivered`);
    this.log.splice(at, 1);
  }

  #change(members: readonly Member[]): void {
    for (const port of this.#in()) if (port.isIn) while (this.step(port.node));
    // Whoever goes on has everything.
    for (const { sender, sequence } of this.log) this.#settle(sender, sequence);
    this.log = [];
    const donor = this.#in().find((port) => port.isIn && members.some(({ node }) => node === port.node));
    this.view = { id: this.view.id + 1, members };
    for (const port of this.#in().filter(({ isIn }) => isIn)) this.#install(port, "self");
    const state = donor === undefined ? undefined : [...donor.user.capture()].map((piece) => piece.slice());
    for (const port of this.#in().filter(({ isIn }) => !isIn)) {
      port.isIn = true;
      if (state !== undefined) port.user.restore(state);
      this.#install(port, state === undefined ? "nobody" : "donor");
    }
    for (const port of this.#in()) this.#sendWaiting(port);
  }

  #install(port: MemoryPort, origin: "self" | "donor" | "nobody"): void {
    port.delivered = 0;
    port.isBlocked = false;
    port.user.onInstall(this.view, origin);
  }

  #sendWaiting(port: MemoryPort): void {
    for (const message of port.waiting.splice(0)) {
      this.log.push(message);
      port.user.onSent(message.sequence);
    }
  }

  /** Delivers the next message at this member. @returns whether there was one. */
  step(node: string): boolean {
    const port = this.port(node);
    const message = this.log[port.delivered];
    if (message === undefined || !port.isIn || port.isBlocked) return false;
    port.delivered++;
    const { sender, sequence, order, guarantee, payload } = message;
    port.user.onDeliver(sender, sequence, order, guarantee, payload);
    if (this.#in().every((each) => !each.isIn || each.delivered >= port.delivered))
      this.#settle(sender, sequence);
    return true;
  }

  #settle(sender: Member, sequence: number): void {
    const author = this.port(sender.node);
    if (author.isIn && memberName(author.self) === memberName(sender) && author.watched.delete(sequence))
      author.user.onSettled(sequence);
  }

  /** Delivers everything, also what follows from it. */
  run(): void {
    for (let hasMoved = true; hasMoved; ) {
      hasMoved = this.#in().some((port) => this.step(port.node));
      const direct = this.directs.shift();
      if (direct === undefined) continue;
      hasMoved = true;
      this.ports.get(direct.to)?.user.onDirect(direct.from, direct.bytes);
    }
  }

  block(node: string): void {
    this.port(node).isBlocked = true;
    this.port(node).user.onBlocked();
  }

  unblock(node: string): void {
    const port = this.port(node);
    port.isBlocked = false;
    port.user.onUnblocked();
    this.#sendWaiting(port);
  }

  /** Runs until everything that was promised has come: `run`, and the turns of promises between. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      this.run();
      await Promise.resolve();
    }
  }
}
