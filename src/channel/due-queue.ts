/**
 * Who wants to be woken and when: all channels of an endpoint behind one timer of the world. A time that becomes later is
 * not moved in the heap: its owner is woken too early once, and says so then. Deadlines of channels move with every packet
 * and mostly later, so most of those moves cost a comparison.
 */
import { type Clock, type Due, DueHeap, type Timer, type Timers } from "../world/index.ts";

export interface Wakeable extends Due {
  /** Called once: whoever wants to be called again says so. `nowMs` may be before what was last asked for. */
  onDue(nowMs: number): void;
}

/** So much later: a timer that is early by a rounding error would find nothing due, and be set again in the same instant. */
const ROUNDING_MS = 0.001;

export class DueQueue {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #heap = new DueHeap<Wakeable>();
  #timer: Timer | undefined;
  #armedMs = Number.POSITIVE_INFINITY;
  readonly #fire = (): void => this.#run();

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  get count(): number {
    return this.#heap.count;
  }

  /** Calls `item.onDue` at `atMs` or before; `Infinity` asks for nothing. */
  wakeBy(item: Wakeable, atMs: number): void {
    if (item.place < 0) {
      if (atMs === Number.POSITIVE_INFINITY) return;
      item.dueMs = atMs;
      this.#heap.add(item);
    } else if (atMs < item.dueMs) this.#heap.earlier(item, atMs);
    else return;
    this.#arm();
  }

  remove(item: Wakeable): void {
    this.#heap.remove(item);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#heap.clear();
  }

  #arm(): void {
    const first = this.#heap.first();
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
    for (
      let first = this.#heap.first();
      first !== undefined && first.dueMs <= nowMs;
      first = this.#heap.first()
    ) {
      this.#heap.remove(first);
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
}
