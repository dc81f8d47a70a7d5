/**
 * One life of a node, from start to crash. Everything that a world hands out belongs to an incarnation; when it
 * is dead its events never run, so its promises never settle, and calls that return something throw. While it is
 * paused, as a process is by SIGSTOP, what is due waits, and happens in its order when it goes on.
 */
import { CoterieError } from "../world/index.ts";
import type { Owner, Scheduler, SimEvent } from "./scheduler.ts";

export class Incarnation implements Owner {
  alive = true;
  /** Alive and not paused. */
  running = true;
  /** How often it was paused. */
  pauses = 0;
  readonly name: string;
  readonly number: number;
  readonly scheduler: Scheduler;
  #parked: SimEvent[] = [];

  constructor(name: string, number: number, scheduler: Scheduler) {
    this.name = name;
    this.number = number;
    this.scheduler = scheduler;
  }

  get paused(): boolean {
    return this.alive && !this.running;
  }

  /** Runs `run` later unless this life has ended by then. */
  after(delayNs: number, run: () => void): SimEvent {
    return this.scheduler.after(delayNs, this, run);
  }

  park(event: SimEvent): void {
    if (this.alive) this.#parked.push(event);
  }

  pause(): void {
    this.running = false;
    this.pauses++;
  }

  /** What has waited comes before what is due now: it is older. */
  resume(): void {
    this.running = true;
    const parked = this.#parked;
    this.#parked = [];
    this.scheduler.addFirst(parked);
  }

  end(): void {
    this.alive = false;
    this.running = false;
    this.#parked = [];
  }

  /** @throws CoterieError SIM_CRASHED when this life has ended. */
  check(): void {
    if (!this.alive) {
      throw new CoterieError("SIM_CRASHED", `node ${this.name}: incarnation ${this.number} has crashed`, {
        details: { node: this.name, incarnation: this.number },
      });
    }
  }
}

/** True if `error`, or what caused it, is the end of a crashed incarnation. */
export function isCrash(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 16; at = at.cause, depth++) {
    if (at instanceof CoterieError && at.code === "SIM_CRASHED") return true;
  }
  return false;
}
