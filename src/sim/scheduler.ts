/**
 * Virtual time: a queue of events by time, and by age among those of one time. Time is a whole number of
 * nanoseconds (a double is exact for 104 days) and moves only when the next event is taken.
 *
 * The queue is a heap of four children a parent, with the times in an array of plain numbers beside the events:
 * most comparisons then touch no event, and a parent's children lie side by side.
 */

/** Something whose events die with it, and wait while it does: an incarnation of a node. */
export interface Owner {
  /** Its events happen now. */
  readonly running: boolean;
  /** Takes an event that was due while it did not run: to keep until it does again, or to forget. */
  park(event: SimEvent): void;
}

export abstract class SimEvent {
  atNs = 0;
  order = 0;
  cancelled = false;
  readonly owner: Owner | undefined;

  constructor(owner: Owner | undefined) {
    this.owner = owner;
  }

  abstract fire(): void;

  cancel(): void {
    this.cancelled = true;
  }
}

/** An event that calls a function. */
export class Call extends SimEvent {
  #run: (() => void) | undefined;

  constructor(owner: Owner | undefined, run: () => void) {
    super(owner);
    this.#run = run;
  }

  fire(): void {
    this.#run?.();
  }

  /** A cancelled timer may stay queued for long; what it would have called need not. */
  override cancel(): void {
    super.cancel();
    this.#run = undefined;
  }
}

const CHILDREN_BITS = 2;
const FIRST_CAPACITY = 1024;

export class Scheduler {
  nowNs = 0;
  #times = new Float64Array(FIRST_CAPACITY);
  readonly #events: SimEvent[] = [];
  #orders = 0;
  #firstOrder = 0;
  /** At this length the queue is searched for cancelled events. */
  #sweepAt = FIRST_CAPACITY;

  /** Events that are queued, cancelled ones among them. */
  get length(): number {
    return this.#events.length;
  }

  /** Calls `run` at `nowNs + delayNs`, unless its owner has died by then. */
  after(delayNs: number, owner: Owner | undefined, run: () => void): SimEvent {
    return this.at(this.nowNs + delayNs, owner, run);
  }

  at(atNs: number, owner: Owner | undefined, run: () => void): SimEvent {
    const event = new Call(owner, run);
    this.add(event, atNs);
    return event;
  }

  /** Queues an event that is not queued; a time that has passed means now. */
  add(event: SimEvent, atNs: number): void {
    event.atNs = Math.max(Math.round(atNs), this.nowNs);
    event.order = this.#orders++;
    this.#push(event);
  }

  /** Queues events for now, before everything else that is due now. */
  addFirst(events: readonly SimEvent[]): void {
    this.#firstOrder -= events.length;
    events.forEach((event, at) => {
      event.atNs = this.nowNs;
      event.order = this.#firstOrder + at;
      this.#push(event);
    });
  }

  /** Takes the next event that is still wanted and moves time to it; undefined when none is left. */
  take(): SimEvent | undefined {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return undefined;
      if (event.cancelled) continue;
      const { owner } = event;
      if (owner === undefined || owner.running) {
        this.nowNs = event.atNs;
        return event;
      }
      owner.park(event);
    }
  }

  /** Moves events to the times that `dueNs` gives for them; undefined leaves one where it is. */
  retime(dueNs: (event: SimEvent) => number | undefined): void {
    for (const event of this.#events) {
      const due = event.cancelled ? undefined : dueNs(event);
      if (due !== undefined) event.atNs = Math.max(Math.round(due), this.nowNs);
    }
    this.#rebuild(this.#events.slice());
  }

  #push(event: SimEvent): void {
    if (this.#events.length === this.#sweepAt) this.#sweep();
    this.#events.push(event);
    this.#up(this.#events.length - 1, event);
  }

  /** Forgets cancelled events before the queue grows; often enough that they are never more than the others. */
  #sweep(): void {
    this.#rebuild(this.#events.filter((event) => !event.cancelled));
    this.#sweepAt = Math.max(FIRST_CAPACITY, 2 * this.#events.length);
    if (this.#times.length >= this.#sweepAt) return;
    const times = new Float64Array(this.#sweepAt);
    times.set(this.#times);
    this.#times = times;
  }

  /** An array in order is a heap. */
  #rebuild(events: SimEvent[]): void {
    events.sort((a, b) => a.atNs - b.atNs || a.order - b.order);
    this.#events.length = 0;
    for (const event of events) this.#times[this.#events.push(event) - 1] = event.atNs;
  }

  /** Brings `event` up from the free place `at` to where it belongs. */
  #up(at: number, event: SimEvent): void {
    const events = this.#events;
    const times = this.#times;
    const { atNs } = event;
    while (at > 0) {
      const parent = (at - 1) >> CHILDREN_BITS;
      const parentNs = times[parent] as number;
      const above = events[parent] as SimEvent;
      if (parentNs < atNs || (parentNs === atNs && above.order < event.order)) break;
      times[at] = parentNs;
      events[at] = above;
      at = parent;
    }
    times[at] = atNs;
    events[at] = event;
  }

  #pop(): SimEvent | undefined {
    const events = this.#events;
    const top = events[0];
    const last = events.pop();
    if (top === undefined || last === undefined || events.length === 0) return top;
    this.#down(last);
    return top;
  }

  /** Brings `event` down from the top, which is free, to where it belongs. */
  #down(event: SimEvent): void {
    const events = this.#events;
    const times = this.#times;
    const { length } = events;
    let at = 0;
    for (;;) {
      const first = (at << CHILDREN_BITS) + 1;
      if (first >= length) break;
      let child = first;
      const end = Math.min(first + (1 << CHILDREN_BITS), length);
      for (let other = first + 1; other < end; other++) if (this.#precedes(other, child)) child = other;
      const childNs = times[child] as number;
      const below = events[child] as SimEvent;
      if (childNs > event.atNs || (childNs === event.atNs && below.order > event.order)) break;
      times[at] = childNs;
      events[at] = below;
      at = child;
    }
    times[at] = event.atNs;
    events[at] = event;
  }

  #precedes(a: number, b: number): boolean {
    const difference = (this.#times[a] as number) - (this.#times[b] as number);
    if (difference !== 0) return difference < 0;
    return (this.#events[a] as SimEvent).order < (this.#events[b] as SimEvent).order;
  }
}
