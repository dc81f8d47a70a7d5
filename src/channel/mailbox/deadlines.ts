/**
 * When mails are looked through for those whose time is over: by one timer, which is set for the earliest deadline of all, and
 * at the end of a turn in which a sender gave mail up. Most mail is done long before its deadline, so that nothing is kept in
 * order for it.
 */
import type { Timer, World } from "../../world/index.ts";

/** They are looked through no more often than this. */
const STEP_MS = 5;

export class Deadlines {
  readonly #world: Pick<World, "clock" | "timers">;
  readonly #expire: (nowMs: number) => number;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;
  #isDueSoon = false;

  /** @param expire fails what is due, and returns the next deadline, `Infinity` when there is none. */
  constructor(world: Pick<World, "clock" | "timers">, expire: (nowMs: number) => number) {
    this.#world = world;
    this.#expire = expire;
  }

  /** Sees to it that they are looked at by then. */
  watch(deadlineMs: number): void {
    if (deadlineMs >= this.#atMs) return;
    this.#timer?.cancel();
    this.#atMs = deadlineMs;
    const delayMs = Math.max(deadlineMs - this.#world.clock.monotonicMs(), 0) + STEP_MS;
    this.#timer = this.#world.timers.after(delayMs, () => this.#look(), { keepAlive: true });
  }

  /** Once for all that is given up in a turn: one signal may end thousands of mails. */
  readonly soon = (): void => {
    if (this.#isDueSoon) return;
    this.#isDueSoon = true;
    this.#world.timers.soon(() => {
      this.#isDueSoon = false;
      this.#look();
    });
  };

  #look(): void {
    this.close();
    this.watch(this.#expire(this.#world.clock.monotonicMs()));
  }

  close(): void {
    this.#timer?.cancel();
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
