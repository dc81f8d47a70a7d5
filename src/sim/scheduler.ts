/**
 * Virtual time: a queue of events by time, and by age among those of one time. Time is a whole number of
 * nanoseconds (a double is exact for 104 days) and moves only when the next event is taken.
 */

/** Something whose events die with it: an incarnation of a node. */
export interface Owner {
  readonly alive: boolean;
}

export class SimEvent {
  readonly atNs: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  run: (() => void) | undefined;

  constructor(atNs: number, order: number, owner: Owner | undefined, run: () => void) {
    this.atNs = atNs;
    this.order = order;
    this.owner = owner;
    this.run = run;
  }

  cancel(): void {
    this.run = undefined;
  }
}

export class Scheduler {
  nowNs = 0;
  /** A binary heap: each event is not after its two children. */
  readonly #heap: SimEvent[] = [];
  #orders = 0;

  /** Calls `run` at `nowNs + delayNs`, unless its owner has died by then. */
  after(delayNs: number, owner: Owner | undefined, run: () => void): SimEvent {
    return this.at(this.nowNs + Math.max(0, Math.round(delayNs)), owner, run);
  }

  at(atNs: number, owner: Owner | undefined, run: () => void): SimEvent {
    const event = new SimEvent(Math.max(Math.round(atNs), this.nowNs), this.#orders++, owner, run);
    this.#push(event);
    return event;
  }

  /** Takes the next event that is still wanted and moves time to it; undefined when none is left. */
  take(): SimEvent | undefined {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return undefined;
      if (event.run === undefined || event.owner?.alive === false) continue;
      this.nowNs = event.atNs;
      return event;
    }
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as SimEvent;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    const half = heap.length >> 1;
    let at = 0;
    while (at < half) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as SimEvent, heap[child] as SimEvent)) child++;
      if (!isBefore(heap[child] as SimEvent, last)) break;
      heap[at] = heap[child] as SimEvent;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
}
