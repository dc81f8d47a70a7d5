/**
 * Timers over Node's own. `soon` runs after the poll phase (setImmediate); all callbacks asked for in one turn
 * share one immediate, so that asking costs an array push. An immediate before it serves the stores' commits:
 * what a commit answers is then flushed by the `soon` of the same turn instead of the next one's.
 */
import type { Timer, Timers } from "../world/index.ts";

/** Node's setTimeout counts in signed 32-bit milliseconds; a longer delay is waited for in pieces. */
const LONGEST_MS = 0x7fff_ffff;

class NodeTimer implements Timer {
  readonly #dueMs: number;
  readonly #fire: () => void;
  readonly #keepAlive: boolean;
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, fire: () => void, keepAlive: boolean) {
    this.#dueMs = performance.now() + delayMs;
    this.#fire = fire;
    this.#keepAlive = keepAlive;
    this.#handle = this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number): NodeJS.Timeout {
    const handle = setTimeout(() => this.#ring(), Math.min(Math.ceil(delayMs), LONGEST_MS));
    return this.#keepAlive ? handle : handle.unref();
  }

  /** Node counts from the start of the turn and in whole milliseconds, so it may ring early: then wait again. */
  #ring(): void {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) this.#handle = this.#arm(leftMs);
    else this.#fire();
  }
}

/** Callbacks that are gathered now and run once, later, in their order. */
class Turn {
  #waiting: (() => void)[] = [];
  #spare: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(run: () => void): void {
    this.#waiting.push(run);
  }

  /** What is added while this runs waits for the next turn, so that input and output go on. */
  run(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = this.#spare;
    let done = 0;
    try {
      while (done < batch.length) (batch[done++] as () => void)();
    } finally {
      // One that throws ends the turn, as an uncaught error should; the rest still run, in the next one.
      if (done < batch.length) this.#waiting.unshift(...batch.slice(done));
      batch.length = 0;
      this.#spare = batch;
    }
  }
}

export class NodeTimers implements Timers {
  readonly #commits = new Turn();
  readonly #soon = new Turn();
  #scheduled = false;
  readonly #runCommits = (): void => this.#commits.run();
  readonly #runSoon = (): void => {
    this.#scheduled = false;
    try {
      this.#soon.run();
    } finally {
      if (!this.#soon.isEmpty || !this.#commits.isEmpty) this.#schedule();
    }
  };

  after(delayMs: number, fire: () => void, options?: { readonly keepAlive?: boolean }): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`after: delay ${delayMs} ms is not a number of 0 or more`);
    return new NodeTimer(delayMs, fire, options?.keepAlive ?? false);
  }

  soon(run: () => void): void {
    this.#soon.add(run);
    if (!this.#scheduled) this.#schedule();
  }

  /** Calls `run` at the end of this turn, and what it resolves settles before the callbacks of `soon` run. */
  beforeSoon(run: () => void): void {
    this.#commits.add(run);
    if (!this.#scheduled) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#runCommits);
    setImmediate(this.#runSoon);
  }
}
