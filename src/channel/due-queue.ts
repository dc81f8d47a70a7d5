/**
 * Who wants to be woken and when: a binary heap (Williams, 1964) of all channels of an endpoint behind one timer of the
 * world. A time that becomes later is not moved in the heap: its owner is woken too early once, and says so then. Deadlines
 * of channels move with every packet and mostly later, so most of those moves cost a comparison.
 */
import type { Clock, Timer, Timers } from "../world/index.ts";

export interface Wakeable {
  /** When the queue will call, and where in its heap this is: the queue's, -1 while it is in none. */
  dueMs: number;
  place: number;
  /** Called once: whoever wants to be called again says so. `nowMs` may be before what was last asked for. */
  onDue(nowMs: number): void;
}

/** So much later: a timer that is early by a rounding error would find nothing due, and be set again in the same instant. */
const ROUNDING_MS = 0.001;

export class DueQueue {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #heap: Wakeable[] = [];
  #timer: Timer | undefined;
  #armedMs = Number.POSITIVE_INFINITY;
  readonly #fire = (): void => this.#run();

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  get count(): number {
    return this.#heap.length;
  }

  /** Calls `item.onDue` at `atMs` or before; `Infinity` asks for nothing. */
  wakeBy(item: Wakeable, atMs: number): void {
    if (item.place < 0) {
      if (atMs === Number.POSITIVE_INFINITY) return;
      item.dueMs = atMs;
      this.#heap.push(item);
      this.#rise(item, this.#heap.length - 1);
    } else if (atMs < item.dueMs) {
      item.dueMs = atMs;
      this.#rise(item, item.place);
    } else return;
    this.#arm();
  }

  remove(item: Wakeable): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as Wakeable;
    if (last === item) return;
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const item of this.#heap) item.place = -1;
    this.#heap.length = 0;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs >= this.#armedMs) return;
    this.#timer?.cancel();
    this.#armedMs = first.dueMs;
    const delayMs = Math.max(0, first.dueMs - this.#clock.monotonicMs()) + ROUNDING_MS;
    this.#timer = this.#timers.after(delayMs, this.#fire);
  }

  #run(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    const due: Wakeable[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.dueMs <= nowMs; first = this.#heap[0]) {
      this.remove(first);
      due.push(first);
    }
    due.reverse();
    // Whatever these ask for is armed after them; what is past already waits for another turn.
    this.#armedMs = Number.NEGATIVE_INFINITY;
    try {
      for (let item = due.pop(); item !== undefined; item = due.pop()) item.onDue(nowMs);
    } finally {
      for (const item of due) this.wakeBy(item, nowMs);
      this.#armedMs = Number.POSITIVE_INFINITY;
      this.#arm();
    }
  }

  #rise(item: Wakeable, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = heap[above] as Wakeable;
      if (parent.dueMs <= item.dueMs) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = item;
    item.place = place;
  }

  #sink(item: Wakeable, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && other.dueMs < child.dueMs) {
        below++;
        child = other;
      }
      if (child.dueMs >= item.dueMs) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = item;
    item.place = place;
  }
}
