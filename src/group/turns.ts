/**
 * When a group has its turns: at the end of a turn of the event loop in which something came or was sent, so that all that it brought
 * leaves together, and when something is due. One timer serves all that is due.
 */
import type { Timer, World } from "../world/index.ts";

/** Timers are no finer. */
const MIN_TIMER_MS = 1;

export interface TurnsHost {
  /** When something is due. */
  readonly nextMs: number;
  turn(nowMs: number): void;
}

export class Turns {
  readonly #world: World;
  readonly #host: TurnsHost;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #isPlanned = false;
  #isOver = false;

  constructor(world: World, host: TurnsHost) {
    this.#world = world;
    this.#host = host;
  }

  get nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  /** Something happened: what is due may be so earlier. */
  after(): void {
    if (this.#isOver) return;
    const atMs = this.#host.nextMs;
    if (atMs <= this.nowMs) this.plan();
    else if (atMs < this.#timerMs) this.#setTimer(atMs);
  }

  /** There is to be a turn at the end of this one of the event loop. */
  plan(): void {
    if (this.#isPlanned || this.#isOver) return;
    this.#isPlanned = true;
    this.#world.timers.soon(() => {
      this.#isPlanned = false;
      this.#turn();
    });
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #setTimer(atMs: number): void {
    this.#timer?.cancel();
    this.#timerMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#world.timers.after(Math.max(0, atMs - this.nowMs), () => {
      this.#timerMs = Number.POSITIVE_INFINITY;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#isOver) return;
    const { nowMs } = this;
    this.#host.turn(nowMs);
    if (this.#isOver) return;
    const atMs = this.#host.nextMs;
    if (atMs < this.#timerMs) this.#setTimer(Math.max(atMs, nowMs + MIN_TIMER_MS));
  }
}
