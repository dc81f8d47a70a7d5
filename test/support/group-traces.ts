/**
 * The traces of a group's processes, held against its spec while they come. Within one process their order is exact; between processes
 * only this is known, and is enough for the spec: a message was sent before it was delivered. So a delivery waits until the event of its
 * sending has come, and everything of its process behind it.
 */
import { type GroupEvent, GroupSpec, memberName, type View } from "../../src/group/index.ts";

interface Traced {
  readonly member: string;
  readonly event: GroupEvent;
}

/** Where a member is, and how much of its view it has delivered. */
interface Standing {
  member: string;
  view: View | undefined;
  isBlocked: boolean;
  /** Messages of the view that are not unreliable. */
  delivered: number;
}

export class GroupTraces {
  readonly spec = new GroupSpec();
  readonly #queues: Traced[][];
  readonly #standings: (Standing | undefined)[];
  readonly #last: (Traced | undefined)[];
  /** Ids of messages whose sending is known; whether they are to be delivered by all. */
  readonly #sent = new Map<string, boolean>();
  /** By id: processes whose next event is its delivery. */
  readonly #awaited = new Map<string, Set<number>>();
  /** By view: messages that all are to deliver. */
  readonly #owed = new Map<number, number>();
  events = 0;
  deliveries = 0;
  outs = 0;
  /** Called after each event that was judged. */
  onEvent: () => void = () => {};

  constructor(count: number) {
    this.#queues = Array.from({ length: count }, () => []);
    this.#standings = Array.from({ length: count }, () => undefined);
    this.#last = Array.from({ length: count }, () => undefined);
  }

  add(index: number, member: string, event: GroupEvent): void {
    const traced = { member, event };
    this.#last[index] = traced;
    (this.#queues[index] as Traced[]).push(traced);
    this.#drain(index);
  }

  /** The process is gone, and has said all that it ever will. */
  gone(index: number): void {
    const last = this.#last[index];
    if (last !== undefined && last.event.kind !== "crash") this.add(index, last.member, { kind: "crash" });
    this.#last[index] = undefined;
  }

  /** Nothing more comes: deliveries that still wait for their sending are wrong. */
  finish(alive: readonly string[]): void {
    for (const queue of this.#queues)
      for (const { member, event } of queue.splice(0)) this.spec.observe(member, event);
    this.spec.finish(alive);
  }

  /** The view of a process's member, unless it is in none. */
  view(index: number): View | undefined {
    return this.#standings[index]?.view;
  }

  /** The members that live now. */
  alive(): string[] {
    return this.#standings.flatMap((each) => (each?.view === undefined ? [] : [each.member]));
  }

  /** All processes are members of one view of just them, not blocked, and have delivered all that was sent in it. */
  isAtRest(): boolean {
    const [first] = this.#standings;
    const owed = this.#owed.get(first?.view?.id ?? 0) ?? 0;
    return this.#standings.every((each, index) => {
      if (each?.view === undefined || each.view.id !== first?.view?.id || each.isBlocked) return false;
      const { members } = each.view;
      const isIn = members.some((member) => memberName(member) === each.member);
      const isAll = members.length === this.#standings.length;
      return isIn && isAll && each.delivered === owed && this.#queues[index]?.length === 0;
    });
  }

  /** For people: where everybody is. */
  describe(): string {
    return this.#standings
      .map((each, index) => {
        if (each === undefined) return `n${index} is not there`;
        const members = each.view?.members.map(memberName).join(" ");
        const waiting = this.#queues[index]?.length;
        const words = `${each.member} in view ${each.view?.id} of ${members}`;
        return `${words}, ${each.delivered} of ${this.#owed.get(each.view?.id ?? 0) ?? 0} delivered, ${waiting} waiting${each.isBlocked ? ", blocked" : ""}`;
      })
      .join("\n");
  }

  #drain(first: number): void {
    const due = [first];
    for (let index = due.pop(); index !== undefined; index = due.pop()) {
      const queue = this.#queues[index] as Traced[];
      let taken = 0;
      for (const traced of queue) {
        if (this.#mustWait(index, traced.event)) break;
        taken++;
        this.#judge(index, traced);
        if (traced.event.kind === "send") due.push(...this.#wake(traced.event.id));
      }
      queue.splice(0, taken);
    }
  }

  #mustWait(index: number, event: GroupEvent): boolean {
    if (event.kind !== "deliver" || this.#sent.has(event.id)) return false;
    const awaiting = this.#awaited.get(event.id) ?? new Set();
    this.#awaited.set(event.id, awaiting.add(index));
    return true;
  }

  #wake(id: string): Iterable<number> {
    const awaiting = this.#awaited.get(id) ?? [];
    this.#awaited.delete(id);
    return awaiting;
  }

  #judge(index: number, { member, event }: Traced): void {
    this.events++;
    this.spec.observe(member, event);
    this.#note(index, member, event);
    this.onEvent();
  }

  #note(index: number, member: string, event: GroupEvent): void {
    const standing = this.#standings[index];
    switch (event.kind) {
      case "install":
        this.#standings[index] = { member, view: event.view, isBlocked: false, delivered: 0 };
        return;
      case "send": {
        const isOwed = event.guarantee !== "unreliable";
        this.#sent.set(event.id, isOwed);
        if (isOwed) this.#owed.set(event.view, (this.#owed.get(event.view) ?? 0) + 1);
        return;
      }
      case "deliver":
        this.deliveries++;
        if (standing !== undefined && this.#sent.get(event.id) === true) standing.delivered++;
        return;
      case "block":
      case "unblock":
        if (standing !== undefined) standing.isBlocked = event.kind === "block";
        return;
      case "out":
      case "crash":
        if (event.kind === "out") this.outs++;
        this.#standings[index] = undefined;
        return;
      case "settle":
    }
  }
}
