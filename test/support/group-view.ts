/**
 * One view of a group in memory: its members' multicast machines, and links between them that keep the order and take
 * random times. Whatever happens is told to the spec. The end of the view is agreed upon by the test: the cut is what the
 * members that go on have between them.
 */

import { defaultMulticastLimits, type MulticastLimits } from "../../src/group/multicast/limits.ts";
import { guaranteeOf, modeOf, orderOf } from "../../src/group/multicast/mode.ts";
import { Multicast } from "../../src/group/multicast/multicast.ts";
import type { Message } from "../../src/group/multicast/own-messages.ts";
import { kindOf } from "../../src/group/multicast/small.ts";
import { GroupSpec } from "../../src/group/spec.ts";
import { messageName } from "../../src/group/spec-properties.ts";
import { type Guarantee, type Member, memberName, type Order } from "../../src/group/types.ts";
import { group_kind } from "../../src/group/wire/gen/group.gen.ts";
import { type Random, randomBelow } from "../../src/world/index.ts";

export interface Delivered {
  readonly from: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

interface Packet {
  readonly dueMs: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

export class GroupView {
  readonly spec = new GroupSpec();
  readonly members: Member[];
  readonly machines: Multicast[];
  readonly delivered: Delivered[][];
  readonly settled: number[][];
  readonly waiting: Message[][];
  readonly slow: string[] = [];
  /** Members that say and hear nothing any more. */
  readonly dead = new Set<number>();
  /** Links on which nothing gets through for now: `from>to`. */
  readonly stuck = new Set<string>();
  nowMs = 0;
  sentMessages = 0;
  readonly #random: Random;
  readonly #packets: Packet[] = [];
  readonly #sequences: number[];
  readonly #lastDue = new Map<string, number>();
  readonly latencyMs: number;

  constructor(count: number, random: Random, limits: Partial<MulticastLimits> = {}, latencyMs = 10) {
    this.#random = random;
    this.latencyMs = latencyMs;
    this.members = Array.from({ length: count }, (_, i) => ({ node: `n${i}`, incarnation: 1 }));
    this.delivered = this.members.map(() => []);
    this.settled = this.members.map(() => []);
    this.waiting = this.members.map(() => []);
    this.#sequences = this.members.map(() => 0);
    this.machines = this.members.map((_, rank) =>
      this.#machine(rank, { ...defaultMulticastLimits, ...limits }),
    );
    this.members.forEach((member) => {
      const view = { id: 1, members: this.members };
      this.spec.observe(memberName(member), { kind: "install", view, from: undefined });
    });
    for (const [rank, machine] of this.machines.entries())
      for (let other = 0; other < count; other++) if (other !== rank) machine.join(other, 0, 0);
  }

  #machine(rank: number, limits: MulticastLimits): Multicast {
    const me = this.name(rank);
    const id = (from: number, sequence: number) =>
      messageName({ sender: this.members[from] as Member, sequence });
    return new Multicast(1, rank, this.members.length, limits, {
      send: (to, bytes) => this.#send(rank, to, bytes),
      broadcast: (ranks, bytes) => {
        for (const to of ranks) this.#send(rank, to, bytes);
      },
      deliver: (from, sequence, _mode, payload) => {
        this.delivered[rank]?.push({ from, sequence, payload });
        this.spec.observe(me, { kind: "deliver", id: id(from, sequence), view: 1 });
      },
      held: () => {},
      discarded: () => {},
      sent: (sequence, mode) =>
        this.spec.observe(me, {
          kind: "send",
          id: id(rank, sequence),
          view: 1,
          order: orderOf(mode),
          guarantee: guaranteeOf(mode),
        }),
      stable: (sequence) => {
        this.settled[rank]?.push(sequence);
        this.spec.observe(me, { kind: "settle", id: id(rank, sequence) });
      },
      room: () => {},
      slow: (other) => this.slow.push(`${rank} finds ${other} slow`),
      ready: () => {},
    });
  }

  name(rank: number): string {
    return memberName(this.members[rank] as Member);
  }

  #send(from: number, to: number, bytes: Uint8Array): void {
    this.sentMessages++;
    const way = `${from}>${to}`;
    const due = Math.max(
      this.nowMs + 1 + randomBelow(this.#random, this.latencyMs),
      this.#lastDue.get(way) ?? 0,
    );
    this.#lastDue.set(way, due);
    this.#packets.push({ dueMs: due, from, to, bytes: bytes.slice() });
  }

  multicast(rank: number, order: Order, guarantee: Guarantee, payload: Uint8Array): number {
    const mode = modeOf(order, guarantee);
    this.#sequences[rank] = (this.#sequences[rank] as number) + 1;
    const sequence = this.#sequences[rank] as number;
    const machine = this.machines[rank] as Multicast;
    if (guarantee === "unreliable") machine.putLoose(mode, sequence, payload);
    else {
      this.waiting[rank]?.push({ sequence, mode, payload, sentBytes: 0 });
      this.#pump(rank);
    }
    return sequence;
  }

  #pump(rank: number): void {
    const [queue, machine] = [this.waiting[rank] as Message[], this.machines[rank] as Multicast];
    while (queue[0] !== undefined && machine.hasRoom && machine.put(queue[0])) queue.shift();
  }

  /** Time passes until then: what is due arrives, and everybody flushes. */
  run(untilMs: number): void {
    for (; this.nowMs < untilMs; this.nowMs++) {
      const due = this.#packets.filter((each) => each.dueMs <= this.nowMs && !this.#isStuck(each));
      for (const packet of due) this.#packets.splice(this.#packets.indexOf(packet), 1);
      for (const packet of due) this.#arrive(packet);
      for (const [rank, machine] of this.machines.entries()) {
        if (this.dead.has(rank)) continue;
        this.#pump(rank);
        machine.flush(this.nowMs);
      }
    }
  }

  #isStuck({ from, to }: Packet): boolean {
    return this.stuck.has(`${from}>${to}`) || this.stuck.has(`${from}>*`);
  }

  #arrive({ from, to, bytes }: Packet): void {
    if (this.dead.has(to)) return;
    const machine = this.machines[to] as Multicast;
    const kind = kindOf(bytes);
    const good =
      kind === group_kind.GROUP_BUNDLE
        ? machine.receive(from, bytes, this.nowMs)
        : kind === group_kind.GROUP_ACK
          ? machine.receiveAck(from, bytes, this.nowMs)
          : kind === group_kind.GROUP_CONFIRM
            ? machine.receiveConfirm(from, bytes)
            : machine.receiveLoose(from, bytes);
    if (!good) throw new Error(`member ${to} took bytes of ${from} for no message`);
  }

  /** The link between two breaks, with all that is under way on it, and there is another. */
  relink(one: number, other: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.stuck.delete(`${from}>${to}`);
      const lost = this.#packets.filter((each) => each.from === from && each.to === to);
      for (const packet of lost) this.#packets.splice(this.#packets.indexOf(packet), 1);
      this.machines[from]?.part(to);
    }
    const [first, second] = [this.machines[one] as Multicast, this.machines[other] as Multicast];
    first.join(other, second.receivedOf(one), this.nowMs);
    second.join(one, first.receivedOf(other), this.nowMs);
  }

  /** A member stops here. What is under way from it gets to each other member up to a random point. */
  crash(rank: number): void {
    this.dead.add(rank);
    this.spec.observe(this.name(rank), { kind: "crash" });
    for (const to of this.members.keys()) {
      const way = this.#packets.filter((each) => each.from === rank && each.to === to);
      const lost = way.sort((a, b) => a.dueMs - b.dueMs).slice(randomBelow(this.#random, way.length + 1));
      for (const packet of lost) this.#packets.splice(this.#packets.indexOf(packet), 1);
    }
  }

  /** The view ends for these members: they freeze, fill each other up to the cut, and go on to the next. */
  finish(survivors: readonly number[]): void {
    for (const rank of survivors) this.machines[rank]?.freeze(this.nowMs);
    const cut = this.members.map((_, rank) =>
      Math.max(...survivors.map((each) => (this.machines[each] as Multicast).receivedOf(rank))),
    );
    for (const lacking of survivors) this.#fill(lacking, survivors, cut);
    const view = { id: 2, members: survivors.map((rank) => this.members[rank] as Member) };
    for (const rank of survivors) {
      this.machines[rank]?.finish(cut);
      this.spec.observe(this.name(rank), { kind: "install", view, from: 1 });
    }
  }

  #fill(lacking: number, holders: readonly number[], cut: readonly number[]): void {
    const machine = this.machines[lacking] as Multicast;
    cut.forEach((count, rank) => {
      if (machine.receivedOf(rank) >= count) return;
      const holder = holders.find((each) => (this.machines[each] as Multicast).receivedOf(rank) >= count);
      const kept = this.machines[holder as number]?.keptAfter(rank, machine.receivedOf(rank));
      if (kept === undefined) throw new Error(`nobody keeps what ${lacking} lacks of ${rank}`);
      for (const { bytes } of kept) machine.receive(holder as number, bytes.slice(), this.nowMs);
    });
  }
}
